"""A result as text that reads well on its own, for clients and models that take no structured content."""

from collections.abc import Iterator
from typing import Any

_INDENT = "  "


def render(document: Any) -> str:
    """The JSON document as indented `name: value` lines; what is null or empty is left out."""
    return "\n".join(_lines(document, "")) or "(nothing)"


def _lines(value: Any, indent: str) -> Iterator[str]:
    match value:
        case dict():
            for name, each in value.items():
                yield from _field(name, each, indent)
        case list():
            for each in value:
                yield from _item(each, indent)
        case _:
            yield f"{indent}{_scalar(value)}"


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
