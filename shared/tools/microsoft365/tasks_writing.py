"""Creates and completes tasks: those of the user's To Do lists, and those of plans."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from shared.apis.graph import planner_tasks, todo_tasks
from shared.apis.graph.directory_people import SCOPE, find_people
from shared.apis.graph.graph_times import whole_day, zoned
from shared.apis.graph.planner_tasks import Bucket, Importance, PlannerDetails, PlannerTask
from shared.apis.graph.todo_tasks import Status, TodoStep, TodoTask, list_named
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.conflicts import conflict
from shared.results.write_failures import after, report_unknown_outcome
from shared.text.content import Line
from shared.text.time_zones import zone
from shared.text.times import one_of
from shared.tools.microsoft365.plans import (
    MOST_BUCKETS,
    bucket_named,
    in_order,
    resolve_plan,
)
from shared.tools.microsoft365.tasks import Task, TaskId, TaskVersion, of_planner, of_todo
from shared.tools.params import Day

toolset = Toolset("tasks")

_LONGEST_STEP = 100
_MOST_ASSIGNEES = 10

LOOK = "Look for it with graph_list_tasks or graph_get_plan before you repeat the call."


def _step_title(given: str) -> str:
    if not given.strip() or len(given) > _LONGEST_STEP:
        raise PydanticCustomError("step", "Must have 1 to {most} characters", {"most": _LONGEST_STEP})
    return given


def _assignees(given: Sequence[str]) -> Sequence[str]:
    if len(given) > _MOST_ASSIGNEES:
        raise PydanticCustomError("assignees", "Must be at most {most}", {"most": _MOST_ASSIGNEES})
    return given


Title = Annotated[str, Field(max_length=255, pattern=r"\S")]
Note = Annotated[str, Field(max_length=16_000)]
StepTitle = Annotated[str, AfterValidator(_step_title)]
Assignees = Annotated[Sequence[str], AfterValidator(_assignees)]


class CompletedTask(BaseModel):
    """A task after it was completed."""

    id: str
    version: str
    title: Line
    status: Status | None


@toolset.tool(scopes=["Tasks.ReadWrite", "MailboxSettings.Read"], optional_scopes=[SCOPE], writes=True)
async def graph_create_task(
    caller: Caller,
    title: Annotated[Title, Field(description="What to do.")],
    due: Annotated[Day | None, Field(description="Due day, such as 2026-11-21.")] = None,
    note: Annotated[Note, Field(description="Plain text.")] = "",
    importance: Annotated[Importance, Field(description="urgent is for plans.")] = "normal",
    checklist: Annotated[Sequence[StepTitle], Field(description="Its steps.")] = (),
    list_name: Annotated[
        str | None,
        Field(description="To Do list by name or id; left out, the usual."),
    ] = None,
    reminder: Annotated[
        Annotated[datetime, one_of("a time (2026-11-21T09:30 or with an offset)")] | None,
        Field(description="When To Do reminds."),
    ] = None,
    plan: Annotated[str | None, Field(description="Planner plan, by title or id; left out, To Do.")] = None,
    bucket: Annotated[str | None, Field(description="By name or id; left out, the first.")] = None,
    assignees: Annotated[Assignees, Field(description="In a plan: addresses.")] = (),
) -> Task:
    """Create a task in a To Do list of the signed-in user, or in a Planner plan, where its members see it.

    Use graph_create_event for what has a time. Repeating the call makes a second task.
    """
    _check_place(plan, list_name, importance, {"bucket": bucket, "assignees": assignees}, reminder)
    where = zone(await caller.time_zone(None))
    if plan:
        body: dict[str, Any] = {
            "title": title,
            "priority": planner_tasks.PRIORITY[importance],
            **({"dueDateTime": planner_tasks.due_moment(due, where)} if due else {}),
        }
        body |= await _in_plan(caller, plan, bucket, assignees)
        made, version = await _created_in_plan(caller, body, note, checklist)
        return of_planner(made, where, version=version)
    wanted = await list_named(caller.graph, list_name)
    if reminder:
        moment = reminder if reminder.tzinfo else reminder.replace(tzinfo=where)
        reminding = {"isReminderOn": True, "reminderDateTime": zoned(moment, where)}
    body = {
        "title": title,
        "importance": importance,
        **({"body": {"contentType": "text", "content": note}} if note.strip() else {}),
        **({"dueDateTime": whole_day(due, where)} if due else {}),
        **(reminding if reminder else {}),
    }
    with report_unknown_outcome(LOOK):
        task = await caller.graph.post(TodoTask, "/me/todo/lists/{}/tasks", wanted.id, body=body)
    if checklist:
        with after(_created(f"todo:{wanted.id}:{task.id}")):
            await add_steps(caller, [wanted.id, task.id], checklist)
            task = await caller.graph.get(TodoTask, todo_tasks.TASK, wanted.id, task.id)
    return of_todo(task, wanted, where)


@toolset.tool(scopes=["Tasks.ReadWrite"], writes=True)
async def graph_complete_task(caller: Caller, task_id: TaskId, version: TaskVersion) -> CompletedTask:
    """Complete a task of the signed-in user, in To Do or Planner, whichever it is of."""
    kind, *ids = task_id.split(":")
    known, _ = planner_tasks.split_versions(version)
    task: TodoTask | PlannerTask
    if kind == "planner":
        task = await change_task(caller, PlannerTask, ids, {"percentComplete": 100}, known)
    else:
        task = await change_task(caller, TodoTask, ids, {"status": "completed"}, known)
    return CompletedTask(id=task_id, version=task.etag, title=task.title or "", status=task.progress)


async def change_task[M: (TodoTask, PlannerTask)](
    caller: Caller, model: type[M], ids: Sequence[str], changes: dict[str, Any], version: str
) -> M:
    """Changes a task if it still has this version, and returns it as changed.

    Raises:
        ToolError: `conflict`: it has another version; the error says what differs.
    """
    path = planner_tasks.TASK if model is PlannerTask else todo_tasks.TASK
    try:
        with report_unknown_outcome(LOOK):
            return await caller.graph.update(
                model, path, *ids, body=changes, version=version, headers=planner_tasks.REPRESENTATION
            )
    except ToolError as error:
        if error.code != "conflict":
            raise
        raise changed_meanwhile(await caller.graph.get(model, path, *ids)) from error


def changed_meanwhile(present: TodoTask | PlannerTask, version: str | None = None) -> ToolError:
    """Returns the refusal of a change to a task that has another version by now."""
    differs = {"title": (present.title, None), "status": (present.progress, None)}
    return conflict("The task", version=version or present.etag, differs=differs)


async def add_steps(caller: Caller, ids: Sequence[str], titles: Sequence[str]) -> None:
    """Adds steps to a task of To Do, one after the other: their order is that of their creation."""
    for title in titles:
        with report_unknown_outcome(LOOK):
            await caller.graph.post(TodoStep, todo_tasks.STEPS, *ids, body={"displayName": title})


def _check_place(
    plan: str | None,
    list_name: str | None,
    importance: str,
    of_plans: dict[str, object],
    reminder: datetime | None,
) -> None:
    """Refuses arguments of one place with the other.

    Raises:
        ToolError: `invalid_argument`, naming the argument.
    """
    if plan is None:
        wrong = next((name for name, value in of_plans.items() if value), None)
        wrong = "importance" if wrong is None and importance == "urgent" else wrong
        if wrong:
            raise ToolError(
                "invalid_argument", f"{wrong}: is for tasks of a plan.", "Name the plan, or leave it out."
            )
        return
    if wrong := "list_name" if list_name else "reminder" if reminder else None:
        raise ToolError(
            "invalid_argument", f"{wrong}: is for tasks of To Do.", "Leave it out, or leave plan out."
        )


async def _in_plan(caller: Caller, plan: str, bucket: str | None, assignees: Sequence[str]) -> dict[str, Any]:
    """Returns where a task goes, and to whom."""
    chosen = await resolve_plan(caller.graph, plan)
    found, _ = await caller.graph.list_all(Bucket, "/planner/plans/{}/buckets", chosen.id, most=MOST_BUCKETS)
    buckets = in_order(found)
    where = bucket_named(buckets, bucket) if bucket else next(iter(buckets), None)
    who: set[str] = set()
    if assignees:
        people = await find_people(caller.with_scopes(SCOPE).graph, assignees, "assignees")
        who = {person.id for _, person in people}
    return {
        "planId": chosen.id,
        **({"bucketId": where.id} if where else {}),
        **({"assignments": planner_tasks.assignments(who)} if who else {}),
    }


async def _created_in_plan(
    caller: Caller, body: dict[str, Any], note: str, checklist: Sequence[str]
) -> tuple[PlannerTask, str]:
    """Creates a task and then its details, which are another resource; returns it and its version."""
    with report_unknown_outcome(LOOK):
        made = await caller.graph.post(PlannerTask, "/planner/tasks", body=body)
    if not note.strip() and not checklist:
        return made, made.etag
    details = {
        **({"description": note} if note.strip() else {}),
        **({"checklist": planner_tasks.new_steps(checklist)} if checklist else {}),
    }
    with after(_created(f"planner:{made.id}")):
        present = await planner_tasks.read_details(caller.graph, made.id)
        with report_unknown_outcome(LOOK):
            written = await caller.graph.update(
                PlannerDetails,
                planner_tasks.DETAILS,
                made.id,
                body=details,
                version=present.etag,
                headers=planner_tasks.REPRESENTATION,
            )
        made = await caller.graph.get(PlannerTask, planner_tasks.TASK, made.id)
    return made, planner_tasks.join_versions(made.etag, written.etag)


def _created(task_id: str) -> str:
    return f"The task was created ({task_id})."
