"""Reviews pull requests: votes, comments, replies, states of threads."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.apis.devops.connected_user import connected_user
from shared.apis.devops.pull_request_reviews import (
    WrittenThread,
    cast_vote,
    create_thread,
    file_context,
    read_thread,
    reply,
    set_status,
)
from shared.apis.devops.pull_requests import PullRequestKey
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.write_failures import after, report_unknown_outcome
from shared.tools.devops.pull_request_params import (
    PullRequestReference,
    SourceCommit,
    check_source_commit,
    resolve_pull_request,
)
from shared.tools.devops.pull_request_views import VERDICTS, FoundPullRequest, with_web_url
from shared.tools.params import Organization, Project

toolset = Toolset("repos")

LONGEST_COMMENT = 150_000
"""Characters the service takes in a comment (https://github.com/runatlantis/atlantis/issues/1585)."""
_LOOK = "Look with devops_get_pull_request what has been done before you repeat the call."

type VoteName = Literal["approve", "approve_with_suggestions", "wait_for_author", "reject", "reset"]
type ThreadStatus = Literal["active", "pending", "fixed", "wontFix", "closed", "byDesign"]
_VOTES: dict[VoteName, int] = {
    "approve": 10,
    "approve_with_suggestions": 5,
    "reset": 0,
    "wait_for_author": -5,
    "reject": -10,
}


class Review(BaseModel):
    """What was done in the pull request; null is what was not asked for."""

    pull_request_id: int
    verdict: str | None
    thread_id: int | None = Field(description="The thread that was begun or changed.")
    thread_status: str | None
    comment_id: int | None = Field(description="The comment that was written, in its thread.")
    web_url: str


@toolset.tool(scopes=["vso.code_write", "vso.profile"], writes=True)
async def devops_review_pull_request(
    caller: Caller,
    pull_request: PullRequestReference,
    vote: Annotated[VoteName | None, Field(description="The user's vote.")] = None,
    last_source_commit: SourceCommit = None,
    comment: Annotated[
        str | None,
        Field(min_length=1, max_length=LONGEST_COMMENT, description="Markdown."),
    ] = None,
    file: Annotated[
        str | None,
        Field(min_length=1, max_length=2_000, description="Changed file to comment on."),
    ] = None,
    line: Annotated[
        int | None,
        Field(ge=1, description="Line of it, as changed."),
    ] = None,
    thread_id: Annotated[int | None, Field(ge=1, description="To reply to or change.")] = None,
    thread_status: Annotated[
        ThreadStatus | None,
        Field(description="active reopens, fixed resolves."),
    ] = None,
    organization: Organization = None,
    project: Project = None,
) -> Review:
    """Comment or vote on a pull request, reply, resolve or reopen a thread: others see it at once.

    Without thread_id a comment begins a thread. Read devops_get_diff before; vote only as the user says.
    """
    _check(vote, comment, file, line, thread_id, thread_status)
    place = await resolve_pull_request(caller, pull_request, organization, project)
    devops = caller.devops
    found = await devops.get(FoundPullRequest, "/{}/{}/_apis/git/pullrequests/{}", *place)
    key: PullRequestKey = (*place[:2], found.repository_id, found.id)
    check_source_commit(found, last_source_commit)
    if vote is not None and found.status != "active":
        raise ToolError(
            "conflict",
            f"The pull request is not active ({found.status}): nobody votes on it any more.",
            "Comment without a vote, or leave it.",
        )
    thread = await read_thread(devops, key, thread_id) if thread_id is not None else None
    context = await file_context(devops, key, file, line) if file is not None else {}
    voter = await connected_user(devops, place[0]) if vote is not None else ""

    comment_id: int | None = None
    done: list[str] = []
    with report_unknown_outcome(_LOOK):
        if comment is not None and thread is None:
            begun = await create_thread(devops, key, comment, thread_status or "active", context)
            thread, comment_id = begun, _first_comment(begun)
            done.append(f"The comment was written (thread {begun.id}).")
        elif comment is not None and thread is not None:
            comment_id = (await reply(devops, key, thread, comment)).id
            done.append("The reply was written.")
    if thread is not None and thread_id is not None and thread_status not in (None, thread.status):
        with after(" ".join(done)), report_unknown_outcome(_LOOK):
            thread = await set_status(devops, key, thread.id, thread_status)
            done.append(f"The thread is {thread.status or thread_status}.")
    stands = None
    if vote is not None:
        with after(" ".join(done)), report_unknown_outcome(_LOOK):
            stands = await cast_vote(devops, key, voter, _VOTES[vote])
    url = with_web_url(caller, *place[:2], found).web_url
    return Review(
        pull_request_id=found.id,
        verdict=None if stands is None else VERDICTS.get(stands, str(stands)),
        thread_id=thread.id if thread else None,
        thread_status=thread.status if thread else None,
        comment_id=comment_id,
        web_url=f"{url}?discussionId={thread.id}" if thread else url,
    )


def _check(
    vote: VoteName | None,
    comment: str | None,
    file: str | None,
    line: int | None,
    thread_id: int | None,
    thread_status: ThreadStatus | None,
) -> None:
    """Raises where the arguments do not go together, before anything is sent."""
    problem = None
    if vote is None and comment is None and thread_status is None:
        problem = "vote: there is neither a vote, nor a comment, nor a thread_status: nothing to do."
    elif line is not None and file is None:
        problem = "line: it is of no file."
    elif file is not None and (comment is None or thread_id is not None):
        problem = "file: it is where a comment begins a thread; a reply stands where its thread does."
    elif thread_status is not None and thread_id is None and comment is None:
        problem = "thread_id: it is missing."
    elif thread_id is not None and comment is None and thread_status is None:
        problem = "thread_id: there is neither a comment nor a thread_status for it."
    if problem is not None:
        raise ToolError(
            "invalid_argument",
            problem,
            "Give vote; or comment, with file and line or thread_id; or thread_id with thread_status.",
        )


def _first_comment(thread: WrittenThread) -> int | None:
    return next((each.id for each in thread.comments or []), None)
