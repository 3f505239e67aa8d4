"""Parses times relative to today: `-1d 09:14` is yesterday at 09:14 in the organisation's zone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from local.organisation import organisation

_RELATIVE = re.compile(r"(?P<days>[+-]?\d+)d (?P<hour>\d\d):(?P<minute>\d\d)")


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
    day = now.astimezone(zone()) + timedelta(days=int(match["days"]))
    return day.replace(hour=int(match["hour"]), minute=int(match["minute"]), second=0, microsecond=0)
