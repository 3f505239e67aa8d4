"""Calls tools of the function app in this process, and prints what blocked its event loop.

The settings come from the environment, the access token of the caller from standard input.
"""

import asyncio
import json
import sys
from types import SimpleNamespace
from typing import Any

import function_app
from local.organisation import organisation
from tests.blocking import LoopWatch

ORGANIZATION = organisation().user("ana").devops_organizations[0]
PLACE = {"organization": ORGANIZATION, "project": "Booking"}
CALLS: dict[str, dict[str, Any]] = {
    "get_user_context": {},
    "check_access": {},
    "get_preferences": {},
    "graph_search_emails": {"query": "build"},
    "graph_list_tasks": {},
    "sharepoint_list_sites": {},
    "devops_list_projects": {"organization": ORGANIZATION},
    "devops_search_work_items": {**PLACE, "query": "build"},
}
HOST = SimpleNamespace(trace_context=SimpleNamespace(trace_parent=None, trace_state=None))
FUNCTIONS = {each.get_function_name(): each.get_user_function() for each in function_app.app.get_functions()}


async def call_all(token: str) -> None:
    """Call each tool once."""
    headers = {"Authorization": f"Bearer {token}"}
    for tool, arguments in CALLS.items():
        context = {
            "name": tool,
            "arguments": arguments,
            "transport": {"name": "http-streamable", "properties": {"headers": headers}},
        }
        result = json.loads(json.loads(await FUNCTIONS[tool](json.dumps(context), HOST))["content"])
        assert not result["isError"], (tool, result)


async def main() -> dict[str, Any]:
    """What blocked the loop in the first calls, and in those after them."""
    token = sys.stdin.read()
    with LoopWatch() as first:
        await call_all(token)
    await call_all(token)
    with LoopWatch() as warm:
        await call_all(token)
        await asyncio.gather(*(call_all(token) for _ in range(5)))
    return {"first": told(first), "warm": told(warm)}


def told(watch: LoopWatch) -> dict[str, Any]:
    """What a watch noted."""
    return {"blocking": watch.blocking, "longest": watch.longest}


sys.stdout.write(json.dumps(asyncio.run(main())))
