"""Serves classic releases: those of a project, newest first, and one with what happened in each stage."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.data_files import data_file
from local.devops.errors import wrapped
from local.devops.paging import collection, page_by_offset
from local.devops.times import stamp
from local.relative_time import at

_READ = ("vso.release",)
_DEFINITION = {"id": 4, "name": "booking-release", "path": "\\"}


def list_releases(call: Call) -> Response:
    """Returns releases, the newest first; their stages only where these are asked for."""
    wanted = call.query.get("definitionId")
    text = call.query.get("searchText", "").casefold()
    found = [
        each
        for each in _releases(call)
        if (wanted is None or wanted == str(_DEFINITION["id"])) and text in each["name"].casefold()
    ]
    page, following = page_by_offset(found, call.number("$top", 50), call.query.get("continuationToken"))
    staged = "environments" in call.query.get("$expand", "").casefold()
    return collection([_view(call, each, staged=staged) for each in page], following)


def get_release(call: Call) -> Response:
    """Returns one release."""
    wanted = call.part("release")
    found = next((each for each in _releases(call) if each["id"] == wanted), None)
    if found is None:
        raise wrapped(404, "ReleaseNotFoundException", f"VS402881: Release {wanted} does not exist.")
    return JSONResponse(_view(call, found, staged=True))


def _releases(call: Call) -> list[dict[str, Any]]:
    releases = data_file("devops_releases.json")
    return [each for each in releases if each["project"] == call.project.name]


def _view(call: Call, release: dict[str, Any], *, staged: bool) -> dict[str, Any]:
    web = call.store.url(call.organization, call.project.id, f"_release?releaseId={release['id']}")
    view: dict[str, Any] = {
        "id": release["id"],
        "name": release["name"],
        "status": "active",
        "createdOn": stamp(at(release["created"], call.store.started)),
        "createdBy": call.store.identity(release["by"], call.organization),
        "description": release["description"],
        "reason": "continuousIntegration",
        "keepForever": False,
        "releaseDefinition": _DEFINITION,
        "projectReference": {"id": call.project.id, "name": call.project.name},
        "_links": {"web": {"href": web}},
    }
    if staged:
        view["environments"] = [
            {
                "id": release["id"] * 10 + rank,
                "releaseId": release["id"],
                "name": name,
                "status": status,
                "rank": rank,
                "definitionEnvironmentId": rank,
            }
            for rank, (name, status) in enumerate(release["stages"].items(), 1)
        ]
    return view


OPERATIONS = [
    Operation("GET", "release/releases", _READ, list_releases),
    Operation("GET", "release/releases/{release}", _READ, get_release),
]
