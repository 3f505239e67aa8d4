"""The groups a caller is in: as their token lists them, or as Graph does where the token has no room."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from shared.bounded_cache import BoundedCache
from shared.entra.on_behalf_of import Assertion
from shared.entra.principal import Principal

MAX_AGE = 300.0
"""Seconds for which groups read from Graph are good."""

type ReadGroups = Callable[[Principal, Assertion], Awaitable[frozenset[str]]]


class Groups:
    """Tells a caller's groups by id, lower-cased.

    A token of a user in more than 200 groups lists none and says so ("Groups overage claim"); then
    they are read once for all calls with that token that want them at the same time, and kept for
    that user of that tenant. A failure is told to those who waited for it and then forgotten.

    Args:
        read: The ids of the groups a caller is in, from Graph.
        clock: Seconds since the epoch.
    """

    def __init__(self, read: ReadGroups, *, clock: Callable[[], float] = time.time) -> None:
        self._read = read
        self._clock = clock
        self._kept: BoundedCache[tuple[str, str], frozenset[str]] = BoundedCache(
            max_entries=50_000, max_bytes=64 * 1024 * 1024, clock=clock
        )
        self._under_way: dict[Assertion, asyncio.Task[frozenset[str]]] = {}

    async def of(self, principal: Principal, assertion: Assertion) -> frozenset[str]:
        """The ids of the groups the caller is in.

        Args:
            principal: The caller.
            assertion: The access token the caller presented, already validated.

        Raises:
            ToolError: The token does not list them, and Graph could not be asked.
        """
        if not principal.groups_left_out:
            return frozenset(map(str.casefold, principal.groups))
        kept = self._kept.get((principal.tenant_id, principal.object_id))
        return kept if kept is not None else await self._shared(principal, assertion)

    async def _shared(self, principal: Principal, assertion: Assertion) -> frozenset[str]:
        task = self._under_way.get(assertion)
        if task is None:
            task = asyncio.create_task(self._fetch(principal, assertion))
            self._under_way[assertion] = task
            task.add_done_callback(partial(self._finished, assertion))
        # Whoever stops waiting leaves the reading to the others.
        return await asyncio.shield(task)

    def _finished(self, assertion: Assertion, task: asyncio.Task[frozenset[str]]) -> None:
        del self._under_way[assertion]
        if not task.cancelled():
            task.exception()  # A failure nobody waited for any more is no news.

    async def _fetch(self, principal: Principal, assertion: Assertion) -> frozenset[str]:
        groups = frozenset(map(str.casefold, await self._read(principal, assertion)))
        self._kept.put(
            (principal.tenant_id, principal.object_id),
            groups,
            ends_at=self._clock() + MAX_AGE,
            size=128 * len(groups) + 512,
        )
        return groups
