"""A resource against the type table: what is unknown, missing, read-only or of another type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.infra.bicep.values import Resource, Runtime, is_partly_unknown
from tests.infra.type_table import READ_ONLY, REQUIRED, TableShape, TypeTable

_JSON = {str: "StringType", bool: "BooleanType", int: "IntegerType", dict: "ObjectType", list: "ArrayType"}
_IDENTIFIERS = {"name", "uniqueName", "appId"}


def findings(resource: Resource, table: TypeTable) -> Iterator[str]:
    """A line for everything the table does not allow."""
    where = f"{resource.place}:"
    shape = table.shape(resource.type, resource.version)
    if shape is None:
        unknown = f"version {resource.version}" if table.knows(resource.type) else "type"
        yield f"{where} unknown {unknown} of {resource.type}"
        return
    spelling = table.spelling(resource.type, resource.version)
    if spelling != f"{resource.type}@{resource.version}":
        yield f"{where} the type is spelled {spelling}"
    if resource.existing:
        for key in resource.body.keys() - _IDENTIFIERS:
            yield f"{where} {key} is set on what is only referred to"
        return
    # The table knows the last part of a child's name, or for objects of Graph the whole.
    yield from (f"{where} {problem}" for problem in _value("", resource.body, shape))


def _value(path: str, value: Any, shape: TableShape) -> Iterator[str]:
    if isinstance(value, Runtime):
        if value.shape is not None and not shape.accepts(value.shape):
            yield f"{path} is {'/'.join(sorted(shape.kinds()))}, not what {value} is"
        return
    match shape.kind:
        case "AnyType":
            return
        case "UnionType" | "StringLiteralType":
            yield from _alternatives(path, value, shape)
        case "DiscriminatedObjectType":
            yield from _discriminated(path, value, shape)
        case kind if kind != _JSON.get(type(value)):
            yield f"{path} is {value!r}, not {kind.removesuffix('Type').lower()}"
        case "ObjectType":
            yield from _object(path, value, shape, shape.entry["properties"])
        case "ArrayType":
            yield from _limits(path, "length", len(value), shape.entry, "minLength", "maxLength")
            for place, item in enumerate(value):
                yield from _value(f"{path}[{place}]", item, shape.of(shape.entry["itemType"]))
        case "StringType":
            yield from _string(path, value, shape.entry)
        case "IntegerType":
            yield from _limits(path, "value", value, shape.entry, "minValue", "maxValue")


def _object(
    path: str, value: Mapping[str, Any], shape: TableShape, properties: Mapping[str, Any]
) -> Iterator[str]:
    for key, known in properties.items():
        if known["flags"] & REQUIRED and value.get(key) is None:
            yield f"{_join(path, key)} is missing"
    for key, each in value.items():
        known = properties.get(key)
        reference = known["type"] if known else shape.entry.get("additionalProperties")
        if reference is None:
            yield f"{_join(path, key)} is unknown"
        elif known is not None and known["flags"] & READ_ONLY:
            yield f"{_join(path, key)} is read-only"
        elif each is not None:
            yield from _value(_join(path, key), each, shape.of(reference))


def _discriminated(path: str, value: Any, shape: TableShape) -> Iterator[str]:
    discriminator, elements = shape.entry["discriminator"], shape.entry["elements"]
    chosen = value.get(discriminator) if isinstance(value, dict) else None
    if chosen not in elements:
        yield f"{_join(path, discriminator)} is {chosen!r}, not one of {sorted(elements)}"
        return
    element = shape.of(elements[chosen])
    properties = {**shape.entry["baseProperties"], **element.entry["properties"]}
    yield from _object(path, value, element, properties)


def _alternatives(path: str, value: Any, shape: TableShape) -> Iterator[str]:
    elements = shape.elements()
    literals = [each.entry["value"] for each in elements if each.kind == "StringLiteralType"]
    if isinstance(value, str):
        # With a plain string among its literals a union is open; what these files set is listed all the same.
        if value not in literals and literals and not is_partly_unknown(value):
            yield f"{path} is {value!r}, not one of {literals}"
        elif not literals and "StringType" not in shape.kinds():
            yield f"{path} is {value!r}, not {'/'.join(sorted(shape.kinds()))}"
        return
    others = [each for each in elements if each.kind not in ("StringType", "StringLiteralType")]
    problems = [list(_value(path, value, each)) for each in others]
    if not problems:
        yield f"{path} is {value!r}, not a string"
    elif all(problems):
        yield from min(problems, key=len)


def _string(path: str, value: str, entry: Mapping[str, Any]) -> Iterator[str]:
    if is_partly_unknown(value):
        return
    yield from _limits(path, "length", len(value), entry, "minLength", "maxLength")
    pattern = entry.get("pattern")
    if pattern and not re.search(pattern, value):
        yield f"{path} is {value!r}, not as {pattern}"


def _limits(
    path: str, what: str, number: int, entry: Mapping[str, Any], low: str, high: str
) -> Iterator[str]:
    if number < entry.get(low, number) or number > entry.get(high, number):
        yield f"{path} has the {what} {number}, not {entry.get(low, '')}..{entry.get(high, '')}"


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
