"""Time as a test wants it."""

import asyncio
import itertools
import time

from shared.http.retry import RetryPolicy


class Clock:
    """Stands still until told to go on; starts now."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def immediate_retries() -> RetryPolicy:
    """A policy that waits for nothing, and leaves nobody alone for long: a minute goes by at every look."""
    return RetryPolicy(clock=itertools.count(step=60.0).__next__, sleep=lambda _: asyncio.sleep(0))
