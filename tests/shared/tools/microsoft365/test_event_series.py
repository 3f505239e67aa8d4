"""Series of events: made, read, changed for one or all, and never changed by accident."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.errors import ToolError
from shared.tools.microsoft365.calendar import EventSummary, graph_get_calendar, graph_get_event
from shared.tools.microsoft365.calendar_writing import (
    graph_cancel_event,
    graph_create_event,
    graph_update_event,
)
from tests.shared.tools.played_graph import PlayedGraph, Sent
from tests.shared.tools.sandbox import Sandbox

BEN = "ben.osei@larkspur.example"
LISBON = ZoneInfo("Europe/Lisbon")
TODAY = datetime.now(LISBON).date()
MONDAY = TODAY + timedelta(days=14 - TODAY.weekday())
NEW: dict[str, Any] = {
    "subject": "Berth plan",
    "start": f"{MONDAY}T10:00",
    "end": f"{MONDAY}T10:30",
    "time_zone": "Europe/Lisbon",
}
WEEKLY = {"every": "week", "count": 4}


async def listed(sandbox: Sandbox, user: str = "ana", weeks: int = 6) -> list[EventSummary]:
    """The events of the series, and of what became of it."""
    page = await sandbox.call(
        graph_get_calendar,
        user=user,
        start=str(MONDAY),
        end=str(MONDAY + timedelta(weeks=weeks)),
        limit=100,
        time_zone="Europe/Lisbon",
    )
    return [each for each in page.items if "erth plan" in each.subject]


async def days(sandbox: Sandbox, **arguments: Any) -> list[date]:
    return [each.start.date() for each in await listed(sandbox, **arguments)]


async def change(sandbox: Sandbox, event_id: str, **changes: Any) -> Any:
    """The event after a change of its present version."""
    read = await sandbox.call(graph_get_event, event_id=event_id)
    arguments = {"event_id": event_id, "version": read.version, "time_zone": "Europe/Lisbon", **changes}
    return await sandbox.call(graph_update_event, **arguments)


async def refusal(sandbox: Sandbox, event_id: str, **changes: Any) -> ToolError:
    with pytest.raises(ToolError) as refused:
        await change(sandbox, event_id, **changes)
    assert "invalid_argument" == refused.value.code
    return refused.value


@pytest.mark.parametrize(
    ("repeat", "offsets", "words"),
    [
        (WEEKLY, [0, 7, 14, 21], "every week on Monday, from {}, 4 times"),
        ({"every": "day", "interval": 3, "until": "{8}"}, [0, 3, 6], "every 3 days, from {}, until {8}"),
        (
            {"every": "week", "interval": 2, "days": ["monday", "friday"], "count": 3},
            [0, 4, 14],
            "every 2 weeks on Monday and Friday, from {}, 3 times",
        ),
        ({"every": "month", "count": 1}, [0], "every month on day {day}, from {}, once"),
        ({"every": "year", "count": 1}, [0], "every year on {day} {month}, from {}, once"),
    ],
)
async def test_a_series_has_the_days_it_was_made_with_and_tells_them_in_words(
    sandbox: Sandbox, repeat: dict[str, Any], offsets: list[int], words: str
):
    def filled(text: str) -> str:
        text = text.replace("{8}", str(MONDAY + timedelta(days=8))).replace("{}", str(MONDAY))
        return text.replace("{day}", str(MONDAY.day)).replace("{month}", MONDAY.strftime("%B"))

    given = {name: filled(value) if isinstance(value, str) else value for name, value in repeat.items()}
    made = await sandbox.call(graph_create_event, **NEW, repeat=given)
    first = (await listed(sandbox))[0]
    read = await sandbox.call(graph_get_event, event_id=first.id)

    assert [MONDAY + timedelta(days=each) for each in offsets] == await days(sandbox)
    assert ("seriesMaster", filled(words)) == (made.kind, made.repeats)
    # An occurrence tells how its series repeats.
    assert ("occurrence", made.id, filled(words)) == (read.kind, read.series_master_id, read.repeats)


async def test_a_weekday_of_a_month_is_one_of_it(sandbox: Sandbox):
    first = next(
        day
        for day in (MONDAY + timedelta(days=count) for count in range(40))
        if day.weekday() == 1 and day.day <= 7
    )
    new = {**NEW, "start": f"{first}T10:00", "end": f"{first}T10:30"}
    made = await sandbox.call(
        graph_create_event, **new, repeat={"every": "month", "nth": "first", "count": 9}
    )

    assert f"every month on the first Tuesday, from {first}, 9 times" == made.repeats


async def test_a_series_keeps_its_hour_when_the_clock_changes(sandbox: Sandbox):
    start = {"start": "2027-03-22T10:00", "end": "2027-03-22T10:30", "time_zone": "Europe/Lisbon"}
    await sandbox.call(graph_create_event, subject="Berth plan", **start, repeat=WEEKLY)
    page = await sandbox.call(
        graph_get_calendar, start="2027-03-22", end="2027-04-12", limit=100, time_zone="Europe/Lisbon"
    )
    found = [each.start for each in page.items if each.subject == "Berth plan"]

    assert ["10:00"] * 4 == [each.strftime("%H:%M") for each in found]
    assert {timedelta(0), timedelta(hours=1)} == {each.utcoffset() for each in found}


async def test_a_series_that_begins_in_the_hour_that_comes_twice_goes_by_the_clock(sandbox: Sandbox):
    start = {"start": "2027-10-31T01:30", "end": "2027-10-31T01:45", "time_zone": "Europe/Lisbon"}
    await sandbox.call(graph_create_event, subject="Berth plan", **start, repeat={**WEEKLY, "count": 2})
    page = await sandbox.call(
        graph_get_calendar, start="2027-10-31", end="2027-11-08", limit=100, time_zone="Europe/Lisbon"
    )
    found = [each.start.strftime("%d %H:%M") for each in page.items if each.subject == "Berth plan"]

    assert ["31 01:30", "07 01:30"] == found


async def test_all_day_events_repeat_too(sandbox: Sandbox):
    new = {"subject": "Berth plan", "start": str(MONDAY), "time_zone": "Europe/Lisbon"}
    made = await sandbox.call(graph_create_event, **new, repeat=WEEKLY)

    assert (True, timedelta(days=1)) == (made.is_all_day, made.end - made.start)
    assert [MONDAY + timedelta(weeks=each) for each in range(4)] == await days(sandbox)


@pytest.mark.parametrize(
    ("repeat", "message"),
    [
        ({"every": "week", "days": ["tuesday"]}, "repeat.days: the first event would be on Monday, "),
        ({"every": "day", "days": ["monday"]}, "repeat.days: is not for a repetition by day"),
        ({"every": "month", "days": ["monday"]}, "repeat.days: is not for a repetition by month"),
        ({"every": "week", "nth": "first"}, "repeat.nth: is not for a repetition by week"),
        ({"every": "week", "until": "2031-01-01", "count": 3}, "repeat.count: is given together with until"),
        ({"every": "week", "until": "2020-01-01"}, "repeat.until: is before the first day"),
        ({"every": "fortnight"}, "repeat.every: "),
        ({"every": "week", "interval": 0}, "repeat.interval: "),
        ({"every": "week", "weekday": "monday"}, "repeat.weekday: "),
    ],
)
async def test_a_repetition_that_is_none_is_refused_before_anybody_is_asked(
    read_only: Sandbox, repeat: dict[str, Any], message: str
):
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_create_event, **NEW, repeat=repeat)

    assert "invalid_argument" == refused.value.code
    assert refused.value.message.startswith(message)
    assert [] == (await read_only.control("GET", "graph", "journal")).json()


async def test_the_next_day_that_fits_is_named(read_only: Sandbox):
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_create_event, **NEW, repeat={"every": "week", "days": ["tuesday"]})

    assert f"Tuesday, {MONDAY + timedelta(days=1)}" in refused.value.remedy


@pytest.mark.parametrize(
    "nothing", [{"days": [], "nth": None, "until": "", "count": None}, {"interval": "1", "days": "monday"}]
)
async def test_what_clients_send_for_nothing_is_nothing(sandbox: Sandbox, nothing: dict[str, Any]):
    made = await sandbox.call(graph_create_event, **NEW, repeat={"every": "week", **nothing})

    assert f"every week on Monday, from {MONDAY}, without an end" == made.repeats


async def test_one_occurrence_is_moved_and_one_cancelled_alone(sandbox: Sandbox):
    await sandbox.call(graph_create_event, **NEW, attendees=[BEN], repeat=WEEKLY)
    first, second, *_ = await listed(sandbox)
    tuesday = MONDAY + timedelta(days=1)
    moved = await change(sandbox, first.id, start=f"{tuesday}T15:00", end=f"{tuesday}T15:30")
    await sandbox.call(graph_cancel_event, event_id=second.id)

    expected = [tuesday, MONDAY + timedelta(weeks=2), MONDAY + timedelta(weeks=3)]
    assert ("exception", expected) == (moved.kind, await days(sandbox))
    his = await listed(sandbox, user="ben")
    assert [tuesday, MONDAY + timedelta(weeks=1)] == [each.start.date() for each in his[:2]]
    assert [False, True, False, False] == [each.is_cancelled for each in his]


async def test_a_change_of_the_series_changes_all_and_loses_nothing(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW, attendees=[BEN], location="Quay", repeat=WEEKLY)
    first = (await listed(sandbox))[0]
    await change(sandbox, first.id, subject="Berth plan, at the quay")
    await change(sandbox, made.id, location="Pier", add_optional_attendees=["eva.lindqvist@larkspur.example"])
    series = await sandbox.call(graph_get_event, event_id=made.id)

    assert made.repeats == series.repeats
    assert (4, "Pier") == (len(await listed(sandbox)), series.location)
    assert ["required", "optional"] == [each.kind for each in series.attendees]
    assert "Berth plan, at the quay" == (await listed(sandbox))[0].subject


async def test_all_events_of_a_series_get_another_time_of_day_by_the_clock_of_the_series(sandbox: Sandbox):
    start = {"start": "2027-03-22T10:00", "end": "2027-03-22T10:30", "time_zone": "Europe/Lisbon"}
    made = await sandbox.call(graph_create_event, subject="Berth plan", **start, repeat=WEEKLY)
    # 11:00 in Lisbon, told by somebody whose clock does not change a week later.
    in_seoul = {"start": "2027-03-22T20:00", "end": "2027-03-22T20:30", "time_zone": "Asia/Seoul"}
    await change(sandbox, made.id, **in_seoul)
    series = await sandbox.call(graph_get_event, event_id=made.id)
    page = await sandbox.call(
        graph_get_calendar, start="2027-03-22", end="2027-04-12", limit=100, time_zone="Europe/Lisbon"
    )

    assert made.repeats == series.repeats
    assert ["11:00"] * 4 == [
        each.start.strftime("%H:%M") for each in page.items if each.subject == "Berth plan"
    ]


async def test_a_series_does_not_lose_events_by_a_start_on_another_day(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW, repeat=WEEKLY)
    later = MONDAY + timedelta(weeks=1)
    refused = await refusal(sandbox, made.id, start=f"{later}T10:00", end=f"{later}T10:30")

    assert refused.message.startswith(f"start: this is the whole series, which begins on {MONDAY}")
    assert 4 == len(await listed(sandbox))


async def test_a_series_gets_another_recurrence_and_ends_before_a_day(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW, repeat={"every": "week"})
    until = MONDAY + timedelta(days=10)
    ended = await change(sandbox, made.id, repeat={"every": "week", "until": str(until)})
    two = [MONDAY, MONDAY + timedelta(weeks=1)]

    assert (two, f"every week on Monday, from {MONDAY}, until {until}") == (
        await days(sandbox),
        ended.repeats,
    )
    # This and following ones: the old series has ended, a new one begins.
    begins = MONDAY + timedelta(weeks=2, days=1)
    new = {**NEW, "start": f"{begins}T10:00", "end": f"{begins}T10:30"}
    await sandbox.call(graph_create_event, **new, repeat={"every": "week", "count": 1})
    assert [*two, begins] == await days(sandbox)


async def test_a_series_begins_anew_on_another_day_with_another_recurrence(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW, repeat=WEEKLY)
    tuesday = MONDAY + timedelta(days=1)
    times = {"start": f"{tuesday}T09:00", "end": f"{tuesday}T09:30"}
    await change(sandbox, made.id, **times, repeat={"every": "week", "count": 2})

    assert [tuesday, tuesday + timedelta(weeks=1)] == await days(sandbox)


async def test_a_single_event_becomes_a_series_at_its_own_time(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW)
    changed = await change(sandbox, made.id, repeat=WEEKLY)

    assert ("seriesMaster", made.start) == (changed.kind, changed.start)
    assert 4 == len(await listed(sandbox))


@pytest.mark.parametrize(
    "times",
    [
        {"repeat": {"every": "week", "count": 5}},
        {"start": f"{MONDAY}T11:00", "end": f"{MONDAY}T11:30"},
    ],
)
async def test_what_was_done_to_single_events_is_undone_only_on_purpose(
    sandbox: Sandbox, times: dict[str, Any]
):
    made = await sandbox.call(graph_create_event, **NEW, repeat=WEEKLY)
    first, second, *_ = await listed(sandbox)
    await change(sandbox, first.id, subject="Berth plan, for once")
    await sandbox.call(graph_cancel_event, event_id=second.id)
    refused = await refusal(sandbox, made.id, **times)
    before = [each.subject for each in await listed(sandbox)]
    await change(sandbox, made.id, **times, clear=["exceptions"])

    assert f"{MONDAY} (changed), {MONDAY + timedelta(weeks=1)} (cancelled)" in refused.message
    assert ["Berth plan, for once", "Berth plan", "Berth plan"] == before
    assert {"Berth plan"} == {each.subject for each in await listed(sandbox)}
    assert MONDAY + timedelta(weeks=1) in await days(sandbox)


async def test_an_occurrence_has_no_recurrence_of_its_own(sandbox: Sandbox):
    await sandbox.call(graph_create_event, **NEW, repeat=WEEKLY)
    first = (await listed(sandbox))[0]
    refused = await refusal(sandbox, first.id, repeat={"every": "day"})

    assert refused.message.startswith("repeat: is of the whole series")
    assert 4 == len(await listed(sandbox))


async def test_exceptions_are_not_cleared_for_nothing(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW, repeat=WEEKLY)
    refused = await refusal(sandbox, made.id, subject="Berth plan 2", clear=["exceptions"])

    assert refused.message.startswith("clear: exceptions go only with")


async def test_a_series_that_changed_meanwhile_is_left_as_it_is(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW, repeat=WEEKLY)
    await change(sandbox, made.id, subject="Berth plan 2")
    with pytest.raises(ToolError) as refused:
        await sandbox.call(
            graph_update_event, event_id=made.id, version=made.version, repeat={"every": "week", "count": 2}
        )

    assert "conflict" == refused.value.code
    assert made.repeats == refused.value.details["current_recurrence"]
    assert 4 == len(await listed(sandbox))


async def test_a_series_that_cannot_be_read_is_a_gap_of_its_occurrence():
    def play(sent: Sent) -> Any:
        time = {"dateTime": "2030-05-06T08:00:00.0000000", "timeZone": "UTC"}
        if sent.path.endswith("/M1"):
            return 403, {"error": {"code": "ErrorAccessDenied", "message": "No."}}
        event = {"@odata.etag": 'W/"e"', "id": "O1", "seriesMasterId": "M1", "type": "occurrence"}
        return {**event, "subject": "Plan", "start": time, "end": time, "recurrence": None}

    read = await PlayedGraph(play).call(graph_get_event, event_id="O1", time_zone="UTC")

    assert "Plan" == read.subject
    assert read.repeats.startswith("unknown: ")
