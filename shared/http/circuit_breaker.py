"""Stops requests to a host that keeps failing, for a while: a circuit breaker."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Literal

type Failure = Literal["connection", "disconnect", "server", "timeout"]
"""No connection, a lost one, a response of status 500 or above, no response in time."""

FAILURES = 10
"""Consecutive failures of one kind that open the circuit."""
CALLERS = 2
"""Callers to whom these failures happened at least, unless no connection could be made."""
COOL_DOWN = 5.0


class CircuitBreaker:
    """Counts a host's consecutive failures, each kind for itself; any other response resets the counts.

    So one user's refusals, throttling included, open nothing, nor does one user's broken mailbox, however
    many calls fail on it at once: failures of one caller alone say nothing about the host, unless there is
    no connection. After `FAILURES` of one kind the circuit is open for `COOL_DOWN` seconds; then it is half
    open: one request goes first, and the others follow when it succeeds, or the next one goes as late
    again.

    Several threads may use it: at worst, two go first.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: Counter[Failure] = Counter()
        self._callers: defaultdict[Failure, set[str | None]] = defaultdict(set)
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
        self._callers.clear()
        self._open_until = None

    def record_failure(self, kind: Failure, caller: str | None = None) -> None:
        """Records a failure of a request for a caller; None is the server itself."""
        self._failures[kind] += 1
        callers = self._callers[kind]
        if len(callers) < CALLERS:
            callers.add(caller)
        is_general = kind == "connection" or None in callers or len(callers) >= CALLERS
        if self._failures[kind] >= FAILURES and is_general:
            self._open_until = self._clock() + COOL_DOWN
