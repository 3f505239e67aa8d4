"""The comparison with Microsoft's server names tools that are there, and all of theirs."""

import json
import re

from shared.tools import ROOT

_TEXT = (ROOT / "docs" / "azure-devops-tools.md").read_text()
_ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in _TEXT.splitlines() if line[:3] == "| `"
]


def test_all_of_their_tools_have_a_row() -> None:
    theirs = [name for row in _ROWS for name in re.findall(r"`(\w+)`", row[0])]

    assert 41 == len(theirs) == len(set(theirs))


def test_what_is_named_here_is_here() -> None:
    tools = {tool["name"] for tool in json.loads((ROOT / "infra" / "permissions.json").read_text())["tools"]}
    named = set(re.findall(r"`(devops_\w+)`", _TEXT))

    assert set() == named - tools
    assert all("not here" in row[2] or "`devops_" in row[2] for row in _ROWS)
