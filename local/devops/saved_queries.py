"""Serves the saved queries of a project, in their folders: two levels at once at most."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.data_files import data_file, named_id
from local.devops.errors import argument, wrapped
from local.devops.paging import collection

_READ = ("vso.work",)
_DEPTH_LIMIT = 2
_FOUND_LIMIT = 200
_ROOTS = ("My Queries", "Shared Queries")


def list_queries(call: Call) -> Response:
    """Returns the folders at the top, or the queries whose name contains a text."""
    text = call.query.get("$filter")
    if text is None:
        depth = _depth(call)
        return collection([_view(call, each, depth) for each in _ROOTS])
    found = [each for each in _paths(call) if text.casefold() in each.rsplit("/", 1)[-1].casefold()]
    top = min(call.number("$top", 50), _FOUND_LIMIT)
    shown = [_view(call, each, 0) for each in sorted(found)[:top]]
    return JSONResponse({"count": len(shown), "value": shown, "hasMore": len(found) > top})


def get_query(call: Call) -> Response:
    """Returns a query or a folder, by id or by path."""
    wanted = call.parts["query"].casefold()
    depth = _depth(call)
    for path in _everything(call):
        if wanted in (path.casefold(), _id(call, path)):
            return JSONResponse(_view(call, path, depth))
    raise wrapped(404, "QueryItemNotFoundException", f"TF401243: The query {wanted} does not exist.")


def _depth(call: Call) -> int:
    depth = call.number("$depth", 0)
    if depth > _DEPTH_LIMIT:
        raise argument("$depth", f"VS402424: The depth {depth} is not from 0 to {_DEPTH_LIMIT}.")
    return depth


def _paths(call: Call) -> dict[str, dict[str, Any]]:
    """Returns the queries of the project that the caller can see, by path."""
    return {
        each["path"]: each
        for each in data_file("devops_planning.json")["queries"]
        if each["project"] == call.project.name and each.get("owner", call.user.alias) == call.user.alias
    }


def _everything(call: Call) -> list[str]:
    """Returns the paths of all folders and queries."""
    found = dict.fromkeys(_ROOTS)
    for path in _paths(call):
        parts = path.split("/")
        found |= dict.fromkeys("/".join(parts[:count]) for count in range(1, len(parts) + 1))
    return list(found)


def _view(call: Call, path: str, depth: int) -> dict[str, Any]:
    queries = _paths(call)
    identifier = _id(call, path)
    view: dict[str, Any] = {
        "id": identifier,
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "isPublic": path.startswith("Shared"),
        "url": call.store.url(call.organization, call.project.id, "_apis/wit/queries", identifier),
    }
    if path in queries:
        view["queryType"] = queries[path].get("kind", "flat")
        if call.query.get("$expand", "none").casefold() in ("wiql", "all"):
            view["wiql"] = queries[path]["text"]
        return view
    below = [each for each in _everything(call) if each.rpartition("/")[0] == path]
    view |= {"isFolder": True, "hasChildren": bool(below)}
    if below and depth:
        view["children"] = [_view(call, each, depth - 1) for each in below]
    return view


def _id(call: Call, path: str) -> str:
    return named_id("query", call.project.id, call.user.alias if path.startswith("My") else "", path)


OPERATIONS = [
    Operation("GET", "wit/queries", _READ, list_queries),
    Operation("GET", "wit/queries/{query}", _READ, get_query),
]
