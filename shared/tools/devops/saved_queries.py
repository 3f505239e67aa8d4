"""Lists the saved queries of work items."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from shared.apis.devops.query_hierarchy import QueryItem, all_queries, queries_named
from shared.caller import Caller
from shared.mcp.toolset import Toolset
from shared.results.paging import CountedPage, KeyedList
from shared.text.content import Line
from shared.tools.params import Cursor, Organization, PageSize, Project

toolset = Toolset("boards")


class SavedQuery(BaseModel):
    """A saved query; one that is shared is seen by everybody in the project."""

    id: str
    path: Line
    kind: str = Field(description="flat, or tree or oneHop for one that finds links.")
    shared: bool
    web_url: str


@toolset.tool(scopes=["vso.work"])
async def devops_list_queries(
    caller: Caller,
    contains: Annotated[
        str | None, Field(min_length=1, max_length=200, description="Part of the name.")
    ] = None,
    project: Project = None,
    organization: Organization = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> CountedPage[SavedQuery]:
    """List the saved queries of a project; run one with devops_search_work_items and its saved_query."""
    chosen, in_project = await caller.organization(organization), await caller.project(project)
    devops = caller.devops
    pages = KeyedList(devops.cursors, f"{chosen} {in_project} queries {contains}", cursor)
    if contains:
        found, complete = await queries_named(devops, chosen, in_project, contains)
    else:
        found, complete = await all_queries(devops, chosen, in_project)
    queries = {each.id: each for each in found}

    async def read(ids: Sequence[str]) -> list[SavedQuery]:
        return [_saved(caller, chosen, in_project, queries[each]) for each in ids]

    page = await pages.page(list(queries), read, limit=limit)
    if complete:
        return page
    note = "The project has more than could be listed: give a part of the name as contains."
    return page.model_copy(update={"note": " ".join(filter(None, [page.note, note]))})


def _saved(caller: Caller, organization: str, project: str, query: QueryItem) -> SavedQuery:
    return SavedQuery(
        id=query.id,
        path=query.path or query.name,
        kind=query.query_type or "flat",
        shared=query.is_public,
        web_url=caller.devops.web_url("/{}/{}/_queries/query/{}", organization, project, query.id),
    )
