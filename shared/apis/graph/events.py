"""Builds the properties of events that are written. Nothing here does I/O."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.apis.graph.graph_times import ZonedTime, whole_day, zoned
from shared.errors import ToolError
from shared.text.times import moment

_SHORTEST = timedelta(minutes=30)
_DAY = timedelta(days=1)


def event_properties(
    *, subject: str | None, location: str | None, attendees: Sequence[str] | None, body: str | None
) -> dict[str, Any]:
    """Returns the properties of an event to set, except its times; None leaves a property as it is."""
    wanted = {
        "subject": subject,
        "location": None if location is None else {"displayName": location},
        "attendees": None if attendees is None else invited(attendees),
        "body": None if body is None else {"contentType": "text", "content": body},
    }
    return {name: value for name, value in wanted.items() if value is not None}


def event_times(start: date, end: date | None, zone: ZoneInfo) -> dict[str, Any]:
    """Returns start and end of an event, all-day if they are dates; the last day is part of it.

    Without an end it is half an hour, or one day.

    Raises:
        ToolError: `invalid_argument`: the end has another form than the start, or is before it.
    """
    all_day = not isinstance(start, datetime)
    if end is None:
        end = start if all_day else start + _SHORTEST
    if all_day == isinstance(end, datetime):
        raise ToolError(
            "invalid_argument",
            "end: has not the form of start.",
            "Give two times, or for an all-day event two dates.",
        )
    # In UTC, as two times of one zone are compared by their clock, which goes back once a year.
    begins, ends = moment(start, zone).astimezone(UTC), moment(end, zone).astimezone(UTC)
    if ends < begins:
        raise ToolError("invalid_argument", "end: is before start.", "Give an end that is not before start.")
    if all_day:
        return {"start": whole_day(start, zone), "end": whole_day(end + _DAY, zone), "isAllDay": True}
    return {"start": zoned(begins, zone), "end": zoned(ends, zone), "isAllDay": False}


def invited(addresses: Sequence[str]) -> list[dict[str, Any]]:
    """Returns attendees who are to come."""
    return [{"type": "required", "emailAddress": {"address": each}} for each in addresses]


def replace_attendees(
    present: Sequence[Mapping[str, Any]], addresses: Sequence[str], *, keep_rooms: bool
) -> list[dict[str, Any]]:
    """Returns the attendees after a change; whoever stays is written back as they were.

    A written collection takes the place of the old one, types and answers included.

    Args:
        present: The attendees as Graph has them.
        addresses: Of all who are to be invited.
        keep_rooms: Whether rooms and other resources stay that are not among the addresses.
    """
    held = {address_of(each): dict(each) for each in present}
    wanted = dict.fromkeys(each.casefold() for each in addresses)
    given = {each.casefold(): each for each in reversed(addresses)}
    rooms = [name for name, each in held.items() if each.get("type") == "resource" and name not in wanted]
    kept = [held[name] if name in held else invited([given[name]])[0] for name in wanted]
    return kept + ([held[name] for name in rooms] if keep_rooms else [])


def address_of(attendee: Mapping[str, Any]) -> str:
    """Returns the address of an attendee in lower case, by which two are the same."""
    return str((attendee.get("emailAddress") or {}).get("address") or "").casefold()


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
            case _:
                return str(value)

    return {name: told(name, value) for name, value in properties.items() if name != "isAllDay"}
