"""What a client sends for an argument that is left out changes nothing."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.errors import ToolError
from shared.mcp.tool import Tool
from shared.tools import CATALOGUE, ROOT
from tests.clients.samples import arguments

AJV = ROOT / ".venv" / "clients-node"
HERE = Path(__file__).parent
NOTHING = (None, "", " ", "\n")

each_tool = pytest.mark.parametrize("tool", CATALOGUE, ids=lambda tool: tool.name)
with_ajv = pytest.mark.skipif(
    shutil.which("node") is None or not (AJV / "node_modules" / "ajv").is_dir(),
    reason="Ajv is not there: what VS Code makes of arguments is not checked; make ajv installs it.",
)


class VSCode:
    """Checks and changes arguments as VS Code does."""

    def __init__(self, told: dict[str, Any], calls: list[tuple[str, dict[str, Any]]]) -> None:
        self.refused: dict[str, str] = told["refused"]
        self._sent = {json.dumps(call): each for call, each in zip(calls, told["calls"], strict=True)}

    def sends(self, tool: str, given: dict[str, Any]) -> dict[str, Any] | None:
        """Returns what it sends of arguments, or None where it refuses them."""
        sent = self._sent[json.dumps((tool, given))]
        return None if sent["error"] else sent["arguments"]


def optional(tool: Tool) -> Iterator[str]:
    """Yields the names of the arguments that may be left out."""
    required = tool.input_schema.get("required", ())
    yield from (name for name in tool.input_schema["properties"] if name not in required)


def with_one(tool: Tool, name: str, value: Any) -> dict[str, Any]:
    return {**arguments(tool), name: value}


def without(tool: Tool, name: str) -> dict[str, Any]:
    return {each: value for each, value in arguments(tool).items() if each != name}


SAMPLES: list[tuple[str, dict[str, Any]]] = [
    ("graph_search", {"query": "отчёт"}),
    ("graph_search", {"query": "報告"}),
    ("sharepoint_search_sites", {"query": "報告"}),
    (
        "sharepoint_get_list_items",
        {"list_name": "x", "where": [{"column": "A", "operator": "gt", "value": 20}]},
    ),
    ("sharepoint_get_list_items", {"list_name": "x", "where": [{"column": "A", "value": True}]}),
    ("sharepoint_create_list_item", {"list_name": "x", "fields": {"A": 20, "B": True, "C": 1.5, "D": "e"}}),
    (
        "devops_update_work_item",
        {"work_item_id": "1", "rev": 1, "fields": {"A.B": 20, "A.C": True, "A.D": None}},
    ),
]
ERASING: dict[str, Any] = {
    "work_item_id": "1305",
    "rev": 1,
    "description": None,
    "assigned_to": None,
    "tags": ["a2"],
}


@pytest.fixture(scope="module")
def vscode() -> VSCode:
    calls = [(tool.name, with_one(tool, name, None)) for tool in CATALOGUE for name in optional(tool)] + [
        *SAMPLES,
        ("devops_update_work_item", ERASING),
    ]
    told = subprocess.run(
        ["node", str(HERE / "vscode.cjs"), str(AJV)],
        input=json.dumps({"schemas": {tool.name: tool.input_schema for tool in CATALOGUE}, "calls": calls}),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return VSCode(json.loads(told.stdout), calls)


@each_tool
def test_null_and_an_empty_text_are_as_good_as_leaving_an_argument_out(tool: Tool) -> None:
    for name in optional(tool):
        left_out = tool.parse(without(tool, name))

        assert [left_out] * len(NOTHING) == [tool.parse(with_one(tool, name, each)) for each in NOTHING], name


@with_ajv
@each_tool
def test_what_vs_code_makes_of_null_is_as_good_as_leaving_an_argument_out(tool: Tool, vscode: VSCode) -> None:
    for name in optional(tool):
        sent = vscode.sends(tool.name, with_one(tool, name, None))

        assert sent is None or tool.parse(without(tool, name)) == tool.parse(sent), name


@with_ajv
def test_vs_code_compiles_every_input_schema(vscode: VSCode) -> None:
    assert {} == vscode.refused


@with_ajv
@pytest.mark.parametrize(("tool", "given"), SAMPLES)
def test_vs_code_sends_any_script_and_values_without_a_fixed_type_as_they_are(
    tool: str, given: dict[str, Any], vscode: VSCode
) -> None:
    assert given == vscode.sends(tool, given)


@with_ajv
def test_vs_code_sends_nothing_that_erases_for_null(vscode: VSCode) -> None:
    (tool,) = (tool for tool in CATALOGUE if tool.name == "devops_update_work_item")
    sent = vscode.sends(tool.name, ERASING)

    assert sent is not None
    assert {"description": "", "assigned_to": ""}.items() <= sent.items()
    parsed = tool.parse(sent)
    assert (None, None, ["a2"], []) == tuple(
        parsed[name] for name in ("description", "assigned_to", "tags", "clear")
    )


@each_tool
def test_a_value_of_another_kind_is_taken_as_meant_or_refused_by_name(tool: Tool) -> None:
    """A number in a text, a truth in a text, one item for a list: the same call, or none."""
    base = tool.parse(arguments(tool))
    for name, value in arguments(tool).items():
        for changed in _other_forms(value):
            try:
                parsed = tool.parse(with_one(tool, name, changed))
            except ToolError as refused:
                assert "invalid_argument" == refused.code
                assert refused.message.startswith(name)
            else:
                assert base == parsed, (name, changed)


def _other_forms(value: Any) -> Iterator[Any]:
    match value:
        case bool():
            yield str(value).lower()
        case int():
            yield from (str(value), float(value), f"{value}.0")
        case str() if value.isdigit():
            yield from (int(value), float(value))
        case list():
            yield json.dumps(value)
            if len(value) == 1:
                yield value[0]
        case dict():
            yield json.dumps(value)
