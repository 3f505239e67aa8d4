"""The HTTP surface of the Functions MCP extension: streamable HTTP on its webhook address."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from local.control import Control
from local.host import bodies, json_rpc
from local.host.call_context import Origin
from local.host.extension_version import CURRENT, ExtensionVersion
from local.host.json_rpc import ProtocolError
from local.host.keys import Keys, refusal_status
from local.host.observed_calls import Answering
from local.host.sessions import Sessions
from local.host.sse_transport import STREAM_HEADERS, SseTransport

PATH = "/runtime/webhooks/mcp"
SESSION_HEADER = "mcp-session-id"


class McpExtension:
    """Takes one message per POST and answers in the response's own event stream."""

    def __init__(
        self,
        server: Answering,
        level: str,
        keys: Keys,
        control: Control,
        version: ExtensionVersion = CURRENT,
    ) -> None:
        self._level = level
        self._server = server
        self._keys = keys
        self._control = control
        self._version = version
        self._sessions = Sessions()
        self._older = SseTransport(server, self._sessions, control)

    async def respond(self, request: Request) -> Response:
        """Returns the response to any request at the webhook's address."""
        if not self._keys.opened_by(request, self._level):
            return self._refuse(refusal_status(request), "no mcp_extension system key")
        if self._older.takes(request):
            return await self._older.respond(request)
        if request.method != "POST":
            return self._refuse(405, f"{request.method} is not POST")
        if not accepts_both(request.headers.getlist("accept")):
            text = "Not Acceptable: Client must accept both application/json and text/event-stream"
            return self._refuse(406, text, json_rpc.error(json_rpc.REFUSED, text))
        session = request.headers.get(SESSION_HEADER)
        if session and Sessions.parts(session) is None:
            text = "Invalid client state."
            return self._refuse(400, text, json_rpc.error(json_rpc.REFUSED, text))
        return await self._post(request, session)

    async def _post(self, request: Request, session: str | None) -> Response:
        try:
            message = json_rpc.parse(await bodies.read(request), request.headers.get("content-type", ""))
        except bodies.TooLargeError:
            return self._refuse(500, "the body is too large")
        except json_rpc.NoMessageError:
            text = "Bad Request: The POST body did not contain a valid JSON-RPC message."
            return self._refuse(400, text, json_rpc.error(json_rpc.REFUSED, text))
        except json_rpc.MessageError as error:
            return self._refuse(500, str(error))
        if message is None:
            # The headers of a stream were set before it turned out that there is none.
            return Response(status_code=202, headers=_without_type(STREAM_HEADERS))
        begins = message.method == "initialize" and not session
        if self._version.session_for_each_call and not session:
            session = self._sessions.new()
        origin = Origin(request.headers, session_id=session)
        try:
            result = await self._server.answer(message.method, message.params, origin)
            answer = json_rpc.result(message.request_id, result)
        except ProtocolError as error:
            if begins:
                return self._refuse(500, "the client's initialize is incomplete", headers=STREAM_HEADERS)
            answer = json_rpc.error(error.code, error.message, message.request_id)
            self._control.record("refused", status=200, why=error.message)
        data = b"event: message\ndata: " + json_rpc.render(answer) + b"\n\n"
        started = {"Mcp-Session-Id": session or self._sessions.new()} if begins else {}
        return Response(data, headers={**STREAM_HEADERS, **started})

    def _refuse(
        self,
        status: int,
        why: str,
        body: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        self._control.record("refused", status=status, why=why)
        if body is None:
            return Response(status_code=status, headers=headers)
        return Response(json_rpc.render(body), status, media_type="application/json; charset=utf-8")


def accepts_both(values: list[str]) -> bool:
    """Tells whether an Accept header takes both JSON and an event stream; wildcards and weights count."""
    ranges = {entry.partition(";")[0].strip().casefold() for value in values for entry in value.split(",")}
    return bool(ranges & {"application/json", "application/*", "*/*"}) and bool(
        ranges & {"text/event-stream", "text/*", "*/*"}
    )


def _without_type(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "Content-Type"}
