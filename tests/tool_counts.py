"""How many tools there are, by the files reviewed with every change of one; and which a tenant offers."""

import json

from shared.tools import CATALOGUE, ROOT
from shared.tools.presets import BY_NAME

_READS = {tool.family for tool in CATALOGUE if tool.reads}
_TOOLS = [
    tool
    for tool in json.loads((ROOT / "infra" / "permissions.json").read_text())["tools"]
    # They are offered where `READ_MORE` is set.
    if tool["family"] not in _READS
]
ALL = sum("all" in tool["presets"] for tool in _TOOLS)
LEAN_READING = sum(not tool["writes"] and "lean" in tool["presets"] for tool in _TOOLS)

OFFERED = [tool for tool in CATALOGUE if tool.family not in BY_NAME | _READS]
"""What the local tenant offers: all but what is chosen by name alone, or reads whatever is offered."""
