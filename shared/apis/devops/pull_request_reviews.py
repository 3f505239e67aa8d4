"""Writes what reviewers do in a pull request: comments, states of threads, votes."""

from typing import Any

from pydantic import AliasPath, Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.git_diffs import last_iteration
from shared.apis.devops.git_files import blob_content, blob_size, repository_path
from shared.apis.devops.git_repositories import nearest, suggestion
from shared.apis.devops.pull_requests import PullRequestKey, Thread
from shared.apis.models import DevOpsModel
from shared.apis.requests import quotable
from shared.errors import ToolError
from shared.text.decoding import decode_text

ONE = "/{}/{}/_apis/git/repositories/{}/pullRequests/{}"
_PAGE_SIZE = 1_000
_MOST_PAGES = 10
_COUNTED_BYTES = 1024 * 1024
"""The largest file whose lines are counted before a comment is put on one."""


class WrittenThread(Thread):
    """A thread as a write of it returns it."""


class WrittenComment(DevOpsModel):
    """A comment as a write of it returns it."""

    id: int


class Vote(DevOpsModel):
    """A reviewer with the vote."""

    vote: int = 0


class _File(DevOpsModel):
    path: str = Field("", validation_alias=AliasPath("item", "path"))
    object_id: str | None = Field(None, validation_alias=AliasPath("item", "objectId"))
    original_object_id: str | None = Field(None, validation_alias=AliasPath("item", "originalObjectId"))
    original_path: str | None = None
    tracking_id: int | None = Field(None, validation_alias="changeTrackingId")
    change: str = Field("", validation_alias="changeType")

    @property
    def is_deleted(self) -> bool:
        """Tells whether the file stands on the left side alone, with the lines it had."""
        return "delete" in {each.strip().casefold() for each in self.change.split(",")}


class _Files(DevOpsModel):
    entries: list[_File] = Field(default_factory=list, validation_alias="changeEntries")
    next_skip: int | None = None


async def read_thread(devops: DevOps, key: PullRequestKey, thread_id: int) -> Thread:
    """Returns a thread.

    Raises:
        ToolError: `not_found`: there is none, or it was deleted.
    """
    thread = await devops.get(Thread, f"{ONE}/threads/{{}}", *key, thread_id)
    if thread.is_deleted:
        raise ToolError(
            "not_found",
            f"thread_id: thread {thread_id} was deleted.",
            "devops_get_pull_request lists the threads there are.",
        )
    return thread


async def file_context(devops: DevOps, key: PullRequestKey, file: str, line: int | None) -> dict[str, Any]:
    """Returns what places a new thread at a file that the pull request changes, or at a line of it.

    A line of a deleted file is one of what the file was. The iteration and the id of the change keep the
    comment at its line when the file changes.

    Raises:
        ToolError: `invalid_argument`: the pull request does not change the file, or it has no such line.
    """
    iteration = await last_iteration(devops, key[:3], key[3])
    if iteration is None:
        raise ToolError(
            "invalid_argument", "file: the pull request changes no file.", "Comment without file and line."
        )
    changed = await _changed_file(devops, key, iteration.id, file)
    place: dict[str, Any] = {"filePath": changed.path}
    if line is not None:
        blob = (changed.original_object_id or changed.object_id) if changed.is_deleted else changed.object_id
        await _check_line(devops, key, changed.path, blob, line)
        side = "left" if changed.is_deleted else "right"
        position = {"line": line, "offset": 1}
        place |= {f"{side}FileStart": position, f"{side}FileEnd": position}
    context: dict[str, Any] = {"threadContext": place}
    if changed.tracking_id is not None:
        # Two of the same stand for the difference from where source and target parted.
        iterations = {"firstComparingIteration": iteration.id, "secondComparingIteration": iteration.id}
        context["pullRequestThreadContext"] = {
            "changeTrackingId": changed.tracking_id,
            "iterationContext": iterations,
        }
    return context


async def create_thread(
    devops: DevOps, key: PullRequestKey, comment: str, status: str, context: dict[str, Any]
) -> WrittenThread:
    """Begins a thread with a comment, in general or at the place of a context."""
    first = {"parentCommentId": 0, "content": comment, "commentType": "text"}
    body = {"comments": [first], "status": status, **context}
    return await devops.post(WrittenThread, f"{ONE}/threads", *key, body=body)


async def reply(devops: DevOps, key: PullRequestKey, thread: Thread, comment: str) -> WrittenComment:
    """Adds a comment to a thread, below its first one."""
    first = min((each.id for each in thread.comments or [] if each.id is not None), default=1)
    body = {"content": comment, "parentCommentId": first, "commentType": "text"}
    return await devops.post(
        WrittenComment, f"{ONE}/threads/{{}}/comments", *key, thread.id, body=body, host="organizations"
    )


async def set_status(devops: DevOps, key: PullRequestKey, thread_id: int, status: str) -> WrittenThread:
    """Resolves a thread, or opens it again."""
    return await devops.patch(WrittenThread, f"{ONE}/threads/{{}}", *key, thread_id, body={"status": status})


async def cast_vote(devops: DevOps, key: PullRequestKey, reviewer: str, vote: int) -> int:
    """Votes as a reviewer, who becomes one thereby; returns the vote that stands."""
    body = {"id": reviewer, "vote": vote}
    cast, _ = await devops.put_versioned(
        Vote, f"{ONE}/reviewers/{{}}", *key, reviewer, body=body, version=None
    )
    return cast.vote


async def _changed_file(devops: DevOps, key: PullRequestKey, iteration: int, file: str) -> _File:
    wanted, skip = repository_path(file), 0
    paths: list[str] = []
    for _ in range(_MOST_PAGES):
        query: dict[str, Any] = {"$top": str(_PAGE_SIZE), "$skip": str(skip) if skip else ""}
        page = await devops.get(
            _Files, f"{ONE}/iterations/{{}}/changes", *key, iteration, host="organizations", **query
        )
        for each in page.entries:
            if each.path == wanted:
                return each
        paths += [each.path for each in page.entries]
        skip = page.next_skip or 0
        if not skip:
            break
    raise ToolError(
        "invalid_argument",
        f"file: the pull request does not change {quotable(wanted)}.{suggestion(nearest(wanted, paths))}",
        "Use a path of files of devops_get_pull_request, or comment without file and line.",
    )


async def _check_line(devops: DevOps, key: PullRequestKey, path: str, blob: str | None, line: int) -> None:
    """Raises where a text file has fewer lines; the service would take the comment and show it nowhere."""
    if blob is None or (await blob_size(devops, key[:3], blob) or 0) > _COUNTED_BYTES:
        return
    decoded = decode_text(await blob_content(devops, key[:3], blob))
    if decoded is None:
        return
    # As Git counts: a line ends at a newline, and the last one may have none.
    lines = decoded.text.count("\n") + (not decoded.text.endswith("\n"))
    if line > lines:
        raise ToolError(
            "invalid_argument",
            f"line: {quotable(path)} has {lines} lines in the pull request, not {line}.",
            "devops_get_diff shows the changed lines, devops_read_file the file with its lines' numbers.",
        )
