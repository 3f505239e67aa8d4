"""ConnectionPool for requests under way: so many for each origin, each with a connection of its own."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx

CONCURRENCY = 32
"""Requests under way per origin."""
ORIGINS = 64
"""Origins whose connections are kept, those asked last."""


class ConnectionPool:
    """Gives whoever asks an origin a client that nobody else uses meanwhile.

    One client for all would keep its connections in one pool, which looks through all of them at every
    request: with 32 that takes longer than everything else about a request. A client here has one
    connection, and the one used last is used next, so that few stay open where few are needed.

    Args:
        open_client: Makes a client; all are closed together.
    """

    def __init__(self, open_client: Callable[[], httpx.AsyncClient]) -> None:
        self._open_client = open_client
        self._origins: OrderedDict[str, _Origin] = OrderedDict()

    @asynccontextmanager
    async def connection(self, origin: str) -> AsyncIterator[httpx.AsyncClient]:
        """A client for one request to this origin, once a place is free."""
        if origin not in self._origins:
            self._origins[origin] = _Origin()
        self._origins.move_to_end(origin)
        kept = self._origins[origin]
        kept.wanted += 1
        try:
            await self._close_surplus()
            async with kept.free:
                client = kept.idle.pop() if kept.idle else self._open_client()
                try:
                    yield client
                finally:
                    kept.idle.append(client)
        finally:
            kept.wanted -= 1

    async def close(self) -> None:
        """Close all connections."""
        for kept in self._origins.values():
            await kept.close()

    async def _close_surplus(self) -> None:
        if len(self._origins) <= ORIGINS:
            return
        unused = [name for name, each in self._origins.items() if not each.wanted]
        if unused:
            await self._origins.pop(unused[0]).close()


class _Origin:
    def __init__(self) -> None:
        self.free = asyncio.Semaphore(CONCURRENCY)
        self.idle: list[httpx.AsyncClient] = []
        self.wanted = 0

    async def close(self) -> None:
        while self.idle:
            await self.idle.pop().aclose()
