"""Resolves times as people name them, in the time zone they live in. Nothing here reads the clock."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from shared.errors import ToolError

Named = Literal["today", "tomorrow", "this week", "next week", "next 7 days"]
NAMES = "today, tomorrow, this week, next week, next 7 days"

_YEARS = range(1970, 2101)
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """Holds a time from its start up to, not including, its end; both in UTC."""

    start: datetime
    end: datetime

    def __bool__(self) -> bool:
        return self.start < self.end

    @property
    def length(self) -> timedelta:
        """Returns how long it is."""
        return self.end - self.start


def one_of(allowed: str) -> WrapValidator:
    """Returns a validator that says in one sentence which forms of time are allowed, and bounds the year."""

    def validate(value: object, check: ValidatorFunctionWrapHandler) -> object:
        try:
            when = check(_parsed(value) if isinstance(value, str) else None)
        except ValueError as error:
            raise PydanticCustomError("time", "Must be {allowed}", {"allowed": allowed}) from error
        if isinstance(when, date) and when.year not in _YEARS:
            raise PydanticCustomError("year", "Must be in a year from 1970 to 2100")
        return when

    return WrapValidator(validate)


def span(start: Named | date, end: Named | date | None, zone: ZoneInfo, *, now: datetime) -> Span:
    """Returns the time from the beginning of one thing to the end of another.

    Without an end it is the day, the days or the week that `start` names, and from a time of day to
    midnight.

    Args:
        start: A date, a time (in the zone if it has no offset), or a name.
        end: Likewise; the whole day or week it names is meant.
        zone: Whose days they are.
        now: What `today` is counted from.

    Raises:
        ToolError: `invalid_argument`: the end is not after the start.
    """
    begin, own_end = _bounds(start, zone, now)
    if end is not None:
        own_end = _bounds(end, zone, now)[1]
    elif own_end == begin:
        own_end = _midnight(begin.astimezone(zone).date() + _DAY, zone)
    found = Span(begin.astimezone(UTC), own_end.astimezone(UTC))
    if not found:
        raise ToolError("invalid_argument", "end: is not after start.", "Give an end that is after start.")
    return found


def moment(when: date, zone: ZoneInfo) -> datetime:
    """Returns a time in the zone; one without an offset was meant in it, and a date is its midnight."""
    if not isinstance(when, datetime):
        return _midnight(when, zone)
    return when.astimezone(zone) if when.tzinfo else when.replace(tzinfo=zone)


def in_zone[M: BaseModel](model: M, zone: ZoneInfo) -> M:
    """Returns the model with each of its own times in this zone."""
    times = {name: value.astimezone(zone) for name, value in model if isinstance(value, datetime)}
    return model.model_copy(update=times)


def hours(window: Span, zone: ZoneInfo, *, first: int, last: int) -> Iterator[Span]:
    """Yields the parts of a window between two hours of each day."""
    day = window.start.astimezone(zone).date()
    while (midnight := _midnight(day, zone)) < window.end:
        open_, close = (_at_hour(midnight, hour) for hour in (first, last))
        part = Span(max(open_, window.start), min(close, window.end))
        if part:
            yield part
        day += _DAY


def gaps(windows: Iterable[Span], busy: Iterable[Span], *, least: timedelta) -> Iterator[Span]:
    """Yields what is left of the windows between the busy times, where it is long enough."""
    taken = sorted(busy, key=lambda each: each.start)
    for window in windows:
        free_from = window.start
        for each in taken:
            if each.end > free_from and each.start < window.end:
                before = Span(free_from, each.start)
                if before and before.length >= least:
                    yield before
                free_from = max(free_from, each.end)
        after = Span(free_from, window.end)
        if after and after.length >= least:
            yield after


def _bounds(when: Named | date, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    match when:
        case datetime():
            return moment(when, zone), moment(when, zone)
        case date():
            first, length = when, _DAY
        case "today":
            first, length = today, _DAY
        case "tomorrow":
            first, length = today + _DAY, _DAY
        case "this week":
            first, length = monday, _WEEK
        case "next week":
            first, length = monday + _WEEK, _WEEK
        case "next 7 days":
            first, length = today, _WEEK
    return _midnight(first, zone), _midnight(first + length, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _at_hour(midnight: datetime, hour: int) -> datetime:
    """Returns the hour of a day, whatever its clock does; 24 is the next midnight. In UTC."""
    return (midnight + timedelta(hours=hour)).astimezone(UTC)


def _parsed(text: str) -> date | str:
    """Parses an ISO 8601 text; any other text comes back."""
    if not _ISO_DATE.match(text):
        return text
    return datetime.fromisoformat(text) if len(text) > len("2026-11-21") else date.fromisoformat(text)
