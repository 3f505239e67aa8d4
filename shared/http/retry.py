"""How to ask others in bad weather: again where that is safe, and not at all where it is vain."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from tenacity import AsyncRetrying, Future, RetryCallState, retry_if_exception_type, retry_if_result
from tenacity.wait import wait_random_exponential

from shared.errors import ToolError
from shared.http.circuit_breaker import Breaker, Failure
from shared.http.deadline import seconds_left
from shared.http.messages import Answer, retry_after

ATTEMPTS = 3
PASSING = frozenset({429, 502, 503, 504})
"""Statuses after which the same request may work."""
SLOW = 10.0
"""Seconds a host may take: who leaves it sooner says more about themselves than about the host."""

LOST = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout)
"""What a connection that was lost or never made is to httpx."""
_BACKOFF = wait_random_exponential(multiplier=0.5, max=8)


class PassingError(ToolError):
    """A failure of a request that was told of already, and may work when it is sent again."""


class Weather:
    """One policy for every host the process asks.

    A request that changes nothing is sent up to `ATTEMPTS` times when it is throttled, when the
    service is not available, or when the connection was lost. It waits as long as `Retry-After` says,
    otherwise a random time that grows; not at all where the wait would outlast the call.
    A host that only fails is left alone for a while: see `Breaker`.

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
        self._breakers: defaultdict[str, Breaker] = defaultdict(lambda: Breaker(clock=clock))

    async def repeat[T](self, attempt: Callable[[], Awaitable[T]]) -> T:
        """The answer of the last attempt, for a request that changes nothing.

        An attempt that makes more of its answer than an `Answer` raises `PassingError` for one that
        is worth another.

        Raises:
            Exception: What the last attempt raised.
        """
        # Most requests do well at once, and pay nothing for those that do not.
        first = Future(1)
        try:
            answer = await attempt()
        except (*LOST, PassingError) as error:
            first.set_exception(error)
        else:
            if not _is_passing(answer):
                return answer
            first.set_result(answer)
        return await self._repeat(attempt, first)

    async def _repeat[T](self, attempt: Callable[[], Awaitable[T]], first: Future) -> T:
        outcomes = [first]

        async def made_or_next() -> T:
            return outcomes.pop().result() if outcomes else await attempt()

        retrying = AsyncRetrying(
            sleep=self._sleep,
            retry=retry_if_exception_type((*LOST, PassingError)) | retry_if_result(_is_passing),
            wait=_pause,
            stop=self._is_vain,
            retry_error_callback=_as_it_was,
        )
        answer: T = await retrying(made_or_next)
        return answer

    async def ask(self, send: Callable[[], Awaitable[Answer]], *, host: str, service: str) -> Answer:
        """The answer of a host, unless it is left alone for now.

        Raises:
            ToolError: `unavailable`: it is.
            Exception: What sending raised.
        """
        breaker = self._breakers[host]
        if wait := breaker.wait():
            raise left_alone(service, wait)
        begun = self._clock()
        try:
            answer = await send()
        except (httpx.TransportError, asyncio.CancelledError) as error:
            if kind := self._kind(error, self._clock() - begun):
                breaker.failed(kind)
            raise
        if answer.status >= 500:
            breaker.failed("server")
        else:
            breaker.answered()
        return answer

    def _kind(self, error: BaseException, taken: float) -> Failure | None:
        if isinstance(error, asyncio.CancelledError):
            return "timeout" if taken >= SLOW else None
        return "timeout" if isinstance(error, httpx.TimeoutException) else "connection"

    def _is_vain(self, state: RetryCallState) -> bool:
        return state.attempt_number >= ATTEMPTS or state.upcoming_sleep >= self._time_left()


def left_alone(service: str, wait: float) -> ToolError:
    """The failure of a service that is not asked for now."""
    return ToolError(
        "unavailable",
        f"{service} has failed again and again, so it is left alone for a while.",
        "Try again in a moment.",
        retry_after=round(wait, 1),
        reason="left_alone",
    )


def _is_passing(answer: object) -> bool:
    return isinstance(answer, Answer) and answer.status in PASSING


def _pause(state: RetryCallState) -> float:
    """What the answer asks for, else a random time that grows (full jitter)."""
    asked = _asked(state.outcome) if state.outcome else None
    return _BACKOFF(state) if asked is None else asked


def _asked(outcome: Future) -> float | None:
    if not outcome.failed:
        return retry_after(outcome.result().headers)
    error = outcome.exception()
    return error.retry_after if isinstance(error, PassingError) else None


def _as_it_was(state: RetryCallState) -> Any:
    assert state.outcome is not None  # noqa: S101 - there was an attempt
    return state.outcome.result()
