"""The HTTP surface of the Functions MCP extension: streamable HTTP on its webhook address.

The older transport (`.../sse` and `.../message`) needs the extension's storage queues and is
not part of the local host.
"""

from __future__ import annotations

import uuid

from starlette.requests import Request
from starlette.responses import Response

from local.control import Control
from local.host import bodies, json_rpc
from local.host.keys import Keys, refusal_status
from local.host.mcp_server import McpServer

PATH = "/runtime/webhooks/mcp"
SESSION_HEADER = "mcp-session-id"

_STREAM_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache,no-store",
    "Content-Encoding": "identity",
    "Connection": "keep-alive",
}


class McpExtension:
    """Takes one message per POST and answers in the response's own event stream."""

    def __init__(self, server: McpServer, level: str, keys: Keys, control: Control) -> None:
        self._level = level
        self._server = server
        self._keys = keys
        self._control = control
        self._instance_id = uuid.uuid4().hex

    async def respond(self, request: Request) -> Response:
        """The response to any request at the webhook's address."""
        if not self._keys.opened_by(request, self._level):
            return self._refuse(refusal_status(request), "no mcp_extension system key")
        if request.url.path.casefold().endswith(("sse", "message")):
            return self._refuse(404, "the SSE transport is not part of the local host")
        if request.method != "POST":
            return self._refuse(405, f"{request.method} is not POST")
        if not accepts_both(request.headers.getlist("accept")):
            text = "Not Acceptable: Client must accept both application/json and text/event-stream"
            return self._refuse(406, text, json_rpc.error(json_rpc.REFUSED, text))
        session = request.headers.get(SESSION_HEADER, "")
        if session and not _is_client_state(session):
            text = "Invalid client state."
            return self._refuse(400, text, json_rpc.error(json_rpc.REFUSED, text))
        return await self._post(request, session)

    async def _post(self, request: Request, session: str) -> Response:
        try:
            body = await bodies.read(request)
        except bodies.TooLargeError:
            return self._refuse(413, "the body is too large")
        if not _is_json(request.headers.get("content-type", "")):
            return self._refuse(500, "the Content-Type is not JSON")
        if body.strip() == b"null":
            text = "Bad Request: The POST body did not contain a valid JSON-RPC message."
            return self._refuse(400, text, json_rpc.error(json_rpc.REFUSED, text))
        try:
            message = json_rpc.parse(body)
        except json_rpc.MessageError as error:
            return self._refuse(500, str(error))
        if message is None:
            return Response(status_code=202)
        try:
            result = await self._server.answer(message.method, message.params, request.headers)
            answer = json_rpc.result(message.request_id, result)
        except json_rpc.ProtocolError as error:
            answer = json_rpc.error(error.code, error.message, message.request_id)
            self._control.record("refused", status=200, why=error.message)
        response = _event(answer)
        if message.method == "initialize" and "result" in answer and not session:
            response.headers["Mcp-Session-Id"] = f"{uuid.uuid4().hex}|{self._instance_id}"
        return response

    def _refuse(self, status: int, why: str, body: dict[str, object] | None = None) -> Response:
        self._control.record("refused", status=status, why=why)
        if body is None:
            return Response(status_code=status)
        return Response(json_rpc.render(body), status, media_type="application/json; charset=utf-8")


def accepts_both(values: list[str]) -> bool:
    """Whether an Accept header takes both JSON and an event stream; wildcards and weights count."""
    ranges = {entry.partition(";")[0].strip().casefold() for value in values for entry in value.split(",")}
    return bool(ranges & {"application/json", "application/*", "*/*"}) and bool(
        ranges & {"text/event-stream", "text/*", "*/*"}
    )


def _event(message: dict[str, object]) -> Response:
    return Response(b"event: message\ndata: " + json_rpc.render(message) + b"\n\n", headers=_STREAM_HEADERS)


def _is_client_state(session: str) -> bool:
    return len([part for part in session.split("|") if part]) == 2


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().casefold()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
