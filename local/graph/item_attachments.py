"""Parses messages and events attached to a message: their raw value is MIME or iCalendar."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

from local.graph.errors import bad_request
from local.graph.odata import Resource
from local.graph.written import required

ITEM_ATTACHMENT = "#microsoft.graph.itemAttachment"


def item_of(document: Any) -> tuple[Resource, bytes]:
    """Returns the properties and the raw value of an item attachment in a request body.

    Raises:
        GraphError: It holds neither a message nor an event.
    """
    name, item = required(document, "name", str), required(document, "item", dict)
    kind = str(item.get("@odata.type", "")).removeprefix("#")
    if kind == "microsoft.graph.message":
        content = _mime(item)
    elif kind == "microsoft.graph.event":
        content = _icalendar(item)
    else:
        raise bad_request("The item needs an @odata.type of a message or an event.", "RequestBodyRead")
    return {"@odata.type": ITEM_ATTACHMENT, "name": name, "contentType": None}, content


def _mime(item: dict[str, Any]) -> bytes:
    body = item.get("body") or {}
    message = EmailMessage()
    for header, people in (("To", "toRecipients"), ("Cc", "ccRecipients")):
        addresses = [each["emailAddress"]["address"] for each in item.get(people) or []]
        if addresses:
            message[header] = ", ".join(addresses)
    message["Subject"] = str(item.get("subject") or "")
    subtype = "html" if str(body.get("contentType", "text")).casefold() == "html" else "plain"
    message.set_content(str(body.get("content") or ""), subtype=subtype, cte="base64")
    return bytes(message)


def _icalendar(item: dict[str, Any]) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", f"SUMMARY:{item.get('subject') or ''}"]
    for name, when in (("DTSTART", item.get("start")), ("DTEND", item.get("end"))):
        if when:
            moment = str(when["dateTime"])[:19].replace("-", "").replace(":", "")
            lines.append(f"{name};TZID={when.get('timeZone', 'UTC')}:{moment}")
    return "\r\n".join([*lines, "END:VEVENT", "END:VCALENDAR", ""]).encode()
