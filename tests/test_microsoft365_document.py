"""The comparison with another server of Microsoft 365 names tools that are there, and all of its presets."""

import json
import re

from shared.tools import ROOT

_TEXT = (ROOT / "docs" / "microsoft365-tools.md").read_text()
_ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in _TEXT.splitlines() if line[:3] == "| `"
]
_THEIRS = """
    calendar contacts excel files mail onedrive onenote outlook personal search tasks teams teams-write users
    work
"""
_TOOLS = json.loads((ROOT / "infra" / "permissions.json").read_text())["tools"]


def test_all_of_their_presets_have_a_row() -> None:
    theirs = [name for row in _ROWS for name in re.findall(r"`([\w-]+)`", row[0])]

    assert sorted(_THEIRS.split()) == sorted(theirs)


def test_what_is_named_here_is_here() -> None:
    named = set(re.findall(r"`((?:graph|sharepoint)_\w+)`", _TEXT))

    assert set() == named - {tool["name"] for tool in _TOOLS}
    assert all("not here" in row[2] or "`" in row[2] or "the same" in row[2] for row in _ROWS)


def test_every_tool_of_microsoft_365_is_named() -> None:
    ours = {tool["name"] for tool in _TOOLS if tool["name"].startswith(("graph_", "sharepoint_"))}

    assert set() == ours - set(re.findall(r"`(\w+)`", _TEXT)) - {"graph_find_reads", "graph_read"}
