"""What is sent to Redis, and what happens while it does not respond, without a Redis."""

import logging
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from shared.errors import ToolError
from shared.policy.rate_limit import REDIS_COOLDOWN, RateLimit, RedisBuckets
from shared.settings.rate import Rate
from tests.shared.clock import Clock
from tests.shared.issuer import OTHER_TENANT, TENANT, USER

RATE = Rate(4, 60.0)


class Script:
    """In the place of the script that Redis runs: remembers what it is called with."""

    def __init__(self) -> None:
        self.called: list[dict[str, Any]] = []
        self.fails = False
        self.wait = b"0"

    def register_script(self, script: str) -> "Script":
        return self

    async def __call__(self, **arguments: Any) -> bytes:
        self.called.append(arguments)
        if self.fails:
            raise RedisConnectionError("gone")
        return self.wait


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def buckets(script: Script, clock: Clock) -> RedisBuckets:
    return RedisBuckets(script, RATE, clock=clock)  # type: ignore[arg-type]


async def test_every_user_of_every_tenant_has_a_key_and_the_rate_goes_with_it(
    script: Script, buckets: RedisBuckets
) -> None:
    waits = [await buckets.take(tenant, USER) for tenant in (TENANT, OTHER_TENANT)]

    assert [0.0, 0.0] == waits
    assert [
        {"keys": [f"m365-devops-mcp:calls:{tenant}:{USER}"], "args": [RATE.interval, RATE.seconds]}
        for tenant in (TENANT, OTHER_TENANT)
    ] == script.called


async def test_redis_is_used_from_the_first_moment_of_the_clock(script: Script) -> None:
    buckets = RedisBuckets(script, RATE, clock=lambda: 0.5)  # type: ignore[arg-type]

    await buckets.take(TENANT, USER)

    assert 1 == len(script.called)


async def test_while_redis_is_away_the_process_counts_by_the_same_clock_and_redis_has_its_rest(
    script: Script, buckets: RedisBuckets, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    script.fails = True
    allowed = [await buckets.take(TENANT, USER) == 0 for _ in range(5)]
    asked = len(script.called)
    clock.advance(REDIS_COOLDOWN - 1)
    resting = await buckets.take(TENANT, USER)
    clock.advance(1)
    again = await buckets.take(TENANT, USER)
    clock.advance(REDIS_COOLDOWN)
    script.fails = False
    back = [await buckets.take(TENANT, USER) for _ in range(2)]

    assert [True] * 4 + [False] == allowed
    assert 1 == asked
    assert pytest.approx(1.0) == resting
    assert 0.0 == again
    assert [0.0, 0.0] == back
    assert 4 == len(script.called)
    assert [
        "Redis does not respond (ConnectionError): every instance limits calls by itself",
        "Redis responds again: calls are limited for all instances together",
    ] == caplog.messages


async def test_a_call_is_refused_however_short_the_wait_and_the_wait_is_rounded_up(
    script: Script, buckets: RedisBuckets
) -> None:
    script.wait = b"0.42"

    with pytest.raises(ToolError) as raised:
        await RateLimit(buckets).check(TENANT, USER)

    assert ("rate_limited", 0.5) == (raised.value.code, raised.value.retry_after)


@pytest.mark.parametrize(
    ("url", "ca_file", "trusted"),
    [
        ("rediss://redis.example", Path("/ca.pem"), "/ca.pem"),
        ("rediss://redis.example", None, None),
        ("redis://localhost", Path("/ca.pem"), None),
    ],
)
async def test_redis_is_reached_within_the_timeout_and_by_the_authorities_given(
    url: str, ca_file: Path | None, trusted: str | None
) -> None:
    buckets = RedisBuckets.open(url, RATE, ca_file=ca_file, timeout=0.25)
    options = buckets._redis.connection_pool.connection_kwargs

    assert (0.25, 0.25) == (options["socket_timeout"], options["socket_connect_timeout"])
    assert trusted == options.get("ssl_ca_certs")
    await buckets.close()
