"""One call of a tool, as the host would hand it over, and what comes back."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from shared.caller import Caller
from shared.mcp.invocation import ERROR_KEY
from shared.mcp.toolset import Toolset

sample = Toolset("sample")


class Greeting(BaseModel):
    """What the sample tool answers."""

    object_id: str


@sample.tool(scopes=["User.Read"])
async def greet(caller: Caller) -> Greeting:
    """Get a greeting."""
    return Greeting(object_id=caller.principal.object_id)


(GREET,) = sample


def context(headers: Mapping[str, Any], arguments: Any = None) -> str:
    """The extension's context of a call over HTTP."""
    return json.dumps(
        {
            "name": "greet",
            "arguments": arguments,
            "transport": {"name": "http-streamable", "properties": {"headers": dict(headers)}},
        }
    )


def result_of(envelope: str) -> dict[str, Any]:
    """The result inside the extension's envelope."""
    outer = json.loads(envelope)
    assert outer.keys() == {"type", "content"}
    assert outer["type"] == "call_tool_result"
    result: dict[str, Any] = json.loads(outer["content"])
    return result


def error_of(envelope: str) -> dict[str, Any]:
    """What a failed result tells programs."""
    result = result_of(envelope)
    assert result["isError"] is True
    assert "structuredContent" not in result
    error: dict[str, Any] = result["_meta"][ERROR_KEY]
    return error
