"""Arguments as clients send them: what is understood, and what is left to be refused."""

from datetime import date
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.text import times

toolset = Toolset("sample")
Day = Annotated[date, times.one_of("a date (2026-11-21)")]


class Row(BaseModel):
    """A row."""

    name: str
    size: int | None = None


class Options(BaseModel):
    """Nothing of it is required."""

    size: int | None = None


class Done(BaseModel):
    """What was done."""


@toolset.tool(scopes=[])
async def change_things(
    caller: Caller,
    name: Annotated[str, Field(min_length=1, description="Its name.")],
    count: Annotated[int, Field(ge=0, description="How many.")] = 7,
    ratio: Annotated[float | None, Field(description="How close.")] = None,
    loud: Annotated[bool, Field(description="Whether all hear it.")] = True,
    note: Annotated[str | None, Field(description="More about it.")] = "kept",
    kind: Annotated[Literal["mail", "file"] | None, Field(description="What it is.")] = None,
    kinds: Annotated[list[Literal["mail", "file"]] | None, Field(description="What they are.")] = None,
    words: Annotated[list[str] | None, Field(description="Any words.")] = None,
    tags: Annotated[
        list[Annotated[str, Field(pattern="^[^;,]+$")]] | None, Field(description="Labels.")
    ] = None,
    numbers: Annotated[list[int] | None, Field(description="Numbers.")] = None,
    rows: Annotated[list[Row] | None, Field(description="Rows.")] = None,
    row: Annotated[Row | None, Field(description="One row.")] = None,
    options: Annotated[Options | None, Field(description="Options.")] = None,
    values: Annotated[dict[str, Any] | None, Field(description="Any values.")] = None,
    texts: Annotated[dict[str, str] | None, Field(description="Texts by name.")] = None,
    day: Annotated[Day | None, Field(description="When.")] = None,
) -> Done:
    """Change things."""
    return Done()


(CHANGE,) = toolset


def understood(**arguments: Any) -> dict[str, Any]:
    return CHANGE.parse({"name": "x", **arguments})


@pytest.mark.parametrize(
    ("argument", "sent", "taken"),
    [
        ("count", "5", 5),
        ("count", " 5 ", 5),
        ("count", "5.0", 5),
        ("count", 5.0, 5),
        ("ratio", "0.25", 0.25),
        ("ratio", 3, 3.0),
        ("loud", "false", False),
        ("loud", "False", False),
        ("loud", "true", True),
        ("name", 4711, "4711"),
        ("name", 4711.0, "4711"),
        ("name", 1.5, "1.5"),
        ("note", 2024, "2024"),
        ("kinds", "mail", ["mail"]),
        ("kinds", '["mail", "file"]', ["mail", "file"]),
        ("kinds", "mail, file", ["mail", "file"]),
        ("words", "one", ["one"]),
        ("words", "one, two", ["one, two"]),
        ("words", ' ["one", "two"]', ["one", "two"]),
        ("words", '["one", "two"]', ["one", "two"]),
        ("words", "[draft] plan", ["[draft] plan"]),
        ("words", 5, ["5"]),
        ("words", [5, "six"], ["5", "six"]),
        ("tags", "a,b", ["a", "b"]),
        ("tags", "a b", ["a b"]),
        ("numbers", "1,2", [1, 2]),
        ("numbers", "[1, 2]", [1, 2]),
        ("numbers", 3, [3]),
        ("numbers", ["1", 2.0], [1, 2]),
        ("rows", {"name": "a", "size": None}, [Row(name="a")]),
        ("rows", '{"name": "a", "size": "3"}', [Row(name="a", size=3)]),
        ("rows", '[{"name": 1, "size": ""}]', [Row(name="1")]),
        ("options", {"size": " "}, Options()),
        ("options", {"size": "3"}, Options(size=3)),
        ("values", '{"a": 1}', {"a": 1}),
        ("values", {"a": "20", "b": None, "c": True}, {"a": "20", "b": None, "c": True}),
        ("texts", {"a": 5}, {"a": "5"}),
        ("day", "2026-11-21", date(2026, 11, 21)),
    ],
)
def test_what_can_mean_one_thing_only_is_taken_so(argument: str, sent: Any, taken: Any) -> None:
    assert taken == understood(**{argument: sent})[argument]


@pytest.mark.parametrize("nothing", [{}, "{}", {"name": ""}, {"name": None, "size": []}])
def test_an_object_without_anything_in_it_stands_for_one_that_is_left_out(nothing: Any) -> None:
    assert understood() == understood(row=nothing)


@pytest.mark.parametrize("nothing", [None, "", " ", "\n\t", "\u00a0\u3000"])
@pytest.mark.parametrize("argument", [name for name in CHANGE.input_schema["properties"] if name != "name"])
def test_null_and_an_empty_text_stand_for_an_argument_that_is_left_out(argument: str, nothing: Any) -> None:
    assert understood() == understood(**{argument: nothing})


@pytest.mark.parametrize(
    ("argument", "sent", "said"),
    [
        ("count", True, "count: input should be a valid integer; got true or false."),
        ("count", "five", "count: input should be a valid integer; got a text."),
        ("count", "5.5", "count: input should be a valid integer; got a text."),
        ("count", [], "count: input should be a valid integer; got a list."),
        ("count", {}, "count: input should be a valid integer; got an object."),
        ("count", 1.5, "count: input should be a valid integer"),
        ("count", "9" * 30, "count: input should be a valid integer; got a text."),
        ("loud", 1, "loud: input should be a valid boolean; got a number."),
        ("loud", "yes", "loud: input should be a valid boolean; got a text."),
        ("name", None, "name: input should be a valid string; got null."),
        ("name", "", "name: string should have at least 1 character; got an empty text."),
        ("name", True, "name: input should be a valid string; got true or false."),
        ("name", ["x"], "name: input should be a valid string; got a list."),
        ("kind", "Mail", "kind: input should be 'mail' or 'file'; got a text."),
        ("kinds", "mail, fax", "kinds.0: input should be 'mail' or 'file'; got a text."),
        ("words", {"a": 1}, "words: input should be a valid array; got an object."),
        ("words", True, "words: input should be a valid array; got true or false."),
        ("words", [None], "words.0: input should be a valid string; got null."),
        ("rows", "a", "rows: input should be a valid array; got a text."),
        ("rows", [{"size": 1}], "rows.0.name: is missing."),
        ("values", "a", "values: input should be an object; got a text."),
        ("texts", {"a": None}, "texts.a: input should be a valid string; got null."),
        ("day", 20261121, "day: must be a date (2026-11-21); got a number."),
        ("unknown", None, "unknown: is not an argument of this tool."),
        ("unknown", "", "unknown: is not an argument of this tool."),
    ],
)
def test_what_could_mean_something_else_is_refused_with_what_was_got(
    argument: str, sent: Any, said: str
) -> None:
    with pytest.raises(ToolError) as refused:
        understood(**{argument: sent})

    assert ("invalid_argument", True) == (refused.value.code, refused.value.message.startswith(said)), (
        refused.value.message
    )


def test_each_argument_that_is_wrong_is_told_with_its_kind() -> None:
    with pytest.raises(ToolError) as refused:
        understood(count="many", loud=3, words={})

    assert (
        "count: input should be a valid integer; got a text. loud: input should be a valid boolean; got a "
        "number. words: input should be a valid array; got an object." == refused.value.message
    )
