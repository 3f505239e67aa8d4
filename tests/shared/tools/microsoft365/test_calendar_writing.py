"""Meetings made, changed, answered and cancelled, as their other attendees see it."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.errors import ToolError
from shared.tools.microsoft365.calendar import EventSummary, graph_get_calendar, graph_get_event
from shared.tools.microsoft365.calendar_writing import (
    graph_cancel_event,
    graph_create_event,
    graph_respond_to_event,
    graph_update_event,
)
from tests.shared.tools.sandbox import Sandbox

ANA, BEN, CHIARA = (f"{name}@larkspur.example" for name in ("ana.duarte", "ben.osei", "chiara.rossi"))
LISBON = ZoneInfo("Europe/Lisbon")
DAY = datetime.now(LISBON).date() + timedelta(days=30)
NEW: dict[str, Any] = {
    "subject": "Timetable bug",
    "start": f"{DAY}T10:00",
    "end": f"{DAY}T10:45",
    "attendees": [BEN],
    "body": "See 4711.\nBring <logs>.",
    "location": "Lisbon 2/10",
    "time_zone": "Europe/Lisbon",
}


async def on_day(sandbox: Sandbox, user: str = "ana", day: date = DAY) -> dict[str, EventSummary]:
    """The events of a day by subject."""
    page = await sandbox.call(
        graph_get_calendar, user=user, start=day.isoformat(), limit=100, time_zone="Europe/Lisbon"
    )
    return {event.subject: event for event in page.items}


async def writes(sandbox: Sandbox) -> list[str]:
    """What changing requests Graph answered with success."""
    journal = (await sandbox.control("GET", "graph", "journal")).json()
    return [
        f"{each['method']} {each['path']}"
        for each in journal
        if each["event"] == "answered" and each["method"] != "GET" and each["status"] < 300
    ]


async def invitation(sandbox: Sandbox, user: str = "ana") -> EventSummary:
    """A new meeting of Ben's, as Ana has it."""
    await sandbox.call(graph_create_event, user="ben", **{**NEW, "attendees": [ANA, CHIARA]})
    return (await on_day(sandbox, user))["Timetable bug"]


async def test_a_created_event_is_in_the_calendars_of_all_who_are_invited(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW)

    read = await sandbox.call(graph_get_event, event_id=made.id, time_zone="Europe/Lisbon")
    assert "See 4711.\nBring <logs>." == read.body.text
    assert (datetime(DAY.year, DAY.month, DAY.day, 10, tzinfo=LISBON), "Lisbon 2/10") == (
        made.start,
        made.location,
    )
    assert timedelta(minutes=45) == made.end - made.start
    assert [BEN] == [each.address for each in made.attendees]
    assert (made.version, made.web_link) == (read.version, read.web_link)
    assert "notResponded" == (await on_day(sandbox, "ben"))["Timetable bug"].response


async def test_an_event_without_an_end_lasts_half_an_hour(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, subject="Short", start=f"{DAY}T10:00:00+09:00")

    assert timedelta(minutes=30) == made.end - made.start
    assert datetime.fromisoformat(f"{DAY}T01:00:00+00:00") == made.start


async def test_dates_make_an_all_day_event_that_includes_its_last_day(sandbox: Sandbox):
    one = await sandbox.call(graph_create_event, subject="Off", start=str(DAY), time_zone="Asia/Seoul")
    two = await sandbox.call(
        graph_create_event, subject="Fair", start=str(DAY), end=str(DAY + timedelta(days=1)), show_as="oof"
    )

    assert (True, timedelta(days=1)) == (one.is_all_day, one.end - one.start)
    assert (DAY, timedelta(hours=9)) == (one.start.date(), one.start.utcoffset())
    assert (True, timedelta(days=2), "oof") == (two.is_all_day, two.end - two.start, two.show_as)


async def test_an_online_meeting_has_a_link_to_join(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW, online=True)

    assert made.is_online_meeting
    assert made.join_url.startswith("https://teams.microsoft.com/")


async def test_the_same_idempotency_key_makes_no_second_event(sandbox: Sandbox):
    first = await sandbox.call(graph_create_event, **NEW, idempotency_key="one")
    again = await sandbox.call(graph_create_event, **NEW, idempotency_key="one")
    other = await sandbox.call(graph_create_event, **NEW, idempotency_key="two")

    assert (first.id, first.version) == (again.id, again.version)
    assert first.id != other.id


async def test_a_key_graph_refuses_to_take_twice_is_a_conflict(sandbox: Sandbox):
    await sandbox.fail("graph", path="/v1.0/me/events", method="POST", status=409)
    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_create_event, **NEW, idempotency_key="one")

    assert "conflict" == refused.value.code
    assert "idempotency_key" in refused.value.message


async def test_an_update_changes_what_is_given_and_nothing_else(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW)
    changed = await sandbox.call(
        graph_update_event,
        event_id=made.id,
        version=made.version,
        start=f"{DAY}T11:00",
        end=f"{DAY}T12:00",
        add_attendees=[CHIARA],
        time_zone="Europe/Lisbon",
    )

    assert ("Timetable bug", "Lisbon 2/10") == (changed.subject, changed.location)
    assert ("11:00", "12:00") == (changed.start.strftime("%H:%M"), changed.end.strftime("%H:%M"))
    assert {BEN, CHIARA} == {each.address for each in changed.attendees}
    assert changed.version != made.version
    assert (await on_day(sandbox, "ben"))["Timetable bug"].start == changed.start
    text = await sandbox.call(graph_get_event, event_id=made.id)
    assert "See 4711.\nBring <logs>." == text.body.text


async def test_text_and_place_can_be_replaced(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW)
    await sandbox.call(
        graph_update_event,
        event_id=made.id,
        version=made.version,
        body="New.",
        clear=["location"],
        subject="Bug",
    )

    read = await sandbox.call(graph_get_event, event_id=made.id)
    assert ("New.", "", "Bug") == (read.body.text, read.location, read.subject)


async def test_the_text_of_an_online_meeting_is_not_replaced(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW, online=True)
    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_update_event, event_id=made.id, version=made.version, body="New.")

    assert "invalid_argument" == refused.value.code
    assert refused.value.message.startswith("body: ")
    assert made.version == (await sandbox.call(graph_get_event, event_id=made.id)).version


async def test_a_link_to_join_is_added_once_and_the_text_stays(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW)
    changed = await sandbox.call(graph_update_event, event_id=made.id, version=made.version, online=True)
    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_update_event, event_id=made.id, version=changed.version, online=True)
    renamed = await sandbox.call(
        graph_update_event, event_id=made.id, version=changed.version, online=True, subject="Bug"
    )
    read = await sandbox.call(graph_get_event, event_id=made.id)

    assert refused.value.message.startswith("online: the event has a link")
    assert ("Bug", changed.join_url) == (renamed.subject, renamed.join_url)
    assert read.body.text.startswith("See 4711.\nBring <logs>.")
    assert changed.join_url in read.body.text


async def test_people_who_may_come_are_optional(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW, optional_attendees=[CHIARA])
    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_create_event, **NEW, optional_attendees=[BEN.upper()])

    assert [(BEN, "required"), (CHIARA, "optional")] == [(each.address, each.kind) for each in made.attendees]
    assert refused.value.message.startswith(f"attendees: {BEN.upper()} is given as required and as optional")


async def test_one_more_attendee_leaves_the_others_as_they_are(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW)
    theirs = (await on_day(sandbox, "ben"))["Timetable bug"]
    await sandbox.call(graph_respond_to_event, user="ben", event_id=theirs.id, response="accept")
    read = await sandbox.call(graph_get_event, event_id=made.id)
    changed = await sandbox.call(
        graph_update_event, event_id=made.id, version=read.version, add_attendees=[CHIARA]
    )

    assert [(BEN, "accepted"), (CHIARA, "none")] == [
        (each.address, each.response) for each in changed.attendees
    ]
    assert "Timetable bug" in await on_day(sandbox, "chiara")


async def test_an_update_of_an_old_version_changes_nothing_and_tells_what_differs(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW)
    newer = await sandbox.call(
        graph_update_event,
        event_id=made.id,
        version=made.version,
        subject="Renamed",
        start=f"{DAY}T15:00",
        end=f"{DAY}T15:30",
        time_zone="Europe/Lisbon",
    )
    with pytest.raises(ToolError) as refused:
        await sandbox.call(
            graph_update_event,
            event_id=made.id,
            version=made.version,
            subject="Mine",
            location="Lisbon 2/10",
            start=f"{DAY}T15:00",
            end=f"{DAY}T16:00",
            time_zone="Europe/Lisbon",
        )

    assert "conflict" == refused.value.code
    assert newer.version == refused.value.details["current_version"]
    assert "Renamed" == refused.value.details["current_subject"]
    assert newer.end.isoformat() == refused.value.details["current_end"]
    assert not {"current_location", "current_start"} & refused.value.details.keys()
    assert "subject is now 'Renamed'" in refused.value.message
    assert "Renamed" in await on_day(sandbox)
    assert newer.version == (await sandbox.call(graph_get_event, event_id=made.id)).version


async def test_only_one_occurrence_of_a_series_changes(sandbox: Sandbox):
    series = (await sandbox.call(graph_get_calendar, user="ben", start="next week", limit=100)).items
    first, second, *_ = (event for event in series if event.subject == "Platform stand-up")
    read = await sandbox.call(graph_get_event, user="ben", event_id=first.id)
    await sandbox.call(
        graph_update_event, user="ben", event_id=first.id, version=read.version, subject="Moved stand-up"
    )

    week = (await sandbox.call(graph_get_calendar, user="ben", start="next week", limit=100)).items
    subjects = {event.id: event.subject for event in week}
    assert ("Moved stand-up", "Platform stand-up") == (subjects[first.id], subjects[second.id])


@pytest.mark.parametrize(
    ("response", "outcome", "seen"),
    [("accept", "accepted", "accepted"), ("tentative", "tentatively accepted", "tentativelyAccepted")],
)
async def test_an_answer_is_seen_by_both_sides(sandbox: Sandbox, response: str, outcome: str, seen: str):
    event = await invitation(sandbox)
    done = await sandbox.call(
        graph_respond_to_event, event_id=event.id, response=response, comment="I'll be there"
    )

    assert (event.id, outcome, "The organizer is told.") == (done.event_id, done.outcome, done.note)
    assert seen == (await on_day(sandbox))["Timetable bug"].response
    of_ben = (await on_day(sandbox, "ben"))["Timetable bug"]
    answers = (await sandbox.call(graph_get_event, user="ben", event_id=of_ben.id)).attendees
    assert seen == next(each.response for each in answers if each.address == ANA)


async def test_a_declined_event_leaves_the_calendar(sandbox: Sandbox):
    event = await invitation(sandbox)
    done = await sandbox.call(
        graph_respond_to_event, event_id=event.id, response="decline", tell_organizer=False
    )

    assert ("declined", "The organizer is not told.") == (done.outcome, done.note)
    assert "Timetable bug" not in await on_day(sandbox)


async def test_a_comment_without_an_answer_to_the_organizer_is_refused(sandbox: Sandbox):
    event = await invitation(sandbox)
    with pytest.raises(ToolError) as refused:
        await sandbox.call(
            graph_respond_to_event,
            event_id=event.id,
            response="decline",
            comment="I am away",
            tell_organizer=False,
        )

    assert "invalid_argument" == refused.value.code
    assert refused.value.message.startswith("comment: ")
    assert "Timetable bug" in await on_day(sandbox)


async def test_a_cancelled_meeting_leaves_the_calendar_and_is_cancelled_for_the_others(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW)
    done = await sandbox.call(graph_cancel_event, event_id=made.id, comment="Found it.")

    assert (made.id, "cancelled") == (done.event_id, done.outcome)
    assert "Timetable bug" not in await on_day(sandbox)
    assert (await on_day(sandbox, "ben"))["Canceled: Timetable bug"].is_cancelled


async def test_only_the_organizer_can_cancel_and_only_the_others_can_answer(sandbox: Sandbox):
    event = await invitation(sandbox)
    own = await sandbox.call(graph_create_event, **NEW)
    with pytest.raises(ToolError) as cancelled:
        await sandbox.call(graph_cancel_event, event_id=event.id)
    with pytest.raises(ToolError) as answered:
        await sandbox.call(graph_respond_to_event, event_id=own.id, response="accept")

    assert ("invalid_argument", "invalid_argument") == (cancelled.value.code, answered.value.code)
    assert "organizer" in cancelled.value.message
    assert "organizer" in answered.value.message


ARGUMENTS: dict[Any, dict[str, Any]] = {
    graph_create_event: NEW,
    graph_update_event: {
        "event_id": "AAMkADnothing-of-this-kind",
        "version": 'W/"x"',
        "subject": "New",
        "time_zone": "UTC",
    },
    graph_respond_to_event: {"event_id": "AAMkADnothing-of-this-kind", "response": "decline"},
    graph_cancel_event: {"event_id": "AAMkADnothing-of-this-kind"},
}
each_write = pytest.mark.parametrize("function", ARGUMENTS)


@each_write
@pytest.mark.parametrize(
    ("status", "code"), [(403, "forbidden"), (404, "not_found"), (429, "throttled"), (503, "unavailable")]
)
async def test_a_failed_write_is_told_and_not_repeated(
    read_only: Sandbox, function: Any, status: int, code: str
):
    await read_only.fail("graph", path="/v1.0/*", status=status, times=1, headers={"Retry-After": "2.128"})
    with pytest.raises(ToolError) as failed:
        await read_only.call(function, **ARGUMENTS[function])

    assert (code, 2.128) == (failed.value.code, failed.value.retry_after)
    assert ("unknown" if status == 503 else None) == failed.value.details.get("outcome")
    assert [] == await writes(read_only)


@each_write
async def test_who_has_consented_to_reading_only_writes_nothing(read_only: Sandbox, function: Any):
    with pytest.raises(ToolError) as refused:
        await read_only.call(function, user="chiara", **ARGUMENTS[function])

    assert ("consent_required", "Calendars.ReadWrite") == (
        refused.value.code,
        refused.value.details["missing_scopes"],
    )


@pytest.mark.parametrize("function", [graph_update_event, graph_respond_to_event, graph_cancel_event])
@pytest.mark.parametrize(
    "event_id", ["AAMkADnothing-of-this-kind", "../../events", "a?b=c", "a#b", "it's", "a/b"]
)
async def test_an_id_that_is_none_is_not_found(read_only: Sandbox, function: Any, event_id: str):
    with pytest.raises(ToolError) as refused:
        await read_only.call(function, **{**ARGUMENTS[function], "event_id": event_id})

    if "../" in event_id:
        assert "invalid_argument" == refused.value.code
    else:
        assert refused.value.details["graph_error"] in ("ErrorItemNotFound", "ErrorInvalidIdMalformed")
    assert [] == await writes(read_only)


@pytest.mark.parametrize(
    ("function", "changes", "message"),
    [
        (graph_create_event, {"start": "tomorrow"}, "start: must be a time"),
        (graph_create_event, {"end": f"{DAY}"}, "end: has not the form of start"),
        (graph_create_event, {"end": f"{DAY}T09:00"}, "end: is before start"),
        (graph_create_event, {"attendees": ["Ben"]}, "attendees.0: "),
        (graph_create_event, {"attendees": ["Ben <ben@larkspur.example>"]}, "attendees.0: "),
        (graph_create_event, {"subject": ""}, "subject: "),
        (graph_create_event, {"show_as": "away"}, "show_as: "),
        (graph_create_event, {"time_zone": "Mars"}, "time_zone: "),
        (graph_update_event, {"subject": None}, "Nothing is to be changed"),
        (graph_update_event, {"start": f"{DAY}T09:00"}, "end: is missing"),
        (graph_update_event, {"end": f"{DAY}T09:00"}, "start: is missing"),
        (graph_update_event, {"version": ""}, "version: "),
        (graph_update_event, {"version": 'W/"x"\r\nPrefer: y'}, "version: "),
        (graph_respond_to_event, {"response": "yes"}, "response: "),
        (graph_cancel_event, {"event_id": ""}, "event_id: "),
    ],
)
async def test_a_bad_argument_is_named_before_anybody_is_asked(
    read_only: Sandbox, function: Any, changes: dict[str, Any], message: str
):
    with pytest.raises(ToolError) as refused:
        await read_only.call(function, **{**ARGUMENTS[function], **changes})

    assert "invalid_argument" == refused.value.code
    assert refused.value.message.startswith(message)
    assert [] == (await read_only.control("GET", "graph", "journal")).json()


async def test_hostile_text_stays_text(sandbox: Sandbox):
    hostile = "'; \"}] ../ ?a=b # <script>alert(1)</script>"
    made = await sandbox.call(
        graph_create_event, **{**NEW, "subject": hostile, "location": hostile, "body": hostile}
    )

    read = await sandbox.call(graph_get_event, event_id=made.id)
    assert (hostile, hostile, hostile) == (read.subject, read.location, read.body.text)
