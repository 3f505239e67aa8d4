"""Files made from the catalogue, so that a change of any tool shows in review.

`make golden` writes them anew; a test says when they are out of date.
"""

import json
from pathlib import Path

from shared.tools import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
LISTING = ROOT / "tests" / "shared" / "tools_list.json"
TABLE = ROOT / "docs" / "tools.md"

_HEAD = """# Tools

Made from the declarations by `make golden`. **R** reads, **W** changes something (left out unless
`ENABLE_WRITE_TOOLS` is on). Scopes are delegated permissions: `vso.` ones of Azure DevOps, all others of
Microsoft Graph.
"""


def listing() -> str:
    """Every tool as clients see it in `tools/list`."""
    tools = [
        {
            "name": tool.name,
            "description": tool.description,
            "inputSchema": tool.input_schema,
            "outputSchema": tool.output_schema,
        }
        for tool in CATALOGUE
    ]
    return json.dumps(tools, indent=1, ensure_ascii=False) + "\n"


def table() -> str:
    """The documentation row of every tool, by family."""
    lines = [_HEAD]
    for family in dict.fromkeys(tool.family for tool in CATALOGUE):
        lines += [f"## {family}", "", "| tool | | what it does | scopes |", "|---|---|---|---|"]
        for tool in (tool for tool in CATALOGUE if tool.family == family):
            first = tool.description.partition("\n\n")[0].replace("\n", " ").replace("|", "\\|")
            scopes = ", ".join(tool.scopes) or "none"
            lines.append(f"| `{tool.name}` | {'W' if tool.writes else 'R'} | {first} | {scopes} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    LISTING.write_text(listing())
    TABLE.write_text(table())
