"""Serves how the policies of branches judge pull requests."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.data_files import data_file, named_id
from local.devops.errors import argument, wrapped
from local.devops.paging import collection, page_by_offset
from local.devops.pull_request import PullRequest, Repository
from local.devops.times import stamp

# Ids that are the same in every organization.
_TYPES = {
    "reviewers": ("fa4e907d-c16b-4a4c-9dfa-4906e5d171dd", "Minimum number of reviewers"),
    "build": ("0609b952-1397-4640-95ec-e00a01b2c241", "Build"),
    "work_items": ("40e92b44-2fe1-4dd6-b3d8-74a9c21d0c6e", "Work item linking"),
    "comments": ("c6a1889d-b943-4856-b76f-9e46bb6b0df2", "Comment requirements"),
}
_ARTIFACT = re.compile(r"vstfs:///CodeReview/CodeReviewId/([0-9a-f-]{36})/([0-9]+)", re.IGNORECASE)
_FULFILLED = ("approved", "notApplicable")


def list_evaluations(call: Call) -> Response:
    """Returns how each policy of the target branch judges a pull request."""
    match = _ARTIFACT.fullmatch(call.query.get("artifactId", ""))
    if match is None:
        raise argument("artifactId", "It names no code review.")
    pull_request = call.organization.pull_requests.get(int(match[2]))
    if match[1].casefold() != call.project.id or pull_request is None:
        raise wrapped(404, "GitPullRequestNotFoundException", f"TF401180: There is no {match[2]}.")
    start = call.number("$skip", 0)
    return collection(evaluations(call, pull_request)[start : start + call.number("$top", 100)])


def list_configurations(call: Call) -> Response:
    """Returns the policies of the project's branches, of one type or all."""
    wanted = call.query.get("policyType", "").casefold()
    found = [
        _configuration(call, repository, policy)
        for policy in data_file("devops_git.json")["policies"]
        for repository in call.organization.repositories
        if repository.project_id == call.project.id and repository.name == policy["repository"]
    ]
    shown = [each for each in found if not wanted or each["type"]["id"] == wanted]
    page, following = page_by_offset(shown, call.number("$top", 1000), call.query.get("continuationToken"))
    return collection(page, following)


def get_configuration(call: Call) -> Response:
    """Returns one policy."""
    for policy in data_file("devops_git.json")["policies"]:
        for repository in call.organization.repositories:
            here = repository.project_id == call.project.id and repository.name == policy["repository"]
            if here and policy["id"] == call.part("configuration"):
                return JSONResponse(_configuration(call, repository, policy))
    raise wrapped(
        404,
        "PolicyConfigurationNotFoundException",
        f"TF402460: The policy configuration with the ID {call.parts['configuration']} does not exist.",
    )


def unmet(call: Call, pull_request: PullRequest) -> list[dict[str, Any]]:
    """Returns the evaluations that keep a pull request from being completed."""
    return [
        each
        for each in evaluations(call, pull_request)
        if each["configuration"]["isBlocking"] and each["status"] not in _FULFILLED
    ]


def evaluations(call: Call, pull_request: PullRequest) -> list[dict[str, Any]]:
    """Returns all evaluations of a pull request; a branch without policies has none."""
    policies = data_file("devops_git.json")["policies"]
    return [
        _view(call, pull_request, each)
        for each in policies
        if each["repository"] == pull_request.repository.name
        and pull_request.target == f"refs/heads/{each['branch']}"
    ]


def _configuration(call: Call, repository: Repository, policy: dict[str, Any]) -> dict[str, Any]:
    type_id, name = _TYPES[policy["type"]]
    url = call.store.url(call.organization, repository.project_id, "_apis/policy")
    scope = {
        "repositoryId": repository.id,
        "refName": f"refs/heads/{policy['branch']}",
        "matchKind": "exact",
    }
    return {
        "id": policy["id"],
        "revision": 1,
        "url": f"{url}/configurations/{policy['id']}",
        "type": {"id": type_id, "displayName": name, "url": f"{url}/types/{type_id}"},
        "isEnabled": True,
        "isBlocking": policy["blocking"],
        "isDeleted": False,
        "settings": {**policy["settings"], "scope": [scope]},
    }


def _view(call: Call, pull_request: PullRequest, policy: dict[str, Any]) -> dict[str, Any]:
    repository = pull_request.repository
    view: dict[str, Any] = {
        "evaluationId": named_id("evaluation", policy["id"], pull_request.id),
        "artifactId": f"vstfs:///CodeReview/CodeReviewId/{repository.project_id}/{pull_request.id}",
        "status": _status(pull_request, policy),
        "startedDate": stamp(pull_request.created),
        "configuration": _configuration(call, repository, policy),
    }
    if policy["type"] == "build":
        build = policy["builds"].get(str(pull_request.id), {})
        view["context"] = {**build, "isExpired": False, "buildDefinitionId": 12}
    return view


def _status(pull_request: PullRequest, policy: dict[str, Any]) -> str:
    votes = [each.vote for each in pull_request.reviewers if each.identity != pull_request.author]
    match policy["type"]:
        case "reviewers":
            # A missing approval is one that is still waited for.
            approvals = sum(vote >= 5 for vote in votes)
            enough = approvals >= policy["settings"]["minimumApproverCount"]
            return "rejected" if min(votes, default=0) == -10 else "approved" if enough else "running"
        case "comments":
            open_threads = [each for each in pull_request.threads if each.status in ("active", "pending")]
            return "rejected" if open_threads else "approved"
        case "work_items":
            return "approved" if pull_request.work_items else "rejected"
        case _:
            return "rejected" if str(pull_request.id) in policy["builds"] else "queued"


OPERATIONS = [
    Operation("GET", "policy/evaluations", ("vso.code",), list_evaluations, preview="7.1-preview.1"),
    Operation("GET", "policy/configurations", ("vso.code",), list_configurations),
    Operation("GET", "policy/configurations/{configuration}", ("vso.code",), get_configuration),
]
