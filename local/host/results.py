"""Turns what a tool's function returned into the result of `tools/call`, as strictly as the extension."""

from __future__ import annotations

from typing import Any

from azure_functions_runtime.bindings.datumdef import Datum

from local.host import content_blocks, dotnet_json
from local.host.envelopes import Envelope, dotnet_text, parsed
from local.host.errors import InvocationError
from local.host.extension_version import CURRENT, ExtensionVersion

# The message around a result nests it once more.
_MAX_RESULT_DEPTH = dotnet_json.MAX_DEPTH - 1


def tool_result(
    returned: Datum | None, *, envelope: bool, version: ExtensionVersion = CURRENT
) -> dict[str, Any]:
    """Makes the CallToolResult of a returned value.

    Raises:
        InvocationError: An envelope was promised and something else came back.
    """
    if returned is None or returned.value is None:
        return {"content": []}
    if not envelope:
        return {"content": [{"type": "text", "text": dotnet_text(returned.value)}]}
    result = _unwrap(Envelope.parse(returned.value), version)
    if dotnet_json.is_deeper_than(_MAX_RESULT_DEPTH, result):
        raise InvocationError(f"the message would be nested deeper than {dotnet_json.MAX_DEPTH}")
    return result


def masked(tool: str) -> dict[str, Any]:
    """Returns what a client sees of a call that failed: never why."""
    return {
        "content": [{"type": "text", "text": f"An error occurred invoking '{tool}'."}],
        "isError": True,
    }


def _unwrap(envelope: Envelope, version: ExtensionVersion) -> dict[str, Any]:
    match envelope.kind.casefold():
        case "call_tool_result":
            return _whole_result(parsed(envelope.content, "content", dict), version)
        case "multi_content_result":
            blocks = parsed(envelope.content, "content", list)
            if not blocks:
                raise InvocationError("the result has no content blocks")
        case _:
            # Whatever else the envelope calls it, the block says itself what it is.
            blocks = [parsed(envelope.content, "content", dict)]
    result: dict[str, Any] = {"content": [content_blocks.block(each, version) for each in blocks]}
    if envelope.structured_content is not None:
        result["structuredContent"] = parsed(envelope.structured_content, "structuredContent")
    return result


def _whole_result(given: dict[str, Any], version: ExtensionVersion) -> dict[str, Any]:
    members = content_blocks.caseless_members(given)
    blocks = members.get("content", [])
    if not isinstance(blocks, list | None):
        raise InvocationError("content of the result is no list")
    result: dict[str, Any] = {}
    if blocks is not None:
        result["content"] = [content_blocks.block(each, version) for each in blocks]
    if members.get("structuredcontent") is not None:
        result["structuredContent"] = members["structuredcontent"]
    if not isinstance(members.get("iserror"), bool | None):
        raise InvocationError("isError of the result is neither true nor false")
    if members.get("iserror") is not None:
        result["isError"] = members["iserror"]
    metadata = content_blocks.object_or_none(members, "_meta")
    return result if metadata is None else {**result, "_meta": metadata}
