"""Who asks in vain too often stops asking for a while: a circuit breaker for one host."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Literal

type Failure = Literal["connection", "server", "timeout"]
"""No connection, an answer of 500 or above, no answer in time."""

FAILURES = 10
"""Failures of one kind in a row, over all callers, after which a host is left alone."""
COOL_DOWN = 5.0


class CircuitBreaker:
    """Counts a host's failures in a row, each kind for itself; any other answer forgets them all.

    So one user's refusals, throttling included, open nothing, nor does one user's broken mailbox
    as long as others are answered. After `FAILURES` of one kind nobody asks for `COOL_DOWN` seconds;
    then one asker goes first, and the others follow when that one is answered, or try as late again.

    Several threads may use it: at worst, two go first.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: Counter[Failure] = Counter()
        self._open_until: float | None = None

    def seconds_until_retry(self) -> float:
        """Seconds for which the host is to be left alone; 0 lets whoever asks go."""
        now, until = self._clock(), self._open_until
        if until is None:
            return 0.0
        if now < until:
            return until - now
        # Whoever goes first may never come back: the next turn is not theirs to give.
        self._open_until = now + COOL_DOWN
        return 0.0

    def record_success(self) -> None:
        """Note an answer that was no failure."""
        self._failures.clear()
        self._open_until = None

    def record_failure(self, kind: Failure) -> None:
        """Note a failure."""
        self._failures[kind] += 1
        if self._failures[kind] >= FAILURES:
            self._open_until = self._clock() + COOL_DOWN
