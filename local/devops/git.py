"""Serves Git repositories and pull requests for reading; what is written to them is elsewhere."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.errors import binding, wrapped
from local.devops.git_view import (
    change_view,
    person,
    pull_request_view,
    repository_view,
    reviewer_view,
    thread_view,
    work_item_reference,
)
from local.devops.paging import collection
from local.devops.pull_request import PullRequest, Repository
from local.devops.times import stamp

READ = ("vso.code",)
THREADS = ("vso.code", "vso.threads_full")
_STATUSES = ("notset", "active", "abandoned", "completed", "all")


def list_repositories(call: Call) -> Response:
    """Returns the repositories of the project, or of all."""
    return collection([repository_view(call, each) for each in _repositories(call)])


def get_repository(call: Call) -> Response:
    """Returns one repository, by id or name."""
    return JSONResponse(repository_view(call, find_repository(call, call.parts["repository"])))


def list_pull_requests(call: Call) -> Response:
    """Returns pull requests of a project or repository, newest first, by default the active ones."""
    found = sorted(call.organization.pull_requests.values(), key=lambda each: each.created, reverse=True)
    if "repository" in call.parts:
        repository = find_repository(call, call.parts["repository"])
        found = [each for each in found if each.repository is repository]
    else:
        found = [each for each in found if each.repository.project_id == call.project.id]
    found = [each for each in found if _wanted(call, each)]
    start = call.number("$skip", 0)
    shown = found[start : start + call.number("$top", 101)]
    return collection([pull_request_view(call, each, full=False) for each in shown])


def get_pull_request(call: Call) -> Response:
    """Returns one pull request."""
    return JSONResponse(pull_request_view(call, find_pull_request(call), full=True))


def list_threads(call: Call) -> Response:
    """Returns the review threads, those of the system among them."""
    pull_request = find_pull_request(call)
    return collection(
        [thread_view(call, pull_request, number, each) for number, each in enumerate(pull_request.threads, 1)]
    )


def list_iterations(call: Call) -> Response:
    """Returns the pushes to the source branch; here there was one."""
    pull_request = find_pull_request(call)
    return collection(
        [
            {
                "id": 1,
                "description": pull_request.title,
                "author": person(call, pull_request.author),
                "createdDate": stamp(pull_request.created),
                "updatedDate": stamp(pull_request.created),
                "sourceRefCommit": {"commitId": pull_request.source_commit},
                "targetRefCommit": {"commitId": pull_request.target_commit},
                "commonRefCommit": {"commitId": pull_request.base_commit},
                "hasMoreCommits": False,
                "reason": "push",
            }
        ]
    )


def list_changes(call: Call) -> Response:
    """Returns the files an iteration touches, in a shape of its own: `changeEntries`."""
    pull_request = find_pull_request(call)
    if call.part("iteration") != 1:
        raise wrapped(
            404, "GitItemNotFoundException", f"TF401175: There is no iteration {call.parts['iteration']}."
        )
    start = call.number("$skip", 0)
    following = start + call.number("$top", 100)
    entries = [change_view(number, change) for number, change in enumerate(pull_request.changes, start=1)]
    more = following < len(entries)
    return JSONResponse(
        {
            "changeEntries": entries[start:following],
            "nextSkip": following if more else 0,
            "nextTop": len(entries) - following if more else 0,
        }
    )


def list_reviewers(call: Call) -> Response:
    """Returns who was asked to review, with their votes."""
    pull_request = find_pull_request(call)
    return collection([reviewer_view(call, pull_request, each) for each in pull_request.reviewers])


def list_work_items(call: Call) -> Response:
    """Returns references to the linked work items; their ids are text."""
    return collection([work_item_reference(call, each) for each in find_pull_request(call).work_items])


def query_by_commit(call: Call) -> Response:
    """Returns the pull requests that brought commits, or whose merge they are, by commit for each query."""
    repository, body = find_repository(call, call.parts["repository"]), call.json()
    results = []
    for query in body.get("queries") or []:
        kind = str(query.get("type", "")).casefold()
        if kind not in ("commit", "lastmergecommit"):
            raise binding(f"The value '{kind}' is not valid for type.")
        by_commit = {
            str(each).casefold(): _of_commit(call, repository, kind, each) for each in query["items"]
        }
        results.append({commit: found for commit, found in by_commit.items() if found})
    return JSONResponse({"queries": body.get("queries"), "results": results})


def _of_commit(call: Call, repository: Repository, kind: str, written: str) -> list[dict[str, Any]]:
    commit, git = written.casefold(), repository.git
    return [
        pull_request_view(call, each, full=False)
        for each in call.organization.pull_requests.values()
        if each.repository is repository
        and (
            commit == each.merge_commit
            if kind == "lastmergecommit"
            else commit in git.only_in(each.source_commit, each.target_commit)
        )
    ]


def find_repository(call: Call, written: str) -> Repository:
    """Returns the repository with this id or name (any case).

    Raises:
        RefusalError: There is none in the project, or it is disabled. A path without a project names
            repositories by id alone.
    """
    for repository in _repositories(call):
        names = [repository.id, *([repository.name.casefold()] if call.project_or_none else [])]
        if written.casefold() in names and not repository.disabled:
            return repository
    raise wrapped(
        404, "GitRepositoryNotFoundException", f"TF401019: There is no repository '{written}' you can see."
    )


def _repositories(call: Call) -> list[Repository]:
    project = call.project_or_none
    return [
        each for each in call.organization.repositories if project is None or each.project_id == project.id
    ]


def find_pull_request(call: Call) -> PullRequest:
    """Returns the pull request of the path.

    Raises:
        RefusalError: There is none in the repository or project.
    """
    wanted = call.part("id")
    found = call.organization.pull_requests.get(wanted)
    if (
        found is None
        or (
            "repository" in call.parts
            and found.repository is not find_repository(call, call.parts["repository"])
        )
        or (call.project_or_none is not None and found.repository.project_id != call.project_or_none.id)
    ):
        raise wrapped(
            404,
            "GitPullRequestNotFoundException",
            f"TF401180: There is no pull request {wanted} you can see.",
        )
    return found


def _wanted(call: Call, pull_request: PullRequest) -> bool:
    def criterion(name: str) -> str:
        return call.query.get(f"searchCriteria.{name}", "")

    status = criterion("status").casefold() or "active"
    if status not in _STATUSES:
        raise binding(f"The value '{criterion('status')}' is not valid for searchCriteria.status.")
    reviewers = {reviewer.identity.id for reviewer in pull_request.reviewers}
    return (
        (status in ("all", "notset") or pull_request.status == status)
        and criterion("creatorId").casefold() in ("", pull_request.author.id)
        and (not criterion("reviewerId") or criterion("reviewerId").casefold() in reviewers)
        and criterion("sourceRefName") in ("", pull_request.source)
        and criterion("targetRefName") in ("", pull_request.target)
        and criterion("repositoryId").casefold() in ("", pull_request.repository.id)
    )


ONE_PULL_REQUEST = "git/repositories/{repository}/pullrequests/{id}"

OPERATIONS = [
    Operation("GET", "git/repositories", READ, list_repositories),
    Operation("GET", "git/repositories/{repository}", READ, get_repository),
    Operation("GET", "git/pullrequests", READ, list_pull_requests),
    Operation("GET", "git/pullrequests/{id}", READ, get_pull_request),
    Operation("GET", "git/repositories/{repository}/pullrequests", READ, list_pull_requests),
    Operation("GET", ONE_PULL_REQUEST, READ, get_pull_request),
    Operation("POST", "git/repositories/{repository}/pullrequestquery", READ, query_by_commit),
    Operation("GET", f"{ONE_PULL_REQUEST}/threads", THREADS, list_threads),
    Operation("GET", f"{ONE_PULL_REQUEST}/iterations", READ, list_iterations),
    Operation("GET", f"{ONE_PULL_REQUEST}/iterations/{{iteration}}/changes", READ, list_changes),
    Operation("GET", f"{ONE_PULL_REQUEST}/reviewers", READ, list_reviewers),
    Operation("GET", f"{ONE_PULL_REQUEST}/workitems", READ, list_work_items),
]
