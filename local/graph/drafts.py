"""Serves drafts, changes, moves and attachments of mail, without sending it."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from starlette.responses import JSONResponse, Response

from local.graph.bodies import as_html, as_text
from local.graph.denials import OUTLOOK
from local.graph.errors import GraphError, bad_request, mailbox_item_changed
from local.graph.item_attachments import ITEM_ATTACHMENT, item_of
from local.graph.mail import ATTACHMENT, answered, attachment_shown
from local.graph.mailbox import Attachment, Mailbox, checked_recipients, utc
from local.graph.odata import Resource
from local.graph.operations import Call
from local.graph.shared_mailboxes import MailboxArea, mailbox, owner_of
from local.graph.written import Shape, argument, optional, required, taken

area = MailboxArea(OUTLOOK)

_ANY_TIME: dict[str, Shape] = {
    "isRead": bool, "flag": dict, "categories": list, "importance": str, "inferenceClassification": str,
}  # fmt: skip
_RECIPIENTS = ("toRecipients", "ccRecipients", "bccRecipients", "replyTo")
_IN_DRAFTS: dict[str, Shape] = {
    "subject": str, "body": dict, "from": dict, "sender": dict, "internetMessageHeaders": list,
    "isDeliveryReceiptRequested": bool, "isReadReceiptRequested": bool, **dict.fromkeys(_RECIPIENTS, list),
}  # fmt: skip
_CHOICES = {
    "importance": ("low", "normal", "high"),
    "inferenceClassification": ("focused", "other"),
}
_FLAGS = ("notFlagged", "flagged", "complete")
_INLINE_LIMIT_BYTES = 3 * 1024 * 1024
_SESSION_LIMIT_BYTES = 150 * 1024 * 1024
_MESSAGE_LIMIT_BYTES = 35 * 1024 * 1024


def message_properties(document: Resource) -> Resource:
    """Returns what the message of a request body sets, attachments apart.

    Raises:
        GraphError: A property is unknown or its value impossible.
    """
    document = {name: value for name, value in document.items() if name != "attachments"}
    chosen = taken(document, _ANY_TIME | _IN_DRAFTS, "microsoft.graph.message")
    if chosen.get("subject", "") is None:
        chosen["subject"] = ""
    for name in _RECIPIENTS:
        if name in chosen:
            chosen[name] = checked_recipients(chosen[name] or [])
    for name in ("from", "sender"):
        if chosen.get(name) is not None:
            chosen[name] = checked_recipients([chosen[name]])[0]
    for name, choices in _CHOICES.items():
        if name in chosen and chosen[name] not in choices:
            raise bad_request(f"Requested value '{chosen[name]}' was not found.", "RequestBodyRead")
    if "flag" in chosen and (chosen["flag"] or {}).get("flagStatus") not in _FLAGS:
        raise bad_request("The flag's flagStatus is not one of its values.", "RequestBodyRead")
    if "body" in chosen:
        chosen["body"] = checked_body(chosen["body"])
    return chosen


def checked_body(body: Any) -> Resource:
    """Returns a body of a request, with its content type spelled as Graph does.

    Raises:
        GraphError: Its content type is neither text nor HTML.
    """
    body = {} if body is None else body
    content_type = str(body.get("contentType", "text")).casefold() if isinstance(body, dict) else "none"
    if content_type not in ("text", "html"):
        raise bad_request(f"Requested value '{content_type}' was not found.", "RequestBodyRead")
    return {"contentType": content_type, "content": str(body.get("content") or "")}


def attach_all(box: Mailbox, message: Resource, attachments: Any) -> None:
    """Attaches what the `attachments` of a request body hold.

    Raises:
        GraphError: One is too big for a request, or not a file.
    """
    if not isinstance(attachments, list | None):
        raise bad_request("A collection of attachments is expected.", "RequestBodyRead")
    for each in attachments or []:
        properties, content = file_of(each)
        box.attach(message, properties, content)


def file_of(document: Any) -> tuple[Resource, bytes]:
    """Returns name, type and bytes of a file or item attachment in a request body.

    Raises:
        GraphError: It is neither a file nor an item, or too big for a request.
    """
    kind = document.get("@odata.type") if isinstance(document, dict) else None
    if kind in (ITEM_ATTACHMENT, ITEM_ATTACHMENT.removeprefix("#")):
        return item_of(document)
    if kind not in (
        "#microsoft.graph.fileAttachment",
        "microsoft.graph.fileAttachment",
    ):
        raise bad_request("The attachment needs an @odata.type of a file attachment.", "RequestBodyRead")
    name = required(document, "name", str)
    try:
        content = base64.b64decode(required(document, "contentBytes", str), validate=True)
    except binascii.Error as error:
        raise bad_request("contentBytes is not base64.", "RequestBodyRead") from error
    if len(content) >= _INLINE_LIMIT_BYTES:
        raise GraphError(413, "ErrorMessageSizeExceeded", "The attachment is too large for one request.")
    content_type = document.get("contentType") or "application/octet-stream"
    inline = {"isInline": bool(document.get("isInline"))}
    return {"name": name, "contentType": content_type} | inline, content


def _attach(box: Mailbox, message: Resource, properties: Resource, content: bytes) -> Attachment:
    """Attaches a file to a message, which in its MIME form may be as large as the mailbox sends.

    Raises:
        GraphError: It would be larger.
    """
    total = len(content) + sum(len(each.content) for each in box.attachments[message["id"]])
    if total * 4 // 3 > _MESSAGE_LIMIT_BYTES:
        raise GraphError(413, "ErrorMessageSizeExceeded", "The message exceeds the maximum supported size.")
    return box.attach(message, properties, content)


def prefers_immutable_ids(call: Call) -> bool:
    """Tells whether the id of a message stays the same when it changes folders, sending included."""
    return (call.preference("IdType") or "").casefold() == "immutableid"


def new_draft(call: Call, properties: Resource) -> Resource:
    """Returns a draft in the mailbox, of its owner unless these properties name another author."""
    box = mailbox(call)
    author = owner_of(call).identity
    identity = {"sender": author, "from": author, "isDraft": True, "isRead": True}
    return box.add("drafts", call.tenant.clock(), identity | properties)


@area.operation("POST", "/me/messages", permissions=("Mail.ReadWrite",))
@area.operation("POST", "/me/mailFolders/{folder}/messages", permissions=("Mail.ReadWrite",))
async def create_draft(call: Call) -> Response:
    """Returns a new draft."""
    document = await call.document()
    draft = new_draft(call, message_properties(document))
    attach_all(mailbox(call), draft, document.get("attachments"))
    return answered(call, draft, 201)


@area.operation("PATCH", "/me/messages/{message}", permissions=("Mail.ReadWrite",))
async def update_message(call: Call) -> Response:
    """Returns the message after the change; once sent, only flag, read state and the like can change."""
    box = mailbox(call)
    message = box.message(call.arguments["message"])
    call.expect(message["@odata.etag"], mailbox_item_changed())
    changes = message_properties(await call.document())
    fixed = next((name for name in changes if name in _IN_DRAFTS), None)
    if fixed and not message["isDraft"]:
        raise GraphError(
            400, "ErrorInvalidPropertySet", f"The property '{fixed}' can only be set on a draft."
        )
    box.change(message, changes)
    return answered(call, message)


@area.operation("DELETE", "/me/messages/{message}", permissions=("Mail.ReadWrite",))
async def delete_message(call: Call) -> Response:
    """Moves the message to Deleted Items."""
    box = mailbox(call)
    message = box.message(call.arguments["message"])
    call.expect(message["@odata.etag"], mailbox_item_changed())
    box.remove(message)
    return Response(status_code=204)


@area.operation("POST", "/me/messages/{message}/move", permissions=("Mail.ReadWrite",))
async def move_message(call: Call) -> Response:
    """Returns the message in its new folder, with a new id unless the client prefers immutable ones."""
    box = mailbox(call)
    message = box.message(call.arguments["message"])
    folder_id = box.folder_id(required(await call.document(), "destinationId", str))
    return answered(call, box.move(message, folder_id, keep_id=prefers_immutable_ids(call)), 201)


def reply_properties(call: Call, message: Resource, document: Resource, *, everyone: bool) -> Resource:
    """Returns what a reply to a message says, and to whom.

    Raises:
        GraphError: The body has both a comment and a message body.
    """
    own = owner_of(call).address
    to = message["replyTo"] or [message["from"]]
    others = [*message["toRecipients"], *message["ccRecipients"]] if everyone else []
    addressed = {each["emailAddress"]["address"].casefold() for each in to} | {own}
    cc = [each for each in others if each["emailAddress"]["address"].casefold() not in addressed]
    return (
        _answering(message, document, "RE: ")
        | {"toRecipients": to, "ccRecipients": cc}
        | _overridden(document)
    )


def forward_properties(message: Resource, document: Resource) -> Resource:
    """Returns what a forwarded message says, and to whom, if the request names anyone.

    Raises:
        GraphError: The body has both a comment and a message body, or bad recipients.
    """
    to = checked_recipients(argument(document, "toRecipients") or [])
    return _answering(message, document, "FW: ") | {"toRecipients": to} | _overridden(document)


def _overridden(document: Resource) -> Resource:
    properties = message_properties(optional(document, "message", dict, {}))
    return {name: value for name, value in properties.items() if name != "body"}


def _answering(message: Resource, document: Resource, prefix: str) -> Resource:
    comment, given = optional(document, "comment", str, None), optional(document, "message", dict, {})
    if comment is not None and given.get("body"):
        raise bad_request("Comment and the body of Message cannot both be given.", "ErrorInvalidRequest")
    body = (
        checked_body(given["body"])
        if given.get("body")
        else {"contentType": "html", "content": f"<html><body>{comment or ''}"}
    )
    author = message["from"]["emailAddress"] if message["from"] else {"address": "unknown"}
    header = "\r\n".join(
        (
            f"From: {author.get('name', '')} <{author['address']}>",
            f"Sent: {message['sentDateTime']}",
            f"Subject: {message['subject']}",
        )
    )
    if body["contentType"] == "html":
        quoted = as_html({"contentType": "text", "content": header}) + as_html(message["body"])
        content = f"{body['content']}<hr><div>{quoted}</div>"
    else:
        rule = "_" * 32
        content = f"{body['content']}\r\n\r\n{rule}\r\n{header}\r\n\r\n{as_text(message['body'])}"
    subject = message["subject"]
    return {
        "subject": subject if subject.upper().startswith(prefix.strip()) else prefix + subject,
        "conversationId": message["conversationId"],
        "body": {"contentType": body["contentType"], "content": content},
    }


@area.operation("POST", "/me/messages/{message}/createReply", permissions=("Mail.ReadWrite",))
@area.operation("POST", "/me/messages/{message}/createReplyAll", permissions=("Mail.ReadWrite",))
async def create_reply(call: Call) -> Response:
    """Returns a draft that answers a message."""
    message = mailbox(call).message(call.arguments["message"])
    everyone = call.url.casefold().endswith("all")
    return answered(
        call,
        new_draft(call, reply_properties(call, message, await call.parameters(), everyone=everyone)),
        201,
    )


@area.operation("POST", "/me/messages/{message}/createForward", permissions=("Mail.ReadWrite",))
async def create_forward(call: Call) -> Response:
    """Returns a draft that passes a message on, with its attachments."""
    box = mailbox(call)
    message = box.message(call.arguments["message"])
    draft = new_draft(call, forward_properties(message, await call.parameters()))
    attach_all(
        box, draft, [attachment_shown(each) for each in box.attachments[message["id"]] if each.is_file]
    )
    return answered(call, draft, 201)


@area.operation("POST", "/me/messages/{message}/attachments", permissions=("Mail.ReadWrite",))
async def add_attachment(call: Call) -> Response:
    """Returns the file that was attached."""
    box = mailbox(call)
    message = box.message(call.arguments["message"])
    attachment = _attach(box, message, *file_of(await call.document()))
    context = call.mine(f"messages('{message['id']}')/attachments/$entity")
    return call.one(attachment_shown(attachment), context, ATTACHMENT, 201)


@area.operation("DELETE", "/me/messages/{message}/attachments/{attachment}", permissions=("Mail.ReadWrite",))
async def remove_attachment(call: Call) -> Response:
    """Takes an attachment off a message."""
    box = mailbox(call)
    message = box.message(call.arguments["message"])
    box.detach(message, box.attachment(message, call.arguments["attachment"]))
    return Response(status_code=204)


@area.operation(
    "POST", "/me/messages/{message}/attachments/createUploadSession", permissions=("Mail.ReadWrite",)
)
async def create_attachment_session(call: Call) -> Response:
    """Returns an address to send the ranges of a big file to."""
    box = mailbox(call)
    message = box.message(call.arguments["message"])
    item = required(await call.document(), "AttachmentItem", dict)
    name, size = required(item, "name", str), required(item, "size", int)
    if size < _INLINE_LIMIT_BYTES:
        raise GraphError(
            400,
            "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize",
            f"The size of an attachment uploaded by session must be at least {_INLINE_LIMIT_BYTES} bytes.",
        )
    if owner_of(call).object_id != call.user.object_id:
        # "Known issues": a session for a big file in a shared mailbox is denied to who acts for a user.
        raise OUTLOOK.error()
    if size > _SESSION_LIMIT_BYTES:
        raise GraphError(413, "ErrorAttachmentSizeLimitExceeded", "The attachment is larger than 150 MB.")
    properties = {"name": name, "contentType": item.get("contentType") or "application/octet-stream"}

    def commit(content: bytes) -> str:
        attachment = _attach(box, message, properties, content)
        return f"{call.base_url}/v1.0/me/messages/{message['id']}/attachments/{attachment.id}"

    session = call.tenant.uploads.open_attachment(size, commit, call.tenant.clock())
    return JSONResponse(
        {
            "@odata.context": call.context("microsoft.graph.uploadSession"),
            "uploadUrl": session.url,
            "expirationDateTime": utc(session.expires),
            "nextExpectedRanges": ["0"],
        },
        201,
    )
