"""The official Python SDK at the proxy: it signs in, and takes no other issuer for this one (RFC 9207)."""

import json
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from mcp.client.auth import OAuthClientProvider, OAuthFlowError
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from pydantic import AnyUrl

from shared.sign_in.routes import routes
from tests.shared.sign_in.browser import MCP, ORIGIN, Browser, Functions, onward, parameters_of
from tests.shared.sign_in.conftest import Web
from tests.shared.sign_in.played_entra import PlayedEntra

FUNCTIONS = {f"/{route.path}": route.name for route in routes(is_proxy=True, registers=True)}
REDIRECT = "http://localhost:33418/callback"
DOCUMENT = "https://client.example/client.json"


class Sdk:
    """The SDK as a client, and the browser that it opens.

    Attributes:
        altered: What differs in JSON responses, by the path they are at.
        iss: What the browser brings back as the issuer, in place of what it was given.
        accepted: The access tokens that reached the MCP endpoint.
    """

    def __init__(self, functions: Functions, entra: PlayedEntra, document: str | None = None) -> None:
        self.altered: dict[str, dict[str, Any]] = {}
        self.iss: str | None = ...  # type: ignore[assignment]
        self.accepted: list[str] = []
        self.paths: list[str] = []
        self._functions = functions
        self._browser = Browser(functions, entra)
        self._back: dict[str, str] = {}
        self._document = document
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def call(self) -> int:
        """Calls the MCP endpoint, and returns the status."""
        metadata = OAuthClientMetadata(redirect_uris=[AnyUrl(REDIRECT)], client_name="The SDK")
        provider = OAuthClientProvider(
            MCP, metadata, self, self._open, self._callback, client_metadata_url=self._document
        )
        transport = httpx2.MockTransport(self._respond)
        async with httpx2.AsyncClient(auth=provider, transport=transport) as http:
            return (await http.post(MCP, json={})).status_code

    async def _respond(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        self.paths.append(path)
        if path == urlsplit(MCP).path:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            self.accepted += [token] if token else []
            return httpx2.Response(200 if token else 401)
        if path not in FUNCTIONS:
            return httpx2.Response(404)
        answer = await self._functions.call(
            request.method,
            FUNCTIONS[path],
            query=request.url.query.decode(),
            headers=dict(request.headers),
            body=await request.aread(),
        )
        body = answer.get_body()
        if path in self.altered:
            body = json.dumps({**json.loads(body), **self.altered[path]}).encode()
        return httpx2.Response(
            answer.status_code, headers={"content-type": str(answer.mimetype)}, content=body
        )

    async def _open(self, url: str) -> None:
        browser = self._browser
        page = await browser.functions.get("oauth_authorize", urlsplit(url).query, **browser.sent)
        address = onward(await browser.decide(browser._keep(page)))
        self._back = parameters_of(await browser.come_back(browser.entra.sign_in(address)))

    async def _callback(self) -> AuthorizationCodeResult:
        iss = self._back["iss"] if self.iss is ... else self.iss
        return AuthorizationCodeResult(code=self._back["code"], state=self._back["state"], iss=iss)

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


@pytest.fixture
def sdk(functions: Functions, entra: PlayedEntra) -> Sdk:
    return Sdk(functions, entra)


async def test_it_registers_and_signs_in_with_nothing_configured(sdk: Sdk) -> None:
    assert 200 == await sdk.call()
    assert sdk.client is not None
    assert str(sdk.client.client_id).startswith("dcr_")
    assert sdk.tokens is not None
    assert [sdk.tokens.access_token] == sdk.accepted
    assert sdk.tokens.refresh_token is not None


async def test_with_a_document_of_its_own_it_does_not_register(
    functions: Functions, entra: PlayedEntra, web: Web
) -> None:
    published = {"client_id": DOCUMENT, "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "none"}
    web.documents[DOCUMENT] = json.dumps(published).encode()
    sdk = Sdk(functions, entra, DOCUMENT)

    assert 200 == await sdk.call()
    assert "/oauth/register" not in sdk.paths
    assert [DOCUMENT] == web.asked


@pytest.mark.parametrize("iss", ["https://evil.example", f"{ORIGIN}/", None])
async def test_a_code_of_another_issuer_is_not_redeemed(sdk: Sdk, iss: str | None) -> None:
    sdk.iss = iss

    with pytest.raises(OAuthFlowError):
        await sdk.call()
    assert "/oauth/token" not in sdk.paths


async def test_metadata_of_another_issuer_are_refused(sdk: Sdk) -> None:
    sdk.altered["/.well-known/oauth-authorization-server"] = {"issuer": "https://evil.example"}

    with pytest.raises(OAuthFlowError):
        await sdk.call()
    assert not {"/oauth/register", "/oauth/token"} & set(sdk.paths)
