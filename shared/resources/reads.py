"""Reads what the URIs of resources name, with the functions of the tools."""

from pydantic import BaseModel

from shared.apis.devops.wiki_pages import WikiAddress, path_of_page
from shared.caller import Caller
from shared.errors import ToolError
from shared.tools.devops.wiki import devops_get_wiki_page
from shared.tools.devops.work_items import devops_get_work_item
from shared.tools.microsoft365.mail import graph_get_email


async def work_item(caller: Caller, *, project: str, id: str, organization: str | None = None) -> BaseModel:
    """Returns a work item of a project.

    Raises:
        ToolError: `not_found`: it does not exist, or is in another project.
    """
    found = await devops_get_work_item(caller, work_item_ids=[id], organization=organization)
    item = found.items[0]
    if item.project.casefold() != project.casefold():
        raise ToolError(
            "not_found",
            f"The work item {id} is not in this project.",
            f"It is in {item.project}: name that project in the address.",
        )
    return item


async def wiki_page(
    caller: Caller, *, project: str, wiki: str, id: str, organization: str | None = None
) -> BaseModel:
    """Returns the page of a wiki with this id."""
    chosen = await caller.organization(organization)
    path = await path_of_page(caller.devops, WikiAddress(chosen, project, wiki, None), id)
    return await devops_get_wiki_page(caller, path, wiki=wiki, organization=chosen, project=project)


async def message(caller: Caller, *, id: str) -> BaseModel:
    """Returns an email of the signed-in user."""
    return await graph_get_email(caller, id)
