"""ConnectionPool for requests under way, and the clients they have."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from shared.http.adaptive_limit import FIRST, MOST, SHRINK
from shared.http.connection_client import Client
from shared.http.connection_pool import EACH_CALLER, ORIGINS, ConnectionPool
from shared.http.current_caller import acting_for
from shared.http.http_client import Http
from shared.http.messages import Request
from tests.shared.issuer import TENANT

API = "api.example"


class Clients:
    """Makes clients, and knows them."""

    def __init__(self) -> None:
        self.opened: list[httpx.AsyncClient] = []

    def __call__(self) -> httpx.AsyncClient:
        self.opened.append(httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(204))))
        return self.opened[-1]


@pytest.fixture
def clients() -> Clients:
    return Clients()


@pytest.fixture
async def pool(clients: Clients) -> AsyncIterator[ConnectionPool]:
    made = ConnectionPool(clients)
    yield made
    await made.close()
    assert all(client.is_closed for client in clients.opened)


async def use(pool: ConnectionPool, origin: str = API) -> Client:
    async with pool.connection(origin) as loan:
        return loan.client


async def test_requests_at_the_same_time_have_clients_of_their_own(pool: ConnectionPool) -> None:
    async with pool.connection(API) as first, pool.connection(API) as second:
        assert first.client is not second.client


async def test_the_client_used_last_is_used_next(pool: ConnectionPool, clients: Clients) -> None:
    async with pool.connection(API) as first:
        await use(pool)

    assert [first.client] * 2 == [await use(pool), await use(pool)]
    assert 2 == len(clients.opened)


async def test_a_client_is_used_again_after_a_failure(pool: ConnectionPool, clients: Clients) -> None:
    with pytest.raises(httpx.ReadError):
        async with pool.connection(API):
            raise httpx.ReadError("reset")

    assert clients.opened == [await use(pool)]


async def test_no_more_than_the_places_are_under_way_and_whoever_waits_gets_the_next(
    pool: ConnectionPool, clients: Clients
) -> None:
    leave = asyncio.Event()
    entered = 0

    async def stay() -> None:
        nonlocal entered
        async with pool.connection(API):
            entered += 1
            if entered == FIRST:
                leave.set()
            await leave.wait()

    await asyncio.gather(*(stay() for _ in range(3 * FIRST)))

    assert 3 * FIRST == entered
    assert FIRST == len(clients.opened)


async def test_one_origin_takes_no_place_from_another(pool: ConnectionPool) -> None:
    async with asyncio.timeout(5):
        holding = [pool.connection(API) for _ in range(FIRST)]
        for each in holding:
            await each.__aenter__()
        await use(pool, "other.example")
        for each in holding:
            await each.__aexit__(None, None, None)


async def test_of_many_origins_those_asked_last_keep_their_connections(
    pool: ConnectionPool, clients: Clients
) -> None:
    for number in range(ORIGINS + 3):
        await use(pool, f"host{number}.example")

    assert [True] * 3 + [False] * ORIGINS == [client.is_closed for client in clients.opened]


async def test_an_origin_that_is_being_asked_is_not_let_go(pool: ConnectionPool) -> None:
    async with pool.connection(API) as loan:
        for number in range(ORIGINS + 3):
            await use(pool, f"host{number}.example")

        assert not loan.client.is_closed
    assert loan.client is await use(pool)


class Api:
    """An API in front of which requests gather: how many at a time, and of whom."""

    def __init__(self) -> None:
        self.under_way = 0
        self.most = 0
        self.by_user: Counter[str] = Counter()
        self.most_of_user: Counter[str] = Counter()
        self.bears = MOST
        self.status = 200

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        user = request.url.path
        self.under_way += 1
        self.by_user[user] += 1
        self.most = max(self.most, self.under_way)
        self.most_of_user[user] = max(self.most_of_user[user], self.by_user[user])
        too_many = self.under_way > self.bears
        try:
            await asyncio.sleep(0.005)
        finally:
            self.under_way -= 1
            self.by_user[user] -= 1
        return httpx.Response(429 if too_many else self.status)

    async def asked_by(self, http: Http, *users: str, each: int) -> None:
        """So many requests of each user at the same time, as POSTs, which are not repeated."""

        async def ask(user: str) -> None:
            with acting_for(TENANT, user):
                await http.send(Request("POST", f"https://{API}/{user}"), service="The API")

        await asyncio.gather(*(ask(user) for user in users for _ in range(each)))


@pytest.fixture
async def api() -> Api:
    return Api()


USERS = [f"user{number}" for number in range(40)]


async def test_an_api_that_answers_as_fast_as_ever_gets_more_at_a_time(
    api: Api, open_http: Callable[..., Http]
) -> None:
    http = open_http(api)
    for _ in range(8):
        await api.asked_by(http, *USERS, each=12)

    assert 128 < api.most <= MOST


async def test_one_caller_gets_no_more_at_a_time_however_much_the_api_bears(
    api: Api, open_http: Callable[..., Http]
) -> None:
    http = open_http(api)
    for _ in range(4):
        await api.asked_by(http, *USERS, each=12)
    await api.asked_by(http, "ana", each=200)

    assert EACH_CALLER == api.most_of_user["/ana"]


async def test_callers_share_what_there_is_evenly_whatever_its_size(
    api: Api, open_http: Callable[..., Http]
) -> None:
    http = open_http(api)
    for _ in range(4):
        await api.asked_by(http, *USERS, each=12)
    api.most_of_user.clear()
    await asyncio.gather(api.asked_by(http, *USERS[:20], each=5), api.asked_by(http, *USERS[20:], each=50))

    assert max(api.most_of_user.values()) <= MOST * 3 // 4 // len(USERS) + EACH_CALLER // 4


async def test_an_api_that_throttles_gets_less_at_a_time(api: Api, open_http: Callable[..., Http]) -> None:
    http = open_http(api)
    for _ in range(8):
        await api.asked_by(http, *USERS, each=12)
    before, api.most, api.bears = api.most, 0, 50
    await api.asked_by(http, *USERS, each=12)
    api.most = 0
    await api.asked_by(http, *USERS, each=12)

    assert api.most <= before * SHRINK + 2


async def test_an_api_that_throttles_one_user_gets_no_less(api: Api, open_http: Callable[..., Http]) -> None:
    http = open_http(api)
    for _ in range(8):
        await api.asked_by(http, *USERS, each=12)
    before, api.most, api.status = api.most, 0, 429
    await api.asked_by(http, "ana", each=100)
    api.status = 200
    await api.asked_by(http, *USERS, each=12)

    assert api.most >= before


async def test_cancelled_requests_leave_no_slot_taken(api: Api, open_http: Callable[..., Http]) -> None:
    http = open_http(api)
    tasks = [asyncio.create_task(api.asked_by(http, *USERS, each=12)) for _ in range(2)]
    await asyncio.sleep(0.002)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(20):
        await api.asked_by(http, *USERS, each=12)

    assert 0 == api.under_way
