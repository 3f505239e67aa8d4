"""Shows messages of Teams as the service does, and checks those that are sent."""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.responses import JSONResponse, Response

from local.graph.conversations import Person, mentioned, new_message, sent_by
from local.graph.errors import GraphError, bad_request
from local.graph.odata import EntityType, Resource
from local.graph.operations import Call
from local.graph.paging import page
from local.graph.written import Shape, taken

_SIZE = 28 * 1024
_AT = re.compile(r'<at\s+id="(\d+)"\s*>(.*?)</at>', re.DOTALL)
_ATTACHMENT = re.compile(r'<attachment\s+id="([^"]*)"')
_STRIPPED = (
    re.compile(r"<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE),
    re.compile(r"""\s(?:style|on\w+)\s*=\s*(?:"[^"]*"|'[^']*')""", re.IGNORECASE),
)
_MESSAGE = EntityType("microsoft.graph.chatMessage", (), page=20, limit=50)
_WRITABLE: dict[str, Shape] = {
    "body": dict, "subject": str, "importance": str, "mentions": list, "attachments": list,
    "hostedContents": list,
}  # fmt: skip


def only(call: Call, *names: str) -> None:
    """Refuses system query options but these.

    Raises:
        GraphError: There is another.
    """
    for name in ("select", "filter", "orderby", "top", "skip", "expand", "count", "search"):
        if name not in names and call.query.option(name) is not None:
            raise bad_request(f"Query option '{name.capitalize()}' is not allowed.")


def listed(call: Call, resources: list[Resource], context: str, entity: EntityType | None = None) -> Response:
    """Returns one page of a collection. Its `@odata.count` is how many are on the page."""
    shown, next_link = page(resources, call.query, call.url, entity or _MESSAGE)
    body: dict[str, Any] = {"@odata.context": call.context(context), "@odata.count": len(shown)}
    if next_link:
        body["@odata.nextLink"] = next_link
    return JSONResponse(body | {"value": shown})


def shown(call: Call, message: Resource) -> Resource:
    """Returns a message; kinds that came later are unknown, unless the client says that it knows them."""
    if (
        message["messageType"] == "systemEventMessage"
        and call.preference("include-unknown-enum-members") is None
    ):
        return message | {"messageType": "unknownFutureValue"}
    return dict(message)


def send(call: Call, thread: list[Resource], document: Resource, place: Resource) -> Resource:
    """Adds the message of a request to a thread, as sent by the caller now.

    Raises:
        GraphError: It is none that Teams takes.
    """
    given = taken(document, _WRITABLE, "microsoft.graph.chatMessage")
    body = given.get("body") or {}
    content, kind = body.get("content"), body.get("contentType") or "text"
    if not isinstance(content, str) or kind not in ("text", "html") or set(body) - {"content", "contentType"}:
        raise bad_request("Missing body content.")
    if not content.strip() and not given.get("attachments"):
        raise bad_request("Message body cannot be empty.")
    if given.get("importance") not in (None, "normal", "high", "urgent"):
        raise bad_request("Invalid value for importance.")
    mentions = _mentions(call, content if kind == "html" else "", given.get("mentions") or [])
    _check_attachments(content, given.get("attachments") or [])
    if len(json.dumps([content, mentions], ensure_ascii=False).encode()) > _SIZE:
        raise GraphError(413, "RequestEntityTooLarge", "Request Entity Too Large")
    for pattern in _STRIPPED if kind == "html" else ():
        content = pattern.sub("", content)
    properties = {
        "subject": given.get("subject"),
        "importance": given.get("importance") or "normal",
        "body": {"contentType": kind, "content": content},
        "mentions": mentions,
        "attachments": given.get("attachments") or [],
    }
    sender = sent_by(Person.of(call.user))
    return new_message(thread, call.tenant.clock(), sender, **properties, **place)


def _mentions(call: Call, content: str, mentions: list[Any]) -> list[Resource]:
    """Returns the mentions as the service keeps them: each has its place in the text, and each place one."""
    places = {int(number): text for number, text in _AT.findall(content)}
    found: list[Resource] = []
    for each in mentions:
        user = ((each if isinstance(each, dict) else {}).get("mentioned") or {}).get("user") or {}
        person = call.tenant.conversations.people.get(str(user.get("id")))
        if person is None or places.get(each.get("id")) != each.get("mentionText"):
            raise bad_request("Invalid mention: its id and its text must be those of the body.")
        known = {"id": each["id"], "mentionText": each["mentionText"]}
        found.append(known | {"mentioned": mentioned(person)})
    if sorted(places) != sorted(each["id"] for each in found):
        raise bad_request("Each at tag in the body needs a mention with its id.")
    return found


def _check_attachments(content: str, attachments: list[Any]) -> None:
    ids = {each.get("id") for each in attachments if isinstance(each, dict)}
    if ids != set(_ATTACHMENT.findall(content)):
        raise bad_request("Each attachment needs its tag in the body.")
