"""Shares out a few turns among callers, so that none of them takes all."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Gives at most so many turns at once, and to each caller fewer than there are.

    Args:
        total: How many there are.
        per_caller: How many of them one caller has at once.
    """

    def __init__(self, total: int, per_caller: int) -> None:
        self._total = total
        self._per_caller = per_caller
        self._taken: Counter[str] = Counter()
        self._waiting: list[tuple[str, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def turn(self, caller: str, wait_limit: float) -> AsyncIterator[None]:
        """Waits for a turn, in the order in which callers came, and holds it while inside.

        Raises:
            TimeoutError: There was none in time.
        """
        if self._waiting or not self._is_free(caller):
            await self._wait(caller, wait_limit)
        else:
            self._taken[caller] += 1
        try:
            yield
        finally:
            self._taken[caller] -= 1
            self._taken += Counter()  # drops those who have none
            self._give()

    def _is_free(self, caller: str) -> bool:
        return self._taken.total() < self._total and self._taken[caller] < self._per_caller

    async def _wait(self, caller: str, wait_limit: float) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((caller, turn))
        self._give()
        try:
            async with asyncio.timeout(wait_limit):
                await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                # It was given just as the wait ended: the next one has it.
                self._taken[caller] -= 1
            self._waiting = [each for each in self._waiting if each[1] is not turn]
            self._give()
            raise

    def _give(self) -> None:
        for caller, turn in list(self._waiting):
            if self._is_free(caller) and not turn.done():
                self._waiting.remove((caller, turn))
                self._taken[caller] += 1
                turn.set_result(None)
