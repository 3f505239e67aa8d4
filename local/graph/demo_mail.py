"""Fills the mailboxes of the demo tenant: each message is told once and delivered to everyone it is for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from local.graph.demo_text import data, dates, file_content, filled, variations
from local.graph.mailbox import Mailbox, outlook_id, utc
from local.graph.mailbox_owners import Owner, owners
from local.graph.odata import Resource
from local.graph.store import Tenant
from local.relative_time import at

_UNREAD_FOR = 4


def fill_mailboxes(tenant: Tenant) -> None:
    """Delivers every message of `mail.json`, oldest first."""
    document, now = data("mail"), tenant.clock()
    values = dates(now)
    for alias, names in document["folders"].items():
        box = _mailbox(tenant, alias)
        for name in names:
            parent, _, title = name.rpartition("/")
            box.add_folder(title, _folder(box, parent) if parent else None)
    told = [*document["messages"], *_from_templates(document["templates"])]
    for message in sorted(told, key=lambda each: at(each["at"], now)):
        _deliver(tenant, message, now, values)


def _from_templates(templates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    messages = []
    for template in templates:
        for values in variations(template):
            index = values["index"]
            days = template["first_day"] + index * template["every_days"]
            sender = template["from"] if isinstance(template["from"], str) else values["from"]
            messages.append(
                {
                    "at": f"-{int(days)}d {7 + index * 5 % 11:02}:{index * 17 % 60:02}",
                    "from": sender,
                    "to": template["to"],
                    "subject": filled(template["subject"], values),
                    "text": filled(template["text"], values),
                    "folder": template.get("folder", {}),
                    "unread": days <= _UNREAD_FOR and index % 2 == 0,
                }
            )
    return messages


@cache
def _owners() -> Mapping[str, Owner]:
    # Not while modules are imported: how many people there are is told later.
    return {owner.alias: owner for owner in owners()}


def _mailbox(tenant: Tenant, alias: str) -> Mailbox:
    return tenant.mailboxes[_owners()[alias].object_id]


def _recipient(name: str) -> Resource:
    """Returns a correspondent: one of the organisation's people, or one of `people` in the data file."""
    known = data("mail")["people"].get(name)
    if known:
        return {"emailAddress": dict(known)}
    return _owners()[name].identity


def _deliver(tenant: Tenant, told: dict[str, Any], now: datetime, values: dict[str, str]) -> None:
    """Puts a copy into the sender's Sent Items and into a folder of everyone it is for."""
    moment = at(told["at"], now)
    subject = filled(told["subject"], values)
    content_type, content = ("html", told["html"]) if "html" in told else ("text", told["text"])
    internal = _owners()
    readers = [name for name in (*told["to"], *told.get("cc", [])) if name in internal]
    thread = told.get("thread") or f"{subject}/{told['at']}"
    files = [(each, *file_content(each, values)) for each in told.get("attachments", [])]
    properties = {
        "subject": subject,
        "body": {"contentType": content_type, "content": filled(content, values).replace("\n", "\r\n")},
        "from": _recipient(told["from"]),
        "sender": _recipient(told["from"]),
        "toRecipients": [_recipient(name) for name in told["to"]],
        "ccRecipients": [_recipient(name) for name in told.get("cc", [])],
        "importance": told.get("importance", "normal"),
        "internetMessageId": f"<{outlook_id('', thread, told['at'], subject)}@mail.larkspur.example>",
        "receivedDateTime": utc(moment),
        "sentDateTime": utc(moment),
    }
    for alias in dict.fromkeys([*readers, *([told["from"]] if told["from"] in internal else [])]):
        box = _mailbox(tenant, alias)
        sent = alias == told["from"]
        folder = "sentitems" if sent else _folder(box, told.get("folder", {}).get(alias, "inbox"))
        own = {
            "isRead": sent or not told.get("unread", False),
            "conversationId": outlook_id("AAQkAD", alias, thread),
            "flag": {"flagStatus": "flagged" if alias in told.get("flagged", []) else "notFlagged"},
            "inferenceClassification": "other" if told["from"] not in internal else "focused",
        }
        message = box.add(folder, moment, properties | own)
        for described, content_bytes, _ in files:
            box.attach(message, _attachment(described), content_bytes)


def _folder(box: Mailbox, name: str) -> str:
    """Returns a folder by well-known name, or the user's own by title."""
    return next((each["id"] for each in box.folders.values() if each["displayName"] == name), name)


def _attachment(described: dict[str, Any]) -> Resource:
    if "link" in described:
        kind = "#microsoft.graph.referenceAttachment"
        return {"@odata.type": kind, "name": described["name"], "contentType": None, "size": 0}
    return {"name": described["name"], "contentType": described["type"]}
