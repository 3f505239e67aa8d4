"""Writes, sends and organizes the signed-in user's mail."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.mail_drafts import Kind, draft_response
from shared.apis.graph.mail_folders import resolve_folder
from shared.apis.graph.mail_messages import (
    READ,
    Draft,
    Flag,
    OrganizedMessage,
    message_properties,
    organizing_properties,
)
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.write_failures import after, report_unknown_outcome
from shared.text.content import Line
from shared.tools.microsoft365.mail import FolderName, MessageId, Person, one_sentence
from shared.tools.microsoft365.mail_categories import Categories, changed_categories
from shared.tools.params import Id, Version

toolset = Toolset("mail")

_LOOK_IN_DRAFTS = "Look into the folder drafts with graph_get_emails before you draft it again."
_LOOK_IN_SENT = "Look into the folder sentitems with graph_get_emails before you send it again."

_PEOPLE = "Email addresses, such as ana@contoso.com or Ana <ana@contoso.com>"
To = Annotated[Sequence[Person], Field(max_length=100, description=f"{_PEOPLE}, the email is sent to.")]
Cc = Annotated[
    Sequence[Person], Field(max_length=100, description=f"{_PEOPLE}, that get a copy, seen by all.")
]
Bcc = Annotated[
    Sequence[Person], Field(max_length=100, description=f"{_PEOPLE}, that get a copy, unseen by the others.")
]
Subject = Annotated[
    str,
    Field(min_length=1, max_length=255, pattern=r"^[^\r\n]+$"),
    one_sentence("one line of at most 255 characters"),
]
Body = Annotated[
    str,
    Field(
        max_length=200_000, description="The text, plain: line breaks are kept, HTML and Markdown are not."
    ),
]
Importance = Annotated[
    Literal["low", "normal", "high"], Field(description="What the recipients see it marked as.")
]


class Sending(BaseModel):
    """An email handed over for delivery."""

    status: Literal["accepted"] = Field(
        "accepted", description="Microsoft 365 took it for delivery; that is no proof that it arrived."
    )
    subject: Line | None
    to: list[str]
    cc: list[str]
    bcc: list[str]
    message_id: str | None = Field(description="id of the copy in Sent Items; null where it is not known.")
    note: str


@toolset.tool(scopes=["Mail.ReadWrite"], writes=True)
async def graph_create_draft(
    caller: Caller,
    body: Body,
    kind: Annotated[
        Kind, Field(description="A new email, or an answer to or a forward of the one with message_id.")
    ] = "new",
    message_id: Annotated[
        Id | None, Field(description="id of the email to answer or forward; left out for a new one.")
    ] = None,
    subject: Annotated[
        Subject | None,
        Field(description="Subject; left out in an answer or forward, that of the email with RE: or FW:."),
    ] = None,
    to: To = (),
    cc: Cc = (),
    bcc: Bcc = (),
    importance: Importance = "normal",
) -> Draft:
    """Create a draft in the signed-in user's mailbox, not sent yet: new, reply, reply to all or forward.

    Replies go to the people of the email by themselves; to and cc add more. A forward needs to. Show
    the draft to the user, then send it with graph_send_draft. It holds the email answered or forwarded.
    """
    _check(kind, message_id, to)
    people = {"to": to, "cc": cc, "bcc": bcc}
    with report_unknown_outcome(_LOOK_IN_DRAFTS):
        if message_id:
            return await draft_response(
                caller.graph, kind, message_id, comment=body, subject=subject, importance=importance, **people
            )
        message = message_properties(subject=subject or "", body=body, importance=importance, **people)
        return await caller.graph.post(Draft, "/me/messages", body=message, headers=READ)


@toolset.tool(scopes=["Mail.ReadWrite", "Mail.Send"], writes=True)
async def graph_send_draft(
    caller: Caller,
    draft_id: Annotated[
        Id, Field(description="id of the draft, from graph_create_draft or graph_get_emails.")
    ],
    version: Annotated[
        Version,
        Field(
            description="version of the draft as last read, from graph_create_draft or graph_get_email; it "
            "is not sent if it has changed since."
        ),
    ],
) -> Sending:
    """Send a draft of the signed-in user, once, as it was read; it cannot be called back.

    Use it after the user has agreed to the draft. Without a draft, use graph_send_email.
    """
    draft = await caller.graph.get(Draft, "/me/messages/{}", draft_id, headers=READ)
    _check_sendable(draft, version)
    with report_unknown_outcome(_LOOK_IN_SENT):
        await caller.graph.invoke_action("/me/messages/{}/send", draft.id, headers=READ)
    return Sending(
        subject=draft.subject,
        to=draft.to,
        cc=draft.cc,
        bcc=draft.bcc,
        message_id=draft.id,
        note="The draft has become the copy in Sent Items, with the same id.",
    )


@toolset.tool(scopes=["Mail.Send"], writes=True)
async def graph_send_email(
    caller: Caller,
    to: Annotated[To, Field(min_length=1)],
    subject: Annotated[Subject, Field(description="Subject, on one line.")],
    body: Annotated[Body, Field(min_length=1, pattern=r"\S")],
    cc: Cc = (),
    bcc: Bcc = (),
    importance: Importance = "normal",
) -> Sending:
    """Send a new email as the signed-in user, at once and once; it cannot be called back.

    Use it only for what the user has agreed to word by word; otherwise, and to answer or forward an
    email, make a draft with graph_create_draft. A copy goes to Sent Items.
    """
    message = message_properties(subject=subject, body=body, importance=importance, to=to, cc=cc, bcc=bcc)
    with report_unknown_outcome(_LOOK_IN_SENT):
        await caller.graph.invoke_action("/me/sendMail", body={"message": message, "saveToSentItems": True})
    return Sending(
        subject=subject,
        to=[*to],
        cc=[*cc],
        bcc=[*bcc],
        message_id=None,
        note="The copy is in the folder sentitems: graph_get_emails lists it.",
    )


@toolset.tool(scopes=["Mail.ReadWrite"], optional_scopes=["MailboxSettings.ReadWrite"], writes=True)
async def graph_organize_email(
    caller: Caller,
    message_id: MessageId,
    move_to: Annotated[
        FolderName | None,
        Field(
            description="Folder to move it to: archive to archive it, deleteditems to delete it (it can be "
            "moved back), or any other by id or name, as graph_list_mail_folders shows them."
        ),
    ] = None,
    mark: Annotated[Literal["read", "unread"] | None, Field(description="Mark it as read or unread.")] = None,
    flag: Annotated[
        Flag | None, Field(description="Flag it for follow-up, as done (complete), or take its flag away.")
    ] = None,
    add_categories: Annotated[Categories, Field(description="Made if missing.")] = (),
    remove_categories: Annotated[Categories, Field(description="By name.")] = (),
) -> OrganizedMessage:
    """Move, archive, flag, categorize or mark as read one email of the signed-in user: any of these at once.

    What is left out stays as it is. The id stays the same when the email moves.
    """
    changes = organizing_properties(mark=mark, flag=flag)
    if move_to is None and not (changes or add_categories or remove_categories):
        raise ToolError("invalid_argument", "move_to: is missing.", "Give at least one thing to change.")
    version = None
    if add_categories or remove_categories:
        categories, version = await changed_categories(caller, message_id, add_categories, remove_categories)
        changes |= categories
    if move_to is None:
        return await _marked(caller.graph, message_id, changes, version)
    destination = await resolve_folder(caller.graph, move_to, argument="move_to")
    moved = await caller.graph.post(
        OrganizedMessage,
        "/me/messages/{}/move",
        message_id,
        body={"destinationId": destination},
        headers=READ,
    )
    if not changes:
        return moved
    with after("The email was moved."):
        return await _marked(caller.graph, moved.id, changes)


async def _marked(
    graph: Graph, message_id: str, changes: Mapping[str, Any], version: str | None = None
) -> OrganizedMessage:
    return await graph.patch(
        OrganizedMessage, "/me/messages/{}", message_id, body=changes, version=version, headers=READ
    )


def _check(kind: str, message_id: str | None, to: Sequence[str]) -> None:
    """Refuses arguments that the kind of draft rules out or lacks."""
    if kind == "new" and message_id:
        raise ToolError(
            "invalid_argument",
            "message_id: is not for a new email.",
            "Leave it out, or give kind as reply, reply_all or forward.",
        )
    if kind != "new" and not message_id:
        raise ToolError(
            "invalid_argument", "message_id: is missing.", "Give the id of the email to answer or forward."
        )
    if kind == "forward" and not to:
        raise ToolError("invalid_argument", "to: is missing.", "Say whom the email is forwarded to.")


def _check_sendable(draft: Draft, version: str) -> None:
    """Refuses a draft that has another version or cannot be sent."""
    if not draft.is_draft:
        raise ToolError(
            "invalid_argument",
            "draft_id: is not a draft: the email was received, or sent before.",
            "Give the id of a draft; graph_get_emails lists them in the folder drafts.",
        )
    if draft.version != version:
        raise ToolError(
            "conflict",
            f"The draft was changed at {draft.changed.isoformat()}, after you read it; it was not sent.",
            "Read it again with graph_get_email, show it to the user, and send it with its new version.",
            details={"current_version": draft.version, "changed": draft.changed.isoformat()},
        )
    if not (draft.to or draft.cc or draft.bcc):
        raise ToolError(
            "invalid_argument",
            "draft_id: the draft has no recipients; it was not sent.",
            "Make a draft with recipients, or let the user add them in Outlook.",
        )
