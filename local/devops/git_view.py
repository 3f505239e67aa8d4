"""Renders repositories and pull requests."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from local.devops.call import Call
from local.devops.data_files import named_id
from local.devops.git_changes import Change
from local.devops.people import Identity
from local.devops.pull_request import PullRequest, Repository, Reviewer, Thread, ThreadComment
from local.devops.times import stamp

_CUT_DESCRIPTION = 400


def repository_view(call: Call, repository: Repository) -> dict[str, Any]:
    """Returns a repository as other resources show it too."""
    project = call.organization.project_by_id(repository.project_id)
    web = call.store.url(call.organization, quote(project.name), "_git", quote(repository.name))
    view = {
        "id": repository.id,
        "name": repository.name,
        "url": call.store.url(call.organization, project.id, "_apis/git/repositories", repository.id),
        "project": call.store.project_reference(call.organization, project),
        "defaultBranch": repository.default_branch,
        "size": repository.size,
        "remoteUrl": web,
        "webUrl": web,
        "isDisabled": repository.disabled,
        "isInMaintenance": False,
    }
    if repository.default_branch is None:
        del view["defaultBranch"]
    return view


def pull_request_view(call: Call, pull_request: PullRequest, *, full: bool) -> dict[str, Any]:
    """Returns a pull request; lists cut its description, and leave out links and work items."""
    description = pull_request.description
    url = _url(call, pull_request)
    view: dict[str, Any] = {
        "repository": repository_view(call, pull_request.repository),
        "pullRequestId": pull_request.id,
        "codeReviewId": pull_request.id,
        "status": pull_request.status,
        "createdBy": person(call, pull_request.author),
        "creationDate": stamp(pull_request.created),
        "title": pull_request.title,
        "description": description if full else description[:_CUT_DESCRIPTION],
        "sourceRefName": pull_request.source,
        "targetRefName": pull_request.target,
        "mergeStatus": pull_request.merge_status,
        "isDraft": pull_request.draft,
        "mergeId": named_id("merge", pull_request.id),
        "lastMergeSourceCommit": {"commitId": pull_request.source_commit},
        "lastMergeTargetCommit": {"commitId": pull_request.target_commit},
        "reviewers": [reviewer_view(call, pull_request, each) for each in pull_request.reviewers],
        "labels": [label_view(name) for name in pull_request.labels],
        "url": url,
        "supportsIterations": True,
    }
    if not description:
        del view["description"]
    if pull_request.closed is not None:
        view["closedDate"] = stamp(pull_request.closed)
        view["closedBy"] = person(call, pull_request.closed_by or pull_request.author)
    if pull_request.auto_complete is not None:
        view["autoCompleteSetBy"] = person(call, pull_request.auto_complete)
    if pull_request.completion_options:
        view["completionOptions"] = pull_request.completion_options
    if pull_request.merge_commit is not None:
        view["lastMergeCommit"] = {"commitId": pull_request.merge_commit}
    if full:
        view["artifactId"] = pull_request.artifact
        view["workItemRefs"] = [work_item_reference(call, each) for each in pull_request.work_items]
        web = f"{repository_view(call, pull_request.repository)['webUrl']}/pullrequest/{pull_request.id}"
        view["_links"] = {"self": {"href": url}, "web": {"href": web}}
    return view


def thread_view(call: Call, pull_request: PullRequest, number: int, thread: Thread) -> dict[str, Any]:
    """Returns a review thread with its comments."""
    first, last = thread.comments[0], thread.comments[-1]
    view: dict[str, Any] = {
        "id": pull_request.id * 10 + number,
        "publishedDate": stamp(first.written),
        "lastUpdatedDate": stamp(last.written),
        "comments": [
            comment_view(call, index, comment) for index, comment in enumerate(thread.comments, start=1)
        ],
        "threadContext": None,
        "properties": {},
        "identities": None,
        "isDeleted": False,
    }
    if thread.status is not None:
        view["status"] = thread.status
    if thread.path is not None:
        position = {"line": thread.line, "offset": 1} if thread.line else None
        view["threadContext"] = {
            "filePath": thread.path,
            f"{thread.side}FileStart": position,
            f"{thread.side}FileEnd": position,
        }
    if thread.tracking is not None:
        view["pullRequestThreadContext"] = thread.tracking
    return view


def comment_view(call: Call, index: int, comment: ThreadComment) -> dict[str, Any]:
    """Returns a comment by its number in the thread."""
    return {
        "id": index,
        "parentCommentId": 0 if index == 1 else 1,
        "author": person(call, comment.author),
        "content": comment.content,
        "publishedDate": stamp(comment.written),
        "lastUpdatedDate": stamp(comment.written),
        "lastContentUpdatedDate": stamp(comment.written),
        "commentType": comment.type,
        "usersLiked": [],
    }


def change_view(number: int, change: Change) -> dict[str, Any]:
    """Returns a changed file of an iteration."""
    item: dict[str, Any] = {"path": change.path}
    if change.new is not None:
        item["objectId"] = change.new.id
    if change.old is not None:
        item["originalObjectId"] = change.old.id
    view = {"changeTrackingId": number, "changeId": number, "item": item, "changeType": change.type}
    if change.original_path is not None:
        view["originalPath"] = change.original_path
    return view


def reviewer_view(call: Call, pull_request: PullRequest, reviewer: Reviewer) -> dict[str, Any]:
    """Returns a reviewer: who, and the vote."""
    return {
        **person(call, reviewer.identity),
        "reviewerUrl": f"{_url(call, pull_request)}/reviewers/{reviewer.identity.id}",
        "vote": reviewer.vote,
        "hasDeclined": False,
        "isFlagged": False,
        **({"isRequired": True} if reviewer.required else {}),
    }


def label_view(name: str) -> dict[str, Any]:
    """Returns a label by its name."""
    return {"id": named_id("label", name), "name": name, "active": True}


def work_item_reference(call: Call, item_id: int) -> dict[str, str]:
    """Returns a linked work item; its id is text here."""
    return {"id": str(item_id), "url": call.store.url(call.organization, "_apis/wit/workItems", item_id)}


def person(call: Call, identity: Identity) -> dict[str, Any]:
    """Returns the IdentityRef of somebody."""
    return identity.reference(call.store.base_url, call.organization.name)


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
