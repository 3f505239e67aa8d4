"""The older transport, HTTP with server-sent events, far enough to test what an app does with it.

`GET .../sse` opens a stream and hands out the address for messages; what is posted there is answered
in that stream. The calls carry the headers of the request that opened the stream, whoever posts: that
is how the extension does it. Pings and the queues that join several instances are left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.background import BackgroundTask
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from local.control import Control
from local.host import bodies, dotnet_json, json_rpc
from local.host.call_context import Origin
from local.host.json_rpc import ProtocolError
from local.host.observed_calls import Answering
from local.host.sessions import Sessions

STREAM_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache,no-store",
    "Content-Encoding": "identity",
    "Connection": "keep-alive",
}
STATE_PARAMETER = "azmcpcs"
_ENDPOINTS = ("sse", "message")


class _Stream:
    """An open stream: the headers of the request that opened it, and the events not yet sent."""

    def __init__(self, headers: Headers) -> None:
        self.origin = Origin(headers, transport="http-sse")
        self.events: asyncio.Queue[bytes] = asyncio.Queue()


class SseTransport:
    """Opens streams and takes the messages for them."""

    def __init__(self, server: Answering, sessions: Sessions, control: Control) -> None:
        self._server = server
        self._sessions = sessions
        self._control = control
        self._streams: dict[str, _Stream] = {}

    @staticmethod
    def takes(request: Request) -> bool:
        """Tells whether a request is for this transport: any path with such an end is."""
        return request.url.path.casefold().rstrip("/").endswith(_ENDPOINTS)

    async def respond(self, request: Request) -> Response:
        """Returns the stream, or takes a message for one."""
        if request.url.path.casefold().rstrip("/").endswith("message"):
            return await self._post(request)
        if request.method != "GET":
            self._control.record("refused", status=405, why=f"{request.method} is not GET")
            return Response(status_code=405)
        return self._open(request)

    def _open(self, request: Request) -> Response:
        state = self._sessions.new()
        client, _ = state.split("|")
        address = f"message?{STATE_PARAMETER}={state}"
        key = request.query_params.get("code") or request.headers.get("x-functions-key")
        if key is not None:
            address += f"&code={key}"
        stream = self._streams[client] = _Stream(request.headers)
        stream.events.put_nowait(_event("endpoint", address.encode()))
        return StreamingResponse(self._sent(client, stream), headers=STREAM_HEADERS)

    async def _sent(self, client: str, stream: _Stream) -> AsyncIterator[bytes]:
        try:
            while True:
                yield await stream.events.get()
        finally:
            del self._streams[client]

    async def _post(self, request: Request) -> Response:
        state = request.query_params.get(STATE_PARAMETER)
        if state is None:
            return self._refuse("Missing service context.")
        parts = Sessions.parts(state)
        if parts is None:
            return self._refuse("Invalid client state.")
        try:
            message = json_rpc.parse(await bodies.read(request), request.headers.get("content-type", ""))
        except json_rpc.NoMessageError:
            return self._bad_request("No message in request body.")
        except (json_rpc.MessageError, bodies.TooLargeError) as error:
            self._control.record("refused", status=500, why=str(error))
            return Response(status_code=500)
        client, instance = parts
        stream = self._streams.get(client)
        if stream is None and instance == self._sessions.instance_id:
            return self._refuse(f"No active session for client '{client}' and instance '{instance}'.")
        if stream is None or message is None:
            # Of another instance, where the extension leaves it in a queue; or nothing to answer.
            return Response("Accepted", 202)
        return Response("Accepted", 202, background=BackgroundTask(self._answer, stream, message))

    async def _answer(self, stream: _Stream, message: json_rpc.Request) -> None:
        try:
            result = await self._server.answer(message.method, message.params, stream.origin)
            answer = json_rpc.result(message.request_id, result)
        except ProtocolError as error:
            answer = json_rpc.error(error.code, error.message, message.request_id)
            self._control.record("refused", status=202, why=error.message)
        stream.events.put_nowait(_event("message", json_rpc.render(answer)))

    def _refuse(self, why: str) -> Response:
        return self._bad_request(f"{why} Please connect to the /sse endpoint to initiate your session.")

    def _bad_request(self, why: str) -> Response:
        self._control.record("refused", status=400, why=why)
        return Response(dotnet_json.render(why), 400, media_type="application/json; charset=utf-8")


def _event(kind: str, data: bytes) -> bytes:
    return f"event: {kind}\ndata: ".encode() + data + b"\n\n"
