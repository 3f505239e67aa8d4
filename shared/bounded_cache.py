"""A cache with a limit on entries and on bytes, whose entries end at a moment of their own."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Entry[V]:
    value: V
    ends_at: float
    size: int


class BoundedCache[K: Hashable, V]:
    """Least recently used entries leave first when a limit is reached; ended ones are never served.

    Lookups and insertions cost the same however many entries there are.
    """

    def __init__(self, *, max_entries: int, max_bytes: int, clock: Callable[[], float] = time.time) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._clock = clock
        self._entries: OrderedDict[K, _Entry[V]] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """The bytes its entries were said to take."""
        return self._bytes

    def get(self, key: K) -> V | None:
        """The value kept under this key, unless it has ended."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self._clock() >= entry.ends_at:
            self.discard(key)
            return None
        self._entries.move_to_end(key)
        return entry.value

    def put(self, key: K, value: V, *, ends_at: float, size: int) -> None:
        """Keep a value until `ends_at` (seconds since the epoch); `size` is in bytes.

        One that has ended, or is larger than the whole cache, is not kept.
        """
        self.discard(key)
        if ends_at <= self._clock() or size > self._max_bytes:
            return
        self._entries[key] = _Entry(value, ends_at, size)
        self._bytes += size
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= oldest.size

    def discard(self, key: K) -> None:
        """Forget what is kept under this key, if anything."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry.size
