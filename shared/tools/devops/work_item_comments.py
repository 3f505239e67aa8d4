"""Adds, edits and deletes comments of the signed-in user on Azure DevOps work items."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from shared.apis.devops.connected_user import connected_user
from shared.apis.devops.work_item_changes import TextFormat
from shared.apis.devops.work_item_discussion import (
    CommentDocument,
    WorkItemKey,
    add_comment,
    delete_comment,
    edit_comment,
    read_comment,
)
from shared.apis.devops.work_item_documents import fetch_one
from shared.caller import Caller
from shared.concurrency import run_concurrently
from shared.errors import ToolError
from shared.tools.devops.work_item_views import summary

type CommentAction = Literal["add", "edit", "delete"]


class WrittenComment(BaseModel):
    """A comment that was added, edited or deleted."""

    id: int
    work_item_id: int
    action: CommentAction = Field(description="What was done.")
    created: datetime | None
    web_url: str


def check_comment(action: CommentAction, text: str | None, comment_id: int | None) -> None:
    """Checks that arguments say one thing: nothing is erased for want of a text.

    Raises:
        ToolError: `invalid_argument`: they do not.
    """
    if (comment_id is None) != (action == "add"):
        wrong = "is needed to edit or delete a comment" if comment_id is None else "a new comment has none"
        raise ToolError(
            "invalid_argument",
            f"comment_id: {wrong}.",
            "Give action edit or delete together with comment_id, or neither.",
        )
    if (text is None) != (action == "delete"):
        wrong = "is missing" if text is None else "is not given to delete a comment"
        raise ToolError(
            "invalid_argument",
            f"text: {wrong}.",
            "Give the text of the comment, or action delete without one.",
        )


async def comment_on(
    caller: Caller,
    organization: str,
    work_item_id: int,
    action: CommentAction,
    comment_id: int | None,
    text: str,
    text_format: TextFormat,
) -> WrittenComment:
    """Carries out an action on the discussion of a work item.

    Raises:
        ToolError: `forbidden`: the comment is by somebody else.
    """
    present = await fetch_one(caller.devops, organization, work_item_id, ["System.TeamProject"])
    key = organization, str(present.fields["System.TeamProject"]), work_item_id
    if comment_id is None:
        written = await add_comment(caller.devops, key, text, text_format)
    else:
        written = await _own_comment(caller, key, comment_id)
        if action == "edit":
            written = await edit_comment(caller.devops, key, comment_id, text, text_format)
        else:
            await delete_comment(caller.devops, key, comment_id)
    return WrittenComment(
        id=written.id,
        work_item_id=work_item_id,
        action=action,
        created=written.created_date,
        web_url=summary(caller.devops, organization, present).web_url,
    )


async def _own_comment(caller: Caller, key: WorkItemKey, comment_id: int) -> CommentDocument:
    """Returns a comment of the caller; administrators could change those of others too."""
    found, user = await run_concurrently(
        read_comment(caller.devops, key, comment_id),
        connected_user(caller.devops, key[0]),
    )
    author = found.created_by.get("id")
    if not isinstance(author, str) or author.casefold() != user.casefold():
        raise ToolError(
            "forbidden",
            f"Comment {comment_id} is not by the signed-in user; nothing was changed.",
            "Only own comments are edited or deleted here; add a comment instead.",
        )
    return found
