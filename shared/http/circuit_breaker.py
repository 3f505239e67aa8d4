"""Stops requests to a host that keeps failing, for a while: a circuit breaker."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Literal

type Failure = Literal["connection", "server", "timeout"]
"""No connection, a response of status 500 or above, no response in time."""

FAILURES = 10
"""Consecutive failures of one kind, over all callers, that open the circuit."""
COOL_DOWN = 5.0


class CircuitBreaker:
    """Counts a host's consecutive failures, each kind for itself; any other response resets the counts.

    So one user's refusals, throttling included, open nothing, nor does one user's broken mailbox
    as long as others get responses. After `FAILURES` of one kind the circuit is open for `COOL_DOWN`
    seconds; then it is half open: one request goes first, and the others follow when it succeeds, or
    the next one goes as late again.

    Several threads may use it: at worst, two go first.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: Counter[Failure] = Counter()
        self._open_until: float | None = None

    def seconds_until_retry(self) -> float:
        """Returns the seconds for which the circuit is open; 0 allows the request."""
        now, until = self._clock(), self._open_until
        if until is None:
            return 0.0
        if now < until:
            return until - now
        # The first request may never end: it must not decide when the next one goes.
        self._open_until = now + COOL_DOWN
        return 0.0

    def record_success(self) -> None:
        """Records a response that was no failure."""
        self._failures.clear()
        self._open_until = None

    def record_failure(self, kind: Failure) -> None:
        """Records a failure."""
        self._failures[kind] += 1
        if self._failures[kind] >= FAILURES:
            self._open_until = self._clock() + COOL_DOWN
