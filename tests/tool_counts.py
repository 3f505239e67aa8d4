"""How many tools there are, by the files reviewed with every change of one; and which a tenant offers."""

import json

from shared.tools import CATALOGUE, ROOT
from shared.tools.presets import BY_NAME

_TOOLS = json.loads((ROOT / "infra" / "permissions.json").read_text())["tools"]
ALL = sum("all" in tool["presets"] for tool in _TOOLS)
LEAN_READING = sum(not tool["writes"] and "lean" in tool["presets"] for tool in _TOOLS)

OFFERED = [tool for tool in CATALOGUE if tool.family not in BY_NAME]
"""What the local tenant offers: everything but what is chosen by name alone."""
