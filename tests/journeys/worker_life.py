"""A worker process from its first call to its end: `python -m tests.journeys.worker_life TOKEN SLOW_TOKEN`.

It makes a call, begins another whose exchange will not be answered for a long time, and comes to its end.
"""

import asyncio
import json
import sys

import function_app
from shared.mcp.dispatch import dispatch
from shared.mcp.tool_call import ToolCall


async def call(token: str) -> str:
    """The result envelope of a call with this token."""
    tool = next(each for each in function_app.TOOLS if each.name == "get_user_context")
    headers = {"Authorization": f"Bearer {token}"}
    context = {
        "name": tool.name,
        "arguments": {},
        "transport": {"name": "http-streamable", "properties": {"headers": headers}},
    }
    return await dispatch(ToolCall(tool), json.dumps(context), function_app.server)


async def live(token: str, slow_token: str) -> None:
    """Make a call; when whoever watches has made Entra slow, begin another and leave it."""
    result = json.loads(json.loads(await call(token))["content"])
    print(json.dumps({"is_error": result["isError"]}), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    slow = asyncio.create_task(call(slow_token))
    await asyncio.wait([slow], timeout=1)
    assert not slow.done()


if __name__ == "__main__":
    asyncio.run(live(*sys.argv[1:]))
    print("ended", flush=True)
