"""Reads what was said in the signed-in user's meetings in Teams."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.online_meetings import (
    MEETINGS,
    MeetingEvent,
    MeetingTalk,
    OnlineMeeting,
    Recording,
    find_meeting,
    is_event_id,
)
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.partial_results import Gap, capture_gap
from shared.text.content import Line, Quoted, quote
from shared.text.time_zones import zone
from shared.text.times import in_zone
from shared.text.web_vtt import NotVttError, parse_vtt, transcript_text
from shared.tools.params import Id, Offset

toolset = Toolset("meetings")

_MOST = 500
_SHOWN = 25
"""How many transcripts and recordings of a series are named."""


class MeetingTranscript(BaseModel):
    """What was said in a meeting, and what else was recorded of it; the newest first."""

    meeting_id: str
    subject: Line | None
    transcript_id: str | None = Field(description="Which of the transcripts the text is of.")
    text: Quoted | None = Field(description="Lines of time since the transcript began, speaker and words.")
    transcripts: list[MeetingTalk]
    recordings: list[Recording] = Field(description="Open the meeting in Teams to play one.")
    gaps: list[Gap] = Field(description="What is missing, and why.")
    note: str | None = None


@toolset.tool(
    scopes=["OnlineMeetings.Read", "OnlineMeetingTranscript.Read.All", "MailboxSettings.Read"],
    optional_scopes=["Calendars.Read", "OnlineMeetingRecording.Read.All"],
)
async def graph_get_meeting_transcript(
    caller: Caller,
    meeting: Annotated[
        str,
        Field(
            min_length=1,
            max_length=2_000,
            pattern=r"\S",
            description="Event id, join address or number, or meeting id.",
        ),
    ],
    transcript_id: Annotated[Id | None, Field(description="Left out, the event's or the newest.")] = None,
    recordings: Annotated[bool, Field(description="List recordings too.")] = False,
    offset: Offset = 0,
) -> MeetingTranscript:
    """Get what was said in a Teams meeting the user was in: speakers, times, words; lists its transcripts.

    It is there some minutes after the end, if transcription was on.
    """
    where = zone(await caller.time_zone(None))
    wanted, event = meeting.strip(), None
    if is_event_id(wanted):
        event = await caller.with_scopes("Calendars.Read").graph.get(MeetingEvent, "/me/events/{}", wanted)
        if not event.join_url:
            raise ToolError(
                "not_found", "The event has no meeting in Teams.", "Give the id of an event with a join_url."
            )
        wanted = event.join_url
    found = await find_meeting(caller.graph, wanted)
    transcripts = await _talks(caller.graph, MeetingTalk, "transcripts", found)
    recorded = await capture_gap("recordings", _recordings(caller, found)) if recordings else []
    chosen = _chosen(transcripts, transcript_id, event)
    return MeetingTranscript(
        meeting_id=found.id,
        subject=found.subject,
        transcript_id=chosen.id if chosen else None,
        text=await _text(caller.graph, found, chosen, offset) if chosen else None,
        transcripts=[in_zone(each, where) for each in transcripts[:_SHOWN]],
        recordings=[] if isinstance(recorded, Gap) else [in_zone(each, where) for each in recorded],
        gaps=[recorded] if isinstance(recorded, Gap) else [],
        note=_note(transcripts, chosen),
    )


def _chosen(
    transcripts: Sequence[MeetingTalk], transcript_id: str | None, event: MeetingEvent | None
) -> MeetingTalk | None:
    """Returns the transcript that is meant: by id, or the newest of the event or of the meeting."""
    if transcript_id is None:
        return next((each for each in transcripts if event is None or event.is_time_of(each)), None)
    for each in transcripts:
        if each.id == transcript_id:
            return each
    raise ToolError(
        "not_found",
        "The meeting has no transcript with this id.",
        "Leave transcript_id out, or give one of transcripts of that result.",
    )


def _note(transcripts: Sequence[MeetingTalk], chosen: MeetingTalk | None) -> str | None:
    if not transcripts:
        return "There is no transcript: transcription was off, or it is not ready yet, or it has expired."
    if chosen is None:
        return "None of the transcripts is of this event; those of others in the series are listed."
    more = len(transcripts) - _SHOWN
    return f"{more} older transcripts are not listed." if more > 0 else None


async def _talks[M: MeetingTalk](graph: Graph, model: type[M], of: str, meeting: OnlineMeeting) -> list[M]:
    """Returns what was recorded of a meeting, the newest first."""
    # What is selected by is not documented for these.
    talks, _ = await graph.list_all(model, f"{MEETINGS}/{{}}/{of}", meeting.id, most=_MOST, select="")
    return sorted(talks, key=lambda each: each.created, reverse=True)


async def _recordings(caller: Caller, meeting: OnlineMeeting) -> list[Recording]:
    graph = caller.with_scopes("OnlineMeetingRecording.Read.All").graph
    return (await _talks(graph, Recording, "recordings", meeting))[:_SHOWN]


async def _text(graph: Graph, meeting: OnlineMeeting, talk: MeetingTalk, offset: int) -> Quoted:
    path = f"{MEETINGS}/{{}}/transcripts/{{}}/content"
    content = await graph.download(path, meeting.id, talk.id, headers={"Accept": "text/vtt"})
    try:
        turns = parse_vtt(content.decode("utf-8", "replace"))
    except NotVttError as error:
        raise ToolError(
            "upstream_error",
            "The transcript that Microsoft Teams gave is in no form that can be read here.",
            "Open the meeting in Teams to read it.",
        ) from error
    return quote(transcript_text(turns), f"Transcript of the meeting {meeting.subject or ''}", offset=offset)
