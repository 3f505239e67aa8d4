"""Reads and changes the caller's own defaults."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shared.caller import Caller
from shared.mcp.toolset import Toolset
from shared.storage.preference_store import Preferences
from shared.text.time_zones import find_zone
from shared.tools.typed_values import refuse_both

toolset = Toolset("preferences")

type Name = Literal["organization", "project", "team", "site", "time_zone"]


def _time_zone(name: str) -> str:
    found = find_zone(name)
    if found is None:
        raise ValueError("is no time zone; use an IANA name such as Europe/Lisbon")
    return found.key


def _default(of: str) -> object:
    return Field(min_length=1, max_length=400, description=f"{of} Left out, it stays as it is.")


@toolset.tool(scopes=[])
async def get_preferences(caller: Caller) -> Preferences:
    """Get the signed-in user's own defaults: what other tools use where an argument is left out.

    These are an Azure DevOps organization, project and team, a SharePoint site and a time zone.
    """
    return await caller.preferences()


@toolset.tool(scopes=[])
async def set_preferences(
    caller: Caller,
    organization: Annotated[str | None, _default("Azure DevOps organization, by name.")] = None,
    project: Annotated[str | None, _default("Azure DevOps project, by name or id.")] = None,
    team: Annotated[str | None, _default("Azure DevOps team, by name or id.")] = None,
    site: Annotated[str | None, _default("SharePoint site, by id or address.")] = None,
    time_zone: Annotated[
        Annotated[str, AfterValidator(_time_zone)] | None,
        _default("Time zone, by its IANA name such as Europe/Lisbon."),
    ] = None,
    clear: Annotated[list[Name], Field(max_length=5, description="Defaults to remove.")] = [],  # noqa: B006 - pydantic copies it
) -> Preferences:
    """Set the signed-in user's own defaults, which other tools use where an argument is left out.

    Use it when the user says where they work, so that they need not repeat it. Nothing changes in
    Microsoft 365 or Azure DevOps. The result holds all defaults as they are then.
    """
    before = await caller.preferences()
    given = {
        "organization": organization,
        "project": project,
        "team": team,
        "site": site,
        "time_zone": time_zone,
    }
    changed = {name: value for name, value in given.items() if value is not None}
    refuse_both(changed, [*clear])
    after = before.model_copy(update={**changed, **dict.fromkeys(clear)})
    await caller.set_preferences(after)
    return after
