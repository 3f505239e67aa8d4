"""Begins a span of the host for each request, as ASP.NET Core does: calls of one trace differ by it."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from local.trace_context import CURRENT, TraceContext


class ServerSpan:
    """Passes requests on within a new span of the trace that the client sent, or of a new one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begins the span, and passes the request on."""
        if scope["type"] == "http":
            CURRENT.set(TraceContext.of(Headers(scope=scope)).with_new_span())
        await self._app(scope, receive, send)
