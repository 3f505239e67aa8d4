"""Paces requests to Azure DevOps: each caller waits as long as the service last required."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from shared.bounded_cache import BoundedCache
from shared.errors import ToolError
from shared.http.deadline import seconds_left
from shared.http.messages import Response, retry_after

LONGEST_WAIT = 300.0
"""Seconds of the window over which the service measures; no longer wait is believed."""
_MOST_CALLERS = 10_000
_BYTES = 200


class RequestPacing:
    """Holds back the requests of callers whom the service is delaying.

    The service announces delays on successful responses already (Rate and usage limits, `Retry-After`):
    the next request is to wait, the present one is done. Limits are per user, so waits are too.

    Args:
        clock: Seconds that only go on.
        sleep: Waits so many seconds.
        time_left: Seconds until the call at hand must have ended.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        time_left: Callable[[], float] = seconds_left,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._time_left = time_left
        self._resume_at = BoundedCache[str, float](
            max_entries=_MOST_CALLERS, max_bytes=_MOST_CALLERS * _BYTES, clock=clock
        )

    def record(self, caller: str, response: Response) -> None:
        """Records for how long a successful response tells its caller to wait."""
        seconds = retry_after(response.headers) if response.status < 300 else None
        if not seconds:
            return
        resume_at = self._clock() + min(seconds, LONGEST_WAIT)
        if resume_at > (self._resume_at.get(caller) or 0):
            self._resume_at.put(caller, resume_at, ends_at=resume_at, size=_BYTES)

    async def wait(self, caller: str) -> None:
        """Waits until the caller may send the next request.

        Raises:
            ToolError: `throttled`: the wait would outlast the call. Nothing was sent.
        """
        resume_at = self._resume_at.get(caller)
        seconds = (resume_at or 0) - self._clock()
        if seconds <= 0:
            return
        if seconds >= self._time_left():
            raise ToolError(
                "throttled",
                "Azure DevOps is delaying your requests, so this one was not sent.",
                "Wait, then repeat the call.",
                retry_after=round(seconds, 1),
            )
        await self._sleep(seconds)
