"""Serves what reviewers write: threads, comments, states of threads, votes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.errors import binding, wrapped
from local.devops.git import ONE_PULL_REQUEST, THREADS, find_pull_request
from local.devops.git_view import comment_view, reviewer_view, thread_view
from local.devops.people import Identity
from local.devops.pull_request import PullRequest, Reviewer, Thread, ThreadComment

LONGEST_COMMENT = 150_000
_WRITE = ("vso.code_write",)
_WRITE_THREADS = ("vso.code_write", "vso.threads_full")
_STATUSES = {
    each.casefold(): each
    for each in ("unknown", "active", "fixed", "wontFix", "closed", "byDesign", "pending")
}
_VOTES = (10, 5, 0, -5, -10)


def get_thread(call: Call) -> Response:
    """Returns one thread."""
    pull_request = find_pull_request(call)
    number, thread = _thread(call, pull_request)
    return JSONResponse(thread_view(call, pull_request, number, thread))


def create_thread(call: Call) -> Response:
    """Begins a thread, in general or at a file."""
    pull_request = find_pull_request(call)
    body = call.json()
    comments = body.get("comments")
    if not isinstance(comments, list) or not comments:
        raise invalid("A thread has to begin with a comment.")
    written = tuple(ThreadComment(call.user, call.now, _content(each)) for each in comments)
    path, line, side = _place(body.get("threadContext"))
    tracking = _tracking(pull_request, body.get("pullRequestThreadContext"))
    thread = Thread(written, _status(body.get("status")), path, line, side=side, tracking=tracking)
    pull_request.threads.append(thread)
    return JSONResponse(thread_view(call, pull_request, len(pull_request.threads), thread))


def update_thread(call: Call) -> Response:
    """Changes the state of a thread; its comments are changed on their own."""
    pull_request = find_pull_request(call)
    number, thread = _thread(call, pull_request)
    status = _status(call.json().get("status"))
    changed = replace(thread, status=status or thread.status)
    pull_request.threads[number - 1] = changed
    return JSONResponse(thread_view(call, pull_request, number, changed))


def create_comment(call: Call) -> Response:
    """Adds a comment to a thread."""
    pull_request = find_pull_request(call)
    number, thread = _thread(call, pull_request)
    body = call.json()
    parent = body.get("parentCommentId", 0)
    if not isinstance(parent, int) or not 0 <= parent <= len(thread.comments):
        raise invalid("The parent comment does not exist in this thread.")
    comments = (*thread.comments, ThreadComment(call.user, call.now, _content(body)))
    pull_request.threads[number - 1] = replace(thread, comments=comments)
    return JSONResponse(comment_view(call, len(comments), comments[-1]))


def put_reviewer(call: Call) -> Response:
    """Adds a reviewer, or casts the vote of the caller: nobody votes for somebody else."""
    pull_request = find_pull_request(call)
    body = call.json()
    identity = reviewer_identity(call, call.parts["reviewer"])
    vote = body.get("vote", 0)
    if vote not in _VOTES or isinstance(vote, bool):
        raise invalid(f"The vote {vote!r} is not one of {', '.join(map(str, _VOTES))}.")
    if vote and identity.id != call.user.id:
        raise wrapped(403, "GitPullRequestCannotVoteForOthersException", "TF401186: Votes are one's own.")
    if pull_request.status != "active":
        raise not_editable()
    before = next((each for each in pull_request.reviewers if each.identity.id == identity.id), None)
    required = body.get("isRequired", before.required if before else False)
    reviewer = Reviewer(identity, vote, bool(required))
    set_reviewer(pull_request, reviewer)
    if identity.id == call.user.id:
        told = ThreadComment(call.user, call.now, f"{call.user.display_name} voted {vote}", "system")
        pull_request.threads.append(Thread((told,)))
    return JSONResponse(reviewer_view(call, pull_request, reviewer))


def set_reviewer(pull_request: PullRequest, reviewer: Reviewer) -> None:
    """Puts a reviewer in the place of what they were, or at the end."""
    for index, each in enumerate(pull_request.reviewers):
        if each.identity.id == reviewer.identity.id:
            pull_request.reviewers[index] = reviewer
            return
    pull_request.reviewers.append(reviewer)


def reviewer_identity(call: Call, written: object) -> Identity:
    """Returns the person with an id, which alone names reviewers.

    Raises:
        RefusalError: Nobody has it.
    """
    for each in call.store.people.everyone:
        if each.id == str(written).casefold():
            return each
    raise wrapped(404, "IdentityNotFoundException", f"TF401029: There is no identity {written}.")


def invalid(message: str) -> Exception:
    """Returns the 400 for a value that is not to be had."""
    return wrapped(
        400, "InvalidArgumentValueException", f"Invalid argument value.\r\nParameter name: {message}"
    )


def not_editable() -> Exception:
    """Returns the refusal of changing a pull request that is closed."""
    return wrapped(
        409,
        "GitPullRequestNotEditableException",
        "TF401181: The pull request cannot be edited: it is closed.",
    )


def _content(comment: object) -> str:
    content = comment.get("content") if isinstance(comment, dict) else None
    if not isinstance(content, str) or not content:
        raise invalid("A comment needs content.")
    if len(content) > LONGEST_COMMENT:
        raise invalid(f"A discussion comment cannot be longer than {LONGEST_COMMENT} characters.")
    return content


def _status(written: object) -> str | None:
    if written is None:
        return None
    if str(written).casefold() not in _STATUSES:
        raise binding(f"The value '{written}' is not valid for status.")
    return _STATUSES[str(written).casefold()]


def _place(context: Any) -> tuple[str | None, int | None, str]:
    """Returns the file, the line and the side a thread stands at."""
    if context is None:
        return None, None, "right"
    path = context.get("filePath")
    if not isinstance(path, str) or not path.startswith("/"):
        raise invalid("The path of a file begins with a slash.")
    for side in ("right", "left"):
        start, end = context.get(f"{side}FileStart"), context.get(f"{side}FileEnd")
        if start is None and end is None:
            continue
        positions = [each.get(name) for each in (start or {}, end or {}) for name in ("line", "offset")]
        if not all(isinstance(each, int) and each >= 1 for each in positions):
            raise invalid("Lines and offsets count from 1, at the start and at the end.")
        return path, positions[0], side
    return path, None, "right"


def _tracking(pull_request: PullRequest, context: Any) -> dict[str, Any] | None:
    if context is None:
        return None
    number = context.get("changeTrackingId")
    if not isinstance(number, int) or not 1 <= number <= len(pull_request.changes):
        raise invalid("The changeTrackingId is none of the iteration's changes.")
    iterations = context.get("iterationContext") or {}
    if iterations.get("secondComparingIteration") != 1:
        raise invalid("The iteration does not exist.")
    return dict(context)


def _thread(call: Call, pull_request: PullRequest) -> tuple[int, Thread]:
    number = call.part("thread") - pull_request.id * 10
    if not 1 <= number <= len(pull_request.threads):
        raise wrapped(
            404, "GitThreadNotFoundException", f"TF401175: There is no thread {call.part('thread')}."
        )
    return number, pull_request.threads[number - 1]


_THREAD = f"{ONE_PULL_REQUEST}/threads/{{thread}}"

OPERATIONS = [
    Operation("GET", _THREAD, THREADS, get_thread),
    Operation("POST", f"{ONE_PULL_REQUEST}/threads", _WRITE_THREADS, create_thread),
    Operation("PATCH", _THREAD, _WRITE_THREADS, update_thread),
    Operation("POST", f"{_THREAD}/comments", _WRITE_THREADS, create_comment),
    Operation("PUT", f"{ONE_PULL_REQUEST}/reviewers/{{reviewer}}", _WRITE, put_reviewer),
]
