"""Serves online meetings of the user's calendar, their transcripts and what is known of recordings."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from starlette.responses import Response

from local.graph.agenda import Event
from local.graph.denials import Denial
from local.graph.errors import GraphError, bad_request
from local.graph.mailbox import outlook_id, utc
from local.graph.odata import EntityType, Resource
from local.graph.operations import Area, Call
from local.graph.recorded_talks import RecordedTalk
from local.organisation import organisation

area = Area(Denial("Forbidden", "Missing scope permissions on the request. API requires another permission."))

_MEETING = EntityType(
    "microsoft.graph.onlineMeeting",
    (
        "id", "subject", "creationDateTime", "startDateTime", "endDateTime", "joinWebUrl", "chatInfo",
        "participants", "joinMeetingIdSettings",
    ),
)  # fmt: skip
_PROPERTIES = ("id", "meetingId", "callId", "createdDateTime", "endDateTime", "meetingOrganizer")
_TRANSCRIPT = EntityType(
    "microsoft.graph.callTranscript", (*_PROPERTIES, "transcriptContentUrl"), page=10, limit=100
)
_RECORDING = EntityType(
    "microsoft.graph.callRecording", (*_PROPERTIES, "recordingContentUrl"), page=10, limit=100
)
_BY_ADDRESS = re.compile(r"joinweburl eq '((?:[^']|'')*)'", re.IGNORECASE)
_BY_NUMBER = re.compile(r"joinmeetingidsettings/joinmeetingid eq '([0-9]+)'", re.IGNORECASE)
_TALKS = "/me/onlineMeetings/{meeting}"


@dataclass
class _Meeting:
    """Holds an online meeting: the events that have its address."""

    address: str
    events: list[Event] = field(default_factory=list)

    @property
    def id(self) -> str:
        organizer = self.events[0].properties["organizer"]["emailAddress"]["address"]
        thread = outlook_id("19:meeting_", self.address).rstrip("=")
        text = f"1*{organisation().user(organizer).object_id}*0**{thread}@thread.v2"
        return base64.b64encode(text.encode()).decode()

    @property
    def number(self) -> str:
        digits = int.from_bytes(self.address.encode(), "big") % 10**12
        return f"{digits:012}"


def _meetings(call: Call) -> Iterator[_Meeting]:
    """Yields the online meetings that the user organizes or is invited to."""
    found: dict[str, _Meeting] = {}
    for event in call.tenant.agendas[call.user.object_id].events.values():
        address = (event.properties["onlineMeeting"] or {}).get("joinUrl")
        if address:
            found.setdefault(address, _Meeting(address)).events.append(event)
    yield from found.values()


def _shown(meeting: _Meeting) -> Resource:
    event = meeting.events[0]
    address = event.properties["organizer"]["emailAddress"]["address"]
    organizer = organisation().user(address)
    return {
        "id": meeting.id,
        "subject": event.properties["subject"],
        "creationDateTime": event.properties["createdDateTime"],
        "startDateTime": utc(event.start),
        "endDateTime": utc(event.end),
        "joinWebUrl": meeting.address,
        "joinMeetingIdSettings": {
            "joinMeetingId": meeting.number,
            "isPasscodeRequired": False,
            "passcode": None,
        },
        "chatInfo": {"threadId": "19:meeting@thread.v2", "messageId": "0", "replyChainMessageId": None},
        "participants": {
            "organizer": {
                "upn": address,
                "role": "presenter",
                "identity": {
                    "user": {"id": organizer.object_id, "displayName": organizer.display_name},
                },
            },
            "attendees": [],
        },
    }


@area.operation("GET", "/me/onlineMeetings", permissions=("OnlineMeetings.Read",))
async def find_meeting(call: Call) -> Response:
    """Returns a collection of the one meeting that a filter names; meetings cannot be listed."""
    condition = (call.query.option("filter") or "").strip()
    by_address, by_number = _BY_ADDRESS.fullmatch(condition), _BY_NUMBER.fullmatch(condition)
    if by_address:
        wanted = by_address[1].replace("''", "'")
        found = [each for each in _meetings(call) if each.address == wanted]
    elif by_number:
        found = [each for each in _meetings(call) if each.number == by_number[1]]
    else:
        raise bad_request("A filter by JoinWebUrl or joinMeetingId is expected.", "BadRequest")
    return call.many([_shown(each) for each in found], call.mine("onlineMeetings"), _MEETING)


@area.operation("GET", _TALKS, permissions=("OnlineMeetings.Read",))
async def get_meeting(call: Call) -> Response:
    """Returns a meeting by id."""
    return call.one(_shown(_meeting(call)), call.mine("onlineMeetings/$entity"), _MEETING)


def _meeting(call: Call) -> _Meeting:
    for each in _meetings(call):
        if each.id == call.arguments["meeting"]:
            return each
    raise _not_found()


def _not_found() -> GraphError:
    return GraphError(404, "NotFound", "The meeting or what was asked of it was not found.")


def _talks(call: Call, talks: list[RecordedTalk]) -> Iterator[tuple[RecordedTalk, Resource]]:
    """Yields what of these belongs to the meeting, the newest last."""
    meeting = _meeting(call)
    organizer = _shown(meeting)["participants"]["organizer"]["identity"]["user"]
    for talk in sorted(talks, key=lambda each: each.start):
        if talk.address == meeting.address:
            yield (
                talk,
                {
                    "id": talk.id,
                    "meetingId": meeting.id,
                    "callId": talk.call_id,
                    "createdDateTime": _precise(talk.start),
                    "endDateTime": _precise(talk.end),
                    "meetingOrganizer": {"user": {"id": organizer["id"], "displayName": None}},
                },
            )


def _precise(when: datetime) -> str:
    return utc(when).replace("Z", ".1234567Z")


def _address(call: Call, of: str, talk: RecordedTalk) -> str:
    base = f"{call.base_url}/v1.0/users/{call.user.object_id}"
    return f"{base}/onlineMeetings/{_meeting(call).id}/{of}/{talk.id}/content"


@area.operation("GET", f"{_TALKS}/transcripts", permissions=("OnlineMeetingTranscript.Read.All",))
async def list_transcripts(call: Call) -> Response:
    """Returns the transcripts of a meeting, of a series those of all its occurrences."""
    found = [
        shown | {"transcriptContentUrl": _address(call, "transcripts", talk)}
        for talk, shown in _talks(call, call.tenant.transcripts)
    ]
    return call.many(found, call.mine("onlineMeetings/transcripts"), _TRANSCRIPT)


@area.operation(
    "GET", f"{_TALKS}/transcripts/{{talk}}/content", permissions=("OnlineMeetingTranscript.Read.All",)
)
async def get_transcript(call: Call) -> Response:
    """Returns the words of a transcript as WebVTT, the only form there is."""
    wanted = (call.query.option("format") or call.header("accept") or "").casefold()
    if "text/vtt" not in wanted:
        raise bad_request("The requested format is not supported; text/vtt is.", "BadRequest")
    for talk, _ in _talks(call, call.tenant.transcripts):
        if talk.id == call.arguments["talk"]:
            return Response(talk.words.encode(), media_type="text/vtt")
    raise _not_found()


@area.operation("GET", f"{_TALKS}/recordings", permissions=("OnlineMeetingRecording.Read.All",))
async def list_recordings(call: Call) -> Response:
    """Returns what is known of the recordings of a meeting."""
    found = [
        shown | {"recordingContentUrl": _address(call, "recordings", talk)}
        for talk, shown in _talks(call, call.tenant.recordings)
    ]
    return call.many(found, call.mine("onlineMeetings/recordings"), _RECORDING)
