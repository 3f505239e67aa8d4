"""Arguments that each tool takes, for what clients make of them."""

from typing import Any

from shared.mcp.tool import Tool
from tests.hostile.samples import arguments_of


def arguments(tool: Tool) -> dict[str, Any]:
    """Returns arguments that the tool takes."""
    made = arguments_of(tool)
    if "links" in made:
        made["links"] = [{"kind": "related", "target": "1302"}]
    return made
