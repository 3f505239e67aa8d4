"""How often a caller may call: in memory, in a real Redis, and when that Redis goes away."""

import asyncio
import contextlib
import logging
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from shared.entra.on_behalf_of import OnBehalfOf
from shared.errors import ToolError
from shared.http.http_client import Http
from shared.mcp.dispatch import dispatch
from shared.mcp.tool_call import ToolCall
from shared.policy.rate_limit import REDIS_TIMEOUT, MemoryBuckets, RateLimit, RedisBuckets
from shared.server import Server
from shared.settings import Settings
from shared.settings.rate import Rate
from shared.storage.preference_store import MemoryPreferences
from tests.shared.calls import GREET, context, error_of, result_of
from tests.shared.clock import Clock
from tests.shared.issuer import OTHER_TENANT, TENANT, USER, Issuer, Published

OTHER_USER = "dddddddd-0000-4000-8000-000000000002"
RATE = Rate(4, 60.0)
SLOW = Rate(4, 3600.0)
START_LIMIT = 10.0


@pytest.fixture
def buckets(clock: Clock) -> MemoryBuckets:
    return MemoryBuckets(RATE, clock=clock)


async def taken(buckets: MemoryBuckets | RedisBuckets, times: int, user: str = USER) -> list[bool]:
    """Which of some calls in a row were allowed."""
    return [await buckets.take(TENANT, user) == 0 for _ in range(times)]


async def test_so_many_calls_are_allowed_at_once_and_no_more(buckets: MemoryBuckets) -> None:
    assert [True] * 4 + [False] * 3 == await taken(buckets, 7)


async def test_a_refused_call_costs_nothing_and_says_when_there_is_room(
    buckets: MemoryBuckets, clock: Clock
) -> None:
    await taken(buckets, 4)
    waits = [await buckets.take(TENANT, USER) for _ in range(3)]
    clock.advance(waits[-1])

    assert pytest.approx([15.0] * 3) == waits
    assert [True, False] == await taken(buckets, 2)


async def test_room_comes_back_with_time_and_never_beyond_the_limit(
    buckets: MemoryBuckets, clock: Clock
) -> None:
    await taken(buckets, 4)
    clock.advance(31)
    assert [True, True, False] == await taken(buckets, 3)

    clock.advance(100_000)
    assert [True] * 4 + [False] == await taken(buckets, 5)


async def test_each_user_of_each_tenant_has_a_bucket(buckets: MemoryBuckets) -> None:
    await taken(buckets, 5)

    assert [True] * 4 + [False] == await taken(buckets, 5, OTHER_USER)
    assert 0 == await buckets.take(OTHER_TENANT, USER)


async def test_over_a_long_time_no_more_calls_pass_than_the_rate_says(
    buckets: MemoryBuckets, clock: Clock
) -> None:
    passed = 0
    for _ in range(3600):
        clock.advance(1)
        passed += await buckets.take(TENANT, USER) == 0

    assert 240 <= passed <= 244


async def test_buckets_are_bounded_in_number(clock: Clock) -> None:
    few = MemoryBuckets(RATE, clock=clock, max_entries=10)
    for number in range(1000):
        await few.take(TENANT, f"user-{number}")

    assert 10 == len(few._full_at)


async def test_a_full_bucket_is_forgotten(buckets: MemoryBuckets, clock: Clock) -> None:
    await taken(buckets, 4)
    clock.advance(61)

    assert buckets._full_at.get((TENANT, USER)) is None


async def test_a_refusal_says_when_to_come_back(buckets: MemoryBuckets, clock: Clock) -> None:
    limit = RateLimit(buckets)
    for _ in range(4):
        await limit.check(TENANT, USER)
    clock.advance(0.24)
    with pytest.raises(ToolError) as raised:
        await limit.check(TENANT, USER)

    assert ("rate_limited", 14.8) == (raised.value.code, raised.value.retry_after)
    clock.advance(raised.value.retry_after or 0)
    await limit.check(TENANT, USER)


async def test_calls_are_counted_after_sign_in_and_before_anything_else(
    settings: Settings,
    issuer: Issuer,
    published: Published,
    open_http: Callable[..., Http],
    on_behalf_of: OnBehalfOf,
    buckets: MemoryBuckets,
) -> None:
    """Whoever has no good token takes nobody's calls away; wrong arguments count."""
    server = Server(
        settings,
        http=open_http(published),
        on_behalf_of=on_behalf_of,
        preferences=MemoryPreferences(),
        tools=[],
        rate_limit=RateLimit(buckets),
    )

    async def call(token: str, arguments: object = None) -> str:
        return await dispatch(
            ToolCall(GREET), context({"Authorization": f"Bearer {token}"}, arguments), lambda: server
        )

    good, other = issuer.token(), issuer.token(oid=OTHER_USER)
    for _ in range(20):
        assert "sign_in_required" == error_of(await call(f"{good[:-8]}AAAAAAAA"))["code"]
    for _ in range(2):
        assert "invalid_argument" == error_of(await call(good, {"unknown": 1}))["code"]
    for _ in range(2):
        assert not result_of(await call(good))["isError"]
    refused = error_of(await call(good))

    assert ("rate_limited", 15.0) == (refused["code"], refused["retry_after"])
    assert not result_of(await call(other))["isError"]


class RedisServer:
    """A real Redis, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"redis://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(command, cwd=self._folder, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_LIMIT
        while not self._answers():
            assert time.monotonic() < deadline, "redis-server does not start"
            time.sleep(0.02)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
            return True
        return False

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(START_LIMIT)
            self._process = None


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not on the PATH: calls counted in Redis are not tested")
    server = RedisServer(tmp_path)
    yield server
    server.stop()


@pytest.fixture
async def open_buckets(clock: Clock) -> AsyncIterator[Callable[..., RedisBuckets]]:
    """Opens buckets in a Redis, as an instance of the app of its own does each time."""
    opened: list[RedisBuckets] = []

    def open_in(server: RedisServer, rate: Rate = SLOW, timeout: float = START_LIMIT) -> RedisBuckets:
        made = RedisBuckets.open(server.url, rate, timeout=timeout)
        opened.append(RedisBuckets(made._redis, rate, clock=clock))
        return opened[-1]

    yield open_in
    for each in opened:
        await each.close()


async def test_instances_share_the_buckets_in_redis(
    redis_server: RedisServer, open_buckets: Callable[..., RedisBuckets]
) -> None:
    redis_server.start()
    one, another = open_buckets(redis_server), open_buckets(redis_server)
    allowed = [await taken(each, 1) for each in (one, another) * 3]
    wait = await one.take(TENANT, USER)

    assert [[True]] * 4 + [[False]] * 2 == allowed
    assert 890 < wait <= 900
    assert [True] == await taken(another, 1, OTHER_USER)


async def test_a_hundred_calls_at_once_take_no_more_than_there_is(
    redis_server: RedisServer, open_buckets: Callable[..., RedisBuckets]
) -> None:
    redis_server.start()
    instances = [open_buckets(redis_server) for _ in range(4)]
    waits = await asyncio.gather(*(instances[number % 4].take(TENANT, USER) for number in range(100)))

    assert 4 == sum(wait == 0 for wait in waits)


async def test_a_full_bucket_leaves_redis(
    redis_server: RedisServer, open_buckets: Callable[..., RedisBuckets]
) -> None:
    redis_server.start()
    await open_buckets(redis_server).take(TENANT, USER)
    async with Redis.from_url(redis_server.url) as redis:
        [key] = await redis.keys("*")
        lifetime = await redis.pttl(key)

    assert f"m365-devops-mcp:calls:{TENANT}:{USER}" == key.decode()
    assert 0 < lifetime <= 900_000


async def test_room_comes_back_in_redis_too(
    redis_server: RedisServer, open_buckets: Callable[..., RedisBuckets]
) -> None:
    redis_server.start()
    buckets = open_buckets(redis_server, Rate(20, 1.0))
    async with asyncio.timeout(START_LIMIT):
        allowed = 0
        while allowed < 30:
            wait = await buckets.take(TENANT, USER)
            allowed += wait == 0
            assert wait <= 0.06
            await asyncio.sleep(wait)


async def test_without_redis_each_instance_counts_by_itself_and_says_so_once(
    redis_server: RedisServer,
    open_buckets: Callable[..., RedisBuckets],
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "shared.policy.rate_limit")
    buckets = open_buckets(redis_server)

    assert [True] * 4 + [False] * 2 == await taken(buckets, 6)
    clock.advance(16)
    assert [False] == await taken(buckets, 1)
    warned = "Redis does not respond (ConnectionError): every instance limits calls by itself"
    assert [warned] == caplog.messages

    redis_server.start()
    assert [False] == await taken(buckets, 1), "a Redis that was away is left alone for a while"
    clock.advance(16)
    assert [True] * 4 + [False] == await taken(buckets, 5)
    assert [warned, "Redis responds again: calls are limited for all instances together"] == caplog.messages


async def test_a_redis_that_dies_under_the_app_is_survived(
    redis_server: RedisServer, open_buckets: Callable[..., RedisBuckets], caplog: pytest.LogCaptureFixture
) -> None:
    redis_server.start()
    buckets = open_buckets(redis_server)
    assert [True] * 4 + [False] == await taken(buckets, 5)
    redis_server.stop()

    assert [True] * 4 + [False] == await taken(buckets, 5)
    assert 1 == len(caplog.messages)


async def test_a_redis_that_accepts_and_says_nothing_holds_nobody_up_for_long(
    open_buckets: Callable[..., RedisBuckets], clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    server = RedisServer(Path())
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", server.port))
        silent.listen()
        buckets = open_buckets(server, timeout=REDIS_TIMEOUT)
        async with asyncio.timeout(START_LIMIT):
            assert [True] * 4 + [False] == await taken(buckets, 5)

    assert ["Redis does not respond (TimeoutError): every instance limits calls by itself"] == caplog.messages
