"""Defines parameters that several tools share, with their bounds and what a model needs to know."""

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shared.text import time_zones, times

Reference = Annotated[str, Field(min_length=1, max_length=2_000)]
"""A numbered thing by its number, or by the name or address people have for it."""


def number_of(reference: str) -> int | None:
    """Returns the number a reference is, or None when it is a name or an address."""
    return int(reference) if re.fullmatch("[0-9]{1,10}", reference) else None


def _scalar(value: object) -> object:
    if not isinstance(value, str | int | float):
        raise PydanticCustomError("scalar", "Must be a text, a number, true or false")
    return value


Scalar = Annotated[Any, AfterValidator(_scalar)]
"""A value whose type the service knows: no type here, so that no client changes it into another."""


PageSize = Annotated[int, Field(ge=1, le=100, description="Items at most.")]
Cursor = Annotated[
    str | None,
    Field(max_length=8_000, description="next_cursor of the page before."),
]
Offset = Annotated[
    int,
    Field(ge=0, description="next_offset of the result before."),
]
Id = Annotated[str, Field(min_length=1, max_length=1_000)]


def unescaped(version: str) -> str:
    r"""Returns a version whose quotes are written `\"`, as in the JSON it was read from, without these.

    Inside of an ETag there is no quote (RFC 9110, 8.8.3).
    """
    return version.replace('\\"', '"')


Version = Annotated[
    str,
    Field(
        min_length=1,
        max_length=500,
        pattern="^[ -~]+$",
        description="version of the item as last read; refused if it has changed since.",
    ),
    AfterValidator(unescaped),
]
Organization = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=100,
        description="Default: yours.",
    ),
]
Project = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=100,
        description="Default: yours.",
    ),
]
_ZoneName = Annotated[
    str, Field(min_length=1, max_length=64), AfterValidator(lambda name: time_zones.zone(name).key)
]
TimeZone = Annotated[
    _ZoneName | None,
    Field(
        description="Time zone (IANA or Windows) of times without an offset and of the result; left out, "
        "yours."
    ),
]
When = Annotated[
    times.Named | datetime | date,
    times.one_of(f"a date (2026-11-21), a time (2026-11-21T09:30 or with an offset), or {times.NAMES}"),
]
"""A date, a time, or a name such as `today`."""
Start = Annotated[When, Field(description=f"Where to begin: a date, a time, {times.NAMES}.")]
End = Annotated[
    When | None,
    Field(description="The last day (inclusive), or a time; left out, the end of what start names."),
]
DayOrTime = Annotated[
    datetime | date,
    times.one_of("a time (2026-11-21T09:30 or with an offset) or a date (2026-11-21)"),
]
RecentDay = Annotated[
    Literal["today", "yesterday"] | datetime | date,
    times.one_of("a date (2026-11-21), a time (2026-11-21T09:30 or with an offset), today or yesterday"),
]
"""When something came: a date, a time, or the name of a day."""


def day_meant(when: str | date, zone: ZoneInfo) -> date:
    """Returns the day or time that a `RecentDay` means."""
    if isinstance(when, date):
        return when
    return datetime.now(zone).date() - timedelta(days=1 if when == "yesterday" else 0)


def day_after(when: date) -> date:
    """Returns the day after a day; a time is its own end."""
    return when if isinstance(when, datetime) else when + timedelta(days=1)


Day = Annotated[date, times.one_of("a date (2026-11-21)")]
Address = Annotated[str, Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$", max_length=254)]
"""An email address, bare."""
