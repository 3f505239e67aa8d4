"""Represents HTTP requests and responses as plain data, so that protocol code needs no HTTP client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from shared.errors import ToolError


@dataclass(frozen=True, slots=True)
class Request:
    """Describes a request; `json` or `content` is its body. No repr shows its headers, which hold a token.

    `reads` marks a POST that changes nothing, such as a search; a GET needs no mark. `template` is
    the URL's path with `{}` for each id, for traces; None where it is unknown. `handed_out` says that a
    service named the host, not a setting: it is reached at public addresses alone.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Any = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    reads: bool = False
    template: str | None = None
    handed_out: bool = False

    @property
    def is_repeatable(self) -> bool:
        """Tells whether the request may be sent again although it may have been carried out."""
        return self.reads or self.method == "GET"


@dataclass(frozen=True, slots=True)
class Response:
    """Holds a response read to its end: status, headers (case-insensitive) and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def is_server_error(response: Response) -> bool:
    """Tells whether the status is one of the server's own errors (RFC 9110, 15.6)."""
    return response.status >= 500


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Returns the seconds of the `Retry-After` header: a number, or a date (RFC 9110, 10.2.3).

    Graph sends fractions (Microsoft Graph throttling guidance). None where the header is absent
    or unusable.
    """
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        seconds = _until(value)
    return seconds if 0 <= seconds < float("inf") else None


def is_readable_encoding(headers: Mapping[str, str]) -> bool:
    """Tells whether a body is encoded as was asked for: by gzip once, or not at all (RFC 9110, 8.4).

    Encodings within each other multiply: 800 bytes can become 800 MB before anybody counts them.
    """
    return headers.get("content-encoding", "").strip().casefold() in ("", "identity", "gzip")


def unsafe_address(service: str) -> ToolError:
    """Returns the failure of an address that a service named and that is not to be used."""
    return ToolError(
        "upstream_error",
        f"{service} gave an address that is not safe.",
        "Try again in a moment; if it goes on, the administrator compares TRUSTED_HOSTS with the host in the "
        "server's log.",
        reason="unsafe_address",
    )


def _until(date: str) -> float:
    try:
        moment = parsedate_to_datetime(date)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return -1.0
