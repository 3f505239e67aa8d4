"""Every client takes every tool's input schema, and loses nothing of it."""

from typing import Any

import pytest

from shared.mcp.tool import Tool
from shared.tools import CATALOGUE
from tests.clients.rules import CLIENTS, parts

each_tool = pytest.mark.parametrize("tool", CATALOGUE, ids=lambda tool: tool.name)
each_client = pytest.mark.parametrize("client", CLIENTS)

AS_PYDANTIC_WRITES_IT: dict[str, Any] = {
    "$defs": {"Kind": {"type": "string", "enum": ["a"]}},
    "additionalProperties": False,
    "title": "tool",
    "type": "object",
    "properties": {
        "kind": {"$ref": "#/$defs/Kind", "default": None},
        "since": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": None},
        "query": {"type": "string", "pattern": r"\w"},
        "a name with spaces": {"type": "string"},
    },
}
WITHOUT_TYPE = {
    "sharepoint_get_list_items": {"where[].value"},
}
"""Values whose type only the service knows; SDKs send these tools with strict off."""
OPEN = {
    "sharepoint_create_list_item": {"fields"},
    "sharepoint_update_list_item": {"fields"},
    "devops_create_work_item": {"fields"},
    "devops_update_work_item": {"fields"},
    "devops_update_work_items": {"updates[].fields"},
    "devops_trigger_build": {"parameters", "variables"},
    "graph_read": {"parameters"},
    "devops_read": {"parameters"},
}
"""Objects whose names only the service knows."""


@each_client
@each_tool
def test_a_client_takes_all_of_its_input_schema(client: str, tool: Tool) -> None:
    assert [] == CLIENTS[client](tool.name, tool.input_schema)


@each_client
def test_a_client_does_not_take_a_schema_as_pydantic_writes_it(client: str) -> None:
    assert CLIENTS[client]("tool", AS_PYDANTIC_WRITES_IT)


@each_tool
def test_a_value_has_one_type_unless_only_the_service_knows_it(tool: Tool) -> None:
    untyped = {path for path, each in parts(tool.input_schema) if "type" not in each}
    opened = {
        path
        for path, each in parts(tool.input_schema)
        if each.get("type") == "object" and "properties" not in each
    }

    assert WITHOUT_TYPE.get(tool.name, set()) == untyped
    assert OPEN.get(tool.name, set()) == opened


@each_tool
def test_a_description_of_the_declaration_is_in_the_schema(tool: Tool) -> None:
    for name, field in tool.operation.arguments.model_fields.items():
        said = tool.input_schema["properties"][name]["description"]

        assert said.startswith(field.description or "?")
        if field.default not in (None, False, "", (), [], 0, {}) and not field.is_required():
            assert "Default: " in said
