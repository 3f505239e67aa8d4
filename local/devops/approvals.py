"""Serves the approvals that stages wait for, and who is connected."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.build import Build
from local.devops.call import Call, Operation
from local.devops.data_files import data_file, named_id
from local.devops.errors import argument, binding, wrapped
from local.devops.paging import collection
from local.devops.store import ApprovalDecision
from local.devops.times import stamp
from local.relative_time import at

_READ = ("vso.build",)
_DECIDE = ("vso.build_execute", "vso.pipelineresources_use")
_DECISIONS = ("approved", "rejected")


def list_approvals(call: Call) -> Response:
    """Returns the approvals of a project in a state; their steps only where these are asked for."""
    state = call.query.get("state", "all").casefold()
    ids = {each.casefold() for each in call.query.get("approvalIds", "").split(",") if each}
    found = [
        view
        for entry in _entries(call)
        if (view := _view(call, entry))["status"].casefold() == state or state == "all"
        if not ids or view["id"] in ids
    ]
    return collection(found[: call.number("top", 100)])


def get_approval(call: Call) -> Response:
    """Returns one approval."""
    return JSONResponse(_view(call, _wanted(call, call.parts["approval"])))


def update_approvals(call: Call) -> Response:
    """Returns approvals that the caller decided: only those who are assigned can."""
    updates = call.json(list)
    decided = []
    for update in updates:
        if not isinstance(update, dict) or not isinstance(update.get("approvalId"), str):
            raise binding("Each update names an approvalId.")
        entry = _wanted(call, update["approvalId"])
        status = str(update.get("status", "")).casefold()
        if status not in _DECISIONS:
            raise argument("status", f"An approval cannot be set to '{status}'.")
        if _view(call, entry)["status"] != "pending" or call.user.alias not in entry["approvers"]:
            raise wrapped(
                403, "ApprovalNotAllowedException", "The approval is not pending, or not yours to decide."
            )
        decision = ApprovalDecision(call.user.alias, status, str(update.get("comment") or ""), call.now)
        call.organization.approvals[_id(entry)] = decision
        decided.append(_view(call, entry, steps=True))
    return collection(decided)


def get_connection(call: Call) -> Response:
    """Returns who the token is, by the id that reviewers, voters and approvers have."""
    user = {
        "id": call.user.id,
        "descriptor": f"Microsoft.IdentityModel.Claims.ClaimsIdentity;{call.user.unique_name}",
        "subjectDescriptor": call.user.descriptor,
        "providerDisplayName": call.user.display_name,
        "isActive": True,
    }
    return JSONResponse({"authenticatedUser": user, "authorizedUser": user, "deploymentType": "hosted"})


def checkpoints(call: Call, build: Build) -> list[dict[str, Any]]:
    """Returns the records of a timeline for the approvals that a build waits for, by their ids."""
    return [
        {
            "id": _id(entry),
            "parentId": named_id(build.id, build.definition.stages[-1].name),
            "type": "Checkpoint.Approval",
            "name": "Checkpoint.Approval",
            "state": "completed" if _id(entry) in call.organization.approvals else "inProgress",
            "result": "succeeded" if _id(entry) in call.organization.approvals else None,
            "order": 1,
            "attempt": 1,
            "previousAttempts": [],
        }
        for entry in data_file("devops_planning.json")["approvals"]
        if entry["build"] == build.id
    ]


def _entries(call: Call) -> list[dict[str, Any]]:
    return [
        each
        for each in data_file("devops_planning.json")["approvals"]
        if each["project"] == call.project.name and call.organization.name == "larkspur"
    ]


def _id(entry: dict[str, Any]) -> str:
    return named_id("approval", entry["project"], entry["pipeline"], entry["build"])


def _wanted(call: Call, approval_id: str) -> dict[str, Any]:
    found = next((each for each in _entries(call) if _id(each) == approval_id.casefold()), None)
    if found is None:
        raise wrapped(404, "ApprovalNotFoundException", f"There is no approval {approval_id}.")
    return found


def _view(call: Call, entry: dict[str, Any], *, steps: bool = False) -> dict[str, Any]:
    decision = call.organization.approvals.get(_id(entry))
    created = stamp(at(entry["created"], call.store.started))
    view: dict[str, Any] = {
        "id": _id(entry),
        "steps": [],
        "status": decision.status if decision else "pending",
        "createdOn": created,
        "lastModifiedOn": stamp(decision.when) if decision else created,
        "executionOrder": "anyOrder",
        "minRequiredApprovers": 1,
        "blockedApprovers": [],
        "instructions": entry["instructions"],
    }
    if steps or call.query.get("$expand", "none").casefold() == "steps":
        view["steps"] = [
            _step(call, entry, alias, number) for number, alias in enumerate(entry["approvers"], 1)
        ]
    return view


def _step(call: Call, entry: dict[str, Any], alias: str, number: int) -> dict[str, Any]:
    decision = call.organization.approvals.get(_id(entry))
    step: dict[str, Any] = {
        "assignedApprover": call.store.identity(alias, call.organization),
        "status": "pending",
        "order": number,
        "comment": "",
        "initiatedOn": stamp(at(entry["created"], call.store.started)),
    }
    if decision is not None:
        own = decision.by == alias
        step["status"] = decision.status if own else "skipped"
        if own:
            step |= {
                "actualApprover": call.store.identity(alias, call.organization),
                "comment": decision.comment,
                "lastModifiedOn": stamp(decision.when),
            }
    return step


OPERATIONS = [
    Operation("GET", "pipelines/approvals", _READ, list_approvals),
    Operation("GET", "pipelines/approvals/{approval}", _READ, get_approval),
    Operation("PATCH", "pipelines/approvals", _DECIDE, update_approvals),
    Operation("GET", "connectionData", ("vso.profile",), get_connection, preview="7.1-preview.1"),
]
