"""Turns what a service returned into records: without its noise, texts as text, in their envelope."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from shared.apis.graph.graph_times import ZonedTime
from shared.errors import ToolError
from shared.reads.read_index import RecordType
from shared.result_limit import share
from shared.text.content import Quoted, clean, clean_line, quote
from shared.text.html import html_to_text
from shared.text.names import clean_name

LONG_TEXT = 300
"""Characters from which on a text is somebody's writing rather than a name: it comes in its envelope."""
TEXT_LIMIT = 4_000
"""Characters of one text of a record."""
RECORDS_BUDGET = 30_000
"""Characters of JSON in all records of a result of the usual length."""
FEW = 12
"""Properties of a record of a list where none are chosen."""
_DEEPEST = 8
_LIMITS = ((100, TEXT_LIMIT), (40, 1_500), (15, 600), (5, LONG_TEXT), (2, LONG_TEXT))
"""How many items of a list inside a record and characters of a text are kept: the first that fit."""
_NAMES_LIMIT = 100
_HTML = re.compile(
    r"<(html|body|div|p|br|span|table|ul|ol|li|a|b|i|strong|em|h[1-6]|img)\b[^>]*>", re.IGNORECASE
)
_API_ADDRESS = re.compile(r"^https?://[^\s]*(/_apis/|/v1\.0/)", re.IGNORECASE)
_SIGNED = re.compile(
    r"^https?://\S*[?&](sig|signature|tempauth|access_token|x-amz-signature)=", re.IGNORECASE
)
"""Addresses that let in whoever has them, such as those of downloads."""
_LEFT_OUT = "… (an address that works without a sign-in is left out)"
_TOO_LARGE = "This record is too large: read parts of it, by select or by a longer path."
_NOISE = frozenset({"_links", "contentBytes", "changeKey", "conversationIndex", "eTag", "cTag", "imageUrl"})
_SECRET = frozenset(
    {
        "accesstoken", "addomainpassword", "apitoken", "clientsecret", "endpointsasuri", "kubeconfig",
        "password", "passwordbase64", "privatekey", "sastoken", "secretkey", "secrettext",
        "serviceprincipalkey", "sharedsecret", "signedcontent", "temporaryaccesspass",
    }
)  # fmt: skip
"""Names of what opens something, in lower case: no question needs their values."""
_FIRST = (
    "id", "displayName", "name", "subject", "title", "topic", "userPrincipalName", "mail", "state", "status",
    "result", "start", "end", "from", "createdDateTime", "lastModifiedDateTime", "createdDate",
    "webUrl", "webLink",
)  # fmt: skip
"""Properties that tell what a record is, the most telling first."""
HEAVY = frozenset({"body", "uniqueBody", "bodyPreview", "content"})
"""Properties that a list shows only where they are chosen."""


@dataclass(frozen=True, slots=True)
class _Look:
    """Holds how values are shown: the zone of times, whose texts they are, and how much is kept."""

    zone: ZoneInfo
    origin: str
    items: int
    characters: int


def records(
    documents: Sequence[Any], *, zone: ZoneInfo, origin: str, chosen: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Returns records of what a service returned, cut so far that a result holds them.

    Args:
        documents: The JSON of each.
        zone: Of the times that the service writes without offset.
        origin: Whose texts these are, for their envelope.
        chosen: The properties wanted; None for all.
    """
    plain = [_plain(_chosen(each, chosen), _DEEPEST) for each in documents]
    for items, characters in _LIMITS:
        look = _Look(zone, origin, items, characters)
        made = [_record(each, look) for each in plain]
        if sum(map(size, made)) <= share(RECORDS_BUDGET):
            return made
    return [{"note": _TOO_LARGE, "properties": sorted(each)[:_NAMES_LIMIT]} for each in made[:FEW]]


def size(made: Mapping[str, Any]) -> int:
    """Returns how many characters a record takes in a result."""
    return len(json.dumps(made, ensure_ascii=False))


def few(names: Iterable[str], described: RecordType) -> list[str]:
    """Returns the properties that say most of an item of a list, of those it has."""
    there = list(dict.fromkeys(names))
    plain = [name for name in there if described.properties.get(name, "").partition("(")[0] != "Collection"]
    telling = [name for name in _FIRST if name in there]
    rest = [name for name in plain if name not in telling and name not in HEAVY]
    return [*telling, *rest][:FEW]


def shallow(value: Any, depth: int = _DEEPEST + 4) -> Any:
    """Returns a document without what is nested too deep to be shown, or to be walked through."""
    match value:
        case dict() | list() if not depth:
            return None
        case dict():
            return {name: shallow(each, depth - 1) for name, each in value.items()}
        case list():
            return [shallow(each, depth - 1) for each in value]
        case _:
            return value


def _chosen(document: Any, chosen: Sequence[str] | None) -> dict[str, Any]:
    """Returns the chosen properties of a document, with what is said about them."""
    if not isinstance(document, dict):
        return {"value": document}
    if chosen is None:
        return document
    wanted = {name.partition("/")[0].casefold() for name in chosen}
    return {name: value for name, value in document.items() if name.partition("@")[0].casefold() in wanted}


def _plain(value: Any, depth: int) -> Any:
    """Returns a document with its HTML as text: that takes long, and is done once."""
    match value:
        case str():
            return _of_html(value) if _HTML.search(value) else value
        case {"contentType": str(kind), "content": str(content)}:
            shown = _of_html(content) if kind.casefold() == "html" else content
            return shown if isinstance(shown, dict) else {"contentType": "text", "content": shown}
        case dict() if depth:
            return {name: _plain(each, depth - 1) for name, each in value.items()}
        case list() if depth:
            most = _LIMITS[0][0]
            return [*(_plain(each, depth - 1) for each in value[:most]), *value[most:]]
        case _:
            return value


def _of_html(html: str) -> Any:
    """Returns HTML as text, as a body where there is something to say of what it may hide."""
    text = html_to_text(html)
    return {"contentType": "text", "content": text.text, "note": text.note} if text.note else text.text


def _record(document: Mapping[str, Any], look: _Look) -> dict[str, Any]:
    found = _tidy(document, look, _DEEPEST)
    return found if isinstance(found, dict) and "origin" not in found else {"value": found}


def _tidy(value: Any, look: _Look, depth: int) -> Any:
    match value:
        case str():
            return _text(value, look)
        case {"contentType": "text", "content": str(content)}:
            return _envelope(content, look, note=value.get("note"))
        case {"dateTime": str(), "timeZone": _}:
            return _moment(value, look)
        case dict() if depth:
            return _named(value, look, depth)
        case list() if depth:
            kept = [_tidy(each, look, depth - 1) for each in value[: look.items]]
            left_out = len(value) - len(kept)
            return [*kept, f"… {left_out} more"] if left_out else kept
        case dict() | list():
            return "… (nested too deep)"
        case _:
            return value


def _named(value: Mapping[str, Any], look: _Look, depth: int) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, each in value.items():
        if _is_noise(name, each, value):
            continue
        if len(kept) == 2 * look.items:
            kept["…"] = f"{len(value) - len(kept)} more"
            break
        # A name may be somebody's too: it is one line, and makes no envelope of what is none.
        own = clean_line(name)[:_NAMES_LIMIT]
        shown = _tidy(each, look, depth - 1)
        if isinstance(shown, list) and f"{name}@odata.nextLink" in value:
            shown = [*shown, "… more"]
        kept["its notice" if own == "notice" else own] = shown
    return kept


def _is_noise(name: str, value: Any, beside: Mapping[str, Any]) -> bool:
    if value is None or value in ("", [], {}) or "@odata." in name or name in _NOISE:
        return True
    # What a list of changes says of what is gone stays; links for downloads do not.
    if (name.startswith("@") and name != "@removed") or (
        name.casefold() in _SECRET and isinstance(value, str | dict)
    ):
        return True
    if name.casefold() in ("url", "href"):
        return any(other in beside for other in ("webUrl", "webLink")) or bool(_API_ADDRESS.match(str(value)))
    return False


def _text(value: str, look: _Look) -> Any:
    if _SIGNED.match(value):
        return _LEFT_OUT
    text = clean(value)
    return _envelope(text, look) if len(text) > LONG_TEXT or "\n" in text.strip() else clean_name(text)


def _envelope(text: str, look: _Look, note: str | None = None) -> dict[str, Any]:
    quoted: Quoted = quote(text, look.origin, limit=look.characters, note=note)
    return quoted.model_dump(mode="json")


def _moment(value: Mapping[str, Any], look: _Look) -> Any:
    try:
        return ZonedTime.model_validate(value).moment.astimezone(look.zone).isoformat()
    except (ValidationError, OverflowError, ToolError):
        return {name: _tidy(each, look, 1) for name, each in value.items() if isinstance(each, str)}
