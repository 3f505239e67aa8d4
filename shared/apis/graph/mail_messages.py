"""Defines the resources of mail, the filters that select messages, and the properties that write them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import AliasPath, BeforeValidator, Field, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel, to_snake

from shared.apis.literals import odata_string, odata_time
from shared.apis.models import GraphModel
from shared.result_limit import share
from shared.text.content import Line, Quoted, clean_line, quote
from shared.text.html import HtmlText, html_to_text
from shared.text.names import Name
from shared.text.text_to_html import text_to_html

READ: Mapping[str, str] = {"Prefer": 'IdType="ImmutableId", outlook.body-content-type="html"'}
"""Headers of every request about messages: ids that survive moving and sending, and bodies as HTML.

Graph's own text form keeps what the sender hid and loses where links lead.
"""
NEWEST_FIRST = "receivedDateTime desc"
OLDEST_FIRST = "receivedDateTime"

_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_SHOWN = 50
_THREAD_TEXT = 4_000
_WHOLE = 10**9
_ADDRESS = '[^@\\s<>,;"]+@[^@\\s<>,;"]+'
PERSON = rf"^({_ADDRESS}|([^<>@\r\n]*|\"?{_ADDRESS}\"? *)<{_ADDRESS}>)$"
"""An email address, bare or with a name in front of it: `Ana Duarte <ana@contoso.com>`.

A name holds no @ unless it is an address itself: else two people in one text would be taken for one.
"""

Flag = Literal["not_flagged", "flagged", "complete"]


def _correspondent(value: Any) -> Any:
    """Returns a `recipient` as people write one: `Ben Osei <ben@contoso.com>`."""
    if not isinstance(value, dict):
        return value
    given = value.get("emailAddress") or {}
    address = str(given.get("address") or "")
    # A name must not look as if it were the address.
    name = re.sub(r"[<>]", "", clean_line(str(given.get("name") or ""))).strip()
    return clean_line(f"{name} <{address}>" if name and address and name != address else address or name)


def _first(value: Any) -> Any:
    if not isinstance(value, list) or len(value) <= _SHOWN:
        return value
    return [*value[:_SHOWN], f"and {len(value) - _SHOWN} more"]


GivenFlag = Annotated[Flag, BeforeValidator(lambda value: to_snake(str(value)))]
Correspondent = Annotated[str, BeforeValidator(_correspondent)]
Correspondents = list[Correspondent]
FirstCorrespondents = Annotated[list[Correspondent], BeforeValidator(_first)]


class MailFolder(GraphModel):
    """A folder of the mailbox; other tools take its id or its name."""

    id: str
    name: Name = Field("", validation_alias="displayName")
    unread: int | None = Field(None, validation_alias="unreadItemCount")
    total: int | None = Field(None, validation_alias="totalItemCount")
    folders_inside: int | None = Field(None, validation_alias="childFolderCount")
    parent_id: str | None = Field(None, validation_alias="parentFolderId")


class MessageSummary(GraphModel):
    """A message without its text."""

    id: str
    subject: Line | None = None
    sender: Correspondent | None = Field(None, validation_alias="from")
    received: datetime | None = Field(None, validation_alias="receivedDateTime")
    is_read: bool | None = None
    has_attachments: bool | None = None
    conversation_id: str | None = None
    web_link: str | None = None


class AttachmentSummary(GraphModel):
    """An attachment without its content. `link` stands for a file in OneDrive or SharePoint."""

    id: str
    name: Name | None = None
    kind: Literal["file", "item", "link"] = Field("file", validation_alias="@odata.type")
    content_type: str | None = None
    size_bytes: int | None = Field(None, validation_alias="size")
    is_inline: bool = False

    @field_validator("kind", mode="before")
    @classmethod
    def _kind(cls, value: str) -> str:
        # Their namespace is not always the same one.
        kind = value.rpartition(".")[2].casefold()
        return {"itemattachment": "item", "referenceattachment": "link"}.get(kind, "file")


ATTACHMENTS = f"attachments($select={AttachmentSummary.select()})"
"""The expansion that gives a message's attachments without their bytes."""


def _origin(message: Mapping[str, Any]) -> str:
    return f"E-mail from {message.get('sender') or 'nobody'}: {message.get('subject') or '(no subject)'}"


def _no_text(message: Mapping[str, Any]) -> Quoted:
    return quote("", _origin(message), note="The service gave no text.")


class Email(MessageSummary):
    """A message with its text."""

    to: FirstCorrespondents = Field([], validation_alias="toRecipients")
    cc: FirstCorrespondents = Field([], validation_alias="ccRecipients")
    bcc: FirstCorrespondents = Field([], validation_alias="bccRecipients")
    importance: str = "normal"
    is_draft: bool = False
    flag: GivenFlag = Field("not_flagged", validation_alias=AliasPath("flag", "flagStatus"))
    folder_id: str | None = Field(None, validation_alias="parentFolderId")
    version: str | None = Field(None, validation_alias="@odata.etag")
    attachments: list[AttachmentSummary] = Field([])
    body: Quoted = Field(default_factory=_no_text)

    @field_validator("body", mode="before")
    @classmethod
    def _body(cls, value: Any, info: ValidationInfo) -> Quoted:
        body = _text_of(value)
        return quote(body.text, _origin(info.data), limit=_WHOLE, note=body.note)

    def read_from(self, offset: int) -> Self:
        """Returns the message with the part of its text that begins at an offset."""
        body = self.body
        return self.model_copy(update={"body": quote(body.text, body.origin, offset=offset, note=body.note)})


class ThreadMessage(MessageSummary):
    """A message of a conversation with what it adds to those before it."""

    to: FirstCorrespondents = Field([], validation_alias="toRecipients")
    is_draft: bool = False
    text: Quoted = Field(default_factory=_no_text, validation_alias="uniqueBody")

    @field_validator("text", mode="before")
    @classmethod
    def _text(cls, value: Any, info: ValidationInfo) -> Quoted:
        text = _text_of(value)
        return quote(text.text, _origin(info.data), limit=share(_THREAD_TEXT), note=text.note)


class Draft(GraphModel):
    """A message of one's own that is not sent yet. `version` is what sending it asks for."""

    id: str
    subject: Line | None = None
    to: Correspondents = Field([], validation_alias="toRecipients")
    cc: Correspondents = Field([], validation_alias="ccRecipients")
    bcc: Correspondents = Field([], validation_alias="bccRecipients")
    importance: str = "normal"
    is_draft: bool = True
    changed: datetime | None = Field(None, validation_alias="lastModifiedDateTime")
    version: str | None = Field(None, validation_alias="@odata.etag")
    web_link: str | None = None
    held_to: list[dict[str, Any]] = Field(
        [], validation_alias=AliasPath("toRecipients"), exclude=True, repr=False
    )
    held_cc: list[dict[str, Any]] = Field(
        [], validation_alias=AliasPath("ccRecipients"), exclude=True, repr=False
    )

    def with_more(self, *, to: Iterable[str], cc: Iterable[str]) -> dict[str, Any]:
        """Returns the properties that change when these people are added; none if all are there."""
        known = {_parts(each)[1].casefold() for each in (*self.to, *self.cc)}
        more_to, more_cc = (
            [each for each in added if _parts(each)[1].casefold() not in known] for added in (to, cc)
        )
        return {
            **({"toRecipients": [*self.held_to, *recipients(more_to)]} if more_to else {}),
            **({"ccRecipients": [*self.held_cc, *recipients(more_cc)]} if more_cc else {}),
        }


class DraftWithAttachments(Draft):
    """A draft with the list of its attachments."""

    attachments: list[AttachmentSummary] = Field([])


class MessageBody(NamedTuple):
    """Holds the text of a message to write."""

    content_type: Literal["text", "html"]
    content: str

    @property
    def html(self) -> str:
        """Returns it as HTML that shows it as it was written."""
        return self.content if self.content_type == "html" else text_to_html(self.content)


@dataclass(frozen=True, kw_only=True)
class OutgoingMessage:
    """Holds what a message to write says, and to whom.

    Attributes:
        body: Its text, without that of a message it answers or forwards.
        subject: None for that of the message answered or forwarded.
        importance: `low`, `normal` or `high`.
        to: Whom it is for; in a reply, those besides whom it goes to by itself.
        cc: Who gets a copy, likewise.
        bcc: Who gets a copy unseen.
        author: The address in whose name it is written; None for the user's own.
    """

    body: MessageBody
    subject: str | None
    importance: str = "normal"
    to: Sequence[str] = ()
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    author: str | None = None


class OrganizedMessage(GraphModel):
    """A message as it is after it was moved or marked."""

    id: str
    subject: Line | None = None
    is_read: bool | None = None
    flag: GivenFlag = Field("not_flagged", validation_alias=AliasPath("flag", "flagStatus"))
    categories: list[Line] = []
    folder_id: str | None = Field(None, validation_alias="parentFolderId")
    web_link: str | None = None


def _text_of(body: Any) -> HtmlText:
    """Returns the text of an `itemBody`. That Graph gives text is a preference it may not follow."""
    given = body if isinstance(body, dict) else {}
    content = str(given.get("content") or "")
    is_html = str(given.get("contentType")).casefold() == "html"
    return html_to_text(content) if is_html else HtmlText(content)


def messages_filter(
    *, since: datetime | None, until: datetime | None, unread_only: bool, sender: str | None
) -> str:
    """Returns the `$filter` for messages received from `since` on and before `until`; empty if all are meant.

    What a list is ordered by must come first in its filter, or Graph takes it for too complex
    (List messages, "Using filter and orderby in the same query").
    """
    conditions = [
        *([f"receivedDateTime lt {odata_time(until)}"] if until else []),
        *(["isRead eq false"] if unread_only else []),
        *([f"from/emailAddress/address eq {odata_string(_parts(sender)[1])}"] if sender else []),
    ]
    if not since and not conditions:
        return ""
    return " and ".join([f"receivedDateTime ge {odata_time(since or _EARLIEST)}", *conditions])


def conversation_filter(conversation_id: str) -> str:
    """Returns the `$filter` for the messages of a conversation, in the form that ordering by time needs."""
    return (
        f"receivedDateTime ge {odata_time(_EARLIEST)} and conversationId eq {odata_string(conversation_id)}"
    )


def recipients(people: Iterable[str]) -> list[dict[str, Any]]:
    """Converts people, each written as `PERSON` says, to Graph's recipients."""
    found = [_parts(each) for each in people]
    return [
        {"emailAddress": {"address": address, **({"name": name} if name else {})}} for name, address in found
    ]


def message_properties(message: OutgoingMessage) -> dict[str, Any]:
    """Returns the properties of a message to write."""
    return {
        "subject": message.subject or "",
        "body": {"contentType": message.body.content_type, "content": message.body.content},
        "importance": message.importance,
        **_people(to=message.to, cc=message.cc, bcc=message.bcc),
        **_author(message),
    }


def response_properties(message: OutgoingMessage, *, forward: bool) -> dict[str, Any]:
    """Returns the parameters of `createReply`, `createReplyAll` and `createForward`.

    What goes before the message answered or forwarded is a comment, which Graph takes as HTML: so that
    message stays, and with it what the mailbox adds, such as a signature. Recipients are given for a
    forward alone: in a reply they would take the place of those it goes to by itself.
    """
    chosen = {
        **({"subject": message.subject} if message.subject is not None else {}),
        **({"importance": message.importance} if message.importance != "normal" else {}),
        **_people(bcc=message.bcc),
        **_author(message),
    }
    return {
        "comment": message.body.html,
        **({"message": chosen} if chosen else {}),
        **({"toRecipients": recipients(message.to)} if forward and message.to else {}),
    }


def _people(**people: Iterable[str]) -> dict[str, Any]:
    return {f"{name}Recipients": recipients(given) for name, given in people.items() if given}


def _author(message: OutgoingMessage) -> dict[str, Any]:
    return {"from": recipients([message.author])[0]} if message.author else {}


def organizing_properties(*, mark: str | None, flag: Flag | None) -> dict[str, Any]:
    """Returns the properties that mark a message; none if there is nothing to mark.

    Args:
        mark: `read` or `unread`.
        flag: Its follow-up flag.
    """
    return {
        **({"isRead": mark == "read"} if mark else {}),
        **({"flag": {"flagStatus": to_camel(flag)}} if flag else {}),
    }


def address_of(person: str) -> str:
    """Returns the address of a person, written as `PERSON` says."""
    return _parts(person)[1]


def _parts(person: str) -> tuple[str, str]:
    """Splits a person into name and address; the name may be empty."""
    name, _, address = person.rpartition("<")
    return name.strip(' "'), address.removesuffix(">")
