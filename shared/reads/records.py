"""Turns what a service returned into records: without its noise, texts as text, in their envelope."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from shared.apis.graph.graph_times import ZonedTime
from shared.errors import ToolError
from shared.reads.read_index import RecordType
from shared.text.content import Quoted, quote
from shared.text.html import html_to_text

LONG_TEXT = 300
"""Characters from which on a text is somebody's writing rather than a name: it comes in its envelope."""
TEXT_LIMIT = 4_000
"""Characters of one text of a record."""
FEW = 12
"""Properties of a record of a list where none are chosen."""
_DEEPEST = 8
_MOST_ITEMS = 100
"""Items of a list inside a record."""
_HTML = re.compile(
    r"<(html|body|div|p|br|span|table|ul|ol|li|a|b|i|strong|em|h[1-6]|img)\b[^>]*>", re.IGNORECASE
)
_API_ADDRESS = re.compile(r"^https?://[^\s]*(/_apis/|/v1\.0/)", re.IGNORECASE)
_NOISE = frozenset({"_links", "contentBytes", "changeKey", "conversationIndex", "eTag", "cTag", "imageUrl"})
_FIRST = (
    "id", "displayName", "name", "subject", "title", "topic", "userPrincipalName", "mail", "state", "status",
    "result", "start", "end", "from", "createdDateTime", "lastModifiedDateTime", "createdDate",
    "webUrl", "webLink",
)  # fmt: skip
"""Properties that tell what a record is, the most telling first."""
_HEAVY = frozenset({"body", "uniqueBody", "bodyPreview", "content"})


def record(
    document: Any, *, zone: ZoneInfo, origin: str, chosen: Sequence[str] | None = None
) -> dict[str, Any]:
    """Returns a record of what a service returned.

    Args:
        document: The JSON.
        zone: Of the times that the service writes without offset.
        origin: Whose texts these are, for their envelope.
        chosen: The properties wanted; None for all.
    """
    found = _tidy(document if isinstance(document, dict) else {"value": document}, zone, origin, _DEEPEST)
    if not isinstance(found, dict):
        found = {"value": found}
    if chosen is None:
        return found
    wanted = {name.partition("/")[0].casefold() for name in chosen}
    return {name: value for name, value in found.items() if name.casefold() in wanted}


def few(names: Iterable[str], described: RecordType) -> list[str]:
    """Returns the properties that say most of an item of a list, of those it has."""
    there = list(dict.fromkeys(names))
    plain = [name for name in there if described.properties.get(name, "").partition("(")[0] != "Collection"]
    telling = [name for name in _FIRST if name in there]
    rest = [name for name in plain if name not in telling and name not in _HEAVY]
    return [*telling, *rest][:FEW]


def _tidy(value: Any, zone: ZoneInfo, origin: str, depth: int) -> Any:
    match value:
        case str():
            return _text(value, origin)
        case {"contentType": str(kind), "content": str(content)}:
            return _envelope(html_to_text(content).text if kind.casefold() == "html" else content, origin)
        case {"dateTime": str(), "timeZone": _}:
            return _moment(value, zone)
        case dict() if depth:
            return {
                name: _tidy(each, zone, origin, depth - 1)
                for name, each in value.items()
                if not _is_noise(name, each, value)
            }
        case list() if depth:
            kept = [_tidy(each, zone, origin, depth - 1) for each in value[:_MOST_ITEMS]]
            left_out = len(value) - len(kept)
            return [*kept, f"… {left_out} more"] if left_out else kept
        case dict() | list():
            return "… (nested too deep)"
        case _:
            return value


def _is_noise(name: str, value: Any, beside: Mapping[str, Any]) -> bool:
    if value is None or value in ("", [], {}) or "@odata." in name or name in _NOISE:
        return True
    if name.casefold() in ("url", "href"):
        return any(other in beside for other in ("webUrl", "webLink")) or bool(_API_ADDRESS.match(str(value)))
    return False


def _text(value: str, origin: str) -> Any:
    if _HTML.search(value):
        value = html_to_text(value).text
    return _envelope(value, origin) if len(value) > LONG_TEXT or "\n" in value.strip() else value


def _envelope(text: str, origin: str) -> dict[str, Any]:
    quoted: Quoted = quote(text, origin, limit=TEXT_LIMIT)
    return quoted.model_dump(mode="json")


def _moment(value: Mapping[str, Any], zone: ZoneInfo) -> Any:
    try:
        return ZonedTime.model_validate(value).moment.astimezone(zone).isoformat()
    except (ValidationError, OverflowError, ToolError):
        return dict(value)
