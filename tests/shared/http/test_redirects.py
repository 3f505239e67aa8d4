"""The clients that are opened for the process follow no redirect, whoever sends one."""

import pytest

from shared.entra.app_credential import identity_token
from shared.entra.msal_http import EntraHttp
from shared.errors import ToolError
from shared.http.http_client import Http, tls_context
from shared.http.messages import Request
from shared.settings import Settings
from tests.shared.issuer import ENVIRON
from tests.shared.loopback import loopback

IDENTITY = "ffffffff-0000-4000-8000-000000000001"
SECRET = "secret-of-the-identity-endpoint"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_an_api_that_redirects_is_not_followed(status: int) -> None:
    http = Http.open(tls_context(None))
    with loopback() as elsewhere, loopback() as api:
        api.reply = lambda _: (status, {"Location": f"{elsewhere.url}/evil"}, {})

        response = await http.send(
            Request("GET", f"{api.url}/me", headers={"Authorization": "Bearer token"}), service="The API"
        )
        await http.close()

    assert (status, 1, 0) == (response.status, len(api.received), len(elsewhere.received))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_an_entra_that_redirects_is_not_followed(status: int) -> None:
    http = EntraHttp(tls_context(None))
    with loopback() as elsewhere, loopback() as entra:
        entra.reply = lambda _: (status, {"Location": f"{elsewhere.url}/evil"}, {})

        with pytest.raises(ToolError) as raised:
            http.post(f"{entra.url}/token", data={"assertion": "assertion"})
        http.close()

    assert ("unavailable", 1, 0) == (raised.value.code, len(entra.received), len(elsewhere.received))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_an_identity_endpoint_that_redirects_is_not_followed(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.from_environ({**ENVIRON, "AZURE_CLIENT_SECRET": "", "AZURE_MI_CLIENT_ID": IDENTITY})
    token = {"access_token": "forged", "expires_on": "4102444800", "resource": "r", "token_type": "Bearer"}
    with loopback() as elsewhere, loopback() as identity:
        elsewhere.reply = lambda _: (200, {}, token)
        identity.reply = lambda _: (status, {"Location": f"{elsewhere.url}/evil"}, {})
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{identity.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", SECRET)

        with pytest.raises(ToolError):
            identity_token(settings, "api://AzureADTokenExchange")()

    assert (1, 0) == (len(identity.received), len(elsewhere.received))
    assert SECRET in identity.received[0].headers.values()
