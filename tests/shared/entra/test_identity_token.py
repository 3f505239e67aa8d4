"""The managed identity's token, from an endpoint that answers over a real connection."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from shared.entra.app_credential import identity_token
from shared.entra.identity_http import NO_CREDENTIAL
from shared.errors import ToolError
from shared.http.retry import RetryableError
from shared.settings import Settings
from tests.shared.issuer import ENVIRON
from tests.shared.loopback import Loopback, loopback

IDENTITY = "ffffffff-0000-4000-8000-000000000001"
RESOURCE = "api://AzureADTokenExchange"
TOKEN = {"access_token": "assertion", "expires_on": "4102444800", "resource": "r", "token_type": "Bearer"}


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """The identity endpoint of App Service, which gives a token."""
    with loopback() as endpoint:
        endpoint.reply = lambda _: (200, {}, TOKEN)
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{endpoint.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "secret")
        yield endpoint


@pytest.fixture
def managed() -> Settings:
    return Settings.from_environ({**ENVIRON, "AZURE_CLIENT_SECRET": "", "AZURE_MI_CLIENT_ID": IDENTITY})


def test_the_token_is_of_the_identity_and_the_resource_named(identity: Loopback, managed: Settings) -> None:
    token = identity_token(managed, RESOURCE)()

    assert "assertion" == token
    assert f"resource={RESOURCE}" in identity.received[0].path.replace("%3A", ":").replace("%2F", "/")
    assert f"client_id={IDENTITY}" in identity.received[0].path


def test_no_connection_to_the_endpoint_stays_open(
    identity: Loopback, managed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()
    end = identity.shutdown_request

    def noted(request: Any) -> None:
        end(request)
        ended.set()

    monkeypatch.setattr(identity, "shutdown_request", noted)
    identity.reply = lambda _: (200, {"Connection": "keep-alive"}, TOKEN)
    token = identity_token(managed, RESOURCE)
    token()

    assert ended.wait(5)
    assert "assertion" == token()


def test_a_proxy_of_the_environment_does_not_get_the_secret_header(
    identity: Loopback, managed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loopback() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        token = identity_token(managed, RESOURCE)()

    assert "assertion" == token
    assert [] == proxy.received


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_an_endpoint_that_fails_may_be_sent_to_again_and_is_not_meanwhile(
    status: int, identity: Loopback, managed: Settings
) -> None:
    token = identity_token(managed, RESOURCE)
    identity.reply = lambda _: (status, {"Retry-After": "60"}, {"statusCode": status, "message": "It fails."})
    with pytest.raises(RetryableError) as raised:
        token()
    identity.reply = lambda _: (200, {}, TOKEN)

    assert "unavailable" == raised.value.code
    assert "managed identity" in raised.value.message
    assert "the administrator" in raised.value.remedy
    assert 1 == len(identity.received)
    assert "assertion" == token()


def test_an_endpoint_nobody_listens_at_may_be_sent_to_again(
    managed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loopback() as endpoint:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{endpoint.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "secret")

    with pytest.raises(RetryableError) as raised:
        identity_token(managed, RESOURCE)()

    assert "unavailable" == raised.value.code


def test_a_response_that_is_no_token_is_no_reason_to_try_again(identity: Loopback, managed: Settings) -> None:
    identity.reply = lambda _: (200, {}, ["no", "token"])

    with pytest.raises(ToolError) as raised:
        identity_token(managed, RESOURCE)()

    assert not isinstance(raised.value, RetryableError)


def test_an_endpoint_that_refuses_says_that_the_app_has_no_credential(
    identity: Loopback, managed: Settings
) -> None:
    token = identity_token(managed, RESOURCE)
    identity.reply = lambda _: (400, {}, {"statusCode": 400, "message": "No User Assigned Identity found"})
    with pytest.raises(ToolError) as raised:
        token()
    identity.reply = lambda _: (200, {}, TOKEN)

    assert ("misconfigured", NO_CREDENTIAL) == (raised.value.code, raised.value.reason)
    assert "AZURE_MI_CLIENT_ID" in raised.value.remedy
    assert "assertion" == token()


def test_without_a_managed_identity_no_request_is_sent(identity: Loopback, settings: Settings) -> None:
    with pytest.raises(ToolError) as raised:
        identity_token(settings, RESOURCE)()

    assert ("misconfigured", NO_CREDENTIAL) == (raised.value.code, raised.value.reason)
    assert not identity.received
