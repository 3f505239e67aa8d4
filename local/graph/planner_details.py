"""Serves details of tasks of Planner: description, checklist, references, in a version of their own."""

from __future__ import annotations

import re

from starlette.responses import JSONResponse, Response

from local.graph.denials import PLANNER
from local.graph.errors import GraphError
from local.graph.odata import EntityType, Resource
from local.graph.operations import Area, Call
from local.graph.planner import expect
from local.graph.written import Shape, taken

area = Area(PLANNER)

MOST_STEPS = 20
_DETAILS = EntityType(
    "microsoft.graph.plannerTaskDetails", ("id", "description", "previewType", "checklist", "references")
)
_WRITABLE: dict[str, Shape] = {"description": str, "previewType": str, "checklist": dict, "references": dict}
_PREVIEWS = ("automatic", "noPreview", "checklist", "description", "reference")
_STEP = "#microsoft.graph.plannerChecklistItem"
_REFERENCE = "#microsoft.graph.plannerExternalReference"
_ENTRIES: dict[str, tuple[str, dict[str, Shape]]] = {
    "checklist": (_STEP, {"title": str, "isChecked": bool, "orderHint": str}),
    "references": (_REFERENCE, {"alias": str, "type": str, "previewPriority": str}),
}
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# `%`, `.`, `:`, `@` and `#` are encoded in the names of an open type.
_NO_REFERENCE = re.compile(r"[.:@#]|%(?![0-9A-Fa-f]{2})")
_LONGEST_STEP = 100


def _invalid(message: str) -> GraphError:
    return GraphError(400, "", message)


def _checked(document: Resource, present: Resource) -> Resource:
    chosen = taken(document, _WRITABLE, "microsoft.graph.plannerTaskDetails")
    if chosen.get("previewType", "automatic") not in _PREVIEWS:
        raise _invalid("The previewType is not one there is.")
    for name, (type_name, writable) in _ENTRIES.items():
        for key, value in (chosen.get(name) or {}).items():
            if name == "checklist" and not _GUID.fullmatch(key):
                raise _invalid(f"The id '{key}' of a checklist item is not a GUID.")
            if name == "references" and _NO_REFERENCE.search(key):
                raise _invalid(f"The address '{key}' of a reference is not encoded.")
            if value is None:
                continue
            if not isinstance(value, dict) or value.get("@odata.type") != type_name:
                raise _invalid(f"An entry of {name} is null or of the type '{type_name}'.")
            taken(value, writable, type_name)
            if name == "checklist":
                _check_step(value, is_new=key not in present["checklist"])
    steps = {**present["checklist"], **(chosen.get("checklist") or {})}
    if sum(value is not None for value in steps.values()) > MOST_STEPS:
        raise GraphError(403, "MaximumChecklistItemsOnTask", "The maximum number of items is reached.")
    return chosen


def _check_step(value: Resource, *, is_new: bool) -> None:
    title = value.get("title")
    if (is_new or title is not None) and not str(title or "").strip():
        raise _invalid("A checklist item needs a title.")
    if len(str(title or "")) > _LONGEST_STEP:
        raise _invalid(f"The title of a checklist item has at most {_LONGEST_STEP} characters.")


@area.operation("GET", "/planner/tasks/{task}/details", permissions=("Tasks.Read",))
async def get_details(call: Call) -> Response:
    """Returns the details of a task; just after its creation they are not there yet."""
    plans = call.tenant.plans
    task = plans.task(call.arguments["task"], call.user)
    if task["id"] in plans.fresh:
        plans.fresh.remove(task["id"])
        raise GraphError(404, "", "The requested item is not found.")
    context = call.context(f"planner/tasks('{task['id']}')/details/$entity")
    return call.one(plans.details[task["id"]], context, _DETAILS)


@area.operation("PATCH", "/planner/tasks/{task}/details", permissions=("Tasks.ReadWrite",))
async def update_details(call: Call) -> Response:
    """Changes the details in their version, which is not the task's; returns them only when preferred."""
    plans = call.tenant.plans
    task = plans.task(call.arguments["task"], call.user)
    details = plans.details[task["id"]]
    expect(call, details)
    plans.change_details(task, call.user.object_id, _checked(await call.document(), details))
    if (call.preference("return") or "").casefold() != "representation":
        return Response(status_code=204)
    context = {"@odata.context": call.context(f"planner/tasks('{task['id']}')/details/$entity")}
    return JSONResponse(context | details, headers={"Preference-Applied": "return=representation"})
