"""Keeps count of rows of one kind without counting them at every request."""

import time
from collections.abc import Callable

from shared.storage.row_store import RowStore

SECONDS = 60.0


class RowCount:
    """Counts the rows once a minute, and in between adds those stored by this process."""

    def __init__(self, store: RowStore, kind: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._kind = kind
        self._clock = clock
        self._known = 0
        self._count_at = clock()

    async def reaches(self, limit: int) -> bool:
        """Tells whether there are as many rows.

        Raises:
            ToolError: They could not be counted.
        """
        if self._clock() >= self._count_at:
            self._known = await self._store.count(self._kind, limit)
            self._count_at = self._clock() + SECONDS
        return self._known >= limit

    def add(self) -> None:
        """Notes that a row was stored."""
        self._known += 1
