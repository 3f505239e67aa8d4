"""Writes calls and their results for people: what stands in them, without what only programs need."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

_WIDTH = 108
_MOST_LINES, _MOST_ITEMS = 24, 8
_TITLES = ("subject", "title", "topic", "name")
# Opaque names of things, and where a text is cut: the next call needs them, a reader does not.
_FOR_PROGRAMS = re.compile(
    r"id|.+_id|.+_ids|version|.*cursor|notice|.*offset|total_characters|complete|web_.+|url|(media|content)_type"
)
# What is so unless something is said.
_USUAL = {
    ("importance", "normal"),
    ("flag", "not_flagged"),
    ("state", "sent"),
    ("unchecked", 0),
    ("more_members", 0),
    ("more_subpages", 0),
    ("buckets_left_out", 0),
    ("note", "There are more."),
    ("note", "There may be more."),
}
_OPAQUE = re.compile(r"(?=.*\d)[\w:.!%=-]{24,}(?:@thread\.\w+)?|b!\S{24,}", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)")


def arguments(given: dict[str, Any]) -> str:
    """Returns arguments as they are read best: on one line, or each on its own."""
    parts = [f"{name}={_argument(value)}" for name, value in given.items()]
    line = ", ".join(parts)
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    return "".join(f"\n{textwrap.indent(_wrapped(part), '      ')}" for part in parts) + "\n  "


def result(found: dict[str, Any], of_interest: Callable[[Any], bool] = lambda _: True) -> str:
    """Returns a result as indented lines; of its items those that are of interest, and how many others."""
    items = found.get("items")
    chosen = list(filter(of_interest, items)) if isinstance(items, list) else []
    lines = list(_lines(found | {"items": chosen} if isinstance(items, list) else found))
    if isinstance(items, list) and len(chosen) < len(items):
        lines.append(f"  … and {len(items) - len(chosen)} others")
    lines = lines or ["(nothing)"]
    return "\n".join(lines)


def moment(text: str) -> str:
    """Returns a time of a result as people write it."""
    when = datetime.fromisoformat(text)
    return f"{when:%a} {when.day} {when:%b %H:%M}{' UTC' if text.endswith('Z') else ''}"


def _argument(value: Any) -> str:
    if isinstance(value, str):
        if _OPAQUE.fullmatch(value):
            return f"{value[:10]}…"
        return value if "\n" in value else repr(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_argument, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_argument(each)}" for name, each in value.items()) + "}"
    return repr(value)


def _wrapped(text: str) -> str:
    return "\n".join(
        textwrap.fill(line, _WIDTH, break_long_words=False, break_on_hyphens=False, subsequent_indent="  ")
        for line in text.splitlines()
    )


def _lines(found: dict[str, Any]) -> Iterator[str]:
    if _is_quoted(found):
        yield from _quotation(found["text"])
        return
    shown = {name: value for name, value in found.items() if _tells(name, value)}
    plain = {name: value for name, value in shown.items() if not isinstance(value, dict | list)}
    title = next((name for name in _TITLES if name in plain), None)
    number = f"#{found['id']} " if isinstance(found.get("id"), int) else ""
    if title:
        yield f"{number}{plain.pop(title)}"
    elif number:
        yield number.strip()
    facts = [f"{_name(name)}: {_plain(value)}" for name, value in plain.items() if "\n" not in str(value)]
    if facts:
        yield from textwrap.wrap(" · ".join(facts), _WIDTH, break_long_words=False, break_on_hyphens=False)
    for name, value in shown.items():
        if isinstance(value, str) and "\n" in value:
            yield f"{_name(name)}:"
            yield from _quotation(value)
        elif isinstance(value, dict):
            inner = list(_lines(value))
            yield from inner if _is_quoted(value) else (f"{_name(name)}:", *(f"  {each}" for each in inner))
        elif isinstance(value, list):
            yield from _list(name, value)


def _list(name: str, values: list[Any]) -> Iterator[str]:
    if name != "items":
        if not any(isinstance(each, dict) for each in values):
            yield from textwrap.wrap(f"{_name(name)}: {', '.join(map(_plain, values))}", _WIDTH)
            return
        yield f"{_name(name)}:"
    for each in values[:_MOST_ITEMS]:
        lines = list(_lines(each)) if isinstance(each, dict) else [_plain(each)]
        for number, line in enumerate(lines):
            yield f"  {line}" if number else f"- {line}"
    if len(values) > _MOST_ITEMS:
        yield f"  … and {len(values) - _MOST_ITEMS} more"


def _quotation(text: str) -> Iterator[str]:
    lines = [part for line in text.splitlines() for part in _parts(line) or [""]]
    yield from (f"| {line}".rstrip() for line in lines[:_MOST_LINES])
    if len(lines) > _MOST_LINES:
        yield f"| … {len(lines) - _MOST_LINES} more lines"


def _parts(line: str) -> list[str]:
    """Returns a line in parts that fit, each with the line's own indentation."""
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _is_quoted(value: dict[str, Any]) -> bool:
    return "notice" in value and isinstance(value.get("text"), str)


def _tells(name: str, value: Any) -> bool:
    if value is None or value is False or value in ("", [], {}):
        return False
    if isinstance(value, dict) and not _is_quoted(value):
        return any(_tells(inner, each) for inner, each in value.items())
    if isinstance(value, str | int) and (name, value) in _USUAL:
        return False
    return not _FOR_PROGRAMS.fullmatch(name)


def _name(name: str) -> str:
    # Fields of work items: what they belong to says little to a reader.
    return name.rpartition(".")[2].replace("_", " ")


def _plain(value: Any) -> str:
    if value is True:
        return "yes"
    text = str(value)
    if _COMMIT.fullmatch(text):
        return text[:8]
    return moment(text) if _TIME.fullmatch(text) else text
