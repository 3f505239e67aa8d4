"""Lists, creates and completes the user's tasks: those of To Do, and those of Planner assigned to them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from shared.apis.graph.graph_times import ZonedTime, whole_day
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.concurrency import run_all, run_concurrently
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.conflicts import conflict
from shared.results.paging import Page
from shared.results.partial_results import Gap, capture_gap, error_from_gaps
from shared.results.write_failures import report_unknown_outcome
from shared.text.content import Line
from shared.text.names import Name
from shared.text.time_zones import zone
from shared.text.times import span
from shared.tools.params import Cursor, Day, PageSize, TimeZone, Version, When

toolset = Toolset("tasks")

MOST = 1_000
"""Tasks read of one To Do list, and of Planner."""
LISTS = 100
"""To Do lists read."""
_AT_ONCE = 4
"""Requests of one app on one mailbox that Outlook serves at once (Microsoft Graph service limits)."""

type Source = Literal["To Do", "Planner"]
type Status = Literal["notStarted", "inProgress", "completed", "waitingOnOthers", "deferred"]
type Importance = Literal["low", "normal", "high", "urgent"]

_LOOK = "Look for it with graph_list_tasks before you repeat the call."
_COMPLETION: Mapping[str, tuple[str, dict[str, object]]] = {
    "todo": ("/me/todo/lists/{}/tasks/{}", {"status": "completed"}),
    "planner": ("/planner/tasks/{}", {"percentComplete": 100}),
}

TaskId = Annotated[
    str,
    Field(
        pattern=r"^(todo:[^:]+:[^:]+|planner:[^:]+)$",
        max_length=1_000,
        description="id of a task, as graph_list_tasks lists them.",
    ),
]


class Task(BaseModel):
    """A task of To Do or Planner."""

    id: str
    version: str | None = Field(description="What graph_complete_task needs to know.")
    source: Source
    title: Line
    status: Status
    importance: Importance
    due: date | None = Field(description="The day it is due.")
    list_name: Name | None = Field(None, description="The To Do list it is in; null for a task of Planner.")
    plan_id: str | None = Field(None, description="The plan it is in; null for a task of To Do.")


class Tasks(Page[Task]):
    """Tasks from both places; `gaps` names the one that could not be read."""

    gaps: list[Gap] = Field(description="What is missing, and why.")


class CompletedTask(BaseModel):
    """A task after it was completed."""

    id: str
    version: str | None
    title: Line
    status: Status


class _TodoList(GraphModel):
    id: str
    display_name: Name
    well_known: str | None = Field(None, validation_alias="wellknownListName")


class _TodoTask(GraphModel):
    id: str
    etag: str | None = Field(None, validation_alias="@odata.etag")
    title: str | None = None
    status: Status
    importance: Importance
    due: ZonedTime | None = Field(None, validation_alias="dueDateTime")

    @property
    def progress(self) -> Status:
        return self.status

    def in_list(self, of: _TodoList, where: ZoneInfo) -> Task:
        return Task(
            id=f"todo:{of.id}:{self.id}",
            version=self.etag,
            source="To Do",
            title=self.title or "",
            status=self.status,
            importance=self.importance,
            due=self.due.day(where) if self.due else None,
            list_name=of.display_name,
        )


class _PlannerTask(GraphModel):
    id: str
    etag: str | None = Field(None, validation_alias="@odata.etag")
    title: str | None = None
    percent_complete: int = 0
    priority: int = 5
    due: datetime | None = Field(None, validation_alias="dueDateTime")
    plan_id: str | None = None

    @property
    def progress(self) -> Status:
        if self.percent_complete == 100:
            return "completed"
        return "inProgress" if self.percent_complete else "notStarted"

    def in_zone(self, where: ZoneInfo) -> Task:
        return Task(
            id=f"planner:{self.id}",
            version=self.etag,
            source="Planner",
            title=self.title or "",
            status=self.progress,
            importance=_importance(self.priority),
            due=self.due.astimezone(where).date() if self.due else None,
            plan_id=self.plan_id,
        )


def _importance(priority: int) -> Importance:
    """Converts Planner's priority: from 0, most urgent, to 10 (plannerTask resource type)."""
    if priority <= 1:
        return "urgent"
    if priority <= 4:
        return "high"
    return "normal" if priority <= 7 else "low"


@toolset.tool(scopes=["Tasks.Read", "MailboxSettings.Read"])
async def graph_list_tasks(
    caller: Caller,
    completed: Annotated[bool, Field(description="Whether completed tasks are listed too.")] = False,
    due: Annotated[
        When | None,
        Field(
            description="Only tasks due by the end of this, overdue ones too: a date, today, tomorrow, "
            "this week, next week, next 7 days. Left out, tasks without a due day too."
        ),
    ] = None,
    time_zone: TimeZone = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Tasks:
    """List the signed-in user's tasks: those of all their To Do lists, and those of Planner assigned to them.

    Those due first come first, those without a due day last. When one of the two places does not
    answer, the result holds the other and names the gap. Work items of Azure DevOps are not tasks: use
    devops_list_my_work_items. Due days are dates.
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
    tasks = _chosen(read, completed=completed, before=before)
    page = caller.graph.paginate(tasks, f"tasks {completed} {due} {where}", limit=limit, cursor=cursor)
    return _result(page, gaps, read)


@toolset.tool(scopes=["Tasks.ReadWrite", "MailboxSettings.Read"], writes=True)
async def graph_create_task(
    caller: Caller,
    title: Annotated[
        str, Field(min_length=1, max_length=255, pattern=r"\S", description="What is to be done.")
    ],
    due: Annotated[Day | None, Field(description="The day it is due.")] = None,
    note: Annotated[str, Field(max_length=16_000, description="More about it, in plain text.")] = "",
    importance: Annotated[
        Literal["low", "normal", "high"], Field(description="How much it matters.")
    ] = "normal",
    list_name: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=255,
            description="Name of one of the user's To Do lists, as list_name of a listed task; left out, "
            "the usual list (Tasks).",
        ),
    ] = None,
) -> Task:
    """Create a task in one of the signed-in user's To Do lists.

    Use devops_create_work_item for work a team plans, graph_create_event for what has a time of day.
    Repeating the call makes a second task.
    """
    where = zone(await caller.time_zone(None))
    wanted = await _list_named(caller, list_name)
    body = {
        "title": title,
        "importance": importance,
        "body": {"contentType": "text", "content": note},
        **({"dueDateTime": whole_day(due, where)} if due else {}),
    }
    with report_unknown_outcome(_LOOK):
        task = await caller.graph.post(_TodoTask, "/me/todo/lists/{}/tasks", wanted.id, body=body)
    return task.in_list(wanted, where)


@toolset.tool(scopes=["Tasks.ReadWrite"], writes=True)
async def graph_complete_task(caller: Caller, task_id: TaskId, version: Version) -> CompletedTask:
    """Complete a task of the signed-in user, in To Do or Planner, whichever it is of.

    Take id and version from graph_list_tasks; if the task has changed since, nothing is written.
    """
    kind, *ids = task_id.split(":")
    path, done = _COMPLETION[kind]
    model: type[_TodoTask | _PlannerTask] = _PlannerTask if kind == "planner" else _TodoTask
    try:
        with report_unknown_outcome(_LOOK):
            task = await caller.graph.patch(
                model, path, *ids, body=done, version=version, headers={"Prefer": "return=representation"}
            )
    except ToolError as error:
        if error.code != "conflict":
            raise
        present = await caller.graph.get(model, path, *ids)
        differs = {"title": (present.title, None), "status": (present.progress, None)}
        raise conflict("The task", version=present.etag, differs=differs) from error
    return CompletedTask(id=task_id, version=task.etag, title=task.title or "", status=task.progress)


@dataclass(frozen=True)
class _Read:
    """Holds what was read of one place; `left_out` says in a sentence what was not."""

    tasks: list[Task]
    left_out: str | None


async def _todo_tasks(caller: Caller, where: ZoneInfo, *, completed: bool) -> _Read:
    lists, all_lists = await caller.graph.list_all(_TodoList, "/me/todo/lists", most=LISTS)
    gate = asyncio.Semaphore(_AT_ONCE)
    condition = "" if completed else "status ne 'completed'"

    async def tasks_of(one: _TodoList) -> tuple[list[Task], bool]:
        async with gate:
            found, whole = await caller.graph.list_all(
                _TodoTask, "/me/todo/lists/{}/tasks", one.id, most=MOST, filter=condition
            )
        return [task.in_list(one, where) for task in found], whole

    read = await run_all(tasks_of(one) for one in lists)
    whole = all_lists and all(whole for _, whole in read)
    return _Read(
        [task for tasks, _ in read for task in tasks],
        None if whole else f"Of To Do, at most {MOST:,} tasks of a list and {LISTS} lists are read.",
    )


async def _planner_tasks(caller: Caller, where: ZoneInfo) -> _Read:
    found, whole = await caller.graph.list_all(_PlannerTask, "/me/planner/tasks", most=MOST)
    left_out = None if whole else f"Of Planner, at most {MOST:,} tasks are read."
    return _Read([task.in_zone(where) for task in found], left_out)


async def _list_named(caller: Caller, name: str | None) -> _TodoList:
    """Finds the user's To Do list of this name, or the usual one.

    Raises:
        ToolError: `invalid_argument`: there is none.
    """
    lists, _ = await caller.graph.list_all(_TodoList, "/me/todo/lists", most=LISTS)
    for each in sorted(lists, key=lambda each: each.display_name != name):
        if each.display_name.casefold() == name.casefold() if name else each.well_known == "defaultList":
            return each
    raise ToolError(
        "invalid_argument",
        "list_name: you have no To Do list of this name.",
        f"Your lists are {', '.join(each.display_name for each in lists)}.",
    )


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
