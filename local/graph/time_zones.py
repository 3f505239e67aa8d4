"""Resolves time zones by the names Outlook takes: those of Windows, and some of the tz database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tzlocal.windows_tz import win_tz

from local.graph.errors import GraphError, bad_request
from local.graph.odata import Resource

_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_IANA_NAME: dict[str, str] = win_tz
_ADDITIONAL = frozenset(
    {
        "Etc/GMT+12", "Etc/GMT+11", "Etc/GMT+2", "Etc/GMT", "Etc/GMT-12",
        *(f"Pacific/{name}" for name in (
            "Honolulu", "Port_Moresby", "Guadalcanal", "Auckland", "Fiji", "Tongatapu", "Apia", "Kiritimati",
        )),
        *(f"America/{name}" for name in (
            "Anchorage", "Santa_Isabel", "Los_Angeles", "Phoenix", "Chihuahua", "Denver", "Guatemala",
            "Chicago", "Mexico_City", "Regina", "Bogota", "New_York", "Indiana/Indianapolis", "Caracas",
            "Asuncion", "Halifax", "Cuiaba", "La_Paz", "Santiago", "St_Johns", "Sao_Paulo",
            "Argentina/Buenos_Aires", "Cayenne", "Godthab", "Montevideo", "Bahia",
        )),
        *(f"Atlantic/{name}" for name in ("Azores", "Cape_Verde", "Reykjavik")),
        *(f"Africa/{name}" for name in (
            "Casablanca", "Lagos", "Windhoek", "Cairo", "Johannesburg", "Nairobi",
        )),
        *(f"Europe/{name}" for name in (
            "London", "Berlin", "Budapest", "Paris", "Warsaw", "Bucharest", "Kyiv", "Kiev", "Istanbul",
            "Kaliningrad", "Moscow",
        )),
        "Indian/Mauritius",
        *(f"Asia/{name}" for name in (
            "Beirut", "Damascus", "Jerusalem", "Amman", "Baghdad", "Riyadh", "Tehran", "Dubai", "Baku",
            "Tbilisi", "Yerevan", "Kabul", "Karachi", "Toshkent", "Tashkent", "Kolkata", "Colombo",
            "Kathmandu", "Astana", "Almaty", "Dhaka", "Yekaterinburg", "Yangon", "Rangoon", "Bangkok",
            "Novosibirsk", "Shanghai", "Krasnoyarsk", "Singapore", "Taipei", "Ulaanbaatar", "Irkutsk",
            "Tokyo", "Seoul", "Yakutsk", "Vladivostok", "Magadan",
        )),
        *(f"Australia/{name}" for name in ("Perth", "Adelaide", "Darwin", "Brisbane", "Sydney", "Hobart")),
    }
)  # fmt: skip
"""Names besides those of Windows that a `dateTimeTimeZone` may have (its page lists no others)."""
# Spellings of the list that the tz database has under another name.
_SPELT = {"Asia/Toshkent": "Asia/Tashkent", "Asia/Astana": "Asia/Almaty", "Asia/Rangoon": "Asia/Yangon"}
WINDOWS_NAME = {iana: windows for windows, iana in _IANA_NAME.items()} | {
    "Europe/Lisbon": "GMT Standard Time",
    "Europe/Rome": "W. Europe Standard Time",
    "Europe/Stockholm": "W. Europe Standard Time",
}


def zone(name: str) -> ZoneInfo:
    """Returns the zone with this Windows name, or with one of the additional names of `dateTimeTimeZone`.

    Raises:
        GraphError: It is no such name: most IANA names are none.
    """
    if name in _ADDITIONAL:
        return ZoneInfo(_SPELT.get(name, name))
    return windows_zone(name)


def windows_zone(name: str) -> ZoneInfo:
    """Returns the zone with this Windows name, which is what settings of a mailbox hold.

    Raises:
        GraphError: There is none.
    """
    known = {windows.casefold(): iana for windows, iana in _IANA_NAME.items()}
    if name.casefold() not in known:
        raise GraphError(
            400,
            "TimeZoneNotSupportedException",
            "A valid TimeZone value must be specified. The following TimeZone value is not supported: "
            f"'{name}'.",
        )
    return ZoneInfo(known[name.casefold()])


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
