"""Shows classic releases, and how far each got."""

from typing import Annotated, Any

from pydantic import AliasPath, BaseModel, Field

from shared.apis.devops.service_times import ServiceTime
from shared.apis.models import DevOpsModel
from shared.caller import Caller
from shared.mcp.toolset import Toolset
from shared.results.paging import Page
from shared.text.content import Line, Quoted, quote
from shared.tools.params import Cursor, Organization, PageSize, Project

toolset = Toolset("builds")


class _Environment(DevOpsModel):
    name: Line = ""
    status: str = ""
    rank: int = 0


class _Release(DevOpsModel):
    id: int
    name: Line = ""
    status: str = ""
    created: ServiceTime = Field(None, validation_alias="createdOn")
    created_by: Line | None = Field(None, validation_alias=AliasPath("createdBy", "displayName"))
    definition: Line = Field("", validation_alias=AliasPath("releaseDefinition", "name"))
    description: str | None = None
    environments: list[_Environment] = Field(default_factory=list)
    web_url: str | None = Field(None, validation_alias=AliasPath("_links", "web", "href"))


class ReleaseStage(BaseModel):
    """A stage of a release, and how it stands: notStarted, inProgress, succeeded, rejected ..."""

    name: Line
    status: str


class Release(BaseModel):
    """A classic release, and how far it got."""

    id: int
    name: Line
    definition: Line
    status: str
    created: ServiceTime
    created_by: Line | None
    stages: list[ReleaseStage]
    description: Quoted | None
    web_url: str | None


@toolset.tool(scopes=["vso.release"])
async def devops_list_releases(
    caller: Caller,
    contains: Annotated[
        str | None, Field(min_length=1, max_length=200, description="Part of the name.")
    ] = None,
    project: Project = None,
    organization: Organization = None,
    limit: PageSize = 10,
    cursor: Cursor = None,
) -> Page[Release]:
    """List the classic releases of a project, newest first, with how far each got."""
    expanded: dict[str, Any] = {"$expand": "environments"}
    page = await caller.devops.page(
        _Release,
        "/{}/{}/_apis/release/releases",
        await caller.organization(organization),
        await caller.project(project),
        host="releases",
        searchText=contains or "",
        queryOrder="descending",
        limit=limit,
        cursor=cursor,
        **expanded,
    )
    return Page[Release](**{**dict(page), "items": [_release(each) for each in page.items]})


def _release(release: _Release) -> Release:
    return Release(
        id=release.id,
        name=release.name,
        definition=release.definition,
        status=release.status,
        created=release.created,
        created_by=release.created_by,
        stages=[
            ReleaseStage(name=each.name, status=each.status)
            for each in sorted(release.environments, key=lambda each: each.rank)
        ],
        description=(
            quote(release.description, f"description of release {release.id}")
            if release.description
            else None
        ),
        web_url=release.web_url,
    )
