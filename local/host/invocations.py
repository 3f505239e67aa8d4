"""Runs functions for requests: time limit, journal, and what becomes of a call nobody waits for."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any

from azure_functions_runtime.bindings.datumdef import Datum
from starlette.datastructures import Headers

from local.control import Control
from local.host.errors import InvocationError
from local.host.worker import Function
from local.trace_context import CURRENT, TraceContext


class Invocations:
    """Every call of a function goes through here; `limit` is the function timeout in seconds.

    A call goes on when its client goes away, as it does in Azure, where a disconnect does not
    cancel a Python function. Only the time limit ends it.
    """

    def __init__(self, control: Control, limit: float | None) -> None:
        self._control = control
        self._limit = limit
        # The event loop itself holds tasks only weakly.
        self._running: set[asyncio.Task[Any]] = set()

    async def run[T](
        self, function: Function, argument: Datum, headers: Headers, decode: Callable[[Datum | None], T]
    ) -> T:
        """What `decode` makes of the value the function returns.

        Raises:
            InvocationError: The function failed or took too long, or its value cannot be decoded.
        """
        call = asyncio.create_task(self._run(function, argument, headers, decode))
        self._running.add(call)
        call.add_done_callback(self._running.discard)
        return await asyncio.shield(call)

    async def _run[T](
        self, function: Function, argument: Datum, headers: Headers, decode: Callable[[Datum | None], T]
    ) -> T:
        started = time.monotonic()
        failure: InvocationError | None = None
        try:
            async with asyncio.timeout(self._limit):
                trace = CURRENT.get() or TraceContext.of(headers)
                return decode(await function.invoke(str(uuid.uuid4()), argument, trace))
        except TimeoutError as error:
            failure = InvocationError(f"{function.name} ran for more than {self._limit} s")
            raise failure from error
        except asyncio.CancelledError as error:
            failure = InvocationError(f"{function.name} was cancelled")
            if _host_stops():
                raise
            raise failure from error
        except InvocationError as error:
            failure = error
            raise
        finally:
            self._control.record(
                "invoked",
                function=function.name,
                ok=failure is None,
                duration_ms=round((time.monotonic() - started) * 1000, 1),
                why=None if failure is None else str(failure),
            )


def _host_stops() -> bool:
    """Whether it is the host that cancels the call, rather than the function itself."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
