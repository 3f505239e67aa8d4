"""A request and an answer as plain data: what knows how to ask and to read needs no HTTP client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """What to send; `json` or `content` is its body. Its headers hold a token, so no repr shows them.

    `reads` says of a POST that it changes nothing, as a search; of a GET that is understood. `template` is
    the address' path with `{}` for each id, for traces; None where nobody knows.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Any = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    reads: bool = False
    template: str | None = None

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be sent again when nobody knows how far it came."""
        return self.reads or self.method == "GET"


@dataclass(frozen=True, slots=True)
class Response:
    """A response read to its end: status, headers (case-insensitive) and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of the `Retry-After` header: a number, fractional too, or a date (RFC 9110, 10.2.3).

    Graph sends fractions (Microsoft Graph throttling guidance). None where the header is absent
    or says nothing usable.
    """
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        seconds = _until(value)
    return seconds if 0 <= seconds < float("inf") else None


def _until(date: str) -> float:
    try:
        moment = parsedate_to_datetime(date)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return -1.0
