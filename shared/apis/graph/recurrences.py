"""Builds the recurrences of series of events, and tells them in words. Nothing here does I/O."""

import calendar
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationError

from shared.apis.models import GraphModel
from shared.errors import ToolError

type Unit = Literal["day", "week", "month", "year"]
type Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
type Nth = Literal["first", "second", "third", "fourth", "last"]

_WEEKDAYS: Sequence[Weekday] = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_INDEX: Sequence[Nth] = ("first", "second", "third", "fourth")
_UNITS = {
    "daily": "day",
    "weekly": "week",
    "absoluteMonthly": "month",
    "relativeMonthly": "month",
    "absoluteYearly": "year",
    "relativeYearly": "year",
}
_MONTHS = dict(enumerate(calendar.month_name))
_DAY = timedelta(days=1)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SEARCHED_DAYS = 366
"""How far from a day the first one of a pattern is looked for."""


class _Pattern(GraphModel):
    type: str | None = None
    interval: int | None = None
    days_of_week: list[str] | None = None
    day_of_month: int | None = None
    month: int | None = None
    index: str | None = None


def _day_or_none(value: object) -> object:
    """Leaves a date out that is none, such as an empty text."""
    return value if not isinstance(value, str) or _DATE.match(value) else None


class _Range(GraphModel):
    type: str | None = None
    start_date: Annotated[date | None, BeforeValidator(_day_or_none)] = None
    end_date: str | None = None
    number_of_occurrences: int | None = None
    recurrence_time_zone: str | None = None


class Recurrence(GraphModel):
    """A `patternedRecurrence` as Graph has it: also with properties that its type does not use."""

    pattern: _Pattern | None = None
    range: _Range | None = None

    @property
    def unit(self) -> str | None:
        """Returns what passes between two occurrences; None if that is not known."""
        return _UNITS.get((self.pattern.type if self.pattern else None) or "")

    def in_words(self) -> str:
        """Returns it as people say it, such as `every 2 weeks on Monday, from 2026-09-07, 10 times`."""
        pattern, limits = self.pattern or _Pattern(), self.range or _Range()
        unit = self.unit
        if unit is None:
            return "in a way that is not known here"
        interval, count = pattern.interval or 1, limits.number_of_occurrences
        every = f"every {unit}" if interval == 1 else f"every {interval} {unit}s"
        ends = {
            "endDate": f", until {limits.end_date or 'a day that is not told'}",
            "numbered": ", once" if count == 1 else f", {count or 'an unknown number of'} times",
        }
        begins = f", from {limits.start_date}" if limits.start_date else ""
        return f"{every}{_days(pattern)}{begins}{ends.get(limits.type or '', ', without an end')}"


def in_words(recurrence: object) -> object:
    """Tells a `patternedRecurrence` of a response in words; anything else is left for the validation."""
    if not isinstance(recurrence, dict):
        return recurrence
    try:
        return Recurrence.model_validate(recurrence).in_words()
    except ValidationError:
        return Recurrence().in_words()


def _days(pattern: _Pattern) -> str:
    names = " and ".join(each.capitalize() for each in pattern.days_of_week or ())
    month = _MONTHS.get(pattern.month or 0, "")
    # The first is meant where none is told (recurrencePattern resource type).
    nth = f" on the {pattern.index or 'first'} {names}" if names else ""
    match pattern.type:
        case "weekly":
            return f" on {names}" if names else ""
        case "absoluteMonthly":
            return f" on day {pattern.day_of_month}" if pattern.day_of_month else ""
        case "relativeMonthly":
            return nth
        case "absoluteYearly":
            return f" on {pattern.day_of_month} {month}" if pattern.day_of_month and month else ""
        case "relativeYearly":
            return f"{nth} of {month}" if nth and month else nth
    return ""


def recurrence_pattern(
    unit: Unit, *, interval: int, days: Sequence[Weekday], nth: Nth | None, first: date
) -> dict[str, Any]:
    """Returns a `recurrencePattern` with the properties of its type and no others, which Graph refuses.

    Args:
        unit: What passes between two occurrences, `interval` times.
        interval: How many.
        days: On which weekdays; none means that of the first day.
        nth: Which of these in a month; None means its date.
        first: The day of the first occurrence.

    Raises:
        ToolError: `invalid_argument`: days and nth are not for such a unit, or the first day is none of
            them.
    """
    if days and not (unit == "week" or nth):
        raise _wrong(
            "days", f"is not for a repetition by {unit}.", "Repeat by week, or give nth for a month or year."
        )
    if nth and unit not in ("month", "year"):
        raise _wrong("nth", f"is not for a repetition by {unit}.", "Leave it out.")
    wanted = tuple(dict.fromkeys(days)) or (_WEEKDAYS[first.weekday()],)
    _check_first(first, unit, wanted, nth)
    month = {"month": first.month} if unit == "year" else {}
    by_day = {"daysOfWeek": list(wanted), "index": nth}
    match unit:
        case "day":
            return {"type": "daily", "interval": interval}
        case "week":
            week = {"daysOfWeek": list(wanted), "firstDayOfWeek": "monday"}
            return {"type": "weekly", "interval": interval, **week}
    suffix = "Monthly" if unit == "month" else "Yearly"
    if nth:
        return {"type": f"relative{suffix}", "interval": interval, **by_day, **month}
    return {"type": f"absolute{suffix}", "interval": interval, "dayOfMonth": first.day, **month}


def recurrence_range(*, first: date, until: date | None, count: int | None, zone_name: str) -> dict[str, Any]:
    """Returns a `recurrenceRange`; without a last day and a count it has no end.

    Raises:
        ToolError: `invalid_argument`: there are both, or the last day is before the first.
    """
    if until and count:
        raise _wrong("count", "is given together with until.", "Give one of them.")
    if until and until < first:
        raise _wrong("until", f"is before the first day, {first}.", "Give a later day.")
    limits: dict[str, Any] = {"startDate": first.isoformat(), "recurrenceTimeZone": zone_name}
    if until:
        return {"type": "endDate", "endDate": until.isoformat(), **limits}
    if count:
        return {"type": "numbered", "numberOfOccurrences": count, **limits}
    return {"type": "noEnd", **limits}


def _check_first(first: date, unit: Unit, days: Sequence[Weekday], nth: Nth | None) -> None:
    """Refuses a first day the pattern does not have: Exchange would begin on another one, or count it too."""
    if unit == "day" or (not nth and unit != "week"):
        return
    candidates = (first + _DAY * count for count in range(_SEARCHED_DAYS))
    fits = next(each for each in candidates if _is_one_of(each, days, nth))
    if fits != first:
        raise _wrong(
            "days",
            f"the first event would be on {_day(first)}, which is none of them.",
            f"Begin on a day of the repetition; the next is {_day(fits)}.",
        )


def _day(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()].capitalize()}, {day}"


def _is_one_of(day: date, days: Sequence[Weekday], nth: Nth | None) -> bool:
    if _WEEKDAYS[day.weekday()] not in days:
        return False
    if nth is None:
        return True
    last = calendar.monthrange(day.year, day.month)[1]
    all_such = [
        each
        for each in (day.replace(day=number) for number in range(1, last + 1))
        if _WEEKDAYS[each.weekday()] in days
    ]
    return all_such[-1 if nth == "last" else _INDEX.index(nth)] == day


def _wrong(name: str, what: str, remedy: str) -> ToolError:
    return ToolError("invalid_argument", f"repeat.{name}: {what}", remedy)
