"""Days are those of the user: of tasks, of all-day events, of the hour that comes twice, of their mailbox."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.apis.graph.graph_times import ZonedTime, whole_day, zoned
from shared.text.time_zones import find_zone, windows_name, zone
from shared.tools import CATALOGUE
from shared.tools.microsoft365.calendar import graph_get_calendar, graph_get_event
from shared.tools.microsoft365.calendar_writing import graph_create_event
from shared.tools.microsoft365.mailbox import graph_update_mailbox_settings
from shared.tools.microsoft365.tasks import graph_list_tasks
from shared.tools.microsoft365.tasks_writing import graph_create_task
from tests.shared.tools.played_graph import PlayedGraph, Sent, refusal
from tests.shared.tools.sandbox import Sandbox

BERLIN = "Europe/Berlin"


def time_of(text: str, zone: str = "UTC") -> dict[str, str]:
    return {"dateTime": text, "timeZone": zone}


def todo(due: dict[str, str], zone: str | None = None) -> PlayedGraph:
    """A To Do list with a task, and a mailbox in a zone."""
    task = {"@odata.etag": "1", "id": "T", "title": "x", "status": "notStarted", "importance": "normal"}

    def play(sent: Sent) -> Any:
        if sent.path == "/me/mailboxSettings":
            return {"timeZone": zone} if zone else refusal(404, "MailboxNotEnabledForRESTAPI")
        if sent.path == "/me/todo/lists":
            return {"value": [{"id": "L", "displayName": "Tasks", "wellknownListName": "defaultList"}]}
        if sent.method == "POST":
            return 201, {**task, "dueDateTime": sent.body.get("dueDateTime")}
        return {"value": [{**task, "dueDateTime": due}] if "todo" in sent.path else []}

    return PlayedGraph(play)


@pytest.mark.parametrize(
    ("due", "zone", "day"),
    [
        (time_of("2024-10-23T22:00:00.0000000"), BERLIN, "2024-10-24"),
        (time_of("2024-11-23T23:00:00.0000000"), BERLIN, "2024-11-24"),
        (time_of("2024-10-24T10:00:00.0000000"), "Pacific/Honolulu", "2024-10-24"),
        (time_of("2024-10-23T10:00:00.0000000"), "Pacific/Kiritimati", "2024-10-24"),
        (time_of("2024-10-23T18:30:00.0000000"), "Asia/Kolkata", "2024-10-24"),
        (time_of("2024-10-24T07:00:00.0000000"), "America/Los_Angeles", "2024-10-24"),
        (time_of("2024-10-24T00:00:00.0000000"), "America/Los_Angeles", "2024-10-24"),
        (time_of("2024-10-24T00:00:00.0000000"), "Pacific/Kiritimati", "2024-10-24"),
        (time_of("2024-10-24T00:00:00.0000000", "W. Europe Standard Time"), "Asia/Tokyo", "2024-10-24"),
        (time_of("2024-10-23T22:00:00.0000000"), "Europe/London", "2024-10-24"),
        (time_of("2024-10-24T00:00:00.0000000", "tzone://Microsoft/Custom"), BERLIN, "2024-10-24"),
    ],
)
async def test_a_task_is_due_on_the_day_its_maker_chose(due: dict[str, str], zone: str, day: str):
    (task,) = (await todo(due).call(graph_list_tasks, time_zone=zone)).items

    assert day == str(task.due)


@pytest.mark.parametrize(
    ("mailbox", "name"),
    [("W. Europe Standard Time", "W. Europe Standard Time"), ("Asia/Kolkata", "India Standard Time")],
)
async def test_a_task_is_made_for_the_midnight_of_the_user(mailbox: str, name: str):
    graph = todo(time_of("2024-10-24T00:00:00"), mailbox)
    task = await graph.call(graph_create_task, title="x", due="2024-10-24")

    assert time_of("2024-10-24T00:00:00", name) == graph.requests[-1].body["dueDateTime"]
    assert "2024-10-24" == str(task.due)


def event(**more: Any) -> dict[str, Any]:
    return {
        "@odata.etag": "1",
        "id": more.get("subject", "E"),
        "start": time_of("2025-08-20T08:00:00.0000000"),
        "end": time_of("2025-08-20T09:00:00.0000000"),
        **more,
    }


def all_day(subject: str, first: str, after: str) -> dict[str, Any]:
    return event(
        subject=subject,
        isAllDay=True,
        start=time_of(f"{first}T00:00:00.0000000"),
        end=time_of(f"{after}T00:00:00.0000000"),
    )


@pytest.mark.parametrize(
    "zone", ["Asia/Singapore", "America/Los_Angeles", "Pacific/Kiritimati", "UTC", "Pacific/Midway"]
)
async def test_an_all_day_event_is_on_its_days_and_on_no_other(zone: str):
    events = [
        all_day("before", "2025-08-19", "2025-08-20"),
        all_day("on", "2025-08-20", "2025-08-21"),
        all_day("across", "2025-08-18", "2025-08-22"),
        all_day("after", "2025-08-21", "2025-08-22"),
    ]
    graph = PlayedGraph(lambda _: {"value": events})
    page = await graph.call(graph_get_calendar, start="2025-08-20", time_zone=zone)
    query = graph.requests[-1].query
    window = [datetime.fromisoformat(query[name]) for name in ("startDateTime", "endDateTime")]
    midnight = datetime(2025, 8, 20, tzinfo=ZoneInfo(zone))

    assert ["across", "on"] == [each.subject for each in page.items]
    assert "2025-08-20T00:00:00" == page.items[1].start.replace(tzinfo=None).isoformat()
    # Graph selects by the hours that an all-day event has in UTC, up to fourteen away.
    assert window[0] <= midnight - timedelta(hours=14)
    assert window[1] >= midnight + timedelta(days=1, hours=14)


async def test_what_is_near_the_window_alone_is_not_in_it():
    hours = [("2025-08-19T12:00", "2025-08-19T13:00"), ("2025-08-19T23:30", "2025-08-20T00:30")]
    hours += [("2025-08-20T23:30", "2025-08-21T00:30"), ("2025-08-21T00:00", "2025-08-21T01:00")]
    hours += [("2025-08-20T00:00", "2025-08-20T00:00")]
    events = [event(subject=s, start=time_of(s), end=time_of(e)) for s, e in hours]
    graph = PlayedGraph(lambda _: {"value": events})
    page = await graph.call(graph_get_calendar, start="2025-08-20", time_zone="UTC")

    assert [hours[1][0], hours[4][0], hours[2][0]] == [each.subject for each in page.items]


@pytest.mark.parametrize("mailbox", ["Singapore Standard Time", "Asia/Singapore"])
async def test_today_is_that_of_the_mailbox_where_no_zone_is_set(mailbox: str):
    graph = PlayedGraph(lambda sent: {"timeZone": mailbox} if "Settings" in sent.path else {"value": []})
    await graph.call(graph_get_calendar, start="2025-08-20")

    assert ["/me/mailboxSettings", "/me/calendarView"] == [each.path for each in graph.requests]
    start = datetime.fromisoformat(graph.requests[-1].query["startDateTime"]) + timedelta(days=1)
    assert datetime(2025, 8, 20, tzinfo=ZoneInfo("Asia/Singapore")) == start


@pytest.mark.parametrize(
    "settings",
    [{}, {"timeZone": None}, {"timeZone": "tzone://Microsoft/Custom"}, refusal(403, "ErrorAccessDenied")],
)
async def test_without_a_zone_of_the_mailbox_days_are_in_utc(settings: Any):
    graph = PlayedGraph(lambda sent: settings if "Settings" in sent.path else {"value": []})
    await graph.call(graph_get_calendar, start="2025-08-20")

    assert "2025-08-19T00:00:00+00:00" == graph.requests[-1].query["startDateTime"]


async def test_a_zone_that_is_given_is_not_looked_up():
    graph = PlayedGraph(lambda _: {"value": []})
    await graph.call(graph_get_calendar, time_zone="W. Europe Standard Time")

    assert ["/me/calendarView"] == [each.path for each in graph.requests]


async def test_a_time_in_a_windows_zone_is_that_moment():
    made = event(start=time_of("2030-01-07T09:00:00", "Tokyo Standard Time"))
    found = await PlayedGraph(lambda _: made).call(graph_get_event, event_id="E", time_zone=BERLIN)

    assert "2030-01-07T01:00:00+01:00" == found.start.isoformat()


@pytest.mark.parametrize(
    ("start", "end", "sent"),
    [
        ("2026-10-25T02:15+02:00", "2026-10-25T02:45+02:00", [("00:15", "UTC"), ("00:45", "UTC")]),
        ("2026-10-25T02:15+01:00", "2026-10-25T02:45+01:00", [("01:15", "UTC"), ("01:45", "UTC")]),
        ("2026-10-25T02:45+02:00", "2026-10-25T02:15+01:00", [("00:45", "UTC"), ("01:15", "UTC")]),
        ("2026-10-25T01:30", "2026-10-25T03:30", [("01:30", "Berlin"), ("03:30", "Berlin")]),
        ("2026-03-29T02:30", "2026-03-29T04:00", [("03:30", "Berlin"), ("04:00", "Berlin")]),
    ],
)
async def test_the_hour_that_comes_twice_is_the_one_meant(start: str, end: str, sent: list[tuple[str, str]]):
    graph = PlayedGraph(lambda _: (201, event()))
    await graph.call(graph_create_event, subject="x", start=start, end=end, time_zone=BERLIN)
    body = graph.requests[-1].body
    names = {"UTC": "UTC", "W. Europe Standard Time": "Berlin"}

    assert sent == [
        (body[name]["dateTime"][11:16], names[body[name]["timeZone"]]) for name in ("start", "end")
    ]


async def test_an_all_day_event_is_made_of_dates_in_a_windows_zone():
    graph = PlayedGraph(lambda _: (201, event()))
    await graph.call(graph_create_event, subject="x", start="2026-10-25", time_zone="America/Havana")
    body = graph.requests[-1].body

    assert (time_of("2026-10-25T00:00:00", "Cuba Standard Time"), True) == (body["start"], body["isAllDay"])
    assert time_of("2026-10-26T00:00:00", "Cuba Standard Time") == body["end"]


@pytest.mark.parametrize(
    ("name", "iana"),
    [
        ("W. Europe Standard Time", BERLIN),
        ("w. europe standard time", BERLIN),
        ("GMT Standard Time", "Europe/London"),
        ("UTC", "UTC"),
        ("GMT", "UTC"),
        ("Europe/Kyiv", "Europe/Kyiv"),
        ("Nepal Standard Time", "Asia/Kathmandu"),
    ],
)
def test_a_zone_is_known_by_either_name(name: str, iana: str):
    assert datetime(2026, 7, 1, tzinfo=ZoneInfo(iana)) == datetime(2026, 7, 1, tzinfo=zone(name))


@pytest.mark.parametrize("name", ["", "Mars/Base", "Customized Time Zone", "../../etc/passwd", "a\x00b"])
def test_other_names_are_no_zone(name: str):
    assert find_zone(name) is None


def test_every_zone_with_a_windows_name_is_found_by_it():
    from zoneinfo import available_timezones  # noqa: PLC0415 - a walk over the file system

    named = {name: windows_name(ZoneInfo(name)) for name in available_timezones()}

    assert {"Europe/Berlin", "Europe/Kyiv", "Asia/Calcutta", "US/Pacific", "CET"} <= {
        name for name, windows in named.items() if windows
    }
    assert all(find_zone(windows) for windows in named.values() if windows)


def test_a_zone_without_a_windows_name_is_written_in_utc():
    moment = datetime(2026, 7, 1, 12, tzinfo=UTC)
    unnamed = ZoneInfo("Antarctica/Troll")

    assert windows_name(unnamed) is None or "UTC" != zoned(moment, unnamed)["timeZone"]
    assert moment == ZonedTime.model_validate(zoned(moment, unnamed)).moment
    assert "2026-07-01T00:00:00" == whole_day(moment.date(), unnamed)["dateTime"]


async def test_days_are_the_users_own_also_where_a_tool_acts_in_another_mailbox(read_only: Sandbox):
    (tool,) = (each for each in CATALOGUE if each.function is graph_get_calendar)
    there = read_only.caller("ana", tool).in_mailbox("grace.kim@larkspur.example", "Calendars.Read")

    assert "Europe/London" == await there.time_zone(None)


async def test_who_may_change_settings_may_read_the_zone_of_the_mailbox(read_only: Sandbox):
    (tool,) = (each for each in CATALOGUE if each.function is graph_update_mailbox_settings)

    assert "Asia/Seoul" == await read_only.caller("grace", tool).time_zone(None)
