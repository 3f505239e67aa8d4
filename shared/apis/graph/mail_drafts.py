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
        if self.body_content is None or self.body_type.casefold() != "html" or not comment.strip():
            return {}
        if _bare(comment)[:_COMPARED] in _bare(self.body_content):
            return {}
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
        return await graph.post(Draft, "/me/messages", body=message_properties(message), headers=READ)
    draft = await graph.post(
        _Response,
        f"/me/messages/{{}}/{_ACTIONS[kind]}",
        message_id,
        body=response_properties(message, forward=kind == "forward"),
        headers=READ,
    )
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


async def _changed(graph: Graph, draft: Draft, changes: Mapping[str, Any]) -> Draft:
    return await graph.patch(
        Draft, "/me/messages/{}", draft.id, body=changes, version=draft.version, headers=READ
    )


def _bare(html: str) -> str:
    """Returns the letters of HTML, without what a mailbox changes when it stores it."""
    return re.sub(r"\W+", "", html_to_text(html).text)
