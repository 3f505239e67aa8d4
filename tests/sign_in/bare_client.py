"""A client of the sign-in proxy that does each step by itself, so that a test can do it otherwise."""

from __future__ import annotations

import base64
import hashlib
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from local.browser import Browser
from local.layout import Layout
from local.organisation import organisation

SCOPE = f"api://{organisation().server_client_id}/access_as_user"
VERIFIER = "a-verifier-of-enough-characters-for-anybody-who-asks"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@dataclass
class BareClient:
    """Registers itself, sends a browser to the server, and redeems what that comes back with."""

    layout: Layout
    http: httpx.AsyncClient
    redirect_uri: str = "http://127.0.0.1:53682/callback"
    client_id: str = ""
    registered: dict[str, Any] = field(default_factory=dict)

    async def register(self, **changes: Any) -> str:
        """Registers it, which a network address may do ten times a minute; returns its client id."""
        metadata = {
            "client_name": "Bare client",
            "redirect_uris": [self.redirect_uri],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
        }
        response = await self.http.post(f"{self.layout.host}/oauth/register", json={**metadata, **changes})
        assert response.status_code == 201, response.text
        self.registered = response.json()
        self.client_id = self.registered["client_id"]
        return self.client_id

    def request(self, **changes: str) -> str:
        """The address of an authorization request."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": SCOPE,
            "resource": self.layout.mcp_url,
            "state": "of the client",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return f"{self.layout.host}/oauth/authorize?{urlencode({**query, **changes})}"

    def browser(self) -> Browser:
        """A browser with no cookie yet, which stops where it is sent back to the client."""
        return Browser(ssl.create_default_context(cafile=str(self.layout.ca_file)))

    async def code(self, user: str = "ana") -> str:
        """A code, after the user has allowed the client and signed in."""
        async with self.browser() as browser:
            text = await browser.sign_in(self.request(), user)
            return answer(browser.left_for or text)["code"]

    async def redeem(self, code: str, **changes: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": VERIFIER,
        }
        return await self.token(**{**form, **changes})

    async def refresh(self, refresh_token: str, **changes: str) -> httpx.Response:
        return await self.token(**{"grant_type": "refresh_token", "refresh_token": refresh_token, **changes})

    async def token(self, **form: str) -> httpx.Response:
        whole = {"client_id": self.client_id, "resource": self.layout.mcp_url, **form}
        return await self.http.post(f"{self.layout.host}/oauth/token", data=whole)


def answer(address: str) -> dict[str, str]:
    """What the client is told at its redirect address."""
    assert "?" in address, address
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
