"""Parses the `claims` parameter of a request (OpenID Connect Core 1.0, 5.5), as far as Entra does."""

from __future__ import annotations

import json
from dataclasses import dataclass

from local.entra.errors import EntraError


@dataclass(frozen=True)
class ClaimsRequest:
    """Holds the client's `capabilities` (`cp1`: it handles claims challenges), and what a challenge demands.

    `not_before` is the moment that a resource's challenge names after a revocation (continuous access
    evaluation).
    """

    capabilities: tuple[str, ...] = ()
    wants_mfa: bool = False
    not_before: int | None = None


def parse(text: str | None) -> ClaimsRequest:
    """Parses the parameter; an absent one requests nothing.

    Raises:
        EntraError: It is not a JSON object of the right shape (90023).
    """
    if not text:
        return ClaimsRequest()
    try:
        of_token = json.loads(text).get("access_token") or {}
        capabilities = of_token.get("xms_cc", {}).get("values", [])
        # The two ways in which a policy's challenge comes back: policy ids and authentication contexts.
        wants_mfa = bool({"polids", "acrs"} & set(of_token))
        not_before = (of_token.get("nbf") or {}).get("value")
        return ClaimsRequest(
            tuple(map(str, capabilities)), wants_mfa, None if not_before is None else int(not_before)
        )
    except (ValueError, AttributeError, TypeError) as error:
        raise EntraError(90023, "The parameter 'claims' is not a valid claims request.") from error
