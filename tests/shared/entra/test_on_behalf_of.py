"""Exchanged tokens: one exchange for everybody who wants the same, and nobody waits for another's."""

import asyncio

import pytest

from shared.entra.exchange import DownstreamToken
from shared.entra.on_behalf_of import Assertion, OnBehalfOf
from shared.errors import ToolError
from tests.shared.clock import Clock
from tests.shared.counted_exchange import BOUND, CountedExchange
from tests.shared.issuer import OTHER_TENANT, TENANT

MAIL = ["https://graph.microsoft.com/Mail.Read"]
FILES = ["https://graph.microsoft.com/Files.Read"]
ANA = Assertion("token-of-ana", TENANT)
BEN = Assertion("token-of-ben", TENANT)


async def test_a_hundred_calls_one_after_another_cost_one_exchange(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    tokens = [await on_behalf_of.token(ANA, MAIL) for _ in range(100)]

    assert {"downstream-1"} == {token.access_token for token in tokens}
    assert [("token-of-ana", TENANT, tuple(MAIL), None)] == exchange.asked


async def test_fifty_first_calls_at_once_cost_one_exchange(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.held = {ANA.token}
    calls = [asyncio.create_task(on_behalf_of.token(ANA, MAIL)) for _ in range(50)]
    await exchange.somebody_waits()
    exchange.let_go.set()

    tokens = await asyncio.gather(*calls)

    assert {"downstream-1"} == {token.access_token for token in tokens}
    assert 1 == len(exchange.asked)


async def test_a_kept_token_leaves_five_minutes_before_its_end(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange, clock: Clock
) -> None:
    await on_behalf_of.token(ANA, MAIL)

    clock.advance(3600 - 301)
    before = await on_behalf_of.token(ANA, MAIL)
    clock.advance(2)
    after = await on_behalf_of.token(ANA, MAIL)

    assert ("downstream-1", "downstream-2") == (before.access_token, after.access_token)


async def test_a_token_of_five_minutes_is_used_but_not_kept(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.lifetime = 300

    first = await on_behalf_of.token(ANA, MAIL)
    second = await on_behalf_of.token(ANA, MAIL)

    assert ("downstream-1", "downstream-2") == (first.access_token, second.access_token)


@pytest.mark.parametrize(
    ("assertion", "scopes"),
    [(BEN, MAIL), (Assertion(ANA.token, OTHER_TENANT), MAIL), (ANA, ["https://vault.azure.net/Mail.Read"])],
    ids=["another user", "another tenant", "another resource"],
)
async def test_tokens_are_not_confused(
    assertion: Assertion, scopes: list[str], on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.granted = frozenset({"Mail.Read", "Files.Read"})
    first = await on_behalf_of.token(ANA, MAIL)

    other = await on_behalf_of.token(assertion, scopes)

    assert ("downstream-1", "downstream-2") == (first.access_token, other.access_token)
    assert (assertion.token, assertion.tenant_id, tuple(scopes), None) == exchange.asked[1]


async def test_the_order_of_scopes_makes_no_difference(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    await on_behalf_of.token(ANA, MAIL + FILES)
    await on_behalf_of.token(ANA, FILES + MAIL)

    assert 1 == len(exchange.asked)


async def test_a_failure_is_told_to_all_who_waited_and_then_forgotten(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.held = {ANA.token}
    exchange.failing = ToolError("consent_required", "Consent is missing.", "Grant it.")
    calls = [asyncio.create_task(on_behalf_of.token(ANA, MAIL)) for _ in range(5)]
    await exchange.somebody_waits()
    exchange.let_go.set()

    failures = await asyncio.gather(*calls, return_exceptions=True)
    exchange.failing = None
    token = await on_behalf_of.token(ANA, MAIL)

    assert ["consent_required"] * 5 == [getattr(failure, "code", failure) for failure in failures]
    assert "downstream-2" == token.access_token
    assert 2 == len(exchange.asked)


async def test_a_failed_exchange_is_tried_again_by_the_next_call(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.failing = ToolError("unavailable", "Entra is down.", "Try again.")

    for _ in range(3):
        with pytest.raises(ToolError) as raised:
            await on_behalf_of.token(ANA, MAIL)
        assert "unavailable" == raised.value.code

    assert 3 == len(exchange.asked)


async def test_who_stops_waiting_leaves_the_exchange_to_the_others(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.held = {ANA.token}
    impatient = asyncio.create_task(on_behalf_of.token(ANA, MAIL))
    patient = asyncio.create_task(on_behalf_of.token(ANA, MAIL))
    await exchange.somebody_waits()

    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    exchange.let_go.set()

    assert "downstream-1" == (await patient).access_token
    assert 1 == len(exchange.asked)


async def test_what_nobody_waits_for_any_more_is_kept_for_the_next(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.held = {ANA.token}
    only = asyncio.create_task(on_behalf_of.token(ANA, MAIL))
    await exchange.somebody_waits()
    only.cancel()
    with pytest.raises(asyncio.CancelledError):
        await only
    exchange.let_go.set()

    assert "downstream-1" == (await on_behalf_of.token(ANA, MAIL)).access_token
    assert 1 == len(exchange.asked)


async def test_a_slow_exchange_holds_up_nobody_else(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    """More exchanges are stuck than there are threads; a kept token needs none."""
    await on_behalf_of.token(BEN, MAIL)
    slow = [Assertion(f"slow-{number}", TENANT) for number in range(40)]
    exchange.held = {each.token for each in slow}
    stuck = [asyncio.create_task(on_behalf_of.token(each, MAIL)) for each in slow]
    await exchange.somebody_waits()

    async with asyncio.timeout(BOUND):
        kept = await on_behalf_of.token(BEN, MAIL)

    assert "downstream-1" == kept.access_token
    assert not any(task.done() for task in stuck)
    exchange.let_go.set()
    assert 40 == len({token.access_token for token in await asyncio.gather(*stuck)})


async def test_another_user_is_served_while_one_exchange_is_slow(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.held = {ANA.token}
    slow = asyncio.create_task(on_behalf_of.token(ANA, MAIL))
    await exchange.somebody_waits()

    async with asyncio.timeout(BOUND):
        other = await on_behalf_of.token(BEN, MAIL)

    assert "downstream-2" == other.access_token
    assert not slow.done()


async def test_renewal_replaces_the_kept_token_and_hands_the_claims_on(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    first = await on_behalf_of.token(ANA, MAIL)
    renewed = await on_behalf_of.renew(ANA, MAIL, refused=first.access_token, claims='{"access_token":{}}')
    kept = await on_behalf_of.token(ANA, MAIL)

    assert ("downstream-2", "downstream-2") == (renewed.access_token, kept.access_token)
    assert [None, '{"access_token":{}}'] == [claims for _, _, _, claims in exchange.asked]


async def test_those_whose_token_was_refused_at_once_share_one_renewal(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    refused = (await on_behalf_of.token(ANA, MAIL)).access_token
    at_once = await asyncio.gather(*(on_behalf_of.renew(ANA, MAIL, refused=refused) for _ in range(10)))
    late = await on_behalf_of.renew(ANA, MAIL, refused=refused)

    assert {"downstream-2"} == {token.access_token for token in [*at_once, late]}
    assert 2 == len(exchange.asked)


async def test_a_failed_renewal_leaves_no_token_behind(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    refused = (await on_behalf_of.token(ANA, MAIL)).access_token
    exchange.failing = ToolError("sign_in_required", "Your sign-in has ended.", "Sign in again.")

    with pytest.raises(ToolError) as renewal:
        await on_behalf_of.renew(ANA, MAIL, refused=refused)
    with pytest.raises(ToolError) as after:
        await on_behalf_of.token(ANA, MAIL)

    assert "sign_in_required" == renewal.value.code == after.value.code
    assert 3 == len(exchange.asked)


async def test_closing_lets_go_of_threads_and_connections(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    await on_behalf_of.token(ANA, MAIL)

    on_behalf_of.close()

    assert exchange.closed
    assert "downstream-1" == (await on_behalf_of.token(ANA, MAIL)).access_token
    with pytest.raises(RuntimeError, match="shutdown"):
        await on_behalf_of.token(BEN, MAIL)


def test_no_token_shows_in_a_repr(clock: Clock) -> None:
    token = DownstreamToken(access_token="downstream-1", scopes=frozenset(), expires_at=0)

    assert "token-of-ana" not in repr(ANA)
    assert "downstream-1" not in repr(token)


async def test_preparing_holds_nobody_up_and_its_failure_is_nobodys(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.held = {"prepared"}
    exchange.failing_once = [ToolError("unavailable", "Entra is away.", "Wait.")]
    on_behalf_of.prepare()
    await exchange.somebody_waits()
    waiting = exchange.prepared.is_set()
    exchange.let_go.set()
    assert await asyncio.to_thread(exchange.prepared.wait, BOUND)

    token = await on_behalf_of.token(ANA, MAIL)

    assert not waiting
    assert ("downstream-1", False) == (token.access_token, on_behalf_of.lacks_credential)
