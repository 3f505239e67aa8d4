"""Makes drafts: new ones, replies and forwards; and gives them their attachments, or none are left."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

from pydantic import AliasPath, Field

from shared.apis.graph.attachment_upload import NewAttachment, attach
from shared.apis.graph.graph_client import Graph
from shared.apis.graph.mail_messages import (
    ATTACHMENTS,
    READ,
    Draft,
    DraftWithAttachments,
    OutgoingMessage,
    message_properties,
    response_properties,
)
from shared.errors import ToolError
from shared.results.write_failures import after
from shared.text.html import html_to_text

Kind = Literal["new", "reply", "reply_all", "forward"]

_ACTIONS = {"reply": "createReply", "reply_all": "createReplyAll", "forward": "createForward"}
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_QUOTED = re.compile(r"<hr\b|<blockquote\b|<div\b[^>]*divRplyFwdMsg", re.IGNORECASE)
"""What stands between an answer and what it answers."""
_COMPARED = 200


class _Response(Draft):
    """A draft as the request that made it returns it, with its body."""

    body_type: str = Field("html", validation_alias=AliasPath("body", "contentType"), exclude=True)
    body_content: str | None = Field(None, validation_alias=AliasPath("body", "content"), exclude=True)

    def with_comment(self, comment: str) -> dict[str, Any]:
        """Returns the body that puts a comment above the message answered; nothing if it is there.

        Graph is known to have left it out (Known issues with Microsoft Graph, "The comment parameter for
        creating a draft").
        """
        if self.body_content is None or not comment.strip():
            return {}
        if _is_above(comment, self.body_content):
            return {}
        if self.body_type.casefold() != "html":
            content = f"{html_to_text(comment).text}\n\n{self.body_content}"
            return {"body": {"contentType": "text", "content": content}}
        begins = _BODY.search(self.body_content)
        place = begins.end() if begins else 0
        content = f"{self.body_content[:place]}<div>{comment}</div>{self.body_content[place:]}"
        return {"body": {"contentType": "html", "content": content}}


async def draft_message(graph: Graph, message: OutgoingMessage, kind: Kind, message_id: str | None) -> Draft:
    """Drafts a new message, or a reply to or forward of one.

    Raises:
        ToolError: As always; if there is a draft nevertheless, its id is in the message.
    """
    if kind == "new" or message_id is None:
        made = await graph.post(Draft, "/me/messages", body=message_properties(message), headers=READ)
        return made if made.version else await _read_again(graph, Draft, made.id)
    draft = await graph.post(
        _Response,
        f"/me/messages/{{}}/{_ACTIONS[kind]}",
        message_id,
        body=response_properties(message, forward=kind == "forward"),
        headers=READ,
    )
    # To add to recipients that did not come back would take their place.
    has_people = kind == "forward" or draft.to or draft.cc
    if draft.version is None or draft.body_content is None or not has_people:
        draft = await _read_again(graph, _Response, draft.id)
    changes = draft.with_more(to=message.to, cc=message.cc) | draft.with_comment(message.body.html)
    if not changes:
        return draft
    with after(f"There is a draft now, with id {draft.id}, that lacks the recipients added, or its text."):
        return await _changed(graph, draft, changes)


async def fill_draft(
    graph: Graph, draft: Draft, files: Sequence[NewAttachment], *, drop_attachments: bool = False
) -> DraftWithAttachments:
    """Attaches files to a draft, after taking off those it has if they are to be dropped, and returns it.

    Raises:
        ToolError: As always; then the draft was deleted, or its id is in the message.
    """
    async with discarded_on_failure(graph, draft.id):
        if drop_attachments:
            for each in (await get_draft(graph, draft.id)).attachments:
                # What is inline is part of the text of the message that is forwarded.
                if not each.is_inline:
                    await graph.delete("/me/messages/{}/attachments/{}", draft.id, each.id, headers=READ)
        for file in files:
            await attach(graph, draft.id, file)
    with after(f"There is a draft now, with id {draft.id}."):
        return await get_draft(graph, draft.id)


async def get_draft(graph: Graph, draft_id: str) -> DraftWithAttachments:
    """Returns a draft with its attachments."""
    return await graph.get(
        DraftWithAttachments, "/me/messages/{}", draft_id, headers=READ, expand=ATTACHMENTS
    )


@asynccontextmanager
async def discarded_on_failure(graph: Graph, draft_id: str) -> AsyncIterator[None]:
    """Deletes a draft when something inside fails, unless it may have been sent.

    Raises:
        ToolError: As inside, with what became of the draft.
    """
    try:
        yield
    except ToolError as error:
        if error.details.get("outcome") == "unknown":
            raise
        raise ToolError(
            error.code,
            f"{error.message} {await _discarded(graph, draft_id)}",
            error.remedy,
            retry_after=error.retry_after,
            details=error.details,
            reason=error.reason,
        ) from error


async def _discarded(graph: Graph, draft_id: str) -> str:
    try:
        await graph.delete("/me/messages/{}", draft_id, headers=READ)
    except ToolError:
        return f"Nothing was sent; there is a draft now, with id {draft_id}, that is not complete."
    return "Nothing was sent, and the draft that was begun was deleted."


async def _read_again[D: Draft](graph: Graph, model: type[D], draft_id: str) -> D:
    """Returns a draft of which the request that made it returned only parts."""
    with after(f"There is a draft now, with id {draft_id}."):
        return await graph.get(model, "/me/messages/{}", draft_id, headers=READ)


async def _changed(graph: Graph, draft: Draft, changes: Mapping[str, Any]) -> Draft:
    return await graph.patch(
        Draft, "/me/messages/{}", draft.id, body=changes, version=draft.version, headers=READ
    )


def _is_above(comment: str, content: str) -> bool:
    """Tells whether a body holds a comment above the message that it answers, whose words may be the same."""
    said, *more = (_bare(each) for each in _QUOTED.split(comment, 1))
    if not said and more:
        # It begins with a line or a quotation of its own.
        return _bare(comment)[:_COMPARED] in _bare(content)
    top, *quoted = (_bare(each) for each in _QUOTED.split(content, 1))
    return said[:_COMPARED] in top if quoted else top.startswith(said[:_COMPARED])


def _bare(html: str) -> str:
    """Returns HTML as its letters, or its signs if it has no letters, without what a mailbox changes."""
    text = html_to_text(html).text
    return re.sub(r"\W+", "", text) or "".join(text.split())
