"""Reading the calendar: the demo meetings of Ana, through the real client."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.errors import ToolError
from shared.tools.microsoft365.calendar import EventSummary, graph_get_calendar, graph_get_event
from shared.tools.preferences import set_preferences
from tests.shared.tools.sandbox import Sandbox

LISBON = ZoneInfo("Europe/Lisbon")
TODAY = datetime.now(LISBON).date()
MONTH = {
    "start": (TODAY - timedelta(days=10)).isoformat(),
    "end": (TODAY + timedelta(days=20)).isoformat(),
    "time_zone": "Europe/Lisbon",
}


async def listed(sandbox: Sandbox, **arguments: Any) -> list[EventSummary]:
    """Every event of a month, pages joined."""
    events, cursor = [], None
    while True:
        page = await sandbox.call(graph_get_calendar, **{**MONTH, **arguments}, cursor=cursor)
        events += page.items
        assert page.complete == (page.next_cursor is None) == (page.note is None)
        if page.complete:
            return events
        cursor = page.next_cursor


async def event_named(sandbox: Sandbox, subject: str) -> EventSummary:
    return next(event for event in await listed(sandbox, limit=100) if event.subject == subject)


async def asked(sandbox: Sandbox) -> list[str]:
    """What Graph was asked and has answered."""
    journal = (await sandbox.control("GET", "graph", "journal")).json()
    return [f"{each['method']} {each['path']}" for each in journal if each["event"] == "answered"]


async def test_the_calendar_of_a_month_holds_single_events_and_each_meeting_of_a_series(read_only: Sandbox):
    events = await listed(read_only, limit=100)

    subjects = [event.subject for event in events]
    assert {"Review PR 412", "Plan of sprint 48", "Dentist"} < set(subjects)
    assert 15 < subjects.count("Platform stand-up")
    assert [event.start for event in events] == sorted(event.start for event in events)
    assert all(event.web_link for event in events)


async def test_pages_joined_are_the_whole_calendar_without_duplicates(read_only: Sandbox):
    whole = await listed(read_only, limit=100)
    parts = await listed(read_only, limit=7)

    assert [event.id for event in whole] == [event.id for event in parts]
    assert len({event.id for event in parts}) == len(parts) > 14


async def test_times_are_in_the_time_zone_asked_for(read_only: Sandbox):
    lisbon = await event_named(read_only, "Review PR 412")
    in_seoul = await listed(read_only, limit=100, time_zone="Asia/Seoul")
    seoul = next(event for event in in_seoul if event.subject == "Review PR 412")

    assert "10:00:00" == lisbon.start.strftime("%H:%M:%S")
    assert timedelta(hours=9) == seoul.start.utcoffset()
    assert lisbon.start == seoul.start
    assert seoul.model_dump(mode="json")["start"].endswith("+09:00")


async def test_the_preferred_time_zone_is_used_when_none_is_given(read_only: Sandbox):
    await read_only.call(set_preferences, user="ben", time_zone="Asia/Seoul")
    page = await read_only.call(graph_get_calendar, user="ben", start="next week")

    assert {timedelta(hours=9)} == {event.start.utcoffset() for event in page.items}


async def test_no_time_zone_at_all_is_utc(read_only: Sandbox):
    page = await read_only.call(graph_get_calendar, start="next week", time_zone=None)

    assert {timedelta(0)} == {event.start.utcoffset() for event in page.items}


async def test_an_all_day_event_is_its_days_in_any_time_zone(read_only: Sandbox):
    lisbon = await event_named(read_only, "On call: platform")
    seoul = await read_only.call(graph_get_event, event_id=lisbon.id, time_zone="Asia/Seoul")

    assert lisbon.is_all_day
    assert lisbon.start.date() == seoul.start.date()
    assert (0, 0) == (seoul.start.hour, seoul.end.hour)
    assert timedelta(days=1) == seoul.end - seoul.start


async def test_today_is_the_window_when_nothing_is_said(read_only: Sandbox):
    today = await read_only.call(graph_get_calendar, time_zone="Europe/Lisbon")
    named = await read_only.call(graph_get_calendar, start=TODAY.isoformat(), time_zone="Europe/Lisbon")

    assert named == today


async def test_a_window_between_two_times_has_only_what_overlaps_it(read_only: Sandbox):
    event = await event_named(read_only, "Review PR 412")
    page = await read_only.call(
        graph_get_calendar,
        start=(event.start + timedelta(minutes=1)).isoformat(),
        end=(event.start + timedelta(minutes=2)).isoformat(),
    )

    assert "Review PR 412" in [each.subject for each in page.items]
    assert "Platform stand-up" not in [each.subject for each in page.items]


async def test_an_empty_window_is_a_complete_list(read_only: Sandbox):
    page = await read_only.call(graph_get_calendar, start="1999-01-01", end="1999-01-02")

    assert ([], True, None) == (page.items, page.complete, page.next_cursor)


async def test_an_event_has_its_text_people_and_version(read_only: Sandbox):
    listed_event = await event_named(read_only, "Cache move: what is left")
    event = await read_only.call(graph_get_event, event_id=listed_event.id, time_zone="Europe/Lisbon")

    answers = {each.address: each.response for each in event.attendees}
    assert "none" == answers["ana.duarte@larkspur.example"]
    assert "tentativelyAccepted" == answers["farid.haddad@larkspur.example"]
    assert 3 == event.attendee_count
    assert event.version.startswith('W/"')
    assert "Build agents, old subnet, runbook." == event.body.text
    assert "text of an event organized by ben.osei@larkspur.example" == event.body.origin
    assert event.join_url == "https://teams.microsoft.com/l/meetup-join/cache-move"


async def test_a_long_text_is_read_in_parts(read_only: Sandbox):
    listed_event = await event_named(read_only, "Cache move: what is left")
    rest = await read_only.call(graph_get_event, event_id=listed_event.id, offset=20)

    assert ("Build agents, old subnet, runbook."[20:], 20, None) == (
        rest.body.text,
        rest.body.offset,
        rest.body.next_offset,
    )


async def test_a_cursor_of_another_window_is_refused(read_only: Sandbox):
    page = await read_only.call(graph_get_calendar, **MONTH, limit=3)
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_get_calendar, start="tomorrow", cursor=page.next_cursor)

    assert "invalid_argument" == refused.value.code
    assert refused.value.message.startswith("cursor: ")


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "forbidden"), (404, "not_found"), (429, "throttled"), (503, "unavailable"), (500, "unavailable")],
)
@pytest.mark.parametrize("function", [graph_get_calendar, graph_get_event])
async def test_a_failure_of_graph_is_told_as_what_it_is(
    read_only: Sandbox, function: Any, status: int, code: str
):
    await read_only.fail("graph", path="/v1.0/*", status=status, headers={"Retry-After": "2.128"})
    arguments = {"event_id": "AAMkAD"} if function is graph_get_event else {}
    with pytest.raises(ToolError) as failed:
        await read_only.call(function, **arguments)

    assert (code, 2.128) == (failed.value.code, failed.value.retry_after)


@pytest.mark.parametrize(
    "event_id", ["AAMkADnothing-of-this-kind", "../../users", "a?b=c", "a#b", "it's", '"', "%2e%2e", "a/b"]
)
async def test_an_id_that_is_none_is_not_found_and_leads_nowhere_else(read_only: Sandbox, event_id: str):
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_get_event, event_id=event_id)

    if "../" in event_id or event_id == "%2e%2e":
        assert "invalid_argument" == refused.value.code
    else:
        assert refused.value.details["graph_error"] in ("ErrorItemNotFound", "ErrorInvalidIdMalformed")


async def test_who_has_not_consented_is_told_which_permission_is_missing(read_only: Sandbox):
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_get_calendar, user="dmitri")

    assert ("consent_required", "Calendars.Read, MailboxSettings.Read") == (
        refused.value.code,
        refused.value.details["missing_scopes"],
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": "someday"}, "start: must be a date"),
        ({"start": "20261121"}, "start: must be a date"),
        ({"start": "1763700000"}, "start: must be a date"),
        ({"start": 1763700000}, "start: must be a date"),
        ({"start": "2026-13-01"}, "start: must be a date"),
        ({"end": "9999-12-31"}, "end: must be in a year from 1970 to 2100"),
        ({"start": "tomorrow", "end": "today"}, "end: is not after start"),
        ({"time_zone": "Atlantis/Capital"}, "time_zone: is not the name of a time zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone: is not the name of a time zone"),
        ({"limit": 0}, "limit: "),
        ({"limit": 101}, "limit: "),
        ({"colour": "red"}, "colour: is not an argument"),
    ],
)
async def test_a_bad_argument_is_named_before_anybody_is_asked(
    read_only: Sandbox, arguments: dict[str, Any], message: str
):
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_get_calendar, **arguments)

    assert "invalid_argument" == refused.value.code
    assert refused.value.message.startswith(message)
    # Which days are meant is known by the zone of the mailbox alone.
    assert ["GET /v1.0/me/mailboxSettings"] * ("end: is not" in message) == await asked(read_only)


@pytest.mark.parametrize(
    "start", ["2026-11-21T09:30", "2026-11-21T09:30:00Z", "2026-11-21T09:30+05:30", "today"]
)
async def test_times_are_taken_in_every_form_a_person_has(read_only: Sandbox, start: str):
    page = await read_only.call(graph_get_calendar, start=start)

    assert page.complete
