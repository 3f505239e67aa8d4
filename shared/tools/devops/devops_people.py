"""Finds people of an Azure DevOps organization."""

from typing import Annotated

from pydantic import BaseModel, Field

from shared.apis.devops.identities import find_identities
from shared.caller import Caller
from shared.mcp.toolset import Toolset
from shared.text.content import Line
from shared.tools.params import Organization, PageSize

toolset = Toolset("people")


class DevOpsPerson(BaseModel):
    """A person or group: `assign_as` is what work items take, `id` what reviewers are."""

    id: str
    name: Line
    address: Line | None
    assign_as: Line
    is_group: bool
    active: bool


class DevOpsPeople(BaseModel):
    """Who was found; nobody may mean that they never signed in to the organization."""

    items: list[DevOpsPerson]
    complete: bool


@toolset.tool(scopes=["vso.identity"])
async def devops_search_people(
    caller: Caller,
    query: Annotated[
        str, Field(min_length=1, max_length=254, description="Beginning of a name, or an address.")
    ],
    organization: Organization = None,
    limit: PageSize = 10,
) -> DevOpsPeople:
    """Search the people and groups of an Azure DevOps organization by name or address, with their ids."""
    found = await find_identities(caller.devops, await caller.organization(organization), query.strip())
    people = [
        DevOpsPerson(
            id=each.id,
            name=each.name,
            address=each.address,
            assign_as=f"{each.name} <{each.address}>" if each.address else each.name,
            is_group=each.is_container,
            active=each.is_active,
        )
        for each in found
    ]
    return DevOpsPeople(items=people[:limit], complete=len(people) <= limit)
