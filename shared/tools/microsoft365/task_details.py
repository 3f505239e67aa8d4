"""Reads one task of To Do or Planner with its text, steps, links and people."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from shared.apis.graph import planner_tasks, todo_tasks
from shared.apis.graph.directory_people import SCOPE, names_of
from shared.apis.graph.graph_client import Graph
from shared.apis.graph.planner_tasks import Bucket, Importance, Plan, PlannerTask
from shared.apis.graph.todo_tasks import LinkedResource, Status, TodoStep, TodoTaskText
from shared.caller import Caller
from shared.concurrency import run_concurrently
from shared.mcp.toolset import Toolset
from shared.results.paging import fitting
from shared.results.partial_results import Gap, capture_gap
from shared.text.content import Line, Quoted, quote
from shared.text.html import html_to_text
from shared.text.names import Name
from shared.text.time_zones import zone
from shared.tools.microsoft365.tasks import Source, TaskId
from shared.tools.params import Offset

toolset = Toolset("tasks")

_MOST_STEPS = 200
_STEP_BUDGET = 10_000
"""Characters of JSON for the steps of a task in a result of the usual length."""
_LINK_BUDGET = 5_000


class Step(BaseModel):
    """A step of a task's checklist."""

    id: str
    title: Line
    done: bool


class Link(BaseModel):
    """What a task is linked to."""

    title: Line | None
    url: Line


class TaskDetails(BaseModel):
    """A task with all that is known of it; `gaps` names what could not be read."""

    id: str
    version: str = Field(description="What a change of it needs to know.")
    source: Source
    title: Line
    status: Status | None
    percent: int | None = Field(None, description="How much of a task of Planner is done.")
    importance: Importance | None
    due: date | None
    reminder: datetime | None = Field(None, description="When To Do reminds of it.")
    list_name: Name | None = Field(None, description="The To Do list it is in.")
    plan_id: str | None = None
    plan: Line | None = Field(None, description="The plan it is in, by its title.")
    bucket: Name | None = Field(None, description="The bucket of the plan it is in.")
    assignees: list[Line] = Field([], description="Who does a task of Planner, by name and address.")
    note: Quoted | None = Field(None, description="More about it.")
    checklist: list[Step]
    links: list[Link]
    left_out: str | None = Field(None, description="How many steps and links have no room here.")
    gaps: list[Gap] = Field(description="What is missing, and why.")


@toolset.tool(scopes=["Tasks.Read", SCOPE, "MailboxSettings.Read"])
async def graph_get_task(caller: Caller, task_id: TaskId, offset: Offset = 0) -> TaskDetails:
    """Get one task of To Do or Planner: its note, checklist, links, people, and version for a change."""
    return await read_task(caller, task_id, zone(await caller.time_zone(None)), offset=offset)


async def read_task(caller: Caller, task_id: str, where: ZoneInfo, *, offset: int = 0) -> TaskDetails:
    """Returns a task with all that is known of it."""
    kind, *ids = task_id.split(":")
    if kind == "planner":
        return _bounded(await _of_planner(caller, ids[0], where, offset))
    return _bounded(await _of_todo(caller.graph, ids, where, offset))


async def _of_planner(caller: Caller, task_id: str, where: ZoneInfo, offset: int) -> TaskDetails:
    graph = caller.graph
    task = await graph.get(PlannerTask, planner_tasks.TASK, task_id)
    read, plan, buckets, people = await run_concurrently(
        capture_gap("note, checklist and links", planner_tasks.read_details(graph, task_id)),
        capture_gap("plan", graph.get(Plan, "/planner/plans/{}", task.plan_id or "")),
        capture_gap(
            "buckets", graph.list_all(Bucket, "/planner/plans/{}/buckets", task.plan_id or "", most=500)
        ),
        capture_gap("names of people", names_of(caller.with_scopes(SCOPE).graph, task.assignments)),
    )
    gaps = [each for each in (read, plan, buckets, people) if isinstance(each, Gap)]
    details = None if isinstance(read, Gap) else read
    names = {} if isinstance(people, Gap) else people
    of_plan = [] if isinstance(buckets, Gap) else buckets[0]
    return TaskDetails(
        id=f"planner:{task.id}",
        version=planner_tasks.join_versions(task.etag, details.etag) if details else task.etag,
        source="Planner",
        title=task.title or "",
        status=task.progress,
        percent=task.percent_complete or 0,
        importance=task.importance,
        due=task.due.astimezone(where).date() if task.due else None,
        plan_id=task.plan_id,
        plan=None if isinstance(plan, Gap) else plan.title,
        bucket=next((each.name for each in of_plan if each.id == task.bucket_id), None),
        assignees=sorted(names.get(each, each) for each in task.assignments),
        note=_quoted(details.description if details else None, task.title, offset),
        checklist=[
            Step(id=key, title=step.title or "", done=bool(step.is_checked))
            for key, step in (details.steps if details else ())
        ],
        links=[
            Link(title=each.alias, url=planner_tasks.address_of(key))
            for key, each in (details.references if details else {}).items()
        ],
        gaps=gaps,
    )


async def _of_todo(graph: Graph, ids: Sequence[str], where: ZoneInfo, offset: int) -> TaskDetails:
    task, steps, links, named = await run_concurrently(
        graph.get(TodoTaskText, todo_tasks.TASK, *ids),
        capture_gap("checklist", graph.list_all(TodoStep, todo_tasks.STEPS, *ids, most=_MOST_STEPS)),
        capture_gap("links", graph.list_all(LinkedResource, todo_tasks.LINKS, *ids, most=_MOST_STEPS)),
        capture_gap("name of the list", todo_tasks.name_of_list(graph, ids[0])),
    )
    body = task.body.content if task.body else None
    if body and task.body and (task.body.content_type or "").casefold() == "html":
        body = (await asyncio.to_thread(html_to_text, body)).text
    return TaskDetails(
        id=f"todo:{ids[0]}:{task.id}",
        version=task.etag,
        source="To Do",
        title=task.title or "",
        status=task.status,
        importance=task.importance,
        due=task.due.day(where) if task.due else None,
        reminder=task.reminder.moment.astimezone(where) if task.is_reminder_on and task.reminder else None,
        list_name=None if isinstance(named, Gap) else named,
        note=_quoted(body, task.title, offset),
        checklist=[]
        if isinstance(steps, Gap)
        else [
            Step(id=each.id, title=each.display_name or "", done=bool(each.is_checked)) for each in steps[0]
        ],
        links=[]
        if isinstance(links, Gap)
        else [
            Link(title=each.display_name or each.application_name, url=each.web_url)
            for each in links[0]
            if each.web_url
        ],
        gaps=[each for each in (steps, links, named) if isinstance(each, Gap)],
    )


def _bounded(task: TaskDetails) -> TaskDetails:
    """Returns the task with as many steps and links as have room beside its note."""
    steps = task.checklist[: fitting(task.checklist, _STEP_BUDGET)]
    links = task.links[: fitting(task.links, _LINK_BUDGET)]
    rest = {"steps": len(task.checklist) - len(steps), "links": len(task.links) - len(links)}
    told = ", ".join(f"{count} {name}" for name, count in rest.items() if count) or None
    return task.model_copy(update={"checklist": steps, "links": links, "left_out": told})


def _quoted(text: str | None, title: str | None, offset: int) -> Quoted | None:
    return quote(text, f"Note of the task {title or ''}", offset=offset) if text and text.strip() else None
