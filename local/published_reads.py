"""Knows every published read of an API, and makes what it returns from the description of its type.

The descriptions are those of the app's own index, read anew. What is made is marked with `local.made`, so
that nobody takes it for the tenant's data.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).resolve().parents[1] / "shared" / "reads" / "data"
MARK = "local.made"
"""The property that marks what was made from a description."""
_NAMES = uuid.UUID("d1f5a1c2-6a7d-4b7e-9d0c-3f2b8e5a7c41")
_DEEPEST = 3
_ITEMS = 3
_PLACE = re.compile(r"'?\{[^{}]*\}'?")
_NUMBERS = (
    "int16",
    "int32",
    "int64",
    "single",
    "double",
    "decimal",
    "float",
    "byte",
    "sbyte",
    "integer",
    "number",
)
_HTML = '<p>Made from the description of <b>{}</b>.</p><p style="display:none">Unseen</p>'


@dataclass(frozen=True)
class PublishedRead:
    """Describes one read as it is published."""

    template: str
    returns: str
    is_list: bool
    is_json: bool
    scopes: tuple[str, ...]
    area: str
    host: str
    parameters: frozenset[str]
    required: frozenset[str]
    pattern: re.Pattern[str]


class PublishedReads:
    """Holds the published reads of one API, `graph` or `devops`."""

    def __init__(self, api: str) -> None:
        document = json.loads((_DATA / f"{api}.json").read_text(encoding="utf-8"))
        self._api = api
        self._types: Mapping[str, list[str]] = document["types"]
        make = self._graph if api == "graph" else self._devops
        self.reads = [make(document, *entry) for entry in document["reads"]]

    def find(self, path: str, host: str = "") -> PublishedRead | None:
        """Returns the read that an encoded path is of, the one with most names; None where there is none."""
        fitting = [each for each in self.reads if each.host == host and each.pattern.fullmatch(path)]
        return max(fitting, key=lambda each: len("".join(_PLACE.split(each.template))), default=None)

    def properties(self, name: str) -> dict[str, str]:
        """Returns the types of a type's properties by their names, those of its bases included."""
        found: dict[str, str] = {}
        area = f"{name.partition('.')[0]}." if self._api == "devops" else ""
        while name in self._types:
            base, own, *_ = self._types[name]
            pairs = [each.partition(":") for each in own.split(",") if each]
            found = {**{key: kind or "String" for key, _, kind in pairs}, **found}
            name = base if base in self._types else area + base
        return found

    def items(self, read: PublishedRead) -> list[dict[str, Any]]:
        """Returns what a read returns: some for a list, one otherwise."""
        return [self._made(read.returns, number, _DEEPEST) for number in range(_ITEMS if read.is_list else 1)]

    def _made(self, name: str, number: int, depth: int) -> dict[str, Any]:
        made = {
            key: self._value(key, kind, name, number, depth) for key, kind in self.properties(name).items()
        }
        return {**made, MARK: True} if depth == _DEEPEST else made

    def _value(self, key: str, kind: str, of: str, number: int, depth: int) -> Any:
        if inner := _inner(kind):
            return [self._value(key, inner, of, number, depth - 1)] if depth else []
        area = f"{of.partition('.')[0]}." if self._api == "devops" else ""
        folded = kind.casefold()
        match folded:
            case "datetimeoffset" | "date-time":
                return f"2026-11-{number + 10}T09:30:00Z"
            case "date":
                return f"2026-11-{number + 10}"
            case "boolean":
                return number % 2 == 0
            case "guid" | "uuid":
                return str(uuid.uuid5(_NAMES, f"{of}/{key}/{number}"))
            case "itembody":
                return {"contentType": "html", "content": _HTML.format(of)}
            case "datetimetimezone":
                return {"dateTime": f"2026-11-{number + 10}T09:30:00.0000000", "timeZone": "UTC"}
            case "stream" | "binary" | "untypednode":
                return None
        if folded in _NUMBERS:
            return number
        if (nested := kind if kind in self._types else area + kind) in self._types:
            return self._made(nested, number, depth - 1) if depth else None
        return _text(key, of, number)

    @staticmethod
    def _graph(
        document: Mapping[str, Any],
        template: str,
        returns: str,
        is_list: int,
        least: list[int],
        also: list[int],
    ) -> PublishedRead:
        scopes = tuple(document["scopes"][at] for at in (*least, *also))
        is_json = returns != "Edm.Stream"
        none: frozenset[str] = frozenset()
        pattern = _pattern(template)
        return PublishedRead(template, returns, bool(is_list), is_json, scopes, "", "", none, none, pattern)

    @staticmethod
    def _devops(
        document: Mapping[str, Any],
        template: str,
        returns: str,
        form: int,
        scopes: list[int],
        area: int,
        host: int,
        parameters: list[list[Any]],
    ) -> PublishedRead:
        names = [each[0] for each in parameters]
        template = template.rstrip("/")
        qualified = f"{document['areas'][area]}.{returns}"
        return PublishedRead(
            template,
            qualified if qualified in document["types"] else returns,
            form == 1,
            form != 2,
            tuple(document["scopes"][at] for at in scopes),
            document["areas"][area],
            document["hosts"][host],
            frozenset(name.removesuffix("*") for name in names),
            frozenset(name.removesuffix("*") for name in names if name.endswith("*")),
            _pattern(template),
        )


@cache
def published_reads(api: str) -> PublishedReads:
    """Returns the published reads of an API, loaded once."""
    return PublishedReads(api)


def _inner(kind: str) -> str | None:
    """Returns the type of a collection's items; None of another type."""
    if kind.startswith("Collection("):
        return kind.removeprefix("Collection(").removesuffix(")")
    if kind.startswith("["):
        return kind.removeprefix("[").removesuffix("]")
    return None


def _text(key: str, of: str, number: int) -> str:
    if key == "id":
        return str(uuid.uuid5(_NAMES, f"{of}/{number}"))
    if key.casefold().endswith(("url", "link", "uri")):
        return f"https://larkspur.example/{of}/{number}"
    return f"{key} {number + 1}"


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("[^/]+?".join(map(_literal, _PLACE.split(template))), re.IGNORECASE)


def _literal(text: str) -> str:
    return re.escape(text).replace(re.escape("()"), r"(?:\(\))?")
