"""The declarations of all tools as a file: what a start needs of them, without loading a single one.

To load the tools takes longer than everything else a start does. So what they declare is kept in a file,
with a digest of each source it was made from: a file that does not fit its sources is not used.
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
"""Gives what runs, by the names of a module and of a tool in it."""


class StaleError(Exception):
    """The file does not tell what the sources declare; why, in words."""


def render(modules: Mapping[str, Iterable[Tool]], sources: Iterable[str], *, root: Path) -> str:
    """The file's text.

    Args:
        modules: The tools by the name of their module, in the order clients see them.
        sources: All files that decide what the tools declare, as paths below the root.
        root: The app's folder.
    """
    document = {
        "pydantic": VERSION,
        "sources": {path: _digest(root / path) for path in sorted(sources)},
        "tools": [_entry(module, tool) for module, tools in modules.items() for tool in tools],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def read(path: Path, load: Load, *, root: Path) -> list[Tool]:
    """The tools that the file at a path declares.

    Raises:
        StaleError: It is not there, cannot be read, or does not fit its sources.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        _compare(document, root)
        return [_tool(entry, load) for entry in document["tools"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StaleError(f"{path.name} or one of its sources cannot be read") from error


def _compare(document: Mapping[str, Any], root: Path) -> None:
    # The same types come to another schema with another version.
    if document["pydantic"] != VERSION:
        raise StaleError(f"pydantic is {VERSION} and was {document['pydantic']}")
    for path, digest in document["sources"].items():
        if _digest(root / path) != digest:
            raise StaleError(f"{path} has changed")


def _digest(path: Path) -> str:
    # The same whatever ends a line: a checkout on Windows may differ in that.
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:16]


def _entry(module: str, tool: Tool) -> dict[str, Any]:
    return {
        "module": module,
        "name": tool.name,
        "family": tool.family,
        "description": tool.description,
        "scopes": tool.scopes,
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
    )
