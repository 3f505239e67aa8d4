"""Gets tokens of the local tenant, where a user signs in as with the Azure CLI."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from local.doctor.check_result import CannotCheckError
from local.layout import Layout
from local.organisation import User, organisation

AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
_REDIRECT = "http://localhost:53682"
_CURE = "Look at `entra.log` in the tenant's folder, or start the tenant again: make run"


class LocalSignIn:
    """Gets tokens from the local Entra, for one user and through the Azure CLI's registration."""

    def __init__(self, layout: Layout, user: User, http: httpx.AsyncClient) -> None:
        self._entra = f"{layout.entra}/{organisation().tenant_id}/oauth2/v2.0"
        self._issue = f"{layout.entra}/_control/entra/issue"
        self._user = user
        self._http = http

    async def graph_token(self) -> str:
        """Returns an access token for Microsoft Graph that may read the directory, as an administrator's may.

        Raises:
            CannotCheckError: The local Entra gives none.
        """
        wanted = {
            "user": self._user.alias,
            "client_id": AZURE_CLI,
            "resource": "graph",
            "scopes": ["Directory.Read.All"],
        }
        issued = await self._document("POST", self._issue, json=wanted)
        return str(issued.get("access_token", ""))

    async def server_token(self, scope: str) -> str:
        """Returns an access token for the server, of this scope, by the authorization code flow with PKCE.

        Raises:
            CannotCheckError: The local Entra gives none; the text has its words.
        """
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "client_id": AZURE_CLI,
            "redirect_uri": _REDIRECT,
            "response_type": "code",
            "scope": scope,
            "state": "doctor",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "login_hint": self._user.alias,
            "prompt": "none",
        }
        try:
            response = await self._http.get(f"{self._entra}/authorize", params=asked)
        except httpx.HTTPError as error:
            raise CannotCheckError(f"The local Entra does not answer: {error!r}", _CURE) from error
        answer = parse_qs(urlsplit(response.headers.get("location", "")).query)
        if "code" not in answer:
            said = answer.get("error_description", [f"it answered {response.status_code}"])[0]
            raise CannotCheckError(f"{self._user.display_name} cannot sign in: {_short(said)}", _mend(said))
        form = {
            "grant_type": "authorization_code",
            "client_id": AZURE_CLI,
            "code": answer["code"][0],
            "redirect_uri": _REDIRECT,
            "code_verifier": verifier,
            "scope": scope,
        }
        issued = await self._document("POST", f"{self._entra}/token", data=form)
        if "access_token" not in issued:
            said = str(issued.get("error_description", "it gave no token"))
            raise CannotCheckError(f"{self._user.display_name} gets no token: {_short(said)}", _mend(said))
        return str(issued["access_token"])

    async def _document(self, method: str, url: str, **content: Any) -> dict[str, Any]:
        try:
            response = await self._http.request(method, url, **content)
            return dict(response.json())
        except (httpx.HTTPError, ValueError) as error:
            raise CannotCheckError(f"The local Entra does not answer: {error!r}", _CURE) from error


def _short(said: str) -> str:
    """Returns Entra's words without the ids it adds for its own logs."""
    return said.partition(" Trace ID:")[0]


def _mend(said: str) -> str:
    if "AADSTS65001" in said:
        return "Mend the check of the pre-authorized clients first."
    if any(code in said for code in ("AADSTS70011", "AADSTS650053", "AADSTS500011")):
        return "Mend the checks of the scope and the identifier URIs first."
    return _CURE
