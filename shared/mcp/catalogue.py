"""Stores the declarations of all tools in a file, so that a start loads none of their modules.

Loading the tools takes longer than everything else a start does. So their declarations are stored in a
file with a digest of each source it was made from; a file that does not match its sources is not used.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import VERSION

from shared.mcp.schemas import Schemas
from shared.mcp.tool import Tool
from shared.settings.requirement import Requirement

if TYPE_CHECKING:
    from shared.mcp.operation import Operation

type Load = Callable[[str, str], Operation]
"""Returns the operation of a tool, by the names of its module and of the tool."""


class StaleError(Exception):
    """Reports that the file does not match its sources, and why."""


def render(modules: Mapping[str, Iterable[Tool]], sources: Iterable[str], *, root: Path) -> str:
    """Renders the file's text.

    Args:
        modules: The tools by the name of their module, in the order clients see them.
        sources: All files that the declarations depend on, as paths below the root.
        root: The app's folder.
    """
    document = {
        "pydantic": VERSION,
        "sources": {path: _digest(root / path) for path in sorted(sources)},
        "tools": [_entry(module, tool) for module, tools in modules.items() for tool in tools],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def read(path: Path, load: Load, *, root: Path) -> list[Tool]:
    """Reads the tools that a file declares.

    Raises:
        StaleError: The file is missing, cannot be read, or does not match its sources.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        _compare(document, root)
        return [_tool(entry, load) for entry in document["tools"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StaleError(f"{path.name} or one of its sources cannot be read") from error


def _compare(document: Mapping[str, Any], root: Path) -> None:
    # Another version makes other schemas of the same types.
    if document["pydantic"] != VERSION:
        raise StaleError(f"pydantic is {VERSION} and was {document['pydantic']}")
    for path, digest in document["sources"].items():
        if _digest(root / path) != digest:
            raise StaleError(f"{path} has changed")


def _digest(path: Path) -> str:
    # Independent of line ends, which differ in a checkout on Windows.
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:16]


def _entry(module: str, tool: Tool) -> dict[str, Any]:
    return {
        "module": module,
        "name": tool.name,
        "family": tool.family,
        "description": tool.description,
        "scopes": tool.scopes,
        "optional_scopes": tool.optional_scopes,
        "reads": tool.reads,
        "writes": tool.writes,
        "requirement": tool.requirement and tool.requirement.model_dump(),
        "arguments": tool.schemas.arguments,
        "result": tool.schemas.result,
        "properties": tool.schemas.properties,
    }


def _tool(entry: Mapping[str, Any], load: Load) -> Tool:
    schemas = Schemas(entry["arguments"], entry["result"], entry["properties"])
    requirement = entry["requirement"]
    return Tool(
        name=entry["name"],
        family=entry["family"],
        description=entry["description"],
        scopes=tuple(entry["scopes"]),
        writes=entry["writes"],
        requirement=requirement and Requirement.model_validate(requirement),
        describe=lambda: schemas,
        load=lambda: load(entry["module"], entry["name"]),
        optional_scopes=tuple(entry["optional_scopes"]),
        reads=entry["reads"],
    )
