"""Makes JSON Schemas plain, as clients take them: no references, no nulls, one type or none.

Clients convert a tool's input schema to what their model's provider takes, and each loses something else on
the way: `$defs`, unions with null, `additionalProperties`, formats, defaults. `inlined` gives a schema in
which arguments can be normalized, `published` the part of it that arrives everywhere (docs/clients.md).
"""

import json
import re
from collections.abc import Mapping
from typing import Any

type Schema = Mapping[str, Any]

_PUBLISHED = (
    "type", "enum", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems",
)  # fmt: skip
"""Keywords that mean the same to every client; what others say is enforced here alone."""
# These mean ASCII in one engine and Unicode in another, or are unknown to one of them.
_ENGINE_DEPENDENT = re.compile(r"\\[wWdDsSbBpPAzZ]|\(\?")


def inlined(schema: Schema) -> dict[str, Any]:
    """Returns the schema without `$defs`, titles, and unions with null."""
    return _inlined(schema, schema.get("$defs", {}))


def _inlined(schema: Schema, definitions: Schema) -> dict[str, Any]:
    own = {key: value for key, value in schema.items() if key not in ("title", "$defs", "$ref", "anyOf")}
    if "$ref" in schema:
        named = _inlined(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
        return {**named, **_inlined(own, definitions)}
    if "anyOf" in schema:
        branches = [_inlined(each, definitions) for each in schema["anyOf"] if each.get("type") != "null"]
        return {**_union(branches), **_inlined(own, definitions)}
    if "const" in own:
        own["enum"] = [own.pop("const")]
    for key in ("properties", "patternProperties"):
        if key in own:
            own[key] = {name: _inlined(each, definitions) for name, each in own[key].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(own.get(key), Mapping):
            own[key] = _inlined(own[key], definitions)
    return own


def _union(branches: list[dict[str, Any]]) -> dict[str, Any]:
    """Returns what all branches have in common: the type, or nothing."""
    if len(branches) == 1:
        return branches[0]
    if all("enum" in each for each in branches):
        values = [value for each in branches for value in each["enum"]]
        return {**_type_of(branches), "enum": list(dict.fromkeys(values))}
    return {**_type_of(branches), "forms": branches}


def _type_of(branches: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = {each.get("type") for each in branches}
    return {"type": kinds.pop()} if len(kinds) == 1 and None not in kinds else {}


def published(schema: Schema) -> dict[str, Any]:
    """Returns the part of an inlined schema that every client takes.

    A description says the default: OpenAI's strict mode refuses the keyword.
    """
    return _published(schema, required=True)


def _published(schema: Schema, *, required: bool) -> dict[str, Any]:
    plain: dict[str, Any] = {key: schema[key] for key in _PUBLISHED if key in schema}
    if not required and _is_changed_by_null(schema):
        plain = {"type": "string"}
        if schema["type"] == "boolean":
            plain["enum"] = ["true", "false"]
    pattern = schema.get("pattern")
    if required and pattern and not _ENGINE_DEPENDENT.search(pattern):
        plain["pattern"] = pattern
    if not required and schema.get("type") == "string":
        # VS Code makes "" of null, which is as good as an argument left out.
        plain.pop("minLength", None)
    if schema.get("type") == "object":
        needed = schema.get("required", [])
        if "properties" in schema:
            plain["properties"] = {
                name: _published(each, required=name in needed) for name, each in schema["properties"].items()
            }
        if needed:
            plain["required"] = needed
    if "items" in schema:
        plain["items"] = _published(schema["items"], required=True)
        if schema.get("description") and "properties" in plain["items"]:
            # The list says what it holds; what the class of an object says is for readers of the code.
            plain["items"].pop("description", None)
    if description := _description(schema):
        plain["description"] = description
    return plain


def _is_changed_by_null(schema: Schema) -> bool:
    """Tells whether an optional argument comes to mean something where null stands for false or 0.

    VS Code makes that of a null where a boolean or a number is wanted. Of a null where a text is wanted it
    makes "", which is as good as an argument left out: so such an argument is published as a text.
    """
    match schema.get("type"):
        case "boolean":
            return schema.get("default") is not False
        case "integer" | "number":
            is_allowed = schema.get("minimum", 0) <= 0 <= schema.get("maximum", 0)
            return is_allowed and schema.get("default") != 0
    return False


def _description(schema: Schema) -> str:
    said = schema.get("description", "")
    default = schema.get("default")
    if default in (None, "", 0, False, [], {}):
        return str(said)
    shown = ", ".join(default) if isinstance(default, list) else default
    shown = shown if isinstance(shown, str) else json.dumps(shown)
    return f"{said} Default: {shown}."
