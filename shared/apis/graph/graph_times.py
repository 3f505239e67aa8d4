"""Converts between moments and Graph's `dateTimeTimeZone`: a local time without offset, and a zone's name."""

from datetime import UTC, date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator


def _moment(value: object) -> object:
    """The moment a `dateTimeTimeZone` of an answer means."""
    if not isinstance(value, dict):
        return value
    # Unless another zone is preferred, answers are in UTC, where no local time is missing or there twice.
    if value.get("timeZone") != "UTC":
        raise ValueError("is not in UTC")
    return datetime.fromisoformat(str(value.get("dateTime"))).replace(tzinfo=UTC)


def _day(value: object) -> object:
    """The day a `dateTimeTimeZone` means that stands for a day: the midnight of any zone."""
    return datetime.fromisoformat(str(value.get("dateTime"))).date() if isinstance(value, dict) else value


GraphTime = Annotated[datetime, BeforeValidator(_moment)]
"""A `dateTimeTimeZone`, as the moment it means."""
GraphDay = Annotated[date, BeforeValidator(_day)]
"""A `dateTimeTimeZone` that stands for a day, such as the day a task is due."""


def zoned(moment: datetime, zone: ZoneInfo | None = None) -> dict[str, str]:
    """Writes a moment as a `dateTimeTimeZone`: local in the zone, where one is given, or else UTC."""
    local = moment.astimezone(zone or UTC).replace(tzinfo=None)
    return {"dateTime": local.isoformat(), "timeZone": zone.key if zone else "UTC"}


def whole_day(day: date) -> dict[str, str]:
    """Writes a day as a `dateTimeTimeZone`."""
    return {"dateTime": datetime.combine(day, time()).isoformat(), "timeZone": "UTC"}
