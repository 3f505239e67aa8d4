"""Searches, reads and writes wiki pages of Azure DevOps without losing others' changes."""

import re
from typing import Annotated

from pydantic import AliasPath, BaseModel, BeforeValidator, Field

from shared.apis.devops.wiki_pages import (
    PROJECT_WIKI_BRANCH,
    create_page,
    path_of_file,
    read_page,
    update_page,
)
from shared.apis.models import DevOpsModel
from shared.caller import Caller
from shared.mcp.toolset import Toolset
from shared.results.paging import Page
from shared.text.content import Line, Quoted, quote
from shared.tools.devops.wiki_params import (
    NewPagePath,
    PageReference,
    WikiBranch,
    WikiName,
    resolve_page,
    resolve_wiki,
    writable,
)
from shared.tools.params import Cursor, Offset, Organization, PageSize, Project

toolset = Toolset("wiki")

SUBPAGES = 100
SNIPPETS = 3

Content = Annotated[str, Field(max_length=200_000, description="The whole page, in Markdown.")]
Comment = Annotated[
    str | None,
    Field(min_length=1, max_length=400, description="For the page's history."),
]
PageVersion = Annotated[
    str,
    Field(
        pattern="^[0-9a-fA-F]{40}$",
        description="version as last read; refused if it has changed since.",
    ),
]


def _branches(versions: object) -> object:
    if not isinstance(versions, list):
        return versions
    return [each.get("version") if isinstance(each, dict) else each for each in versions]


class Wiki(DevOpsModel):
    """A wiki: a projectWiki is the project's own, a codeWiki is published from a repository."""

    id: str
    name: Line
    type: str
    branches: Annotated[list[Line], BeforeValidator(_branches)] = Field(
        default_factory=list, validation_alias="versions"
    )
    web_url: str | None = Field(None, validation_alias="remoteUrl")


class Hit(DevOpsModel):
    """Where a search found its words."""

    field: str = Field("", validation_alias="fieldReferenceName")
    highlights: list[Line] = Field(default_factory=list)


class FoundPage(DevOpsModel):
    """A page as the search gives it: a file of the wiki's repository."""

    file: str = Field(validation_alias="path")
    mapped_path: str = Field("/", validation_alias=AliasPath("wiki", "mappedPath"))
    wiki: Line = Field(validation_alias=AliasPath("wiki", "name"))
    project: Line = Field(validation_alias=AliasPath("project", "name"))
    version: str | None = Field(None, validation_alias=AliasPath("wiki", "version"))
    hits: list[Hit] = Field(default_factory=list)


class WikiHit(BaseModel):
    """A page that was found; `web_url` and `path` both do as page of devops_get_wiki_page."""

    title: Line
    path: Line
    wiki: Line
    project: Line
    snippets: Quoted | None = Field(description="Lines that hold the words, if the search shows some.")
    web_url: str


class WikiPage(BaseModel):
    """A page of a wiki."""

    id: int | None
    path: Line
    wiki: str
    version: str | None = Field(description="What devops_update_wiki_page takes as version.")
    content: Quoted
    subpages: list[str]
    more_subpages: int = Field(description=f"How many pages right below it are not listed beside {SUBPAGES}.")
    web_url: str | None


class WrittenPage(BaseModel):
    """A page as it was just written."""

    id: int | None
    path: Line
    version: str | None
    web_url: str | None


@toolset.tool(scopes=["vso.wiki"])
async def devops_list_wikis(
    caller: Caller,
    organization: Organization = None,
    project: Project = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[Wiki]:
    """List the wikis of an Azure DevOps project.

    Pages: devops_search_wiki, or devops_get_wiki_page with / for the uppermost.
    """
    return await caller.devops.page(
        Wiki,
        "/{}/{}/_apis/wiki/wikis",
        await caller.organization(organization),
        await caller.project(project),
        by="whole",
        limit=limit,
        cursor=cursor,
    )


@toolset.tool(scopes=["vso.wiki"])
async def devops_search_wiki(
    caller: Caller,
    query: Annotated[
        str,
        Field(
            min_length=1,
            max_length=500,
            description='All words must occur; "a phrase"; a word may end with *.',
        ),
    ],
    wiki: Annotated[WikiName, Field(description="Name or id; else all of the project.")] = None,
    organization: Organization = None,
    project: Project = None,
    limit: PageSize = 10,
    cursor: Cursor = None,
) -> Page[WikiHit]:
    """Search the wiki pages of an Azure DevOps project by words, best first, with the lines that hold them.

    Pages changed in the last minutes may be missing.
    """
    scope = await caller.organization(organization), await caller.project(project)
    # The search takes the name alone.
    chosen = await caller.devops.get(Wiki, "/{}/{}/_apis/wiki/wikis/{}", *scope, wiki) if wiki else None
    found = await caller.devops.search(
        FoundPage,
        "/{}/{}/_apis/search/wikisearchresults",
        *scope,
        body={"searchText": query, "filters": {"Wiki": [chosen.name]} if chosen else {}},
        limit=limit,
        cursor=cursor,
    )
    return Page(
        items=[_hit(caller, scope[0], each) for each in found.items],
        complete=found.complete,
        next_cursor=found.next_cursor,
        note=found.note,
    )


@toolset.tool(scopes=["vso.wiki"])
async def devops_get_wiki_page(
    caller: Caller,
    page: PageReference,
    wiki: WikiName = None,
    branch: WikiBranch = None,
    offset: Offset = 0,
    organization: Organization = None,
    project: Project = None,
) -> WikiPage:
    """Get a page of an Azure DevOps wiki: its Markdown, its version, and the paths of the pages below."""
    address, path = await resolve_page(caller, page, wiki, branch, organization, project)
    found, version = await read_page(caller.devops, address, path)
    subpages = [each.path for each in found.sub_pages or []]
    return WikiPage(
        id=found.id,
        path=found.path,
        wiki=address.wiki,
        version=version,
        content=quote(found.content or "", f"page {found.path} of wiki {address.wiki}", offset=offset),
        subpages=subpages[:SUBPAGES],
        more_subpages=max(0, len(subpages) - SUBPAGES),
        web_url=found.web_url,
    )


@toolset.tool(scopes=["vso.wiki_write"], writes=True)
async def devops_create_wiki_page(
    caller: Caller,
    path: NewPagePath,
    content: Content,
    comment: Comment = None,
    wiki: WikiName = None,
    branch: WikiBranch = None,
    organization: Organization = None,
    project: Project = None,
) -> WrittenPage:
    """Create a page in an Azure DevOps wiki. A page that is there already is left as it is.

    Create the pages above it first. To change one: devops_update_wiki_page.
    """
    address = await writable(caller, await resolve_wiki(caller, wiki, branch, organization, project))
    written, version = await create_page(caller.devops, address, path, content, comment)
    return WrittenPage(id=written.id, path=written.path, version=version, web_url=written.web_url)


@toolset.tool(scopes=["vso.wiki_write"], writes=True)
async def devops_update_wiki_page(
    caller: Caller,
    page: PageReference,
    version: PageVersion,
    content: Annotated[Content, Field(min_length=1, pattern=r"\S")],
    comment: Comment = None,
    wiki: WikiName = None,
    branch: WikiBranch = None,
    organization: Organization = None,
    project: Project = None,
) -> WrittenPage:
    """Update a page of an Azure DevOps wiki: replace its whole text, if it still has this version.

    Read it with devops_get_wiki_page first, to its end. If somebody changed it since, nothing is written,
    and the failure says what differs.
    """
    address, path = await resolve_page(caller, page, wiki, branch, organization, project)
    address = await writable(caller, address)
    written, new_version = await update_page(caller.devops, address, path, content, comment, version=version)
    return WrittenPage(id=written.id, path=written.path, version=new_version, web_url=written.web_url)


def _hit(caller: Caller, organization: str, found: FoundPage) -> WikiHit:
    path = path_of_file(found.file, found.mapped_path)
    lines = [
        re.sub("</?highlighthit>", "", line)
        for hit in found.hits
        if hit.field == "content"
        for line in hit.highlights
    ]
    needs_version = found.version not in (None, "", PROJECT_WIKI_BRANCH)
    version: dict[str, str] = {"wikiVersion": f"GB{found.version}"} if needs_version else {}
    return WikiHit(
        title=path.rpartition("/")[2],
        path=path,
        wiki=found.wiki,
        project=found.project,
        snippets=quote("\n".join(lines[:SNIPPETS]), f"page {path} of wiki {found.wiki}") if lines else None,
        web_url=caller.devops.web_url(
            "/{}/{}/_wiki/wikis/{}", organization, found.project, found.wiki, **version, pagePath=path
        ),
    )
