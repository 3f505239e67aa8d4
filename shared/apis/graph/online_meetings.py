"""Finds an online meeting of Teams, and defines what was recorded of it."""

import re
from datetime import datetime, timedelta

from pydantic import AliasPath, Field

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.graph_times import GraphTime
from shared.apis.literals import odata_string
from shared.apis.models import GraphModel
from shared.errors import ToolError
from shared.text.content import Line

MEETINGS = "/me/onlineMeetings"
_NUMBER = re.compile(r"[0-9]{9,15}", re.ASCII)
_SHORT_ADDRESS = re.compile(r"https://teams\.[^/?#]+/meet/([0-9]{9,15})(?:[?#].*)?", re.ASCII | re.IGNORECASE)
# What base64 makes of `1*` and whatever follows; ids are copied with their padding and without.
# Older ones are a user and a thread as they are.
_MEETING_ID = re.compile(r"MS[o-r][A-Za-z0-9+/_=-]*|[0-9a-fA-F-]{36}_19:\S+@thread\.\S+", re.ASCII)
_AROUND = timedelta(hours=1)


class OnlineMeeting(GraphModel):
    """A meeting of Teams; a series is one meeting."""

    id: str
    subject: Line | None = None
    join_url: str | None = Field(None, validation_alias="joinWebUrl")


class MeetingEvent(GraphModel):
    """The event of a calendar that a meeting belongs to."""

    start: GraphTime
    end: GraphTime
    kind: str | None = Field(None, validation_alias="type")
    join_url: str | None = Field(None, validation_alias=AliasPath("onlineMeeting", "joinUrl"))

    def is_time_of(self, talk: "MeetingTalk") -> bool:
        """Tells whether something was recorded in this event, and not in another of its series."""
        is_one_of_many = self.kind in ("occurrence", "exception")
        within = self.start - _AROUND <= talk.created <= self.end + _AROUND
        return within or not is_one_of_many


class MeetingTalk(GraphModel):
    """A transcript of a meeting, or a recording, without its content."""

    id: str
    created: datetime = Field(validation_alias="createdDateTime")
    ended: datetime | None = Field(None, validation_alias="endDateTime")


class Recording(MeetingTalk):
    """A recording of a meeting. The file is in the organizer's OneDrive, or in the channel's library."""

    content_url: str | None = Field(None, validation_alias="recordingContentUrl")


class _Meetings(GraphModel):
    value: list[OnlineMeeting] = []


def is_meeting_id(text: str) -> bool:
    """Tells whether a text is the id of a meeting: a user and a thread, in base64 or as they are."""
    return _MEETING_ID.fullmatch(text) is not None


def is_event_id(text: str) -> bool:
    """Tells whether a text can be no address, number or id of a meeting, so that it is an event's id."""
    return not (_is_address(text) or _number(text) or is_meeting_id(text))


async def find_meeting(graph: Graph, wanted: str) -> OnlineMeeting:
    """Returns the meeting with this address, number or id.

    Raises:
        ToolError: `not_found`: the user neither organizes nor attends such a meeting.
    """
    if is_meeting_id(wanted):
        return await graph.get(OnlineMeeting, f"{MEETINGS}/{{}}", wanted, select="")
    number, short = _number(wanted), _SHORT_ADDRESS.fullmatch(wanted)
    found = await _by_number(graph, number) if number else await _by_address(graph, wanted)
    if not found and short:
        # What people are sent may be short, where the meeting has a long address.
        found = await _by_number(graph, short[1])
    if not found:
        raise ToolError(
            "not_found",
            "Teams found no such meeting that you organize or are invited to.",
            "Give the id of an event with a join_url, or its join_url, as graph_get_event shows it.",
        )
    return found[0]


async def _by_address(graph: Graph, address: str) -> list[OnlineMeeting]:
    condition = f"JoinWebUrl eq {odata_string(address)}"
    return (await graph.get(_Meetings, MEETINGS, select="", filter=condition)).value


async def _by_number(graph: Graph, number: str) -> list[OnlineMeeting]:
    condition = f"joinMeetingIdSettings/joinMeetingId eq {odata_string(number)}"
    return (await graph.get(_Meetings, MEETINGS, select="", filter=condition)).value


def _is_address(text: str) -> bool:
    return text.casefold().startswith("https://")


def _number(text: str) -> str | None:
    """Returns the number by which people join a meeting, without the spaces it is written with."""
    digits = re.sub(r"\s", "", text)
    return digits if _NUMBER.fullmatch(digits) else None
