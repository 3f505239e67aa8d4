"""Proves a setup: one exchange on behalf of the person, as the app will make it."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Sequence

import httpx

from local.az import AzError, az
from local.doctor.app_description import AppSettings
from local.setup.console import Console
from local.setup.directory import PAUSES
from local.setup.errors import SetupError
from local.setup.sign_in import Person

# RFC 7523, 2.1; "Microsoft identity platform and OAuth 2.0 On-Behalf-Of flow"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_TIMEOUT = httpx.Timeout(30, connect=10)
# What Entra says while it does not know everywhere what was made a moment ago: the application (700016,
# 500011, 650052), its clients or consents (65001, 650057), its scope (70011, 650053), its secret (7000215).
_NOT_YET = re.compile(r"AADSTS(700016|500011|650052|65001|650057|70011|650053|7000215)\b")
_CURES = {
    "AADSTS65001": "Consent is missing: run it again, or open the link it showed.",
    "AADSTS7000215": "The secret is not the registration's: empty AZURE_CLIENT_SECRET and run it again.",
    "AADSTS7000222": "The secret has expired: run it again.",
    "AADSTS50105": "You are not assigned to the app: Entra admin center, Enterprise applications, the app, "
    "Users and groups.",
}
_USUAL = "Run it again in some minutes; python -m local doctor says more."


async def prove(
    settings: AppSettings,
    secret: str,
    ca_file: str | None,
    person: Person,
    console: Console,
    *,
    pauses: Sequence[float] | None = None,
) -> None:
    """Gets a token for the server, exchanges it for one of Microsoft Graph, and asks Graph who that is.

    Raises:
        SetupError: One of the three does not work.
    """
    scope = f"api://{settings.client_id}/{settings.required_scope}"
    tls = ssl.create_default_context(cafile=ca_file)
    async with httpx.AsyncClient(verify=tls, timeout=_TIMEOUT) as http:
        for pause in (*(PAUSES if pauses is None else pauses), None):
            try:
                token = await _token(scope, settings.tenant_id)
                exchanged = await _exchanged(http, settings, secret, token)
                break
            except SetupError as error:
                if pause is None or not _NOT_YET.search(str(error)):
                    raise
                console.wait("Entra does not know it everywhere yet", pause)
                await asyncio.sleep(pause)
        me = await _sent(http, "GET", f"{settings.graph_endpoint}/v1.0/me", token=exchanged)
    if me.get("id") != person.id:
        raise SetupError(f"The exchange gives a token of somebody else than {person.name}.", _USUAL)
    console.ok(f"A token for the server was exchanged on behalf of {person.name}; Microsoft Graph takes it.")


async def _token(scope: str, tenant_id: str) -> str:
    try:
        answer = await az("account", "get-access-token", "--scope", scope, "--tenant", tenant_id)
        return str(answer["accessToken"])
    except AzError as error:
        raise SetupError(f"The Azure CLI gets no token for the server: {error}", _cure(str(error))) from error
    except (KeyError, TypeError) as error:
        raise SetupError(
            "`az account get-access-token` did not answer as it should.", "az upgrade"
        ) from error


async def _exchanged(http: httpx.AsyncClient, settings: AppSettings, secret: str, token: str) -> str:
    form = {
        "grant_type": _GRANT,
        "client_id": settings.client_id,
        "client_secret": secret,
        "assertion": token,
        "scope": f"{settings.resources['graph']}/User.Read",
        "requested_token_use": "on_behalf_of",
    }
    url = f"{settings.authority_host}/{settings.tenant_id}/oauth2/v2.0/token"
    answer = await _sent(http, "POST", url, data=form)
    if "access_token" not in answer:
        said = str(answer.get("error_description") or answer.get("error") or "it gave no token")
        said = said.partition(" Trace ID:")[0].splitlines()[0]
        raise SetupError(f"Entra does not exchange the token: {said}", _cure(said))
    return str(answer["access_token"])


async def _sent(
    http: httpx.AsyncClient, method: str, url: str, *, token: str = "", data: dict[str, str] | None = None
) -> dict[str, object]:
    host = httpx.URL(url).host
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        response = await http.request(method, url, headers=headers, data=data)
        document = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise SetupError(
            f"{host} does not answer as it should: {type(error).__name__}.",
            "Look at your connection and proxy (SSL_CERT_FILE names further authorities), and run it again.",
        ) from error
    if token and response.status_code != 200:
        raise SetupError(f"{host} answered {response.status_code} to the exchanged token.", _USUAL)
    return dict(document) if isinstance(document, dict) else {}


def _cure(said: str) -> str:
    return next((cure for code, cure in _CURES.items() if re.search(rf"{code}\b", said)), _USUAL)
