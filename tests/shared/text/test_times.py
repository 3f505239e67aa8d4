"""Times as people name them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.errors import ToolError
from shared.text.time_zones import zone
from shared.text.times import Named, Span, gaps, hours, moment, span

LISBON, SEOUL = ZoneInfo("Europe/Lisbon"), ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 18, 20, 30, tzinfo=UTC)  # a Wednesday evening, and Thursday in Seoul


def local(text: str) -> datetime:
    """A time without an offset, as a person gives it."""
    return datetime.fromisoformat(text)


def utc(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "first", "after"),
    [
        ("today", 18, 19),
        ("tomorrow", 19, 20),
        ("this week", 16, 23),
        ("next week", 23, 30),
        ("next 7 days", 18, 25),
    ],
)
def test_a_name_is_a_whole_day_or_week(name: Named, first: int, after: int):
    assert Span(utc(first), utc(after)) == span(name, None, LISBON, now=NOW)


def test_days_are_those_of_the_time_zone():
    assert Span(utc(18, 15), utc(19, 15)) == span("today", None, SEOUL, now=NOW)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2026, 11, 20), None, Span(utc(20), utc(21))),
        (date(2026, 11, 20), date(2026, 11, 22), Span(utc(20), utc(23))),
        (local("2026-11-20T09:00"), None, Span(utc(20, 9), utc(21))),
        (local("2026-11-20T09:00"), local("2026-11-20T12:00"), Span(utc(20, 9), utc(20, 12))),
        (datetime(2026, 11, 20, 9, tzinfo=SEOUL), None, Span(utc(20, 0), utc(21))),
        ("today", "next week", Span(utc(18), utc(30))),
    ],
)
def test_a_window_ends_with_what_its_end_names(start: Any, end: Any, expected: Span):
    assert expected == span(start, end, LISBON, now=NOW)


def test_a_day_on_which_clocks_change_has_its_own_length():
    changed = span(date(2026, 10, 25), None, LISBON, now=NOW)

    assert timedelta(hours=25) == changed.length


@pytest.mark.parametrize("end", [date(2026, 11, 17), local("2026-11-18T00:00")])
def test_an_end_that_is_not_after_the_start_is_refused(end: date):
    with pytest.raises(ToolError) as refused:
        span("today", end, LISBON, now=NOW)

    assert ("invalid_argument", "end: is not after start.") == (refused.value.code, refused.value.message)


def test_a_time_without_offset_is_meant_in_the_zone_and_a_date_is_its_midnight():
    assert datetime(2026, 7, 1, 9, tzinfo=LISBON) == moment(local("2026-07-01T09:00"), LISBON)
    assert datetime(2026, 7, 1, 0, tzinfo=LISBON) == moment(date(2026, 7, 1), LISBON)
    assert "2026-07-01T10:00:00+01:00" == moment(datetime(2026, 7, 1, 9, tzinfo=UTC), LISBON).isoformat()


@pytest.mark.parametrize(
    "name", ["Atlantis/Capital", "../etc/passwd", "", "Europe", "Europe/Lisbon\0", "\ud800"]
)
def test_a_zone_that_is_none_is_refused(name: str):
    with pytest.raises(ToolError) as refused:
        zone(name)

    assert "invalid_argument" == refused.value.code
    assert refused.value.message.startswith("time_zone: ")


def test_hours_of_a_window_are_those_of_each_of_its_days():
    found = hours(Span(utc(18, 12), utc(20, 9)), LISBON, first=8, last=18)

    assert [Span(utc(18, 12), utc(18, 18)), Span(utc(19, 8), utc(19, 18)), Span(utc(20, 8), utc(20, 9))] == [
        *found
    ]


def test_hour_24_is_the_next_midnight_also_when_clocks_change():
    day = Span(datetime(2026, 10, 25, tzinfo=LISBON).astimezone(UTC), datetime(2026, 10, 26, tzinfo=UTC))

    assert [day] == [*hours(day, LISBON, first=0, last=24)]


def test_gaps_are_what_busy_times_leave_however_they_overlap():
    busy = [
        Span(utc(18, 12), utc(18, 13)),
        Span(utc(18, 9), utc(18, 11)),
        Span(utc(18, 10), utc(18, 10, 30)),
        Span(utc(18, 17), utc(18, 20)),
        Span(utc(17, 1), utc(18, 8)),
    ]

    found = gaps([Span(utc(18, 8), utc(18, 18))], busy, least=timedelta(minutes=60))

    assert [
        Span(utc(18, 8), utc(18, 9)),
        Span(utc(18, 11), utc(18, 12)),
        Span(utc(18, 13), utc(18, 17)),
    ] == [*found]
    assert [] == [*gaps([Span(utc(18, 9), utc(18, 11))], busy, least=timedelta(minutes=1))]
