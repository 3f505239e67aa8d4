"""Failures to learn what has been consented to are cached for a minute, for one caller and one API."""

import pytest

from shared.entra.consents import FAILURE_AGE, ConsentFailures, Consents
from shared.entra.delegated_access import DelegatedAccess
from shared.entra.on_behalf_of import Assertion, OnBehalfOf
from shared.errors import ToolError
from shared.settings import Settings
from tests.shared.clock import Clock
from tests.shared.counted_exchange import CountedExchange
from tests.shared.issuer import OTHER_TENANT, TENANT

GRAPH = "https://graph.microsoft.com"
ANA = Assertion("token-of-ana", TENANT)
ERROR = ToolError(
    "forbidden", "It fails.", "Wait.", retry_after=7, details={"entra_error": "AADSTS1"}, reason="no_user"
)


def test_a_failure_is_of_one_caller_and_one_api_and_lasts_a_minute(clock: Clock) -> None:
    failures = ConsentFailures(clock=clock)
    failures.put(ANA, "graph", ERROR)
    others = [
        failures.get(Assertion("token-of-ben", TENANT), "graph"),
        failures.get(Assertion("token-of-ana", OTHER_TENANT), "graph"),
        failures.get(ANA, "devops"),
    ]
    clock.advance(FAILURE_AGE - 1)
    late = failures.get(ANA, "graph")
    clock.advance(1)

    assert [None] * 3 == others
    assert ERROR is late
    assert failures.get(ANA, "graph") is None


async def test_a_cached_failure_costs_no_exchange_and_says_what_the_first_said(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange, settings: Settings, clock: Clock
) -> None:
    consents = Consents(
        on_behalf_of,
        ANA,
        resources={"graph": GRAPH},
        settings=settings,
        failures=ConsentFailures(clock=clock),
    )
    exchange.failing = ERROR
    raised = []
    for _ in range(2):
        with pytest.raises(ToolError) as error:
            await consents.granted("graph", ["Mail.Read"])
        raised.append(error.value)

    assert 1 == len(exchange.asked)
    assert 1 == len({(each.code, each.message, each.remedy, each.reason) for each in raised})
    assert [7, 7] == [each.retry_after for each in raised]
    assert [{"entra_error": "AADSTS1"}] * 2 == [dict(each.details) for each in raised]


def test_access_declares_the_scopes_of_its_tool_and_no_others(
    on_behalf_of: OnBehalfOf, settings: Settings
) -> None:
    access = DelegatedAccess(on_behalf_of, ANA, resource=GRAPH, scopes=["Mail.Read"], settings=settings)

    assert access.declares("Mail.Read")
    assert not access.declares("Mail.Send")
