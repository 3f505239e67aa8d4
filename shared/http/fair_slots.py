"""Shares a number of slots fairly among callers."""

import asyncio
import math
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class FairSlots:
    """Bounds concurrency, and each caller's part of it.

    The active callers share three quarters of the slots evenly, so that a new one finds a free slot however
    slow the requests of the others are. A slot that becomes free goes to the waiting caller that holds the
    fewest. The server's own requests (None) are not limited to a share.

    Args:
        total: How many slots there are.
        most_each: The most slots of one caller, however many there are.
    """

    def __init__(self, total: int, *, most_each: float = math.inf) -> None:
        self._total = total
        self._most_each = most_each
        self._in_use = 0
        self._held: Counter[str | None] = Counter()
        self._waiting: dict[str | None, deque[asyncio.Future[None]]] = {}

    @property
    def are_short(self) -> bool:
        """Tells whether a caller waits that more slots would help."""
        return any(caller is None or self._held[caller] < self._most_each for caller in self._waiting)

    def resize(self, total: int) -> None:
        """Changes how many slots there are; those held beyond that are not taken away."""
        if total != self._total:
            self._total = total
            self._hand_out()

    @asynccontextmanager
    async def slot(self, caller: str | None) -> AsyncIterator[None]:
        """Holds a slot for its body, once the caller may have one."""
        await self.acquire(caller)
        try:
            yield
        finally:
            self.release(caller)

    async def acquire(self, caller: str | None) -> None:
        """Takes a slot, once the caller may have one."""
        if self._in_use < self._total and caller not in self._waiting:
            is_new = caller not in self._held
            if caller is None or self._held[caller] < self._share(also=caller if is_new else None):
                self._take(caller)
                return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                # It was given a slot in the moment in which it was cancelled.
                self.release(caller)
            else:
                self._forget(caller, turn)
                self._hand_out()
            raise

    def release(self, caller: str | None) -> None:
        """Gives a slot back."""
        self._in_use -= 1
        self._held[caller] -= 1
        if not self._held[caller]:
            del self._held[caller]
        self._hand_out()

    def _take(self, caller: str | None) -> None:
        self._in_use += 1
        self._held[caller] += 1

    def _hand_out(self) -> None:
        while self._waiting and self._in_use < self._total:
            share = self._share()
            ready = [each for each in self._waiting if each is None or self._held[each] < share]
            if not ready:
                return
            # Of equals the one that has waited longest: a dictionary keeps its order.
            caller = min(ready, key=self._held.__getitem__)
            turn = self._waiting[caller][0]
            self._forget(caller, turn)
            if not turn.cancelled():
                self._take(caller)
                turn.set_result(None)

    def _forget(self, caller: str | None, turn: asyncio.Future[None]) -> None:
        queue = self._waiting.get(caller, deque())
        if turn in queue:
            queue.remove(turn)
        if not queue:
            self._waiting.pop(caller, None)

    def _share(self, also: str | None = None) -> float:
        """Returns the most slots of each active caller, one that is about to be active included."""
        active = self._held.keys() | self._waiting.keys()
        number = len(active) - (None in active) + (also is not None)
        shared = self._total - self._total // 4
        return min(max(1, shared // max(1, number)), self._most_each)
