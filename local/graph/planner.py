"""Serves plans, their buckets, and tasks that never change without `If-Match`."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from local.graph.denials import PLANNER
from local.graph.errors import GraphError
from local.graph.mailbox import utc
from local.graph.odata import EntityType, Resource
from local.graph.operations import Area, Call
from local.graph.time_zones import parsed
from local.graph.written import Shape, taken

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
    return chosen


@area.operation("GET", "/me/planner/tasks", permissions=("Tasks.Read",))
async def list_my_tasks(call: Call) -> Response:
    """Returns the tasks assigned to the signed-in user."""
    tasks = [each for each in call.tenant.plans.tasks.values() if call.user.object_id in each["assignments"]]
    return call.many(tasks, call.context("Collection(microsoft.graph.plannerTask)"), _TASK)


@area.operation("GET", "/me/planner/plans", permissions=("Tasks.Read",))
async def list_my_plans(call: Call) -> Response:
    """Returns the plans the signed-in user is a member of."""
    plans = call.tenant.plans
    mine = [plan for plan in plans.plans.values() if call.user.object_id in plans.members[plan["id"]]]
    return call.many(mine, call.context("Collection(microsoft.graph.plannerPlan)"), _PLAN)


@area.operation("GET", "/planner/plans/{plan}", permissions=("Tasks.Read",))
async def get_plan(call: Call) -> Response:
    """Returns one plan."""
    plan = call.tenant.plans.plan(call.arguments["plan"], call.user)
    return call.one(plan, call.context("planner/plans/$entity"), _PLAN)


@area.operation("GET", "/planner/plans/{plan}/buckets", permissions=("Tasks.Read",))
async def list_buckets(call: Call) -> Response:
    """Returns the buckets of one plan."""
    plan = call.tenant.plans.plan(call.arguments["plan"], call.user)
    buckets = [each for each in call.tenant.plans.buckets.values() if each["planId"] == plan["id"]]
    return call.many(buckets, call.context("Collection(microsoft.graph.plannerBucket)"), _BUCKET)


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
    bucket = properties.get("bucketId")
    if bucket is not None and plans.buckets.get(bucket, {}).get("planId") != plan["id"]:
        raise _invalid("The bucket does not belong to the plan.")
    if not str(properties.get("title") or "").strip():
        raise _invalid("A task needs a title.")
    task = plans.add_task(plan["id"], call.user.object_id, properties)
    return call.one(task, call.context("planner/tasks/$entity"), _TASK, 201)


@area.operation("PATCH", "/planner/tasks/{task}", permissions=("Tasks.ReadWrite",))
async def update_task(call: Call) -> Response:
    """Changes the task; returns it only when the client prefers `return=representation`."""
    plans = call.tenant.plans
    task = plans.task(call.arguments["task"], call.user)
    _expect(call, task)
    plans.change(task, call.user.object_id, _checked(await call.document()))
    if (call.preference("return") or "").casefold() != "representation":
        return Response(status_code=204)
    answer = {"@odata.context": call.context("planner/tasks/$entity")} | task
    return JSONResponse(answer, headers={"Preference-Applied": "return=representation"})


@area.operation("DELETE", "/planner/tasks/{task}", permissions=("Tasks.ReadWrite",))
async def delete_task(call: Call) -> Response:
    """Deletes the task."""
    task = call.tenant.plans.task(call.arguments["task"], call.user)
    _expect(call, task)
    del call.tenant.plans.tasks[task["id"]]
    return Response(status_code=204)


def _expect(call: Call, task: Resource) -> None:
    if call.header("if-match") is None:
        raise _invalid("The If-Match header must be specified for this request.")
    call.expect(task["@odata.etag"], GraphError(412, "", "The If-Match header contains an invalid value."))
