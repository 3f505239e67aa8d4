"""Limits concurrent requests per origin and caller, and gives each of them a connection of its own."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Self

import httpx

from shared.http.adaptive_limit import FIRST, AdaptiveLimit
from shared.http.connection_client import Client
from shared.http.current_caller import current_caller
from shared.http.fair_slots import FairSlots
from shared.http.retry import SLOW_SECONDS

EACH_CALLER = FIRST - FIRST // 4
"""Concurrent requests of one caller to an origin, at most."""
ORIGINS = 64
"""Origins whose connections are kept open: the most recently used."""
_OVERLOADED = frozenset({429, 503})
"""Statuses of a service for which it is too much (RFC 6585, 4; RFC 9110, 15.6.4)."""


class ConnectionPool:
    """Lends each request a client that no other request uses meanwhile.

    A client has one connection, and the one used last is used next, so that few stay open where few are
    needed. How many requests an origin gets at a time follows how it answers them (`AdaptiveLimit`).

    Args:
        open_client: Makes a client; all are closed together.
        clock: Returns monotonic seconds.
    """

    def __init__(
        self, open_client: Callable[[], Client], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._open_client = open_client
        self._clock = clock
        self._origins: OrderedDict[str, _Origin] = OrderedDict()

    @asynccontextmanager
    async def connection(self, origin: str) -> AsyncIterator["Loan"]:
        """Lends a client for one request to this origin, once the caller's share allows it."""
        entry = self._origins.get(origin)
        if entry is None:
            entry = self._origins[origin] = _Origin(self._clock)
        self._origins.move_to_end(origin)
        entry.users += 1
        try:
            if len(self._origins) > ORIGINS:
                await self._close_unused()
            caller = current_caller()
            await entry.slots.acquire(caller)
            client = entry.idle.pop() if entry.idle else self._open_client()
            try:
                with Loan(client, entry, caller, self._clock) as loan:
                    yield loan
            finally:
                entry.idle.append(client)
                entry.slots.release(caller)
        finally:
            entry.users -= 1

    async def close(self) -> None:
        """Closes all connections."""
        for entry in self._origins.values():
            await entry.close()

    async def _close_unused(self) -> None:
        unused = [name for name, each in self._origins.items() if not each.users]
        if unused:
            await self._origins.pop(unused[0]).close()


class Loan:
    """Holds a client for one request, and records what came of it.

    Attributes:
        client: Sends the request.
    """

    def __init__(
        self, client: Client, origin: "_Origin", caller: str | None, clock: Callable[[], float]
    ) -> None:
        self.client = client
        self._origin = origin
        self._caller = caller
        self._clock = clock
        self._status: int | None = None

    def __enter__(self) -> Self:
        self._started = self._clock()
        return self

    def response_received(self, status: int) -> None:
        """Records the response."""
        self._status = status

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        limit, slots = self._origin.limit, self._origin.slots
        seconds = self._clock() - self._started
        # A call that reaches its deadline cancels its requests.
        is_slow = isinstance(error, asyncio.CancelledError) and seconds >= SLOW_SECONDS
        if self._status in _OVERLOADED or is_slow or isinstance(error, httpx.TimeoutException):
            limit.overloaded(self._caller)
        elif self._status is not None:
            limit.answered(seconds, is_short=slots.are_short)
        slots.resize(limit.value)


class _Origin:
    """Holds the limit, the slots and the idle clients of one origin."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.limit = AdaptiveLimit(clock=clock)
        self.slots = FairSlots(self.limit.value, most_each=EACH_CALLER)
        self.idle: list[Client] = []
        self.users = 0

    async def close(self) -> None:
        """Closes the idle clients."""
        while self.idle:
            await self.idle.pop().aclose()
