"""Sends mail, and delivers it to the inboxes of this organisation's people."""

from __future__ import annotations

from starlette.responses import Response

from local.graph.arrival import receive
from local.graph.denials import OUTLOOK
from local.graph.drafts import (
    attach_all,
    forward_properties,
    message_properties,
    new_draft,
    prefers_immutable_ids,
    reply_properties,
)
from local.graph.errors import GraphError
from local.graph.mail import attachment_shown
from local.graph.mailbox import utc
from local.graph.mailbox_owners import owners
from local.graph.odata import Resource
from local.graph.operations import Call
from local.graph.shared_mailboxes import MailboxArea, authors, mailbox
from local.graph.written import argument, required
from local.organisation import organisation

area = MailboxArea(OUTLOOK)

_REQUEST_LIMIT_BYTES = 4 * 1024 * 1024


def send(call: Call, draft: Resource, *, keep: bool = True) -> Response:
    """Sends a draft; 202 without a body says only that it was accepted.

    Raises:
        GraphError: Nobody is to receive it, or it is from somebody else.
    """
    recipients = [each for name in ("to", "cc", "bcc") for each in draft[f"{name}Recipients"]]
    if not recipients:
        raise GraphError(400, "ErrorInvalidRecipients", "At least one recipient is not valid.")
    author = (draft["from"] or {}).get("emailAddress", {}).get("address", "")
    draft |= authors(call, author)
    if author.casefold() != call.user.user_principal_name:
        call.require("Mail.Send.Shared")
    box, now = mailbox(call), call.tenant.clock()
    addresses = {each["emailAddress"]["address"].casefold() for each in recipients}
    users = {user.object_id: user for user in organisation().users}
    for owner in owners():
        if owner.address in addresses:
            arrived = _deliver(call, owner.object_id, draft)
            if user := users.get(owner.object_id):
                receive(call, user, arrived)
    stamp = utc(now)
    if keep:
        box.change(
            draft, {"isDraft": False, "isRead": True, "sentDateTime": stamp, "receivedDateTime": stamp}
        )
        box.move(draft, box.folder_id("sentitems"), keep_id=prefers_immutable_ids(call))
    else:
        del box.messages[draft["id"]]
        del box.attachments[draft["id"]]
    return Response(status_code=202)


def _deliver(call: Call, owner_id: str, draft: Resource) -> Resource:
    copied = (
        "subject", "body", "importance", "toRecipients", "ccRecipients", "replyTo", "sender", "from",
        "conversationId", "internetMessageId",
    )  # fmt: skip
    box = call.tenant.mailboxes[owner_id]
    arrived = box.add("inbox", call.tenant.clock(), {name: draft[name] for name in copied})
    for each in mailbox(call).attachments[draft["id"]]:
        box.attach(
            arrived, {name: each.properties.get(name) for name in ("name", "contentType")}, each.content
        )
    return arrived


def _send_at_once(
    call: Call, properties: Resource, attachments: list[Resource], *, keep: bool = True
) -> Response:
    """Sends a message that was no draft before, and is none afterwards if it cannot be sent."""
    box = mailbox(call)
    draft = new_draft(call, properties)
    try:
        attach_all(box, draft, attachments)
        return send(call, draft, keep=keep)
    except GraphError:
        del box.messages[draft["id"]]
        del box.attachments[draft["id"]]
        raise


@area.operation("POST", "/me/sendMail", permissions=("Mail.Send",))
async def send_mail(call: Call) -> Response:
    """Sends a message with a 202: neither id nor proof of delivery."""
    if len(await call.request.body()) > _REQUEST_LIMIT_BYTES:
        raise GraphError(413, "ErrorMessageSizeExceeded", "The message exceeds the maximum supported size.")
    document = await call.document()
    message = required(document, "message", dict)
    keep = argument(document, "saveToSentItems", default=True) is not False
    return _send_at_once(call, message_properties(message), message.get("attachments") or [], keep=keep)


@area.operation("POST", "/me/messages/{message}/send", permissions=("Mail.Send",))
async def send_draft(call: Call) -> Response:
    """Sends a draft with a 202; a message that is no draft was sent before."""
    draft = mailbox(call).message(call.arguments["message"])
    if not draft["isDraft"]:
        raise GraphError(400, "ErrorInvalidRequest", "Only a draft can be sent.")
    return send(call, draft)


@area.operation("POST", "/me/messages/{message}/reply", permissions=("Mail.Send",))
@area.operation("POST", "/me/messages/{message}/replyAll", permissions=("Mail.Send",))
async def send_reply(call: Call) -> Response:
    """Replies to a message with a 202."""
    message = mailbox(call).message(call.arguments["message"])
    everyone = call.url.casefold().endswith("all")
    return _send_at_once(call, reply_properties(call, message, await call.document(), everyone=everyone), [])


@area.operation("POST", "/me/messages/{message}/forward", permissions=("Mail.Send",))
async def send_forward(call: Call) -> Response:
    """Forwards a message with a 202; the attachments go along."""
    box = mailbox(call)
    message = box.message(call.arguments["message"])
    files = [attachment_shown(each) for each in box.attachments[message["id"]] if each.is_file]
    return _send_at_once(call, forward_properties(message, await call.document()), files)
