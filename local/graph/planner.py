"""Serves plans, their buckets, and tasks that never change without `If-Match`."""

from __future__ import annotations

import re

from starlette.responses import JSONResponse, Response

from local.graph.denials import PLANNER
from local.graph.errors import GraphError
from local.graph.mailbox import utc
from local.graph.odata import EntityType, Resource
from local.graph.operations import Area, Call
from local.graph.time_zones import parsed
from local.graph.written import Shape, taken
from local.organisation import organisation

area = Area(PLANNER)

_TASK = EntityType(
    "microsoft.graph.plannerTask",
    (
        "id", "planId", "bucketId", "title", "orderHint", "assigneePriority", "percentComplete",
        "startDateTime", "createdDateTime", "dueDateTime", "hasDescription", "previewType",
        "completedDateTime", "completedBy", "referenceCount", "checklistItemCount",
        "activeChecklistItemCount", "conversationThreadId", "priority", "createdBy", "appliedCategories",
        "assignments", "details",
    ),
    page=400,
)  # fmt: skip
_PLAN = EntityType("microsoft.graph.plannerPlan", ("id", "title", "owner", "createdDateTime", "container"))
_BUCKET = EntityType("microsoft.graph.plannerBucket", ("id", "name", "planId", "orderHint"))
_ASSIGNMENT = "#microsoft.graph.plannerAssignment"
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WRITABLE: dict[str, Shape] = {
    "title": str, "bucketId": str, "percentComplete": int, "priority": int, "startDateTime": str,
    "dueDateTime": str, "assignments": dict, "appliedCategories": dict, "assigneePriority": str,
    "orderHint": str,
}  # fmt: skip


def _invalid(message: str) -> GraphError:
    return GraphError(400, "", message)


def _checked(document: Resource) -> Resource:
    chosen = taken(document, _WRITABLE, "microsoft.graph.plannerTask")
    if not 0 <= int(chosen.get("percentComplete") or 0) <= 100:
        raise _invalid("percentComplete must be from 0 to 100.")
    if not 0 <= int(chosen.get("priority") or 0) <= 10:
        raise _invalid("priority must be from 0 to 10.")
    for name in ("startDateTime", "dueDateTime"):
        if chosen.get(name):
            chosen[name] = utc(parsed(chosen[name]))
    for user_id, assignment in (chosen.get("assignments") or {}).items():
        _check_assignment(user_id, assignment)
    return chosen


def _check_assignment(user_id: str, assignment: object) -> None:
    """Refuses what is neither an assignment to a user of the directory nor the end of one."""
    try:
        known = bool(_GUID.fullmatch(user_id)) and organisation().user(user_id)
    except KeyError:
        known = False
    if not known:
        raise _invalid(f"The user '{user_id}' of an assignment does not exist.")
    if assignment is None:
        return
    if not isinstance(assignment, dict) or assignment.get("@odata.type") != _ASSIGNMENT:
        raise _invalid(f"An assignment is null or of the type '{_ASSIGNMENT}'.")
    if unknown := assignment.keys() - {"@odata.type", "orderHint"}:
        raise _invalid(f"An assignment cannot be given {sorted(unknown)}.")
    if "orderHint" not in assignment:
        raise _invalid("An assignment needs an orderHint.")


@area.operation("GET", "/me/planner/tasks", permissions=("Tasks.Read",))
async def list_my_tasks(call: Call) -> Response:
    """Returns the tasks assigned to the signed-in user."""
    tasks = [each for each in call.tenant.plans.tasks.values() if call.user.object_id in each["assignments"]]
    return call.many(tasks, call.context("Collection(microsoft.graph.plannerTask)"), _TASK)


@area.operation("GET", "/me/planner/plans", permissions=("Tasks.Read",))
async def list_my_plans(call: Call) -> Response:
    """Returns the plans that are shared with the signed-in user, which are not all they may open."""
    plans = call.tenant.plans
    mine = [
        plan
        for plan in plans.plans.values()
        if call.user.object_id in plans.members[plan["id"]] and plan["id"] not in plans.unshared
    ]
    return call.many(mine, call.context("Collection(microsoft.graph.plannerPlan)"), _PLAN)


@area.operation("GET", "/groups/{group}/planner/plans", permissions=("Tasks.Read",))
async def list_group_plans(call: Call) -> Response:
    """Returns the plans of a group, for its members."""
    plans = call.tenant.plans
    theirs = [plan for plan in plans.plans.values() if plan["owner"] == call.arguments["group"].casefold()]
    if not any(call.user.object_id in plans.members[plan["id"]] for plan in theirs):
        raise PLANNER.error()
    return call.many(theirs, call.context("Collection(microsoft.graph.plannerPlan)"), _PLAN)


@area.operation("GET", "/planner/plans/{plan}", permissions=("Tasks.Read",))
async def get_plan(call: Call) -> Response:
    """Returns one plan."""
    plan = call.tenant.plans.plan(call.arguments["plan"], call.user)
    return call.one(plan, call.context("planner/plans/$entity"), _PLAN)


@area.operation("GET", "/planner/plans/{plan}/buckets", permissions=("Tasks.Read",))
async def list_buckets(call: Call) -> Response:
    """Returns the buckets of one plan, the newest first: their order is what their hints say."""
    plan = call.tenant.plans.plan(call.arguments["plan"], call.user)
    buckets = [each for each in call.tenant.plans.buckets.values() if each["planId"] == plan["id"]]
    return call.many(buckets[::-1], call.context("Collection(microsoft.graph.plannerBucket)"), _BUCKET)


@area.operation("GET", "/planner/plans/{plan}/tasks", permissions=("Tasks.Read",))
async def list_tasks(call: Call) -> Response:
    """Returns the tasks of one plan."""
    plan = call.tenant.plans.plan(call.arguments["plan"], call.user)
    tasks = [each for each in call.tenant.plans.tasks.values() if each["planId"] == plan["id"]]
    return call.many(tasks, call.context("Collection(microsoft.graph.plannerTask)"), _TASK)


@area.operation("GET", "/planner/tasks/{task}", permissions=("Tasks.Read",))
async def get_task(call: Call) -> Response:
    """Returns one task."""
    task = call.tenant.plans.task(call.arguments["task"], call.user)
    return call.one(task, call.context("planner/tasks/$entity"), _TASK)


@area.operation("POST", "/planner/tasks", permissions=("Tasks.ReadWrite",))
async def create_task(call: Call) -> Response:
    """Returns the new task."""
    document = await call.document()
    plans = call.tenant.plans
    plan = plans.plan(str(document.pop("planId", "")), call.user)
    properties = _checked(document)
    _check_place(call, plan, properties)
    if not str(properties.get("title") or "").strip():
        raise _invalid("A task needs a title.")
    task = plans.add_task(plan["id"], call.user.object_id, properties)
    # The details of a new task are there a moment later.
    plans.fresh.add(task["id"])
    return call.one(task, call.context("planner/tasks/$entity"), _TASK, 201)


@area.operation("PATCH", "/planner/tasks/{task}", permissions=("Tasks.ReadWrite",))
async def update_task(call: Call) -> Response:
    """Changes the task; returns it only when the client prefers `return=representation`."""
    plans = call.tenant.plans
    task = plans.task(call.arguments["task"], call.user)
    expect(call, task)
    properties = _checked(await call.document())
    _check_place(call, plans.plan(task["planId"], call.user), properties)
    if "title" in properties and not str(properties["title"] or "").strip():
        raise _invalid("A task needs a title.")
    plans.change(task, call.user.object_id, properties)
    if (call.preference("return") or "").casefold() != "representation":
        return Response(status_code=204)
    answer = {"@odata.context": call.context("planner/tasks/$entity")} | task
    return JSONResponse(answer, headers={"Preference-Applied": "return=representation"})


@area.operation("DELETE", "/planner/tasks/{task}", permissions=("Tasks.ReadWrite",))
async def delete_task(call: Call) -> Response:
    """Deletes the task."""
    task = call.tenant.plans.task(call.arguments["task"], call.user)
    expect(call, task)
    del call.tenant.plans.tasks[task["id"]]
    return Response(status_code=204)


def _check_place(call: Call, plan: Resource, properties: Resource) -> None:
    """Refuses a bucket of another plan, and people who are not in this one."""
    plans = call.tenant.plans
    bucket = properties.get("bucketId")
    if bucket is not None and plans.buckets.get(bucket, {}).get("planId") != plan["id"]:
        raise _invalid("The bucket does not belong to the plan.")
    assigned = {key.casefold() for key, value in (properties.get("assignments") or {}).items() if value}
    if assigned - plans.members[plan["id"]]:
        raise PLANNER.error()


def expect(call: Call, task: Resource) -> None:
    """Refuses a change that does not name the version a task or its details have.

    Raises:
        GraphError: `If-Match` is missing, or names another version.
    """
    if call.header("if-match") is None:
        raise _invalid("The If-Match header must be specified for this request.")
    call.expect(task["@odata.etag"], GraphError(412, "", "The If-Match header contains an invalid value."))
