"""Serves the discussion of a work item."""

from __future__ import annotations

import base64
import binascii

from starlette.responses import JSONResponse, Response

from local.devops import work_item_rules
from local.devops.call import Call, Operation
from local.devops.errors import argument, wrapped
from local.devops.work_item import Comment, WorkItem
from local.devops.work_item_patch import add_comment
from local.devops.work_item_view import comment_view
from local.devops.work_items import find

_PATH = "wit/workitems/{id}/comments"
_PREVIEW = "7.1-preview.4"
_READ = ("vso.work",)
_WRITE = ("vso.work_write",)
_LARGEST_PAGE = 200


def list_comments(call: Call) -> Response:
    """Returns a page of the comments, the newest first by default; not wrapped like other lists."""
    item = _work_item(call)
    deleted = call.query.get("includeDeleted", "").casefold() == "true"
    ascending = call.query.get("order", "desc").casefold() == "asc"
    there = [comment for comment in item.comments if deleted or not comment.deleted]
    comments = sorted(there, key=lambda comment: comment.id, reverse=not ascending)
    start = _start(call.query.get("continuationToken"), comments)
    following = start + min(call.number("$top", _LARGEST_PAGE), _LARGEST_PAGE)
    page = comments[start:following]
    rendered = "rendered" in call.query.get("$expand", "").casefold()
    url = call.store.url(call.organization, item.project_id, "_apis/wit/workItems", item.id, "comments")
    view = {
        "totalCount": len(comments),
        "count": len(page),
        "comments": [comment_view(call, item, comment, rendered=rendered) for comment in page],
        "url": url,
    }
    if following < len(comments):
        token = base64.urlsafe_b64encode(str(comments[following].id).encode()).decode()
        view |= {"continuationToken": token, "nextPage": f"{url}?continuationToken={token}"}
    return JSONResponse(view)


def get_comment(call: Call) -> Response:
    """Returns one comment."""
    item = _work_item(call)
    return JSONResponse(comment_view(call, item, _comment(call, item), rendered=False))


def create_comment(call: Call) -> Response:
    """Returns a new comment by the caller, which is a new revision of the work item."""
    before = _work_item(call)
    draft = before.draft()
    comment = add_comment(draft, call, _text(call), _format(call))
    work_item_rules.settle(draft, before, call)
    work_item_rules.save(draft, before, call)
    return JSONResponse(comment_view(call, draft, comment, rendered=False))


def update_comment(call: Call) -> Response:
    """Returns a comment of the caller with another text."""
    item, comment = _own(call)
    text = _text(call)
    if "format" in call.query:
        comment.format = _format(call)
    comment.text = text
    comment.version += 1
    comment.modified = call.now
    return JSONResponse(comment_view(call, item, comment, rendered=False))


def delete_comment(call: Call) -> Response:
    """Marks a comment of the caller as deleted."""
    _, comment = _own(call)
    comment.deleted = True
    comment.version += 1
    comment.modified = call.now
    return Response(status_code=200)


def _own(call: Call) -> tuple[WorkItem, Comment]:
    item = _work_item(call)
    comment = _comment(call, item)
    if comment.author != call.user:
        raise wrapped(403, "AccessCheckException", "VS403495: Only the author of a comment can change it.")
    return item, comment


def _work_item(call: Call) -> WorkItem:
    """Returns the work item; unlike elsewhere, the path has to name the project."""
    _ = call.project
    return find(call, call.part("id"))


def _comment(call: Call, item: WorkItem) -> Comment:
    wanted = call.part("comment")
    for comment in item.comments:
        if comment.id == wanted and not comment.deleted:
            return comment
    raise wrapped(404, "CommentNotFoundException", f"VS403690: Work item {item.id} has no comment {wanted}.")


def _text(call: Call) -> str:
    text = call.json().get("text")
    if not isinstance(text, str) or not text.strip():
        raise argument("text", "A comment cannot be empty.")
    return text


def _format(call: Call) -> str:
    written = call.query.get("format", "html").casefold()
    if written not in ("html", "markdown"):
        raise argument("format", f"A comment cannot be {written!r}; it is html or markdown.")
    return written


def _start(token: str | None, comments: list[Comment]) -> int:
    if token is None:
        return 0
    try:
        wanted = int(base64.urlsafe_b64decode(token))
        return next(index for index, comment in enumerate(comments) if comment.id == wanted)
    except (binascii.Error, ValueError, StopIteration):
        raise argument("continuationToken", f"The continuation token {token!r} is not valid.") from None


OPERATIONS = [
    Operation("GET", _PATH, _READ, list_comments, preview=_PREVIEW),
    Operation("GET", f"{_PATH}/{{comment}}", _READ, get_comment, preview=_PREVIEW),
    Operation("POST", _PATH, _WRITE, create_comment, preview=_PREVIEW),
    Operation("PATCH", f"{_PATH}/{{comment}}", _WRITE, update_comment, preview=_PREVIEW),
    Operation("DELETE", f"{_PATH}/{{comment}}", _WRITE, delete_comment, preview=_PREVIEW),
]
