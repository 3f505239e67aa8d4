"""What every tool owes, whoever wrote it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.errors import ToolError
from shared.mcp.invocation import MAX_DEPTH
from shared.mcp.toolset import Tool
from shared.tools import CATALOGUE

WITHOUT_SCOPES = {"check_access", "get_preferences", "set_preferences", "confirm_write"}
"""Tools that ask no API by themselves: the caller's own token is enough."""

OF_THIS_SERVER = {"set_preferences"}
"""Tools that change something, but nothing in Microsoft 365 or Azure DevOps."""

READING = {
    "Check", "Compare", "Diagnose", "Download", "Find", "Get", "List", "Read", "Search", "Show", "Summarize",
}  # fmt: skip
WRITING = {
    "Accept", "Add", "Answer", "Approve", "Assign", "Book", "Cancel", "Change", "Comment", "Complete",
    "Create", "Delete", "Draft", "Edit", "Forward", "Mark", "Move", "Post", "Queue", "Remove", "Replace",
    "Reply", "Rerun", "Run", "Save", "Schedule", "Send", "Set", "Share", "Start", "Unset", "Update", "Upload",
    "Write",
}  # fmt: skip

each_tool = pytest.mark.parametrize("tool", CATALOGUE, ids=lambda tool: tool.name)


def test_there_are_tools_and_no_two_have_one_name() -> None:
    names = [tool.name for tool in CATALOGUE]

    assert len(names) >= 3
    assert len(set(names)) == len(names)


@each_tool
def test_what_runs_is_the_function_of_its_name(tool: Tool) -> None:
    assert tool.name == tool.function.__name__


@each_tool
def test_a_name_is_one_every_client_takes(tool: Tool) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", tool.name)
    assert len(tool.name) <= 64


@each_tool
def test_a_description_begins_with_one_sentence_on_one_line(tool: Tool) -> None:
    first, *rest = tool.description.splitlines()

    assert first.endswith((".", ":")) or ":" in first
    assert len(first) <= 110
    assert not rest or rest[0] == ""


@each_tool
def test_its_first_word_tells_reading_from_writing(tool: Tool) -> None:
    verb = re.split(r"\W", tool.description, maxsplit=1)[0]

    assert verb in (WRITING if tool.writes or tool.name in OF_THIS_SERVER else READING)


@each_tool
def test_its_input_schema_is_a_described_object(tool: Tool) -> None:
    Draft202012Validator.check_schema(tool.input_schema)
    assert "object" == tool.input_schema["type"]
    assert [] == [
        name for name, schema in tool.input_schema["properties"].items() if not schema.get("description")
    ]


@each_tool
def test_an_argument_it_does_not_have_is_refused_by_name(tool: Tool) -> None:
    with pytest.raises(ToolError) as refused:
        tool.parse({"no_such_argument": None})

    assert "invalid_argument" == refused.value.code
    assert "no_such_argument: is not an argument of this tool." in refused.value.message


@each_tool
def test_a_result_is_never_so_deep_that_the_host_masks_it(tool: Tool) -> None:
    """What a schema leaves open, as the values of a list's columns, is measured when it is sent."""
    assert depth(tool.output_schema, tool.output_schema.get("$defs", {})) < MAX_DEPTH


def depth(schema: dict[str, Any], definitions: dict[str, Any], within: tuple[str, ...] = ()) -> int:
    """How many objects and lists can enclose each other by a schema, without end if it is recursive."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return MAX_DEPTH if name in within else depth(definitions[name], definitions, (*within, name))
    inner = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
    nested = max((depth(each, definitions, within) for each in inner if isinstance(each, dict)), default=0)
    choices = [each for key in ("anyOf", "oneOf", "allOf") for each in schema.get(key, [])]
    encloses = int(schema.get("type") in ("object", "array"))
    return max([nested + encloses, *(depth(each, definitions, within) for each in choices)])


def test_the_depth_of_a_schema_counts_what_encloses() -> None:
    recursive = {"node": {"type": "object", "properties": {"child": {"$ref": "#/$defs/node"}}}}
    listed = {"type": "array", "items": {"anyOf": [{"type": "object", "additionalProperties": {}}, {}]}}

    assert 2 == depth(listed, {})
    assert depth({"$ref": "#/$defs/node"}, recursive) >= MAX_DEPTH


@each_tool
def test_its_output_schema_is_an_object(tool: Tool) -> None:
    Draft202012Validator.check_schema(tool.output_schema)

    assert "object" == tool.output_schema["type"]


@each_tool
def test_every_reference_in_its_schemas_leads_somewhere(tool: Tool) -> None:
    known = {f"#/$defs/{name}" for name in tool.output_schema.get("$defs", {})}

    assert [] == [*references(tool.input_schema)]
    assert set() == set(references(tool.output_schema)) - known


@each_tool
def test_an_older_host_learns_of_every_parameter(tool: Tool) -> None:
    described = {each["propertyName"]: each for each in tool.properties}

    assert tool.input_schema["properties"].keys() == described.keys()
    assert {"string", "integer", "number", "boolean", "object"} >= {
        each["propertyType"] for each in described.values()
    }
    assert set(tool.input_schema.get("required", [])) == {
        name for name, each in described.items() if each["isRequired"]
    }


@each_tool
def test_it_declares_the_scopes_it_needs(tool: Tool) -> None:
    assert (tool.name in WITHOUT_SCOPES or bool(tool.reads)) == (not tool.all_scopes)
    assert len(set(tool.all_scopes)) == len(tool.all_scopes)
    assert [] == [scope for scope in tool.all_scopes if not re.fullmatch(r"(vso\.)?[A-Za-z0-9_.]+", scope)]
    assert not {".default", "user_impersonation", "offline_access"} & set(tool.all_scopes)


@each_tool
def test_a_reading_tool_declares_no_writing_scope(tool: Tool) -> None:
    writing = [scope for scope in tool.all_scopes if re.search(r"Write|Send|_write|_manage|_execute", scope)]

    assert tool.writes or not writing


@each_tool
def test_what_it_tells_clients_is_json_of_bounded_size(tool: Tool) -> None:
    told = json.dumps([tool.description, tool.input_schema, tool.output_schema])

    assert len(told) < 16_000


def references(schema: Any) -> Iterator[str]:
    """Every `$ref` in a schema."""
    match schema:
        case dict():
            if isinstance(schema.get("$ref"), str):
                yield schema["$ref"]
            for value in schema.values():
                yield from references(value)
        case list():
            for value in schema:
                yield from references(value)
