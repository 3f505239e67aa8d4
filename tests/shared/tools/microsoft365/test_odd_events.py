"""Events and rooms of Graph in odd forms: parts and nulls, and what a series keeps."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.apis.graph.graph_times import ZonedTime
from shared.errors import ToolError
from shared.tools.microsoft365.availability import graph_find_meeting_times, graph_get_availability
from shared.tools.microsoft365.calendar import graph_get_calendar, graph_get_event
from shared.tools.microsoft365.calendar_writing import graph_create_event, graph_update_event
from shared.tools.microsoft365.rooms import graph_find_rooms
from tests.shared.tools.played_graph import playing, written


def at(when: str, zone: str = "UTC") -> dict[str, str]:
    return {"dateTime": when, "timeZone": zone}


EVENT = {
    "id": "E1",
    "@odata.etag": 'W/"1"',
    "subject": "Berth plan",
    "start": at("2026-12-07T09:00:00.0000000"),
    "end": at("2026-12-07T09:30:00.0000000"),
}
SERIES = {
    **EVENT,
    "type": "seriesMaster",
    "originalStartTimeZone": "W. Europe Standard Time",
    "recurrence": {
        "pattern": {
            "type": "weekly",
            "interval": 2,
            "month": 0,
            "dayOfMonth": 0,
            "daysOfWeek": ["monday", "friday"],
            "firstDayOfWeek": "sunday",
            "index": "first",
        },
        "range": {
            "type": "numbered",
            "startDate": "2026-12-07",
            "endDate": "0001-01-01",
            "recurrenceTimeZone": "W. Europe Standard Time",
            "numberOfOccurrences": 10,
        },
    },
}


@pytest.mark.parametrize(
    "told",
    [
        {"originalStartTimeZone": "UTC", "responseStatus": {"response": ""}, "recurrence": None},
        httpx.Response(204),
    ],
)
async def test_an_event_whose_change_is_not_told_is_read_again(told: Any):
    """Update event: the example of the response has neither id nor times."""
    graph = playing(("PATCH", "/events/E1", told), ("GET", "/events/E1", EVENT))
    changed = await graph.call(graph_update_event, event_id="E1", version='W/"1"', subject="Berth plan")

    assert ("E1", "2026-12-07T10:00:00+01:00") == (changed.id, changed.start.isoformat())
    assert [{"subject": "Berth plan"}] == written(graph)


async def test_events_of_which_no_times_are_told_are_listed_last():
    """List calendarView: the example of the response has neither id nor times."""
    found = [{"iCalUId": "1", "responseStatus": {"response": "", "time": "datetime-value"}}, EVENT]
    graph = playing(("GET", "/calendarView", {"value": found}))
    page = await graph.call(graph_get_calendar, start="2026-12-07")

    assert [("E1", False), ("", True)] == [(each.id, each.start is None) for each in page.items]


@pytest.mark.parametrize("zone", ["W. Europe Standard Time", "UTC", "Pacific Standard Time"])
async def test_an_all_day_event_keeps_its_days_in_whatever_zone_it_is_told(zone: str):
    days = {"start": at("2026-12-07T00:00:00", zone), "end": at("2026-12-08T00:00:00", zone)}
    graph = playing(("GET", "/events/E1", {**EVENT, **days, "isAllDay": True}))
    event = await graph.call(graph_get_event, event_id="E1")

    assert "2026-12-07T00:00:00+01:00" == event.start.isoformat()
    assert "2026-12-08T00:00:00+01:00" == event.end.isoformat()


@pytest.mark.parametrize(
    ("pattern", "limits", "words"),
    [
        ({"type": "weekly"}, {"type": "noEnd", "startDate": ""}, "every week, without an end"),
        (
            {"type": "relativeYearly", "daysOfWeek": ["monday"], "month": 0, "index": None},
            {"type": "numbered"},
            "every year on the first Monday, an unknown number of times",
        ),
        (
            {"type": "absoluteMonthly", "interval": 2, "dayOfMonth": 0},
            {"type": "endDate"},
            "every 2 months, until a day that is not told",
        ),
        ({"type": "weekly", "interval": "often"}, {}, "in a way that is not known here"),
    ],
)
async def test_a_recurrence_with_parts_missing_is_told_without_them(
    pattern: dict[str, Any], limits: dict[str, Any], words: str
):
    event = {**EVENT, "recurrence": {"pattern": pattern, "range": limits}}
    read = await playing(("GET", "/events/E1", event)).call(graph_get_event, event_id="E1")

    assert words == read.repeats


async def changed_series(**change: Any) -> tuple[Any, Any]:
    """What is sent of the recurrence of a series, on two days of every second week, ten times."""
    graph = playing(("GET", "/events/E1", SERIES), ("PATCH", "/events/E1", SERIES))
    await graph.call(graph_update_event, event_id="E1", version='W/"1"', **change)
    (sent,) = written(graph)
    pattern, limits = sent["recurrence"]["pattern"], sent["recurrence"]["range"]
    return (
        (pattern["type"], pattern["interval"], pattern.get("daysOfWeek")),
        (limits["type"], limits.get("numberOfOccurrences") or limits.get("endDate")),
    )


BOTH = ["monday", "friday"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"repeat": {"every": "week", "until": "2027-01-31"}},
            (("weekly", 2, BOTH), ("endDate", "2027-01-31")),
        ),
        ({"repeat": {"every": "week", "interval": 1}}, (("weekly", 1, BOTH), ("numbered", 10))),
        ({"repeat": {"every": "week", "days": ["monday"]}}, (("weekly", 2, ["monday"]), ("numbered", 10))),
        (
            {"repeat": {"every": "week"}, "clear": ["series_end"]},
            (("weekly", 2, BOTH), ("noEnd", None)),
        ),
        ({"repeat": {"every": "day"}}, (("daily", 1, None), ("noEnd", None))),
        (
            {"repeat": {"every": "week"}, "start": "2026-12-11T10:00", "end": "2026-12-11T10:30"},
            (("weekly", 2, BOTH), ("numbered", 10)),
        ),
    ],
)
async def test_a_series_keeps_what_a_new_repetition_by_the_same_unit_leaves_out(
    change: dict[str, Any], expected: Any
):
    assert expected == await changed_series(**change)


async def test_the_end_of_a_series_is_not_cleared_with_a_new_one():
    with pytest.raises(ToolError) as refused:
        await changed_series(repeat={"every": "week", "count": 3}, clear=["series_end"])

    assert "clear: series_end goes only with repeat, without until and count." == refused.value.message


@pytest.mark.parametrize("nothing", [{}, "{}", {"every": "", "days": [], "until": None}])
async def test_a_repetition_that_says_nothing_is_none(nothing: Any):
    graph = playing(("POST", "/events", (201, EVENT)))
    await graph.call(graph_create_event, subject="Berth plan", start="2026-12-07T10:00", repeat=nothing)

    (sent,) = written(graph)
    assert {"subject", "start", "end", "isAllDay", "showAs"} == set(sent)


@pytest.mark.parametrize("start", ["2027-03-28T02:30", "2026-10-25T02:30", "2026-10-25T03:30"])
async def test_an_event_without_an_end_lasts_half_an_hour_on_days_on_which_clocks_change(
    start: str,
):
    graph = playing(("POST", "/events", (201, EVENT)))
    await graph.call(graph_create_event, subject="Berth plan", start=start)

    (sent,) = written(graph)
    begins, ends = (ZonedTime.model_validate(sent[edge]).moment for edge in ("start", "end"))
    assert timedelta(minutes=30) == ends - begins


async def test_attendees_without_addresses_stay_each_for_itself():
    present = [{"type": "required", "emailAddress": {"name": name}} for name in ("Ada", "Bea")]
    event = {**EVENT, "type": "singleInstance", "attendees": present}
    graph = playing(("GET", "/events/E1", event), ("PATCH", "/events/E1", event))
    await graph.call(
        graph_update_event, event_id="E1", version='W/"1"', add_attendees=["ben.osei@larkspur.example"]
    )

    (sent,) = written(graph)
    assert [*present, "ben.osei@larkspur.example"] == [
        *sent["attendees"][:2],
        sent["attendees"][2]["emailAddress"]["address"],
    ]


async def test_availability_finds_out_whose_it_is_where_no_calendar_is_said_to_be_the_main_one():
    """List calendars: the example has calendars without isDefaultCalendar."""
    owner = {"name": "Ana", "address": "ana.duarte@larkspur.example"}
    graph = playing(
        ("GET", "/me/calendars", {"value": [{"id": "C0", "owner": None}, {"id": "C1", "name": "Calendar"}]}),
        ("GET", "/me/calendar", {"id": "C1", "owner": owner}),
        (
            "POST",
            "getSchedule",
            {"value": [{"scheduleId": "b@x.example", "scheduleItems": [{**EVENT, "status": None}]}]},
        ),
    )
    found = await graph.call(graph_get_availability, people="b@x.example", start="next 7 days")

    assert [owner["address"], "b@x.example"] == graph.requests[-1].body["Schedules"]
    assert ["unknown"] == [each.status for each in found.schedules[0].busy]


async def test_meeting_times_of_which_little_is_told_are_not_said_to_suit_everyone():
    slot = {"meetingTimeSlot": {"start": EVENT["start"], "end": EVENT["end"]}, "confidence": None}
    people = [{"availability": None, "attendee": {"emailAddress": None}}]
    times = {"meetingTimeSuggestions": [{**slot, "attendeeAvailability": people}]}
    graph = playing(("POST", "findMeetingTimes", times))
    found = await graph.call(graph_find_meeting_times, attendees=["b@x.example"])

    assert [("unknown", "unknown", False)] == [
        (each.me, each.attendees[0].availability, each.everyone_is_free) for each in found.items
    ]


async def test_rooms_of_which_little_is_told_are_found():
    rooms = [
        {
            "id": "1",
            "displayName": None,
            "emailAddress": "r@x.example",
            "address": {"city": None, "x": {"y": 1}},
        }
    ]
    found = await playing(("GET", "/places", {"value": rooms})).call(graph_find_rooms)

    assert [("", "r@x.example")] == [(each.name, each.address) for each in found.items]
