"""Git repositories and pull requests, for reading."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.data_files import named_id, object_hash
from local.devops.errors import binding, wrapped
from local.devops.paging import collection
from local.devops.people import Identity
from local.devops.pull_request import Change, PullRequest, Repository, Reviewer, Thread
from local.devops.times import stamp

_READ = ("vso.code",)
_THREADS = ("vso.code", "vso.threads_full")
_STATUSES = ("notset", "active", "abandoned", "completed", "all")
_CUT_DESCRIPTION = 400


def list_repositories(call: Call) -> Response:
    """The repositories of the project, or of all."""
    return collection([repository_view(call, each) for each in _repositories(call)])


def get_repository(call: Call) -> Response:
    """One repository, by id or name."""
    return JSONResponse(repository_view(call, find_repository(call, call.parts["repository"])))


def list_pull_requests(call: Call) -> Response:
    """Pull requests of a project or a repository, newest first, active ones unless asked otherwise."""
    found = sorted(call.organization.pull_requests.values(), key=lambda each: each.created, reverse=True)
    if "repository" in call.parts:
        repository = find_repository(call, call.parts["repository"])
        found = [each for each in found if each.repository is repository]
    else:
        found = [each for each in found if each.repository.project_id == call.project.id]
    found = [each for each in found if _wanted(call, each)]
    start = call.number("$skip", 0)
    shown = found[start : start + call.number("$top", 101)]
    return collection([_view(call, each, full=False) for each in shown])


def get_pull_request(call: Call) -> Response:
    """One pull request."""
    return JSONResponse(_view(call, _find(call), full=True))


def list_threads(call: Call) -> Response:
    """The review threads, those of the system among them."""
    pull_request = _find(call)
    return collection(
        [
            _thread_view(call, pull_request, number, each)
            for number, each in enumerate(pull_request.threads, 1)
        ]
    )


def list_iterations(call: Call) -> Response:
    """The pushes to the source branch; here there was one."""
    pull_request = _find(call)
    source, target = _commits(pull_request)
    return collection(
        [
            {
                "id": 1,
                "description": pull_request.title,
                "author": _person(call, pull_request.author),
                "createdDate": stamp(pull_request.created),
                "updatedDate": stamp(pull_request.created),
                "sourceRefCommit": {"commitId": source},
                "targetRefCommit": {"commitId": target},
                "commonRefCommit": {"commitId": target},
                "hasMoreCommits": False,
                "reason": "push",
            }
        ]
    )


def list_changes(call: Call) -> Response:
    """The files an iteration touches, in a shape of its own: `changeEntries`."""
    pull_request = _find(call)
    if call.part("iteration") != 1:
        raise wrapped(
            404, "GitItemNotFoundException", f"TF401175: There is no iteration {call.parts['iteration']}."
        )
    start = call.number("$skip", 0)
    following = start + call.number("$top", 100)
    entries = [_change_view(number, change) for number, change in enumerate(pull_request.changes, start=1)]
    more = following < len(entries)
    return JSONResponse(
        {
            "changeEntries": entries[start:following],
            "nextSkip": following if more else 0,
            "nextTop": len(entries) - following if more else 0,
        }
    )


def list_reviewers(call: Call) -> Response:
    """Who was asked to review, with their votes."""
    pull_request = _find(call)
    return collection([_reviewer_view(call, pull_request, each) for each in pull_request.reviewers])


def list_work_items(call: Call) -> Response:
    """References to the linked work items; their ids are text."""
    return collection([_work_item_reference(call, each) for each in _find(call).work_items])


def find_repository(call: Call, written: str) -> Repository:
    """The repository with this id or name (any case).

    Raises:
        RefusalError: There is none in the project, or the organization if the path names no project.
    """
    for repository in _repositories(call):
        if written.casefold() in (repository.id, repository.name.casefold()):
            return repository
    raise wrapped(
        404, "GitRepositoryNotFoundException", f"TF401019: There is no repository '{written}' you can see."
    )


def repository_view(call: Call, repository: Repository) -> dict[str, Any]:
    """A repository as other resources show it too."""
    project = call.organization.project_by_id(repository.project_id)
    web = call.store.url(call.organization, project.name.replace(" ", "%20"), "_git", repository.name)
    return {
        "id": repository.id,
        "name": repository.name,
        "url": call.store.url(call.organization, project.id, "_apis/git/repositories", repository.id),
        "project": call.store.project_reference(call.organization, project),
        "defaultBranch": "refs/heads/main",
        "size": repository.size,
        "remoteUrl": web,
        "webUrl": web,
        "isDisabled": False,
        "isInMaintenance": False,
    }


def _repositories(call: Call) -> list[Repository]:
    project = call.project_or_none
    return [
        each for each in call.organization.repositories if project is None or each.project_id == project.id
    ]


def _find(call: Call) -> PullRequest:
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


def _view(call: Call, pull_request: PullRequest, *, full: bool) -> dict[str, Any]:
    source, target = _commits(pull_request)
    description = pull_request.description
    url = _url(call, pull_request)
    view: dict[str, Any] = {
        "repository": repository_view(call, pull_request.repository),
        "pullRequestId": pull_request.id,
        "codeReviewId": pull_request.id,
        "status": pull_request.status,
        "createdBy": _person(call, pull_request.author),
        "creationDate": stamp(pull_request.created),
        "title": pull_request.title,
        "description": description if full else description[:_CUT_DESCRIPTION],
        "sourceRefName": pull_request.source,
        "targetRefName": pull_request.target,
        "mergeStatus": pull_request.merge_status,
        "isDraft": pull_request.draft,
        "mergeId": named_id("merge", pull_request.id),
        "lastMergeSourceCommit": {"commitId": source},
        "lastMergeTargetCommit": {"commitId": target},
        "reviewers": [_reviewer_view(call, pull_request, each) for each in pull_request.reviewers],
        "labels": [
            {"id": named_id("label", name), "name": name, "active": True} for name in pull_request.labels
        ],
        "url": url,
        "supportsIterations": True,
    }
    if not description:
        del view["description"]
    if pull_request.closed is not None:
        view["closedDate"] = stamp(pull_request.closed)
        view["closedBy"] = _person(call, pull_request.author)
    if full:
        view["artifactId"] = pull_request.artifact
        view["workItemRefs"] = [_work_item_reference(call, each) for each in pull_request.work_items]
        web = f"{repository_view(call, pull_request.repository)['webUrl']}/pullrequest/{pull_request.id}"
        view["_links"] = {"self": {"href": url}, "web": {"href": web}}
    return view


def _thread_view(call: Call, pull_request: PullRequest, number: int, thread: Thread) -> dict[str, Any]:
    first, last = thread.comments[0], thread.comments[-1]
    view: dict[str, Any] = {
        "id": pull_request.id * 10 + number,
        "publishedDate": stamp(first.written),
        "lastUpdatedDate": stamp(last.written),
        "comments": [
            {
                "id": index,
                "parentCommentId": 0 if index == 1 else 1,
                "author": _person(call, comment.author),
                "content": comment.content,
                "publishedDate": stamp(comment.written),
                "lastUpdatedDate": stamp(comment.written),
                "lastContentUpdatedDate": stamp(comment.written),
                "commentType": comment.type,
                "usersLiked": [],
            }
            for index, comment in enumerate(thread.comments, start=1)
        ],
        "threadContext": None,
        "properties": {},
        "identities": None,
        "isDeleted": False,
    }
    if thread.status is not None:
        view["status"] = thread.status
    if thread.path is not None:
        position = {"line": thread.line, "offset": 1}
        view["threadContext"] = {
            "filePath": thread.path,
            "rightFileStart": position,
            "rightFileEnd": position,
        }
    return view


def _change_view(number: int, change: Change) -> dict[str, Any]:
    item: dict[str, Any] = {"objectId": object_hash("blob", change.path), "path": change.path}
    if change.type != "add":
        item["originalObjectId"] = object_hash("blob", "before", change.path)
    view = {"changeTrackingId": number, "changeId": number, "item": item, "changeType": change.type}
    if change.original_path is not None:
        view["originalPath"] = change.original_path
    return view


def _reviewer_view(call: Call, pull_request: PullRequest, reviewer: Reviewer) -> dict[str, Any]:
    return {
        **_person(call, reviewer.identity),
        "reviewerUrl": f"{_url(call, pull_request)}/reviewers/{reviewer.identity.id}",
        "vote": reviewer.vote,
        "hasDeclined": False,
        "isFlagged": False,
        **({"isRequired": True} if reviewer.required else {}),
    }


def _work_item_reference(call: Call, item_id: int) -> dict[str, str]:
    return {"id": str(item_id), "url": call.store.url(call.organization, "_apis/wit/workItems", item_id)}


def _person(call: Call, identity: Identity) -> dict[str, Any]:
    return identity.reference(call.store.base_url, call.organization.name)


def _commits(pull_request: PullRequest) -> tuple[str, str]:
    return object_hash("source", pull_request.id), object_hash("target", pull_request.id)


def _url(call: Call, pull_request: PullRequest) -> str:
    repository = pull_request.repository
    return call.store.url(
        call.organization,
        repository.project_id,
        "_apis/git/repositories",
        repository.id,
        "pullRequests",
        pull_request.id,
    )


_ONE = "git/repositories/{repository}/pullrequests/{id}"

OPERATIONS = [
    Operation("GET", "git/repositories", _READ, list_repositories),
    Operation("GET", "git/repositories/{repository}", _READ, get_repository),
    Operation("GET", "git/pullrequests", _READ, list_pull_requests),
    Operation("GET", "git/pullrequests/{id}", _READ, get_pull_request),
    Operation("GET", "git/repositories/{repository}/pullrequests", _READ, list_pull_requests),
    Operation("GET", _ONE, _READ, get_pull_request),
    Operation("GET", f"{_ONE}/threads", _THREADS, list_threads),
    Operation("GET", f"{_ONE}/iterations", _READ, list_iterations),
    Operation("GET", f"{_ONE}/iterations/{{iteration}}/changes", _READ, list_changes),
    Operation("GET", f"{_ONE}/reviewers", _READ, list_reviewers),
    Operation("GET", f"{_ONE}/workitems", _READ, list_work_items),
]
