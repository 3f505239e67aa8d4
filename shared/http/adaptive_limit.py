"""Finds how many requests at a time an origin bears."""

import time
from collections.abc import Callable

FIRST = 72
"""Concurrent requests to an origin of which nothing is known yet; three quarters are one caller's at most."""
LEAST = 8
MOST = 256
SHRINK = 0.75
SHRINK_SECONDS = 1.0
"""Seconds in which an origin counts as overloaded once, however many requests it refuses."""
SIGN_SECONDS = 10.0
CALLERS = 2
"""Callers who were refused within `SIGN_SECONDS`, at least, before it says something about the origin."""
TOLERANCE = 2.0
"""How many times as long as usual requests may take while the limit grows."""
_RECENT, _USUAL = 16, 512


class AdaptiveLimit:
    """Grows while requests wait for it and are answered as fast as ever, and shrinks on overload.

    It is TCP's congestion control (RFC 5681): by one for each response up to where it once was too much,
    from there by one for as many responses as the limit; a quarter less when the origin throttles, is
    unavailable, or times out. One caller's refusals shrink nothing, as services throttle each user and
    mailbox for itself.

    Attributes:
        value: Concurrent requests, from `LEAST` to `MOST`.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._size = float(FIRST)
        self._threshold = float(MOST)
        self._recent = self._usual = 0.0
        self._refused: dict[str | None, float] = {}
        self._may_shrink_at = float("-inf")

    @property
    def value(self) -> int:
        """Returns the limit."""
        return int(self._size)

    def answered(self, seconds: float, *, is_short: bool) -> None:
        """Records a response: how long it took, and whether another request waits for the limit."""
        if not self._usual:
            self._recent = self._usual = seconds
        self._recent += (seconds - self._recent) / _RECENT
        self._usual += (seconds - self._usual) / _USUAL
        if is_short and self._recent <= TOLERANCE * self._usual:
            step = 1.0 if self._size < self._threshold else 1.0 / self._size
            self._size = min(self._size + step, MOST)

    def overloaded(self, caller: str | None) -> None:
        """Records a request that was too much for the origin; None is the server's own."""
        now = self._clock()
        self._refused = {each: at for each, at in self._refused.items() if now - at < SIGN_SECONDS}
        self._refused[caller] = now
        is_general = None in self._refused or len(self._refused) >= CALLERS
        if is_general and now >= self._may_shrink_at:
            self._size = self._threshold = max(self._size * SHRINK, LEAST)
            self._may_shrink_at = now + SHRINK_SECONDS
            self._refused.clear()
