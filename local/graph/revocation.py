"""Evaluates access continuously: challenges tokens that were revoked.

Microsoft's "Claims challenges, claims requests, and client capabilities" describes the header.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable

from local.bearer import AccessToken
from local.graph.errors import GraphError

_AUTHORIZE = (
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
    'client_id="00000003-0000-0000-c000-000000000000"'
)


def unauthenticated(message: str) -> GraphError:
    """Returns the 401 for a missing or invalid token."""
    return GraphError(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": _AUTHORIZE})


class Revocations:
    """Records when each user's sessions were revoked.

    Only clients that declared the capability `cp1` are challenged; a token of any other lives until
    it expires. A token is new if it is valid from (`nbf`) the revocation on. That counts whole seconds: of
    the tokens of the very second of the revocation, those first shown after a challenge are the new ones.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._revoked: dict[str, int] = {}
        self._challenged: dict[str, set[str]] = {}

    def revoke(self, user: str) -> None:
        """Revokes the tokens this user got so far."""
        self._revoked[user] = int(self._clock())
        self._challenged[user] = set()

    def clear(self) -> None:
        """Forgets every revocation."""
        self._revoked.clear()
        self._challenged.clear()

    def check(self, token: AccessToken) -> None:
        """Refuses a token issued before the revocation.

        Raises:
            GraphError: It was issued before the revocation; the claims to ask for are in the header.
        """
        revoked = self._revoked.get(token.user)
        issued = int(token.claims["nbf"])
        if revoked is None or issued > revoked or "cp1" not in str(token.claims.get("xms_cc", "")).casefold():
            return
        challenged = self._challenged[token.user]
        name = str(token.claims.get("uti") or token.claims.get("jti") or issued)
        if issued == revoked and challenged and name not in challenged:
            return
        challenged.add(name)
        claims = {"access_token": {"nbf": {"essential": True, "value": str(revoked)}}}
        encoded = base64.b64encode(json.dumps(claims, separators=(",", ":")).encode()).decode()
        error = unauthenticated(
            "Continuous access evaluation resulted in challenge with result: InteractionRequired "
            "and code: TokenIssuedBeforeRevocationTimestamp"
        )
        challenge = f'{_AUTHORIZE}, error="insufficient_claims", claims="{encoded}"'
        error.headers["WWW-Authenticate"] = challenge
        raise error
