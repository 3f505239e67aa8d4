"""Serves build definitions: pipelines as the build API knows them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.build import Definition
from local.devops.build_view import build_view, definition_view
from local.devops.call import Call, Operation
from local.devops.errors import wrapped
from local.devops.paging import collection, page_by_offset

_READ = ("vso.build",)


def list_definitions(call: Call) -> Response:
    """Returns the pipelines of the project, by name unless ordered otherwise; `name` takes `*`."""
    found = [each for each in call.organization.definitions.values() if each.project_id == call.project.id]
    name, path = call.query.get("name"), call.query.get("path")
    ids = call.numbers("definitionIds")
    found = [
        each
        for each in found
        if (name is None or fnmatchcase(each.name.casefold(), name.casefold()))
        and (path is None or each.path.casefold() == path.casefold())
        and (ids is None or each.id in ids)
    ]
    order = call.query.get("queryOrder", "definitionNameAscending").casefold()
    found.sort(key=lambda each: each.name, reverse=order == "definitionnamedescending")
    page, following = page_by_offset(found, call.number("$top", 10_000), call.query.get("continuationToken"))
    latest = call.query.get("includeLatestBuilds", "").casefold() == "true"
    return collection(
        [_with_latest(call, each) if latest else definition_view(call, each, full=False) for each in page],
        following,
    )


def get_definition(call: Call) -> Response:
    """Returns one pipeline."""
    return JSONResponse(definition_view(call, find_definition(call, call.part("id")), full=True))


def find_definition(call: Call, definition_id: int) -> Definition:
    """Returns a pipeline of the project.

    Raises:
        RefusalError: There is none with this id.
    """
    found = call.organization.definitions.get(definition_id)
    if found is None or found.project_id != call.project.id:
        raise wrapped(404, "DefinitionNotFoundException", f"There is no build definition {definition_id}.")
    return found


def _with_latest(call: Call, definition: Definition) -> dict[str, Any]:
    view = definition_view(call, definition, full=False)
    builds = [each for each in call.organization.builds.values() if each.definition is definition]
    builds.sort(key=lambda each: each.queued)
    completed = [each for each in builds if each.status(call.now) == "completed"]
    if builds:
        view["latestBuild"] = build_view(call, builds[-1])
    if completed:
        view["latestCompletedBuild"] = build_view(call, completed[-1])
    return view


OPERATIONS = [
    Operation("GET", "build/definitions", _READ, list_definitions),
    Operation("GET", "build/definitions/{id}", _READ, get_definition),
]
