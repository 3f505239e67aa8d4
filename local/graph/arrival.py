"""Does what a mailbox does by itself with a message that arrives: rules, and an automatic reply."""

from __future__ import annotations

from local.graph.message_rules import apply_rules
from local.graph.odata import Resource
from local.graph.operations import Call
from local.organisation import User


def receive(call: Call, user: User, message: Resource) -> None:
    """Applies the rules of the receiver, and answers the sender once while automatic replies are on."""
    settings = call.tenant.settings[user.object_id]
    apply_rules(settings, call.tenant.mailboxes[user.object_id], message)
    sender = call.user
    if sender == user or not settings.answers(call.tenant.clock()) or sender.alias in settings.replied_to:
        return
    settings.replied_to.add(sender.alias)
    author = {"emailAddress": {"name": user.display_name, "address": user.user_principal_name}}
    reader = {"emailAddress": {"name": sender.display_name, "address": sender.user_principal_name}}
    call.tenant.mailboxes[sender.object_id].add(
        "inbox",
        call.tenant.clock(),
        {
            "subject": f"Automatic reply: {message['subject']}",
            "body": {"contentType": "html", "content": settings.replies["internalReplyMessage"]},
            "from": author,
            "sender": author,
            "toRecipients": [reader],
            "conversationId": message["conversationId"],
        },
    )
