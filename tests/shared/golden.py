"""Files made from the catalogue, so that a change of any tool shows in review.

`make golden` writes them anew; a test says when they are out of date.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from shared.apis.graph import memberships
from shared.apps.declared_apps import page_of
from shared.mcp import catalogue
from shared.mcp.app_resource import tool_metadata
from shared.mcp.tool import api_of
from shared.reads.read_index import read_index
from shared.settings.read_more import NAMED_ONLY, ORDINARY
from shared.tools import KEPT, ROOT, declared
from shared.tools.presets import DEFAULT, presets_of
from shared.tools.waiting import OWN

CATALOGUE = [tool for tools in declared().values() for tool in tools]
LISTING = ROOT / "tests" / "shared" / "tools_list.json"
TABLE = ROOT / "docs" / "tools.md"
PERMISSIONS = ROOT / "infra" / "permissions.json"
PERMISSION_IDS = ROOT / "local" / "data" / "delegated_permissions.json"

_HEAD = """# Tools

Made from the declarations by `make golden`. **R** reads, **W** changes something (left out unless
`ENABLE_WRITE_TOOLS` is on). Scopes are delegated permissions: `vso.` ones of Azure DevOps, all others of
Microsoft Graph. Those with * are asked for only in calls whose arguments need them.
"""


_ABOUT_PRESETS = """`TOOLS` names presets, families or tools, separated by commas. A model chooses better
among fewer: the input side of each preset but `all` is under 10,000 tokens, of all tools under 28,000."""
_PRESETS = {
    "lean": "everybody, in Azure where nothing is chosen; none of its permissions needs an administrator",
    "developer": "who works in repositories: code, pull requests, builds, work items",
    "scrum": "who plans: sprints, backlogs, work items, wiki",
    "office": "who works by mail and calendar, with chats, tasks and files to read",
    "teamwork": "who works together: Teams, plans, notes, meetings, files, lists",
    "all": "trying everything: on a developer's machine, where nothing is chosen",
}


def listing() -> str:
    """Every tool as clients see it in `tools/list`."""
    tools = [
        {
            "name": tool.name,
            "description": tool.description,
            "inputSchema": tool.input_schema,
            "outputSchema": tool.output_schema,
            **({"_meta": tool_metadata(page)} if (page := page_of(tool)) else {}),
        }
        for tool in CATALOGUE
    ]
    return json.dumps(tools, indent=1, ensure_ascii=False) + "\n"


def table() -> str:
    """The documentation row of every tool, by family."""
    lines = [_HEAD, *_presets()]
    for family in dict.fromkeys(tool.family for tool in CATALOGUE):
        lines += [f"## {family}", "", "| tool | | what it does | scopes |", "|---|---|---|---|"]
        for tool in (tool for tool in CATALOGUE if tool.family == family):
            first = tool.description.partition("\n\n")[0].replace("\n", " ").replace("|", "\\|")
            scopes = ", ".join([*tool.scopes, *(f"{each} \\*" for each in tool.optional_scopes)]) or "none"
            lines.append(f"| `{tool.name}` | {'W' if tool.writes else 'R'} | {first} | {scopes} |")
        lines.append("")
    return "\n".join([*lines, *_consents()])


def _consents() -> list[str]:
    """Every permission there is a tool for, who may consent to it, and the tools."""
    published = json.loads((ROOT / "tests" / "contract" / "permissions.json").read_text())["resources"]
    for_administrators = {
        scope["name"] for each in published for scope in each["scopes"] if scope.get("adminConsentRequired")
    }
    rows = []
    for scope in sorted({scope for tool in CATALOGUE for scope in tool.all_scopes}):
        who = "an administrator" if scope in for_administrators else "the user, where the tenant allows it"
        always = [tool for tool in CATALOGUE if scope in tool.scopes]
        optional = [tool for tool in CATALOGUE if scope in tool.optional_scopes]
        used = [f"`{tool.name}`" for tool in always] + [f"`{tool.name}` \\*" for tool in optional]
        rows.append(f"| {scope} | {who} | {', '.join(used)} |")
    return [
        "## Permissions",
        "",
        "Who can consent to each delegated permission, by its publisher; a tenant may ask for more.",
        "With * it is asked for only in calls whose arguments need it.",
        "",
        "| permission | consent by | for |",
        "|---|---|---|",
        *rows,
        "",
    ]


def _presets() -> list[str]:
    """What each preset offers, for who chooses one."""
    rows = []
    for preset, who in _PRESETS.items():
        chosen = [tool for tool in CATALOGUE if preset in presets_of(tool.name, tool.family)]
        families = ", ".join(dict.fromkeys(tool.family for tool in chosen))
        rows.append(f"| `{preset}` | {who} | {len(chosen)} | {families} |")
    return [
        "## Presets",
        "",
        _ABOUT_PRESETS,
        "",
        "| preset | for | tools | of the families |",
        "|---|---|---|---|",
        *rows,
        "",
    ]


def permissions() -> str:
    """What the deployment must know of the tools: their scopes with the ids in Entra, and their roles."""
    tools = [
        {
            "name": tool.name,
            "family": tool.family,
            "presets": presets_of(tool.name, tool.family),
            "writes": tool.writes,
            "others": tool.writes and tool.name not in OWN,
            "reads": tool.reads,
            "scopes": tool.all_scopes,
        }
        for tool in CATALOGUE
    ]
    known = json.loads(PERMISSION_IDS.read_text())
    scopes = [
        {"name": scope, "id": known[api_of(scope)][scope], "resource": api_of(scope)}
        for scope in sorted({memberships.SCOPE}.union(*(tool.all_scopes for tool in CATALOGUE)))
        # Without a published id a deployment cannot ask for it: see docs/deploy.md.
        if known[api_of(scope)][scope]
    ]
    reads = [*read_index("graph").reads, *read_index("devops").reads]
    named = {scope for read in reads for scope in read.scopes}
    further = [
        {"name": scope, "id": known[api_of(scope)][scope], "resource": api_of(scope)}
        for scope in sorted(named - {each["name"] for each in scopes})
        if scope in known[api_of(scope)]
    ]
    areas = {api: sorted(ORDINARY[api] | NAMED_ONLY[api]) for api in ORDINARY}
    roles = {role for tool in CATALOGUE if tool.requirement for role in tool.requirement.roles}
    return (
        f'{{\n  "tools": {_one_a_line(tools)},\n  "scopes": {_one_a_line(scopes)},\n'
        f'  "furtherScopes": {_one_a_line(further)},\n  "readAreas": {json.dumps(areas)},\n'
        f'  "groupsScope": "{memberships.SCOPE}",\n  "defaultPreset": "{DEFAULT}",\n'
        f'  "roles": {json.dumps(sorted(roles))}\n}}\n'
    )


def _one_a_line(entries: Iterable[Mapping[str, Any]]) -> str:
    return "[\n" + ",\n".join(f"    {json.dumps(each)}" for each in entries) + "\n  ]"


def kept() -> str:
    """What every module declares, for a start that loads none of them."""
    return catalogue.render(declared(), sources(), root=ROOT)


def sources() -> list[str]:
    """The files that decide what the tools declare: all of ours that a process loads to have them."""
    code = (
        "import sys; from shared.tools import declared; declared();"
        "ours = [each for name, each in sys.modules.items() if name.partition('.')[0] == 'shared'];"
        "print(*(each.__file__ for each in ours), sep='\\n')"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [Path(each).relative_to(ROOT).as_posix() for each in loaded.stdout.splitlines()]


if __name__ == "__main__":
    KEPT.write_text(kept())
    LISTING.write_text(listing())
    TABLE.write_text(table())
    PERMISSIONS.write_text(permissions())
