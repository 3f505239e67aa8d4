"""Declares the arguments that name repositories, and versions and files in them, and resolves them."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from shared.apis.devops.devops_links import DevOpsLink
from shared.apis.devops.git_repositories import Repository, RepositoryKey, version_in_address
from shared.caller import Caller
from shared.errors import ToolError
from shared.guids import is_guid
from shared.tools.params import Reference, number_of

RepositoryName = Annotated[Reference, Field(description="Name, id or web address.")]
RepositoryReference = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=2_000,
        description="Name, id or web address, unless another address says it.",
    ),
]
VersionName = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=400,
        description="Branch, tag or 40-digit commit; else the default branch.",
    ),
]
_LINES = re.compile("[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Holds what an address names: a repository, and maybe a version, a path and lines in it."""

    key: RepositoryKey
    version: str | None = None
    path: str | None = None
    first_line: int | None = None
    last_line: int | None = None
    link: DevOpsLink | None = None


async def resolve_repository(
    caller: Caller, repository: str | None, organization: str | None, project: str | None
) -> Place:
    """Resolves an argument to a repository; an address may name a version and a path too.

    Raises:
        ToolError: `invalid_argument`: it is missing, or an address of something else.
    """
    if repository is None or not repository.strip():
        raise ToolError(
            "invalid_argument",
            "repository: it is missing.",
            "Name a repository of devops_list_repositories, or give an address in it.",
        )
    written = repository.strip()
    place = await place_of_address(caller, "repository", written, project)
    if place is not None:
        return place
    scope = await caller.organization(organization)
    if is_guid(written):
        return Place(await _by_id(caller, scope, written, project))
    return Place((scope, await caller.project(project), written))


async def place_of_address(caller: Caller, argument: str, written: str, project: str | None) -> Place | None:
    """Returns what an address of the portal or of the API names in a repository, None when it is no address.

    Raises:
        ToolError: `invalid_argument`: it is an address of something else.
    """
    link = caller.devops.parse_link(written)
    if link is None and not written.casefold().startswith(("https://", "http://")):
        return None
    name = None
    if link is not None and link.area == "_git":
        name = link.segments[0] if link.segments else link.project
    elif link is not None and link.area == "_apis":
        name = link.after("repositories")
    if link is None or not name:
        raise ToolError(
            "invalid_argument",
            f"{argument}: it is not an address of a Git repository in Azure DevOps.",
            "Use an address with /_git/ in it, or a name.",
        )
    if is_guid(name):
        key = await _by_id(caller, link.organization, name, link.project or project)
    else:
        key = link.organization, link.project or await caller.project(project), name
    marked = version_in_address(link.query.get("version", ""))
    version = link.after("commit", "commits") or marked or link.query.get("versionDescriptor.version")
    return Place(
        key,
        version=version or None,
        path=link.query.get("path"),
        first_line=_line(link, "line"),
        last_line=_last_line(link),
        link=link,
    )


def _last_line(link: DevOpsLink) -> int | None:
    """Returns the last line an address marks; one marked up to its first column is not among them."""
    first, last = _line(link, "line"), _line(link, "lineEnd")
    if first and last and last > first and link.query.get("lineEndColumn") == "1":
        return last - 1
    return last


def _line(link: DevOpsLink, name: str) -> int | None:
    written = link.query.get(name, "")
    return number_of(written) or None if _LINES.fullmatch(written) else None


async def _by_id(caller: Caller, organization: str, repository: str, project: str | None) -> RepositoryKey:
    """Returns the key of a repository by its id, which needs no project."""
    path = "/{}/_apis/git/repositories/{}"
    found = await caller.devops.get(Repository, path, organization, repository)
    return organization, found.project or await caller.project(project), found.name
