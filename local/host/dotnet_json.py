"""JSON as .NET's System.Text.Json reads and writes it. Nothing here does I/O."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 64
"""How many objects and lists may enclose each other, by .NET's default."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# What the default encoder of System.Text.Json escapes: all that is not harmless in HTML or JavaScript.
_ESCAPED = re.compile(r"[^ !#$%()*,\-./0-9:;=?@A-Z\[\]^_a-z{|}~]")
_SHORT = {"\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


class JsonError(ValueError):
    """The text is not JSON that .NET reads."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written: .NET passes numbers on digit by digit."""

    text: str

    def as_int64(self) -> int | None:
        """Returns the whole number of 64 bits that this is, None when it is something else."""
        # A whole number is longer than its minus sign and 19 digits only where it does not fit.
        if len(self.text) > 20 or not self.text.lstrip("-").isdecimal():
            return None
        value = int(self.text)
        return value if -(2**63) <= value < 2**63 else None


def parse(text: str, *, lone_surrogates: bool = False) -> Any:
    """Parses a JSON text; its numbers become `Number`.

    Args:
        text: The JSON.
        lone_surrogates: Whether half of a surrogate pair may stand in a string, as it may where .NET does
            not look into the string yet.

    Raises:
        JsonError: The text is not JSON, is nested too deeply, or holds half of a surrogate pair.
    """
    try:
        value = json.loads(text, parse_int=Number, parse_float=Number, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise JsonError(f"not JSON ({type(error).__name__})") from error
    if is_deeper_than(MAX_DEPTH, value):
        raise JsonError(f"nested deeper than {MAX_DEPTH}")
    if not lone_surrogates and has_lone_surrogate(value):
        raise JsonError("a lone surrogate")
    return value


def is_deeper_than(limit: int, value: Any) -> bool:
    """Tells whether more than `limit` objects and lists enclose each other."""
    level = [value]
    for _ in range(limit):
        level = [child for each in level for child in _children(each)]
        if not level:
            return False
    return any(isinstance(each, dict | list) for each in level)


def has_lone_surrogate(value: Any) -> bool:
    """Tells whether a string or a key in the value holds half of a surrogate pair."""
    if isinstance(value, str):
        return _LONE_SURROGATE.search(value) is not None
    if isinstance(value, dict):
        return any(has_lone_surrogate(key) or has_lone_surrogate(each) for key, each in value.items())
    return isinstance(value, list) and any(has_lone_surrogate(each) for each in value)


def render(value: Any) -> str:
    """Renders a value as compact JSON, with the escapes of .NET's default encoder."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{_ESCAPED.sub(_escape, value)}"'
        case Number():
            return value.text
        case dict():
            return f"{{{','.join(f'{render(str(key))}:{render(each)}' for key, each in value.items())}}}"
        case list() | tuple():
            return f"[{','.join(map(render, value))}]"
        case _:
            return json.dumps(value)


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04X}\\u{0xDC00 + (code & 0x3FF):04X}"
    return f"\\u{code:04X}"


def _refuse_constant(name: str) -> None:
    raise JsonError(f"{name} is not JSON")
