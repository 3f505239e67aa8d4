"""Serves what changes pull requests: creates, updates and completes them, adds and removes reviewers."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.errors import wrapped
from local.devops.git import ONE_PULL_REQUEST, READ, find_pull_request, find_repository
from local.devops.git_view import label_view, pull_request_view, reviewer_view
from local.devops.paging import collection
from local.devops.policies import unmet
from local.devops.pull_request import PullRequest, Repository, Reviewer
from local.devops.pull_request_reviews import invalid, not_editable, reviewer_identity, set_reviewer

_WRITE = ("vso.code_write",)
_LONGEST_TITLE, _LONGEST_DESCRIPTION = 400, 4_000
_UPDATABLE = {
    *("status", "title", "description", "completionOptions", "mergeOptions", "autoCompleteSetBy"),
    *("targetRefName", "isDraft", "lastMergeSourceCommit"),
}
_STRATEGIES = ("nofastforward", "squash", "rebase", "rebasemerge")
_NOBODY = "00000000-0000-0000-0000-000000000000"


def create_pull_request(call: Call) -> Response:
    """Creates a pull request; the merge of its branches is still queued then."""
    repository, body = find_repository(call, call.parts["repository"]), call.json()
    source, target = body.get("sourceRefName"), body.get("targetRefName")
    commits = [_head(repository, each) for each in (source, target)]
    _check_texts(body)
    if not body.get("title"):
        raise invalid("A pull request needs a title.")
    _check_alone(call, repository, source, target)
    work_items = [int(each["id"]) for each in body.get("workItemRefs") or []]
    for each in work_items:
        if each not in call.organization.work_items:
            raise wrapped(404, "WorkItemUnauthorizedAccessException", f"TF401232: There is no {each}.")
    created = PullRequest(
        id=max(call.organization.pull_requests) + 1,
        repository=repository,
        title=body["title"],
        description=body.get("description") or "",
        author=call.user,
        created=call.now,
        closed=None,
        status="active",
        draft=bool(body.get("isDraft")),
        source=source,
        target=target,
        merge_status="queued",
        source_commit=commits[0],
        target_commit=commits[1],
        reviewers=[
            Reviewer(reviewer_identity(call, each.get("id")), 0, bool(each.get("isRequired")))
            for each in body.get("reviewers") or []
        ],
        work_items=work_items,
        labels=[*dict.fromkeys(_label_name(each) for each in body.get("labels") or [])],
    )
    call.organization.pull_requests[created.id] = created
    view = pull_request_view(call, created, full=True)
    created.merge_status = "succeeded"
    return JSONResponse(view, 201)


def update_pull_request(call: Call) -> Response:
    """Changes what can be changed; what is completed stays as it is."""
    pull_request, body = find_pull_request(call), call.json()
    unknown = body.keys() - _UPDATABLE
    if unknown:
        raise invalid(f"These properties cannot be updated: {', '.join(sorted(unknown))}.")
    _check_texts(body)
    status = str(body.get("status") or "").casefold()
    if status not in ("", "active", "abandoned", "completed"):
        raise invalid(f"The status {status} is none.")
    if pull_request.status == "completed" or (pull_request.status == "abandoned" and status != "active"):
        raise not_editable()
    if status == "completed":
        return _complete(call, pull_request, body)
    if status == "active" and pull_request.status == "abandoned":
        _check_alone(call, pull_request.repository, pull_request.source, pull_request.target)
        pull_request.status, pull_request.closed = "active", None
    if status == "abandoned":
        pull_request.status, pull_request.closed, pull_request.closed_by = "abandoned", call.now, call.user
    _apply(call, pull_request, body)
    return JSONResponse(pull_request_view(call, pull_request, full=True))


def add_reviewers(call: Call) -> Response:
    """Adds reviewers; those who are keep their votes."""
    pull_request = find_pull_request(call)
    if pull_request.status != "active":
        raise not_editable()
    known = {each.identity.id: each for each in pull_request.reviewers}
    added = []
    for entry in call.json(list):
        identity = reviewer_identity(call, entry.get("id"))
        reviewer = known.get(identity.id) or Reviewer(identity, 0, required=False)
        set_reviewer(pull_request, reviewer)
        added.append(reviewer)
    return collection([reviewer_view(call, pull_request, each) for each in added])


def delete_reviewer(call: Call) -> Response:
    """Removes a reviewer with the vote."""
    pull_request = find_pull_request(call)
    if pull_request.status != "active":
        raise not_editable()
    identity = reviewer_identity(call, call.parts["reviewer"])
    pull_request.reviewers = [each for each in pull_request.reviewers if each.identity.id != identity.id]
    return Response(status_code=200)


def add_label(call: Call) -> Response:
    """Adds a label, which is made where the project has none of the name."""
    pull_request, name = find_pull_request(call), _label_name(call.json())
    known = next((each for each in pull_request.labels if each.casefold() == name.casefold()), None)
    if known is None:
        pull_request.labels.append(name)
    return JSONResponse(label_view(known or name))


def list_labels(call: Call) -> Response:
    """Returns the labels."""
    return collection([label_view(each) for each in find_pull_request(call).labels])


def delete_label(call: Call) -> Response:
    """Removes a label, by its id or name."""
    pull_request, wanted = find_pull_request(call), call.parts["label"].casefold()
    found = [each for each in pull_request.labels if wanted in (each.casefold(), label_view(each)["id"])]
    if not found:
        raise wrapped(404, "TagDefinitionNotFoundException", f"VS403359: There is no label {wanted}.")
    pull_request.labels = [each for each in pull_request.labels if each not in found]
    return Response(status_code=200)


def _label_name(label: Any) -> str:
    name = label.get("name") if isinstance(label, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise invalid("A label needs a name.")
    return name.strip()


def _apply(call: Call, pull_request: PullRequest, body: dict[str, Any]) -> None:
    if body.get("targetRefName") is not None:
        pull_request.target_commit = _head(pull_request.repository, body["targetRefName"])
        pull_request.target = body["targetRefName"]
    if "title" in body:
        if not body["title"]:
            raise invalid("A pull request needs a title.")
        pull_request.title = body["title"]
    if "description" in body:
        pull_request.description = body["description"] or ""
    if body.get("isDraft") is not None:
        pull_request.draft = bool(body["isDraft"])
    if "autoCompleteSetBy" in body:
        setter = (body["autoCompleteSetBy"] or {}).get("id", _NOBODY)
        pull_request.auto_complete = None if setter == _NOBODY else reviewer_identity(call, setter)
    if body.get("completionOptions") is not None:
        pull_request.completion_options = _options(body)


def _complete(call: Call, pull_request: PullRequest, body: dict[str, Any]) -> Response:
    """Queues the merge; what comes of it the next reading tells."""
    commit = (body.get("lastMergeSourceCommit") or {}).get("commitId")
    if not commit:
        raise invalid("You must specify a valid LastMergeSourceCommit to perform this operation.")
    if str(commit).casefold() != pull_request.source_commit:
        raise wrapped(
            409, "GitPullRequestStaleException", "TF401192: The source branch has changed since it was read."
        )
    if pull_request.draft:
        raise not_editable()
    options = _options(body)
    view = pull_request_view(call, pull_request, full=True) | {"mergeStatus": "queued"}
    if pull_request.merge_status == "conflicts":
        return JSONResponse(view)
    if unmet(call, pull_request):
        pull_request.merge_status = "rejectedByPolicy"
        return JSONResponse(view)
    git = pull_request.repository.git
    target = pull_request.target.removeprefix("refs/heads/")
    head = _head(pull_request.repository, pull_request.target)
    files = git.files(head)
    source = git.files(pull_request.source_commit)
    for change in pull_request.changes:
        files.pop(change.original_path or change.path, None)
        if change.path in source:
            files[change.path] = source[change.path]
    squash = str(options.get("mergeStrategy", "")).casefold() in ("squash", "rebase")
    parents = (head,) if squash else (head, pull_request.source_commit)
    message = f"Merged PR {pull_request.id}: {pull_request.title}"
    pull_request.target_commit = head
    pull_request.merge_commit = git.commit(files, parents, call.user, call.now, message)
    git.set_branch(target, pull_request.merge_commit, call.user)
    if options.get("deleteSourceBranch"):
        git.refs.pop(pull_request.source, None)
    pull_request.status, pull_request.closed, pull_request.closed_by = "completed", call.now, call.user
    pull_request.completion_options = options
    return JSONResponse(view)


def _options(body: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = body.get("completionOptions") or {}
    if str(options.get("mergeStrategy", "squash")).casefold() not in _STRATEGIES:
        raise invalid("The merge strategy is none.")
    return options


def _check_texts(body: dict[str, Any]) -> None:
    if len(body.get("title") or "") > _LONGEST_TITLE:
        raise invalid(f"A title for a pull request must not be longer than {_LONGEST_TITLE} characters.")
    if len(body.get("description") or "") > _LONGEST_DESCRIPTION:
        raise invalid(
            f"A description for a pull request must not be longer than {_LONGEST_DESCRIPTION} characters."
        )


def _check_alone(call: Call, repository: Repository, source: object, target: object) -> None:
    for each in call.organization.pull_requests.values():
        if (each.repository, each.source, each.target, each.status) == (repository, source, target, "active"):
            raise wrapped(
                409,
                "GitPullRequestExistsException",
                "TF401179: An active pull request for the source and target branch already exists.",
            )


def _head(repository: Repository, ref: object) -> str:
    """Returns the commit of a branch by its full name."""
    if not isinstance(ref, str) or not ref.startswith("refs/heads/") or ref not in repository.git.refs:
        raise wrapped(
            400,
            "GitPullRequestCannotBeActivated",
            "TF401398: The source or target branch does not exist any more, or is no branch.",
        )
    return repository.git.refs[ref]


OPERATIONS = [
    Operation("POST", ONE_PULL_REQUEST.removesuffix("/{id}"), _WRITE, create_pull_request),
    Operation("PATCH", ONE_PULL_REQUEST, _WRITE, update_pull_request),
    Operation("POST", f"{ONE_PULL_REQUEST}/reviewers", _WRITE, add_reviewers),
    Operation("DELETE", f"{ONE_PULL_REQUEST}/reviewers/{{reviewer}}", _WRITE, delete_reviewer),
    Operation("GET", f"{ONE_PULL_REQUEST}/labels", READ, list_labels),
    Operation("POST", f"{ONE_PULL_REQUEST}/labels", _WRITE, add_label),
    Operation("DELETE", f"{ONE_PULL_REQUEST}/labels/{{label}}", _WRITE, delete_label),
]
