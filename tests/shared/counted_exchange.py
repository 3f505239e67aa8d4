"""An exchange that needs no Entra, and shows what it was asked."""

import asyncio
import threading
from collections.abc import Sequence

from shared.entra.exchange import DownstreamToken
from tests.shared.clock import Clock

BOUND = 10
"""Seconds after which a test that waits for a thread has failed."""


class CountedExchange:
    """In the place of Entra: counts what it is asked, waits where told to, fails where told to.

    Attributes:
        asked: One entry for every exchange: assertion, tenant, scopes, claims.
        lifetime: Seconds each token lasts.
        granted: The scopes of each token; empty means those asked for.
        failing: What to raise.
        held: Assertions whose exchanges wait until `let_go` is set.
        arrived: Released by every exchange that is held.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.asked: list[tuple[str, str, tuple[str, ...], str | None]] = []
        self.lifetime = 3600.0
        self.granted: frozenset[str] = frozenset()
        self.failing: Exception | None = None
        self.held: set[str] = set()
        self.arrived = threading.Semaphore(0)
        self.let_go = threading.Event()
        self.closed = False

    def exchange(
        self, assertion: str, *, tenant_id: str, scopes: Sequence[str], claims: str | None = None
    ) -> DownstreamToken:
        with self._lock:
            self.asked.append((assertion, tenant_id, tuple(scopes), claims))
            number = len(self.asked)
        if assertion in self.held:
            self.arrived.release()
            assert self.let_go.wait(BOUND)
        if self.failing:
            raise self.failing
        return DownstreamToken(
            access_token=f"downstream-{number}",
            scopes=self.granted or frozenset(scope.rsplit("/", 1)[-1] for scope in scopes),
            expires_at=self._clock() + self.lifetime,
        )

    def close(self) -> None:
        self.closed = True

    async def somebody_waits(self) -> None:
        """Returns once an exchange that is held has begun."""
        assert await asyncio.to_thread(self.arrived.acquire, timeout=BOUND)
