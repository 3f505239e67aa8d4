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
from shared.http.circuit_breaker import CircuitBreaker, Failure
from shared.http.deadline import seconds_left
from shared.http.messages import Response, retry_after

ATTEMPTS = 3
RETRYABLE_STATUSES = frozenset({429, 502, 503, 504})
"""Statuses after which the same request may work."""
SLOW_SECONDS = 10.0
"""Seconds a host may take: who leaves it sooner says more about themselves than about the host."""

CONNECTION_ERRORS = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout)
"""What a connection that was lost or never made is to httpx."""
_BACKOFF = wait_random_exponential(multiplier=0.5, max=8)


class RetryableError(ToolError):
    """A failure of a request that was told of already, and may work when it is sent again."""


_RETRYABLE_ERRORS = (*CONNECTION_ERRORS, RetryableError)


class RetryPolicy:
    """One policy for every host the process asks.

    A request that changes nothing is sent up to `ATTEMPTS` times when it is throttled, when the
    service is not available, or when the connection was lost. It waits as long as `Retry-After` says,
    otherwise a random time that grows; not at all where the wait would outlast the call.
    A host that only fails is left alone for a while: see `CircuitBreaker`.

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
        self._breakers: defaultdict[str, CircuitBreaker] = defaultdict(lambda: CircuitBreaker(clock=clock))

    async def run[T](self, attempt: Callable[[], Awaitable[T]]) -> T:
        """The answer of the last attempt, for a request that changes nothing.

        An attempt that makes more of its answer than an `Response` raises `RetryableError` for one that
        is worth another.

        Raises:
            Exception: What the last attempt raised.
        """
        # Most requests do well at once, and pay nothing for those that do not.
        first = Future(1)
        try:
            answer = await attempt()
        except _RETRYABLE_ERRORS as error:
            first.set_exception(error)
        else:
            if not _is_retryable(answer):
                return answer
            first.set_result(answer)
        return await self._run_again(attempt, first)

    async def _run_again[T](self, attempt: Callable[[], Awaitable[T]], first: Future) -> T:
        outcomes = [first]

        async def made_or_next() -> T:
            return outcomes.pop().result() if outcomes else await attempt()

        retrying = AsyncRetrying(
            sleep=self._sleep,
            retry=retry_if_exception_type(_RETRYABLE_ERRORS) | retry_if_result(_is_retryable),
            wait=_delay,
            stop=self._should_stop,
            retry_error_callback=_last_outcome,
        )
        answer: T = await retrying(made_or_next)
        return answer

    async def send(self, send: Callable[[], Awaitable[Response]], *, host: str, service: str) -> Response:
        """The answer of a host, unless it is left alone for now.

        Raises:
            ToolError: `unavailable`: it is.
            Exception: What sending raised.
        """
        breaker = self._breakers[host]
        if wait := breaker.seconds_until_retry():
            raise circuit_open(service, wait)
        begun = self._clock()
        try:
            answer = await send()
        except (httpx.TransportError, asyncio.CancelledError) as error:
            if kind := self._failure_kind(error, self._clock() - begun):
                breaker.record_failure(kind)
            raise
        if answer.status >= 500:
            breaker.record_failure("server")
        else:
            breaker.record_success()
        return answer

    def _failure_kind(self, error: BaseException, taken: float) -> Failure | None:
        if isinstance(error, asyncio.CancelledError):
            return "timeout" if taken >= SLOW_SECONDS else None
        return "timeout" if isinstance(error, httpx.TimeoutException) else "connection"

    def _should_stop(self, state: RetryCallState) -> bool:
        return state.attempt_number >= ATTEMPTS or state.upcoming_sleep >= self._time_left()


def circuit_open(service: str, wait: float) -> ToolError:
    """The failure of a service that is not asked for now."""
    return ToolError(
        "unavailable",
        f"{service} has failed again and again, so it is left alone for a while.",
        "Try again in a moment.",
        retry_after=round(wait, 1),
        reason="circuit_open",
    )


def _is_retryable(answer: object) -> bool:
    return isinstance(answer, Response) and answer.status in RETRYABLE_STATUSES


def _delay(state: RetryCallState) -> float:
    """What the answer asks for, else a random time that grows (full jitter)."""
    asked = _requested_delay(state.outcome) if state.outcome else None
    return _BACKOFF(state) if asked is None else asked


def _requested_delay(outcome: Future) -> float | None:
    if not outcome.failed:
        return retry_after(outcome.result().headers)
    error = outcome.exception()
    return error.retry_after if isinstance(error, RetryableError) else None


def _last_outcome(state: RetryCallState) -> Any:
    assert state.outcome is not None  # noqa: S101 - there was an attempt
    return state.outcome.result()
