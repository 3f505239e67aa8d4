"""Lists SharePoint sites, their lists, and the columns of those."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, AliasPath, BaseModel, Field

from shared.apis.graph.resource_paths import ResourcePath
from shared.apis.graph.site_resolution import resolve_site, validate_site_reference
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.concurrency import run_all
from shared.mcp.toolset import Toolset
from shared.results.paging import Page, fitting
from shared.text.content import Line
from shared.text.names import Name
from shared.tools.microsoft365.list_columns import read_columns
from shared.tools.params import Cursor, PageSize

toolset = Toolset("sites")

# Columns SharePoint keeps itself, that are worth knowing; it has dozens more.
_KEPT_ITSELF = ("Created", "Modified", "Author", "Editor", "AuthorLookupId", "EditorLookupId")


def _site(given: str) -> str:
    validate_site_reference(given)
    return given


SiteName = Annotated[
    Annotated[str, Field(min_length=1, max_length=1_000), AfterValidator(_site)] | None,
    Field(description="SharePoint site by id or web address; left out, your default."),
]
ListName = Annotated[str, Field(min_length=1, max_length=255, description="The list by id or title.")]


class Site(GraphModel):
    """A site; its id or its web_url is what other tools take."""

    id: str
    title: Line = Field("", validation_alias=AliasChoices("displayName", "name"))
    name: str | None = None
    description: Line | None = None
    web_url: str


class Column(BaseModel):
    """A column of a list; `name` is what other tools take."""

    name: str
    title: str
    kind: str = Field(description="Such as text, choice, number, boolean, dateTime or lookup.")
    required: bool
    read_only: bool
    indexed: bool = Field(description="Whether a filter on it works on lists of any size.")
    choices: list[str] | None


class ListSummary(GraphModel):
    """A list without its columns."""

    id: str
    title: Name = Field("", validation_alias="displayName")
    description: Line | None = None
    template: str | None = Field(None, validation_alias=AliasPath("list", "template"))
    web_url: str


class SiteList(BaseModel):
    """A list with its columns; its id or its title is what other tools take."""

    id: str
    title: str
    description: str | None
    template: str | None = Field(description="Such as genericList or documentLibrary.")
    web_url: str
    columns: list[Column] | None = Field(
        None,
        description="Those that people fill in, and who made and changed an item when; null if left out.",
    )


@toolset.tool(scopes=["Sites.Read.All"])
async def sharepoint_list_sites(
    caller: Caller,
    which: Annotated[
        Literal["all", "followed"],
        Field(description="all the user may enter, or those they follow."),
    ] = "all",
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[Site]:
    """List the SharePoint sites that the signed-in user may enter or follows.

    To find one by a word use sharepoint_search_sites.
    """
    if which == "followed":
        return await caller.graph.page(Site, "/me/followedSites", limit=limit, cursor=cursor)
    return await caller.graph.page(Site, "/sites", limit=limit, cursor=cursor, search="*")


@toolset.tool(scopes=["Sites.Read.All"])
async def sharepoint_search_sites(
    caller: Caller,
    query: Annotated[
        str,
        Field(min_length=1, max_length=200, pattern=r"\w", description="Words of its name or description."),
    ],
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[Site]:
    """Search the SharePoint sites that the signed-in user may enter, by words of name or description.

    To search what sites hold use graph_search or sharepoint_search_files.
    """
    return await caller.graph.page(Site, "/sites", limit=limit, cursor=cursor, search=query)


@toolset.tool(scopes=["Sites.Read.All"])
async def sharepoint_list_lists(
    caller: Caller, site: SiteName = None, limit: PageSize = 25, cursor: Cursor = None
) -> Page[SiteList]:
    """List the lists and document libraries of a SharePoint site, with their columns.

    Filters and values of items go by the names of columns. For the files of a library use
    sharepoint_list_files.
    """
    place = await resolve_site(caller.graph, await caller.site(site))
    found = await caller.graph.page(ListSummary, *place.child("/lists"), limit=limit, cursor=cursor)
    columns = await run_all(_columns(caller, place, each.id) for each in found.items)
    lists = [
        SiteList(**each.model_dump(), columns=own) for each, own in zip(found.items, columns, strict=True)
    ]
    return _within_budget(Page[SiteList](**{**found.model_dump(), "items": lists}))


async def _columns(caller: Caller, site: ResourcePath, list_id: str) -> list[Column]:
    columns = await read_columns(caller, site, list_id)
    return [
        Column(**each.model_dump(exclude={"hidden", "shown_as", "output_type"}))
        for each in columns
        if not each.hidden and (not each.read_only or each.name in _KEPT_ITSELF)
    ]


def _within_budget(page: Page[SiteList]) -> Page[SiteList]:
    """Returns the page without the columns of those lists for which there is no room."""
    fits = fitting(page.items)
    if fits == len(page.items):
        return page
    items = [*page.items[:fits], *(each.model_copy(update={"columns": None}) for each in page.items[fits:])]
    note = f"Columns are left out after the first {fits} lists: ask with limit {fits}, then go on by cursor."
    return page.model_copy(update={"items": items, "note": " ".join(filter(None, (page.note, note)))})
