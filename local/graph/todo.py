"""Serves To Do lists and their tasks, each user's own."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from local.graph.denials import OUTLOOK
from local.graph.drafts import checked_body
from local.graph.errors import GraphError, bad_request, mailbox_item_not_found
from local.graph.filters import filtered
from local.graph.odata import EntityType, Resource, ordered, ordering
from local.graph.operations import Area, Call
from local.graph.time_zones import moment, written
from local.graph.todo_lists import TodoLists
from local.graph.written import Shape, taken

area = Area(OUTLOOK)

_LIST = EntityType(
    "microsoft.graph.todoTaskList",
    ("id", "displayName", "isOwner", "isShared", "wellknownListName"),
    page=100,
)
_TASK = EntityType(
    "microsoft.graph.todoTask",
    (
        "id", "title", "status", "importance", "isReminderOn", "createdDateTime", "lastModifiedDateTime",
        "hasAttachments", "categories", "body", "dueDateTime", "startDateTime", "completedDateTime",
        "reminderDateTime", "recurrence", "bodyLastModifiedDateTime", "checklistItems", "linkedResources",
    ),
    page=100,
)  # fmt: skip
_WRITABLE: dict[str, Shape] = {
    "title": str, "status": str, "importance": str, "isReminderOn": bool, "categories": list, "body": dict,
    "dueDateTime": dict, "startDateTime": dict, "completedDateTime": dict, "reminderDateTime": dict,
}  # fmt: skip
_CHOICES = {
    "status": ("notStarted", "inProgress", "completed", "waitingOnOthers", "deferred"),
    "importance": ("low", "normal", "high"),
}


def _checked(document: Resource) -> Resource:
    chosen: dict[str, Any] = taken(document, _WRITABLE, "microsoft.graph.todoTask")
    for name, choices in _CHOICES.items():
        if name in chosen and chosen[name] not in choices:
            raise bad_request(f"Requested value '{chosen[name]}' was not found.", "invalidRequest")
    if chosen.get("body"):
        chosen["body"] = checked_body(chosen["body"])
    for name in ("dueDateTime", "startDateTime", "completedDateTime", "reminderDateTime"):
        if chosen.get(name):
            chosen[name] = written(moment(chosen[name]))
    return chosen


def _mine(call: Call) -> TodoLists:
    return call.tenant.todo[call.user.object_id]


def _context(call: Call) -> str:
    return call.mine(f"todo/lists('{call.arguments['list']}')/tasks")


@area.operation("GET", "/me/todo/lists", permissions=("Tasks.Read",))
async def list_lists(call: Call) -> Response:
    """Returns the lists of the signed-in user."""
    lists = filtered(list(_mine(call).lists.values()), call.query.option("filter"))
    return call.many(lists, call.mine("todo/lists"), _LIST)


@area.operation("GET", "/me/todo/lists/{list}", permissions=("Tasks.Read",))
async def get_list(call: Call) -> Response:
    """Returns one list."""
    mine = _mine(call)
    mine.in_list(call.arguments["list"])
    return call.one(mine.lists[call.arguments["list"]], call.mine("todo/lists/$entity"), _LIST)


@area.operation("GET", "/me/todo/lists/{list}/tasks", permissions=("Tasks.Read",))
async def list_tasks(call: Call) -> Response:
    """Returns the tasks of one list; no call gives those of all lists."""
    tasks = list(_mine(call).in_list(call.arguments["list"]).values())
    chosen = filtered(tasks, call.query.option("filter"))
    order = ordering(call.query.option("orderby")) or [("createdDateTime", True)]
    return call.many(ordered(chosen, order), _context(call), _TASK)


@area.operation("GET", "/me/todo/lists/{list}/tasks/{task}", permissions=("Tasks.Read",))
async def get_task(call: Call) -> Response:
    """Returns one task."""
    return call.one(task_of(call), f"{_context(call)}/$entity", _TASK)


def task_of(call: Call) -> Resource:
    """Returns the task that a path names.

    Raises:
        GraphError: There is no such list, or no such task in it.
    """
    tasks = _mine(call).in_list(call.arguments["list"])
    if call.arguments["task"] not in tasks:
        raise mailbox_item_not_found()
    return tasks[call.arguments["task"]]


@area.operation("POST", "/me/todo/lists/{list}/tasks", permissions=("Tasks.ReadWrite",))
async def create_task(call: Call) -> Response:
    """Returns the new task."""
    properties = _checked(await call.document())
    if not str(properties.get("title") or "").strip():
        raise GraphError(400, "invalidRequest", "A task needs a title.")
    task = _mine(call).add(call.arguments["list"], properties)
    return call.one(task, f"{_context(call)}/$entity", _TASK, 201)


@area.operation("PATCH", "/me/todo/lists/{list}/tasks/{task}", permissions=("Tasks.ReadWrite",))
async def update_task(call: Call) -> Response:
    """Returns the task after the change."""
    task = task_of(call)
    changed = GraphError(412, "ErrorIrresolvableConflict", "The task was changed meanwhile.")
    call.expect(task["@odata.etag"], changed)
    _mine(call).change(task, _checked(await call.document()))
    return call.one(task, f"{_context(call)}/$entity", _TASK)


@area.operation("DELETE", "/me/todo/lists/{list}/tasks/{task}", permissions=("Tasks.ReadWrite",))
async def delete_task(call: Call) -> Response:
    """Deletes the task."""
    del _mine(call).in_list(call.arguments["list"])[task_of(call)["id"]]
    return Response(status_code=204)
