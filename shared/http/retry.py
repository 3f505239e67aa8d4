"""Retries requests where that is safe, and sends none while a circuit is open."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import httpx

from shared.errors import ToolError
from shared.http.circuit_breaker import CircuitBreaker, Failure
from shared.http.current_caller import current_caller
from shared.http.deadline import seconds_left
from shared.http.messages import Response, is_server_error, retry_after

if TYPE_CHECKING:
    from tenacity import Future, RetryCallState

ATTEMPTS = 3
RETRYABLE_STATUSES = frozenset({429, 502, 503, 504})
"""Statuses after which the same request may succeed."""
SLOW_SECONDS = 10.0
"""Seconds a host may take to respond: a request cancelled earlier is no failure of the host."""

CONNECTION_ERRORS = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout)
"""httpx's errors of a connection that was lost or never made."""
_MULTIPLIER, _MOST_SECONDS = 0.5, 8


class RetryableError(ToolError):
    """Reports the failure of a request, in the user's words, that may succeed when it is sent again."""


_RETRYABLE_ERRORS = (*CONNECTION_ERRORS, RetryableError)


class RetryPolicy:
    """Applies one policy to every host the process sends requests to.

    A request that changes nothing is sent up to `ATTEMPTS` times when it is throttled, when the
    service is unavailable, or when the connection was lost. The delay is what `Retry-After` says,
    otherwise exponential with jitter; there is no retry whose delay would outlast the call.
    A host that keeps failing gets no requests for a while: see `CircuitBreaker`.

    Args:
        clock: Returns monotonic seconds.
        sleep: Waits so many seconds.
        time_left: Returns the seconds until the deadline of the current call.
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
        """Returns what the last attempt returned, for a request that changes nothing.

        An attempt that returns anything but a `Response` raises `RetryableError` where another attempt
        may succeed.

        Raises:
            Exception: What the last attempt raised.
        """
        # Most requests succeed at once, without the cost of tenacity.
        failed: Exception | None = None
        outcome: T | None = None
        try:
            outcome = await attempt()
        except _RETRYABLE_ERRORS as error:
            failed = error
        else:
            if not _is_retryable(outcome):
                return outcome
        return await self._retry(attempt, outcome, failed)

    async def _retry[T](
        self, attempt: Callable[[], Awaitable[T]], outcome: T | None, failed: Exception | None
    ) -> T:
        """Repeats an attempt of which the first ended with this outcome, or failed."""
        from tenacity import (  # noqa: PLC0415 - seldom needed
            AsyncRetrying,
            Future,
            retry_if_exception_type,
            retry_if_result,
        )

        first = Future(1)
        if failed is None:
            first.set_result(outcome)
        else:
            first.set_exception(failed)
        outcomes = [first]

        async def first_or_next() -> T:
            return outcomes.pop().result() if outcomes else await attempt()

        retrying = AsyncRetrying(
            sleep=self._sleep,
            retry=retry_if_exception_type(_RETRYABLE_ERRORS) | retry_if_result(_is_retryable),
            wait=_delay,
            stop=self._should_stop,
            retry_error_callback=_last_outcome,
        )
        last: T = await retrying(first_or_next)
        return last

    async def send(
        self,
        send: Callable[[], Awaitable[Response]],
        *,
        host: str,
        service: str,
        is_failure: Callable[[Response], bool] = is_server_error,
    ) -> Response:
        """Sends a request to a host, unless its circuit is open, and returns the response.

        Args:
            send: Sends it.
            host: The host.
            service: The service's name, for the message while the circuit is open.
            is_failure: Tells whether a response counts as a failure of the host.

        Raises:
            ToolError: `unavailable`: the circuit is open.
            Exception: What sending raised.
        """
        breaker = self._breakers[host]
        if wait := breaker.seconds_until_retry():
            raise circuit_open(service, wait)
        started = self._clock()
        try:
            response = await send()
        except (httpx.TransportError, asyncio.CancelledError) as error:
            if kind := self._failure_kind(error, self._clock() - started):
                breaker.record_failure(kind, current_caller())
            raise
        if is_failure(response):
            breaker.record_failure("server", current_caller())
        else:
            breaker.record_success()
        return response

    def _failure_kind(self, error: BaseException, taken: float) -> Failure | None:
        if isinstance(error, asyncio.CancelledError):
            return "timeout" if taken >= SLOW_SECONDS else None
        return failure_kind(error)

    def _should_stop(self, state: RetryCallState) -> bool:
        return state.attempt_number >= ATTEMPTS or state.upcoming_sleep >= self._time_left()


def failure_kind(error: BaseException) -> Failure:
    """Returns what a failed request without a response counts as."""
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
        return "connection"
    return "timeout" if isinstance(error, httpx.TimeoutException) else "disconnect"


def circuit_open(service: str, wait: float) -> ToolError:
    """Returns the failure of a request that is not sent because the circuit is open."""
    return ToolError(
        "unavailable",
        f"{service} has failed repeatedly, so no requests are sent to it for a while.",
        "Try again in a moment.",
        retry_after=round(wait, 1),
        reason="circuit_open",
    )


def _is_retryable(outcome: object) -> bool:
    return isinstance(outcome, Response) and outcome.status in RETRYABLE_STATUSES


def _delay(state: RetryCallState) -> float:
    """Returns the delay that the response requests, else an exponential one with full jitter."""
    from tenacity.wait import wait_random_exponential  # noqa: PLC0415 - seldom needed

    requested = _requested_delay(state.outcome) if state.outcome else None
    if requested is not None:
        return requested
    return wait_random_exponential(multiplier=_MULTIPLIER, max=_MOST_SECONDS)(state)


def _requested_delay(outcome: Future) -> float | None:
    if not outcome.failed:
        return retry_after(outcome.result().headers)
    error = outcome.exception()
    return error.retry_after if isinstance(error, RetryableError) else None


def _last_outcome(state: RetryCallState) -> Any:
    assert state.outcome is not None  # noqa: S101 - there was an attempt
    return state.outcome.result()
