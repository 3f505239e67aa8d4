"""Reads what a function declares in its trigger's binding, for tools, resources and prompts alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from local.host import dotnet_json
from local.host.configuration import Version
from local.host.dotnet_json import JsonError
from local.host.errors import StartupError
from local.host.worker import Function

TOOL, RESOURCE, PROMPT = "mcptooltrigger", "mcpresourcetrigger", "mcpprompttrigger"
TRIGGERS = frozenset({TOOL, RESOURCE, PROMPT})

# The oldest bundle whose extension knows the trigger, or the property of a trigger, that an app uses.
_BUNDLES: dict[str, Version] = {RESOURCE: (4, 33, 0), PROMPT: (4, 35, 0), "outputschema": (4, 36, 0)}


def caseless(name: str) -> str:
    """Returns the form of a name by which .NET compares names regardless of their case."""
    return "".join(upper if len(upper := letter.upper()) == 1 else letter for letter in name)


def declaring(functions: Iterable[Function], trigger: str) -> list[Function]:
    """Returns the functions with this trigger in the order the host registers them: by function name."""
    chosen = [function for function in functions if function.trigger["type"].casefold() == trigger]
    return sorted(chosen, key=lambda function: caseless(function.name))


def require_bundle(functions: Iterable[Function], bundle: Version | None) -> None:
    """Checks that the extension bundle of `host.json` knows all that the functions declare.

    Raises:
        StartupError: It is too old, or there is none.
    """
    for function in functions:
        kind = function.trigger["type"].casefold()
        if kind in TRIGGERS and bundle is None:
            raise StartupError(
                "host.json names no extensionBundle, so there is no MCP extension to serve the tools"
            )
        used = (kind, *(key for key, value in function.trigger.items() if value))
        needed = max((_BUNDLES[each] for each in used if each in _BUNDLES), default=None)
        if needed is not None and bundle is not None and bundle < needed:
            raise StartupError(
                f"host.json allows extension bundle {_dotted(bundle)}, but function {function.name!r} "
                f"needs [{_dotted(needed)}, 5.0.0)"
            )


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))


class Declaration:
    """Reads a trigger binding by type; every error names what is declared."""

    def __init__(self, function: Function, kind: str, name_key: str) -> None:
        self._binding = function.trigger
        self._kind = kind
        self.name = self.text(name_key) or ""
        if not self.name:
            raise StartupError(f"an {function.trigger['type']} has no {name_key}")

    def text(self, key: str) -> str | None:
        """Returns a text, None where it is not declared."""
        value = self._binding.get(key.casefold())
        if value is not None and not isinstance(value, str):
            raise self.wrong(key, "is not a string")
        return value

    def flag(self, key: str) -> bool:
        """Returns true or false, which may be declared as a text."""
        value = self._binding.get(key.casefold())
        if isinstance(value, str) and value.casefold() in ("true", "false"):
            return value.casefold() == "true"
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self.wrong(key, "is neither true nor false")

    def object_schema(self, key: str) -> dict[str, Any]:
        """Returns the JSON Schema of an object."""
        schema = self._json(key)
        if not isinstance(schema, dict) or schema.get("type") != "object":
            raise self.wrong(key, 'is not a JSON Schema with "type": "object"')
        required = schema.get("required", [])
        if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
            raise self.wrong(key, "has a `required` that is not a list of names")
        return schema

    def metadata(self) -> dict[str, Any]:
        """Returns what is listed as `_meta`."""
        if not self.text("metadata"):
            return {}
        metadata = self._json("metadata")
        if not isinstance(metadata, dict):
            raise self.wrong("metadata", "is not a JSON object")
        return metadata

    def objects(self, key: str, name_key: str) -> list[dict[str, Any]]:
        """Returns the list of objects in a text of JSON, each with a name."""
        if not self.text(key):
            return []
        objects = self._json(key)
        if not isinstance(objects, list) or not all(isinstance(each, dict) for each in objects):
            raise self.wrong(key, "is not a JSON array of objects")
        if not all(isinstance(each.get(name_key), str) for each in objects):
            raise self.wrong(key, f"has an entry without a {name_key}")
        return objects

    def wrong(self, key: str, why: str) -> StartupError:
        """Makes the error of a declaration the host refuses."""
        return StartupError(f"{self._kind} {self.name!r}: {key} {why}")

    def _json(self, key: str) -> Any:
        try:
            return dotnet_json.parse(self.text(key) or "")
        except JsonError as error:
            raise self.wrong(key, f"is not JSON: {error}") from error


def without_empty(entry: dict[str, Any]) -> dict[str, Any]:
    """Returns an entry of a list without the members that are not declared."""
    return {key: value for key, value in entry.items() if value is not None and value != {}}
