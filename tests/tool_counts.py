"""How many tools there are, by the files reviewed with every change of one; and which a tenant offers."""

import json

from shared.tools import CATALOGUE, ROOT
from shared.tools.presets import BY_NAME
from shared.tools.waiting import FAMILY

_WHERE_SET = {tool.family for tool in CATALOGUE if tool.reads} | {FAMILY}
"""Families offered where `READ_MORE` or `CONFIRM_WRITES` is set."""
_TOOLS = [
    tool
    for tool in json.loads((ROOT / "infra" / "permissions.json").read_text())["tools"]
    if tool["family"] not in _WHERE_SET
]
ALL = sum("all" in tool["presets"] for tool in _TOOLS)
LEAN_READING = sum(not tool["writes"] and "lean" in tool["presets"] for tool in _TOOLS)

OFFERED = [tool for tool in CATALOGUE if tool.family not in BY_NAME | _WHERE_SET]
"""What the local tenant offers: all but what is chosen by name alone, or depends on another setting."""
