"""Declares the tools, one file a family, and the catalogue of them all."""

import logging
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from shared.errors import SettingsError
from shared.mcp import catalogue
from shared.mcp.tool import Tool
from shared.settings.requirement import ALL_TOOLS, WRITING_TOOLS
from shared.tools import presets, waiting

if TYPE_CHECKING:
    from shared.mcp.operation import Operation
    from shared.mcp.toolset import Toolset
    from shared.settings import Settings

_LOGGER = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
KEPT = Path(__file__).with_name("catalogue.json")
"""What the modules declare, so that a start need not load them; `make golden` writes it."""

MODULES = (
    "profile",
    "access",
    "microsoft365.people",
    "microsoft365.mail",
    "microsoft365.mail_writing",
    "microsoft365.mail_organizing",
    "microsoft365.mailbox",
    "microsoft365.mail_rules",
    "microsoft365.calendar",
    "microsoft365.calendar_list",
    "microsoft365.availability",
    "microsoft365.rooms",
    "microsoft365.calendar_writing",
    "microsoft365.meetings",
    "microsoft365.tasks",
    "microsoft365.chats",
    "microsoft365.chat_writing",
    "microsoft365.presence",
    "microsoft365.plans",
    "microsoft365.task_details",
    "microsoft365.tasks_writing",
    "microsoft365.task_changes",
    "microsoft365.notes",
    "microsoft365.search",
    "microsoft365.sites",
    "microsoft365.list_items",
    "microsoft365.list_item_deletion",
    "microsoft365.files",
    "microsoft365.files_writing",
    "microsoft365.files_organizing",
    "microsoft365.files_sharing",
    "devops.projects",
    "devops.devops_people",
    "devops.work_items",
    "devops.work_items_writing",
    "devops.work_items_batch",
    "devops.work_item_attachments",
    "devops.sprints",
    "devops.backlogs",
    "devops.saved_queries",
    "devops.builds",
    "devops.build_runs",
    "devops.build_changes",
    "devops.approvals",
    "devops.build_diagnosis",
    "devops.test_results",
    "devops.test_plans",
    "devops.releases",
    "devops.repositories",
    "devops.branch_creation",
    "devops.repository_files",
    "devops.commits",
    "devops.diffs",
    "devops.code_search",
    "devops.security_alerts",
    "devops.repos",
    "devops.pull_request_review",
    "devops.pull_request_writing",
    "devops.wiki",
    "graph_reads",
    "devops_reads",
    "preferences",
    "confirming",
)
"""Modules with a `toolset`, in the order clients see their tools."""


def declared() -> dict[str, list[Tool]]:
    """Returns every tool as its module declares it, by the module's name; loads all of them."""
    return {module: [*_toolset(module)] for module in MODULES}


def offered(settings: "Settings") -> list[Tool]:
    """Returns the tools the settings let clients see.

    Raises:
        SettingsError: `TOOLS` or `TOOL_POLICY` names something that is neither a tool nor a family, nor,
            in `TOOLS`, a preset.
    """
    known = {tool.name for tool in CATALOGUE} | {tool.family for tool in CATALOGUE}
    names = {
        "TOOLS": settings.tools - known - set(presets.NAMES),
        "TOOL_POLICY": settings.tool_policy.keys()
        - known
        - {WRITING_TOOLS, ALL_TOOLS}
        - _templates(settings),
    }
    families = ", ".join(sorted({tool.family for tool in CATALOGUE}))
    also = {"TOOLS": f" nor a preset ({', '.join(presets.NAMES)})"}
    wrong = [
        f"{name} names something that is neither a tool nor a family ({families}){also.get(name, '')}."
        for name, unknown in names.items()
        if unknown
    ]
    if wrong:
        raise SettingsError("\n".join(wrong))
    wanted = settings.tools or {presets.ALL if settings.is_local else presets.DEFAULT}
    chosen = [
        tool
        for tool in CATALOGUE
        if tool.family != waiting.FAMILY
        and (settings.writes or not tool.writes)
        and (tool.reads is None or settings.read_more.areas.get(tool.reads))
        and presets.is_chosen(tool.name, tool.family, wanted)
    ]
    if any(waiting.waits(tool, settings) for tool in chosen):
        chosen += [tool for tool in CATALOGUE if tool.family == waiting.FAMILY]
    return chosen


def _templates(settings: "Settings") -> frozenset[str]:
    """Returns the templates of reads that a policy names: the index is loaded only for one that does."""
    if not any(name.startswith("/") for name in settings.tool_policy):
        return frozenset()
    from shared.reads.read_index import read_index  # noqa: PLC0415 - seldom needed

    return frozenset(read.template for api in ("graph", "devops") for read in read_index(api).reads)


def _catalogue() -> list[Tool]:
    try:
        return catalogue.read(KEPT, _operation, root=ROOT)
    except catalogue.StaleError as stale:
        _LOGGER.warning("%s: all tools are loaded, so the start takes longer; run `make golden`", stale)
        return [tool for tools in declared().values() for tool in tools]


def _toolset(module: str) -> "Toolset":
    toolset: Toolset = import_module(f"{__name__}.{module}").toolset
    return toolset


def _operation(module: str, name: str) -> "Operation":
    return next(tool.operation for tool in _toolset(module) if tool.name == name)


CATALOGUE: Sequence[Tool] = _catalogue()
"""Every tool there is, in the order clients see them."""
