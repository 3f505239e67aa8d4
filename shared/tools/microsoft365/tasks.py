"""Lists the user's tasks: those of To Do, and those of Planner assigned to them."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from shared.apis.graph.planner_tasks import Importance, PlannerTask
from shared.apis.graph.todo_tasks import LISTS, Status, TodoList, TodoTask
from shared.caller import Caller
from shared.concurrency import run_all, run_concurrently
from shared.mcp.toolset import Toolset
from shared.results.paging import Page
from shared.results.partial_results import Gap, capture_gap, error_from_gaps
from shared.text.content import Line
from shared.text.names import Name
from shared.text.time_zones import zone
from shared.text.times import NAMES, span
from shared.tools.params import Cursor, PageSize, TimeZone, When, unescaped

toolset = Toolset("tasks")

MOST = 1_000
"""Tasks read of one To Do list, and of Planner."""
_AT_ONCE = 4
"""Requests of one app on one mailbox that Outlook serves at once (Microsoft Graph service limits)."""

type Source = Literal["To Do", "Planner"]
_TASK_ID = re.compile(r"(todo:[^:]{1,500}:[^:]{1,500}|planner:[^:]{1,500})")
_VERSION = re.compile(r"[ -~]{1,500}")


def _task_id(given: str) -> str:
    if not _TASK_ID.fullmatch(given):
        raise PydanticCustomError("task_id", "Must be an id as listed: todo:…:… or planner:…")
    return given


def _version(given: str) -> str:
    if not _VERSION.fullmatch(given):
        raise PydanticCustomError("version", "Must be a version as read")
    return unescaped(given)


# Checked without patterns in the schema, which every model would have to read.
TaskId = Annotated[str, AfterValidator(_task_id), Field(description="id as listed.")]
TaskVersion = Annotated[str, AfterValidator(_version), Field(description="version as last read.")]


class Task(BaseModel):
    """A task of To Do or Planner."""

    id: str
    version: str | None = Field(description="What a change of it needs to know.")
    source: Source
    title: Line
    status: Status | None
    importance: Importance | None
    due: date | None = Field(description="The day it is due.")
    list_name: Name | None = Field(None, description="The To Do list it is in; null for a task of Planner.")
    plan_id: str | None = Field(None, description="The plan it is in; null for a task of To Do.")


class Tasks(Page[Task]):
    """Tasks from both places; `gaps` names the one that could not be read."""

    gaps: list[Gap] = Field(description="What is missing, and why.")


def of_todo(task: TodoTask, of: TodoList, where: ZoneInfo) -> Task:
    """Returns a task of To Do as it is listed."""
    return Task(
        id=f"todo:{of.id}:{task.id}",
        version=task.etag or None,
        source="To Do",
        title=task.title or "",
        status=task.status,
        importance=task.importance,
        due=task.due.day(where) if task.due else None,
        list_name=of.display_name,
    )


def of_planner(task: PlannerTask, where: ZoneInfo, *, version: str | None = None) -> Task:
    """Returns a task of Planner as it is listed."""
    return Task(
        id=f"planner:{task.id}",
        version=version or task.etag or None,
        source="Planner",
        title=task.title or "",
        status=task.progress,
        importance=task.importance,
        due=task.due.astimezone(where).date() if task.due else None,
        plan_id=task.plan_id,
    )


@toolset.tool(scopes=["Tasks.Read", "MailboxSettings.Read"])
async def graph_list_tasks(
    caller: Caller,
    completed: Annotated[bool, Field(description="Completed tasks too.")] = False,
    due: Annotated[
        When | None,
        Field(description=f"Only those due by then or overdue: a date, {NAMES}."),
    ] = None,
    time_zone: TimeZone = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Tasks:
    """List the signed-in user's tasks: those of all their To Do lists, and those of Planner assigned to them.

    Those due first come first. Use devops_list_my_work_items for work items.
    """
    where = zone(await caller.time_zone(time_zone))
    before = span(due, None, where, now=datetime.now(where)).end.astimezone(where).date() if due else None
    sides = await run_concurrently(
        capture_gap("To Do", _todo_tasks(caller, where, completed=completed)),
        capture_gap("Planner", _planner_tasks(caller, where)),
    )
    gaps = [side for side in sides if isinstance(side, Gap)]
    if len(gaps) == len(sides):
        raise error_from_gaps(gaps)
    read = [side for side in sides if isinstance(side, _Read)]
    gaps += [gap for side in read for gap in side.gaps]
    tasks = _chosen(read, completed=completed, before=before)
    page = caller.graph.paginate(tasks, f"tasks {completed} {due} {where}", limit=limit, cursor=cursor)
    return _result(page, gaps, read)


@dataclass(frozen=True)
class _Read:
    """Holds what was read of one place; `left_out` says in a sentence what was not."""

    tasks: list[Task]
    left_out: str | None
    gaps: Sequence[Gap] = ()


async def _todo_tasks(caller: Caller, where: ZoneInfo, *, completed: bool) -> _Read:
    lists, all_lists = await caller.graph.list_all(TodoList, "/me/todo/lists", most=LISTS)
    gate = asyncio.Semaphore(_AT_ONCE)
    condition = "" if completed else "status ne 'completed'"

    async def tasks_of(one: TodoList) -> tuple[list[Task], bool]:
        async with gate:
            found, whole = await caller.graph.list_all(
                TodoTask, "/me/todo/lists/{}/tasks", one.id, most=MOST, filter=condition
            )
        return [of_todo(task, one, where) for task in found], whole

    # A list may be listed and yet not be found, such as one that somebody no longer shares.
    parts = await run_all(capture_gap(f"To Do list {one.display_name}", tasks_of(one)) for one in lists)
    gaps = [each for each in parts if isinstance(each, Gap)]
    if gaps and len(gaps) == len(parts):
        raise error_from_gaps(gaps)
    read = [each for each in parts if not isinstance(each, Gap)]
    whole = all_lists and all(whole for _, whole in read)
    return _Read(
        [task for tasks, _ in read for task in tasks],
        None if whole else f"Of To Do, at most {MOST:,} tasks of a list and {LISTS} lists are read.",
        gaps,
    )


async def _planner_tasks(caller: Caller, where: ZoneInfo) -> _Read:
    found, whole = await caller.graph.list_all(PlannerTask, "/me/planner/tasks", most=MOST)
    left_out = None if whole else f"Of Planner, at most {MOST:,} tasks are read."
    return _Read([of_planner(task, where) for task in found], left_out)


def _chosen(read: list[_Read], *, completed: bool, before: date | None) -> list[Task]:
    """Selects the requested tasks, those due first at the head."""
    tasks = [
        task
        for side in read
        for task in side.tasks
        if (completed or task.status != "completed")
        and (before is None or (task.due is not None and task.due < before))
    ]
    return sorted(tasks, key=lambda task: (task.due or date.max, task.title.casefold(), task.id))


def _result(page: Page[Task], gaps: list[Gap], read: list[_Read]) -> Tasks:
    notes = [page.note, *(f"{gap.source} is missing." for gap in gaps), *(side.left_out for side in read)]
    note = " ".join(each for each in notes if each) or None
    return Tasks(items=page.items, complete=note is None, next_cursor=page.next_cursor, note=note, gaps=gaps)
