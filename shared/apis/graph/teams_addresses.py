"""Parses the ids and links of chats, channels and messages of Teams. Nothing here does I/O."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from shared.errors import ToolError

_HOSTS = ("teams.microsoft.com", "teams.cloud.microsoft", "gov.teams.microsoft.us", "dod.teams.microsoft.us")
_CHANNEL = re.compile(r"@thread\.(tacv2|skype)$")
_ENCODED = re.compile(r"[0-9]+%3a", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MESSAGE = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class TeamsPlace:
    """Holds what an id or a link names.

    Attributes:
        thread: The chat, or the channel.
        team: Of a channel.
        message: In it, where a link names one.
        root: The message at the top of that one's thread.
    """

    thread: str
    team: str = ""
    message: str | None = None
    root: str | None = None

    @property
    def channel(self) -> str:
        """Returns the id by which the tools know the channel."""
        return channel_id(self.team, self.thread)


def channel_id(team: str, channel: str) -> str:
    """Returns the id by which the tools know a channel: its team and, in it, the channel."""
    return f"{team}/{channel}"


def parse_chat(given: str) -> TeamsPlace:
    """Parses the id of a chat, or a link to it or to a message in it.

    Raises:
        ToolError: `invalid_argument`: it names no chat.
    """
    place = _linked(given) if "://" in given else TeamsPlace(_decoded(given.strip()))
    if place is None or "/" in place.thread:
        raise _refused(
            "chat_id", "names no chat", "Give the id of a chat, from graph_list_chats, or its link."
        )
    if _CHANNEL.search(place.thread):
        raise _refused(
            "chat_id", "is a channel, no chat", "Give it to a tool that takes channels, as channel."
        )
    return place


def parse_channel(given: str) -> TeamsPlace:
    """Parses the id of a channel as the tools know it, or a link to it or to a message in it.

    Raises:
        ToolError: `invalid_argument`: it names no channel and its team.
    """
    if "://" in given:
        place = _linked(given)
    else:
        team, _, thread = given.strip().partition("/")
        place = TeamsPlace(_decoded(thread), team)
    if place is None or not _GUID.fullmatch(place.team) or not place.thread or "/" in place.thread:
        raise _refused(
            "channel",
            "names no channel of a team",
            "Give the id of a channel, from graph_list_teams, or its link (which holds groupId).",
        )
    return place


def parse_message(given: str, argument: str) -> str:
    """Parses the id of a message, or a link to it.

    Raises:
        ToolError: `invalid_argument`: it names no message.
    """
    return _checked(_message(given).message, argument)


def parse_thread(given: str, argument: str) -> str:
    """Parses the id of the message at the top of a thread, or a link to any message in it.

    Raises:
        ToolError: `invalid_argument`: it names no message.
    """
    place = _message(given)
    return _checked(place.root or place.message, argument)


def _message(given: str) -> TeamsPlace:
    if "://" in given:
        return _linked(given) or TeamsPlace("")
    return TeamsPlace("", message=given.strip())


def _checked(message: str | None, argument: str) -> str:
    if message is None or not _MESSAGE.fullmatch(message):
        raise _refused(
            argument, "names no message", "Give the id of a message, from a list or a search, or its link."
        )
    return message


def _linked(link: str) -> TeamsPlace | None:
    """Returns what a link names: `/l/chat/{id}/0`, `/l/channel/{id}/{name}`, `/l/message/{id}/{id}`."""
    try:
        parts = urlsplit(link.strip())
        host = parts.hostname or ""
    except ValueError:
        return None
    steps = [unquote(each) for each in parts.path.split("/")]
    if host.casefold() not in _HOSTS or len(steps) < 4 or steps[1] != "l" or not steps[3]:
        return None
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    message = steps[4] if steps[2] == "message" and len(steps) > 4 else None
    return TeamsPlace(steps[3], query.get("groupId", ""), message, query.get("parentMessageId"))


def _decoded(thread: str) -> str:
    """Returns an id as it is, also one that was copied out of a link."""
    return unquote(thread) if _ENCODED.match(thread) else thread


def _refused(argument: str, why: str, remedy: str) -> ToolError:
    return ToolError("invalid_argument", f"{argument}: {why}.", remedy)
