"""Renders a result as text, for clients and models that take no structured content."""

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

_INDENT = "  "


def render(document: Any) -> str:
    """Renders a JSON document as indented `name: value` lines, without what is null or empty."""
    return "\n".join(_lines(document, "")) or "(nothing)"


def _lines(value: Any, indent: str) -> Iterator[str]:
    match value:
        case {"origin": _, "notice": _, "text": _}:
            yield from _quoted(value, indent)
        case dict():
            for name, each in value.items():
                yield from _field(name, each, indent)
        case list():
            for each in value:
                yield from _item(each, indent)
        case _:
            yield f"{indent}{_scalar(value)}"


def _quoted(quoted: Mapping[str, Any], indent: str) -> Iterator[str]:
    """Renders text by others between two lines that it cannot forge, as it does not know the mark."""
    mark = secrets.token_hex(4)
    end = quoted["offset"] + len(quoted["text"])
    yield f"{indent}[{mark} begin: {quoted['origin']}. {quoted['notice']}]"
    yield from (f"{indent}{line}" for line in quoted["text"].splitlines())
    yield f"{indent}[{mark} end: characters {quoted['offset']} to {end} of {quoted['total_characters']}]"
    if quoted.get("note"):
        yield f"{indent}note: {quoted['note']}"
    if quoted["next_offset"] is not None:
        yield f"{indent}next offset: {quoted['next_offset']}"


def _field(name: str, value: Any, indent: str) -> Iterator[str]:
    if value is None or value in ("", [], {}):
        return
    label = f"{indent}{name.replace('_', ' ')}:"
    if isinstance(value, dict | list):
        yield label
        yield from _lines(value, indent + _INDENT)
    elif isinstance(value, str) and "\n" in value:
        yield label
        yield from (f"{indent}{_INDENT}{line}" for line in value.splitlines())
    else:
        yield f"{label} {_scalar(value)}"


def _item(value: Any, indent: str) -> Iterator[str]:
    first, *rest = list(_lines(value, indent + _INDENT)) or [""]
    yield f"{indent}- {first.strip()}"
    yield from rest


def _scalar(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
