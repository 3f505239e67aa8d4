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
    return Field(min_length=1, max_length=400, description=of)


@toolset.tool(scopes=[])
async def get_preferences(caller: Caller) -> Preferences:
    """Get the signed-in user's own defaults, which other tools use where an argument is left out."""
    return await caller.preferences()


@toolset.tool(scopes=[])
async def set_preferences(
    caller: Caller,
    organization: Annotated[str | None, _default("Of Azure DevOps, by name.")] = None,
    project: Annotated[str | None, _default("Name or id.")] = None,
    team: Annotated[str | None, _default("Name or id.")] = None,
    site: Annotated[str | None, _default("SharePoint site by id or address.")] = None,
    time_zone: Annotated[
        Annotated[str, AfterValidator(_time_zone)] | None,
        _default("IANA name, such as Europe/Lisbon."),
    ] = None,
    clear: Annotated[list[Name], Field(max_length=5, description="Defaults to remove.")] = [],  # noqa: B006 - pydantic copies it
) -> Preferences:
    """Set the signed-in user's own defaults, which other tools use where an argument is left out.

    Use it when the user says where they work. What is left out stays; the result holds all defaults.
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
