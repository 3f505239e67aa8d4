"""Declares the MCP Apps: each a page, with the tools whose results it shows."""

from collections.abc import Iterable, Sequence
from functools import partial

from shared.mcp.app_resource import AppPage
from shared.mcp.tool import Tool
from shared.tools.waiting import CONFIRM


def _load(name: str) -> str:
    from shared.apps.app_page import page  # noqa: PLC0415 - a start needs no page

    return page(name)


REVIEW = AppPage(
    name="review",
    title="Review and send",
    description="A message, or another write that waits, as it will be carried out; a press does it.",
    tools=("graph_create_draft",),
    load=partial(_load, "review"),
)

APPS: Sequence[AppPage] = (
    REVIEW,
    AppPage(
        name="slots",
        title="Meeting times",
        description="Suggested times over a grid of people and hours; a press invites.",
        tools=("graph_find_meeting_times",),
        load=partial(_load, "slots"),
    ),
    AppPage(
        name="work-items",
        title="Work items",
        description="Work items as a board by state, whose state, assignee and priority can be changed.",
        tools=(
            "devops_list_my_work_items",
            "devops_search_work_items",
            "devops_get_sprint",
            "devops_get_backlog",
        ),
        load=partial(_load, "work-items"),
    ),
    AppPage(
        name="build",
        title="Build",
        description="The steps of a build over time; what failed, tests and the log's end first.",
        tools=("devops_diagnose_build", "devops_get_build_status"),
        load=partial(_load, "build"),
    ),
)


def page_of(tool: Tool) -> AppPage | None:
    """Returns the page that shows the results of a tool, if one does."""
    return next((each for each in APPS if tool.name in each.tools), None)


def offered_pages(tools: Iterable[Tool]) -> list[AppPage]:
    """Returns the pages that show results of the tools offered."""
    names = {tool.name for tool in tools}
    wanted = [each for each in APPS if not names.isdisjoint(each.tools)]
    return [REVIEW, *wanted] if CONFIRM in names and REVIEW not in wanted else wanted
