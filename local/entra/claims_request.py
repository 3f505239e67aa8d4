"""Parses the `claims` parameter of a request (OpenID Connect Core 1.0, 5.5), as far as Entra does."""

from __future__ import annotations

import json
from dataclasses import dataclass

from local.entra.errors import EntraError


@dataclass(frozen=True)
class ClaimsRequest:
    """Holds the client's `capabilities` (`cp1`: it handles claims challenges)."""

    capabilities: tuple[str, ...] = ()
    wants_mfa: bool = False


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
        return ClaimsRequest(tuple(map(str, capabilities)), bool({"polids", "acrs"} & set(of_token)))
    except (ValueError, AttributeError, TypeError) as error:
        raise EntraError(90023, "The parameter 'claims' is not a valid claims request.") from error
