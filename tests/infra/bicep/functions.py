"""The functions of the Bicep language that need to know nothing but their arguments.

What each gives is in "Bicep functions"; those that make names of hashes give others than Azure's, as stable.
"""

import base64
import functools
import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

_NAMESPACE = uuid.UUID("5a1e7f64-2f0c-4b7e-9d38-6c0b8f6d2a41")


def _union(*values: Any) -> Any:
    if isinstance(values[0], dict):
        merged: dict[str, Any] = {}
        for each in values:
            for key, value in each.items():
                both = isinstance(value, dict) and isinstance(merged.get(key), dict)
                merged[key] = _union(merged[key], value) if both else value
        return merged
    return _unique([item for each in values for item in each])


def _unique(items: list[Any]) -> list[Any]:
    return [item for place, item in enumerate(items) if item not in items[:place]]


def _intersection(first: Any, *others: Any) -> Any:
    return [item for item in _unique(first) if all(item in other for other in others)]


def _concat(*values: Any) -> Any:
    return [item for each in values for item in each] if isinstance(values[0], list) else "".join(values)


def _contains(container: Any, item: Any) -> bool:
    if isinstance(container, str):
        return str(item).casefold() in container.casefold()
    return item in container


def _format(pattern: str, *values: Any) -> str:
    for place, value in enumerate(values):
        pattern = pattern.replace("{" + str(place) + "}", str(value))
    return pattern


def _string(value: Any) -> str:
    # Of a boolean Azure makes "True", as in a text with interpolation.
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict | list) else str(value)


def _guid(*values: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, "|".join(values)))


def _unique_string(*values: str) -> str:
    digest = hashlib.sha256("|".join(values).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:13]


def _items(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value[key]} for key in sorted(value)]


def _reduce(items: list[Any], initial: Any, step: Callable[..., Any]) -> Any:
    for item in items:
        initial = step(initial, item)
    return initial


def _to_object(items: list[Any], key: Callable[..., Any], value: Callable[..., Any] | None = None) -> Any:
    return {key(item): (value(item) if value else item) for item in items}


def _join(items: list[Any], delimiter: str) -> str:
    return delimiter.join(str(item) for item in items)


def _split(value: str, delimiters: str | list[str]) -> list[str]:
    first, *others = [delimiters] if isinstance(delimiters, str) else delimiters
    for other in others:
        value = value.replace(other, first)
    return value.split(first)


def _by(before: Callable[[Any, Any], bool]) -> Callable[[Any], Any]:
    return functools.cmp_to_key(lambda left, right: -1 if before(left, right) else 1)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "array": lambda value: value if isinstance(value, list) else [value],
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "bool": lambda value: str(value).casefold() == "true",
    "coalesce": lambda *values: next((each for each in values if each is not None), None),
    "concat": _concat,
    "contains": _contains,
    "empty": lambda value: not value,
    "endsWith": lambda value, end: value.casefold().endswith(end.casefold()),
    "filter": lambda items, wanted: [item for item in items if wanted(item)],
    "first": lambda value: value[0] if value else None,
    "flatten": lambda lists: [item for each in lists for item in each],
    "format": _format,
    "guid": _guid,
    "indexOf": lambda items, item: items.index(item) if item in items else -1,
    "int": int,
    "intersection": _intersection,
    "items": _items,
    "join": _join,
    "json": json.loads,
    "last": lambda value: value[-1] if value else None,
    "length": len,
    "map": lambda items, change: [change(item) for item in items],
    "max": lambda *values: max(values[0] if isinstance(values[0], list) else values),
    "min": lambda *values: min(values[0] if isinstance(values[0], list) else values),
    "objectKeys": sorted,
    "padLeft": lambda value, width, fill=" ": str(value).rjust(width, fill),
    "range": lambda start, count: [*range(start, start + count)],
    "reduce": _reduce,
    "replace": lambda value, old, new: value.replace(old, new),
    "skip": lambda value, count: value[count:],
    "sort": lambda items, before: sorted(items, key=_by(before)),
    "split": _split,
    "startsWith": lambda value, start: value.casefold().startswith(start.casefold()),
    "string": _string,
    "substring": lambda value, start, length=None: value[start:][:length],
    "take": lambda value, count: value[:count],
    "toLower": lambda value: value.lower(),
    "toObject": _to_object,
    "toUpper": lambda value: value.upper(),
    "trim": lambda value: value.strip(),
    "union": _union,
    "uniqueString": _unique_string,
    "uri": lambda base, path: base.rstrip("/") + "/" + path.lstrip("/"),
    "uriComponent": lambda value: quote(value, safe=""),
}
