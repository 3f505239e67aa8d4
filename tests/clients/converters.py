"""Runs the clients' own converters over the tools' input schemas, and prints what came through as a table.

`make clients` runs it in an environment of its own: the converters are 600 MB with what they need.
"""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

type Tool = Mapping[str, Any]

LISTING = Path(__file__).parents[1] / "shared" / "tools_list.json"


def told(value: Any) -> set[str]:
    """Returns the names of properties, descriptions and values to choose from in a schema."""
    found: set[str] = set()
    if isinstance(value, Mapping):
        properties = value.get("properties")
        found |= set(properties) if isinstance(properties, Mapping) else set()
        said = value.get("description")
        found |= {said} if isinstance(said, str) else set()
        found |= {str(each) for each in value.get("enum") or ()}
        for each in value.values():
            found |= told(each)
    if isinstance(value, list):
        for each in value:
            found |= told(each)
    return found


def as_mcp(tool: Tool) -> Any:
    """Returns the tool as the official client hands it on."""
    from mcp.types import Tool as McpTool  # noqa: PLC0415 - of the environment of make clients

    return McpTool(name=tool["name"], description=tool["description"], inputSchema=tool["inputSchema"])


def gemini(tool: Tool) -> Any:
    from google.genai._mcp_utils import mcp_to_gemini_tool  # noqa: PLC0415

    return mcp_to_gemini_tool(as_mcp(tool)).model_dump(mode="json", exclude_none=True)


def openai(tool: Tool) -> Any:
    """The Agents SDK: strict where that keeps what is accepted, else the schema as it is."""
    from agents.mcp import MCPServerStreamableHttp  # noqa: PLC0415
    from agents.mcp.util import MCPUtil  # noqa: PLC0415

    server = MCPServerStreamableHttp(params={"url": "http://localhost"})
    made = MCPUtil.to_function_tool(as_mcp(tool), server, convert_schemas_to_strict=True)
    return {"description": made.description, **made.params_json_schema}


def openai_strict(tool: Tool) -> Any:
    """The Agents SDK's strict form of what it does not hold to be open."""
    from agents.strict_schema import ensure_strict_json_schema  # noqa: PLC0415

    return {
        "description": tool["description"],
        **ensure_strict_json_schema(json.loads(json.dumps(tool["inputSchema"]))),
    }


def semantic_kernel(tool: Tool) -> Any:
    from semantic_kernel.connectors.ai.function_calling_utils import (  # noqa: PLC0415
        kernel_function_metadata_to_function_call_format,
    )
    from semantic_kernel.connectors.mcp import _get_parameter_dicts_from_mcp_tool  # noqa: PLC0415
    from semantic_kernel.functions import KernelFunctionMetadata, KernelParameterMetadata  # noqa: PLC0415

    metadata = KernelFunctionMetadata(
        name=tool["name"],
        description=tool["description"],
        is_prompt=False,
        parameters=[
            KernelParameterMetadata(**each) for each in _get_parameter_dicts_from_mcp_tool(as_mcp(tool))
        ],
    )
    return kernel_function_metadata_to_function_call_format(metadata)


def langchain(tool: Tool) -> Any:
    """As langchain-mcp-adapters does it: the schema as `args_schema` of a StructuredTool."""
    from langchain_core.tools import StructuredTool  # noqa: PLC0415
    from langchain_core.utils.function_calling import convert_to_openai_tool  # noqa: PLC0415

    made = StructuredTool(
        name=tool["name"],
        description=tool["description"],
        args_schema=tool["inputSchema"],  # type: ignore[arg-type]
        func=print,
    )
    return convert_to_openai_tool(made)


CONVERTERS: Mapping[str, tuple[str, Callable[[Tool], Any]]] = {
    "Gemini": ("google-genai", gemini),
    "OpenAI": ("openai-agents", openai),
    "OpenAI, strict": ("openai-agents", openai_strict),
    "Semantic Kernel": ("semantic-kernel", semantic_kernel),
    "LangChain": ("langchain-core", langchain),
}


def main() -> int:
    """Prints the table; fails if a converter refuses a tool or loses something of it."""
    logging.disable(logging.WARNING)
    tools = json.loads(LISTING.read_text(encoding="utf-8"))
    wrong: list[str] = []
    print("| client | converter | tools taken | with a loss |\n|---|---|---|---|")
    for client, (package, convert) in CONVERTERS.items():
        taken = lost = 0
        for tool in tools:
            try:
                converted = convert(tool)
            except Exception as error:
                wrong.append(f"{client}: {tool['name']}: {error!r}"[:300])
                continue
            taken += 1
            missing = told({"description": tool["description"], "i": tool["inputSchema"]}) - told(converted)
            lost += bool(missing)
            wrong += [f"{client}: {tool['name']}: lost {each!r}"[:300] for each in sorted(missing)]
        print(f"| {client} | {package} {version(package)} | {taken} of {len(tools)} | {lost} |")
    print(*wrong, sep="\n", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
