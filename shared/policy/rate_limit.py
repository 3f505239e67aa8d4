"""Limits the rate of calls by a token bucket for every user of every tenant.

A bucket is stored as one number, the moment at which it is full again (the generic cell rate
algorithm, ITU-T I.371): each call moves that moment by its share of time.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from shared.bounded_cache import BoundedCache
from shared.errors import ToolError
from shared.settings.rate import Rate

if TYPE_CHECKING:
    from redis.asyncio import Redis

_LOGGER = logging.getLogger(__name__)

_ENTRY_BYTES = 256
_ROUNDING = 1e-6
REDIS_TIMEOUT = 0.5
REDIS_COOLDOWN = 15.0
"""Seconds for which no request is sent to a Redis that did not respond."""

# Redis' own clock counts, as those of the app's instances differ.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local interval, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + interval
local wait = full_at - now - limit
if wait > 0.00001 then return tostring(wait) end
redis.call('SET', KEYS[1], string.format('%.6f', full_at), 'PX', math.ceil((full_at - now) * 1000))
return '0'
"""


class Buckets(Protocol):
    """Stores buckets."""

    async def take(self, tenant_id: str, object_id: str) -> float:
        """Takes one call from the user's bucket; returns 0.0, or the seconds until there is one again."""
        ...

    async def close(self) -> None:
        """Closes the connections to the store."""
        ...


class MemoryBuckets:
    """Stores buckets in this process; evicts full ones and, of too many, the least recently used."""

    def __init__(
        self, rate: Rate, *, clock: Callable[[], float] = time.monotonic, max_entries: int = 100_000
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._full_at: BoundedCache[tuple[str, str], float] = BoundedCache(
            max_entries=max_entries, max_bytes=max_entries * _ENTRY_BYTES, clock=clock
        )

    async def take(self, tenant_id: str, object_id: str) -> float:
        """Takes one call from the user's bucket; returns 0.0, or the seconds until there is one again."""
        now = self._clock()
        full_at = max(self._full_at.get((tenant_id, object_id)) or now, now) + self._rate.interval
        wait = full_at - now - self._rate.seconds
        if wait > _ROUNDING:
            return wait
        self._full_at.put((tenant_id, object_id), full_at, ends_at=full_at, size=_ENTRY_BYTES)
        return 0.0

    async def close(self) -> None:
        """Does nothing: there is no connection."""


class RedisBuckets:
    """Stores buckets in Redis for all instances of the app; in this process while Redis does not respond.

    Args:
        redis: The client of Redis.
        rate: How often a caller may call.
        clock: Returns monotonic seconds.
    """

    def __init__(self, redis: Redis, rate: Rate, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._rate = rate
        self._clock = clock
        self._script = redis.register_script(_TAKE)
        self._local = MemoryBuckets(rate, clock=clock)
        self._retry_at = 0.0
        self._is_unavailable = False

    @classmethod
    def open(
        cls, url: str, rate: Rate, *, ca_file: Path | None = None, timeout: float = REDIS_TIMEOUT
    ) -> RedisBuckets:
        """Opens buckets in the Redis of a URL; the first call connects."""
        from redis.asyncio import Redis  # noqa: PLC0415 - only where the setting names a Redis

        trust: dict[str, Any] = (
            {"ssl_ca_certs": str(ca_file)} if ca_file and url.startswith("rediss:") else {}
        )
        redis = Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout, **trust)
        return cls(redis, rate)

    async def take(self, tenant_id: str, object_id: str) -> float:
        """Takes one call from the user's bucket; returns 0.0, or the seconds until there is one again."""
        from redis.exceptions import RedisError  # noqa: PLC0415 - as above

        if self._clock() < self._retry_at:
            return await self._local.take(tenant_id, object_id)
        key = f"m365-devops-mcp:calls:{tenant_id}:{object_id}"
        try:
            wait = await self._script(keys=[key], args=[self._rate.interval, self._rate.seconds])
        except (RedisError, OSError, TimeoutError) as error:
            self._retry_at = self._clock() + REDIS_COOLDOWN
            if not self._is_unavailable:
                _LOGGER.warning(
                    "Redis does not respond (%s): every instance limits calls by itself", type(error).__name__
                )
            self._is_unavailable = True
            return await self._local.take(tenant_id, object_id)
        if self._is_unavailable:
            _LOGGER.info("Redis responds again: calls are limited for all instances together")
        self._is_unavailable = False
        return float(wait)

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()


class RateLimit:
    """Refuses calls above the rate limit."""

    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets

    async def check(self, tenant_id: str, object_id: str) -> None:
        """Counts a call of this user of this tenant.

        Raises:
            ToolError: `rate_limited`, with the seconds after which there is room for another.
        """
        wait = await self._buckets.take(tenant_id, object_id)
        if wait > 0:
            raise ToolError(
                "rate_limited",
                "You call this server more often than it allows.",
                "Wait, then repeat the call; nothing was done.",
                # Rounded up, so that a call after that time is accepted.
                retry_after=math.ceil(wait * 10) / 10,
            )

    async def close(self) -> None:
        """Closes the connections to the store."""
        await self._buckets.close()
