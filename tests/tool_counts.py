"""How many tools there are, by the files that are reviewed with every change of one."""

import json

from shared.tools import ROOT

_TOOLS = json.loads((ROOT / "infra" / "permissions.json").read_text())["tools"]
ALL = sum("all" in tool["presets"] for tool in _TOOLS)
LEAN_READING = sum(not tool["writes"] and "lean" in tool["presets"] for tool in _TOOLS)
