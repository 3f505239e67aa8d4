"""Makes events online meetings, and keeps them so while their text holds the link to join."""

from __future__ import annotations

import uuid

from local.graph.odata import Resource

_OFF: Resource = {"isOnlineMeeting": False, "onlineMeetingProvider": "unknown", "onlineMeeting": None}
_RULE = "_" * 40


def online(present: Resource, changes: Resource) -> Resource:
    """Returns the changes with what they do to an online meeting.

    A new one gets a link, which is put into its text too. A text without the link ends the meeting.

    Args:
        present: The properties of the event before; empty if it is new.
        changes: What is to be set.
    """
    if "isOnlineMeeting" in changes:
        if not changes["isOnlineMeeting"]:
            return changes | _OFF
        if not present.get("isOnlineMeeting"):
            return changes | _made(changes.get("body") or present.get("body"))
    link = (present.get("onlineMeeting") or {}).get("joinUrl")
    if link and "body" in changes and link not in changes["body"]["content"]:
        return changes | _OFF
    return changes


def _made(body: Resource | None) -> Resource:
    link = f"https://teams.microsoft.com/l/meetup-join/19%3ameeting_{uuid.uuid4().hex}%40thread.v2/0"
    text = body or {"contentType": "text", "content": ""}
    said = f"{_RULE}\nMicrosoft Teams meeting\nJoin: {link}\n{_RULE}"
    if text["contentType"] == "html":
        said = f'<div>{_RULE}<br>Microsoft Teams meeting<br><a href="{link}">Join</a><br>{_RULE}</div>'
    return {
        "isOnlineMeeting": True,
        "onlineMeetingProvider": "teamsForBusiness",
        "onlineMeeting": {"joinUrl": link},
        "body": text | {"content": f"{text['content']}\n{said}"},
    }
