"""Names Git repositories and versions of them, and says what is wrong with a name."""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from pydantic import AliasPath, Field

from shared.apis.devops.branches import Branch
from shared.apis.devops.devops_client import DevOps
from shared.apis.models import DevOpsList, DevOpsModel
from shared.apis.requests import quotable
from shared.errors import ToolError
from shared.text.content import Line

type RepositoryKey = tuple[str, str, str]
"""Organization, project and repository, by name or id."""

ONE = "/{}/{}/_apis/git/repositories/{}"
_COMMIT_ID = re.compile("[0-9a-fA-F]{40}", re.ASCII)
_SHORT_ID = re.compile("[0-9a-fA-F]{6,39}", re.ASCII)
_ADDRESS_KINDS: dict[str, Literal["branch", "tag", "commit"]] = {"GB": "branch", "GT": "tag", "GC": "commit"}
_UNRESOLVABLE = "GitUnresolvableToCommitException"
_NO_REPOSITORY = "GitRepositoryNotFoundException"
_MOST_NAMES = 1_000


@dataclass(frozen=True, slots=True)
class Version:
    """Names a version of a repository; the name of a branch or tag is the short one the API takes."""

    name: str
    kind: Literal["branch", "tag", "commit"]

    @property
    def in_address(self) -> str:
        """Returns the version as addresses of the portal hold it."""
        return next(mark for mark, kind in _ADDRESS_KINDS.items() if kind == self.kind) + self.name

    @property
    def reference(self) -> str:
        """Returns a version that `version_candidates` takes for nothing else."""
        return {"branch": "refs/heads/", "tag": "refs/tags/", "commit": ""}[self.kind] + self.name


class Repository(DevOpsModel):
    """A Git repository; an empty one has no default branch, a disabled one refuses everything."""

    id: str
    name: Line
    project: Line | None = Field(None, validation_alias=AliasPath("project", "name"))
    default_branch: Branch | None = None
    size_bytes: int | None = Field(None, validation_alias="size")
    is_disabled: bool = False
    is_fork: bool = False
    web_url: str | None = None


class _Ref(DevOpsModel):
    name: str


class _Commit(DevOpsModel):
    commit_id: str


def version_candidates(written: str | None) -> list[Version | None]:
    """Returns what a version may mean, the likelier first; None stands for the default branch.

    A name without more is a branch, or a tag where there is no such branch.
    """
    name = (written or "").strip()
    if not name:
        return [None]
    if _COMMIT_ID.fullmatch(name):
        return [Version(name.lower(), "commit")]
    for prefix, kind in (("refs/heads/", "branch"), ("refs/tags/", "tag")):
        if name.startswith(prefix):
            return [Version(name.removeprefix(prefix), "tag" if kind == "tag" else "branch")]
    short = name.removeprefix("refs/")
    return [Version(short, "branch"), Version(short, "tag")]


def version_in_address(written: str) -> str:
    """Returns a version of an address of the portal (`GBmain`, `GTv1`, `GC` and a commit) unmistakably."""
    mark, name = written[:2], written[2:]
    prefixes = {"GB": "refs/heads/", "GT": "refs/tags/", "GC": ""}
    return prefixes[mark] + name.removeprefix(prefixes[mark]) if mark in prefixes and name else written


def descriptor(version: Version | None, prefix: str = "versionDescriptor.version") -> dict[str, Any]:
    """Returns the parameters that name a version."""
    return {prefix: version.name, f"{prefix}Type": version.kind} if version else {}


async def with_version[T](
    devops: DevOps,
    key: RepositoryKey,
    written: str | None,
    read: Callable[[Version | None], Awaitable[T]],
) -> tuple[T, Version | None]:
    """Returns what a request reads of a version, and the version that was meant.

    Raises:
        ToolError: `not_found`: the repository has no such version, and which names are near; or as `read`.
    """
    *likelier, last = version_candidates(written)
    for version in likelier:
        try:
            return await read(version), version
        except ToolError as error:
            if error.details.get("devops_error") != _UNRESOLVABLE:
                raise await _explained(devops, key, written, error) from error
    try:
        return await read(last), last
    except ToolError as error:
        raise await _explained(devops, key, written, error) from error


async def _explained(devops: DevOps, key: RepositoryKey, written: str | None, error: ToolError) -> ToolError:
    """Returns a failure with what there is in place of a repository or version that there is not."""
    match error.details.get("devops_error"):
        case "GitRepositoryNotFoundException":
            return await _missing_repository(devops, key, error)
        case "GitUnresolvableToCommitException":
            return await _missing_version(devops, key, written, error)
    return error


async def resolve_commit(
    devops: DevOps, key: RepositoryKey, written: str | None
) -> tuple[str, Version | None]:
    """Returns the id of the commit a version is at, and the version that was meant.

    Raises:
        ToolError: `not_found`: there is none, or the repository is empty.
    """

    async def newest(version: Version | None) -> list[_Commit]:
        query = {"searchCriteria.$top": "1", **descriptor(version, "searchCriteria.itemVersion.version")}
        return (
            await devops.get(DevOpsList[_Commit], f"{ONE}/commits", *key, host="organizations", **query)
        ).value

    if written and _COMMIT_ID.fullmatch(written.strip()):
        return written.strip().lower(), Version(written.strip().lower(), "commit")
    found, version = await with_version(devops, key, written, newest)
    if not found:
        raise empty(key[2])
    return found[0].commit_id, version


async def unmistakable(devops: DevOps, key: RepositoryKey, written: str | None) -> str | None:
    """Returns a version such that it means one thing: asks where a name may be a branch's or a tag's.

    Raises:
        ToolError: As `resolve_commit` does.
    """
    if len(version_candidates(written)) == 1:
        return written
    _, version = await resolve_commit(devops, key, written)
    return version.reference if version else None


def empty(repository: str) -> ToolError:
    """Returns the failure of reading from a repository without commits."""
    return ToolError(
        "not_found",
        f"The repository {quotable(repository)} is empty: nothing was pushed to it yet.",
        "Use another repository of devops_list_repositories.",
    )


def nearest(written: str, names: Iterable[str]) -> list[str]:
    """Returns the names most like a written one, case aside; or those that hold it or end as it does."""
    by_folded = {name.casefold(): name for name in names}
    folded = written.casefold()
    last = folded.rpartition("/")[2]
    holding = [each for each in by_folded if folded in each or each.rpartition("/")[2] == last]
    close = get_close_matches(folded, by_folded, n=3, cutoff=0.6)
    return [by_folded[each] for each in dict.fromkeys([*close, *sorted(holding, key=len)])][:3]


def suggestion(names: Sequence[str]) -> str:
    """Returns a sentence that offers names, nothing without any."""
    return f" Near it are: {', '.join(quotable(name) for name in names)}." if names else ""


async def list_repositories(devops: DevOps, organization: str, project: str) -> list[Repository]:
    """Returns the repositories of a project, by name."""
    path = "/{}/{}/_apis/git/repositories"
    listed = await devops.get(DevOpsList[Repository], path, organization, project)
    return sorted(listed.value, key=lambda each: each.name.casefold())


async def checked[T](devops: DevOps, key: RepositoryKey, reading: Awaitable[T]) -> T:
    """Awaits what is read of a repository; says which repositories there are where this is none."""
    try:
        return await reading
    except ToolError as error:
        if error.details.get("devops_error") != _NO_REPOSITORY:
            raise
        raise await _missing_repository(devops, key, error) from error


async def _missing_repository(devops: DevOps, key: RepositoryKey, error: ToolError) -> ToolError:
    """Returns the failure of naming a repository, with those there are, or that it is disabled."""
    try:
        listed = await list_repositories(devops, *key[:2])
    except ToolError:
        return error
    wanted = key[2].casefold()
    named = quotable(key[2])
    if any(each.is_disabled and wanted in (each.name.casefold(), each.id.casefold()) for each in listed):
        return ToolError(
            "not_found",
            f"repository: {named} is disabled, so nothing in it can be read.",
            "Ask an administrator of the project to enable it, or use another one.",
            details=error.details,
        )
    near = suggestion(nearest(key[2], [each.name for each in listed]))
    return ToolError(
        "not_found",
        f"repository: the project has no repository {named}, or you have no access to it.{near}",
        "Use a name or an id of devops_list_repositories.",
        details=error.details,
    )


async def _missing_version(
    devops: DevOps, key: RepositoryKey, written: str | None, error: ToolError
) -> ToolError:
    if not written:
        return empty(key[2])
    name = written.strip()
    if _COMMIT_ID.fullmatch(name):
        message = f"The repository has no commit {name}."
        return ToolError("not_found", message, "Use a commit of devops_list_commits.", details=error.details)
    try:
        most: dict[str, Any] = {"$top": str(_MOST_NAMES)}
        listed = await devops.get(DevOpsList[_Ref], f"{ONE}/refs", *key, **most)
    except ToolError:
        return error
    short = re.compile(r"refs/(heads/|tags/)?")
    names = [short.sub("", each.name, count=1) for each in listed.value]
    remedy = "Use a branch or tag of devops_list_branches."
    if _SHORT_ID.fullmatch(name):
        remedy = "A commit is named by all 40 digits of its id: see devops_list_commits. " + remedy
    return ToolError(
        "not_found",
        f"The repository has no branch or tag {quotable(name)}."
        + suggestion(nearest(short.sub("", name, count=1), names)),
        remedy,
        details=error.details,
    )
