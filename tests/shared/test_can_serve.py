"""When the server says that it cannot serve, and when it can again."""

import pytest

from shared.entra.app_credential import certificate
from shared.entra.identity_http import NO_CREDENTIAL
from shared.entra.on_behalf_of import Assertion, OnBehalfOf
from shared.errors import Code, ToolError
from shared.mcp.invocation import Invocation
from shared.server import Server
from tests.shared.counted_exchange import CountedExchange
from tests.shared.issuer import TENANT, Issuer, Published

ASSERTION = Assertion("a", TENANT)
SCOPES = ["https://graph.microsoft.com/User.Read"]


async def exchange_fails(on_behalf_of: OnBehalfOf, exchange: CountedExchange, error: ToolError) -> None:
    exchange.failing = error
    with pytest.raises(ToolError):
        await on_behalf_of.token(ASSERTION, SCOPES)
    exchange.failing = None


def lacking(code: Code = "misconfigured", reason: str = NO_CREDENTIAL) -> ToolError:
    return ToolError(code, "The server cannot prove itself.", "The administrator mends it.", reason=reason)


async def test_before_any_call_it_can(server: Server, published: Published) -> None:
    assert server.can_serve
    assert [] == published.requests


async def test_with_the_keys_it_can(server: Server, issuer: Issuer) -> None:
    await server.authenticate(Invocation({}, {"authorization": f"Bearer {issuer.token()}"}))

    assert server.can_serve


async def test_keys_that_were_needed_and_never_had_make_it_impossible(
    server: Server, issuer: Issuer, published: Published
) -> None:
    published.keys = []
    with pytest.raises(ToolError) as caught:
        await server.authenticate(Invocation({}, {"authorization": f"Bearer {issuer.token()}"}))

    assert "unavailable" == caught.value.code
    assert not server.can_serve


async def test_without_a_credential_it_cannot_until_an_exchange_succeeds(
    server: Server, on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    await exchange_fails(on_behalf_of, exchange, lacking())
    found = server.can_serve
    await on_behalf_of.token(ASSERTION, SCOPES)
    mended = server.can_serve

    assert (False, True) == (found, mended)


async def test_a_credential_that_has_worked_once_counts(
    server: Server, on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    await on_behalf_of.token(Assertion("another", TENANT), SCOPES)
    await exchange_fails(on_behalf_of, exchange, lacking())

    assert server.can_serve


async def test_other_failures_of_an_exchange_say_nothing_about_the_app(
    server: Server, on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    await exchange_fails(on_behalf_of, exchange, lacking("consent_required", "consent_required"))

    assert server.can_serve


def test_a_certificate_that_is_none_is_no_credential() -> None:
    with pytest.raises(ToolError) as caught:
        certificate("not a certificate")

    assert NO_CREDENTIAL == caught.value.reason
