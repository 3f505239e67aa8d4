"""Tokens of one tool for one API: with the scopes it declares, or none."""

from functools import partial

import pytest

from shared.entra.delegated_access import DelegatedAccess
from shared.entra.on_behalf_of import Assertion, OnBehalfOf
from shared.errors import ToolError
from shared.settings import Settings
from tests.shared.counted_exchange import CountedExchange
from tests.shared.issuer import TENANT

GRAPH = "https://graph.microsoft.com"


@pytest.fixture
def access(on_behalf_of: OnBehalfOf, settings: Settings) -> DelegatedAccess:
    return DelegatedAccess(
        on_behalf_of,
        Assertion("token-of-ana", TENANT),
        resource=GRAPH,
        scopes=["Mail.Read", "Files.Read"],
        settings=settings,
    )


async def test_scopes_are_asked_for_by_the_name_of_their_resource(
    access: DelegatedAccess, exchange: CountedExchange
) -> None:
    token = await access.token()

    assert "downstream-1" == token
    assert [("token-of-ana", TENANT, (f"{GRAPH}/Mail.Read", f"{GRAPH}/Files.Read"), None)] == exchange.asked


async def test_more_scopes_than_declared_are_fine(access: DelegatedAccess, exchange: CountedExchange) -> None:
    exchange.granted = frozenset({"Mail.Read", "Files.Read", "User.Read"})

    assert "downstream-1" == await access.token()


@pytest.mark.parametrize("granted", ["Mail.Read", "Mail.Read Files.Read.All files.read"])
async def test_a_token_without_a_declared_scope_is_not_used_and_names_just_that_scope(
    granted: str, access: DelegatedAccess, exchange: CountedExchange
) -> None:
    exchange.granted = frozenset(granted.split())

    for ask in (access.token, partial(access.renew, "refused")):
        with pytest.raises(ToolError) as raised:
            await ask()

        assert "consent_required" == raised.value.code
        assert "Files.Read" == raised.value.details["missing_scopes"]
        assert "scope=https%3A%2F%2Fgraph.microsoft.com%2FFiles.Read" in raised.value.remedy
        assert "Mail.Read" not in raised.value.remedy


async def test_renewal_hands_the_claims_on(access: DelegatedAccess, exchange: CountedExchange) -> None:
    refused = await access.token()
    renewed = await access.renew(refused, '{"access_token":{}}')

    assert "downstream-2" == renewed
    assert '{"access_token":{}}' == exchange.asked[-1][-1]


async def test_limited_access_requests_none_but_the_declared_scopes_it_was_limited_to(
    access: DelegatedAccess, exchange: CountedExchange
) -> None:
    token = await access.limited_to(["Files.Read", "Mail.Send"]).token()

    assert "downstream-1" == token
    assert [("token-of-ana", TENANT, (f"{GRAPH}/Files.Read",), None)] == exchange.asked


async def test_limited_access_names_the_tenant_in_the_link_to_consent(
    access: DelegatedAccess, exchange: CountedExchange
) -> None:
    exchange.granted = frozenset({"Mail.Read"})

    with pytest.raises(ToolError) as raised:
        await access.limited_to(["Files.Read"]).token()

    assert f"/{TENANT}/v2.0/adminconsent" in raised.value.remedy


async def test_an_optional_scope_is_in_no_token_but_one_limited_to_it(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange, settings: Settings
) -> None:
    access = DelegatedAccess(
        on_behalf_of,
        Assertion("token-of-ana", TENANT),
        resource=GRAPH,
        scopes=["Mail.Read"],
        optional=["Mail.Read.Shared"],
        settings=settings,
    )

    exchange.granted = frozenset({"Mail.Read"})
    await access.token()
    with pytest.raises(ToolError) as raised:
        await access.limited_to(["Mail.Read.Shared"]).token()

    assert [(f"{GRAPH}/Mail.Read",), (f"{GRAPH}/Mail.Read.Shared",)] == [asked[2] for asked in exchange.asked]
    assert "Mail.Read.Shared" == raised.value.details["missing_scopes"]
    assert (True, False) == (access.declares("Mail.Read"), access.declares("Mail.Read.Shared"))


async def test_a_tool_of_optional_scopes_alone_has_no_token_without_one_of_them(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange, settings: Settings
) -> None:
    access = DelegatedAccess(
        on_behalf_of,
        Assertion("token-of-ana", TENANT),
        resource=GRAPH,
        scopes=[],
        optional=["Files.Read"],
        settings=settings,
    )

    for limited in (access, access.limited_to(["Mail.Read"])):
        with pytest.raises(RuntimeError, match="no scope"):
            await limited.token()

    assert "downstream-1" == await access.limited_to(["Files.Read"]).token()
    assert 1 == len(exchange.asked)
