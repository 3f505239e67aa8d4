"""Resolves names of time zones, of the tz database (IANA) and of Windows, and converts between them."""

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.errors import ToolError

_UTC = "UTC"
# Names of UTC that the table of Windows zones lacks.
_OF_UTC = frozenset(
    {"etc/gmt", "etc/uct", "etc/utc", "etc/universal", "etc/zulu", "gmt", "uct", "utc", "zulu"}
)
# The table of Windows zones keeps names that the tz database has replaced (its file `backward`).
_RENAMED = {
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Godthab": "America/Nuuk",
    "America/Indianapolis": "America/Indiana/Indianapolis",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Europe/Kiev": "Europe/Kyiv",
}


def zone(name: str) -> ZoneInfo:
    """Resolves a time zone by its IANA name, or by its Windows name such as `W. Europe Standard Time`.

    Raises:
        ToolError: `invalid_argument`: there is none.
    """
    found = find_zone(name)
    if found is None:
        raise ToolError(
            "invalid_argument",
            "time_zone: is not the name of a time zone.",
            "Give an IANA name such as Europe/Lisbon or UTC.",
        )
    return found


@lru_cache(maxsize=1024)
def find_zone(name: str) -> ZoneInfo | None:
    """Resolves a time zone by its IANA or Windows name; None if there is none, as for zones made by hand."""
    if name.strip().casefold() in _OF_UTC:
        return ZoneInfo(_UTC)
    try:
        return ZoneInfo(name.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    from tzlocal.windows_tz import win_tz  # noqa: PLC0415 - only names of Windows need it

    known = {windows.casefold(): iana for windows, iana in win_tz.items()}
    found = known.get(name.strip().casefold())
    return ZoneInfo(_RENAMED.get(found, found)) if found else None


def windows_name(zone: ZoneInfo) -> str | None:
    """Returns the Windows name of a zone, as Exchange takes it; None if the zone has none."""
    if zone.key.casefold() in _OF_UTC:
        return _UTC
    from tzlocal.windows_tz import tz_win  # noqa: PLC0415 - only requests with times need it

    found: str | None = tz_win.get(zone.key)
    return found
