"""What the tests of the local Entra say to it, and how they read its answers."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from local.entra.authority import Authority
from local.layout import Layout
from local.organisation import organisation

COMMAND_LINE = "b7e6a5d4-c3b2-4a19-8f07-6e5d4c3b2a10"
NOBODYS_APP = "0badc0de-1111-4222-8333-444455556666"
REDIRECT = "http://localhost:53682/callback"
VERIFIER = "correct-horse-battery-staple-correct-horse-battery"
GRAPH = "https://graph.microsoft.com"
DEVOPS = "499b84ac-1321-427f-aa17-267ca6975798"
OBO = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Clock:
    """A clock of the wall at first, then moved by hand."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@dataclass
class Entra:
    """A running Entra and the requests the tests make of it."""

    layout: Layout
    authority: Authority
    http: httpx.AsyncClient
    clock: Clock
    tenant: str = organisation().tenant_id

    async def authorize(self, **changes: str | None) -> httpx.Response:
        usual = {
            "client_id": COMMAND_LINE,
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "scope": f"{self.layout.mcp_url}/access_as_user offline_access openid",
            "state": "xyz",
            "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
            "login_hint": "ana",
            "prompt": "none",
        }
        return await self.http.get(f"/{self.tenant}/oauth2/v2.0/authorize", params=present(usual, changes))

    async def code(self, **changes: str | None) -> str:
        return answer(await self.authorize(**changes))["code"]

    async def token(self, tenant: str | None = None, **form: str | None) -> httpx.Response:
        return await self.http.post(f"/{tenant or self.tenant}/oauth2/v2.0/token", data=present(form, {}))

    async def redeem(self, code: str, /, **changes: str | None) -> httpx.Response:
        usual = {
            "grant_type": "authorization_code",
            "client_id": COMMAND_LINE,
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
        }
        return await self.token(**present(usual, changes))

    async def exchange(self, assertion: str, /, **changes: str | None) -> httpx.Response:
        usual = {
            "grant_type": OBO,
            "client_id": organisation().server_client_id,
            "client_secret": self.layout.secret("client_secret"),
            "assertion": assertion,
            "requested_token_use": "on_behalf_of",
            "scope": f"{GRAPH}/User.Read",
        }
        return await self.token(**present(usual, changes))

    async def issue(self, **wanted: Any) -> str:
        response = await self.http.post("/_control/entra/issue", json=wanted)
        return str(response.raise_for_status().json()["access_token"])

    def events(self, name: str) -> list[dict[str, Any]]:
        return [entry for entry in self.authority.control.journal if entry["event"] == name]


def present(usual: dict[str, str | None], changes: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def answer(response: httpx.Response) -> dict[str, str]:
    """What a redirect tells the client."""
    assert response.status_code == 302, response.text
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def refusal(response: httpx.Response) -> tuple[int, str, int]:
    """Status, OAuth error and AADSTS code."""
    body = response.json()
    assert body["error_description"].startswith(f"AADSTS{body['error_codes'][0]}: ")
    return response.status_code, body["error"], body["error_codes"][0]
