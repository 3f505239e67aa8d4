"""An exchange that fails in passing is asked for again, under the policy of all requests."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from shared.entra.msal_http import unavailable
from shared.entra.on_behalf_of import Assertion, OnBehalfOf
from shared.errors import ToolError
from shared.http.deadline import deadline
from shared.http.retry import ATTEMPTS, RetryableError, RetryPolicy, circuit_open
from tests.shared.clock import Clock
from tests.shared.counted_exchange import CountedExchange
from tests.shared.issuer import TENANT

MAIL = ["https://graph.microsoft.com/Mail.Read"]
FILES = ["https://graph.microsoft.com/Files.Read"]
ANA = Assertion("token-of-ana", TENANT)
THROTTLED = RetryableError("throttled", "Entra is asked too much.", "Wait.", retry_after=1.5)


@pytest.fixture
def waits() -> list[float]:
    """The seconds waited for between attempts."""
    return []


@pytest.fixture
async def on_behalf_of(
    exchange: CountedExchange, clock: Clock, waits: list[float]
) -> AsyncIterator[OnBehalfOf]:
    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    on_behalf_of = OnBehalfOf(exchange, clock=clock, retry_policy=RetryPolicy(sleep=sleep))
    yield on_behalf_of
    on_behalf_of.close()


async def test_what_fails_in_passing_is_asked_for_again(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange, waits: list[float]
) -> None:
    exchange.failing_once = [THROTTLED, unavailable(RetryableError)]

    token = await on_behalf_of.token(ANA, MAIL)

    assert "downstream-3" == token.access_token
    assert 1.5 == waits[0]
    assert 0 <= waits[1] <= 1
    assert 2 == len(waits)


async def test_callers_at_once_share_all_attempts(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.failing_once = [THROTTLED]
    exchange.granted = frozenset({"Mail.Read", "Files.Read"})

    tokens = await asyncio.gather(*(on_behalf_of.token(ANA, scopes) for scopes in [MAIL, FILES] * 5))

    assert {"downstream-2"} == {token.access_token for token in tokens}
    assert 2 == len(exchange.asked)


async def test_the_last_failure_is_the_one_told(on_behalf_of: OnBehalfOf, exchange: CountedExchange) -> None:
    exchange.failing = THROTTLED

    with pytest.raises(ToolError) as raised:
        await on_behalf_of.token(ANA, MAIL)

    assert ("throttled", 1.5) == (raised.value.code, raised.value.retry_after)
    assert ATTEMPTS == len(exchange.asked)


@pytest.mark.parametrize(
    "failure",
    [
        ToolError("consent_required", "Consent is missing.", "Grant it."),
        ToolError("sign_in_required", "Your sign-in has ended.", "Sign in again."),
        unavailable(),
        circuit_open("Entra", 3.0),
    ],
    ids=["consent", "sign-in", "no answer of Entra", "left alone"],
)
async def test_anything_else_is_asked_for_once(
    failure: ToolError, on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.failing = failure

    with pytest.raises(ToolError) as raised:
        await on_behalf_of.token(ANA, MAIL)

    assert failure is raised.value
    assert 1 == len(exchange.asked)


@pytest.mark.parametrize("asked_to_wait", [5.0, 31.0])
async def test_a_wait_longer_than_the_call_or_an_exchange_is_not_begun(
    asked_to_wait: float, on_behalf_of: OnBehalfOf, exchange: CountedExchange, waits: list[float]
) -> None:
    exchange.failing = RetryableError("throttled", "Too much.", "Wait.", retry_after=asked_to_wait)

    async with deadline(5.0 if asked_to_wait == 5 else 100.0):
        with pytest.raises(ToolError) as raised:
            await on_behalf_of.token(ANA, MAIL)

    assert ("throttled", asked_to_wait) == (raised.value.code, raised.value.retry_after)
    assert [] == waits
    assert 1 == len(exchange.asked)
