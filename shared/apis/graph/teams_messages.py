"""Defines messages of Teams as text, and the properties of one that is sent."""

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from shared.apis.graph.teams_events import event_in_words, event_people
from shared.apis.models import GraphModel
from shared.errors import ToolError
from shared.result_limit import share
from shared.text.content import Line, Quoted, clean_line, quote
from shared.text.html import HtmlText, html_to_text
from shared.text.markdown_dialects import CHATS
from shared.text.markdown_inline import OwnHtml
from shared.text.markdown_to_html import markdown_to_html

READ: Mapping[str, str] = {"Prefer": "include-unknown-enum-members"}
"""Headers of every request that reads messages: without it, system messages are of an unknown kind."""
MOST = 50
"""The most chats, messages or threads on a page of the service."""
LONGEST_BYTES = 28 * 1024 - 512
"""How long a message may be, as JSON; the service's own limit is about 28 KB."""

_TEXT = 4_000
_WHOLE = 10**9
_REPLIES = 10
_REPLY_TEXT = 1_000
"""A thread with its replies is one item of a page, and has to fit a result."""
_LINE = 500
_OPENS_MENTION = re.compile(r"<at\b[^<>]{0,200}>", re.IGNORECASE)
_INSIDE = frozenset({"aadUser", "onPremiseAadUser", "None", ""})
_CARD_TEXTS = frozenset(
    {
        "title", "subtitle", "text", "summary", "name", "value", "altText", "fallbackText", "activityTitle",
        "activitySubtitle", "activityText",
    }
)  # fmt: skip
_DEEPEST = 20
_USER = "#microsoft.graph.teamworkUserIdentity"


class TeamsAttachment(BaseModel):
    """What came with a message. `file` is one in OneDrive or SharePoint, `quote` a message quoted."""

    kind: Literal["file", "quote", "card", "other"]
    name: Line | None = None
    web_url: str | None = Field(None, description="Of a file, for sharepoint_read_file.")
    text: Line | None = Field(None, description="Of a quoted message or a card.")


class TeamsMessage(GraphModel):
    """A message of a chat or a channel. An event is told in words; a deleted message has no text."""

    id: str
    state: Literal["sent", "edited", "deleted", "event"]
    by: Line | None = Field(None, description="Who wrote it; external: of another organization.")
    sent: datetime
    subject: Line | None = None
    importance: str = "normal"
    text: Quoted | None = None
    event: Line | None = None
    attachments: list[TeamsAttachment] = []
    reactions: Line | None = None
    web_url: str | None = None
    detail: dict[str, Any] | None = Field(None, exclude=True, repr=False)
    people: dict[str, str] = Field({}, exclude=True, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _of_graph(cls, document: Any) -> Any:
        return _facts(document) if _is_message(document) else document

    def unnamed(self) -> set[str]:
        """Returns the ids of those whom an event names by these alone."""
        return {
            str(each.get("id")) for each in event_people(self.detail or {}) if not each.get("displayName")
        }

    def read_from(self, offset: int) -> Self:
        """Returns the message with the part of its text that begins at an offset."""
        text = self.text and quote(self.text.text, self.text.origin, offset=offset, note=self.text.note)
        return self.model_copy(update={"text": text})

    def told_with(self, names: Mapping[str, str]) -> Self:
        """Returns the message with its event told, people called by these names of their ids."""
        if self.detail is None:
            return self

        def name_of(identity: Mapping[str, Any]) -> str:
            known = identity.get("displayName") or names.get(str(identity.get("id")))
            return clean_line(str(known or "somebody"))

        return self.model_copy(update={"event": event_in_words(self.detail, name_of)})


class Thread(TeamsMessage):
    """A message of a channel with the last replies to it, the oldest of these first."""

    reply_to: str | None = Field(None, description="id of the message at the top of its thread.")
    replies: list[TeamsMessage] = []
    more_replies: bool = Field(False, description="Whether there are earlier ones: read the thread.")

    @model_validator(mode="before")
    @classmethod
    def _of_graph(cls, document: Any) -> Any:
        if not _is_message(document):
            return document
        replies = sorted(document.get("replies") or [], key=lambda each: str(each.get("createdDateTime")))
        return _facts(document) | {
            "replyTo": document.get("replyToId"),
            # Their addresses differ from that of the thread in the id alone, and are long.
            "replies": [{**_facts(each, share(_REPLY_TEXT)), "webUrl": None} for each in replies[-_REPLIES:]],
            "moreReplies": len(replies) > _REPLIES or bool(document.get("replies@odata.nextLink")),
        }


class WholeMessage(TeamsMessage):
    """A message with all of its text."""

    @model_validator(mode="before")
    @classmethod
    def _of_graph(cls, document: Any) -> Any:
        return _facts(document, _WHOLE) if _is_message(document) else document


class WholeThread(Thread):
    """The message at the top of a thread with all of its text, without the replies."""

    @model_validator(mode="before")
    @classmethod
    def _of_graph(cls, document: Any) -> Any:
        return _facts(document, _WHOLE) if _is_message(document) else document


def names_in(messages: Sequence[TeamsMessage]) -> dict[str, str]:
    """Returns the names of people by id, as far as messages tell them."""
    return {each: name for message in messages for each, name in message.people.items()}


def sender_name(sender: Any) -> str | None:
    """Returns who an identity set of a message is; None where it says nobody."""
    given = sender if isinstance(sender, dict) else {}
    user, app = given.get("user"), given.get("application") or given.get("device")
    if isinstance(user, dict):
        kind = str(user.get("userIdentityType") or "")
        name = clean_line(str(user.get("displayName") or "")) or "somebody without a name"
        return name if kind in _INSIDE else f"{name} (external)"
    if isinstance(app, dict):
        return f"{clean_line(str(app.get('displayName') or 'an app'))} (app)"
    return None


def body_text(body: Any) -> HtmlText:
    """Returns the text of a message's body; whom it mentions stands there as @name."""
    given = body if isinstance(body, dict) else {}
    content = str(given.get("content") or "")
    if str(given.get("contentType")).casefold() != "html":
        return HtmlText(content)
    return html_to_text(_OPENS_MENTION.sub(r"\g<0>@", content))


def _is_message(document: Any) -> bool:
    """Tells whether a document is a message as the service gives it."""
    return isinstance(document, dict) and "createdDateTime" in document


def _facts(document: Mapping[str, Any], limit: int | None = None) -> dict[str, Any]:
    """Returns the fields of a message from its properties."""
    detail = document.get("eventDetail")
    detail = detail if isinstance(detail, dict) else None
    by = sender_name(document.get("from"))
    if document.get("deletedDateTime"):
        state = "deleted"
    elif detail is not None or document.get("messageType") not in (None, "message"):
        state = "event"
    else:
        state = "edited" if document.get("lastEditedDateTime") else "sent"
    text = None
    if state in ("sent", "edited"):
        body = body_text(document.get("body"))
        most = share(_TEXT) if limit is None else limit
        text = quote(body.text, f"Teams message of {by or 'nobody'}", limit=most, note=body.note)
    is_event = state == "event"
    return {
        "id": document["id"],
        "state": state,
        "by": by,
        "sent": document["createdDateTime"],
        "subject": document.get("subject"),
        "importance": document.get("importance") or "normal",
        "text": text,
        "event": "Something happened." if is_event else None,
        "attachments": [_attachment(each) for each in document.get("attachments") or [] if each],
        "reactions": _reactions(document.get("reactions") or []),
        "webUrl": document.get("webUrl"),
        "detail": (detail or {}) if is_event else None,
        "people": dict(_known_people(document)),
    }


def _known_people(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    senders = [
        document.get("from"),
        *((each or {}).get("mentioned") for each in document.get("mentions") or []),
    ]
    for each in senders:
        user = (each or {}).get("user") or {}
        if user.get("id") and user.get("displayName"):
            yield str(user["id"]), str(user["displayName"])


def _attachment(document: Mapping[str, Any]) -> TeamsAttachment:
    kind = str(document.get("contentType") or "")
    name = document.get("name")
    if kind == "reference":
        return TeamsAttachment(kind="file", name=name, web_url=document.get("contentUrl"))
    content = _decoded(document.get("content"))
    if kind in ("messageReference", "forwardedMessageReference") and isinstance(content, dict):
        sender = content.get("messageSender") or content.get("originalMessageSender")
        said = content.get("messagePreview") or content.get("originalMessageContent") or ""
        text = f"{sender_name(sender) or 'somebody'}: {html_to_text(str(said)).text}"
        return TeamsAttachment(kind="quote", text=_cut(text))
    if "card" in kind.casefold():
        return TeamsAttachment(kind="card", name=name, text=_cut(" | ".join(_card_texts(content, 0))) or None)
    return TeamsAttachment(kind="other", name=name or kind or None, web_url=document.get("contentUrl"))


def _card_texts(value: Any, depth: int) -> Iterator[str]:
    """Yields what a card shows, in its own order."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for each in value:
            yield from _card_texts(each, depth + 1)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in _CARD_TEXTS and isinstance(each, str):
                yield html_to_text(each).text
            else:
                yield from _card_texts(each, depth + 1)


def _decoded(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None


def _cut(text: str) -> str:
    line = clean_line(text[: 4 * _LINE])
    return line if len(line) <= _LINE else f"{line[:_LINE]}…"


def _reactions(reactions: Sequence[Mapping[str, Any]]) -> str | None:
    counts: dict[str, int] = {}
    for each in reactions:
        kind = each.get("reactionType")
        kind = clean_line(str((each.get("displayName") if kind == "custom" else kind) or "?"))
        counts[kind] = counts.get(kind, 0) + 1
    return ", ".join(f"{kind} {count}" for kind, count in counts.items()) or None


class Mentioned(BaseModel):
    """Somebody to mention: their id and name in the directory, and the address they were given by."""

    id: str
    name: str
    address: str


def message_properties(
    text: str, mentioned: Sequence[Mentioned], subject: str | None = None
) -> dict[str, Any]:
    """Returns the properties of a message to send.

    Args:
        text: In Markdown. Where it holds `@` and the address of somebody mentioned, their name stands there.
        mentioned: Whom to mention; who is not named in the text stands at its beginning.
        subject: Of a message of a channel.

    Raises:
        ToolError: `invalid_argument`: it is too long for one message.
    """
    mentions: list[dict[str, Any]] = []
    by_address = {each.address.casefold(): each for each in mentioned}

    def mention(person: Mentioned) -> str:
        number = len(mentions)
        user = {"@odata.type": _USER, "id": person.id, "displayName": person.name}
        user["userIdentityType"] = "aadUser"
        mentions.append({"id": number, "mentionText": person.name, "mentioned": {"user": user}})
        return f'<at id="{number}">{html.escape(person.name, quote=False)}</at>'

    addresses = "|".join(re.escape(each) for each in sorted(by_address, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w@.])@(?:{addresses})(?![\w-]|\.\w)", re.IGNORECASE) if by_address else None
    named: set[str] = set()

    def mention_found(found: str) -> str:
        named.add(found[1:].casefold())
        return mention(by_address[found[1:].casefold()])

    made = markdown_to_html(text, CHATS, OwnHtml(pattern, mention_found) if pattern else None)
    # An address inside of a link stays part of it, so who is only there is mentioned at the beginning.
    first = " ".join(mention(person) for address, person in by_address.items() if address not in named)
    properties = {
        "body": {"contentType": "html", "content": f"<p>{first}</p>\n{made}" if first else made},
        **({"mentions": mentions} if mentions else {}),
        **({"subject": subject} if subject else {}),
    }
    size = len(json.dumps(properties, ensure_ascii=False).encode())
    if size > LONGEST_BYTES:
        raise ToolError(
            "invalid_argument",
            f"text: is too long for one message: {size:,} of {LONGEST_BYTES:,} bytes with its formatting.",
            "Send less, or put it into a file and send a link to that.",
        )
    return properties
