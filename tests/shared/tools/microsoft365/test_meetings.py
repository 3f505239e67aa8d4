"""What was said in meetings of the demo organisation, and in some it does not have."""

import base64
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from shared.errors import ToolError
from shared.tools.microsoft365.calendar import graph_get_calendar, graph_get_event
from shared.tools.microsoft365.meetings import graph_get_meeting_transcript
from shared.tools.preferences import set_preferences
from tests.shared.tools.played_graph import PlayedGraph, Sent, refusal
from tests.shared.tools.sandbox import Sandbox

MEETING_ID = base64.b64encode(b"1*user*0**19:meeting_x@thread.v2").decode()
ADDRESS = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%22Tid%22%3a%22it's%22%7d"
EVENT_ID = "AAMkAGI2TG93AAA="


async def read(sandbox: Sandbox, meeting: str, **arguments: Any) -> Any:
    return await sandbox.call(graph_get_meeting_transcript, meeting=meeting, **arguments)


async def event(sandbox: Sandbox, subject: str, user: str = "ana", days: int = 8) -> Any:
    """The events of this subject on days before today, in order."""
    today = datetime.now(ZoneInfo("Europe/Lisbon")).date()
    start, end = today - timedelta(days=days), today
    page = await sandbox.call(
        graph_get_calendar, user=user, start=start.isoformat(), end=end.isoformat(), limit=100
    )
    return [each for each in page.items if each.subject == subject and each.end.date() < today]


async def test_a_transcript_is_read_by_the_event_it_was_made_in(read_only: Sandbox):
    (moved,) = await event(read_only, "Cache move to snet-data-02")
    found = await read(read_only, moved.id)

    assert ("Cache move to snet-data-02", None) == (found.subject, found.note)
    assert [
        "0:00:03 Dmitri Volkov: The cache answers on 10.42.16.5 now. "
        "Old address 10.42.4.7 goes away tonight.",
        "0:00:13 Ana Duarte: Do the build agents know the new one?",
        "0:00:16 Dmitri Volkov: They resolve redis-cache, so they should. I did not test them.",
        "0:02:30 Farid Haddad: The rule of snet-data-02 lets production in & nobody else.",
        "0:02:36 Ben Osei: Then agents need a rule of their own. Farid, who asks you for it?",
        "0:02:41 Farid Haddad: Dmitri, in writing, with an end date.",
        "1:00:02 Ben Osei: Thanks all.",
    ] == found.text.text.splitlines()
    assert "Transcript of the meeting Cache move to snet-data-02" == found.text.origin
    assert [found.transcript_id] == [each.id for each in found.transcripts]
    assert [] == found.recordings == found.gaps


async def test_address_and_id_of_the_meeting_and_its_transcript_lead_there_too(read_only: Sandbox):
    (moved,) = await event(read_only, "Cache move to snet-data-02")
    detail = await read_only.call(graph_get_event, event_id=moved.id)
    by_address = await read(read_only, f" {detail.join_url} ")
    by_id = await read(read_only, by_address.meeting_id, transcript_id=by_address.transcript_id)

    assert by_address == by_id == await read(read_only, moved.id)


@pytest.mark.parametrize(
    "meeting",
    [
        MEETING_ID,
        MEETING_ID.rstrip("="),
        f"{MEETING_ID[:-9]}_-x",
        "112f7296-5fa4-42ca-bae8-6a692b15d4b8_19:cbee7c1c860e465f8258e3cebf7bee0d@thread.skype",
    ],
)
async def test_the_id_of_a_meeting_is_known_with_its_padding_and_without(meeting: str):
    graph = PlayedGraph(lambda sent: {"value": []} if "transcripts" in sent.path else {"id": meeting})
    found = await graph.call(graph_get_meeting_transcript, meeting=meeting)

    assert meeting == found.meeting_id
    assert f"/me/onlineMeetings/{meeting}" in [each.path for each in graph.requests]


async def test_times_are_in_the_zone_of_the_user(sandbox: Sandbox):
    (moved,) = await event(sandbox, "Cache move to snet-data-02")
    await sandbox.call(set_preferences, time_zone="Asia/Tokyo")
    (transcript,) = (await read(sandbox, moved.id)).transcripts

    assert "Asia/Tokyo" == str(transcript.created.tzinfo)
    assert "17:04" == transcript.created.astimezone(ZoneInfo("Europe/Lisbon")).strftime("%H:%M")


async def test_an_occurrence_has_its_own_transcript_and_the_series_the_newest(read_only: Sandbox):
    daily = await event(read_only, "Platform stand-up")
    newest, before, *_, oldest = [await read(read_only, each.id) for each in reversed(daily)]
    series = (await read_only.call(graph_get_event, event_id=daily[0].id)).series_master_id
    whole = await read(read_only, series)

    assert newest.transcript_id == whole.transcript_id == whole.transcripts[0].id
    assert "0:00:01 Dmitri Volkov: The cache moves tonight at five." == before.text.text
    assert before.transcript_id == whole.transcripts[1].id
    assert (None, None, 2) == (oldest.text, oldest.transcript_id, len(oldest.transcripts))
    assert (
        "None of the transcripts is of this event; those of others in the series are listed." == oldest.note
    )


async def test_a_transcript_of_odd_form_is_read_all_the_same(read_only: Sandbox):
    (latest, *_) = reversed(await event(read_only, "Platform stand-up"))
    found = await read(read_only, latest.id)

    assert [
        "-0:00:02 Ben Osei: Booking is red since last night.",
        "0:00:05 Ana Duarte: I look at build 4711 this afternoon.",
        "0:00:05 Dmitri Volkov: It may be my move.",
    ] == found.text.text.splitlines()


async def test_recordings_are_named_where_asked_for(read_only: Sandbox):
    (moved,) = await event(read_only, "Cache move to snet-data-02")
    found = await read(read_only, moved.id, recordings=True)

    assert [True] == [each.content_url.endswith("/content") for each in found.recordings]
    assert ([], True) == (found.gaps, found.text is not None)


async def test_recordings_that_may_not_be_listed_are_a_gap(read_only: Sandbox):
    (moved,) = await event(read_only, "Cache move to snet-data-02")
    await read_only.fail("graph", path="/v1.0/me/onlineMeetings/*/recordings", status=403)
    found = await read(read_only, moved.id, recordings=True)

    assert ([("recordings", "forbidden")], True) == (
        [(each.source, each.code) for each in found.gaps],
        found.text is not None,
    )


async def test_a_meeting_without_a_transcript_says_so(read_only: Sandbox):
    talk = "https://teams.microsoft.com/l/meetup-join/cache-move"
    found = await read(read_only, talk)

    assert (None, [], "There is no transcript") == (found.text, found.transcripts, found.note[:22])


async def test_who_has_no_part_in_a_meeting_does_not_find_it(read_only: Sandbox):
    (moved,) = await event(read_only, "Cache move to snet-data-02")
    address = (await read_only.call(graph_get_event, event_id=moved.id)).join_url

    for meeting in (address, "123 456 789 012"):
        with pytest.raises(ToolError) as refused:
            await read(read_only, meeting, user="grace")
        assert ("not_found", "Teams found no such meeting that you organize or are invited to.") == (
            refused.value.code,
            refused.value.message,
        )


@pytest.mark.parametrize("alias", ["chiara", "dmitri"])
async def test_whoever_nobody_has_consented_for_is_told(read_only: Sandbox, alias: str):
    with pytest.raises(ToolError) as refused:
        await read(read_only, MEETING_ID, user=alias)

    assert "consent_required" == refused.value.code


async def test_an_event_outside_teams_has_no_transcript(read_only: Sandbox):
    (retro, *_) = await event(read_only, "First look at the red build")
    with pytest.raises(ToolError) as refused:
        await read(read_only, retro.id)

    assert ("not_found", "The event has no meeting in Teams.") == (refused.value.code, refused.value.message)


async def test_a_transcript_of_another_meeting_is_not_found(read_only: Sandbox):
    (moved,) = await event(read_only, "Cache move to snet-data-02")
    with pytest.raises(ToolError) as refused:
        await read(read_only, moved.id, transcript_id="none")

    assert ("not_found", "The meeting has no transcript with this id.") == (
        refused.value.code,
        refused.value.message,
    )


def talks(words: str, count: int = 1) -> PlayedGraph:
    """A Teams with one meeting, with so many transcripts of these words."""

    def play(sent: Sent) -> Any:
        if sent.path.endswith("/content"):
            return httpx.Response(200, content=words.encode(), headers={"content-type": "text/vtt"})
        if sent.path.endswith("/transcripts"):
            each = [
                {"id": f"t{n}", "createdDateTime": f"2026-08-24T{n // 60:02}:{n % 60:02}:11.1234567Z"}
                for n in range(count)
            ]
            return {"value": each}
        if sent.path == f"/me/onlineMeetings/{MEETING_ID}":
            return {"id": MEETING_ID, "subject": None}
        if sent.path == "/me/onlineMeetings":
            return {"value": [{"id": MEETING_ID, "subject": "x"}] if sent.query.get("$filter") else []}
        return refusal(404, "NotFound")

    return PlayedGraph(play)


async def test_an_address_arrives_as_it_is_quoted_once():
    graph = talks("WEBVTT")
    await graph.call(graph_get_meeting_transcript, meeting=ADDRESS)
    (asked,) = (each.query for each in graph.requests if each.path == "/me/onlineMeetings")

    assert {"$filter": "JoinWebUrl eq '{}'".format(ADDRESS.replace("'", "''"))} == asked


async def test_the_number_people_join_by_is_taken_with_its_spaces():
    graph = talks("WEBVTT")
    await graph.call(graph_get_meeting_transcript, meeting="123 456 789 01")
    (asked,) = (each.query for each in graph.requests if each.path == "/me/onlineMeetings")

    assert {"$filter": "joinMeetingIdSettings/joinMeetingId eq '12345678901'"} == asked


async def test_a_short_address_leads_to_the_meeting_by_its_number():
    def play(sent: Sent) -> Any:
        if sent.path == "/me/onlineMeetings":
            return {
                "value": [{"id": MEETING_ID}]
                if "joinMeetingId eq '2345678901234'" in sent.query["$filter"]
                else []
            }
        return {"value": []}

    address = "https://teams.microsoft.com/meet/2345678901234?p=abc"
    found = await PlayedGraph(play).call(graph_get_meeting_transcript, meeting=address)

    assert MEETING_ID == found.meeting_id


async def test_a_long_transcript_comes_in_parts():
    cues = (
        f"00:{n // 60:02}:{n % 60:02}.000 --> 00:59:00.000\n<v P{n % 2}>{'word ' * 30}" for n in range(400)
    )
    graph = talks("WEBVTT\n\n" + "\n\n".join(cues))
    first = await graph.call(graph_get_meeting_transcript, meeting=MEETING_ID)
    second = await graph.call(graph_get_meeting_transcript, meeting=MEETING_ID, offset=first.text.next_offset)

    assert 0 < first.text.next_offset == second.text.offset < first.text.total_characters
    assert first.text.text != second.text.text


async def test_of_many_transcripts_the_newest_are_named_and_the_rest_counted():
    found = await talks("WEBVTT", 60).call(graph_get_meeting_transcript, meeting=MEETING_ID)

    assert ("t59", 25, "35 older transcripts are not listed.") == (
        found.transcript_id,
        len(found.transcripts),
        found.note,
    )


async def test_what_is_no_transcript_is_not_shown_as_one():
    with pytest.raises(ToolError) as refused:
        await talks("<html>Sign in</html>").call(graph_get_meeting_transcript, meeting=MEETING_ID)

    assert "upstream_error" == refused.value.code
