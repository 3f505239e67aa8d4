"""Signs a demo user in and calls tools, with the official MCP client and its OAuth journey.

Nothing here is particular to this server but the picking of a user without a browser: the
client is challenged, discovers, authorizes with PKCE and calls as any other would. Where the server
has a sign-in proxy, the client registers there; elsewhere it goes by a registration of Entra's.
"""

from __future__ import annotations

import contextlib
import re
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
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

from local.browser import Browser
from local.layout import Layout
from local.organisation import User

CLIENT_ID = "b7e6a5d4-c3b2-4a19-8f07-6e5d4c3b2a10"
REDIRECT_URI = AnyUrl("http://localhost:33418/callback")
_TAG = re.compile(r"<style.*?</style>|<[^>]*>", re.DOTALL)


class SignInError(Exception):
    """Raised when Entra refuses the user's sign-in; the text has its words."""


class Journey:
    """Signs one user in and stores what the client is given (the client's token storage).

    Args:
        user: Who signs in.
        tls: The authorities to trust.
        registered: Whether the client has a registration of Entra's; without one it registers itself.
        registration: A file for that registration, so that the next client has it already.
    """

    def __init__(
        self,
        user: User,
        tls: ssl.SSLContext,
        *,
        registered: bool = True,
        registration: Path | None = None,
    ) -> None:
        self.tokens: OAuthToken | None = None
        self._user = user
        self._tls = tls
        self._registered = registered
        self._registration = registration
        self._client: OAuthClientInformationFull | None = None
        self._answer: dict[str, list[str]] = {}

    async def authorize(self, url: str) -> None:
        """Does what a person does in the browser: opens the address, allows the client, picks the user."""
        async with Browser(self._tls) as browser:
            if self._registered:
                await browser.open(f"{url}&login_hint={self._user.alias}&prompt=none")
            else:
                await browser.sign_in(url, self._user.alias)
        self._answer = parse_qs(urlsplit(browser.left_for).query)
        if "code" not in self._answer:
            raise SignInError(self._answer.get("error_description", [browser.words])[0])

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

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        """Returns the client's registration: one made beforehand, as Entra lets no client register itself."""
        if self._registered:
            return OAuthClientInformationFull(client_id=CLIENT_ID, redirect_uris=[REDIRECT_URI])
        if self._client is None and self._registration is not None and self._registration.exists():
            self._client = OAuthClientInformationFull.model_validate_json(self._registration.read_bytes())
        return self._client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        """Keeps the registration."""
        self._client = client_info
        if self._registration is not None:
            self._registration.write_text(client_info.model_dump_json())


def journey_of(layout: Layout, user: User) -> Journey:
    """Returns the sign-in of a user that has not begun, in the way that the running tenant lets clients."""
    return Journey(
        user,
        ssl.create_default_context(cafile=str(layout.ca_file)),
        registered=layout.app_setting("SIGN_IN_PROXY") != "app",
        registration=layout.client_registration,
    )


@contextlib.asynccontextmanager
async def connected(
    layout: Layout, user: User, journey: Journey | None = None
) -> AsyncIterator[tuple[Client, Journey]]:
    """Returns an MCP client signed in as the user, connected to the host.

    Args:
        layout: The running tenant.
        user: Who signs in.
        journey: An earlier sign-in of this user, to go on with its access token.

    Raises:
        SignInError: Entra did not let the user sign in.
    """
    tls = ssl.create_default_context(cafile=str(layout.ca_file))
    journey = journey or journey_of(layout, user)
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
