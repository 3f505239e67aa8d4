"""Serves the library of pipelines: variable groups, environments, and what was deployed to these."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.data_files import data_file, named_id
from local.devops.errors import wrapped
from local.devops.paging import collection, page_by_offset
from local.devops.times import stamp
from local.relative_time import at

_VARIABLES = ("vso.variablegroups_read",)
_ENVIRONMENTS = ("vso.environment_manage",)
_PAGE = 1000


def list_variable_groups(call: Call) -> Response:
    """Returns the variable groups of the project by name, ids or all, the newest first."""
    wanted, name = call.numbers("groupIds"), call.query.get("groupName", "").casefold()
    groups = [
        each
        for each in _of_project(call, "variable_groups")
        if (wanted is None or each["id"] in wanted) and _matches(name, each["name"].casefold())
    ]
    if call.query.get("queryOrder", "").casefold() == "idascending":
        groups = sorted(groups, key=lambda each: int(each["id"]))
    page, following = page_by_offset(groups, call.number("$top", _PAGE), call.query.get("continuationToken"))
    return collection([_variable_group(call, each) for each in page], following)


def get_variable_group(call: Call) -> Response:
    """Returns one variable group."""
    return JSONResponse(_variable_group(call, _one(call, "variable_groups", "group", "Variable group")))


def list_environments(call: Call) -> Response:
    """Returns the environments of the project, by name or all."""
    name = call.query.get("name", "").casefold()
    found = [
        each for each in _of_project(call, "environments") if not name or each["name"].casefold() == name
    ]
    page, following = page_by_offset(found, call.number("$top", _PAGE), call.query.get("continuationToken"))
    return collection([_environment(call, each) for each in page], following)


def get_environment(call: Call) -> Response:
    """Returns one environment."""
    return JSONResponse(_environment(call, _one(call, "environments", "environment", "Environment")))


def list_deployments(call: Call) -> Response:
    """Returns what was deployed to an environment, the last first; its limit is `top`, without a dollar."""
    environment = _one(call, "environments", "environment", "Environment")
    page, following = page_by_offset(
        environment["deployments"], call.number("top", _PAGE), call.query.get("continuationToken")
    )
    return collection([_deployment(call, environment, each) for each in page], following)


def _matches(pattern: str, name: str) -> bool:
    """Tells whether a name is the one asked for, or begins as it does where that ends with an asterisk."""
    if pattern.endswith("*"):
        return name.startswith(pattern.rstrip("*"))
    return not pattern or name == pattern


def _of_project(call: Call, kind: str) -> list[dict[str, Any]]:
    return [each for each in data_file("devops_library.json")[kind] if each["project"] == call.project.name]


def _one(call: Call, kind: str, part: str, what: str) -> dict[str, Any]:
    wanted = call.part(part)
    found = next((each for each in _of_project(call, kind) if each["id"] == wanted), None)
    if found is None:
        raise wrapped(404, f"{what.title().replace(' ', '')}NotFoundException", f"{what} {wanted} not found.")
    return found


def _variable_group(call: Call, group: dict[str, Any]) -> dict[str, Any]:
    by = call.store.identity(group["by"], call.organization)
    project = {"id": call.project.id, "name": call.project.name}
    return {
        "variables": {
            # What is secret comes without a value.
            name: {"value": None, "isSecret": True} if value is None else {"value": value}
            for name, value in group["variables"].items()
        },
        "id": group["id"],
        "type": "Vsts",
        "name": group["name"],
        "description": group["description"],
        "createdBy": by,
        "createdOn": stamp(at(group["created"], call.store.started)),
        "modifiedBy": by,
        "modifiedOn": stamp(at(group["modified"], call.store.started)),
        "isShared": False,
        "variableGroupProjectReferences": [
            {"projectReference": project, "name": group["name"], "description": group["description"]}
        ],
    }


def _environment(call: Call, environment: dict[str, Any]) -> dict[str, Any]:
    by = call.store.identity(environment["by"], call.organization)
    created = stamp(at(environment["created"], call.store.started))
    return {
        "id": environment["id"],
        "name": environment["name"],
        "description": environment["description"],
        "createdBy": by,
        "createdOn": created,
        "lastModifiedBy": by,
        "lastModifiedOn": created,
        "project": {"id": call.project.id, "name": call.project.name},
    }


def _deployment(call: Call, environment: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    times = {
        name: stamp(at(told[when], call.store.started))
        for name, when in (("queueTime", "queued"), ("startTime", "started"), ("finishTime", "finished"))
    }
    return {
        "id": told["id"],
        "environmentId": environment["id"],
        "planType": "Build",
        "planId": named_id("plan", told["build"]),
        "scopeId": call.project.id,
        "stageName": told["stage"],
        "stageAttempt": 1,
        "jobName": told["job"],
        "jobAttempt": 1,
        "definition": {"id": told["definition"], "name": told["pipeline"]},
        "owner": {"id": told["build"], "name": str(told["build"])},
        "result": told["result"],
        **times,
    }


OPERATIONS = [
    Operation("GET", "distributedtask/variablegroups", _VARIABLES, list_variable_groups),
    Operation("GET", "distributedtask/variablegroups/{group}", _VARIABLES, get_variable_group),
    Operation("GET", "distributedtask/environments", _ENVIRONMENTS, list_environments),
    Operation("GET", "distributedtask/environments/{environment}", _ENVIRONMENTS, get_environment),
    Operation(
        "GET",
        "distributedtask/environments/{environment}/environmentdeploymentrecords",
        _ENVIRONMENTS,
        list_deployments,
    ),
]
