"""Knows which writes wait until a person confirms them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.mcp.tool import Tool
    from shared.settings import Settings

FAMILY = "confirmation"
CONFIRM = "confirm_write"
"""The tool that carries out what was confirmed."""
OWN = frozenset({"graph_create_draft", "graph_organize_email", "graph_change_mail_rule", CONFIRM})
"""The tools that write what only the user sees. Any other waits, a new one too."""


def waits(tool: "Tool", settings: "Settings") -> bool:
    """Tells whether the writes of a tool wait."""
    if not tool.writes or tool.name == CONFIRM or settings.confirm_writes == "none":
        return False
    return settings.confirm_writes == "all" or tool.name not in OWN
