"""Serves the trace page: its files, the stream of events, and what can be done on it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from local.layout import Layout
from local.observations import Observation
from local.organisation import organisation
from local.trace.calls import LIMIT, Calls
from local.trace.collector import Collector
from local.trace.faults import Faults, acts_on_exchange
from local.trace.feed import Feed
from local.trace.places import places
from local.trace.sessions import CallError, Sessions
from local.trace.shown_call import shown_call

_FILES = Path(__file__).resolve().parent / "page"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_LONGEST_BODY = 1024 * 1024
_LOOK = 2.0
"""Seconds between two looks at the faults in force, while a page is open."""
_LOGGER = logging.getLogger(__name__)


class TracePage:
    """Holds the calls of one running tenant, and answers the page's requests."""

    def __init__(self, layout: Layout, http: httpx.AsyncClient) -> None:
        self._layout = layout
        self._calls = Calls()
        self._places = places(layout)
        self._faults = Faults(layout, http)
        self._fault_state: dict[str, Any] | None = None
        self._sessions = Sessions(layout)
        self._feed = Feed(self._render)
        self._collector = Collector(layout, http, self.take)

    def routes(self) -> list[Route]:
        """Returns the routes, the page's files among them."""
        files = {f"/{path.name}": path for path in _FILES.iterdir() if path.suffix in _TYPES}
        files["/"] = files.pop("/page.html")
        return [
            *(Route(address, _file(path)) for address, path in files.items()),
            Route("/events", self._events),
            Route("/api/tenant", self._tenant),
            Route("/api/tools", self._tools),
            Route("/api/calls", self._call, methods=["POST"]),
            Route("/api/sign-in", self._sign_in, methods=["POST"]),
            Route("/api/faults", self._switch, methods=["POST"]),
            Route("/api/faults/off", self._end_faults, methods=["POST"]),
            Route("/api/forget", self._forget, methods=["POST"]),
        ]

    def take(self, service: str, observation: Observation) -> None:
        """Takes what a service observed, and tells the open pages."""
        changed = self._calls.take(service, observation)
        self._feed.changed(*(f"call {call.number}" for call in changed))

    async def collect(self) -> None:
        """Collects what the services observe, until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._collector.run())
            group.create_task(self._watch_faults())

    async def _watch_faults(self) -> None:
        while True:
            if self._feed.is_watched:
                await self._look_at_faults()
            await asyncio.sleep(_LOOK)

    async def _look_at_faults(self) -> None:
        try:
            state = await self._faults.state()
        except httpx.HTTPError as error:
            _LOGGER.debug("the faults in force are not known: %s", type(error).__name__)
            return
        if state != self._fault_state:
            self._fault_state = state
            self._feed.changed("faults")

    def _render(self, topic: str) -> Any:
        kind, _, number = topic.partition(" ")
        if kind == "faults":
            return self._fault_state
        if kind == "forgotten":
            return {}
        call = next((each for each in self._calls.shown() if each.number == int(number)), None)
        return None if call is None else shown_call(call, self._calls.identity, self._places)

    async def _events(self, _: Request) -> Response:
        known = [f"call {call.number}" for call in self._calls.shown()]
        # Whoever connects anew has shown what may be forgotten by now.
        messages = self._feed.messages(["forgotten", "faults", *known])
        return StreamingResponse(messages, media_type="text/event-stream")

    async def _tenant(self, _: Request) -> Response:
        users = [
            {"alias": user.alias, "name": user.display_name, "title": user.job_title, "note": user.note}
            for user in organisation().users
        ]
        name = organisation().document["name"]
        return JSONResponse({"name": name, "mcp_url": self._layout.mcp_url, "users": users, "limit": LIMIT})

    async def _tools(self, request: Request) -> Response:
        try:
            return JSONResponse(await self._sessions.tools(request.query_params.get("user", "")))
        except KeyError as error:
            return _refused(400, error)
        except CallError as error:
            return _refused(502, error)

    async def _call(self, request: Request) -> Response:
        try:
            wanted = await _body(request, user=str, tool=str, arguments=dict)
            called = self._sessions.call(wanted["user"], wanted["tool"], wanted["arguments"])
            return JSONResponse(await called)
        except (KeyError, ValueError) as error:
            return _refused(400, error)
        except CallError as error:
            return _refused(502, error)

    async def _sign_in(self, request: Request) -> Response:
        try:
            await self._sessions.sign_in((await _body(request, user=str))["user"])
        except (KeyError, ValueError) as error:
            return _refused(400, error)
        except CallError as error:
            return _refused(502, error)
        return Response(status_code=204)

    async def _switch(self, request: Request) -> Response:
        try:
            wanted = await _body(request, key=str, on=bool, user=str)
            await self._faults.switch(wanted["key"], on=False)
            if wanted["on"] and acts_on_exchange(wanted["key"]):
                # A cached Token B would hide for an hour what happens at the exchange.
                await self._sessions.sign_in(wanted["user"])
            if wanted["on"]:
                await self._faults.switch(wanted["key"], on=True)
        except (KeyError, ValueError) as error:
            return _refused(400, error)
        except (CallError, httpx.HTTPError) as error:
            return _refused(502, error)
        await self._look_at_faults()
        return JSONResponse(self._fault_state)

    async def _end_faults(self, _: Request) -> Response:
        try:
            await self._faults.end_all()
        except httpx.HTTPError as error:
            return _refused(502, error)
        await self._look_at_faults()
        return JSONResponse(self._fault_state)

    async def _forget(self, _: Request) -> Response:
        self._calls.forget()
        self._feed.changed("forgotten")
        return Response(status_code=204)


def application(layout: Layout) -> Starlette:
    """Returns the app of the page, which collects while it is served."""
    tls = ssl.create_default_context(cafile=str(layout.ca_file))
    http = httpx.AsyncClient(verify=tls, trust_env=False, timeout=10)
    page = TracePage(layout, http)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with http:
            collecting = asyncio.create_task(page.collect())
            yield
            collecting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await collecting

    return Starlette(routes=page.routes(), lifespan=lifespan)


def _file(path: Path) -> Any:
    async def serve(_: Request) -> Response:
        return FileResponse(path, media_type=_TYPES[path.suffix])

    return serve


async def _body(request: Request, **kinds: type) -> dict[str, Any]:
    """Returns the JSON object of a body with these fields. Raises ValueError for anything else."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise ValueError("the body is not JSON")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_BODY:
            raise ValueError("the body is too large")
    document = _parsed(body)
    if set(document) != set(kinds) or any(type(document[name]) is not kind for name, kind in kinds.items()):
        raise ValueError(f"the body needs {', '.join(kinds)}")
    return document


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except RecursionError as error:
        raise ValueError("the body is nested too deeply") from error
    return document if isinstance(document, dict) else {}


def _refused(status: int, error: Exception) -> Response:
    text = str(error.args[0]) if isinstance(error, KeyError) else str(error)
    return JSONResponse({"error": text or type(error).__name__}, status)
