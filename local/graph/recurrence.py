"""Reads recurrences of series as Exchange does, and tells the days they have."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from local.graph.errors import GraphError, bad_request
from local.graph.odata import Resource

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_INDEX = ("first", "second", "third", "fourth", "last")
# What a pattern of each type has, and what of it may be left out.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "daily": ("interval",),
    "weekly": ("interval", "daysOfWeek", "firstDayOfWeek"),
    "absoluteMonthly": ("interval", "dayOfMonth"),
    "relativeMonthly": ("interval", "daysOfWeek", "index"),
    "absoluteYearly": ("interval", "dayOfMonth", "month"),
    "relativeYearly": ("interval", "daysOfWeek", "month", "index"),
}
_DEFAULTS = {"index": "first", "firstDayOfWeek": "sunday"}
_LIMITS = {"endDate": "endDate", "numbered": "numberOfOccurrences", "noEnd": None}
_NO_DAY = "0001-01-01"
_LAST_DAY = date(2200, 1, 1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Recurrence:
    """Holds on which days a series has events."""

    type: str
    interval: int
    days: tuple[str, ...]
    day_of_month: int
    month: int
    index: str
    week_begins: str
    first: date
    until: date | None
    count: int | None
    zone_name: str

    def all_days(self) -> Iterator[date]:
        """Yields the days of the series, the first one first."""
        found = 0
        for day in self._pattern_days():
            if day > (self.until or _LAST_DAY) or (self.count is not None and found >= self.count):
                return
            if day >= self.first:
                found += 1
                yield day

    def written(self) -> Resource:
        """Returns it as responses have it, with what its type does not need too."""
        pattern = {
            "type": self.type,
            "interval": self.interval,
            "month": self.month,
            "dayOfMonth": self.day_of_month,
            "daysOfWeek": list(self.days),
            "firstDayOfWeek": self.week_begins,
            "index": self.index,
        }
        kind = "endDate" if self.until else "numbered" if self.count is not None else "noEnd"
        limits = {
            "type": kind,
            "startDate": self.first.isoformat(),
            "endDate": self.until.isoformat() if self.until else _NO_DAY,
            "recurrenceTimeZone": self.zone_name,
            "numberOfOccurrences": self.count or 0,
        }
        return {"pattern": pattern, "range": limits}

    def _pattern_days(self) -> Iterator[date]:
        if self.type == "daily":
            day = self.first
            while day <= _LAST_DAY:
                yield day
                day += _DAY * self.interval
        elif self.type == "weekly":
            yield from self._weekly()
        else:
            yield from self._monthly(12 if "Yearly" in self.type else 1)

    def _weekly(self) -> Iterator[date]:
        begins = WEEKDAYS.index(self.week_begins)
        week = self.first - _DAY * ((self.first.weekday() - begins) % 7)
        while week <= _LAST_DAY:
            days = (week + _DAY * count for count in range(7))
            yield from (day for day in days if WEEKDAYS[day.weekday()] in self.days)
            week += _DAY * 7 * self.interval

    def _monthly(self, months: int) -> Iterator[date]:
        year, month = self.first.year, self.month or self.first.month
        while year < _LAST_DAY.year:
            yield self._day_in(year, month)
            years, zero_based = divmod(month - 1 + months * self.interval, 12)
            year, month = year + years, zero_based + 1

    def _day_in(self, year: int, month: int) -> date:
        last = calendar.monthrange(year, month)[1]
        if self.type.startswith("absolute"):
            return date(year, month, min(self.day_of_month, last))
        days = [date(year, month, number) for number in range(1, last + 1)]
        such = [day for day in days if WEEKDAYS[day.weekday()] in self.days]
        return such[-1] if self.index == "last" else such[_INDEX.index(self.index)]


def read_recurrence(given: Resource | None, first: date, zone_name: str) -> Recurrence | None:
    """Returns the recurrence of a request; None is none.

    Args:
        given: A `patternedRecurrence`.
        first: The day of the event's start, by the clock of its zone.
        zone_name: Of its zone.

    Raises:
        GraphError: It is not one, or does not begin with the event.
    """
    if given is None:
        return None
    pattern, limits = _part(given, "pattern"), _part(given, "range")
    kind, limit = str(pattern.get("type")), limits.get("type")
    if kind not in _NEEDS or limit not in _LIMITS:
        wrong = kind if kind not in _NEEDS else limit
        raise bad_request(f"Requested value '{wrong}' was not found.", "RequestBodyRead")
    if unneeded := pattern.keys() - {"type", *_NEEDS[kind]}:
        raise _invalid(f"{', '.join(sorted(unneeded))} is not supported by the pattern {kind}.")
    values = {**_DEFAULTS, **pattern}
    if missing := [name for name in _NEEDS[kind] if values.get(name) is None]:
        raise _invalid(f"{', '.join(missing)} is required by the pattern {kind}.")
    _check_values(values, _NEEDS[kind])
    if limits.get("startDate") != first.isoformat():
        raise _invalid("The start date of the range must be the date of the event's start.")
    until, count = _limit(limits, first)
    return Recurrence(
        type=kind,
        interval=values["interval"],
        days=tuple(values.get("daysOfWeek") or ()),
        day_of_month=values.get("dayOfMonth") or 0,
        month=values.get("month") or 0,
        index=values["index"],
        week_begins=values["firstDayOfWeek"],
        first=first,
        until=until,
        count=count,
        zone_name=limits.get("recurrenceTimeZone") or zone_name,
    )


def _check_values(values: Mapping[str, Any], needed: tuple[str, ...]) -> None:
    bounds = {"interval": 99, "dayOfMonth": 31, "month": 12}
    for name in (name for name in bounds if name in needed):
        value = values[name]
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= bounds[name]:
            raise _invalid(f"{name} is not from 1 to {bounds[name]}.")
    days = values.get("daysOfWeek") if "daysOfWeek" in needed else ["monday"]
    if not isinstance(days, list) or not days or not {*map(str, days)} <= {*WEEKDAYS}:
        raise _invalid("daysOfWeek holds no days of the week.")
    if values["index"] not in _INDEX or values["firstDayOfWeek"] not in WEEKDAYS:
        raise bad_request("Requested value was not found.", "RequestBodyRead")


def _limit(limits: Resource, first: date) -> tuple[date | None, int | None]:
    value = limits.get(_LIMITS[limits["type"]] or "")
    if limits["type"] == "numbered":
        if not isinstance(value, int) or value < 1:
            raise _invalid("numberOfOccurrences is not positive.")
        return None, value
    if limits["type"] == "endDate":
        try:
            until = date.fromisoformat(str(value))
        except ValueError as error:
            raise _invalid("endDate is not a date.") from error
        if until < first:
            raise _invalid("endDate is before startDate.")
        return until, None
    return None, None


def _part(given: Resource, name: str) -> Resource:
    part = given.get(name)
    if not isinstance(part, dict):
        raise _invalid(f"A recurrence needs a {name}.")
    return {key: value for key, value in part.items() if "@" not in key}


def _invalid(message: str) -> GraphError:
    return GraphError(400, "ErrorPropertyValidationFailure", message)
