"""Whatever a client sends: what fits a tool's schema never crashes it, what does not is refused."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from shared.entra.principal import Principal
from shared.errors import ToolError
from shared.mcp.dispatch import dispatch
from shared.mcp.invocation import ERROR_KEY, Invocation
from shared.mcp.normalization import normalized
from shared.mcp.plain_schema import inlined
from shared.mcp.tool_call import ToolCall
from shared.mcp.toolset import Tool
from shared.server import Server
from shared.tools import CATALOGUE
from tests.shared.tools.sandbox import Sandbox, principal
from tests.shared.tools.schema_strategy import fitting

each_tool = pytest.mark.parametrize("tool", CATALOGUE, ids=lambda tool: tool.name)
relaxed = settings(
    deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None, max_examples=6
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


class Open:
    """Lets everybody in as Ana, with the sandbox's clients."""

    limit_characters = 40_000
    timeout_seconds = 100

    def __init__(self, server: Server) -> None:
        self._server = server

    async def authenticate(self, invocation: Invocation) -> tuple[Principal, str]:
        from local.organisation import organisation  # noqa: PLC0415

        return principal(organisation().user("ana")), "ana"

    async def authorize(self, who: Principal, token: str, tool: Tool) -> None:
        pass

    def caller(self, who: Principal, token: str, tool: Tool) -> Any:
        return self._server.caller(who, token, tool)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="module")
def entrance(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Open:
    async def make(folder: Path) -> Sandbox:
        return Sandbox(folder)

    return Open(runner.run(make(tmp_path_factory.mktemp("any"))).server)


@each_tool
def test_what_fits_the_schema_never_crashes(tool: Tool, runner: asyncio.Runner, entrance: Open):
    # As clients see it, and as the server holds it: there names have patterns and values types.
    held = tool.operation.arguments.model_json_schema()

    @relaxed
    @given(arguments=fitting(tool.input_schema) | fitting(held))
    def holds(arguments: dict[str, Any]) -> None:
        context = {
            "arguments": arguments,
            "transport": {"name": "http-streamable", "properties": {"headers": {}}},
        }
        envelope = json.loads(runner.run(dispatch(ToolCall(tool), json.dumps(context), lambda: entrance)))
        result = json.loads(envelope["content"])
        error = result.get("_meta", {}).get(ERROR_KEY, {})

        assert error.get("code") != "internal_error", error
        if not result["isError"]:
            Draft202012Validator(tool.output_schema).validate(result["structuredContent"])

    holds()


@each_tool
def test_what_does_not_fit_the_schema_is_refused(tool: Tool):
    schema = tool.operation.arguments.model_json_schema()
    validator = Draft202012Validator(schema)
    names = [*tool.input_schema["properties"], "unknown"]

    @settings(relaxed, max_examples=30)
    @given(arguments=st.dictionaries(st.sampled_from(names), JSON, max_size=3))
    def holds(arguments: dict[str, Any]) -> None:
        try:
            tool.parse(arguments)
        except ToolError as refused:
            assert refused.code == "invalid_argument"
        else:
            assert validator.is_valid(normalized(arguments, inlined(schema))), arguments

    holds()
