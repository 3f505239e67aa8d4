"""Keeps one user's mailbox: folders, messages and attachments."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from local.graph.bodies import as_text, preview
from local.graph.errors import GraphError, bad_request, mailbox_item_not_found
from local.graph.kql import Searchable
from local.graph.odata import Resource

WELL_KNOWN = {
    "inbox": "Inbox",
    "drafts": "Drafts",
    "sentitems": "Sent Items",
    "deleteditems": "Deleted Items",
    "junkemail": "Junk Email",
    "archive": "Archive",
    "outbox": "Outbox",
}
_ID = re.compile(r"[A-Za-z0-9_-]{16,}={0,2}")


def outlook_id(prefix: str, *names: object) -> str:
    """Returns an id as opaque and url-safe as Exchange makes them, the same for the same names."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return prefix + base64.urlsafe_b64encode(digest[:24]).decode()


def utc(moment: datetime) -> str:
    """Returns a moment as Graph writes `DateTimeOffset`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


@dataclass
class Attachment:
    """Holds a file, a message or a link that came with a message."""

    id: str
    properties: Resource
    content: bytes

    @property
    def is_file(self) -> bool:
        """Tells whether its content came along."""
        return bool(self.properties["@odata.type"] == "#microsoft.graph.fileAttachment")


class Mailbox:
    """Holds messages by id. Every change gives the message a new change key and ETag."""

    def __init__(self, owner: str, clock: Callable[[], datetime]) -> None:
        self.owner = owner
        self.clock = clock
        self.root_id = outlook_id("AQMkAD", owner, "root")
        self.folders: dict[str, Resource] = {}
        self.messages: dict[str, Resource] = {}
        self.attachments: dict[str, list[Attachment]] = {}
        self._made = 0
        self._well_known = {name: self.add_folder(title) for name, title in WELL_KNOWN.items()}

    def add_folder(self, title: str, parent_id: str | None = None) -> str:
        """Makes a folder; its id comes back."""
        folder_id = outlook_id("AQMkAD", self.owner, parent_id or "root", title)
        self.folders[folder_id] = {
            "id": folder_id,
            "displayName": title,
            "parentFolderId": parent_id or self.root_id,
            "isHidden": False,
        }
        return folder_id

    def folder_id(self, name: str) -> str:
        """Returns the id of a folder given by id or well-known name.

        Raises:
            GraphError: There is no such folder.
        """
        folded = name.casefold()
        if folded == "msgfolderroot":
            return self.root_id
        if folded in self._well_known:
            return self._well_known[folded]
        check_id(name)
        if name not in self.folders:
            raise mailbox_item_not_found()
        return name

    def folder(self, folder_id: str) -> Resource:
        """Returns a folder with its counts as they are now."""
        if folder_id == self.root_id:
            children = [each for each in self.folders.values() if each["parentFolderId"] == self.root_id]
            top = {
                "id": self.root_id,
                "displayName": "Top of Information Store",
                "parentFolderId": self.root_id,
            }
            counts = {"unreadItemCount": 0, "totalItemCount": 0, "sizeInBytes": 0, "isHidden": False}
            return top | {"childFolderCount": len(children)} | counts
        messages = [each for each in self.messages.values() if each["parentFolderId"] == folder_id]
        return self.folders[folder_id] | {
            "childFolderCount": sum(each["parentFolderId"] == folder_id for each in self.folders.values()),
            "unreadItemCount": sum(not each["isRead"] for each in messages),
            "totalItemCount": len(messages),
            "sizeInBytes": sum(len(each["body"]["content"]) for each in messages),
        }

    def message(self, message_id: str) -> Resource:
        """Returns the message with this id.

        Raises:
            GraphError: The id is malformed or unknown.
        """
        check_id(message_id)
        if message_id not in self.messages:
            raise mailbox_item_not_found()
        return self.messages[message_id]

    def add(self, folder: str, moment: datetime, properties: Resource) -> Resource:
        """Puts a message with these properties into a folder; all others get their defaults."""
        self._made += 1
        message_id = outlook_id("AAMkAD", self.owner, "message", self._made)
        stamp = utc(moment)
        sender = properties.get("from") or properties.get("sender")
        message: Resource = {
            "id": message_id,
            "createdDateTime": stamp,
            "lastModifiedDateTime": stamp,
            "categories": [],
            "receivedDateTime": stamp,
            "sentDateTime": stamp,
            "hasAttachments": False,
            "internetMessageId": f"<{outlook_id('', self.owner, self._made)}@larkspur.example>",
            "subject": "",
            "importance": "normal",
            "conversationId": outlook_id("AAQkAD", self.owner, "conversation", self._made),
            "isRead": False,
            "isDraft": False,
            "isDeliveryReceiptRequested": False,
            "isReadReceiptRequested": False,
            "inferenceClassification": "focused",
            "webLink": f"https://outlook.office365.com/owa/?ItemID={quote(message_id)}&viewmodel=ReadMessageItem",
            "body": {"contentType": "text", "content": ""},
            "toRecipients": [],
            "ccRecipients": [],
            "bccRecipients": [],
            "replyTo": [],
            "flag": {"flagStatus": "notFlagged"},
            "sender": sender,
            "from": sender,
        } | properties
        message["parentFolderId"] = self.folder_id(folder)
        self.messages[message_id] = message
        self.attachments[message_id] = []
        self._stamp(message)
        return message

    def change(self, message: Resource, properties: Resource) -> None:
        """Sets properties of a message and gives it a new version."""
        message |= properties
        message["lastModifiedDateTime"] = utc(self.clock())
        self._stamp(message)

    def move(self, message: Resource, folder_id: str, *, keep_id: bool) -> Resource:
        """Returns the message after its move. Its id changes unless ids are immutable."""
        moved = dict(message)
        if not keep_id:
            self._made += 1
            moved["id"] = outlook_id("AAMkAD", self.owner, "message", self._made)
        attachments = self.attachments.pop(message["id"])
        del self.messages[message["id"]]
        self.messages[moved["id"]] = moved
        self.attachments[moved["id"]] = attachments
        self.change(moved, {"parentFolderId": folder_id})
        return moved

    def remove(self, message: Resource) -> None:
        """Deletes a message: first into Deleted Items, from there for good."""
        bin_id = self._well_known["deleteditems"]
        if message["parentFolderId"] != bin_id:
            self.move(message, bin_id, keep_id=False)
            return
        del self.messages[message["id"]]
        del self.attachments[message["id"]]

    def attach(self, message: Resource, properties: Resource, content: bytes) -> Attachment:
        """Adds an attachment to a message."""
        attached = self.attachments[message["id"]]
        attachment_id = outlook_id("AAMkADatt", message["id"], len(attached), self._made)
        kind = {"@odata.type": "#microsoft.graph.fileAttachment"}
        stamp = {"id": attachment_id, "lastModifiedDateTime": utc(self.clock()), "isInline": False}
        attachment = Attachment(attachment_id, kind | stamp | {"size": len(content)} | properties, content)
        attached.append(attachment)
        self.change(message, {"hasAttachments": True})
        return attachment

    def detach(self, message: Resource, attachment: Attachment) -> None:
        """Takes an attachment off a message."""
        attached = self.attachments[message["id"]]
        attached.remove(attachment)
        self.change(message, {"hasAttachments": bool(attached)})

    def attachment(self, message: Resource, attachment_id: str) -> Attachment:
        """Returns one attachment of a message.

        Raises:
            GraphError: The message has no such attachment.
        """
        for each in self.attachments[message["id"]]:
            if each.id == attachment_id:
                return each
        raise mailbox_item_not_found()

    def searchable(self, message: Resource) -> Searchable:
        """Returns what a search of the mailbox sees of a message."""
        names = {name: _people(message[key]) for name, key in _RECIPIENTS.items()}
        sender = _people([message["from"]] if message["from"] else [])
        fields: dict[str, Any] = names | {
            "from": sender,
            "subject": message["subject"],
            "body": as_text(message["body"]),
            "recipients": " ".join(names.values()),
            "participants": " ".join([sender, *names.values()]),
            "importance": message["importance"],
            "kind": "email",
            "isread": message["isRead"],
            "hasattachment": message["hasAttachments"],
            "hasattachments": message["hasAttachments"],
            "attachment": " ".join(str(each.properties["name"]) for each in self.attachments[message["id"]]),
            "received": datetime.fromisoformat(message["receivedDateTime"]),
            "sent": datetime.fromisoformat(message["sentDateTime"]),
            "size": len(message["body"]["content"]),
        }
        return Searchable(fields, ("from", "subject", "body"))

    def _stamp(self, message: Resource) -> None:
        self._made += 1
        key = outlook_id("CQAAABYA", self.owner, "version", self._made)[:32]
        message["changeKey"] = key
        message["@odata.etag"] = f'W/"{key}"'
        message["bodyPreview"] = preview(message["body"])


_RECIPIENTS = {"to": "toRecipients", "cc": "ccRecipients", "bcc": "bccRecipients"}


def check_id(text: str) -> None:
    """Validates the form of an id.

    Raises:
        GraphError: It could not.
    """
    if not _ID.fullmatch(text):
        raise GraphError(400, "ErrorInvalidIdMalformed", "Id is malformed.")


def _people(recipients: list[Resource]) -> str:
    return " ".join(
        f"{each['emailAddress'].get('name', '')} {each['emailAddress']['address']}" for each in recipients
    )


def checked_recipients(recipients: Any) -> list[Resource]:
    """Returns recipients of a request body, each with an address that could be one.

    Raises:
        GraphError: One of them is not a recipient.
    """
    for each in recipients if isinstance(recipients, list) else [None]:
        given = each.get("emailAddress") if isinstance(each, dict) else None
        address = given.get("address") if isinstance(given, dict) else None
        if not isinstance(address, str):
            raise bad_request("A recipient needs an emailAddress with an address.", "RequestBodyRead")
        if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address):
            raise GraphError(400, "ErrorInvalidRecipients", "At least one recipient is not valid.")
    return list(recipients)
