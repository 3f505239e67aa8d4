"""What tests of Azure DevOps tools have in common."""

from typing import Any

from shared.mcp.toolset import ToolFunction
from tests.shared.tools.sandbox import Sandbox

BOOKING = {"organization": "larkspur", "project": "Booking"}


async def pages(sandbox: Sandbox, function: ToolFunction, **arguments: Any) -> list[Any]:
    """The items of all pages of a list, from the first on; there are at most 200."""
    items: list[Any] = []
    cursor = None
    for _ in range(200):
        page = await sandbox.call(function, cursor=cursor, **arguments)
        items += page.items
        cursor = page.next_cursor
        assert page.complete == (cursor is None)
        assert page.complete or page.note
        if cursor is None:
            return items
    raise AssertionError("the list has no end")


async def requests(sandbox: Sandbox, method: str | None = None) -> list[dict[str, Any]]:
    """The requests Azure DevOps let in, oldest first."""
    journal = (await sandbox.control("GET", "devops", "journal")).json()
    return [each for each in journal if each["event"] == "request" and method in (None, each["method"])]
