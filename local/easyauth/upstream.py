"""Forwards requests to the app behind the front over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from local.easyauth.hop_by_hop import end_to_end
from local.easyauth.journal import Journal

_CONNECT_TIMEOUT = 5.0
# An event stream may be silent for as long as it likes; only its client ends it.
_TIMEOUT = httpx.Timeout(None, connect=_CONNECT_TIMEOUT).as_dict()


class _ClientGoneError(Exception):
    """Reports that the client closed its connection."""


class Upstream:
    """Implements an ASGI app as a reverse proxy that streams both ways.

    The request keeps the `Host` the client typed, as in Azure. What the client leaves, the other
    server need not finish: its connection is closed. A server that is down is status 502.

    Args:
        url: Scheme, host and port of the other server.
        transport: What the requests go through. Whoever opened it closes it.
        journal: Takes note of requests that did not end well.
    """

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport, journal: Journal) -> None:
        self._url = url
        self._transport = transport
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forwards one request and its response; other kinds of connection are closed at once."""
        if scope["type"] != "http":
            return
        # A request without a body is one empty message.
        first = await receive()
        if first["type"] == "http.disconnect":
            return
        is_read = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as tasks:
                watch = tasks.create_task(_watch(receive, is_read))
                await self._exchange(
                    scope, self._request(scope, _body(first, receive, is_read)), is_read, send
                )
                watch.cancel()
        except* _ClientGoneError:
            self._record(scope, "the client went away")

    async def _exchange(
        self, scope: Scope, request: httpx.Request, is_read: asyncio.Event, send: Send
    ) -> None:
        try:
            response = await self._transport.handle_async_request(request)
        except httpx.TransportError as error:
            self._record(scope, type(error).__name__)
            await PlainTextResponse(self._failure(error), 502)(scope, _nothing, send)
            return
        is_read.set()
        try:
            headers = end_to_end(response.headers.raw)
            await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
            async for part in response.aiter_raw():
                await send({"type": "http.response.body", "body": part, "more_body": True})
        except httpx.TransportError as error:
            # Not completed, the answer is seen to be cut short: the server closes the connection.
            self._record(scope, f"{type(error).__name__} in the middle of the answer")
            return
        finally:
            await response.aclose()
        await send({"type": "http.response.body", "body": b""})

    def _request(self, scope: Scope, body: AsyncIterator[bytes] | None) -> httpx.Request:
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        query: bytes = scope["query_string"]
        target = path + b"?" + query if query else path
        return httpx.Request(
            scope["method"],
            self._url,
            headers=scope["headers"],
            content=body,
            # The address as the client sent it, not as a URL library would write it.
            extensions={"timeout": _TIMEOUT, "target": target},
        )

    def _failure(self, error: httpx.TransportError) -> str:
        if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
            return (
                f"Nothing answers at {self._url}. Start the function app there with `func start`, "
                "or say with --upstream where it is; then try again.\n"
            )
        return f"The server at {self._url} ended the connection before it answered. See what it wrote.\n"

    def _record(self, scope: Scope, reason: str) -> None:
        self._journal.record("upstream", path=scope["path"], reason=reason)


def _body(first: Message, receive: Receive, is_read: asyncio.Event) -> AsyncIterator[bytes] | None:
    """Yields the request's body in pieces, or is None without a body; `is_read` is set at its end."""
    if not first.get("more_body") and not first.get("body"):
        is_read.set()
        return None

    async def pieces() -> AsyncIterator[bytes]:
        message = first
        while True:
            yield message.get("body", b"")
            if not message.get("more_body"):
                break
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _ClientGoneError
        is_read.set()

    return pieces()


async def _watch(receive: Receive, is_read: asyncio.Event) -> None:
    """Waits until the client disconnects; while a body is being read, its reader would notice.

    Raises:
        _ClientGoneError: It went.
    """
    await is_read.wait()
    while (await receive())["type"] != "http.disconnect":
        pass
    raise _ClientGoneError


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
