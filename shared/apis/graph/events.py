"""Builds the properties of events that are written. Nothing here does I/O."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.apis.graph.graph_times import ZonedTime, local, whole_day, zoned
from shared.apis.graph.recurrences import in_words
from shared.errors import ToolError
from shared.text.times import moment

_SHORTEST = timedelta(minutes=30)
_DAY = timedelta(days=1)


ONLINE: Mapping[str, Any] = {"isOnlineMeeting": True, "onlineMeetingProvider": "teamsForBusiness"}
"""What makes an event a meeting in Teams."""


def event_properties(
    *, subject: str | None, location: str | None, room: str | None, body: str | None
) -> dict[str, Any]:
    """Returns the properties of an event to set, except times and people; None leaves one as it is.

    A room is the place of an event too, with the location as its name.
    """
    place = {"displayName": location or room or "", **({"locationEmailAddress": room} if room else {})}
    wanted = {
        "subject": subject,
        "location": None if location is None and room is None else place,
        "body": None if body is None else {"contentType": "text", "content": body},
    }
    return {name: value for name, value in wanted.items() if value is not None}


def event_times(start: date, end: date | None, zone: ZoneInfo, *, repeats: bool = False) -> dict[str, Any]:
    """Returns start and end of an event, all-day if they are dates; the last day is part of it.

    Without an end it is half an hour, or one day. What repeats does so by the clock of the zone.

    Raises:
        ToolError: `invalid_argument`: the end has another form than the start, or is before it.
    """
    all_day = not isinstance(start, datetime)
    begins = moment(start, zone).astimezone(UTC)
    if end is None:
        # By UTC: half an hour of the clock can be none, or more, where it goes forward or back.
        end = start if all_day else begins + _SHORTEST
    if all_day == isinstance(end, datetime):
        raise ToolError(
            "invalid_argument",
            "end: has not the form of start.",
            "Give two times, or for an all-day event two dates.",
        )
    # In UTC, as two times of one zone are compared by their clock, which goes back once a year.
    ends = moment(end, zone).astimezone(UTC)
    if ends < begins:
        raise ToolError("invalid_argument", "end: is before start.", "Give an end that is not before start.")
    if all_day:
        return {"start": whole_day(start, zone), "end": whole_day(end + _DAY, zone), "isAllDay": True}
    write = local if repeats else zoned
    return {"start": write(begins, zone), "end": write(ends, zone), "isAllDay": False}


def first_day(times: Mapping[str, Any]) -> date:
    """Returns the day on which written times begin, by the clock of their zone."""
    return datetime.fromisoformat(times["start"]["dateTime"]).date()


def readable(properties: Mapping[str, Any], zone: ZoneInfo) -> dict[str, str]:
    """Returns properties of an event as people read them; the times show `isAllDay`."""

    def told(name: str, value: Any) -> str:
        match name:
            case "start" | "end":
                return ZonedTime.model_validate(value).moment.astimezone(zone).isoformat()
            case "location":
                return str(value["displayName"])
            case "attendees":
                return ", ".join(sorted(each["emailAddress"]["address"].casefold() for each in value))
            case "body":
                return str(value["content"])
            case "recurrence":
                return str(in_words(value))
            case _:
                return str(value)

    return {name: told(name, value) for name, value in properties.items() if name != "isAllDay"}
