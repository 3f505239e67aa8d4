"""Counts what tools/list and the pages of lists cost a model, in tokens of o200k."""

import asyncio
import json
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shared.mcp.rendering import render
from shared.results.links import shorten_links
from shared.tools import CATALOGUE, ROOT
from tests.shared.tools.sandbox import Sandbox

MODULES = ROOT / ".venv" / "clients-node"
LISTS: Mapping[str, Mapping[str, Any]] = {
    "graph_get_emails": {"limit": 25},
    "graph_search_emails": {"query": "build", "limit": 25},
    "graph_get_calendar": {"start": "this week", "limit": 25},
    "graph_list_tasks": {"limit": 25},
    "graph_search": {"query": "build", "limit": 25},
    "sharepoint_list_files": {"site": "https://larkspur.sharepoint.com/sites/engineering", "limit": 25},
    "sharepoint_get_list_items": {
        "site": "https://larkspur.sharepoint.com/sites/harbour-ops",
        "list_name": "Incidents",
        "limit": 25,
    },
    "devops_list_my_work_items": {"organization": "larkspur", "project": "Booking", "limit": 25},
    "devops_list_builds": {"organization": "larkspur", "project": "Booking", "limit": 25},
    "devops_list_pull_requests": {"organization": "larkspur", "project": "Booking", "limit": 25},
}
_POINTING = re.compile(r"(^|_)(id|url|link|cursor|version)$")


def pointing(value: Any, name: str = "") -> Iterator[str]:
    """Yields the ids, versions, links and cursors in a result."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from pointing(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from pointing(each, name)
    elif isinstance(value, str) and _POINTING.search(name):
        yield value


def count(texts: Mapping[str, str]) -> dict[str, int]:
    """Returns the tokens of texts."""
    told = subprocess.run(
        ["node", str(Path(__file__).with_name("tokens.cjs")), str(MODULES)],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    counted: dict[str, int] = json.loads(told.stdout)
    return counted


def listing() -> str:
    """Returns the tools as they are handed to a model: name, description, parameters."""
    tools = [
        {"name": each.name, "description": each.description, "parameters": each.input_schema}
        for each in CATALOGUE
    ]
    return json.dumps(tools, ensure_ascii=False, separators=(",", ":"))


async def pages() -> dict[str, Any]:
    """Returns a page of each list, as the demo organisation has it."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(Path(folder))
        for name, arguments in LISTS.items():
            (tool,) = (each for each in CATALOGUE if each.name == name)
            result = await sandbox.call(tool.function, **arguments)
            found[name] = shorten_links(result.model_dump(mode="json"))
    return found


def main() -> None:
    """Prints the counts as a table."""
    found = asyncio.run(pages())
    texts = {"tools": listing()}
    for name, page in found.items():
        texts[f"{name} text"] = render(page)
        texts[f"{name} pointing"] = "\n".join(pointing(page))
    counted = count(texts)
    print(f"\ntools/list, as a model gets it: {counted['tools']:,} tokens, {len(CATALOGUE)} tools\n")
    print("| page of a list | items | tokens | of these ids, versions, links, cursors |\n|---|---|---|---|")
    for name, page in found.items():
        whole, part = counted[f"{name} text"], counted[f"{name} pointing"]
        print(f"| {name} | {len(page['items'])} | {whole:,} | {part:,} |")


if __name__ == "__main__":
    main()
