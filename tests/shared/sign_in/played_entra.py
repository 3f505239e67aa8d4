"""Entra as the proxy meets it: metadata and keys over HTTP, token requests by its own class."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from shared.errors import ToolError
from tests.shared.issuer import AUTHORITY, ISSUER, SERVER, TENANT, USER, Issuer, Published

PROXY = "eeeeeeee-0000-4000-8000-000000000001"
AUTHORIZE = f"{AUTHORITY}/{TENANT}/oauth2/v2.0/authorize"


class PlayedEntra(Published):
    """Grants whatever it is asked for, as Entra does, and remembers who asked.

    Attributes:
        refusing: The error response of token requests, or what they raise.
        claims: What differs in the next access tokens.
        id_claims: What differs in the next ID tokens.
        redemptions: The token requests.
    """

    def __init__(self, issuer: Issuer) -> None:
        super().__init__(issuer.public_jwk())
        self.metadata |= {"authorization_endpoint": AUTHORIZE, "token_endpoint": AUTHORIZE[:-9] + "token"}
        self.issuer = issuer
        self.refusing: Mapping[str, Any] | Exception | None = None
        self.claims: dict[str, Any] = {}
        self.id_claims: dict[str, Any] = {}
        self.redemptions: list[tuple[str, str]] = []
        self.without_refresh_token = False
        self._codes: dict[str, dict[str, str]] = {}
        self._refresh_tokens: set[str] = set()

    def sign_in(self, address: str) -> dict[str, str]:
        """Signs a user in at the address a browser was sent to; returns the parameters of the way back."""
        assert address.startswith(f"{AUTHORIZE}?")
        query = dict(parse_qsl(urlsplit(address).query, strict_parsing=True))
        code = secrets.token_urlsafe(32)
        self._codes[code] = query
        return {"code": code, "state": query["state"], "session_state": "of-entra"}

    def redeem(self, code: str, *, verifier: str, nonce: str) -> Mapping[str, Any]:
        self.redemptions.append(("authorization_code", code))
        if refused := self._refused():
            return refused
        query = self._codes.pop(code, None)
        digest = hashlib.sha256(verifier.encode()).digest()
        if query is None or base64.urlsafe_b64encode(digest).decode().rstrip("=") != query["code_challenge"]:
            return {"error": "invalid_grant", "error_codes": [70000]}
        claims = {"aud": PROXY, "azp": None, "scp": None, "nonce": query["nonce"], **self.id_claims}
        id_token = self.issuer.token(without="" if "oid" in claims else "oid", **claims)
        return {**self._granted(), "id_token": id_token}

    def refresh(self, refresh_token: str) -> Mapping[str, Any]:
        self.redemptions.append(("refresh_token", refresh_token))
        if refused := self._refused():
            return refused
        if refresh_token not in self._refresh_tokens:
            return {"error": "invalid_grant", "error_codes": [70000]}
        return self._granted()

    def close(self) -> None:
        pass

    def _refused(self) -> Mapping[str, Any] | None:
        if isinstance(self.refusing, Exception):
            raise self.refusing
        return self.refusing

    def _granted(self) -> dict[str, Any]:
        access_token = self.issuer.token(**{"azp": PROXY, "uti": secrets.token_urlsafe(8), **self.claims})
        granted = {"token_type": "Bearer", "access_token": access_token, "expires_in": 4000}
        if self.without_refresh_token:
            return granted
        refresh_token = f"1.R{secrets.token_urlsafe(48)}"
        self._refresh_tokens.add(refresh_token)
        return {**granted, "refresh_token": refresh_token}


def down() -> ToolError:
    """An Entra, or a storage, that does not respond."""
    return ToolError("unavailable", "It could not be reached.", "Try again.", retry_after=7)


__all__ = ["AUTHORIZE", "ISSUER", "PROXY", "SERVER", "USER", "PlayedEntra", "down", "httpx"]
