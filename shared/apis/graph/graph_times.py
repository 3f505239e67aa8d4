"""Converts between moments and Graph's `dateTimeTimeZone`: a local time without offset, and a zone's name."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from shared.apis.models import GraphModel
from shared.errors import ToolError
from shared.text.time_zones import find_zone, windows_name

NEVER = "0001-01-01T"
"""How the services write a time that is not set: the first moment that .NET knows."""
_HALF_A_DAY = timedelta(hours=12)


class ZonedTime(GraphModel):
    """A `dateTimeTimeZone` as it is written."""

    date_time: datetime
    time_zone: str | None = None

    @property
    def moment(self) -> datetime:
        """Returns the moment it means.

        Unless another zone is preferred, responses are in UTC, where no local time is missing or there
        twice; a zone that nobody knows, such as one made by hand, is taken for UTC.
        """
        if self.date_time.tzinfo:
            return self.date_time.astimezone(UTC)
        return self.date_time.replace(tzinfo=self._zone).astimezone(UTC)

    @property
    def local(self) -> datetime:
        """Returns that moment by the clock it was written by, which tells the days of an all-day event."""
        return self.moment if self.date_time.tzinfo else self.moment.astimezone(self._zone)

    @property
    def _zone(self) -> ZoneInfo:
        return find_zone(self.time_zone or "UTC") or ZoneInfo("UTC")

    def day(self, zone: ZoneInfo) -> date:
        """Returns the day it stands for, such as the day a task is due.

        To Do keeps the midnight of whoever set it, in UTC: 24 October in Berlin is 22:00 of the 23rd. A
        midnight as written is the day itself; any other time is the nearest midnight of the user's zone.
        """
        if self.date_time.time() == time():
            return self.date_time.date()
        local = self.moment.astimezone(zone).replace(tzinfo=None)
        return (local + _HALF_A_DAY).date()


def _told(value: object) -> object:
    """Leaves a `dateTimeTimeZone` out that tells no time."""
    return value if not isinstance(value, dict) or value.get("dateTime") else None


def _moment(value: object) -> object:
    """Parses the moment a `dateTimeTimeZone` of a response means."""
    told = _told(value)
    return ZonedTime.model_validate(told).local if isinstance(told, dict) else told


ToldTime = Annotated[ZonedTime | None, BeforeValidator(_told)]
"""A `dateTimeTimeZone` as it is written, or None where there is none."""


def _moment_if_any(value: object) -> object:
    """Parses a `dateTimeTimeZone`; one without a time, or with the first moment there is, means none."""
    time_of = value.get("dateTime") if isinstance(value, dict) else value
    return None if not time_of or str(time_of).startswith(NEVER) else _moment(value)


GraphTime = Annotated[datetime, BeforeValidator(_moment)]
"""A `dateTimeTimeZone`, as the moment it means."""
GraphTimeIfAny = Annotated[datetime | None, BeforeValidator(_moment_if_any)]
"""A `dateTimeTimeZone` that may be empty."""


def zoned(moment: datetime, zone: ZoneInfo | None = None) -> dict[str, str]:
    """Writes a moment as a `dateTimeTimeZone`: local in the zone, where one is given, or else UTC.

    It is in UTC too where the zone has no Windows name, and in the hour that comes twice, of which a
    local time without offset cannot say which it means.
    """
    instant = moment.astimezone(UTC)
    name = windows_name(zone) if zone else None
    if zone and name:
        local = instant.astimezone(zone).replace(tzinfo=None, fold=0)
        if local.replace(tzinfo=zone).utcoffset() == local.replace(tzinfo=zone, fold=1).utcoffset():
            return {"dateTime": local.isoformat(), "timeZone": name}
    return {"dateTime": instant.replace(tzinfo=None).isoformat(), "timeZone": "UTC"}


def local(moment: datetime, zone: ZoneInfo) -> dict[str, str]:
    """Writes a moment as a `dateTimeTimeZone` by the clock of the zone, as events that repeat need it.

    Raises:
        ToolError: `invalid_argument`: Exchange has no such zone.
    """
    name = windows_name(zone)
    if name is None:
        raise ToolError(
            "invalid_argument",
            "time_zone: Exchange has no such zone, which events that repeat need.",
            "Give another zone with the same clock.",
        )
    return {"dateTime": moment.astimezone(zone).replace(tzinfo=None).isoformat(), "timeZone": name}


def whole_day(day: date, zone: ZoneInfo) -> dict[str, str]:
    """Writes a day as a `dateTimeTimeZone`: its midnight in the zone, by whatever clock."""
    return {"dateTime": datetime.combine(day, time()).isoformat(), "timeZone": windows_name(zone) or "UTC"}
