"""Parses times as Azure DevOps writes them."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator

_UNSET_YEAR = 1


def _time(value: object) -> object:
    """Returns a time in UTC where it has no zone, and None where the service means that there is none."""
    if value == "":
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value
    if not isinstance(moment, datetime):
        return value
    if moment.year == _UNSET_YEAR:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


type ServiceTime = Annotated[AwareDatetime | None, BeforeValidator(_time)]
"""A time of the service; one that is not set, for which it writes 0001-01-01 or an empty text, is None."""
