"""Drafts replies and forwards: one request makes the draft, a second adds recipients."""

from collections.abc import Sequence
from typing import Literal

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.mail_messages import READ, Draft, response_properties
from shared.results.write_failures import after

Kind = Literal["new", "reply", "reply_all", "forward"]

_ACTIONS = {"reply": "createReply", "reply_all": "createReplyAll", "forward": "createForward"}


async def draft_response(
    graph: Graph,
    kind: Kind,
    message_id: str,
    *,
    comment: str,
    subject: str | None,
    importance: str,
    to: Sequence[str],
    cc: Sequence[str],
    bcc: Sequence[str],
) -> Draft:
    """Drafts a reply to a message, or its forward, with these people added.

    Raises:
        ToolError: As always; if there is a draft nevertheless, its id is in the message.
    """
    draft = await graph.post(
        Draft,
        f"/me/messages/{{}}/{_ACTIONS[kind]}",
        message_id,
        body=response_properties(
            comment=comment,
            subject=subject,
            importance=importance,
            bcc=bcc,
            to=to if kind == "forward" else (),
        ),
        headers=READ,
    )
    more = draft.with_more(to=to, cc=cc)
    if not more:
        return draft
    with after(f"There is a draft now, with id {draft.id}, but nobody was added to its recipients."):
        return await graph.patch(
            Draft, "/me/messages/{}", draft.id, body=more, version=draft.version, headers=READ
        )
