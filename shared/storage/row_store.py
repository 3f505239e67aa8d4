"""Defines the store of sealed rows, which are opaque here, and keeps them in memory."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Row:
    """Holds one version of a row.

    Attributes:
        kind: What sort of row it is; rows of a kind can be counted.
        key: The row's name within its kind.
        sealed: The content, encrypted by whoever stored it.
        expires_at: When it ends, in seconds since the epoch.
        etag: Names this version.
    """

    kind: str
    key: str
    sealed: bytes = field(repr=False)
    expires_at: float
    etag: str = ""


class RowStore(Protocol):
    """Stores rows until they expire.

    Every method raises ToolError when the store cannot be reached or refuses the server.
    """

    async def put(self, row: Row) -> None:
        """Stores a row, in place of one of the same kind and key."""
        ...

    async def get(self, kind: str, key: str) -> Row | None:
        """Returns the row, or None where there is none that has not expired."""
        ...

    async def replace(self, row: Row) -> bool:
        """Stores a row in place of the version that its `etag` names, `*` for any; False: that is gone."""
        ...

    async def delete(self, row: Row) -> bool:
        """Deletes the version that a row's `etag` names, `*` for any; False: somebody else was first."""
        ...

    async def count(self, kind: str, limit: int) -> int:
        """Counts the rows of a kind, expired ones too, up to a limit."""
        ...

    async def purge(self) -> None:
        """Deletes some of the rows that have expired."""
        ...


class MemoryRows:
    """Stores rows as long as the process lasts, for a developer's machine; drops the oldest of too many."""

    def __init__(self, *, clock: Callable[[], float] = time.time, max_rows: int = 50_000) -> None:
        self._clock = clock
        self._max_rows = max_rows
        self._rows: dict[tuple[str, str], Row] = {}
        self._versions = itertools.count(1)

    async def put(self, row: Row) -> None:
        """Stores a row, in place of one of the same kind and key."""
        version = Row(row.kind, row.key, row.sealed, row.expires_at, str(next(self._versions)))
        self._rows[row.kind, row.key] = version
        while len(self._rows) > self._max_rows:
            del self._rows[next(iter(self._rows))]

    async def get(self, kind: str, key: str) -> Row | None:
        """Returns the row, or None where there is none that has not expired."""
        row = self._rows.get((kind, key))
        return row if row is not None and self._clock() < row.expires_at else None

    async def replace(self, row: Row) -> bool:
        """Stores a row in place of the version that its `etag` names, `*` for any; False: that is gone."""
        if not self._has(row):
            return False
        await self.put(row)
        return True

    async def delete(self, row: Row) -> bool:
        """Deletes the version that a row's `etag` names, `*` for any; False: somebody else was first."""
        if not self._has(row):
            return False
        del self._rows[row.kind, row.key]
        return True

    async def count(self, kind: str, limit: int) -> int:
        """Counts the rows of a kind, expired ones too, up to a limit."""
        return min(limit, sum(key[0] == kind for key in self._rows))

    async def purge(self) -> None:
        """Deletes the rows that have expired."""
        now = self._clock()
        for key in [key for key, row in self._rows.items() if row.expires_at <= now]:
            del self._rows[key]

    def _has(self, row: Row) -> bool:
        stored = self._rows.get((row.kind, row.key))
        return stored is not None and row.etag in ("*", stored.etag)
