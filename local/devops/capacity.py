"""Serves what a team and its members have set for an iteration: capacities and days off."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.data_files import data_file
from local.devops.team_settings import iteration_url, wanted_iteration
from local.devops.times import midnight, stamp
from local.relative_time import at

_READ = ("vso.work",)
_ITERATION = "work/teamsettings/iterations/{iteration}"
# What a member has who has set nothing.
_UNSET: list[dict[str, Any]] = [{"capacityPerDay": 0.0, "name": ""}]


def list_capacities(call: Call) -> Response:
    """Returns the hours a day of each member, with the sums: no list with a count, as elsewhere."""
    iteration = wanted_iteration(call)
    capacities = data_file("devops_planning.json")["capacities"].get(call.team.name, {})
    url = f"{iteration_url(call, iteration)}/capacities"
    members: list[dict[str, Any]] = []
    for alias in call.team.members:
        activities = [
            {"capacityPerDay": float(hours), "name": name}
            for name, hours in capacities.get(alias, {}).items()
        ]
        identity = call.store.identity(alias, call.organization)
        members.append(
            {
                "teamMember": identity,
                "activities": activities or _UNSET,
                "daysOff": _days_off(call, alias),
                "url": f"{url}/{identity['id']}",
            }
        )
    return JSONResponse(
        {
            "teamMembers": members,
            "totalCapacityPerDay": sum(
                activity["capacityPerDay"] for member in members for activity in member["activities"]
            ),
            "totalDaysOff": sum(len(member["daysOff"]) for member in members),
        }
    )


def get_team_days_off(call: Call) -> Response:
    """Returns the days on which the whole team is off."""
    iteration = wanted_iteration(call)
    return JSONResponse(
        {"daysOff": _days_off(call, ""), "url": f"{iteration_url(call, iteration)}/teamdaysoff"}
    )


def _days_off(call: Call, alias: str) -> list[dict[str, Any]]:
    ranges = data_file("devops_planning.json")["days_off"].get(call.team.name, {}).get(alias, [])
    return [
        {
            "start": stamp(midnight(at(first, call.store.started).date())),
            "end": stamp(midnight(at(last, call.store.started).date())),
        }
        for first, last in ranges
    ]


OPERATIONS = [
    Operation("GET", f"{_ITERATION}/capacities", _READ, list_capacities),
    Operation("GET", f"{_ITERATION}/teamdaysoff", _READ, get_team_days_off),
]
