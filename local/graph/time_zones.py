"""Resolves time zones by the names Outlook takes: Windows ones and IANA ones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from local.graph.errors import GraphError, bad_request
from local.graph.odata import Resource

_FIRST_YEAR, _LAST_YEAR = 1900, 2200
# Unicode CLDR, windowsZones.xml: the territory "001" of each Windows zone.
_IANA_NAME = {
    "UTC": "Etc/UTC",
    "GMT Standard Time": "Europe/London",
    "Greenwich Standard Time": "Atlantic/Reykjavik",
    "W. Europe Standard Time": "Europe/Berlin",
    "Central Europe Standard Time": "Europe/Budapest",
    "Central European Standard Time": "Europe/Warsaw",
    "Romance Standard Time": "Europe/Paris",
    "E. Europe Standard Time": "Europe/Chisinau",
    "FLE Standard Time": "Europe/Kyiv",
    "GTB Standard Time": "Europe/Bucharest",
    "Turkey Standard Time": "Europe/Istanbul",
    "Russian Standard Time": "Europe/Moscow",
    "Israel Standard Time": "Asia/Jerusalem",
    "South Africa Standard Time": "Africa/Johannesburg",
    "Arabian Standard Time": "Asia/Dubai",
    "India Standard Time": "Asia/Kolkata",
    "SE Asia Standard Time": "Asia/Bangkok",
    "China Standard Time": "Asia/Shanghai",
    "Singapore Standard Time": "Asia/Singapore",
    "Korea Standard Time": "Asia/Seoul",
    "Tokyo Standard Time": "Asia/Tokyo",
    "AUS Eastern Standard Time": "Australia/Sydney",
    "New Zealand Standard Time": "Pacific/Auckland",
    "Azores Standard Time": "Atlantic/Azores",
    "E. South America Standard Time": "America/Sao_Paulo",
    "Atlantic Standard Time": "America/Halifax",
    "Eastern Standard Time": "America/New_York",
    "Central Standard Time": "America/Chicago",
    "Mountain Standard Time": "America/Denver",
    "Pacific Standard Time": "America/Los_Angeles",
    "Alaskan Standard Time": "America/Anchorage",
    "Hawaiian Standard Time": "Pacific/Honolulu",
}
WINDOWS_NAME = {iana: windows for windows, iana in _IANA_NAME.items()} | {
    "Europe/Lisbon": "GMT Standard Time",
    "Europe/Rome": "W. Europe Standard Time",
    "Europe/Stockholm": "W. Europe Standard Time",
}


def zone(name: str) -> ZoneInfo:
    """Returns the zone with this Windows or IANA name.

    Raises:
        GraphError: There is none.
    """
    known = {windows.casefold(): iana for windows, iana in _IANA_NAME.items()}
    try:
        return ZoneInfo(known.get(name.casefold(), name))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise GraphError(
            400,
            "TimeZoneNotSupportedException",
            f"A valid TimeZone value is needed; '{name}' is none.",
        ) from error


def moment(value: Any) -> datetime:
    """Returns the moment a `dateTimeTimeZone` of a request means.

    Raises:
        GraphError: It is not one.
    """
    if not isinstance(value, dict) or not isinstance(value.get("dateTime"), str):
        raise bad_request("A dateTime and a timeZone are expected.", "ErrorInvalidRequest")
    local = parsed(value["dateTime"])
    if not _FIRST_YEAR <= local.year <= _LAST_YEAR:
        raise bad_request("The date is outside of what calendars hold.", "ErrorInvalidParameter")
    return local if local.tzinfo else local.replace(tzinfo=zone(str(value.get("timeZone") or "UTC")))


def parsed(text: str) -> datetime:
    """Returns a date and time of a request; it has a zone only if the text has one.

    Raises:
        GraphError: The text is not ISO 8601.
    """
    whole, dot, fraction = text.partition(".")
    digits = fraction[: len(fraction) - len(fraction.lstrip("0123456789"))]
    try:
        return datetime.fromisoformat(whole + (f".{digits[:6]}" if dot else "") + fraction[len(digits) :])
    except ValueError as error:
        raise GraphError(
            400, "ErrorInvalidParameter", f"The value '{text}' is not a valid date and time."
        ) from error


def written(when: datetime, name: str | None = None) -> Resource:
    """Renders a moment as a `dateTimeTimeZone` in this zone, or UTC: no offset, seven decimals."""
    local = when.astimezone(zone(name) if name else UTC)
    return {"dateTime": local.strftime("%Y-%m-%dT%H:%M:%S.0000000"), "timeZone": name or "UTC"}
