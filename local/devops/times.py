"""Writes times as Azure DevOps does: UTC, ending in Z, with as many decimals as there are digits."""

from __future__ import annotations

from datetime import UTC, date, datetime, time


def stamp(moment: datetime) -> str:
    """Returns a moment in the wire's form."""
    utc = moment.astimezone(UTC)
    fraction = f".{utc.microsecond:06d}".rstrip("0") if utc.microsecond else ""
    return f"{utc:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def parse(written: str) -> datetime:
    """Returns the moment somebody wrote down; without a zone it is UTC, without a time it is midnight.

    Raises:
        ValueError: It is not a date or a time in ISO form.
    """
    moment = datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def midnight(day: date) -> datetime:
    """Returns the start of a day in UTC, the zone in which iterations are kept."""
    return datetime.combine(day, time.min, UTC)
