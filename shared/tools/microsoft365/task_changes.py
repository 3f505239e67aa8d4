"""Changes tasks of To Do and Planner: what they say, who does them, where they stand, and their steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from shared.apis.graph import planner_tasks, todo_tasks
from shared.apis.graph.directory_people import SCOPE, find_people
from shared.apis.graph.graph_times import whole_day
from shared.apis.graph.planner_tasks import Bucket, Importance, PlannerDetails, PlannerTask
from shared.apis.graph.todo_tasks import Status, TodoStep, TodoTask
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.conflicts import conflict
from shared.results.write_failures import after, report_unknown_outcome
from shared.text.time_zones import zone
from shared.tools.microsoft365.plans import MOST_BUCKETS, bucket_named
from shared.tools.microsoft365.task_details import TaskDetails, read_task
from shared.tools.microsoft365.tasks import TaskId, TaskVersion
from shared.tools.microsoft365.tasks_writing import (
    LOOK,
    Assignees,
    Note,
    StepTitle,
    Title,
    add_steps,
    change_task,
    changed_meanwhile,
)
from shared.tools.params import Day
from shared.tools.typed_values import refuse_both, refuse_empty

toolset = Toolset("tasks")

_MOST_STEPS = 200
type Action = Literal["add", "check", "uncheck", "remove"]


class StepChange(BaseModel):  # noqa: D101 - models would read the docstring beside the parameter's description
    model_config = ConfigDict(extra="forbid")

    step: Annotated[StepTitle, Field(description="Title or id.")]
    action: Action


@dataclass(frozen=True)
class _Changes:
    """Holds what is to be changed; None stays."""

    title: str | None
    due: date | None
    note: str | None
    importance: Importance | None
    status: Status | None
    bucket: str | None
    assign: Sequence[str]
    unassign: Sequence[str]
    checklist: Sequence[StepChange]
    clear: Sequence[str]

    @property
    def has_details(self) -> bool:
        """Tells whether note or checklist change, which Planner keeps apart."""
        return self.note is not None or "note" in self.clear or bool(self.checklist)

    def refuse(self, names: Sequence[str], why: str) -> None:
        """Refuses arguments that are for the other kind of task.

        Raises:
            ToolError: `invalid_argument`, naming the first.
        """
        if wrong := next((name for name in names if getattr(self, name) not in (None, (), [])), None):
            raise ToolError("invalid_argument", f"{wrong}: {why}.", "Leave it out.")


@toolset.tool(scopes=["Tasks.ReadWrite", "MailboxSettings.Read"], optional_scopes=[SCOPE], writes=True)
async def graph_update_task(
    caller: Caller,
    task_id: TaskId,
    version: TaskVersion,
    title: Annotated[Title | None, Field(description="New title.")] = None,
    due: Annotated[Day | None, Field(description="New due day.")] = None,
    note: Annotated[Note | None, Field(description="New plain text.")] = None,
    importance: Annotated[Importance | None, Field(description="urgent is for plans.")] = None,
    status: Annotated[Status | None, Field(description="Last two: To Do only.")] = None,
    bucket: Annotated[str | None, Field(description="Where it moves, by name or id.")] = None,
    assign: Annotated[Assignees, Field(description="In a plan: more addresses.")] = (),
    unassign: Annotated[Assignees, Field(description="Addresses to take off it.")] = (),
    checklist: Annotated[Sequence[StepChange], Field(description="Steps to change.")] = (),
    clear: Annotated[list[Literal["due", "note"]], Field(description="What to empty.")] = [],  # noqa: B006 - a default of the schema, which nobody changes
) -> TaskDetails:
    """Update a task of To Do or Planner; members of a plan see it at once, and assignees are told.

    What is left out stays. Take version from graph_get_task.
    """
    changes = _Changes(title, due, note, importance, status, bucket, assign, unassign, checklist, clear)
    given = {name: value for name, value in (("due", due), ("note", note)) if value is not None}
    refuse_empty("", given)
    refuse_both(given, clear)
    _check(changes)
    where = zone(await caller.time_zone(None))
    kind, *ids = task_id.split(":")
    if kind == "planner":
        await _change_in_plan(caller, ids[0], version, changes, where)
    else:
        await _change_in_list(caller, ids, version, changes, where)
    with after("The task was changed."):
        return await read_task(caller, task_id, where)


def _check(changes: _Changes) -> None:
    """Refuses a change of nothing, and one that contradicts itself.

    Raises:
        ToolError: `invalid_argument`.
    """
    if all(value in (None, (), []) for value in vars(changes).values()):
        raise ToolError(
            "invalid_argument",
            "Nothing is to be changed.",
            "Give at least one new value, or name one in clear.",
        )
    lowered = [each.step.casefold() for each in changes.checklist]
    if twice := next(
        (each.step for each in changes.checklist if lowered.count(each.step.casefold()) > 1), None
    ):
        raise ToolError("invalid_argument", f"checklist: {twice!r} is named twice.", "Name each step once.")
    both = {each.casefold() for each in changes.assign} & {each.casefold() for each in changes.unassign}
    if both:
        raise ToolError(
            "invalid_argument", f"unassign: {', '.join(sorted(both))} is in assign too.", "Name them once."
        )


async def _change_in_plan(
    caller: Caller, task_id: str, version: str, changes: _Changes, where: ZoneInfo
) -> None:
    if changes.status in ("waitingOnOthers", "deferred"):
        raise ToolError(
            "invalid_argument",
            f"status: Planner has no {changes.status}.",
            "Use notStarted, inProgress or completed.",
        )
    task_version, details_version = planner_tasks.split_versions(version)
    if changes.has_details and details_version is None:
        raise ToolError(
            "invalid_argument",
            "version: note and checklist of a task of Planner have a version of their own.",
            "Read the task with graph_get_task, and give the version that it returns.",
        )
    task = await caller.graph.get(PlannerTask, planner_tasks.TASK, task_id)
    properties = await _planner_properties(caller, task, changes, where)
    details: dict[str, Any] = {}
    if changes.has_details:
        present = await planner_tasks.read_details(caller.graph, task_id)
        if present.etag != details_version:
            raise _details_changed(task, present, changes)
        details = _planner_details(present, changes)
    if properties:
        await change_task(caller, PlannerTask, [task_id], properties, task_version)
    if details:
        with after(f"Changed: {', '.join(properties)}." if properties else ""):
            await _change_details(caller, task, details, str(details_version), changes)


async def _planner_properties(
    caller: Caller, task: PlannerTask, changes: _Changes, where: ZoneInfo
) -> dict[str, Any]:
    """Returns what changes of the task itself."""
    properties: dict[str, Any] = {}
    if changes.title is not None:
        properties["title"] = changes.title
    if changes.due is not None:
        properties["dueDateTime"] = planner_tasks.due_moment(changes.due, where)
    elif "due" in changes.clear:
        properties["dueDateTime"] = None
    if changes.importance is not None:
        properties["priority"] = planner_tasks.PRIORITY[changes.importance]
    if changes.status is not None:
        properties["percentComplete"] = planner_tasks.PERCENT[changes.status]
    if changes.bucket is not None:
        buckets, _ = await caller.graph.list_all(
            Bucket, "/planner/plans/{}/buckets", task.plan_id or "", most=MOST_BUCKETS
        )
        properties["bucketId"] = bucket_named(buckets, changes.bucket).id
    if changes.assign or changes.unassign:
        properties |= await _assignments(caller, task, changes)
    return properties


async def _assignments(caller: Caller, task: PlannerTask, changes: _Changes) -> dict[str, Any]:
    directory = caller.with_scopes(SCOPE).graph
    added = await find_people(directory, changes.assign, "assign") if changes.assign else []
    # Who has left the directory is shown by id, and can be named so.
    gone = [each for each in changes.unassign if each in task.assignments]
    named = [each for each in changes.unassign if each not in gone]
    found = await find_people(directory, named, "unassign") if named else []
    removed = [(each, each) for each in gone] + [(address, person.id) for address, person in found]
    if absent := [address for address, who in removed if who not in task.assignments]:
        raise ToolError(
            "invalid_argument",
            f"unassign: {', '.join(absent)} is not assigned.",
            "Read the task with graph_get_task to see who is.",
        )
    new = [person.id for _, person in added if person.id not in task.assignments]
    changed = planner_tasks.assignments(new, [who for _, who in removed])
    return {"assignments": changed} if changed else {}


def _planner_details(present: PlannerDetails, changes: _Changes) -> dict[str, Any]:
    """Returns what changes of the details."""
    details: dict[str, Any] = {}
    if changes.note is not None or "note" in changes.clear:
        details["description"] = changes.note or ""
    if changes.checklist:
        steps = [(key, step.title or "") for key, step in present.steps]
        hints = [step.order_hint or "" for _, step in present.steps]
        entries = planner_tasks.new_steps(
            (each.step for each in changes.checklist if each.action == "add"), hints[-1] if hints else ""
        )
        for change in changes.checklist:
            if change.action == "remove":
                entries[_step_named(steps, change.step)] = None
            elif change.action != "add":
                checked = planner_tasks.checked_step(is_checked=change.action == "check")
                entries[_step_named(steps, change.step)] = checked
        details["checklist"] = entries
    return details


def _step_named(steps: Sequence[tuple[str, str]], given: str) -> str:
    """Finds a step by its id or title, and returns its id.

    Raises:
        ToolError: `invalid_argument`: there is none, or several have this title.
    """
    named = [key for key, _ in steps if key == given] or [
        key for key, title in steps if title.casefold() == " ".join(given.split()).casefold()
    ]
    if len(named) == 1:
        return named[0]
    told = ", ".join(f"{title} ({key})" if named else title for key, title in steps) or "none"
    problem = "several steps are" if named else "no step is"
    raise ToolError("invalid_argument", f"checklist: {problem} called {given!r}.", f"Its steps are: {told}.")


async def _change_details(
    caller: Caller, task: PlannerTask, details: dict[str, Any], version: str, changes: _Changes
) -> None:
    try:
        with report_unknown_outcome(LOOK):
            await caller.graph.update(
                PlannerDetails,
                planner_tasks.DETAILS,
                task.id,
                body=details,
                version=version,
                headers=planner_tasks.REPRESENTATION,
            )
    except ToolError as error:
        if error.code != "conflict":
            raise
        present = await planner_tasks.read_details(caller.graph, task.id)
        raise _details_changed(task, present, changes) from error


def _details_changed(task: PlannerTask, present: PlannerDetails, changes: _Changes) -> ToolError:
    """Returns the refusal of a change to details that have another version by now."""
    steps = "; ".join(f"{step.title} [{'x' if step.is_checked else ' '}]" for _, step in present.steps)
    differs: Mapping[str, tuple[object, object]] = {
        "note": (present.description or "", changes.note if changes.note is not None else ""),
        "checklist": (steps, None),
    }
    return conflict("The task", version=planner_tasks.join_versions(task.etag, present.etag), differs=differs)


async def _change_in_list(
    caller: Caller, ids: Sequence[str], version: str, changes: _Changes, where: ZoneInfo
) -> None:
    changes.refuse(["bucket", "assign", "unassign"], "a task of To Do has none")
    if changes.importance == "urgent":
        raise ToolError("invalid_argument", "importance: To Do has no urgent.", "Use high.")
    properties: dict[str, Any] = {
        **({"title": changes.title} if changes.title is not None else {}),
        **({"importance": changes.importance} if changes.importance is not None else {}),
        **({"status": changes.status} if changes.status is not None else {}),
    }
    if changes.due is not None or "due" in changes.clear:
        properties["dueDateTime"] = whole_day(changes.due, where) if changes.due else None
    if changes.note is not None or "note" in changes.clear:
        properties["body"] = {"contentType": "text", "content": changes.note or ""}
    named: list[tuple[str, StepChange]] = []
    if changes.checklist:
        # Steps have no version: the task's is compared before one of them is touched.
        task = await caller.graph.get(TodoTask, todo_tasks.TASK, *ids)
        if task.etag != version:
            raise changed_meanwhile(task)
        found, _ = await caller.graph.list_all(TodoStep, todo_tasks.STEPS, *ids, most=_MOST_STEPS)
        present = [(each.id, each.display_name or "") for each in found]
        named = [
            (_step_named(present, each.step), each) for each in changes.checklist if each.action != "add"
        ]
    if properties:
        await change_task(caller, TodoTask, ids, properties, version)
    done = [f"Changed: {', '.join(properties)}."] if properties else []
    for step_id, change in named:
        with after(" ".join(done)), report_unknown_outcome(LOOK):
            await _change_step(caller, ids, step_id, change.action)
        done.append(f"Step {change.step!r}: {change.action}.")
    for change in changes.checklist:
        if change.action == "add":
            with after(" ".join(done)):
                await add_steps(caller, ids, [change.step])
            done.append(f"Step {change.step!r}: add.")


async def _change_step(caller: Caller, ids: Sequence[str], step_id: str, action: Action) -> None:
    if action == "remove":
        await caller.graph.delete(todo_tasks.STEP, *ids, step_id)
    else:
        await caller.graph.patch(
            TodoStep, todo_tasks.STEP, *ids, step_id, body={"isChecked": action == "check"}
        )
