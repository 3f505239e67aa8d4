"""Turns what a tool's function returned into the result of `tools/call`, as strictly as the extension."""

from __future__ import annotations

import json
from typing import Any

from azure_functions_runtime.bindings.datumdef import Datum

from local.host.errors import InvocationError

# The content blocks of MCP 2025-06-18 and what each cannot be without.
_REQUIRED: dict[str, dict[str, type]] = {
    "text": {"text": str},
    "image": {"data": str, "mimeType": str},
    "audio": {"data": str, "mimeType": str},
    "resource": {"resource": dict},
    "resource_link": {"uri": str, "name": str},
}


def tool_result(returned: Datum | None, *, envelope: bool) -> dict[str, Any]:
    """The CallToolResult of a returned value.

    Raises:
        InvocationError: An envelope was promised and something else came back.
    """
    if returned is None or returned.value is None:
        return {"content": []}
    if envelope:
        return _unwrap(returned.value)
    return {"content": [{"type": "text", "text": _as_dotnet_text(returned.value)}]}


def masked(tool: str) -> dict[str, Any]:
    """What a client sees of a call that failed: never why."""
    return {
        "content": [{"type": "text", "text": f"An error occurred invoking '{tool}'."}],
        "isError": True,
    }


def _as_dotnet_text(value: Any) -> str:
    # The host is .NET and calls ToString() on what it got over the wire.
    return "System.Byte[]" if isinstance(value, bytes) else str(value)


def _unwrap(value: Any) -> dict[str, Any]:
    envelope = _parse(value, "the returned value", dict)
    kind = envelope.get("type")
    if not isinstance(kind, str) or not kind:
        raise InvocationError("the envelope has no type")
    content = envelope.get("content")
    match kind if kind in _REQUIRED else kind.casefold():
        case "call_tool_result":
            return _whole_result(content)
        case "multi_content_result":
            blocks = _parse(content, "content", list)
        case single if single in _REQUIRED:
            blocks = [{"type": single, **_parse(content, "content", dict)}]
        case _:
            raise InvocationError(f"the envelope's type {kind!r} is unknown")
    result: dict[str, Any] = {"content": _checked(blocks)}
    if envelope.get("structuredContent") is not None:
        result["structuredContent"] = _parse(envelope["structuredContent"], "structuredContent", dict)
    return result


def _whole_result(content: Any) -> dict[str, Any]:
    given = _parse(content, "content", dict)
    result: dict[str, Any] = {"content": _checked(given.get("content"))}
    for name, kind in (("structuredContent", dict), ("isError", bool), ("_meta", dict)):
        if given.get(name) is None:
            continue
        if not isinstance(given[name], kind):
            raise InvocationError(f"{name} of the result is not {kind.__name__}")
        result[name] = given[name]
    return result


def _checked(blocks: Any) -> list[dict[str, Any]]:
    if not isinstance(blocks, list) or not blocks:
        raise InvocationError("the result has no content blocks")
    for block in blocks:
        required = _REQUIRED.get(str(block.get("type"))) if isinstance(block, dict) else None
        if required is None:
            raise InvocationError(f"a content block is none of {', '.join(_REQUIRED)}")
        for name, kind in required.items():
            if not isinstance(block.get(name), kind):
                raise InvocationError(f"a {block['type']} block has no {name}")
    return blocks


def _parse(text: Any, what: str, kind: type) -> Any:
    """The JSON in the text. The envelope holds JSON as strings, never as objects."""
    if not isinstance(text, str):
        raise InvocationError(f"{what} is not a string of JSON")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvocationError(f"{what} is not JSON: {error}") from error
    if not isinstance(value, kind):
        raise InvocationError(f"{what} does not hold a JSON {'object' if kind is dict else 'array'}")
    return value
