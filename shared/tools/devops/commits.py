"""Lists commits of Git repositories of Azure DevOps."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AliasPath, BeforeValidator, Field

from shared.apis.devops.git_files import repository_path
from shared.apis.devops.git_repositories import ONE, Version, descriptor, unmistakable, with_version
from shared.apis.devops.service_times import ServiceTime
from shared.apis.models import DevOpsModel
from shared.caller import Caller
from shared.mcp.toolset import Toolset
from shared.results.paging import Page
from shared.text import time_zones, times
from shared.text.content import Line
from shared.text.times import Named
from shared.tools.devops.git_params import RepositoryName, VersionName, resolve_repository
from shared.tools.params import Cursor, Organization, PageSize, Project, When

toolset = Toolset("repos")


def _total(counts: object) -> object:
    """Returns how many files the counts by kind of change make up."""
    if not isinstance(counts, dict):
        return counts
    return sum(each for each in counts.values() if isinstance(each, int))


class Commit(DevOpsModel):
    """A commit."""

    commit_id: str
    message: Line = Field("", validation_alias="comment")
    message_is_cut: bool = Field(False, validation_alias="commentTruncated")
    author: Line | None = Field(None, validation_alias=AliasPath("author", "name"))
    author_address: Line | None = Field(None, validation_alias=AliasPath("author", "email"))
    written: ServiceTime = Field(None, validation_alias=AliasPath("author", "date"))
    changed_files: Annotated[int | None, BeforeValidator(_total)] = Field(
        None, validation_alias="changeCounts"
    )
    web_url: str = ""


@toolset.tool(scopes=["vso.code"])
async def devops_list_commits(
    caller: Caller,
    repository: RepositoryName,
    version: VersionName = None,
    author: Annotated[str | None, Field(min_length=1, max_length=320, description="Name or address.")] = None,
    path: Annotated[
        str | None,
        Field(min_length=1, max_length=2_000, description="Only what changes this file or folder."),
    ] = None,
    since: Annotated[When | None, Field(description="From this date, time or name on.")] = None,
    until: Annotated[When | None, Field(description="Up to this date (inclusive) or time.")] = None,
    organization: Organization = None,
    project: Project = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[Commit]:
    """List commits of an Azure DevOps Git repository, the newest first: who changed what when, and why.

    What one changes: devops_get_diff with its commit_id.
    """
    place = await resolve_repository(caller, repository, organization, project)
    key = place.key
    chosen = await unmistakable(caller.devops, key, version or place.version)
    wanted = path or place.path
    criteria = {
        "author": author or "",
        "itemPath": repository_path(wanted) if wanted else "",
        "fromDate": await _begin(caller, since) if since else "",
        "toDate": await _end(caller, until) if until else "",
    }

    async def with_web_url(found: Commit) -> Commit:
        url = caller.devops.web_url("/{}/{}/_git/{}/commit/{}", *key, found.commit_id)
        return found.model_copy(update={"web_url": url})

    narrowed: dict[str, Any] = {f"searchCriteria.{name}": value for name, value in criteria.items()}

    async def read(at: Version | None) -> Page[Commit]:
        return await caller.devops.page(
            Commit,
            f"{ONE}/commits",
            *key,
            by="skip",
            prefix="searchCriteria.",
            limit=limit,
            cursor=cursor,
            completed=with_web_url,
            **narrowed,
            **descriptor(at, "searchCriteria.itemVersion.version"),
        )

    page, _ = await with_version(caller.devops, key, chosen, read)
    return page


async def _begin(caller: Caller, since: Named | date) -> str:
    zone = time_zones.zone(await caller.time_zone(None))
    return times.span(since, None, zone, now=datetime.now(UTC)).start.isoformat()


async def _end(caller: Caller, until: Named | date) -> str:
    """Returns the end of the day, days or week a name or date means, or the time itself."""
    zone = time_zones.zone(await caller.time_zone(None))
    if isinstance(until, datetime):
        return times.moment(until, zone).astimezone(UTC).isoformat()
    return times.span(until, None, zone, now=datetime.now(UTC)).end.isoformat()
