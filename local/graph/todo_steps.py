"""Serves the steps of To Do's tasks, and what else they are linked to."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from local.graph.denials import OUTLOOK
from local.graph.errors import bad_request, mailbox_item_not_found
from local.graph.mailbox import utc
from local.graph.odata import EntityType, Resource
from local.graph.operations import Area, Call
from local.graph.todo import task_of
from local.graph.todo_lists import TodoLists
from local.graph.written import Shape, taken

area = Area(OUTLOOK)

_STEP = EntityType(
    "microsoft.graph.checklistItem", ("id", "displayName", "isChecked", "createdDateTime", "checkedDateTime")
)
_LINK = EntityType(
    "microsoft.graph.linkedResource", ("id", "displayName", "applicationName", "externalId", "webUrl")
)
_WRITABLE: dict[str, Shape] = {"displayName": str, "isChecked": bool}
_STEPS = "/me/todo/lists/{list}/tasks/{task}/checklistItems"


def _mine(call: Call) -> TodoLists:
    return call.tenant.todo[call.user.object_id]


def _context(call: Call, of: str) -> str:
    return call.mine(f"todo/lists('{call.arguments['list']}')/tasks('{call.arguments['task']}')/{of}")


def _step(call: Call) -> Resource:
    for step in _mine(call).steps_of(task_of(call)["id"]):
        if step["id"] == call.arguments["step"]:
            return step
    raise mailbox_item_not_found()


async def _checked(call: Call, *, is_new: bool) -> Resource:
    chosen: dict[str, Any] = taken(await call.document(), _WRITABLE, "microsoft.graph.checklistItem")
    if (is_new or "displayName" in chosen) and not str(chosen.get("displayName") or "").strip():
        raise bad_request("A checklist item needs a displayName.", "invalidRequest")
    return chosen


@area.operation("GET", _STEPS, permissions=("Tasks.Read",))
async def list_steps(call: Call) -> Response:
    """Returns the steps of a task."""
    steps = _mine(call).steps_of(task_of(call)["id"])
    return call.many(list(steps), _context(call, "checklistItems"), _STEP)


@area.operation("POST", _STEPS, permissions=("Tasks.ReadWrite",))
async def create_step(call: Call) -> Response:
    """Returns the new step."""
    step = _mine(call).add_step(task_of(call), await _checked(call, is_new=True))
    return call.one(step, _context(call, "checklistItems/$entity"), _STEP, 201)


@area.operation("PATCH", _STEPS + "/{step}", permissions=("Tasks.ReadWrite",))
async def update_step(call: Call) -> Response:
    """Returns the step after the change."""
    step, changes = _step(call), await _checked(call, is_new=False)
    step |= changes
    step.pop("checkedDateTime", None)
    if step["isChecked"]:
        step["checkedDateTime"] = utc(call.tenant.clock())
    _mine(call).change(task_of(call), {})
    return call.one(step, _context(call, "checklistItems/$entity"), _STEP)


@area.operation("DELETE", _STEPS + "/{step}", permissions=("Tasks.ReadWrite",))
async def delete_step(call: Call) -> Response:
    """Deletes the step."""
    task = task_of(call)
    _mine(call).steps_of(task["id"]).remove(_step(call))
    _mine(call).change(task, {})
    return Response(status_code=204)


@area.operation("GET", "/me/todo/lists/{list}/tasks/{task}/linkedResources", permissions=("Tasks.Read",))
async def list_links(call: Call) -> Response:
    """Returns what a task is linked to."""
    links = _mine(call).links.get(task_of(call)["id"], [])
    return call.many(links, _context(call, "linkedResources"), _LINK)
