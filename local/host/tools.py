"""The tools an app declares in its `mcpToolTrigger` bindings, as the extension lists and checks them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.host.configuration import Version
from local.host.errors import StartupError
from local.host.worker import Function

TRIGGER = "mcptooltrigger"

# Extension 1.5.0, which reads `outputSchema`, is in every bundle from this one on.
_BUNDLE_WITH_OUTPUT_SCHEMA: Version = (4, 36, 0)


@dataclass(frozen=True)
class Tool:
    """One tool: the function behind it and what `tools/list` says of it."""

    function: Function
    name: str
    description: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None
    metadata: dict[str, Any]
    returns_envelope: bool

    @classmethod
    def declared(cls, function: Function) -> Tool:
        """The tool of a function's trigger. Raises StartupError when the extension would refuse it."""
        declaration = _Declaration(function.trigger)
        worker_schema = declaration.flag("useWorkerInputSchema")
        return cls(
            function=function,
            name=declaration.name,
            description=declaration.text("description"),
            input_schema=declaration.object_schema("inputSchema")
            if worker_schema
            else _schema_of(declaration.properties()),
            output_schema=declaration.object_schema("outputSchema")
            if declaration.text("outputSchema")
            else None,
            metadata=declaration.metadata(),
            returns_envelope=declaration.flag("useResultSchema"),
        )

    def listing(self) -> dict[str, Any]:
        """Its entry in `tools/list`. The extension sends neither title nor annotations."""
        entry: dict[str, Any] = {
            "name": self.name,
            "description": self.description,
            "inputSchema": self.input_schema,
        }
        if self.output_schema is not None:
            entry["outputSchema"] = self.output_schema
        if self.metadata:
            entry["_meta"] = self.metadata
        return entry

    def missing(self, arguments: Mapping[str, Any]) -> list[str]:
        """The required arguments that are absent or null, all that the extension checks."""
        return [name for name in self.input_schema.get("required", []) if arguments.get(name) is None]


def declared_tools(functions: list[Function], bundle: Version | None) -> dict[str, Tool]:
    """The tools of an app by name, in the order of declaration.

    Raises:
        StartupError: Two tools share a name in any case, a declaration is wrong, or `host.json`
            allows an extension too old for what the declarations use.
    """
    tools: dict[str, Tool] = {}
    taken: dict[str, str] = {}
    for function in functions:
        if function.trigger["type"].casefold() != TRIGGER:
            continue
        tool = Tool.declared(function)
        other = taken.setdefault(tool.name.casefold(), function.name)
        if other != function.name:
            raise StartupError(f"tool {tool.name!r} is declared by both {other!r} and {function.name!r}")
        tools[tool.name] = tool
    _require_bundle(tools, bundle)
    return tools


def _require_bundle(tools: Mapping[str, Tool], bundle: Version | None) -> None:
    if tools and bundle is None:
        raise StartupError(
            "host.json names no extensionBundle, so there is no MCP extension to serve the tools"
        )
    modern = next((tool.name for tool in tools.values() if tool.output_schema is not None), None)
    if modern is not None and bundle is not None and bundle < _BUNDLE_WITH_OUTPUT_SCHEMA:
        raise StartupError(
            f"host.json allows extension bundle {'.'.join(map(str, bundle))}, but the outputSchema of tool "
            f"{modern!r} needs [{'.'.join(map(str, _BUNDLE_WITH_OUTPUT_SCHEMA))}, 5.0.0)"
        )


class _Declaration:
    """Typed reading of a trigger binding; every error names the tool."""

    def __init__(self, binding: Mapping[str, Any]) -> None:
        self._binding = binding
        self.name = self.text("toolName")
        if not self.name:
            raise StartupError("an mcpToolTrigger has no toolName")

    def text(self, key: str) -> str:
        value = self._binding.get(key.casefold())
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._wrong(key, "is not a string")
        return value

    def flag(self, key: str) -> bool:
        value = self._binding.get(key.casefold())
        if isinstance(value, str) and value.casefold() in ("true", "false"):
            return value.casefold() == "true"
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self._wrong(key, "is neither true nor false")

    def object_schema(self, key: str) -> dict[str, Any]:
        schema = self._json(key)
        if not isinstance(schema, dict) or schema.get("type") != "object":
            raise self._wrong(key, 'is not a JSON Schema with "type": "object"')
        required = schema.get("required", [])
        if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
            raise self._wrong(key, "has a `required` that is not a list of names")
        return schema

    def metadata(self) -> dict[str, Any]:
        if not self.text("metadata"):
            return {}
        metadata = self._json("metadata")
        if not isinstance(metadata, dict):
            raise self._wrong("metadata", "is not a JSON object")
        return metadata

    def properties(self) -> list[dict[str, Any]]:
        if not self.text("toolProperties"):
            return []
        properties = self._json("toolProperties")
        if not isinstance(properties, list) or not all(isinstance(each, dict) for each in properties):
            raise self._wrong("toolProperties", "is not a JSON array of objects")
        if not all(isinstance(each.get("propertyName"), str) for each in properties):
            raise self._wrong("toolProperties", "has an entry without a propertyName")
        return properties

    def _json(self, key: str) -> Any:
        try:
            return json.loads(self.text(key))
        except ValueError as error:
            raise self._wrong(key, f"is not JSON: {error}") from error

    def _wrong(self, key: str, why: str) -> StartupError:
        return StartupError(f"tool {self._binding.get('toolname')!r}: {key} {why}")


def _schema_of(properties: list[dict[str, Any]]) -> dict[str, Any]:
    """The input schema the extension makes of `toolProperties`."""
    return {
        "type": "object",
        "properties": {each["propertyName"]: _property_schema(each) for each in properties},
        "required": [each["propertyName"] for each in properties if each.get("isRequired")],
    }


def _property_schema(described: dict[str, Any]) -> dict[str, Any]:
    value: dict[str, Any] = {"type": described.get("propertyType", "string")}
    if described.get("enumValues"):
        value["enum"] = described["enumValues"]
    schema = {"type": "array", "items": value} if described.get("isArray") else value
    return {**schema, "description": described.get("description") or ""}
