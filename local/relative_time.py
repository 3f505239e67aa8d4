"""Parses times relative to today: `-1d 09:14` is yesterday at 09:14 in the organisation's zone.

`-1w 09:14` is on the last working day, as the calendar counts them.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from local.organisation import organisation

_SATURDAY = 5
_RELATIVE = re.compile(r"(?P<count>[+-]?\d+)(?P<unit>[dw]) (?P<hour>\d\d):(?P<minute>\d\d)")


def zone() -> ZoneInfo:
    """Returns the time zone the organisation lives in."""
    return ZoneInfo(organisation().document["time_zone"])


def at(relative: str, now: datetime) -> datetime:
    """Returns the moment a relative time means, in the organisation's zone.

    Raises:
        ValueError: The text is not of the form `-1d 09:14`.
    """
    match = _RELATIVE.fullmatch(relative)
    if match is None:
        raise ValueError(f"not a relative time such as '-1d 09:14': {relative!r}")
    count = int(match["count"])
    day = working_day(count, now) if match["unit"] == "w" else now.astimezone(zone()) + timedelta(days=count)
    return day.replace(hour=int(match["hour"]), minute=int(match["minute"]), second=0, microsecond=0)


def working_day(count: int, now: datetime) -> datetime:
    """Returns midnight of a working day: 0 is today, or the next working day if today is none."""
    day = now.astimezone(zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    step = 1 if count > 0 else -1
    while count:
        day += timedelta(days=step)
        if day.weekday() < _SATURDAY:
            count -= step
    return day
