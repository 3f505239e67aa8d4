"""Lets tests and the command line read a service's journal and inject faults.

Every service answers, beside its own routes, on each of its listeners:

    GET    /_control/journal     what happened so far, oldest first
    DELETE /_control/journal     forget it
    PUT    /_control/faults      replace the list of faults; [] ends them all
    GET    /_control/faults      the faults in force
    GET    /_control/observations?after=CURSOR&wait=SECONDS
                                 what happened after a cursor, as `{"observations": [...], "cursor": ...}`:
                                 the last things only, with the claims of tokens, for the trace page

A fault is a JSON object. It says which requests it meets: `path` (shell pattern, default `*`),
`method` (default any), `times` (how many requests, default all); and what happens to them:
`latency` (seconds before anything else), then, if `status` is given, that answer instead of
the real one, with `headers` and either `json` or `body` (sent `repeat` times). `carried_out`
has the real service do its work before that answer takes the place of its own, as when a gateway
fails on the way back; `reset` cuts the connection in the middle of the body, the real one or
that. Requests below `/_control/` meet no
faults; a service may have more of them, of its own.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.decoded_token import decoded_bearer
from local.observations import Observations
from local.trace_context import CURRENT, TraceContext

_JOURNAL_LIMIT = 100_000
_LONGEST_WAIT = 1.0
"""Seconds a reader may wait for observations: less than a service has to end."""
_PATHS = ("/_control/journal", "/_control/faults", "/_control/observations")


@dataclass
class Fault:
    """Describes one way a service misbehaves; see the module's text for the fields."""

    path: str = "*"
    method: str | None = None
    times: int | None = None
    latency: float = 0.0
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = None
    body: str = ""
    repeat: int = 1
    carried_out: bool = False
    reset: bool = False

    def meets(self, scope: Scope) -> bool:
        """Tells whether this request is one of those the fault is for."""
        return (
            self.times != 0
            and fnmatchcase(scope["path"], self.path)
            and self.method in (None, scope["method"])
        )

    def response(self) -> Response | None:
        """Returns the answer to give instead of the real one, if the fault has one."""
        if self.status is None:
            return None
        if self.json is not None:
            return JSONResponse(self.json, self.status, self.headers)
        return Response(self.body * self.repeat, self.status, self.headers)


class Control:
    """Holds the journal and the faults of one service, shared by its listeners."""

    def __init__(self) -> None:
        self.journal: list[dict[str, Any]] = []
        self.faults: list[Fault] = []
        self.observations = Observations()

    def record(self, event: str, **facts: Any) -> None:
        """Notes that something happened. Facts are JSON values and never hold a token."""
        if len(self.journal) < _JOURNAL_LIMIT:
            self.journal.append({"time": time.time(), "event": event, **facts})
        self.observe(event, **facts)

    def observe(self, event: str, **facts: Any) -> None:
        """Notes for the trace page alone what is too much for the journal, such as the claims of tokens."""
        self.observations.add(event, facts)

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """Returns the app with the control routes in front and the faults in force."""

        async def controlled(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
            elif scope["path"] in _PATHS:
                response = await self._answer(Request(scope, receive))
                await response(scope, receive, send)
            elif scope["path"].startswith("/_control/"):
                await app(scope, receive, send)
            else:
                await self._observed(app, scope, receive, send)

        return controlled

    async def _observed(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request; one that belongs to a trace is observed with its token and its status."""
        headers = Headers(scope=scope)
        if CURRENT.get() is None:
            CURRENT.set(TraceContext.sent(headers))
        if CURRENT.get() is None:
            await self._serve(app, scope, receive, send)
            return
        query = scope.get("query_string", b"").decode("latin-1")
        facts = {"method": scope["method"], "path": scope["path"], "query": query}
        self.observe("request_begun", **facts, token=decoded_bearer(headers.get("authorization")))
        status: int | None = None

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._serve(app, scope, receive, noting)
        finally:
            self.observe("request_ended", **facts, status=status)

    async def _serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        fault = next((fault for fault in self.faults if fault.meets(scope)), None)
        if fault is None:
            await app(scope, receive, send)
            return
        if fault.times is not None:
            fault.times -= 1
        if fault.latency:
            self.observe("delayed", seconds=fault.latency)
            await asyncio.sleep(fault.latency)
        response = fault.response()
        if response is None and not fault.reset:
            await app(scope, receive, send)
            return
        facts = {"method": scope["method"], "path": scope["path"], "status": fault.status}
        self.record("fault", **facts)
        self.observe("misbehaved", **facts, reset=fault.reset)
        if response is not None and fault.carried_out:
            await app(scope, receive, _unheard)
        await (response or app)(scope, receive, _cut_short(receive, send) if fault.reset else send)

    async def _answer(self, request: Request) -> Response:
        match request.method, request.url.path:
            case "GET", "/_control/journal":
                return JSONResponse(self.journal)
            case "DELETE", "/_control/journal":
                self.journal.clear()
                return Response(status_code=204)
            case "GET", "/_control/faults":
                return JSONResponse([vars(fault) for fault in self.faults])
            case "GET", "/_control/observations":
                return await self._observations(request)
            case "PUT", "/_control/faults":
                try:
                    self.faults = [Fault(**fault) for fault in await request.json()]
                except (TypeError, ValueError) as error:
                    return JSONResponse({"error": str(error)}, 400)
                return Response(status_code=204)
            case _:
                return JSONResponse({"error": "method not allowed"}, 405)

    async def _observations(self, request: Request) -> Response:
        try:
            wait = min(float(request.query_params.get("wait", "0")), _LONGEST_WAIT)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        observations, cursor = await self.observations.after(request.query_params.get("after", ""), wait)
        return JSONResponse({"observations": observations, "cursor": cursor})


async def _unheard(_: Message) -> None:
    """Discards the response."""


def _cut_short(receive: Receive, send: Send) -> Send:
    """Sends half of the first part of a body, then resets the connection.

    ASGI has no word for that. Under uvicorn, `receive` is a method of what holds the transport.
    """
    transport: asyncio.Transport = receive.__self__.transport  # type: ignore[attr-defined]

    async def send_half(message: Message) -> None:
        if transport.is_closing():
            return
        if message["type"] == "http.response.body":
            body = message.get("body", b"")
            await send({**message, "body": body[: len(body) // 2], "more_body": True})
            # To linger for no time is to reset (socket(7)).
            linger = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            transport.abort()
        else:
            await send(message)

    return send_half
