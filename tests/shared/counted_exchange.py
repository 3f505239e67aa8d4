"""An exchange that needs no Entra, and shows what it was asked."""

import asyncio
import threading
from collections.abc import Sequence

from shared.entra.exchange import DownstreamToken
from shared.errors import ToolError
from tests.shared.clock import Clock

BOUND = 10
"""Seconds after which a test that waits for a thread has failed."""


class CountedExchange:
    """In the place of Entra: counts what it is asked, waits where told to, fails where told to.

    Attributes:
        asked: One entry for every exchange: assertion, tenant, scopes, claims.
        lifetime: Seconds each token lasts.
        granted: The scopes of each token; empty means those asked for.
        lacking: Scopes nobody consented to: who asks for one is refused.
        failing: What to raise.
        failing_once: What to raise first, one after another.
        held: Assertions whose exchanges wait until `let_go` is set.
        arrived: Released by every exchange that is held.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.asked: list[tuple[str, str, tuple[str, ...], str | None]] = []
        self.lifetime = 3600.0
        self.granted: frozenset[str] = frozenset()
        self.lacking: frozenset[str] = frozenset()
        self.failing: Exception | None = None
        self.failing_once: list[Exception] = []
        self.held: set[str] = set()
        self.arrived = threading.Semaphore(0)
        self.let_go = threading.Event()
        self.closed = False
        self.prepared = threading.Event()

    def prepare(self) -> None:
        """Waits where `prepared` is held, and fails as an exchange does."""
        if "prepared" in self.held:
            self.arrived.release()
            assert self.let_go.wait(BOUND)
        failure = self.failing_once.pop(0) if self.failing_once else None
        self.prepared.set()
        if failure:
            raise failure

    def exchange(
        self, assertion: str, *, tenant_id: str, scopes: Sequence[str], claims: str | None = None
    ) -> DownstreamToken:
        with self._lock:
            self.asked.append((assertion, tenant_id, tuple(scopes), claims))
            number = len(self.asked)
        if assertion in self.held:
            self.arrived.release()
            assert self.let_go.wait(BOUND)
        if self.failing_once:
            raise self.failing_once.pop(0)
        if self.failing:
            raise self.failing
        names = frozenset(scope.rpartition("/")[2] for scope in scopes)
        if names & self.lacking:
            raise ToolError("consent_required", "Consent is missing.", "Grant it.")
        return DownstreamToken(
            access_token=f"downstream-{number}",
            scopes=self.granted or names,
            expires_at=self._clock() + self.lifetime,
        )

    def close(self) -> None:
        self.closed = True

    async def somebody_waits(self) -> None:
        """Returns once an exchange that is held has begun."""
        assert await asyncio.to_thread(self.arrived.acquire, timeout=BOUND)
