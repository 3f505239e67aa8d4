"""Reads the groups of a caller: from their token, or from Graph where the token omits them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from shared.bounded_cache import BoundedCache
from shared.entra.on_behalf_of import Assertion
from shared.entra.principal import Principal

MAX_AGE = 300.0
"""Seconds for which groups read from Graph are cached."""

type ReadGroups = Callable[[Principal, Assertion], Awaitable[frozenset[str]]]


class Groups:
    """Returns callers' groups by id, in lower case.

    A token of a user in more than 200 groups lists none and says so ("Groups overage claim"); then
    concurrent calls with that token share one read, and the groups are cached for
    that user of that tenant. A failure is raised to those who waited for it and is not cached.

    Args:
        read: Reads the ids of a caller's groups from Graph.
        clock: Returns seconds since the epoch.
    """

    def __init__(self, read: ReadGroups, *, clock: Callable[[], float] = time.time) -> None:
        self._read = read
        self._clock = clock
        self._cache: BoundedCache[tuple[str, str], frozenset[str]] = BoundedCache(
            max_entries=50_000, max_bytes=64 * 1024 * 1024, clock=clock
        )
        self._pending: dict[Assertion, asyncio.Task[frozenset[str]]] = {}

    async def of(self, principal: Principal, assertion: Assertion) -> frozenset[str]:
        """Returns the ids of the caller's groups.

        Args:
            principal: The caller.
            assertion: The access token the caller presented, already validated.

        Raises:
            ToolError: The token omits them, and Graph could not be reached or refused.
        """
        if not principal.has_groups_overage:
            return frozenset(map(str.casefold, principal.groups))
        cached = self._cache.get((principal.tenant_id, principal.object_id))
        return cached if cached is not None else await self._join_or_start(principal, assertion)

    async def _join_or_start(self, principal: Principal, assertion: Assertion) -> frozenset[str]:
        task = self._pending.get(assertion)
        if task is None:
            task = asyncio.create_task(self._fetch(principal, assertion))
            self._pending[assertion] = task
            task.add_done_callback(partial(self._remove_pending, assertion))
        # A caller that stops waiting does not cancel the read of the others.
        return await asyncio.shield(task)

    def _remove_pending(self, assertion: Assertion, task: asyncio.Task[frozenset[str]]) -> None:
        del self._pending[assertion]
        if not task.cancelled():
            task.exception()  # Retrieved, as nobody may be waiting for it any more.

    async def _fetch(self, principal: Principal, assertion: Assertion) -> frozenset[str]:
        groups = frozenset(map(str.casefold, await self._read(principal, assertion)))
        self._cache.put(
            (principal.tenant_id, principal.object_id),
            groups,
            ends_at=self._clock() + MAX_AGE,
            size=128 * len(groups) + 512,
        )
        return groups
