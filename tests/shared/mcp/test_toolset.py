"""Tools: what a signature says, and what a call may say."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import jsonschema
import pytest
from pydantic import BaseModel, Field

from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.plain_schema import published
from shared.mcp.toolset import Tool, Toolset

FORBIDDEN = "value-nobody-may-see"
toolset = Toolset("sample")


class Found(BaseModel):
    """What was found."""

    title: str
    received: datetime | None = None


@toolset.tool(scopes=["Mail.Read", "vso.work", "Files.Read"], writes=True)
async def find_things(
    caller: Caller,
    query: Annotated[str, Field(min_length=1, max_length=20, description="Words to look for.")],
    limit: Annotated[int, Field(ge=1, le=50, description="How many at most.")] = 10,
    since: Annotated[datetime | None, Field(description="From when on.")] = None,
    kind: Annotated[Literal["mail", "file"] | None, Field(description="What to look for.")] = None,
    tags: Annotated[list[str], Field(max_length=3, description="Labels.")] = [],  # noqa: B006
    ratio: Annotated[float, Field(ge=0.1, description="How close.")] = 1.0,
    whole: Annotated[bool, Field(description="Whether all of it.")] = True,
    from_hour: Annotated[int, Field(ge=0, le=23, description="From which hour on.")] = 8,
    deep: Annotated[bool, Field(description="Whether to look everywhere.")] = False,
) -> Found:
    """Find things.

    Use it to find things.
    """
    return Found(title=query)


@toolset.tool(scopes=[])
async def take_nothing(caller: Caller) -> Found:
    """Get nothing."""
    return Found(title="")


FIND, NOTHING = toolset


def parse_refusal(arguments: Any, tool: Tool = FIND) -> ToolError:
    with pytest.raises(ToolError) as raised:
        tool.parse(arguments)
    assert "invalid_argument" == raised.value.code
    return raised.value


def test_a_declaration_says_all_there_is_to_know_of_a_tool() -> None:
    assert ("find_things", "sample", True) == (FIND.name, FIND.family, FIND.writes)
    assert "Find things.\n\nUse it to find things." == FIND.description
    assert ["Mail.Read", "Files.Read"] == FIND.scopes_of("graph")
    assert ["vso.work"] == FIND.scopes_of("devops")
    assert not NOTHING.writes


async def test_the_decorator_returns_the_function_unchanged() -> None:
    found = await find_things(None, "budget")  # type: ignore[arg-type]

    assert find_things is FIND.function
    assert "budget" == found.title


def test_the_input_schema_is_plain_described_and_without_titles() -> None:
    schema = FIND.input_schema

    jsonschema.Draft202012Validator.check_schema(schema)
    assert {
        "type": "object",
        "required": ["query"],
        "properties": {
            "query": {
                "type": "string",
                "minLength": 1,
                "maxLength": 20,
                "description": "Words to look for.",
            },
            "limit": {
                "type": "integer",
                "minimum": 1,
                "maximum": 50,
                "description": "How many at most. Default: 10.",
            },
            "since": {"type": "string", "description": "From when on."},
            "kind": {"type": "string", "enum": ["mail", "file"], "description": "What to look for."},
            "tags": {
                "type": "array",
                "items": {"type": "string"},
                "maxItems": 3,
                "description": "Labels.",
            },
            "ratio": {"type": "number", "minimum": 0.1, "description": "How close. Default: 1.0."},
            # Null stands for false and for 0 where a client changes types, but not where texts are wanted.
            "whole": {
                "type": "string",
                "enum": ["true", "false"],
                "description": "Whether all of it. Default: true.",
            },
            "from_hour": {"type": "string", "description": "From which hour on. Default: 8."},
            "deep": {"type": "boolean", "description": "Whether to look everywhere."},
        },
    } == schema


def test_a_tool_without_parameters_takes_an_empty_object() -> None:
    assert {"type": "object", "properties": {}} == NOTHING.input_schema
    assert {} == NOTHING.parse({})
    assert [] == NOTHING.properties


def test_the_output_schema_keeps_a_property_named_title() -> None:
    schema = FIND.output_schema

    jsonschema.Draft202012Validator.check_schema(schema)
    assert "object" == schema["type"]
    assert {"type": "string"} == schema["properties"]["title"]
    assert "title" not in schema


def test_an_older_host_is_told_the_parameters_one_by_one() -> None:
    kinds = {
        each["propertyName"]: (each["propertyType"], each["isRequired"], each["isArray"])
        for each in FIND.properties
    }

    assert {
        "query": ("string", True, False),
        "limit": ("integer", False, False),
        "since": ("string", False, False),
        "kind": ("string", False, False),
        "tags": ("string", False, True),
        "ratio": ("number", False, False),
        "whole": ("string", False, False),
        "from_hour": ("string", False, False),
        "deep": ("boolean", False, False),
    } == kinds
    assert "Words to look for." == FIND.properties[0]["description"]


def test_arguments_arrive_as_the_function_takes_them() -> None:
    parsed = FIND.parse({"query": "budget", "since": "2026-11-19T09:30:00Z", "kind": "mail", "tags": ["a"]})

    assert {
        "query": "budget",
        "limit": 10,
        "since": datetime(2026, 11, 19, 9, 30, tzinfo=UTC),
        "kind": "mail",
        "tags": ["a"],
        "ratio": 1.0,
        "whole": True,
        "from_hour": 8,
        "deep": False,
    } == parsed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "query: is missing."),
        ({"query": "a", FORBIDDEN[:5]: FORBIDDEN}, f"{FORBIDDEN[:5]}: is not an argument of this tool."),
        ({"query": "a", "caller": FORBIDDEN}, "caller: is not an argument of this tool."),
        ({"query": None}, "query: input should be a valid string; got null."),
        ({"query": True}, "query: input should be a valid string; got true or false."),
        ({"query": ""}, "query: string should have at least 1 character; got an empty text."),
        ({"query": FORBIDDEN * 2}, "query: string should have at most 20 characters; got a text."),
        ({"query": "a", "limit": 0}, "limit: input should be greater than or equal to 1; got a number."),
        ({"query": "a", "limit": 51}, "limit: input should be less than or equal to 50; got a number."),
        ({"query": "a", "limit": "ten"}, "limit: input should be a valid integer; got a text."),
        ({"query": "a", "limit": 1.5}, "limit: input should be a valid integer"),
        ({"query": "a", "limit": True}, "limit: input should be a valid integer; got true or false."),
        ({"query": "a", "since": FORBIDDEN}, "since: input should be a valid datetime"),
        ({"query": "a", "kind": FORBIDDEN}, "kind: input should be 'mail' or 'file'; got a text."),
        ({"query": "a", "tags": {FORBIDDEN: 1}}, "tags: input should be a valid array; got an object."),
        ({"query": "a", "tags": ["b", []]}, "tags.1: input should be a valid string; got a list."),
        ({"query": "a", "tags": list("abcd")}, "tags: list should have at most 3 items"),
        ({"query": "a", "deep": "yes"}, "deep: input should be a valid boolean; got a text."),
        ({"query": "a", "ratio": FORBIDDEN}, "ratio: input should be a valid number; got a text."),
        ({"query": "a", "ratio": float("nan")}, "ratio: input should be a finite number; got a number."),
        ({"query": "a", "ratio": float("inf")}, "ratio: input should be a finite number; got a number."),
        ({"query": "a", "limit": float("nan")}, "limit: input should be"),
        ({"query": "a", "limit": 10**400}, "limit: "),
        ({"query": f"{FORBIDDEN[:5]}\ud800"}, "arguments: invalid JSON"),
    ],
)
def test_a_wrong_argument_is_named_and_its_value_is_not_repeated(
    arguments: dict[str, Any], said: str
) -> None:
    error = parse_refusal(arguments)

    assert error.message.startswith(said)
    assert FORBIDDEN not in error.message
    assert (
        "find_things takes: query, limit, since, kind, tags, ratio, whole, from_hour, deep." == error.remedy
    )


def test_every_wrong_argument_is_named() -> None:
    assert (
        "query: is missing. limit: input should be a valid integer; got a list."
        == parse_refusal({"limit": []}).message
    )


def test_a_tool_without_parameters_says_so() -> None:
    assert "take_nothing takes: no arguments." == parse_refusal({"a": 1}, NOTHING).remedy


@pytest.mark.parametrize("depth", [300, 100_000])
def test_arguments_nested_too_deep_are_refused(depth: int) -> None:
    deep: Any = 1
    for _ in range(depth):
        deep = [deep]

    error = parse_refusal({"query": "a", "tags": deep})

    assert error.message.startswith(
        ("The arguments are nested too deep", "arguments: invalid JSON", "tags.0:")
    )


async def no_parameters() -> Found:
    """Get it."""
    return Found(title="")


async def no_caller(query: Annotated[str, Field(description="Words.")]) -> Found:
    """Get it."""
    return Found(title="")


async def no_docstring(caller: Caller) -> Found:
    return Found(title="")


def not_async(caller: Caller) -> Found:
    """Get it."""
    return Found(title="")


async def no_model(caller: Caller) -> str:
    """Get it."""
    return ""


async def no_result(caller: Caller):  # type: ignore[no-untyped-def]
    """Get it."""


async def not_described(caller: Caller, query: str) -> Found:
    """Get it."""
    return Found(title="")


async def not_annotated(caller: Caller, query="a") -> Found:  # type: ignore[no-untyped-def]
    """Get it."""
    return Found(title="")


async def any_number(caller: Caller, *queries: Annotated[str, Field(description="Words.")]) -> Found:
    """Get it."""
    return Found(title="")


@pytest.mark.parametrize(
    "function",
    [
        no_parameters,
        no_caller,
        no_docstring,
        not_async,
        no_model,
        no_result,
        not_described,
        not_annotated,
        any_number,
    ],
)
def test_a_function_of_another_form_is_no_tool(function: Callable[..., Awaitable[BaseModel]]) -> None:
    empty = Toolset("wrong")

    with pytest.raises(TypeError, match=f"^{function.__name__}: "):
        empty.tool(scopes=[])(function)

    assert [] == list(empty)


def test_schemas_are_json() -> None:
    for tool in toolset:
        assert tool.input_schema == json.loads(json.dumps(tool.input_schema))
        assert tool.output_schema == json.loads(json.dumps(tool.output_schema))


def test_a_list_of_objects_is_described_once() -> None:
    item = {
        "type": "object",
        "properties": {"name": {"type": "string", "description": "Its name."}},
        "description": "A thing.",
    }
    listed = {"type": "array", "items": item, "description": "The things."}

    assert {"type", "properties"} == published(listed)["items"].keys()
    assert "A thing." == published({"type": "array", "items": item})["items"]["description"]
