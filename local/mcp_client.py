"""Signs a demo user in and calls tools, with the official MCP client and its OAuth journey.

Nothing here is particular to this server but the picking of a user without a browser: the
client is challenged, discovers, authorizes with PKCE and calls as any other would.
"""

from __future__ import annotations

import contextlib
import re
import ssl
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from pydantic import AnyUrl

from local.layout import Layout
from local.organisation import User

CLIENT_ID = "b7e6a5d4-c3b2-4a19-8f07-6e5d4c3b2a10"
REDIRECT_URI = AnyUrl("http://localhost:33418/callback")
_TAG = re.compile(r"<style.*?</style>|<[^>]*>", re.DOTALL)


class SignInError(Exception):
    """Raised when Entra refuses the user's sign-in; the text has its words."""


class Journey:
    """Signs one user in and stores the tokens (the client's token storage)."""

    def __init__(self, user: User, tls: ssl.SSLContext) -> None:
        self.tokens: OAuthToken | None = None
        self._user = user
        self._tls = tls
        self._answer: dict[str, list[str]] = {}

    async def authorize(self, url: str) -> None:
        """Does what a person does in the browser: opens the address and picks the user."""
        async with httpx2.AsyncClient(verify=self._tls, trust_env=False) as http:
            response = await http.get(f"{url}&login_hint={self._user.alias}&prompt=none")
        self._answer = parse_qs(urlsplit(response.headers.get("location", "")).query)
        if "code" not in self._answer:
            # What cannot be sent back to the client, Entra tells on a page.
            page = f"Entra answered {response.status_code}: {_TAG.sub(' ', response.text)}"
            raise SignInError(self._answer.get("error_description", [page])[0])

    async def callback(self) -> AuthorizationCodeResult:
        """Returns what the browser brings back to the client's redirect address."""
        return AuthorizationCodeResult(
            code=self._answer["code"][0],
            state=self._answer["state"][0],
            iss=self._answer.get("iss", [None])[0],
        )

    async def get_tokens(self) -> OAuthToken | None:
        """Returns the tokens of an earlier sign-in."""
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        """Keeps the tokens, in memory only."""
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull:
        """Returns the client's registration, made beforehand: Entra has no dynamic registration."""
        return OAuthClientInformationFull(client_id=CLIENT_ID, redirect_uris=[REDIRECT_URI])

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        """Keeps nothing: the registration does not change."""


@contextlib.asynccontextmanager
async def connected(layout: Layout, user: User) -> AsyncIterator[tuple[Client, Journey]]:
    """Returns an MCP client signed in as the user, connected to the host.

    Raises:
        SignInError: Entra did not let the user sign in.
    """
    tls = ssl.create_default_context(cafile=str(layout.ca_file))
    journey = Journey(user, tls)
    provider = OAuthClientProvider(
        layout.mcp_url,
        OAuthClientMetadata(redirect_uris=[REDIRECT_URI], client_name="Local command line"),
        journey,
        journey.authorize,
        journey.callback,
    )
    timeout = httpx2.Timeout(120, connect=10)
    async with (
        httpx2.AsyncClient(auth=provider, verify=tls, trust_env=False, timeout=timeout) as http,
        Client(streamable_http_client(layout.mcp_url, http_client=http)) as client,
    ):
        yield client, journey
