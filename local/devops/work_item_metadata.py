"""Serves the metadata of work items: types, states, fields, links, areas."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.boards import board_fields
from local.devops.call import Call, Operation
from local.devops.data_files import named_id
from local.devops.errors import wrapped
from local.devops.paging import collection
from local.devops.times import midnight, stamp
from local.devops.work_item import LINK_TYPES, RESOURCE_LINK_TYPES
from local.devops.work_item_types import Field, WorkItemType, process

_READ = ("vso.work",)


def list_types(call: Call) -> Response:
    """Returns all work item types of the project."""
    _ = call.project
    return collection([_type_view(call, kind) for kind in process().types])


def get_type(call: Call) -> Response:
    """Returns one work item type, with its fields and states."""
    return JSONResponse(_type_view(call, wanted_type(call)))


def list_states(call: Call) -> Response:
    """Returns the states of a work item type."""
    return collection(_states(wanted_type(call)))


def list_type_fields(call: Call) -> Response:
    """Returns the fields of a work item type; with the values they allow when all is asked for."""
    kind = wanted_type(call)
    return collection([_field_of_type(call, kind, field, typed=True) for field in kind.fields])


def list_fields(call: Call) -> Response:
    """Returns all fields there are."""
    fields = [*process().fields.values(), *board_fields(call.organization)]
    return collection([_field_view(call, field) for field in fields])


def list_relation_types(call: Call) -> Response:
    """Returns all link types."""
    url = call.store.url(call.organization, "_apis/wit/workItemRelationTypes")
    links = [(rel, name, "workItemLink") for rel, (name, _) in LINK_TYPES.items()]
    resources = [(rel, rel, "resourceLink") for rel in RESOURCE_LINK_TYPES]
    return collection(
        [
            {
                "attributes": {
                    "usage": usage,
                    "editable": True,
                    "enabled": True,
                    "acyclic": "Related" not in rel,
                },
                "referenceName": rel,
                "name": name,
                "url": f"{url}/{rel}",
            }
            for rel, name, usage in links + resources
        ]
    )


def get_classification_node(call: Call) -> Response:
    """Returns the tree of areas or iterations of the project, one level deep unless more is asked for."""
    group = call.parts["group"].casefold()
    if group not in ("areas", "iterations"):
        raise wrapped(404, "VssResourceNotFoundException", f"VS402485: There is no structure group {group}.")
    project = call.project
    url = call.store.url(call.organization, project.id, "_apis/wit/classificationNodes", group.capitalize())
    children: list[dict[str, Any]] = []
    if group == "areas":
        children = [_node(url, "area", path, {}) for path in project.areas if "\\" in path]
    else:
        children = [
            _node(
                url,
                "iteration",
                each.path,
                {
                    "attributes": {
                        "startDate": stamp(midnight(each.start)),
                        "finishDate": stamp(midnight(each.finish)),
                    }
                },
            )
            for each in project.iterations
        ]
    root = _node(url, group.removesuffix("s"), project.name, {"hasChildren": bool(children)})
    if call.number("$depth", 0) > 0:
        root["children"] = children
    return JSONResponse(root)


def wanted_type(call: Call) -> WorkItemType:
    """Returns the work item type the path names; 404 if the process has none of that name."""
    written = call.parts["type"]
    kind = process().type(written)
    if kind is None:
        raise wrapped(
            404,
            "WorkItemTypeNotFoundException",
            f"VS402323: {call.project.name} has no work item type {written}.",
        )
    return kind


def _type_view(call: Call, kind: WorkItemType) -> dict[str, Any]:
    fields = [_field_of_type(call, kind, field, typed=False) for field in kind.fields]
    icon = call.store.url(call.organization, f"_apis/wit/workItemIcons/{kind.icon}?color={kind.color}&v=2")
    return {
        "name": kind.name,
        "referenceName": kind.reference_name,
        "description": kind.description,
        "color": kind.color,
        "icon": {"id": kind.icon, "url": icon},
        "isDisabled": False,
        "fields": fields,
        "fieldInstances": fields,
        "transitions": {
            state.name: [{"to": other.name, "actions": None} for other in kind.states if other is not state]
            for state in kind.states
        },
        "states": _states(kind),
        "url": call.store.url(
            call.organization, call.project.id, "_apis/wit/workItemTypes", kind.name.replace(" ", "%20")
        ),
    }


def _states(kind: WorkItemType) -> list[dict[str, str]]:
    return [{"name": state.name, "color": state.color, "category": state.category} for state in kind.states]


def _field_of_type(call: Call, kind: WorkItemType, field: Field, *, typed: bool) -> dict[str, Any]:
    """Returns a field of a type; its values have the field's own type, inside of a type they are text."""

    def shown(value: Any) -> Any:
        return value if typed else str(value)

    default = process().defaults.get(field.ref)
    view: dict[str, Any] = {
        "defaultValue": None if default is None else shown(default),
        "helpText": None,
        "alwaysRequired": field.ref
        in ("System.Title", "System.State", "System.AreaPath", "System.IterationPath"),
        "dependentFields": [],
        "referenceName": field.ref,
        "name": field.name,
        "url": call.store.url(call.organization, call.project.id, "_apis/wit/fields", field.ref),
    }
    if call.query.get("$expand", "").casefold() in ("all", "allowedvalues"):
        values = [state.name for state in kind.states] if field.ref == "System.State" else []
        view["allowedValues"] = values or [shown(value) for value in process().allowed.get(field.ref, [])]
    return view


def _field_view(call: Call, field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "referenceName": field.ref,
        "description": None,
        "type": field.type,
        "usage": "workItem",
        "readOnly": field.read_only,
        "canSortBy": field.type not in ("html", "history", "plainText"),
        "isQueryable": True,
        "isIdentity": field.type == "identity",
        "isPicklist": field.ref in process().allowed,
        "isPicklistSuggested": False,
        "supportedOperations": [{"referenceName": "SupportedOperations.Equals", "name": "="}],
        "url": call.store.url(call.organization, "_apis/wit/fields", field.ref),
    }


def _node(url: str, kind: str, path: str, more: dict[str, Any]) -> dict[str, Any]:
    project, _, rest = path.partition("\\")
    identifier = named_id(kind, path)
    return {
        "id": int(identifier[:6], 16),
        "identifier": identifier,
        "name": rest or project,
        "structureType": kind,
        "hasChildren": False,
        "path": "\\".join(["", project, kind.capitalize(), *([rest] if rest else [])]),
        "url": f"{url}/{rest}" if rest else url,
        **more,
    }


OPERATIONS = [
    Operation("GET", "wit/workitemtypes", _READ, list_types),
    Operation("GET", "wit/workitemtypes/{type}", _READ, get_type),
    Operation("GET", "wit/workitemtypes/{type}/states", _READ, list_states),
    Operation("GET", "wit/workitemtypes/{type}/fields", _READ, list_type_fields),
    Operation("GET", "wit/fields", _READ, list_fields),
    Operation("GET", "wit/workitemrelationtypes", _READ, list_relation_types),
    Operation("GET", "wit/classificationnodes/{group}", _READ, get_classification_node),
]
