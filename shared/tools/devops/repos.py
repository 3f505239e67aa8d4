"""Lists pull requests of Azure DevOps, and gets one with its discussion and files."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from shared.apis.devops.branches import branch_reference
from shared.apis.devops.connected_user import connected_user
from shared.apis.devops.policy_evaluations import Blocker
from shared.apis.devops.pull_requests import (
    ChangedFile,
    PullRequestComment,
    PullRequestThread,
    Thread,
    changed_files,
    find_person,
    linked_work_items,
    list_threads,
    quote_comment,
    user_comments,
)
from shared.caller import Caller
from shared.concurrency import run_concurrently
from shared.errors import ToolError
from shared.guids import is_guid
from shared.mcp.toolset import Toolset
from shared.result_limit import share
from shared.results.paging import Page, fitting
from shared.results.partial_results import Gap, capture_gap
from shared.text.content import Line, Quoted, quote
from shared.tools.devops.build_params import BranchName
from shared.tools.devops.commit_pull_requests import pull_requests_of_commit
from shared.tools.devops.pull_request_blockers import own_blockers, policies
from shared.tools.devops.pull_request_params import (
    PersonReference,
    PullRequestReference,
    is_user,
    resolve_pull_request,
)
from shared.tools.devops.pull_request_views import (
    FoundPullRequest,
    PullRequestSummary,
    Reviewer,
    with_web_url,
)
from shared.tools.params import Cursor, Organization, PageSize, Project

toolset = Toolset("repos")

COMMENTS_BUDGET = 16_000
"""Characters of JSON the comments of one result may take."""
FILES_BUDGET = 6_000
TEXT_LIMIT = 4_000
"""Characters of the description, and of each comment, in one result."""


class PullRequest(BaseModel):
    """A pull request with its reviewers, discussion and changed files."""

    pull_request: PullRequestSummary
    closed: AwareDatetime | None
    last_source_commit: str | None = Field(description="The code as read; votes and completion take it.")
    description: Quoted | None
    blockers: list[Blocker] = Field(description="Why it cannot be completed now, as far as gaps are empty.")
    auto_complete_by: Line | None = Field(description="Who has set that it completes by itself.")
    reviewers: list[Reviewer]
    work_item_ids: list[int]
    files: list[ChangedFile]
    files_complete: bool
    threads: list[PullRequestThread]
    next_comment: int | None = Field(
        description="Give it as skip_comments for the comments after these; null at the end."
    )
    gaps: list[Gap] = Field(
        description="What could not be read, and why: comments, files, work items, policies."
    )
    note: str | None = Field(description="What was left out, if anything was.")


@toolset.tool(scopes=["vso.code", "vso.profile"])
async def devops_list_pull_requests(
    caller: Caller,
    status: Annotated[
        Literal["active", "completed", "abandoned", "all"],
        Field(description="active: open, drafts included."),
    ] = "active",
    repository: Annotated[
        str | None,
        Field(min_length=1, max_length=400, description="Name or id."),
    ] = None,
    commit: Annotated[
        str | None,
        Field(
            pattern="^[0-9a-fA-F]{40}$",
            description="40-digit id: what brought it or merged as it, in any state; needs repository.",
        ),
    ] = None,
    source_branch: BranchName = None,
    target_branch: BranchName = None,
    creator_id: PersonReference = None,
    reviewer_id: PersonReference = None,
    organization: Organization = None,
    project: Project = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[PullRequestSummary]:
    """List pull requests of an Azure DevOps project or of one of its repositories, the newest first.

    reviewer_id me: what the user is asked to review. One with its discussion: devops_get_pull_request.
    """
    scope = await caller.organization(organization), await caller.project(project)
    if commit:
        others = (source_branch, target_branch, creator_id, reviewer_id)
        if any(others) or not repository:
            raise ToolError(
                "invalid_argument",
                "commit: goes with repository alone.",
                "Name the repository, and leave branches, creator_id and reviewer_id out.",
            )
        return await pull_requests_of_commit(caller, (*scope, repository), commit, limit, cursor)
    creator, reviewer = await run_concurrently(
        _person(caller, *scope, "creator_id", creator_id),
        _person(caller, *scope, "reviewer_id", reviewer_id),
    )
    where = [*scope, repository] if repository else scope
    path = "/{}/{}/_apis/git/repositories/{}/pullrequests" if repository else "/{}/{}/_apis/git/pullrequests"
    criteria = {
        "status": status,
        "sourceRefName": branch_reference(source_branch) if source_branch else "",
        "targetRefName": branch_reference(target_branch) if target_branch else "",
        "creatorId": creator,
        "reviewerId": reviewer,
    }

    async def addressed(found: PullRequestSummary) -> PullRequestSummary:
        shown = with_web_url(caller, *scope, found)
        if not is_user(reviewer_id):
            return shown
        mine = next((each.verdict for each in found.votes if each.id.casefold() == reviewer.casefold()), None)
        return shown.model_copy(update={"your_verdict": mine})

    narrowed: dict[str, Any] = {f"searchCriteria.{name}": value for name, value in criteria.items()}
    return await caller.devops.page(
        PullRequestSummary,
        path,
        *where,
        by="skip",
        limit=limit,
        cursor=cursor,
        completed=addressed,
        **narrowed,
    )


@toolset.tool(scopes=["vso.code"])
async def devops_get_pull_request(
    caller: Caller,
    pull_request: PullRequestReference,
    thread_status: Annotated[
        Literal["open", "resolved"] | None,
        Field(description="Only such threads."),
    ] = None,
    skip_comments: Annotated[int, Field(ge=0, description="next_comment of the result before.")] = 0,
    offset: Annotated[
        int,
        Field(
            ge=0,
            description="next_offset of the description or a comment.",
        ),
    ] = 0,
    organization: Organization = None,
    project: Project = None,
) -> PullRequest:
    """Get a pull request: description, votes, threads, files, work items, why it cannot be completed.

    The changed lines: devops_get_diff.
    """
    key = await resolve_pull_request(caller, pull_request, organization, project)
    found = await caller.devops.get(FoundPullRequest, "/{}/{}/_apis/git/pullrequests/{}", *key)
    inner = (*key[:2], found.repository_id, found.id)
    parts = await run_concurrently(
        capture_gap("comments", list_threads(caller.devops, inner)),
        capture_gap("files", changed_files(caller.devops, inner)),
        capture_gap("work items", linked_work_items(caller.devops, inner)),
        capture_gap("policies", policies(caller, key[0], found)),
    )
    threads, changed, work_item_ids, blocking = parts
    files, has_all = ([], False) if isinstance(changed, Gap) else changed
    shown, next_comment = _discussion(
        [] if isinstance(threads, Gap) else [each for each in threads if _has_status(each, thread_status)],
        skip_comments,
        offset,
    )
    fits = fitting(files, FILES_BUDGET)
    return PullRequest(
        pull_request=with_web_url(caller, *key[:2], found),
        closed=found.closed,
        last_source_commit=found.last_source_commit,
        description=_description(found, offset),
        blockers=[*own_blockers(found), *([] if isinstance(blocking, Gap) else blocking)],
        auto_complete_by=found.auto_complete_by,
        reviewers=found.reviewers or [],
        work_item_ids=[] if isinstance(work_item_ids, Gap) else work_item_ids,
        files=files[:fits],
        files_complete=has_all and fits == len(files),
        threads=shown,
        next_comment=next_comment,
        gaps=[each for each in parts if isinstance(each, Gap)],
        note=_note(
            len(files) - fits, has_all=has_all or isinstance(changed, Gap), has_more=next_comment is not None
        ),
    )


async def _person(caller: Caller, organization: str, project: str, argument: str, written: str | None) -> str:
    """Returns the id of a person named by id or by address, or nothing where nobody is named."""
    if is_user(written):
        return await connected_user(caller.devops, organization)
    if written is None or is_guid(written.strip()):
        return (written or "").strip()
    found = await find_person(caller.devops, organization, project, written)
    if found is None:
        raise ToolError(
            "not_found",
            f"{argument}: nobody of this address takes part in the latest pull requests of the project.",
            "Check the address, or give the Azure DevOps id of the person.",
        )
    return found


def _has_status(thread: Thread, wanted: str | None) -> bool:
    """Tells whether a thread is open, or resolved; one without a status is neither."""
    if wanted is None:
        return True
    status = (thread.status or "").casefold()
    return status in (
        ("active", "pending") if wanted == "open" else ("fixed", "wontfix", "closed", "bydesign")
    )


def _description(found: FoundPullRequest, offset: int) -> Quoted | None:
    if not found.description:
        return None
    origin = f"pull request {found.id} by {found.created_by}"
    return quote(found.description, origin, offset=offset, limit=share(TEXT_LIMIT))


def _discussion(threads: list[Thread], skip: int, offset: int) -> tuple[list[PullRequestThread], int | None]:
    """Returns as many comments as have room, in their threads, and which one comes next."""
    comments = [(thread, comment) for thread in threads for comment in user_comments(thread)]
    texts = [quote_comment(comment, offset=offset, limit=share(TEXT_LIMIT)) for _, comment in comments[skip:]]
    end = skip + fitting(texts, COMMENTS_BUDGET)
    by_thread: dict[int, list[PullRequestComment]] = {}
    for (thread, _), text in zip(comments[skip:end], texts, strict=False):
        by_thread.setdefault(thread.id, []).append(text)
    shown = [
        PullRequestThread(
            id=each.id, status=each.status, file=each.file, line=each.line, comments=by_thread[each.id]
        )
        for each in threads
        if each.id in by_thread
    ]
    return shown, end if end < len(comments) else None


def _note(files_left_out: int, *, has_all: bool, has_more: bool) -> str | None:
    notes = []
    if files_left_out or not has_all:
        notes.append(f"{'At least ' if not has_all else ''}{files_left_out or 1} more files: see web_url.")
    if has_more:
        notes.append("There are more comments: give next_comment as skip_comments.")
    return " ".join(notes) or None
