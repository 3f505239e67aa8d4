"""Creates, updates and completes pull requests."""

import asyncio
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from shared.apis.devops.branches import branch_reference
from shared.apis.devops.connected_user import connected_user
from shared.apis.devops.git_repositories import Repository, RepositoryKey, checked, empty, resolve_commit
from shared.apis.devops.identities import resolve_identities
from shared.apis.models import DevOpsList
from shared.caller import Caller
from shared.concurrency import run_concurrently
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.write_failures import after, report_unknown_outcome
from shared.tools.devops.git_params import RepositoryName, resolve_repository
from shared.tools.devops.pull_request_blockers import own_blockers, policies, refuse_completion
from shared.tools.devops.pull_request_changes import LIST, LOOK, ONE, PeopleAndLabels, update
from shared.tools.devops.pull_request_params import (
    DESCRIPTION_LIMIT,
    DeleteSource,
    LabelNames,
    MergeStrategy,
    PullRequestReference,
    ReviewerNames,
    Title,
    check_source_commit,
    resolve_pull_request,
)
from shared.tools.devops.pull_request_views import (
    FoundPullRequest,
    PullRequestSummary,
    Reviewer,
    with_web_url,
)
from shared.tools.params import Organization, Project

toolset = Toolset("repos")

_BY_ID = "/{}/{}/_apis/git/pullrequests/{}"
_EXISTS = "GitPullRequestExistsException"
_NOBODY = "00000000-0000-0000-0000-000000000000"
_PAUSES_S = (0.0, 1.0, 2.0, 3.0)
"""How long to wait before each look at a merge, which the service does in the background."""

Description = Annotated[
    str | None, Field(min_length=1, max_length=DESCRIPTION_LIMIT, description="Markdown.")
]


class WrittenPullRequest(BaseModel):
    """The pull request as it stands after the change."""

    pull_request: PullRequestSummary
    last_source_commit: str | None
    reviewers: list[Reviewer]
    auto_complete: bool
    merge_commit: str | None = Field(description="The commit on the target branch, once it is completed.")
    note: str | None


@toolset.tool(scopes=["vso.code_write", "vso.identity"], writes=True)
async def devops_create_pull_request(
    caller: Caller,
    repository: RepositoryName,
    source_branch: Annotated[
        str, Field(min_length=1, max_length=400, description="Branch with the changes.")
    ],
    title: Title,
    target_branch: Annotated[
        str | None,
        Field(min_length=1, max_length=400, description="Else the default branch."),
    ] = None,
    description: Description = None,
    draft: Annotated[bool, Field(description="Not to be reviewed yet.")] = False,
    reviewers: ReviewerNames = None,
    work_item_ids: Annotated[
        list[Annotated[int, Field(ge=1)]] | None, Field(max_length=20, description="Work items it is for.")
    ] = None,
    labels: LabelNames = None,
    auto_complete: Annotated[bool, Field(description="Merge once all policies are fulfilled.")] = False,
    organization: Organization = None,
    project: Project = None,
) -> WrittenPullRequest:
    """Create a pull request from a pushed branch: reviewers are told at once.

    What it would change: devops_get_diff.
    """
    place = await resolve_repository(caller, repository, organization, project)
    key, devops = place.key, caller.devops
    found = await checked(devops, key, devops.get(Repository, "/{}/{}/_apis/git/repositories/{}", *key))
    target_name = target_branch or found.default_branch
    if not target_name:
        raise empty(found.name)
    source, target = branch_reference(source_branch.strip()), branch_reference(target_name.strip())
    if source == target:
        raise ToolError(
            "invalid_argument",
            "source_branch: it is the target branch too.",
            "Name the branch that has the changes.",
        )
    await run_concurrently(resolve_commit(devops, key, source), resolve_commit(devops, key, target))
    await _refuse_second(caller, key, source, target)
    people = await resolve_identities(devops, key[0], "reviewers", reviewers or [])
    body: dict[str, Any] = {
        "sourceRefName": source,
        "targetRefName": target,
        "title": title,
        **({"description": description} if description else {}),
        "isDraft": draft,
        **({"reviewers": [{"id": each} for each in people]} if people else {}),
        **({"labels": [{"name": each} for each in labels]} if labels else {}),
        **({"workItemRefs": [{"id": str(each)} for each in work_item_ids]} if work_item_ids else {}),
    }
    look = (
        "Look with devops_list_pull_requests and source_branch whether it exists before you repeat the call."
    )
    with report_unknown_outcome(look):
        try:
            created = await devops.post(FoundPullRequest, LIST, *key, body=body)
        except ToolError as error:
            if error.details.get("devops_error") == _EXISTS:
                await _refuse_second(caller, key, source, target)
            raise
    if auto_complete and created.created_by_id:
        body = {"autoCompleteSetBy": {"id": created.created_by_id}}
        with after(f"Pull request {created.id} was created."), report_unknown_outcome(LOOK):
            created = await devops.patch(FoundPullRequest, ONE, *key, created.id, body=body)
    return _written(caller, key, created)


@toolset.tool(scopes=["vso.code_write"], writes=True)
async def devops_complete_pull_request(
    caller: Caller,
    pull_request: PullRequestReference,
    last_source_commit: Annotated[
        str,
        Field(
            pattern="^[0-9a-fA-F]{40}$",
            description="As read: a newer push is a conflict.",
        ),
    ],
    merge_strategy: MergeStrategy = None,
    delete_source_branch: DeleteSource = None,
    transition_work_items: Annotated[
        bool | None, Field(description="Move its work items to their next state.")
    ] = None,
    organization: Organization = None,
    project: Project = None,
) -> WrittenPullRequest:
    """Complete a pull request: it is merged into the target branch at once, and cannot be reopened.

    Ask the user before. No policy is bypassed: the failure says what is not fulfilled.
    """
    key, found = await _read(caller, pull_request, organization, project)
    _check_active(found)
    check_source_commit(found, last_source_commit)
    refuse_completion([*own_blockers(found), *await policies(caller, key[0], found)])
    options = {
        **_completion_options(merge_strategy, delete_source_branch),
        **({} if transition_work_items is None else {"transitionWorkItems": transition_work_items}),
    }
    body: dict[str, Any] = {
        "status": "completed",
        "lastMergeSourceCommit": {"commitId": last_source_commit},
        **({"completionOptions": options} if options else {}),
    }
    with report_unknown_outcome(LOOK):
        done = await caller.devops.patch(FoundPullRequest, ONE, *key, found.id, body=body)
    for pause in _PAUSES_S:
        if done.status != "active" or done.merge_status not in ("queued", "notSet", None):
            break
        await asyncio.sleep(pause)
        with after("The merge was requested."):
            done = await caller.devops.get(FoundPullRequest, ONE, *key, found.id)
    if done.status == "active" and done.merge_status in ("conflicts", "rejectedByPolicy", "failure"):
        told = f": {done.merge_failure}" if done.merge_failure else ""
        raise ToolError(
            "conflict",
            f"The service did not merge it ({done.merge_status}){told}.",
            "devops_get_pull_request says why it cannot be completed.",
        )
    note = None
    if done.status == "active":
        note = "The merge is queued: look with devops_get_pull_request whether it is completed."
    return _written(caller, key, done, note)


@toolset.tool(scopes=["vso.code_write", "vso.identity", "vso.profile"], writes=True)
async def devops_update_pull_request(
    caller: Caller,
    pull_request: PullRequestReference,
    title: Annotated[str | None, Field(min_length=1, max_length=400, description="Another title.")] = None,
    description: Description = None,
    draft: Annotated[bool | None, Field(description="false publishes it.")] = None,
    target_branch: Annotated[
        str | None, Field(min_length=1, max_length=400, description="Another target.")
    ] = None,
    add_reviewers: ReviewerNames = None,
    remove_reviewers: ReviewerNames = None,
    add_labels: LabelNames = None,
    remove_labels: LabelNames = None,
    auto_complete: Annotated[
        bool | None, Field(description="Whether to merge once all policies are fulfilled.")
    ] = None,
    merge_strategy: MergeStrategy = None,
    delete_source_branch: DeleteSource = None,
    state: Annotated[
        Literal["abandon", "reactivate"] | None, Field(description="Close it, or reopen.")
    ] = None,
    organization: Organization = None,
    project: Project = None,
) -> WrittenPullRequest:
    """Update a pull request, abandon or reactivate it: others see it at once.

    What is left out stays. Merge with devops_complete_pull_request.
    """
    options = _completion_options(merge_strategy, delete_source_branch)
    if options and not auto_complete:
        raise ToolError(
            "invalid_argument",
            "auto_complete: merge_strategy and delete_source_branch are for it here.",
            "Give auto_complete true, or use devops_complete_pull_request.",
        )
    body: dict[str, Any] = {
        **({"title": title} if title else {}),
        **({"description": description} if description else {}),
        **({} if draft is None else {"isDraft": draft}),
        **({"targetRefName": branch_reference(target_branch.strip())} if target_branch else {}),
        **({"status": {"abandon": "abandoned", "reactivate": "active"}[state]} if state else {}),
    }
    others = (add_reviewers, remove_reviewers, add_labels, remove_labels)
    if not (body or auto_complete is not None or any(others)):
        raise ToolError(
            "invalid_argument", "title: there is nothing to change.", "Give at least one thing to change."
        )
    key, found = await _read(caller, pull_request, organization, project)
    if state == "reactivate" and found.status != "abandoned":
        raise ToolError(
            "conflict",
            f"Only what was abandoned is reactivated; the pull request is {found.status}.",
            "Leave state out; for what was completed, create a new pull request.",
        )
    if state != "reactivate":
        _check_active(found)
    added = await resolve_identities(caller.devops, key[0], "add_reviewers", add_reviewers or [])
    removed = await resolve_identities(caller.devops, key[0], "remove_reviewers", remove_reviewers or [])
    if auto_complete is not None:
        # The id of nobody takes it off: null is read as not given.
        setter = await connected_user(caller.devops, key[0]) if auto_complete else _NOBODY
        body |= {"autoCompleteSetBy": {"id": setter}, **({"completionOptions": options} if options else {})}
    people = PeopleAndLabels(added, removed, add_labels or [], remove_labels or [])
    return _written(caller, key, await update(caller.devops, key, found, body, people))


async def _read(
    caller: Caller, pull_request: str, organization: str | None, project: str | None
) -> tuple[RepositoryKey, FoundPullRequest]:
    place = await resolve_pull_request(caller, pull_request, organization, project)
    found = await caller.devops.get(FoundPullRequest, _BY_ID, *place)
    return (*place[:2], found.repository_id), found


def _check_active(found: FoundPullRequest) -> None:
    if found.status != "active":
        raise ToolError(
            "conflict",
            f"The pull request is not active: it is {found.status}.",
            "devops_update_pull_request reactivates what was abandoned; what was completed stays.",
        )


async def _refuse_second(caller: Caller, key: RepositoryKey, source: str, target: str) -> None:
    """Raises where these branches have an active pull request.

    Raises:
        ToolError: `conflict`: which one that is.
    """
    criteria: dict[str, Any] = {
        "searchCriteria.status": "active",
        "searchCriteria.sourceRefName": source,
        "searchCriteria.targetRefName": target,
    }
    listed = await caller.devops.get(DevOpsList[PullRequestSummary], LIST, *key, **criteria)
    if listed.value:
        existing = with_web_url(caller, *key[:2], listed.value[0])
        raise ToolError(
            "conflict",
            f"These branches have an active pull request already: {existing.id}, {existing.web_url}",
            "Change it with devops_update_pull_request, or name another branch.",
            details={"pull_request": str(existing.id)},
        )


def _completion_options(strategy: str | None, delete_source: bool | None) -> dict[str, Any]:
    return {
        **({"mergeStrategy": strategy} if strategy else {}),
        **({} if delete_source is None else {"deleteSourceBranch": delete_source}),
    }


def _written(
    caller: Caller, key: RepositoryKey, found: FoundPullRequest, note: str | None = None
) -> WrittenPullRequest:
    return WrittenPullRequest(
        pull_request=with_web_url(caller, *key[:2], found),
        last_source_commit=found.last_source_commit,
        reviewers=found.reviewers or [],
        auto_complete=found.auto_complete_by is not None,
        merge_commit=found.merge_commit if found.status == "completed" else None,
        note=note,
    )
