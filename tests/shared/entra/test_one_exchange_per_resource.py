"""One token of a resource serves all calls whose scopes it carries, and no call spoils another's."""

import asyncio
import tracemalloc

import pytest

from shared.entra.consents import ConsentFailures, Consents
from shared.entra.exchange import DownstreamToken, bare_names
from shared.entra.on_behalf_of import ENTRY_BYTES, Assertion, OnBehalfOf
from shared.errors import ToolError
from shared.settings import Settings
from tests.shared.clock import Clock
from tests.shared.counted_exchange import CountedExchange
from tests.shared.issuer import TENANT

GRAPH = "https://graph.microsoft.com"
DEVOPS = "499b84ac-1321-427f-aa17-267ca6975798"
NAMES = [f"Scope{number}.Read" for number in range(10)]
ANA = Assertion("token-of-ana", TENANT)
CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'


def graph(*names: str) -> list[str]:
    """These scopes as Entra is asked for them."""
    return [f"{GRAPH}/{name}" for name in names]


def asked(exchange: CountedExchange) -> list[tuple[str, ...]]:
    """The bare names of each exchange so far."""
    return [tuple(scope.rpartition("/")[2] for scope in scopes) for _, _, scopes, _ in exchange.asked]


async def test_ten_tools_of_two_apis_cost_two_exchanges(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.granted = frozenset(NAMES)

    for resource in (GRAPH, DEVOPS):
        tokens = [await on_behalf_of.token(ANA, [f"{resource}/{name}"]) for name in NAMES]
        assert 1 == len({token.access_token for token in tokens})

    assert [(NAMES[0],)] * 2 == asked(exchange)


async def test_first_calls_for_different_scopes_share_one_exchange(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.granted = frozenset(NAMES)
    exchange.held = {ANA.token}
    calls = [asyncio.create_task(on_behalf_of.token(ANA, graph(name))) for name in NAMES]
    await exchange.somebody_waits()
    exchange.let_go.set()

    assert {"downstream-1"} == {token.access_token for token in await asyncio.gather(*calls)}
    assert 1 == len(exchange.asked)


async def test_a_scope_without_consent_does_not_spoil_the_others(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    """The one that nobody consented to comes first, and the others have been waiting for it."""
    exchange.lacking = frozenset({NAMES[0]})
    exchange.held = {ANA.token}
    calls = [asyncio.create_task(on_behalf_of.token(ANA, graph(*names))) for names in (NAMES[:2], NAMES[1:2])]
    await exchange.somebody_waits()
    exchange.let_go.set()

    failure, token = await asyncio.gather(*calls, return_exceptions=True)

    assert isinstance(failure, ToolError)
    assert "consent_required" == failure.code
    assert not isinstance(token, BaseException)
    assert {NAMES[1]} == token.scopes
    assert [tuple(NAMES[:2]), (NAMES[1],)] == asked(exchange)


async def test_nobody_waits_for_more_than_two_exchanges(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    """After one that brought nothing each asks for itself, all at the same time."""
    exchange.lacking = frozenset({NAMES[0]})
    exchange.held = {ANA.token}
    calls = [asyncio.create_task(on_behalf_of.token(ANA, graph(name))) for name in NAMES[:5]]
    await exchange.somebody_waits()
    exchange.let_go.set()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)

    assert [ToolError] == [type(each) for each in outcomes[:1]]
    assert [{name} for name in NAMES[1:5]] == [getattr(each, "scopes", each) for each in outcomes[1:]]


@pytest.mark.parametrize("code", ["unavailable", "timeout", "throttled", "sign_in_required", "forbidden"])
async def test_a_failure_that_is_not_of_the_scopes_is_told_to_all(
    code: str, on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.failing = ToolError(code, "It fails.", "Wait.")  # type: ignore[arg-type]
    exchange.held = {ANA.token}
    calls = [asyncio.create_task(on_behalf_of.token(ANA, graph(name))) for name in NAMES]
    await exchange.somebody_waits()
    exchange.let_go.set()

    failures = await asyncio.gather(*calls, return_exceptions=True)

    assert [code] * 10 == [getattr(failure, "code", failure) for failure in failures]
    assert 1 == len(exchange.asked)


async def test_a_scope_consented_to_meanwhile_works_at_once(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.lacking = frozenset({NAMES[1]})
    exchange.granted = frozenset(NAMES[:1])
    await on_behalf_of.token(ANA, graph(NAMES[0]))
    with pytest.raises(ToolError) as refused:
        await on_behalf_of.token(ANA, graph(NAMES[1]))

    exchange.lacking = frozenset()
    exchange.granted = frozenset(NAMES[:2])
    wider = await on_behalf_of.token(ANA, graph(NAMES[1]))

    assert "consent_required" == refused.value.code
    assert wider == await on_behalf_of.token(ANA, graph(NAMES[0]))
    assert wider == await on_behalf_of.token(ANA, graph(*NAMES[:2]))
    assert 3 == len(exchange.asked)


async def test_a_narrower_token_does_not_take_the_place_of_a_wider(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.granted = frozenset(NAMES[:3])
    wide = await on_behalf_of.token(ANA, graph(NAMES[0]))
    exchange.granted = frozenset(NAMES[:1])
    narrow = await on_behalf_of.token(ANA, graph(NAMES[5]))

    assert set(NAMES[:1]) == narrow.scopes
    assert wide == await on_behalf_of.token(ANA, graph(NAMES[2]))
    assert 2 == len(exchange.asked)


async def test_what_has_been_consented_to_is_asked_again_while_something_is_missing(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.granted = frozenset(NAMES[:1])
    everything = graph(".default")
    await on_behalf_of.token(ANA, graph(NAMES[0]))

    kept = await on_behalf_of.token(ANA, everything, required=NAMES[:1])
    exchange.granted = frozenset(NAMES[:2])
    fresh = await on_behalf_of.token(ANA, everything, required=NAMES[:2])

    assert set(NAMES[:1]) == kept.scopes
    assert set(NAMES[:2]) == fresh.scopes
    assert [(NAMES[0],), (".default",)] == asked(exchange)


async def test_a_renewal_for_claims_is_not_served_by_an_exchange_without_them(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    """And what it brings stays, although the other ends after it."""
    exchange.granted = frozenset(NAMES)
    refused = await on_behalf_of.token(ANA, graph(NAMES[0]))
    exchange.held = {ANA.token}
    plain = asyncio.create_task(on_behalf_of.token(ANA, graph("Another.Read")))
    await exchange.somebody_waits()
    exchange.held = set()
    renewed = await on_behalf_of.renew(ANA, graph(NAMES[0]), refused=refused.access_token, claims=CLAIMS)
    exchange.let_go.set()
    late = await plain

    assert [None, None, CLAIMS] == [claims for _, _, _, claims in exchange.asked]
    assert "downstream-2" == late.access_token
    assert "downstream-3" == renewed.access_token
    assert renewed == await on_behalf_of.token(ANA, graph(NAMES[0]))


async def test_a_token_renewed_for_other_claims_does_not_do(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    first = await on_behalf_of.token(ANA, graph(NAMES[0]))
    second = await on_behalf_of.renew(ANA, graph(NAMES[0]), refused=first.access_token, claims=CLAIMS)
    same = await on_behalf_of.renew(ANA, graph(NAMES[0]), refused=first.access_token, claims=CLAIMS)
    other = await on_behalf_of.renew(ANA, graph(NAMES[0]), refused=first.access_token, claims="{}")

    assert second == same
    assert [None, CLAIMS, "{}"] == [claims for _, _, _, claims in exchange.asked]
    assert other == await on_behalf_of.token(ANA, graph(NAMES[0]))


async def test_scopes_of_two_resources_are_a_mistake(on_behalf_of: OnBehalfOf) -> None:
    with pytest.raises(ValueError, match="unpack"):
        await on_behalf_of.token(ANA, [*graph("User.Read"), f"{DEVOPS}/vso.work"])


def test_users_with_the_same_scopes_have_one_set_between_them() -> None:
    named = f"{GRAPH}/User.Read {GRAPH}/Mail.Read {GRAPH}/.default"

    assert bare_names(named) is bare_names("".join(list(named)))
    assert {"User.Read", "Mail.Read"} == bare_names(named)


async def test_a_kept_token_takes_little_more_than_its_own_size(clock: Clock) -> None:
    count, length = 2000, 2000

    class Long(CountedExchange):
        """Tokens as long as Entra's."""

        def exchange(self, assertion: str, **asked: object) -> DownstreamToken:
            return DownstreamToken(assertion.ljust(length, "x"), bare_names(everything), clock() + 3600)

    everything = " ".join(graph(*NAMES))
    on_behalf_of = OnBehalfOf(Long(clock), clock=clock)
    await on_behalf_of.token(ANA, graph(NAMES[0]))
    tracemalloc.start()
    try:
        for number in range(count):
            await on_behalf_of.token(Assertion(f"token-{number}", TENANT), graph(NAMES[0]))
        each = tracemalloc.get_traced_memory()[0] / count
    finally:
        tracemalloc.stop()
        on_behalf_of.close()

    assert length < each < length + ENTRY_BYTES


async def test_a_token_without_the_scope_a_call_waited_for_is_not_given_to_it(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.held = {ANA.token}
    calls = [asyncio.create_task(on_behalf_of.token(ANA, graph(name))) for name in NAMES[:2]]
    await exchange.somebody_waits()
    exchange.let_go.set()

    tokens = await asyncio.gather(*calls)

    assert [{NAMES[0]}, {NAMES[1]}] == [token.scopes for token in tokens]


async def test_an_exchange_that_has_ended_leaves_nothing_behind_but_its_token(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    await on_behalf_of.token(ANA, graph(NAMES[0]))
    exchange.failing = ToolError("forbidden", "It fails.", "Wait.")
    with pytest.raises(ToolError):
        await on_behalf_of.token(ANA, graph(NAMES[1]))
    await asyncio.sleep(0)

    assert {} == on_behalf_of._pending


async def test_permissions_that_a_cached_token_carries_cost_no_exchange(
    on_behalf_of: OnBehalfOf, exchange: CountedExchange, settings: Settings
) -> None:
    exchange.granted = frozenset(NAMES[:2])
    consents = Consents(
        on_behalf_of,
        ANA,
        resources={"graph": GRAPH},
        settings=settings,
        failures=ConsentFailures(),
    )
    await on_behalf_of.token(ANA, graph(NAMES[0]))

    granted = await consents.granted("graph", NAMES[:2])

    assert set(NAMES[:2]) == granted
    assert 1 == len(exchange.asked)
