"""The tools, one file a family, and the catalogue of them all."""

from collections.abc import Sequence

from shared.errors import SettingsError
from shared.settings import Settings
from shared.tools import (
    access,
    builds,
    calendar,
    files,
    mail,
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
)
from shared.toolset import Tool

CATALOGUE: Sequence[Tool] = (
    *profile.toolset,
    *access.toolset,
    *people.toolset,
    *mail.toolset,
    *calendar.toolset,
    *tasks.toolset,
    *search.toolset,
    *sites.toolset,
    *files.toolset,
    *projects.toolset,
    *work_items.toolset,
    *builds.toolset,
    *repos.toolset,
    *wiki.toolset,
    *preferences.toolset,
)
"""Every tool there is, in the order clients see them."""


def offered(settings: Settings) -> list[Tool]:
    """The tools the settings let clients see.

    Raises:
        SettingsError: `TOOLS` names something that is neither a tool nor a family.
    """
    known = {tool.name for tool in CATALOGUE} | {tool.family for tool in CATALOGUE}
    unknown = settings.tools - known
    if unknown:
        families = ", ".join(sorted({tool.family for tool in CATALOGUE}))
        raise SettingsError(f"TOOLS names something that is neither a tool nor a family ({families}).")
    return [
        tool
        for tool in CATALOGUE
        if (settings.writes or not tool.writes)
        and (not settings.tools or tool.name in settings.tools or tool.family in settings.tools)
    ]
