"""A client, and the browser of its user, at the proxy's functions: in process, by their own requests."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from html import unescape
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import azure.functions as func

from shared.sign_in.sign_in_proxy import SignInProxy
from tests.shared.sign_in.played_entra import PlayedEntra

ORIGIN = "https://mcp.example"
MCP = f"{ORIGIN}/runtime/webhooks/mcp"
REDIRECT = "http://127.0.0.1:33418/callback"
VERIFIER = "a-verifier-of-enough-characters-for-the-standard-x"
FORM = "application/x-www-form-urlencoded"


def challenge(verifier: str = VERIFIER) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def changed(usual: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """What is usual with changes, of which None leaves out."""
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


class Functions:
    """Calls the proxy's functions as the host does."""

    def __init__(self, proxy: SignInProxy) -> None:
        self.proxy = proxy

    async def get(self, name: str, query: Mapping[str, str] | str = "", **headers: str) -> func.HttpResponse:
        text = query if isinstance(query, str) else urlencode(query, quote_via=quote)
        return await self.call("GET", name, query=text, headers=headers)

    async def post(
        self, name: str, form: Mapping[str, str] | str | bytes, **headers: str
    ) -> func.HttpResponse:
        text = form if isinstance(form, str | bytes) else urlencode(form)
        given = {"content-type": FORM, **headers}
        return await self.call("POST", name, body=text, headers=given)

    async def call(
        self,
        method: str,
        name: str,
        *,
        query: str = "",
        headers: Mapping[str, str] = {},
        body: str | bytes = b"",
    ) -> func.HttpResponse:
        url = f"https://internal.example/{name.replace('_', '/', 1)}" + (f"?{query}" if query else "")
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        octets = body.encode() if isinstance(body, str) else body
        request = func.HttpRequest(method, url, headers=named, params={}, body=octets)
        return await self.proxy.respond(name, request)

    async def register(self, **changes: Any) -> func.HttpResponse:
        usual = {
            "redirect_uris": [REDIRECT],
            "client_name": "A client",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }
        text = json.dumps(changed(usual, changes))
        return await self.post("oauth_register", text, content_type="application/json")

    async def token(self, **form: str | None) -> func.HttpResponse:
        return await self.post("oauth_token", changed({}, form))

    async def redeem(self, client_id: str, code: str, /, **changes: str | None) -> func.HttpResponse:
        usual = {
            "grant_type": "authorization_code",
            "client_id": client_id,
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
            "resource": MCP,
        }
        return await self.token(**changed(usual, changes))

    async def refresh(self, client_id: str, handle: str, /, **changes: str | None) -> func.HttpResponse:
        usual = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": handle}
        return await self.token(**changed(usual, changes))


class Browser:
    """One person's browser, with its cookies, and the person who allows what they are asked."""

    def __init__(self, functions: Functions, entra: PlayedEntra) -> None:
        self.functions = functions
        self.entra = entra
        self.cookies: dict[str, str] = {}

    async def authorize(self, client_id: str, **changes: str | None) -> func.HttpResponse:
        usual = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": REDIRECT,
            "state": "state-of-the-client",
            "code_challenge": challenge(),
            "code_challenge_method": "S256",
            "resource": MCP,
            "scope": "access_as_user",
        }
        return self._keep(await self.functions.get("oauth_authorize", changed(usual, changes), **self.sent))

    async def decide(
        self, page: func.HttpResponse, decision: str = "allow", **headers: str
    ) -> func.HttpResponse:
        form = {"request": handle_in(page), "decision": decision}
        own = {"origin": "null", "sec_fetch_site": "same-origin", **self.sent, **headers}
        return self._keep(await self.functions.post("oauth_consent", form, **own))

    async def come_back(self, parameters: Mapping[str, str]) -> func.HttpResponse:
        return self._keep(await self.functions.get("oauth_callback", parameters, **self.sent))

    async def consent(self, client_id: str, **changes: str | None) -> str:
        """Allows a request, and returns the address at Entra that the browser is sent to."""
        return onward(await self.decide(await self.authorize(client_id, **changes)))

    async def code(self, client_id: str, **changes: str | None) -> str:
        """Signs in, and returns the code that the client gets."""
        address = await self.consent(client_id, **changes)
        return parameters_of(await self.come_back(self.entra.sign_in(address)))["code"]

    @property
    def sent(self) -> dict[str, str]:
        return {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _keep(self, response: func.HttpResponse) -> func.HttpResponse:
        for given in response.headers.get_all("Set-Cookie"):
            for name, morsel in SimpleCookie(given).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
        return response


def handle_in(page: func.HttpResponse) -> str:
    """The handle in the form of a consent page."""
    [handle] = re.findall(r'name="request" value="([^"]+)"', text_of(page))
    return handle


def onward(response: func.HttpResponse) -> str:
    """The address that a page leads on to, by its header and by its link."""
    assert 200 == response.status_code, text_of(response)
    address = response.headers["Refresh"].partition("url=")[2]
    assert f'href="{address}"' in unescape(text_of(response))
    return address


def parameters_of(response: func.HttpResponse) -> dict[str, str]:
    """The parameters that a redirect hands to the client."""
    assert 302 == response.status_code, text_of(response)
    return query_in(response.headers["Location"])


def query_in(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query, strict_parsing=True))


def text_of(response: func.HttpResponse) -> str:
    return response.get_body().decode()


def json_of(response: func.HttpResponse) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(response.get_body())
    return document
