"""Sets the deadline of a call, and tells everything done for it how much time is left."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

_ENDS_AT: ContextVar[float] = ContextVar("ends_at", default=math.inf)


@asynccontextmanager
async def deadline(seconds: float) -> AsyncIterator[asyncio.Timeout]:
    """Cancels its body after so many seconds, with everything the body awaits.

    A nested deadline never extends the outer one.

    Raises:
        TimeoutError: The deadline passed, as `expired()` of the yielded timeout says; or the body raised it.
    """
    before = _ENDS_AT.set(min(_ENDS_AT.get(), time.monotonic() + seconds))
    try:
        async with asyncio.timeout(seconds) as limit:
            yield limit
    finally:
        _ENDS_AT.reset(before)


def seconds_left() -> float:
    """Returns the seconds until the deadline of the current call; infinity outside of a call."""
    return _ENDS_AT.get() - time.monotonic()
