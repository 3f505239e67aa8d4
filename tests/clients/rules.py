"""What each client or provider takes of a tool's input schema, as each documents it or as its code does it.

Every function returns what would be lost or refused. `make clients` runs the converters themselves, and
docs/clients.md holds what they said; these rules are what every test run can hold the tools against.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

type Schema = Mapping[str, Any]

_OPENAI = frozenset(
    (
        "type", "description", "properties", "required", "items", "enum", "pattern", "minLength", "maxLength",
        "minimum", "maximum", "minItems", "maxItems",
    )
)  # fmt: skip
_GEMINI = _OPENAI
_TYPES = frozenset(("string", "integer", "number", "boolean", "array", "object"))


def parts(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yields a schema and all within it, each with where it is."""
    yield path or "(root)", schema
    for name, each in schema.get("properties", {}).items():
        yield from parts(each, f"{path}.{name}".lstrip("."))
    if isinstance(schema.get("items"), Mapping):
        yield from parts(schema["items"], f"{path}[]")


def openai(name: str, schema: Schema) -> list[str]:
    """OpenAI, strict (Structured outputs, "Supported schemas").

    The root is an object without a union; other keywords than these are refused (`default` is: camel-ai
    issue 2288). Where an object is open or a value has no type, strict cannot express it: SDKs then send the
    schema as it is, with strict off, which loses nothing.
    """
    return _unknown(schema, _OPENAI) + ([] if _is_object(schema) else ["the root is no plain object"])


def anthropic(name: str, schema: Schema) -> list[str]:
    """Anthropic (Messages API, tools): a root of type object without a union, names of a fixed alphabet."""
    names = [each for each in schema.get("properties", {}) if not re.fullmatch(r"[a-zA-Z0-9_.-]{1,64}", each)]
    wrong = [] if re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) else ["name"]
    return wrong + names + ([] if _is_object(schema) else ["the root is no plain object"])


def gemini(name: str, schema: Schema) -> list[str]:
    """Gemini (Schema of the Generative Language API): a part of OpenAPI 3.0.

    An array says what its items are, an enum is one of texts, none empty, and what is required is there.
    google-genai refuses every schema with `additionalProperties` or `$defs`.
    """
    found = _unknown(schema, _GEMINI)
    for path, each in parts(schema):
        if each.get("type") == "array" and not isinstance(each.get("items"), Mapping):
            found.append(f"{path}: an array without items")
        if "enum" in each and (
            each.get("type") != "string" or not all(isinstance(v, str) and v for v in each["enum"])
        ):
            found.append(f"{path}: an enum that is not of texts")
        found += [
            f"{path}: {r} is not there" for r in each.get("required", ()) if r not in each["properties"]
        ]
    return found


def vscode(name: str, schema: Schema) -> list[str]:
    """VS Code (Ajv, `coerceTypes: true`): what its compiler refuses, and patterns that JavaScript reads anew.

    Ajv's strict mode refuses formats it does not know, and it knows none by itself.
    """
    found = [f"{path}: format" for path, each in parts(schema) if "format" in each]
    for path, each in parts(schema):
        if re.search(r"\\[wWdDsSbBpP]|\(\?", each.get("pattern", "")):
            found.append(f"{path}: a pattern that means something else in JavaScript")
        if isinstance(each.get("type"), list):
            found.append(f"{path}: a union of types")
    return found + [f"{path}: anyOf" for path, each in parts(schema) if "anyOf" in each]


def semantic_kernel(name: str, schema: Schema) -> list[str]:
    """Semantic Kernel: it keeps `properties` and `required` alone, so each property stands by itself."""
    return [f"{key} is lost" for key in schema if key not in ("type", "properties", "required")] + [
        f"{path}: a reference to what is lost" for path, each in parts(schema) if "$ref" in each
    ]


def langchain(name: str, schema: Schema) -> list[str]:
    """LangChain: it resolves references and drops titles; a property with a union loses its description."""
    return [
        f"{path}: {key}"
        for path, each in parts(schema)
        for key in ("$ref", "$defs", "title", "anyOf", "oneOf", "allOf")
        if key in each
    ]


CLIENTS: Mapping[str, Callable[[str, Schema], list[str]]] = {
    "OpenAI strict": openai,
    "Anthropic": anthropic,
    "Gemini": gemini,
    "VS Code": vscode,
    "Semantic Kernel": semantic_kernel,
    "LangChain": langchain,
}


def _unknown(schema: Schema, known: frozenset[str]) -> list[str]:
    return [f"{path}: {key}" for path, each in parts(schema) for key in each if key not in known] + [
        f"{path}: type {each['type']}"
        for path, each in parts(schema)
        if "type" in each and not (isinstance(each["type"], str) and each["type"] in _TYPES)
    ]


def _is_object(schema: Schema) -> bool:
    return schema.get("type") == "object" and not {"anyOf", "oneOf", "allOf"} & schema.keys()
