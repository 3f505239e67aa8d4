"""Normalizes arguments as clients send them, where their meaning is certain.

Models and clients write 5 as "5" or 5.0, a list of one as its item, a list as the text of its JSON, and what
they leave out as null or "". What is changed here is what can mean one thing only; all else is left for the
validation to refuse. Null, a text without anything in it, and an object of such where something
has to be in it, stand for an optional argument that is not given: so they never erase anything.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

type Schema = Mapping[str, Any]

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}(\.0+)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_BOOLEANS = {"true": True, "false": False}
_EXACT = 2**53
"""Up to here a float holds every whole number."""
_ALONE: Mapping[Any, Sequence[str]] = {
    "string": ("a number",),
    "integer": ("a number",),
    "number": ("a number",),
    "object": ("an object",),
}
"""What stands for a list of one, by the type of the list's items; texts apart."""


def kind(value: Any) -> str:
    """Returns what a value is, in words that do not tell it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text" if value.strip() else "an empty text"
        case Mapping():
            return "an object"
    return "a list"


def normalized(value: Any, schema: Schema) -> Any:
    """Returns the value in the type that an inlined schema wants, or as it is where that is not certain."""
    match schema.get("type"):
        case "object":
            return _object(value, schema)
        case "array":
            return _array(value, schema)
        case "integer":
            return _integer(value)
        case "number":
            return _number(value)
        case "boolean":
            return _BOOLEANS.get(value.strip().casefold(), value) if isinstance(value, str) else value
        case "string":
            return _string(value, schema)
    return value


def is_left_out(value: Any) -> bool:
    """Tells whether a value stands for an optional argument not given: null, or a text of spaces alone."""
    return value is None or (isinstance(value, str) and not value.strip())


def _object(value: Any, schema: Schema) -> Any:
    if isinstance(value, str):
        value = _decoded(value, dict)
    if not isinstance(value, Mapping):
        return value
    properties, required = schema.get("properties"), schema.get("required", ())
    if properties is None:
        return _map(value, schema)
    return {
        name: normalized(each, properties[name]) if name in properties else each
        for name, each in value.items()
        if name not in properties
        or name in required
        or not (is_left_out(each) or _is_blank(each, properties[name]))
    }


def _is_blank(value: Any, schema: Schema) -> bool:
    """Tells whether an object that needs something in it has nothing, as of a form that was left blank."""
    if not schema.get("required"):
        return False
    decoded = _decoded(value, dict) if isinstance(value, str) else value
    return isinstance(decoded, Mapping) and all(
        is_left_out(each) or each in ([], {}) for each in decoded.values()
    )


def _map(value: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    inner = schema.get("additionalProperties")
    inner = inner if isinstance(inner, Mapping) else {}
    return {name: normalized(each, inner) for name, each in value.items()}


def _array(value: Any, schema: Schema) -> Any:
    items = schema.get("items", {})
    if isinstance(value, str):
        value = _listed(value, items)
    elif not isinstance(value, list) and kind(value) in _ALONE.get(items.get("type"), ()):
        value = [value]
    return [normalized(each, items) for each in value] if isinstance(value, list) else value


def _listed(text: str, items: Schema) -> Any:
    """Returns the list that a text is the JSON of, or the items that it names."""
    decoded = _decoded(text, list)
    if isinstance(decoded, list) or not text.strip():
        return decoded
    if items.get("type") == "object":
        item = _decoded(text, dict)
        return [item] if isinstance(item, dict) else text
    if items.get("type") not in ("string", "integer"):
        return text
    if _fits(text, items):
        return [text]
    # A comma divides only where what stands between commas is an item, and the whole is none.
    for mark in (",", ";"):
        parts = [each.strip() for each in text.split(mark)]
        if len(parts) > 1 and all(_fits(each, items) for each in parts):
            return parts
    return [text]


def _fits(text: str, items: Schema) -> bool:
    """Tells whether a text can be an item; where nothing says what an item is, every text can."""
    if items.get("type") == "integer":
        return _INTEGER.fullmatch(text.strip()) is not None
    if "enum" in items:
        return text in items["enum"]
    return re.search(items["pattern"], text) is not None if "pattern" in items else True


def _integer(value: Any) -> Any:
    match value:
        case str() if _INTEGER.fullmatch(value.strip()):
            return int(value.strip().partition(".")[0])
        case float() if value.is_integer() and abs(value) <= _EXACT:
            return int(value)
    return value


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value.strip()) else value


def _string(value: Any, schema: Schema) -> Any:
    # A number is no time: 20261121 would be read as seconds since 1970.
    if kind(value) != "a number" or "format" in schema or "forms" in schema:
        return value
    return str(_integer(value))


def _decoded(text: str, kind: type) -> Any:
    """Returns the list or object whose JSON a text is, or else the text."""
    if not text.lstrip().startswith(("[", "{")):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, kind) else text
