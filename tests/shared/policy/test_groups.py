"""The groups of a caller whose token has no room for them."""

import asyncio
import json
from collections.abc import Callable, Mapping

import httpx
import pytest

from shared.entra.access_token import principal_of
from shared.entra.on_behalf_of import Assertion, OnBehalfOf
from shared.entra.principal import Principal
from shared.errors import ToolError
from shared.http.http_client import Http
from shared.policy.groups import Groups
from shared.server import Server
from shared.settings import Settings
from shared.storage.preference_store import MemoryPreferences
from tests.shared.calls import GREET
from tests.shared.clock import Clock
from tests.shared.counted_exchange import CountedExchange
from tests.shared.issuer import ENVIRON, OTHER_TENANT, TENANT, USER, Issuer

OTHER_USER = "dddddddd-0000-4000-8000-000000000002"
GROUP = "11111111-0000-4000-8000-000000000001"
MEMBERSHIPS = "/v1.0/me/transitiveMemberOf/microsoft.graph.group"
OVERAGE = {"_claim_names": {"groups": "src1"}}
TOKENS = Issuer()
ANA = Assertion("token-of-ana", TENANT)


class Reading:
    """Stands where Graph does: counts who is asked for, waits where told to, fails where told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.failing: ToolError | None = None
        self.let_go = asyncio.Event()
        self.let_go.set()

    async def __call__(self, principal: Principal, assertion: Assertion) -> frozenset[str]:
        self.asked.append((principal.tenant_id, principal.object_id))
        await self.let_go.wait()
        if self.failing:
            raise self.failing
        return frozenset({f"{principal.tenant_id}/{principal.object_id}"})


@pytest.fixture
async def reading() -> Reading:
    return Reading()


@pytest.fixture
def groups(reading: Reading, clock: Clock) -> Groups:
    return Groups(reading, clock=clock)


def ana(**claims: object) -> Principal:
    return principal_of(TOKENS.claims(**{**OVERAGE, **claims}))


@pytest.mark.parametrize(
    ("claims", "left_out"),
    [
        ({"_claim_names": {"groups": "src1"}}, True),
        ({"_claim_names": {"other": "src1"}}, False),
        ({"_claim_names": "groups"}, False),
        ({"hasgroups": True}, True),
        ({"groups": [GROUP]}, False),
        ({}, False),
    ],
    ids=str,
)
def test_a_token_says_that_it_leaves_groups_out(claims: Mapping[str, object], left_out: bool) -> None:
    assert left_out is principal_of(TOKENS.claims(**claims)).has_groups_overage


async def test_what_the_token_lists_is_not_asked_for(groups: Groups, reading: Reading) -> None:
    listed = await groups.of(ana(_claim_names=None, groups=[GROUP.upper(), 5]), ANA)

    assert {GROUP} == listed
    assert [] == reading.asked


async def test_groups_are_read_once_in_five_minutes(groups: Groups, reading: Reading, clock: Clock) -> None:
    for seconds in (0, 150, 149):
        clock.advance(seconds)
        await groups.of(ana(), ANA)
    assert 1 == len(reading.asked)

    clock.advance(2)
    await groups.of(ana(), ANA)
    assert 2 == len(reading.asked)


async def test_calls_at_once_share_one_reading(groups: Groups, reading: Reading) -> None:
    reading.let_go.clear()
    calls = [asyncio.create_task(groups.of(ana(), ANA)) for _ in range(20)]
    await asyncio.sleep(0)
    reading.let_go.set()

    assert {frozenset({f"{TENANT}/{USER}"})} == set(await asyncio.gather(*calls))
    assert 1 == len(reading.asked)


async def test_groups_are_kept_by_tenant_and_user(groups: Groups, reading: Reading) -> None:
    callers = [ana(), ana(oid=OTHER_USER), ana(tid=OTHER_TENANT)]
    for _ in range(2):
        for caller in callers:
            found = await groups.of(caller, Assertion(f"token of {caller.object_id}", caller.tenant_id))

            assert {f"{caller.tenant_id}/{caller.object_id}"} == found

    assert [(each.tenant_id, each.object_id) for each in callers] == reading.asked


async def test_a_failure_is_told_and_forgotten(groups: Groups, reading: Reading) -> None:
    reading.failing = ToolError("timeout", "Graph did not answer in time.", "Try again.")
    with pytest.raises(ToolError) as raised:
        await groups.of(ana(), ANA)
    reading.failing = None

    assert "timeout" == raised.value.code
    assert {f"{TENANT}/{USER}"} == await groups.of(ana(), ANA)


async def test_who_stops_waiting_leaves_the_reading_to_the_others(groups: Groups, reading: Reading) -> None:
    reading.let_go.clear()
    impatient = asyncio.create_task(groups.of(ana(), ANA))
    patient = asyncio.create_task(groups.of(ana(), ANA))
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    reading.let_go.set()

    assert {f"{TENANT}/{USER}"} == await patient
    assert 1 == len(reading.asked)


class GraphOfMany:
    """Graph with a user in 1,200 groups, in pages; it fails where told to."""

    def __init__(self, failing_page: int | None = None) -> None:
        self.requests: list[httpx.Request] = []
        self.failing_page = failing_page

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        page = int(request.url.params.get("$skiptoken", 0))
        if page == self.failing_page:
            return httpx.Response(
                403, json={"error": {"code": "Authorization_RequestDenied", "message": "No."}}
            )
        ids = [
            f"aaaaaaaa-0000-4000-8000-{number:012}"
            for number in range(page * 500, min(page * 500 + 500, 1200))
        ]
        link = {"@odata.nextLink": f"https://graph.microsoft.com{MEMBERSHIPS}?$skiptoken={page + 1}"}
        body = {"value": [{"id": each} for each in ids], **(link if page < 2 else {})}
        return httpx.Response(200, content=json.dumps(body), headers={"Content-Type": "application/json"})


LAST = "aaaaaaaa-0000-4000-8000-000000001199"


def server(graph: GraphOfMany, open_http: Callable[..., Http], on_behalf_of: OnBehalfOf) -> Server:
    """The server itself, which asks for the last of those groups."""
    settings = Settings.from_environ(
        {**ENVIRON, "TOOL_POLICY": f'{{"sample": {{"groups": ["{LAST.upper()}"]}}}}'}
    )
    return Server(
        settings, http=open_http(graph), on_behalf_of=on_behalf_of, preferences=MemoryPreferences(), tools=[]
    )


async def test_all_pages_are_read_from_graph_as_the_caller_and_with_the_least_scope(
    open_http: Callable[..., Http], on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    graph = GraphOfMany()
    await server(graph, open_http, on_behalf_of).authorize(ana(), "token-of-ana", GREET)

    assert [("token-of-ana", TENANT, ("https://graph.microsoft.com/User.Read",), None)] == exchange.asked
    assert [MEMBERSHIPS] * 3 == [request.url.path for request in graph.requests]
    assert "id" == graph.requests[0].url.params["$select"]
    assert {"Bearer downstream-1"} == {request.headers["authorization"] for request in graph.requests}


async def test_a_page_that_is_missing_lets_nobody_in(
    open_http: Callable[..., Http], on_behalf_of: OnBehalfOf
) -> None:
    made = server(GraphOfMany(failing_page=2), open_http, on_behalf_of)
    for _ in range(2):
        with pytest.raises(ToolError) as raised:
            await made.authorize(ana(), "token-of-ana", GREET)

        assert "forbidden" == raised.value.code
        assert "your groups could not be read: Microsoft Graph denied the request" in (raised.value.message)


async def test_a_consent_that_is_missing_for_reading_them_is_named(
    open_http: Callable[..., Http], on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    exchange.granted = frozenset({"Mail.Read"})
    with pytest.raises(ToolError) as raised:
        await server(GraphOfMany(), open_http, on_behalf_of).authorize(ana(), "token-of-ana", GREET)

    assert "consent_required" == raised.value.code
    assert {"missing_scopes": "User.Read", "needed_groups": LAST}.items() <= raised.value.details.items()
