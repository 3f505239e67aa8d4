"""Shares a number of slots fairly among callers."""

import asyncio
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
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._shared = total - total // 4
        self._held: Counter[str | None] = Counter()
        self._waiting: dict[str | None, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def slot(self, caller: str | None) -> AsyncIterator[None]:
        """Holds a slot for its body, once the caller may have one."""
        await self._acquire(caller)
        try:
            yield
        finally:
            self._release(caller)

    async def _acquire(self, caller: str | None) -> None:
        if caller not in self._waiting and self._is_available(caller):
            self._held[caller] += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                # It was given a slot in the moment in which it was cancelled.
                self._release(caller)
            else:
                self._forget(caller, turn)
                self._hand_out()
            raise

    def _release(self, caller: str | None) -> None:
        self._held[caller] -= 1
        if not self._held[caller]:
            del self._held[caller]
        self._hand_out()

    def _hand_out(self) -> None:
        while ready := [caller for caller in self._waiting if self._is_available(caller)]:
            # Of equals the one that has waited longest: a dictionary keeps its order.
            caller = min(ready, key=lambda each: self._held[each])
            turn = self._waiting[caller][0]
            self._forget(caller, turn)
            if not turn.cancelled():
                self._held[caller] += 1
                turn.set_result(None)

    def _forget(self, caller: str | None, turn: asyncio.Future[None]) -> None:
        queue = self._waiting.get(caller, deque())
        if turn in queue:
            queue.remove(turn)
        if not queue:
            self._waiting.pop(caller, None)

    def _is_available(self, caller: str | None) -> bool:
        if self._held.total() >= self._total:
            return False
        if caller is None:
            return True
        active = (self._held.keys() | self._waiting.keys() | {caller}) - {None}
        return self._held[caller] < max(1, self._shared // len(active))
