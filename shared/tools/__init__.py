"""The tools, one file a family, and the catalogue of them all."""

from collections.abc import Sequence

from shared.errors import SettingsError
from shared.requirement import ALL_TOOLS, WRITING_TOOLS
from shared.settings import Settings
from shared.tools import (
    access,
    availability,
    build_diagnosis,
    builds,
    calendar,
    calendar_writing,
    files,
    files_writing,
    list_items,
    mail,
    mail_writing,
    people,
    preferences,
    profile,
    projects,
    repos,
    search,
    sites,
    tasks,
    wiki,
    work_items,
    work_items_writing,
)
from shared.toolset import Tool

_MODULES = (
    profile,
    access,
    people,
    mail,
    mail_writing,
    calendar,
    availability,
    calendar_writing,
    tasks,
    search,
    sites,
    list_items,
    files,
    files_writing,
    projects,
    work_items,
    work_items_writing,
    builds,
    build_diagnosis,
    repos,
    wiki,
    preferences,
)

CATALOGUE: Sequence[Tool] = [tool for module in _MODULES for tool in module.toolset]
"""Every tool there is, in the order clients see them."""


def offered(settings: Settings) -> list[Tool]:
    """The tools the settings let clients see.

    Raises:
        SettingsError: `TOOLS` or `TOOL_POLICY` names something that is neither a tool nor a family.
    """
    known = {tool.name for tool in CATALOGUE} | {tool.family for tool in CATALOGUE}
    names = {
        "TOOLS": settings.tools - known,
        "TOOL_POLICY": settings.tool_policy.keys() - known - {WRITING_TOOLS, ALL_TOOLS},
    }
    families = ", ".join(sorted({tool.family for tool in CATALOGUE}))
    wrong = [
        f"{name} names something that is neither a tool nor a family ({families})."
        for name, unknown in names.items()
        if unknown
    ]
    if wrong:
        raise SettingsError("\n".join(wrong))
    return [
        tool
        for tool in CATALOGUE
        if (settings.writes or not tool.writes)
        and (not settings.tools or tool.name in settings.tools or tool.family in settings.tools)
    ]
