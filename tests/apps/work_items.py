"""What tests of the page of work items share: a task, servers that know it, and looks at the page."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from tests.apps.browser import Result, Server, Shown, ok, refused, scripted
from tests.apps.samples import MARKUP, sample

ORGANIZATION = {"organization": "larkspur"}
CONFIRMATION = "m365-devops-mcp/confirmation"
PRIORITY = "Microsoft.VSTS.Common.Priority"
ADDRESS = "https://dev.azure.com/larkspur/Booking/_workitems/edit/{}"
TYPE = ok(sample("work-items")["answers"]["devops_get_work_item_type"])
BEN = "Ben Osei <ben.osei@larkspur.example>"
CONFLICT = refused("conflict", "Work item 1220 is at revision 7, not 4.", "Read it again.")
PEOPLE = ok(
    {
        "items": [
            {"id": "1", "name": MARKUP, "assign_as": f"{MARKUP} <x@y.example>", "active": True},
            {"id": "2", "name": "Ben", "assign_as": BEN, "is_group": False, "active": True},
            {"id": "3", "name": "Team", "assign_as": "Booking Team", "is_group": True, "active": True},
            {"id": "4", "name": "Gone", "assign_as": "Gone <gone@larkspur.example>", "active": False},
        ],
        "complete": True,
    }
)
type SignedIn = Callable[[str], Coroutine[Any, Any, Server]]


def item(**changes: Any) -> dict[str, Any]:
    """The task 1220 of the sample, as the server gives it by itself."""
    return {**sample("work-items")["result"]["items"][0], "web_url": ADDRESS.format(1220), **changes}


def found(**changes: Any) -> Result:
    """What reading the task again gives."""
    return ok({"items": [item(**changes)], "complete": True, "total": 1, "missing": []})


def server(**answers: Any) -> Server:
    """A server that knows the type, and answers these tools besides."""
    return scripted({"devops_get_work_item_type": TYPE, "devops_search_people": PEOPLE, **answers})


def writes(shown: Shown) -> list[dict[str, Any]]:
    return [arguments for tool, arguments in shown.calls if tool == "devops_update_work_item"]


async def columns(shown: Shown) -> dict[str, list[str]]:
    """The ids in each column, in the order in which both stand."""
    script = """Array.from(document.querySelectorAll("section"), (each) => [each.getAttribute("aria-label"),
    Array.from(each.querySelectorAll("li .line:first-child span:first-child"),
    (line) => line.innerText.split(" ").at(-1))])"""
    return dict(await shown.do("evaluate", script=script))


async def now(server: Server, work_item_id: int) -> dict[str, Any]:
    wanted = {"work_item_ids": [str(work_item_id)], **ORGANIZATION}
    read = await server("devops_get_work_item", wanted)
    return dict(read["structuredContent"]["items"][0])


async def sound(shown: Shown, picture: str = "") -> None:
    """Looks at the page once the host has given it the height that it wants."""
    await shown.settle()
    await shown.assert_sound(picture)


async def edit(shown: Shown, work_item_id: int = 1220) -> None:
    await shown.settle()
    await shown.press(f"Change {work_item_id}")
    await shown.wait("Nothing is changed yet.")
