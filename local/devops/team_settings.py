"""Serves the settings of a team: its iterations and its area."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.errors import argument, wrapped
from local.devops.paging import collection
from local.devops.store import Iteration
from local.devops.times import midnight, stamp

_READ = ("vso.work",)
_SETTINGS = "work/teamsettings"


def get_settings(call: Call) -> Response:
    """Returns the team's backlog iteration, default iteration and working days."""
    current = call.project.current_iteration(call.now.date())
    root = {"id": call.project.id, "name": call.project.name, "path": ""}
    return JSONResponse(
        {
            "backlogIteration": root,
            "bugsBehavior": "asRequirements",
            "workingDays": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "backlogVisibilities": {
                "Microsoft.EpicCategory": True,
                "Microsoft.FeatureCategory": True,
                "Microsoft.RequirementCategory": True,
            },
            "defaultIteration": root if current is None else _iteration(call, current),
            "defaultIterationMacro": "@currentIteration",
            "url": _url(call),
        }
    )


def list_iterations(call: Call) -> Response:
    """Returns the team's iterations, or only the current one, which is the one filter there is."""
    frame = call.query.get("$timeframe")
    if frame is not None and frame.casefold() != "current":
        raise argument("$timeframe", f"The time frame '{frame}' cannot be asked for; only current can.")
    today = call.now.date()
    if frame is None:
        return collection([_iteration(call, each) for each in call.project.iterations])
    current = call.project.current_iteration(today)
    if current is None:
        raise wrapped(
            404, "IterationNotFoundException", f"VS403317: {call.team.name} has no current iteration."
        )
    return collection([_iteration(call, current)])


def get_iteration(call: Call) -> Response:
    """Returns one iteration of the team."""
    return JSONResponse(_iteration(call, wanted_iteration(call)))


def list_iteration_work_items(call: Call) -> Response:
    """Returns the work items of an iteration in the team's area, as links without a source."""
    iteration = wanted_iteration(call)
    area = call.team.area
    relations = [
        {
            "rel": None,
            "source": None,
            "target": {
                "id": item.id,
                "url": call.store.url(call.organization, "_apis/wit/workItems", item.id),
            },
        }
        for item in call.organization.work_items.values()
        if item.value("System.IterationPath") == iteration.path
        and f"{item.text('System.AreaPath')}\\".startswith(f"{area}\\")
    ]
    return JSONResponse(
        {"workItemRelations": relations, "url": f"{_url(call)}/iterations/{iteration.id}/workitems"}
    )


def get_field_values(call: Call) -> Response:
    """Returns the area that makes a work item the team's."""
    return JSONResponse(
        {
            "field": {
                "referenceName": "System.AreaPath",
                "url": call.store.url(call.organization, "_apis/wit/fields/System.AreaPath"),
            },
            "defaultValue": call.team.area,
            "values": [{"value": call.team.area, "includeChildren": True}],
            "url": f"{_url(call)}/teamfieldvalues",
        }
    )


def wanted_iteration(call: Call) -> Iteration:
    """Returns the iteration the path names; 404 for one the team has not selected."""
    wanted = call.parts["iteration"].casefold()
    for iteration in call.project.iterations:
        if iteration.id == wanted:
            return iteration
    raise wrapped(404, "IterationNotFoundException", f"VS403317: There is no iteration '{wanted}'.")


def _iteration(call: Call, iteration: Iteration) -> dict[str, Any]:
    return {
        "id": iteration.id,
        "name": iteration.name,
        "path": iteration.path,
        "attributes": {
            "startDate": stamp(midnight(iteration.start)),
            "finishDate": stamp(midnight(iteration.finish)),
            "timeFrame": iteration.time_frame(call.now.date()),
        },
        "url": iteration_url(call, iteration),
    }


def iteration_url(call: Call, iteration: Iteration) -> str:
    """Returns the address of an iteration of the team."""
    return f"{_url(call)}/iterations/{iteration.id}"


def _url(call: Call) -> str:
    return call.store.url(call.organization, call.project.id, call.team.id, "_apis", _SETTINGS)


OPERATIONS = [
    Operation("GET", _SETTINGS, _READ, get_settings),
    Operation("GET", f"{_SETTINGS}/iterations", _READ, list_iterations),
    Operation("GET", f"{_SETTINGS}/iterations/{{iteration}}", _READ, get_iteration),
    Operation("GET", f"{_SETTINGS}/iterations/{{iteration}}/workitems", _READ, list_iteration_work_items),
    Operation("GET", f"{_SETTINGS}/teamfieldvalues", _READ, get_field_values),
]
