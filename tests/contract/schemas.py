"""The described types as JSON Schemas that say no to what they do not describe."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import jsonschema

# Said of a thing or of one of its properties, not properties themselves.
_ANNOTATION = r"^[^@]*@(odata|microsoft\.graph)\.[\w.]+$"
# Anybody may add properties to open types, by an extension. Nobody here does, so what is not described is
# a mistake; but what these hold has the names of columns, users or places.
_MAPS = frozenset(
    {
        "Dictionary",
        "customSecurityAttributeValue",
        "fieldValueSet",
        "plannerAppliedCategories",
        "plannerAssignments",
        "plannerChecklistItems",
        "plannerExternalReferences",
        "plannerUserIds",
        "resultTemplateDictionary",
    }
)


def validator(
    schema: Mapping[str, Any], types: Mapping[str, Any], *, nulls: bool = False
) -> jsonschema.Draft202012Validator:
    """A check of values against a schema whose references point to closed types."""
    converted = _with_nulls(schema) if nulls else schema
    return jsonschema.Draft202012Validator({"types": types, **_closed(converted)})


def problems(check: jsonschema.Draft202012Validator, value: Any) -> list[str]:
    """What is wrong with a value, each with its place."""
    return sorted(f"{each.json_path}: {_said(each)}" for each in _leaves(check.iter_errors(value)))


def _said(error: jsonschema.ValidationError) -> str:
    if error.validator != "additionalProperties" or error.validator_value is not False:
        return error.message[:200]
    known = error.schema["properties"]
    unknown = [name for name in error.instance if name not in known and not re.search(_ANNOTATION, name)]
    return f"there is no property {', '.join(unknown)}"


def closed_types(types: Mapping[str, Any], *, api: str, nulls: bool = False) -> dict[str, Any]:
    """Every type with all that its bases describe, and with nothing else."""
    closed = {}
    for name in types:
        derived = [each for each in types if name in _bases(types, each)]
        if api == "graph":
            closed[name] = _by_annotation(name, derived)
            closed[f"{name}!"] = _closed(_flat(types, [name]), open_=name in _MAPS)
        else:
            # Azure DevOps does not say which of the derived types a value has.
            flat = _flat(types, [name, *derived])
            closed[name] = _closed(_with_nulls(flat) if nulls else flat)
    return closed


def _bases(types: Mapping[str, Any], name: str) -> set[str]:
    direct = {part["$ref"].rpartition("/")[2] for part in types[name].get("allOf", []) if "$ref" in part}
    return direct | {further for each in direct for further in _bases(types, each)}


def _flat(types: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The types with their bases as one: the properties of all."""
    names = list(names)
    whole = {key: value for key, value in types[names[0]].items() if key != "allOf"}
    for each in names:
        for source in (each, *sorted(_bases(types, each))):
            if "properties" in types[source]:
                whole["properties"] = {**types[source]["properties"], **whole.get("properties", {})}
            if types[source].get("additionalProperties"):
                whole.setdefault("additionalProperties", types[source]["additionalProperties"])
    return whole


def _by_annotation(name: str, derived: list[str]) -> dict[str, Any]:
    """The type that a value says it has, if that is derived from this one; this one otherwise."""
    chosen: dict[str, Any] = {"$ref": f"#/types/{name}!"}
    for each in derived:
        says = {"properties": {"@odata.type": {"pattern": rf"^#?microsoft\.graph\.{each}$"}}}
        chosen = {
            "if": {"required": ["@odata.type"], **says},
            "then": {"$ref": f"#/types/{each}!"},
            "else": chosen,
        }
    return chosen


def _closed(schema: Any, *, open_: bool = False) -> Any:
    """Objects that describe properties have no others."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {key: _closed(value) for key, value in schema.items() if key != "properties"}
    if "properties" in schema:
        changed["properties"] = {key: _closed(value) for key, value in schema["properties"].items()}
        more = changed.get("additionalProperties")
        changed["additionalProperties"] = True if open_ else more if isinstance(more, dict) else False
        changed["patternProperties"] = {_ANNOTATION: True}
    return changed


def _with_nulls(schema: Any) -> Any:
    """Null instead of any value."""
    if isinstance(schema, list):
        return [_with_nulls(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    changed = dict(schema)
    for key in ("items", "additionalProperties", "allOf"):
        if key in schema:
            changed[key] = _with_nulls(schema[key])
    if "properties" in schema:
        changed["properties"] = {name: _with_nulls(each) for name, each in schema["properties"].items()}
    if isinstance(schema.get("type"), str):
        changed["type"] = [schema["type"], "null"]
    if "enum" in schema:
        changed["enum"] = [*schema["enum"], None]
    return changed


def _leaves(errors: Iterable[jsonschema.ValidationError]) -> Iterator[jsonschema.ValidationError]:
    """The errors inside alternatives, without those that only say that null would do as well."""
    for error in errors:
        inner = [
            each for each in error.context or () if each.validator != "type" or each.validator_value != "null"
        ]
        yield from _leaves(inner) if inner else [error]
