"""JSON-RPC messages as the extension's SDK reads and writes them. Nothing here does I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.host import dotnet_json
from local.host.dotnet_json import JsonError, Number

METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
REFUSED = -32000


class MessageError(Exception):
    """The body is not a message the SDK can read; the real host fails with status 500."""


class NoMessageError(Exception):
    """The body is JSON's null."""


class ProtocolError(Exception):
    """A request the server answers with a JSON-RPC error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @classmethod
    def internal(cls) -> ProtocolError:
        """Makes the error of all that the SDK did not foresee; it never says why."""
        return cls(INTERNAL_ERROR, "An error occurred.")


@dataclass(frozen=True)
class Request:
    """A request to answer. `params` may still hold what the SDK cannot read: it reads them last."""

    request_id: str | int
    method: str
    params: Any


def parse(body: bytes, content_type: str) -> Request | None:
    """Parses the request in a body, None for a notification or a response.

    Raises:
        NoMessageError: The body is null.
        MessageError: It is something else: not JSON, a batch, without `jsonrpc`, ...
    """
    if not is_json(content_type):
        raise MessageError("the Content-Type is not JSON")
    try:
        message = dotnet_json.parse(_decoded(body, content_type), lone_surrogates=True)
    except JsonError as error:
        raise MessageError(f"the body is {error}") from error
    if message is None:
        raise NoMessageError
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise MessageError("the body is not a JSON-RPC 2.0 message")
    request_id, method = _request_id(message), message.get("method")
    if any(map(dotnet_json.has_lone_surrogate, (*message, request_id, method))):
        raise MessageError("the id, the method or the name of a member holds a lone surrogate")
    if isinstance(method, str):
        return Request(request_id, method, message.get("params")) if request_id is not None else None
    if "method" not in message and request_id is not None and ("result" in message or "error" in message):
        return None
    raise MessageError("the message is neither request, notification nor response")


def result(request_id: str | int, value: dict[str, Any]) -> dict[str, Any]:
    """Returns the response to a request that succeeded."""
    return {"result": value, "id": request_id, "jsonrpc": "2.0"}


def error(code: int, message: str, request_id: str | int = "") -> dict[str, Any]:
    """Returns the response to a request that failed; the id is empty when it was never read."""
    return {"error": {"code": code, "message": message}, "id": request_id, "jsonrpc": "2.0"}


def render(message: dict[str, Any]) -> bytes:
    """Renders the message as compact JSON."""
    return dotnet_json.render(message).encode()


def is_json(content_type: str) -> bool:
    """Tells whether a Content-Type is one of those ASP.NET Core reads as JSON."""
    media_type = content_type.partition(";")[0].strip().casefold()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )


def _request_id(message: dict[str, Any]) -> str | int | None:
    if "id" not in message:
        return None
    request_id = message["id"]
    if isinstance(request_id, Number):
        request_id = request_id.as_int64()
    if request_id is None or not isinstance(request_id, str | int) or isinstance(request_id, bool):
        raise MessageError("the id is neither a string nor an integer of 64 bits")
    return request_id


def _decoded(body: bytes, content_type: str) -> str:
    """Decodes the body by the declared charset, which is UTF-8 where none is declared."""
    charset = "utf-8"
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().casefold() == "charset":
            charset = value.strip().strip('"')
    try:
        return body.decode("utf-8-sig" if charset.casefold() in ("utf-8", "utf8") else charset)
    except (LookupError, UnicodeDecodeError) as error:
        raise MessageError(f"the body is not text in {charset}") from error
