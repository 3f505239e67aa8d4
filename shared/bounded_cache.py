"""Caches values with a limit on entries and on bytes, each until its own expiry."""

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
    """Evicts the least recently used entries when a limit is reached, and never returns expired ones.

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
        """Returns the sum of its entries' sizes, in bytes."""
        return self._bytes

    def get(self, key: K) -> V | None:
        """Returns the value cached under a key, unless it has expired."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self._clock() >= entry.ends_at:
            self.discard(key)
            return None
        self._entries.move_to_end(key)
        return entry.value

    def put(self, key: K, value: V, *, ends_at: float, size: int) -> None:
        """Caches a value until `ends_at` (in the clock's seconds); `size` is in bytes.

        A value that has expired, or is larger than the whole cache, is not cached.
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
        """Removes the value cached under a key, if there is one."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry.size
