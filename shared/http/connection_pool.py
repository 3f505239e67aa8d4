"""Limits concurrent requests per origin and caller, and gives each of them a connection of its own."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from shared.http.connection_client import Client
from shared.http.current_caller import current_caller
from shared.http.fair_slots import FairSlots

CONCURRENCY = 32
"""Concurrent requests per origin."""
ORIGINS = 64
"""Origins whose connections are kept open: the most recently used."""


class ConnectionPool:
    """Lends each request a client that no other request uses meanwhile.

    One client for all would keep its connections in one pool, which looks through all of them at every
    request: with 32 that takes longer than everything else about a request. A client here has one
    connection, and the one used last is used next, so that few stay open where few are needed.

    Args:
        open_client: Makes a client; all are closed together.
    """

    def __init__(self, open_client: Callable[[], Client]) -> None:
        self._open_client = open_client
        self._origins: OrderedDict[str, _Origin] = OrderedDict()

    @asynccontextmanager
    async def connection(self, origin: str) -> AsyncIterator[Client]:
        """Lends a client for one request to this origin, once the caller's share allows it."""
        if origin not in self._origins:
            self._origins[origin] = _Origin()
        self._origins.move_to_end(origin)
        entry = self._origins[origin]
        entry.users += 1
        try:
            await self._close_unused()
            async with entry.slots.slot(current_caller()):
                client = entry.idle.pop() if entry.idle else self._open_client()
                try:
                    yield client
                finally:
                    entry.idle.append(client)
        finally:
            entry.users -= 1

    async def close(self) -> None:
        """Closes all connections."""
        for entry in self._origins.values():
            await entry.close()

    async def _close_unused(self) -> None:
        if len(self._origins) <= ORIGINS:
            return
        unused = [name for name, each in self._origins.items() if not each.users]
        if unused:
            await self._origins.pop(unused[0]).close()


class _Origin:
    """Holds the slots and the idle clients of one origin."""

    def __init__(self) -> None:
        self.slots = FairSlots(CONCURRENCY)
        self.idle: list[Client] = []
        self.users = 0

    async def close(self) -> None:
        """Closes the idle clients."""
        while self.idle:
            await self.idle.pop().aclose()
