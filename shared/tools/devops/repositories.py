"""Lists Git repositories of Azure DevOps, and their branches and tags."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AliasPath, BaseModel, Field

from shared.apis.devops.branches import Branch
from shared.apis.devops.git_repositories import (
    ONE,
    Repository,
    RepositoryKey,
    checked,
    descriptor,
    list_repositories,
    with_version,
)
from shared.apis.devops.service_times import ServiceTime
from shared.apis.models import DevOpsList, DevOpsModel
from shared.caller import Caller
from shared.mcp.toolset import Toolset
from shared.results.paging import CountedPage, KeyedList, Page
from shared.results.partial_results import Gap, capture_gap
from shared.text.content import Line, clean_line
from shared.tools.devops.git_params import RepositoryName, VersionName, resolve_repository
from shared.tools.params import Cursor, Organization, PageSize, Project

toolset = Toolset("repos")

NameFilter = Annotated[str | None, Field(min_length=1, max_length=200, description="Part of the name.")]


class Stats(DevOpsModel):
    """How far a branch is from the one it is compared with, and its last commit."""

    name: str
    ahead: int | None = Field(None, validation_alias="aheadCount")
    behind: int | None = Field(None, validation_alias="behindCount")
    comment: Line | None = Field(None, validation_alias=AliasPath("commit", "comment"))
    author: Line | None = Field(None, validation_alias=AliasPath("commit", "author", "name"))
    changed: ServiceTime = Field(None, validation_alias=AliasPath("commit", "author", "date"))


class Ref(DevOpsModel):
    """A reference as the service gives it."""

    name: str
    object_id: str
    peeled_object_id: str | None = None
    creator: Line | None = Field(None, validation_alias=AliasPath("creator", "displayName"))


class FoundBranch(BaseModel):
    """A branch or tag."""

    name: Branch
    kind: Literal["branch", "tag", "other"]
    commit_id: str
    creator: Line | None
    ahead: int | None = Field(None, description="Commits it has and the branch compared with lacks.")
    behind: int | None = None
    last_commit: Line | None = None
    last_author: Line | None = None
    last_changed: ServiceTime = None
    web_url: str


class Branches(Page[FoundBranch]):
    """Branches or tags of a repository."""

    default_branch: Branch | None = Field(description="null: the repository is empty, or it was not read.")
    gaps: list[Gap]


@toolset.tool(scopes=["vso.code"])
async def devops_list_repositories(
    caller: Caller,
    name: NameFilter = None,
    organization: Organization = None,
    project: Project = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> CountedPage[Repository]:
    """List the Git repositories of an Azure DevOps project with default branch, size and address, by name.

    What is in one: devops_read_file.
    """
    scope = await caller.organization(organization), await caller.project(project)
    keyed = KeyedList(caller.devops.cursors, f"repositories {scope} {name}", cursor)
    found = await list_repositories(caller.devops, *scope)
    chosen = {each.id: each for each in found if (name or "").casefold() in each.name.casefold()}

    async def read(ids: Sequence[str]) -> list[Repository]:
        return [chosen[each] for each in ids]

    return await keyed.page([*chosen], read, limit=limit)


@toolset.tool(scopes=["vso.code"])
async def devops_list_branches(
    caller: Caller,
    repository: RepositoryName,
    kind: Annotated[Literal["branches", "tags"], Field(description="What to list.")] = "branches",
    name: NameFilter = None,
    mine: Annotated[bool, Field(description="Only those you created or favor.")] = False,
    compare: Annotated[
        bool, Field(description="Also tell ahead and behind of base, and last commit.")
    ] = False,
    base: VersionName = None,
    organization: Organization = None,
    project: Project = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Branches:
    """List branches or tags of an Azure DevOps Git repository, with the commits they are at."""
    key = (await resolve_repository(caller, repository, organization, project)).key
    devops = caller.devops
    query: dict[str, Any] = {
        # The service takes its filter by beginning with everything but this choice.
        **({"includeMyBranches": "true"} if mine else {"filter": "tags/" if kind == "tags" else "heads/"}),
        "filterContains": name or "",
        "peelTags": "true",
    }
    listed = await checked(
        devops, key, devops.page(Ref, f"{ONE}/refs", *key, limit=limit, cursor=cursor, **query)
    )
    detail = await capture_gap("default branch", devops.get(Repository, ONE, *key))
    stats: Mapping[str, Stats] | Gap = {}
    wants_stats = compare and kind == "branches" and bool(listed.items)
    if wants_stats:
        stats = await capture_gap("comparison", _stats(caller, key, base))
    by_name = {} if isinstance(stats, Gap) else stats
    return Branches(
        items=[_branch(caller, key, each, by_name) for each in listed.items],
        complete=listed.complete,
        next_cursor=listed.next_cursor,
        note=listed.note,
        default_branch=None if isinstance(detail, Gap) else detail.default_branch,
        gaps=[each for each in (detail, stats) if isinstance(each, Gap)],
    )


async def _stats(caller: Caller, key: RepositoryKey, base: str | None) -> dict[str, Stats]:
    """Returns how all branches compare with a base, by short name: one request, whatever there are."""

    async def read(version: Any) -> list[Stats]:
        query = descriptor(version, "baseVersionDescriptor.version")
        path = f"{ONE}/stats/branches"
        return (await caller.devops.get(DevOpsList[Stats], path, *key, host="organizations", **query)).value

    found, _ = await with_version(caller.devops, key, base, read)
    return {each.name: each for each in found}


def _branch(caller: Caller, key: RepositoryKey, ref: Ref, stats: Mapping[str, Stats]) -> FoundBranch:
    kinds: dict[str, Literal["branch", "tag"]] = {"refs/heads/": "branch", "refs/tags/": "tag"}
    prefix = next((each for each in kinds if ref.name.startswith(each)), "")
    short = ref.name.removeprefix(prefix)
    compared = stats.get(short) if prefix == "refs/heads/" else None
    version = ("GT" if prefix == "refs/tags/" else "GB") + short
    return FoundBranch(
        name=clean_line(short),
        kind=kinds.get(prefix, "other"),
        commit_id=ref.peeled_object_id or ref.object_id,
        creator=ref.creator,
        ahead=compared.ahead if compared else None,
        behind=compared.behind if compared else None,
        last_commit=compared.comment if compared else None,
        last_author=compared.author if compared else None,
        last_changed=compared.changed if compared else None,
        web_url=caller.devops.web_url("/{}/{}/_git/{}", *key, version=version),
    )
