"""Stores authorization codes and refresh tokens until they are redeemed or expire."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from local.entra.errors import EntraError
from local.entra.scopes import RequestedScopes
from local.organisation import User

_CODE_LIFETIME = 600
_REFRESH_TOKEN_LIFETIME = 90 * 86_400
_LIMIT = 10_000


@dataclass(frozen=True)
class Grant:
    """Holds a user's sign-in to a client, for some scopes."""

    client_id: str
    user: User
    mfa: bool
    scopes: RequestedScopes


@dataclass(frozen=True)
class CodeGrant(Grant):
    """Holds the grant of an authorization code, with what its redemption requires."""

    redirect_uri: str
    code_challenge: str | None
    nonce: str | None


class Grants:
    """Stores codes and refresh tokens, and evicts the oldest beyond a limit."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._codes: dict[str, tuple[float, CodeGrant]] = {}
        self._redeemed: dict[str, None] = {}
        self._refresh_tokens: dict[str, tuple[float, Grant]] = {}

    def new_code(self, grant: CodeGrant) -> str:
        """Issues a code to be redeemed once, within ten minutes."""
        code = f"1.A{secrets.token_urlsafe(48)}"
        self._codes[code] = (self._clock() + _CODE_LIFETIME, grant)
        _trim(self._codes)
        return code

    def redeem(self, code: str) -> CodeGrant:
        """Redeems a code, once, and returns its grant.

        Raises:
            EntraError: It was redeemed before (54005), has expired (70008) or never existed (70000).
        """
        if code in self._redeemed:
            raise EntraError(54005, "The authorization code was redeemed already.")
        if code not in self._codes:
            raise EntraError(70000, "The authorization code is malformed or not valid.")
        expires, grant = self._codes.pop(code)
        self._redeemed[code] = None
        _trim(self._redeemed)
        if expires < self._clock():
            raise EntraError(70008, "The authorization code has expired.")
        return grant

    def new_refresh_token(self, grant: Grant) -> str:
        """Issues a refresh token, valid for 90 days."""
        token = f"1.R{secrets.token_urlsafe(64)}"
        self._refresh_tokens[token] = (self._clock() + _REFRESH_TOKEN_LIFETIME, grant)
        _trim(self._refresh_tokens)
        return token

    def refresh(self, token: str) -> Grant:
        """Returns the grant of a refresh token.

        It stays valid beside its successor: Entra does not revoke it ("Refresh tokens in the
        Microsoft identity platform", Token lifetime).

        Raises:
            EntraError: It has expired (700082) or never existed (70000).
        """
        if token not in self._refresh_tokens:
            raise EntraError(70000, "The refresh token is malformed or not valid.")
        expires, grant = self._refresh_tokens[token]
        if expires < self._clock():
            raise EntraError(700082, "The refresh token has expired through inactivity.")
        return grant


def _trim[Value](entries: dict[str, Value]) -> None:
    while len(entries) > _LIMIT:
        entries.pop(next(iter(entries)))
