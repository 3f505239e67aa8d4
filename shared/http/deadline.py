"""When the call at hand must have ended, for everything that is done on its behalf."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

_ENDS_AT: ContextVar[float] = ContextVar("ends_at", default=math.inf)


@asynccontextmanager
async def deadline(seconds: float) -> AsyncIterator[asyncio.Timeout]:
    """What is inside is cancelled after so many seconds, with all it waits for.

    One inside another makes the time that is left no longer.

    Raises:
        TimeoutError: It was, as `expired()` of what is given here says; or it raised one itself.
    """
    before = _ENDS_AT.set(min(_ENDS_AT.get(), time.monotonic() + seconds))
    try:
        async with asyncio.timeout(seconds) as limit:
            yield limit
    finally:
        _ENDS_AT.reset(before)


def seconds_left() -> float:
    """Seconds until the call at hand must have ended; without end outside of one."""
    return _ENDS_AT.get() - time.monotonic()
