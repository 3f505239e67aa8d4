"""Turns what people have of a branch, commit, pull request or wiki page into what a link leads to."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import get_args
from urllib.parse import quote

from pydantic import Field

from shared.apis.devops.git_repositories import ONE, RepositoryKey, checked, version_candidates
from shared.apis.devops.work_item_links import LinkKind
from shared.apis.models import DevOpsModel
from shared.apis.requests import Segment, quotable
from shared.caller import Caller
from shared.errors import ToolError
from shared.guids import is_guid
from shared.tools.devops.git_params import resolve_repository
from shared.tools.devops.pull_request_views import FoundPullRequest
from shared.tools.devops.wiki_params import resolve_page

type ProjectOf = Callable[[], Awaitable[str]]

CODE_SCOPE, WIKI_SCOPE = "vso.code", "vso.wiki"
"""What it takes to look up the ids of repositories and pull requests, and those of wikis."""
_MARKS: Mapping[str, str] = {"branch": "GB", "tag": "GT", "commit": "GC"}
_KINDS = frozenset(get_args(LinkKind.__value__)) - {"hyperlink"}
_COMMIT = re.compile(r"(?P<repository>.+)@(?P<id>[0-9a-fA-F]{40})", re.ASCII)
_PULL_REQUEST = re.compile(r"!?([0-9]{1,10})", re.ASCII)
_REMEDY = "Give the address as the browser shows it."


class _Ids(DevOpsModel):
    """The ids of a repository and of its project."""

    id: str
    project: dict[str, object] = Field(default_factory=dict)


class _WikiIds(DevOpsModel):
    id: str
    project_id: str


async def resolve_target(
    caller: Caller, organization: str, kind: str, target: str, project_of: ProjectOf
) -> str:
    """Resolves the target of a link to what the service takes; leaves what it need not look up as it is.

    Args:
        caller: Of a tool with the optional scopes `vso.code` and `vso.wiki`.
        organization: Of the work item.
        kind: Of the link.
        target: As given: an id, an address of the browser, or what the service has.
        project_of: Returns the project in which repositories are named.

    Raises:
        ToolError: `invalid_argument`: it is an address of another organization or host, or of something
            else. `consent_required`: it takes a scope to look up that was not consented to.
    """
    written = target.strip()
    if kind not in _KINDS:
        return written
    commit = _COMMIT.fullmatch(written) if kind == "commit" else None
    is_address = _check_address(caller, organization, kind, commit["repository"] if commit else written)
    match kind:
        case "branch" | "tag" | "commit" if is_address or commit:
            return await _code(caller, organization, kind, written, project_of)
        case "pull_request" if is_address or _PULL_REQUEST.fullmatch(written):
            return await _pull_request(caller, organization, written)
        case "wiki_page" if is_address:
            return await _wiki_page(caller, organization, written)
    return written


def _check_address(caller: Caller, organization: str, kind: str, written: str) -> bool:
    """Returns whether the target is an address of the browser, which then is one of this organization."""
    link = caller.devops.parse_link(written)
    if link is None:
        if written.casefold().startswith(("https://", "http://")):
            raise _unfit("it is not an address of Azure DevOps", "Only a hyperlink leads to any address.")
        return False
    if link.organization.casefold() != organization.casefold():
        raise _unfit(
            f"it is in the organization {quotable(link.organization)}, the work item in {organization}",
            f"A {kind} is linked within one organization; link to another as a hyperlink.",
        )
    return True


async def _code(caller: Caller, organization: str, kind: str, written: str, project_of: ProjectOf) -> str:
    reader = caller.with_devops_scopes(CODE_SCOPE)
    commit = _COMMIT.fullmatch(written)
    repository = commit["repository"] if commit else written
    is_name = not is_guid(repository) and reader.devops.parse_link(repository) is None
    project = await project_of() if is_name else None
    place = await resolve_repository(reader, repository, organization, project)
    named = commit["id"] if commit else place.version or ""
    [version, *others] = version_candidates(named)
    if version is None or others or version.kind != kind:
        raise _unfit(f"it is not the address of a {kind}", _hint(kind))
    ids = await _ids(reader, place.key)
    if kind == "commit":
        return _artifact("Git/Commit", *ids, version.name)
    return _artifact("Git/Ref", *ids, _MARKS[kind] + version.name)


def _hint(kind: str) -> str:
    if kind == "commit":
        return "Use an address with /commit/ and 40 digits, or repository@id."
    return f"Use an address that ends in version={_MARKS[kind]} and the name of the {kind}."


async def _ids(reader: Caller, key: RepositoryKey) -> tuple[str, str]:
    found = await checked(reader.devops, key, reader.devops.get(_Ids, ONE, *key))
    return str(found.project.get("id", "")), found.id


async def _pull_request(caller: Caller, organization: str, written: str) -> str:
    reader = caller.with_devops_scopes(CODE_SCOPE)
    number = _PULL_REQUEST.fullmatch(written)
    link = reader.devops.parse_link(written)
    if link is not None and link.area in ("_git", "_apis"):
        number = _PULL_REQUEST.fullmatch(link.after("pullrequest", "pullrequests") or "")
    if number is None:
        raise _unfit("it is not the address of a pull request", _REMEDY)
    # Pull requests are numbered by organization.
    found = await reader.devops.get(
        FoundPullRequest, "/{}/_apis/git/pullrequests/{}", organization, int(number[1])
    )
    return found.artifact_id


async def _wiki_page(caller: Caller, organization: str, written: str) -> str:
    reader = caller.with_devops_scopes(WIKI_SCOPE)
    address, path = await resolve_page(reader, written, None, None, organization, None)
    found = await reader.devops.get(_WikiIds, "/{}/{}/_apis/wiki/wikis/{}", *address[:3])
    return _artifact("Wiki/WikiPage", found.project_id, found.id, path.removeprefix("/"))


def _artifact(kind: str, *parts: Segment) -> str:
    """Returns an artifact's address: its id is one segment, whose slashes are quoted."""
    return f"vstfs:///{kind}/{quote('/'.join(map(str, parts)), safe='')}"


def _unfit(problem: str, remedy: str) -> ToolError:
    return ToolError("invalid_argument", f"target: {problem}.", remedy)
