"""ConnectionPool for requests under way, and the clients they have."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from shared.http.connection_pool import CONCURRENCY, ORIGINS, ConnectionPool

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


async def use(pool: ConnectionPool, origin: str = API) -> httpx.AsyncClient:
    async with pool.connection(origin) as client:
        return client


async def test_requests_at_the_same_time_have_clients_of_their_own(pool: ConnectionPool) -> None:
    async with pool.connection(API) as first, pool.connection(API) as second:
        assert first is not second


async def test_the_client_used_last_is_used_next(pool: ConnectionPool, clients: Clients) -> None:
    async with pool.connection(API) as first:
        await use(pool)

    assert [first, first] == [await use(pool), await use(pool)]
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
            if entered == CONCURRENCY:
                leave.set()
            await leave.wait()

    await asyncio.gather(*(stay() for _ in range(3 * CONCURRENCY)))

    assert 3 * CONCURRENCY == entered
    assert CONCURRENCY == len(clients.opened)


async def test_one_origin_takes_no_place_from_another(pool: ConnectionPool) -> None:
    async with asyncio.timeout(5):
        holding = [pool.connection(API) for _ in range(CONCURRENCY)]
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
    async with pool.connection(API) as client:
        for number in range(ORIGINS + 3):
            await use(pool, f"host{number}.example")

        assert not client.is_closed
    assert client is await use(pool)
