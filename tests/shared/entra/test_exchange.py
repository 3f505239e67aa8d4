"""What an exchange sends, and that MSAL remembers nothing of it."""

import gc
import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import msal
import pytest
import trustme

from shared.entra.exchange import Exchange
from shared.errors import ToolError
from shared.http.http_client import tls_context
from shared.settings import Settings
from tests.shared.issuer import ENVIRON, TENANT
from tests.shared.loopback import Loopback, Received, Reply, loopback

SCOPES = ["https://graph.microsoft.com/Mail.Read"]
KINDS = msal.TokenCache.CredentialType
CHALLENGE = '{"access_token":{"nbf":{"essential":true,"value":"1755684000"}}}'
REFUSED = {"error": "invalid_grant", "error_codes": [65001], "suberror": "consent_required"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A CA file, and the context of a server that the CA vouches for."""
    ca, file = trustme.CA(), tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(file)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(tls)
    return file, tls


@pytest.fixture
def entra(authority: tuple[Path, ssl.SSLContext]) -> Iterator[Loopback]:
    """An Entra that grants whatever it is asked for, with a new token each time."""
    with loopback(authority[1]) as server:
        tokens = iter(range(1, 100))

        def reply(received: Received) -> Reply:
            return metadata(server) if received.method == "GET" else granted(next(tokens))

        server.reply = reply
        yield server


@pytest.fixture
def exchange(entra: Loopback, authority: tuple[Path, ssl.SSLContext]) -> Iterator[Exchange]:
    settings = Settings.from_environ({**ENVIRON, "AZURE_AUTHORITY_HOST": entra.url})
    exchange = Exchange(settings, tls_context(authority[0]))
    yield exchange
    exchange.close()


def metadata(server: Loopback) -> Reply:
    host = f"{server.url}/{TENANT}"
    document = {
        "issuer": f"{host}/v2.0",
        "authorization_endpoint": f"{host}/oauth2/v2.0/authorize",
        "token_endpoint": f"{host}/oauth2/v2.0/token",
    }
    return 200, {}, document


def granted(number: int) -> Reply:
    document = {"token_type": "Bearer", "access_token": f"token-{number}", "expires_in": 3600}
    return 200, {}, {**document, "scope": SCOPES[0]}


def forms(server: Loopback) -> list[dict[str, str]]:
    """The forms of the token requests."""
    return [received.form for received in server.received if received.method == "POST"]


def token_caches() -> list[msal.TokenCache]:
    """MSAL's token caches that are in memory."""
    return [each for each in gc.get_objects() if isinstance(each, msal.TokenCache)]


def test_an_exchange_sends_the_on_behalf_of_grant(exchange: Exchange, entra: Loopback) -> None:
    token = exchange.exchange("assertion-of-ana", tenant_id=TENANT, scopes=SCOPES)

    [form] = forms(entra)
    assert "token-1" == token.access_token
    assert {"Mail.Read"} == token.scopes
    assert {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "requested_token_use": "on_behalf_of",
        "assertion": "assertion-of-ana",
        "scope": SCOPES[0],
    }.items() <= {**form, "scope": " ".join(set(form["scope"].split()) & set(SCOPES))}.items()
    assert "offline_access" not in form["scope"]


def test_an_exchange_declares_that_the_server_handles_claims_challenges(
    exchange: Exchange, entra: Loopback
) -> None:
    exchange.exchange("assertion-of-ana", tenant_id=TENANT, scopes=SCOPES)

    [form] = forms(entra)
    assert {"access_token": {"xms_cc": {"values": ["cp1"]}}} == json.loads(form["claims"])


def test_an_exchange_passes_the_claims_of_a_challenge_on(exchange: Exchange, entra: Loopback) -> None:
    exchange.exchange("assertion-of-ana", tenant_id=TENANT, scopes=SCOPES, claims=CHALLENGE)

    [form] = forms(entra)
    assert {
        "access_token": {"nbf": {"essential": True, "value": "1755684000"}, "xms_cc": {"values": ["cp1"]}}
    } == json.loads(form["claims"])


def test_a_refusal_is_not_repeated_once_entra_grants(exchange: Exchange, entra: Loopback) -> None:
    granting = entra.reply
    entra.reply = lambda received: granting(received) if received.method == "GET" else (400, {}, REFUSED)
    with pytest.raises(ToolError) as refused:
        exchange.exchange("assertion-of-ana", tenant_id=TENANT, scopes=SCOPES)
    entra.reply = granting

    token = exchange.exchange("assertion-of-ana", tenant_id=TENANT, scopes=SCOPES)

    assert "consent_required" == refused.value.code
    assert "token-1" == token.access_token
    assert 2 == len(forms(entra))


def test_throttling_of_one_user_is_not_answered_to_another(exchange: Exchange, entra: Loopback) -> None:
    granting = entra.reply

    def throttle_ana(received: Received) -> Reply:
        if received.method == "POST" and received.form["assertion"] == "assertion-of-ana":
            return 429, {"Retry-After": "60"}, {"error": "temporarily_unavailable"}
        return granting(received)

    entra.reply = throttle_ana
    with pytest.raises(ToolError) as throttled:
        exchange.exchange("assertion-of-ana", tenant_id=TENANT, scopes=SCOPES)

    token = exchange.exchange("assertion-of-ben", tenant_id=TENANT, scopes=SCOPES)

    assert ("throttled", 60) == (throttled.value.code, throttled.value.retry_after)
    assert "token-1" == token.access_token


def test_msal_keeps_no_token_of_any_caller(exchange: Exchange, entra: Loopback) -> None:
    others = token_caches()

    for number in range(5):
        exchange.exchange(f"assertion-{number}", tenant_id=TENANT, scopes=SCOPES)

    caches = [each for each in token_caches() if not any(each is other for other in others)]
    kept = [
        token
        for cache in caches
        for kind in (
            msal.TokenCache.CredentialType.ACCESS_TOKEN,
            msal.TokenCache.CredentialType.REFRESH_TOKEN,
        )
        for token in cache.search(kind)
    ]

    assert 5 == len(forms(entra))
    assert [] == kept
    assert caches


def grant(entra: Loopback, **document: object) -> None:
    """Lets Entra grant with this response."""
    answer = {"token_type": "Bearer", "access_token": "token", **document}
    entra.reply = lambda received: metadata(entra) if received.method == "GET" else (200, {}, answer)


def test_an_exchange_goes_through_no_proxy_of_the_environment(
    entra: Loopback, authority: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    with loopback() as proxy:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        settings = Settings.from_environ({**ENVIRON, "AZURE_AUTHORITY_HOST": entra.url})
        exchange = Exchange(settings, tls_context(authority[0]))
        exchange.exchange("assertion-of-ana", tenant_id=TENANT, scopes=SCOPES)
        exchange.close()

    assert 1 == len(forms(entra))
    assert [] == proxy.received


def test_an_exchange_proves_which_app_it_is(exchange: Exchange, entra: Loopback) -> None:
    exchange.exchange("assertion-of-ana", tenant_id=TENANT, scopes=SCOPES)

    [form] = forms(entra)
    assert ENVIRON["AZURE_CLIENT_ID"] == form["client_id"]
    assert ENVIRON["AZURE_CLIENT_SECRET"] == form["client_secret"]


def test_a_token_has_the_scopes_that_entra_granted_not_those_requested(
    exchange: Exchange, entra: Loopback
) -> None:
    grant(entra, expires_in=3600, scope="https://graph.microsoft.com/User.Read Files.Read")

    token = exchange.exchange("assertion-of-ana", tenant_id=TENANT, scopes=SCOPES)

    assert {"User.Read", "Files.Read"} == token.scopes


def test_a_response_without_scopes_granted_those_requested(exchange: Exchange, entra: Loopback) -> None:
    grant(entra, expires_in=3600)
    scopes = [*SCOPES, "https://graph.microsoft.com/Files.Read"]

    token = exchange.exchange("assertion-of-ana", tenant_id=TENANT, scopes=scopes)

    assert {"Mail.Read", "Files.Read"} == token.scopes


@pytest.mark.parametrize(("said", "seconds"), [({"expires_in": 1234}, 1234), ({}, 0)])
def test_a_token_ends_as_many_seconds_from_now_as_entra_says(
    said: dict[str, int],
    seconds: int,
    entra: Loopback,
    authority: tuple[Path, ssl.SSLContext],
) -> None:
    settings = Settings.from_environ({**ENVIRON, "AZURE_AUTHORITY_HOST": entra.url})
    exchange = Exchange(settings, tls_context(authority[0]), clock=lambda: 1000.0)
    grant(entra, **said)

    token = exchange.exchange("assertion-of-ana", tenant_id=TENANT, scopes=SCOPES)
    exchange.close()

    assert 1000.0 + seconds == token.expires_at


@pytest.mark.parametrize(
    ("host", "discovery"), [("https://login.microsoftonline.com", None), ("https://localhost:8443", False)]
)
def test_microsoft_is_asked_about_a_sign_in_host_only_where_it_is_its_own(
    host: str, discovery: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None leaves the decision to MSAL, which knows the hosts of the clouds."""
    options: dict[str, object] = {}

    class Recorded:
        def __init__(self, client_id: str, **named: object) -> None:
            options.update(named)

        def acquire_token_on_behalf_of(self, *_: object, **__: object) -> dict[str, object]:
            return {"access_token": "token"}

    monkeypatch.setattr(msal, "ConfidentialClientApplication", Recorded)
    settings = Settings.from_environ({**ENVIRON, "AZURE_AUTHORITY_HOST": host})
    exchange = Exchange(settings, tls_context(None))

    exchange.exchange("assertion-of-ana", tenant_id=TENANT, scopes=SCOPES)
    exchange.close()

    assert f"{host}/{TENANT}" == options["authority"]
    assert discovery is options["instance_discovery"]


def test_what_is_prepared_sends_no_assertion_and_is_not_asked_again(
    exchange: Exchange, entra: Loopback
) -> None:
    exchange.prepare()
    prepared = list(entra.received)
    exchange.exchange("assertion-of-ana", tenant_id=TENANT, scopes=SCOPES)

    assert ["GET"] == [received.method for received in prepared]
    assert ["GET", "POST"] == [received.method for received in entra.received]


def test_the_identitys_assertion_is_got_beforehand(
    entra: Loopback, authority: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    identity_id = "ffffffff-0000-4000-8000-000000000001"
    environ = {
        **ENVIRON,
        "AZURE_CLIENT_SECRET": "",
        "AZURE_MI_CLIENT_ID": identity_id,
        "AZURE_AUTHORITY_HOST": entra.url,
    }
    token = {"access_token": "assertion", "expires_on": "4102444800", "resource": "r", "token_type": "Bearer"}
    with loopback() as identity:
        identity.reply = lambda _: (200, {}, token)
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{identity.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "secret")
        exchange = Exchange(Settings.from_environ(environ), tls_context(authority[0]))
        exchange.prepare()
        prepared = len(identity.received)
        exchange.exchange("assertion-of-ana", tenant_id=TENANT, scopes=SCOPES)
        exchange.close()

    assert (1, 1) == (prepared, len(identity.received))
    assert "assertion" == forms(entra)[0]["client_assertion"]
