"""Serves the tags of a project: those its work items carry."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.data_files import named_id
from local.devops.errors import wrapped
from local.devops.paging import collection

_READ = ("vso.work",)


def list_tags(call: Call) -> Response:
    """Returns the tags of the project by name."""
    return collection([_view(call, each) for each in _names(call)])


def get_tag(call: Call) -> Response:
    """Returns one tag, by its name in any case or its id."""
    wanted = call.parts["tag"].casefold()
    for name in _names(call):
        if wanted in (name.casefold(), _id(call, name)):
            return JSONResponse(_view(call, name))
    raise wrapped(404, "TagNotFoundException", f"VS403467: The tag '{call.parts['tag']}' does not exist.")


def _names(call: Call) -> list[str]:
    written = [
        item.text("System.Tags")
        for item in call.organization.work_items.values()
        if item.text("System.TeamProject") == call.project.name
    ]
    names = {name.strip() for each in written for name in each.split(";") if name.strip()}
    return sorted(names, key=str.casefold)


def _id(call: Call, name: str) -> str:
    return named_id("tag", call.project.id, name.casefold())


def _view(call: Call, name: str) -> dict[str, Any]:
    identifier = _id(call, name)
    url = call.store.url(call.organization, call.project.id, "_apis/wit/tags", identifier)
    return {"id": identifier, "name": name, "url": url}


OPERATIONS = [
    Operation("GET", "wit/tags", _READ, list_tags),
    Operation("GET", "wit/tags/{tag}", _READ, get_tag),
]
