"""What the proxy's registration sends to Entra, over real connections, and how it proves itself."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from shared.entra.access_token import RefusedTokenError
from shared.errors import ToolError
from shared.http.http_client import Http, tls_context
from shared.settings.sign_in_settings import read
from shared.sign_in.entra_endpoints import MAX_AGE, RETRY_SECONDS, EntraEndpoints
from shared.sign_in.entra_sign_in import MsalTokenRequests
from shared.sign_in.oauth_errors import OAuthError
from shared.sign_in.sealed_rows import hashed
from tests.shared.clock import Clock
from tests.shared.issuer import ISSUER, SERVER, TENANT, Issuer
from tests.shared.loopback import Loopback, Received, Reply, loopback
from tests.shared.sign_in.browser import ORIGIN
from tests.shared.sign_in.conftest import SIGN_IN
from tests.shared.sign_in.played_entra import AUTHORIZE, PROXY, PlayedEntra, down

SCOPES = {f"api://{SERVER}/access_as_user", "openid", "offline_access"}


class Served:
    """An Entra at a loopback address, which answers token requests with `answer`."""

    def __init__(self, server: Loopback) -> None:
        self.server = server
        self.answer: Any = {"token_type": "Bearer", "access_token": "a", "expires_in": 3600}
        self.status = 200
        server.reply = self.reply

    def reply(self, received: Received) -> Reply:
        host = f"{self.server.url}/{TENANT}"
        document = {
            "issuer": f"{host}/v2.0",
            "authorization_endpoint": f"{host}/oauth2/v2.0/authorize",
            "token_endpoint": f"{host}/oauth2/v2.0/token",
        }
        return (200, {}, document) if received.method == "GET" else (self.status, {}, self.answer)

    @property
    def forms(self) -> list[dict[str, str]]:
        return [received.form for received in self.server.received if received.method == "POST"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    ca, file = trustme.CA(), tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(file)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(tls)
    return file, tls


@pytest.fixture
def served(authority: tuple[Path, ssl.SSLContext]) -> Iterator[Served]:
    with loopback(authority[1]) as server:
        yield Served(server)


@pytest.fixture
def requests(served: Served, authority: tuple[Path, ssl.SSLContext]) -> Iterator[MsalTokenRequests]:
    settings, sign_in = read({**SIGN_IN, "AZURE_AUTHORITY_HOST": served.server.url})
    made = MsalTokenRequests(settings, sign_in, tls_context(authority[0]))
    yield made
    made.close()


def test_a_code_is_redeemed_as_the_proxys_own_registration(
    requests: MsalTokenRequests, served: Served, issuer: Issuer
) -> None:
    served.answer["id_token"] = issuer.token(aud=PROXY, nonce=hashed("a-nonce"))
    answer = requests.redeem("code-of-entra", verifier="a-verifier", nonce="a-nonce")
    [form] = served.forms

    assert "a" == answer["access_token"]
    assert SCOPES == set(form["scope"].split())
    assert {
        "grant_type": "authorization_code",
        "client_id": PROXY,
        "client_secret": "a-secret-of-the-app",
        "code": "code-of-entra",
        "code_verifier": "a-verifier",
        "redirect_uri": f"{ORIGIN}/oauth/callback",
    } == {
        name: form[name]
        for name in ("grant_type", "client_id", "client_secret", "code", "code_verifier", "redirect_uri")
    }
    assert "resource" not in form


def test_a_refresh_names_the_scope(requests: MsalTokenRequests, served: Served) -> None:
    requests.refresh("1.R-of-entra")
    [form] = served.forms

    assert ("refresh_token", "1.R-of-entra", PROXY) == (
        form["grant_type"],
        form["refresh_token"],
        form["client_id"],
    )
    assert SCOPES == set(form["scope"].split())


@pytest.mark.parametrize("wrong", ["nonce", "form"])
def test_an_id_token_that_msal_refuses_is_refused_without_its_claims(
    requests: MsalTokenRequests, served: Served, issuer: Issuer, wrong: str
) -> None:
    token = issuer.token(aud=PROXY, nonce="another") if wrong == "nonce" else "ana@example.com"
    served.answer["id_token"] = token

    with pytest.raises(RefusedTokenError) as raised:
        requests.redeem("code", verifier="v", nonce="a-nonce")
    assert raised.value.__suppress_context__
    assert "ana" not in str(raised.value)


def test_a_refusal_is_handed_on_and_nothing_is_repeated(requests: MsalTokenRequests, served: Served) -> None:
    served.status, served.answer = 400, {"error": "invalid_grant", "error_codes": [50173]}

    for _ in range(2):
        assert "invalid_grant" == requests.refresh("1.R-of-entra")["error"]
    assert 2 == len(served.forms)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_entra_that_is_down_is_no_refusal(
    requests: MsalTokenRequests, served: Served, status: int
) -> None:
    served.status, served.answer = status, {"error": "server_error"}

    with pytest.raises(ToolError) as raised:
        requests.refresh("1.R-of-entra")
    assert raised.value.code in ("throttled", "unavailable")


async def test_endpoints_stay_known_while_entra_does_not_answer(
    entra: PlayedEntra, open_http: Callable[..., Http], clock: Clock
) -> None:
    endpoints = EntraEndpoints(open_http(entra), ISSUER, clock=clock)
    assert AUTHORIZE == (await endpoints.get()).authorization
    clock.advance(MAX_AGE)
    entra.failing = down()
    assert AUTHORIZE == (await endpoints.get()).authorization
    entra.failing = None
    entra.metadata |= {"authorization_endpoint": "https://new.example/authorize"}
    assert AUTHORIZE == (await endpoints.get()).authorization
    clock.advance(RETRY_SECONDS)

    assert "https://new.example/authorize" == (await endpoints.get()).authorization


async def test_endpoints_that_were_never_known_are_not_guessed(
    entra: PlayedEntra, open_http: Callable[..., Http]
) -> None:
    entra.metadata = {"issuer": "https://evil.example"}

    with pytest.raises(OAuthError) as raised:
        await EntraEndpoints(open_http(entra), ISSUER).get()
    assert "temporarily_unavailable" == raised.value.code
