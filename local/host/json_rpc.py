"""JSON-RPC messages as the extension's SDK reads and writes them. Nothing here does I/O."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
REFUSED = -32000


class MessageError(Exception):
    """The body is not a message the SDK can read; the real host fails with status 500."""


class ProtocolError(Exception):
    """A request the server answers with a JSON-RPC error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Request:
    """A request to answer."""

    request_id: str | int
    method: str
    params: Any


def parse(body: bytes) -> Request | None:
    """The request in a body, None for a notification or a response.

    Raises:
        MessageError: It is neither: not JSON, a batch, without `jsonrpc`, ...
    """
    try:
        message = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MessageError(f"the body is not JSON: {type(error).__name__}") from error
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise MessageError("the body is not a JSON-RPC 2.0 message")
    request_id, method = message.get("id"), message.get("method")
    if "id" in message and (not isinstance(request_id, str | int) or isinstance(request_id, bool)):
        raise MessageError("the id is neither a string nor an integer")
    if isinstance(method, str):
        return Request(request_id, method, message.get("params")) if request_id is not None else None
    if "method" not in message and request_id is not None and ("result" in message or "error" in message):
        return None
    raise MessageError("the message is neither request, notification nor response")


def result(request_id: str | int, value: dict[str, Any]) -> dict[str, Any]:
    """The response to a request that succeeded."""
    return {"result": value, "id": request_id, "jsonrpc": "2.0"}


def error(code: int, message: str, request_id: str | int = "") -> dict[str, Any]:
    """The response to a request that failed; the id is empty when it was never read."""
    return {"error": {"code": code, "message": message}, "id": request_id, "jsonrpc": "2.0"}


def render(message: dict[str, Any]) -> bytes:
    """The message as compact JSON."""
    return json.dumps(message, separators=(",", ":")).encode()


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
