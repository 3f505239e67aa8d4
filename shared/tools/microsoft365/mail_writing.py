"""Writes and sends the signed-in user's mail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from shared.apis.graph.attachment_upload import SESSION_BYTES, NewAttachment, attachment_properties
from shared.apis.graph.mail_drafts import (
    Kind,
    discarded_on_failure,
    draft_message,
    fill_draft,
    get_draft,
)
from shared.apis.graph.mail_messages import (
    READ,
    AttachmentSummary,
    Draft,
    Email,
    OutgoingMessage,
    message_properties,
)
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.write_failures import report_unknown_outcome
from shared.text.content import Line
from shared.tools.microsoft365.mail_attachments import Attachments, explain_large_files, fetch_attachments
from shared.tools.microsoft365.mail_bodies import write_body
from shared.tools.microsoft365.mail_params import Bcc, Body, BodyFormat, Cc, Importance, Subject, To
from shared.tools.microsoft365.mail_recipients import SCOPE as RECIPIENTS
from shared.tools.microsoft365.mail_recipients import RecipientCheck, check_recipients
from shared.tools.microsoft365.mailboxes import Mailbox, open_mailbox
from shared.tools.params import Id, Version

toolset = Toolset("mail")

_LOOK_IN_DRAFTS = "Look into the folder drafts with graph_get_emails before you draft it again."
_LOOK_IN_SENT = "Look into the folder sentitems with graph_get_emails before you send it again."
_REQUEST_CHARACTERS = 3_500_000
"""What a request that sends a message may have, of the 4 MB that Graph takes."""

_FILES = "Files.Read.All"


class PreparedDraft(BaseModel):
    """A draft as it waits to be sent. `version` is what sending it asks for."""

    id: str
    subject: Line | None
    to: list[str]
    cc: list[str]
    bcc: list[str]
    importance: str
    is_draft: bool
    changed: datetime | None
    version: str | None
    web_link: str | None
    attachments: list[AttachmentSummary] = Field([], description="Of a reply, those given.")
    recipients: RecipientCheck
    left_out: list[str] = Field([], description="HTML elements that were left out of the body.")


class Sending(BaseModel):
    """An email handed over for delivery."""

    status: Literal["accepted"] = Field(
        "accepted", description="Microsoft 365 took it for delivery; that is no proof that it arrived."
    )
    subject: Line | None
    to: list[str]
    cc: list[str]
    bcc: list[str]
    attachments: list[Line] = Field([], description="Names of the files sent with it.")
    message_id: str | None = Field(description="id of the copy in Sent Items; null where it is not known.")
    recipients: RecipientCheck
    left_out: list[str] = Field([], description="HTML elements that were left out of the body.")
    note: str


@toolset.tool(
    scopes=["Mail.ReadWrite"], optional_scopes=["Mail.ReadWrite.Shared", _FILES, RECIPIENTS], writes=True
)
async def graph_create_draft(
    caller: Caller,
    body: Body,
    format: BodyFormat = "text",
    kind: Annotated[
        Kind, Field(description="A new email, or an answer to or a forward of the one with message_id.")
    ] = "new",
    message_id: Annotated[
        Id | None, Field(description="id of the email to answer or forward; left out for a new one.")
    ] = None,
    subject: Annotated[
        Subject | None, Field(description="Left out in an answer or forward, RE: or FW: and its subject.")
    ] = None,
    to: To = (),
    cc: Cc = (),
    bcc: Bcc = (),
    attachments: Attachments = (),
    drop_attachments: Annotated[
        bool, Field(description="Forward without the attachments of the email.")
    ] = False,
    importance: Importance = "normal",
    mailbox: Mailbox = None,
) -> PreparedDraft:
    """Create a draft in the signed-in user's mailbox, not sent yet: new, reply, reply to all or forward.

    Replies go to the people of the email by themselves; to and cc add more. A forward needs to. Show
    the draft to the user, then send it with graph_send_draft. It holds the email answered or forwarded.
    """
    _check(kind, message_id, to, drop_attachments)
    written = await write_body(body, format)
    message = OutgoingMessage(
        body=written.body,
        subject=subject,
        importance=importance,
        to=to,
        cc=cc,
        bcc=bcc,
        author=mailbox,
    )
    with open_mailbox(caller, mailbox, "Mail.ReadWrite.Shared") as there:
        await there.graph.ensure_access()
        files = await fetch_attachments(caller, there, attachments)
        with report_unknown_outcome(_LOOK_IN_DRAFTS):
            draft = await draft_message(there.graph, message, kind, message_id)
        held: list[AttachmentSummary] = []
        if files or kind == "forward":
            with explain_large_files(mailbox, files):
                filled = await fill_draft(there.graph, draft, files, drop_attachments=drop_attachments)
            draft, held = filled, filled.attachments
    return PreparedDraft(
        **_shown(draft),
        attachments=held,
        recipients=await check_recipients(caller, [*draft.to, *draft.cc, *draft.bcc]),
        left_out=written.left_out,
    )


@toolset.tool(
    scopes=["Mail.ReadWrite", "Mail.Send"],
    optional_scopes=["Mail.Read.Shared", "Mail.Send.Shared", RECIPIENTS],
    writes=True,
)
async def graph_send_draft(
    caller: Caller,
    draft_id: Annotated[
        Id, Field(description="id of the draft, from graph_create_draft or graph_get_emails.")
    ],
    version: Annotated[
        Version,
        Field(description="version, from graph_create_draft or graph_get_email; not sent if changed since."),
    ],
    mailbox: Mailbox = None,
) -> Sending:
    """Send a draft of the signed-in user, once, as it was read; it cannot be called back.

    Use it after the user has agreed to the draft. Without a draft, use graph_send_email.
    """
    with open_mailbox(caller, mailbox, "Mail.Read.Shared", "Mail.Send.Shared") as there:
        draft = await get_draft(there.graph, draft_id)
        check_sendable(draft, version)
        checked = await check_recipients(caller, [*draft.to, *draft.cc, *draft.bcc])
        with report_unknown_outcome(_LOOK_IN_SENT):
            await there.graph.invoke_action("/me/messages/{}/send", draft.id, headers=READ)
    return Sending(
        subject=draft.subject,
        to=draft.to,
        cc=draft.cc,
        bcc=draft.bcc,
        attachments=[each.name or "" for each in draft.attachments if not each.is_inline],
        message_id=draft.id,
        recipients=checked,
        note=f"The draft has become the copy in Sent Items{_of(mailbox)}, with the same id.",
    )


@toolset.tool(
    scopes=["Mail.Send"],
    optional_scopes=[
        "Mail.Send.Shared",
        "Mail.Read",
        "Mail.Read.Shared",
        "Mail.ReadWrite",
        "Mail.ReadWrite.Shared",
        _FILES,
        RECIPIENTS,
    ],
    writes=True,
)
async def graph_send_email(
    caller: Caller,
    to: Annotated[To, Field(min_length=1)],
    subject: Annotated[Subject, Field(description="Subject, on one line.")],
    body: Annotated[Body, Field(min_length=1, pattern=r"\S")],
    format: BodyFormat = "text",
    cc: Cc = (),
    bcc: Bcc = (),
    attachments: Attachments = (),
    importance: Importance = "normal",
    mailbox: Mailbox = None,
) -> Sending:
    """Send a new email as the signed-in user, at once and once; it cannot be called back.

    Use it only for what the user has agreed to word by word; otherwise, and to answer or forward an
    email, make a draft with graph_create_draft. A copy goes to Sent Items.
    """
    written = await write_body(body, format)
    message = OutgoingMessage(
        body=written.body,
        subject=subject,
        importance=importance,
        to=to,
        cc=cc,
        bcc=bcc,
        author=mailbox,
    )
    with open_mailbox(caller, mailbox, "Mail.Send.Shared") as there:
        await there.graph.ensure_access()
        files = await fetch_attachments(caller, _reader(caller, mailbox, "Read"), attachments)
        checked = await check_recipients(caller, [*to, *cc, *bcc])
        message_id = await _send(caller, mailbox, message, files)
    return Sending(
        subject=subject,
        to=[*to],
        cc=[*cc],
        bcc=[*bcc],
        attachments=[each.name for each in files],
        message_id=message_id,
        recipients=checked,
        left_out=written.left_out,
        note=f"The copy is in the folder sentitems{_of(mailbox)}: graph_get_emails lists it.",
    )


async def _send(
    caller: Caller, mailbox: str | None, message: OutgoingMessage, files: Sequence[NewAttachment]
) -> str | None:
    """Sends a message in one request, or as a draft where its files are too large for that.

    Either way nothing is sent that lacks one of its files. Returns the id of the copy, if it is known.
    """
    if _fits(message, files):
        document = message_properties(message)
        if files:
            document |= {"attachments": [attachment_properties(each) for each in files]}
        with report_unknown_outcome(_LOOK_IN_SENT):
            await caller.in_mailbox(mailbox, "Mail.Send.Shared").graph.invoke_action(
                "/me/sendMail", body={"message": document, "saveToSentItems": True}
            )
        return None
    writer = _reader(caller, mailbox, "ReadWrite").graph
    with report_unknown_outcome(_LOOK_IN_DRAFTS):
        draft = await draft_message(writer, message, "new", None)
    with explain_large_files(mailbox, files):
        await fill_draft(writer, draft, files)
    sender = caller.in_mailbox(mailbox, "Mail.Send.Shared").graph
    async with discarded_on_failure(writer, draft.id):
        with report_unknown_outcome(_LOOK_IN_SENT):
            await sender.invoke_action("/me/messages/{}/send", draft.id, headers=READ)
    return draft.id


def _fits(message: OutgoingMessage, files: Sequence[NewAttachment]) -> bool:
    """Tells whether a message with its files is small enough for one request."""
    sizes = [len(each.content) for each in files]
    encoded = sum(size * 4 // 3 + 400 for size in sizes)
    is_small = encoded + 4 * len(message.body.content) < _REQUEST_CHARACTERS
    return not files or (is_small and max(sizes) < SESSION_BYTES)


def _reader(caller: Caller, mailbox: str | None, right: str) -> Caller:
    """Returns the caller with an optional scope for mail, in the mailbox it is about."""
    if mailbox is None:
        return caller.with_scopes(f"Mail.{right}")
    return caller.in_mailbox(mailbox, f"Mail.{right}.Shared")


def _shown(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in PreparedDraft.model_fields if name in Draft.model_fields}


def _of(mailbox: str | None) -> str:
    return f" of {mailbox}" if mailbox else ""


def _check(kind: str, message_id: str | None, to: Sequence[str], drop_attachments: bool) -> None:
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
    if drop_attachments and kind != "forward":
        raise ToolError(
            "invalid_argument",
            "drop_attachments: is for a forward.",
            "Leave it out: a new email or an answer has no attachments but those you give.",
        )


def check_sendable(draft: Draft | Email, version: str) -> None:
    """Returns if a draft has this version and can be sent.

    Raises:
        ToolError: `conflict`: it has another version. `invalid_argument`: it cannot be sent.
    """
    if not draft.is_draft:
        raise ToolError(
            "invalid_argument",
            "draft_id: is not a draft: the email was received, or sent before.",
            "Give the id of a draft; graph_get_emails lists them in the folder drafts.",
        )
    if draft.version != version:
        time = draft.changed if isinstance(draft, Draft) else None
        changed = time.isoformat() if time else "an unknown time"
        raise ToolError(
            "conflict",
            f"The draft was changed at {changed}, after you read it; it was not sent.",
            "Read it again with graph_get_email, show it to the user, and send it with its new version.",
            details={"current_version": draft.version or "", "changed": changed},
        )
    if not (draft.to or draft.cc or draft.bcc):
        raise ToolError(
            "invalid_argument",
            "draft_id: the draft has no recipients; it was not sent.",
            "Make a draft with recipients, or let the user add them in Outlook.",
        )
