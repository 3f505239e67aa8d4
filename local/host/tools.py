"""The tools an app declares in its `mcpToolTrigger` bindings, as the extension lists and checks them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.host.declarations import TOOL, Declaration, caseless, declaring, without_empty
from local.host.errors import StartupError
from local.host.worker import Function


@dataclass(frozen=True)
class Tool:
    """One tool: the function behind it and what `tools/list` says of it."""

    function: Function
    name: str
    description: str | None
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None
    metadata: dict[str, Any]
    returns_envelope: bool

    @classmethod
    def declared(cls, function: Function) -> Tool:
        """Reads the tool of a function's trigger. Raises StartupError when the extension would refuse it."""
        declaration = Declaration(function, "tool", "toolName")
        return cls(
            function=function,
            name=declaration.name,
            description=declaration.text("description"),
            input_schema=declaration.object_schema("inputSchema")
            if declaration.flag("useWorkerInputSchema")
            else _schema_of(declaration.objects("toolProperties", "propertyName")),
            output_schema=declaration.object_schema("outputSchema")
            if declaration.text("outputSchema")
            else None,
            metadata=declaration.metadata(),
            returns_envelope=declaration.flag("useResultSchema"),
        )

    def listing(self) -> dict[str, Any]:
        """Returns its entry in `tools/list`. The extension sends neither title nor annotations."""
        return without_empty(
            {
                "name": self.name,
                "description": self.description,
                "inputSchema": self.input_schema,
                "outputSchema": self.output_schema,
                "_meta": self.metadata,
            }
        )

    def missing(self, arguments: Mapping[str, Any]) -> list[str]:
        """Returns the required arguments that are absent or null, all that the extension checks."""
        return [name for name in self.input_schema.get("required", []) if arguments.get(name) is None]


def declared_tools(functions: Iterable[Function]) -> dict[str, Tool]:
    """Returns the tools of an app by `caseless` name, in the order of their functions' names.

    Raises:
        StartupError: Two tools share a name in any case, or a declaration is wrong.
    """
    tools: dict[str, Tool] = {}
    for function in declaring(functions, TOOL):
        tool = Tool.declared(function)
        other = tools.setdefault(caseless(tool.name), tool)
        if other is not tool:
            raise StartupError(
                f"tool {tool.name!r} is declared by both {other.function.name!r} and {function.name!r}"
            )
    return tools


def _schema_of(properties: list[dict[str, Any]]) -> dict[str, Any]:
    """Makes the input schema of `toolProperties` as the extension does."""
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
