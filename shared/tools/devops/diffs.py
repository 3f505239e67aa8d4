"""Shows what commits, branches and pull requests of Azure DevOps change."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field

from shared.apis.devops.git_diffs import (
    Change,
    Changes,
    CommitDetail,
    TextDiff,
    changes_between,
    commit_changes,
    get_commit,
    last_iteration,
    text_diff,
)
from shared.apis.devops.git_files import repository_path
from shared.apis.devops.git_repositories import (
    RepositoryKey,
    checked,
    nearest,
    resolve_commit,
    suggestion,
    version_in_address,
)
from shared.apis.requests import quotable
from shared.caller import Caller
from shared.concurrency import run_all, run_concurrently
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.result_limit import share
from shared.results.partial_results import Gap, capture_gap
from shared.text.content import Line, Quoted, fair_limit, quote
from shared.tools.devops.git_params import (
    Place,
    RepositoryReference,
    VersionName,
    place_of_address,
    resolve_repository,
)
from shared.tools.devops.pull_request_params import resolve_pull_request
from shared.tools.devops.pull_request_views import FoundPullRequest
from shared.tools.params import Cursor, Offset, Organization, Project, Reference

toolset = Toolset("repos")

DIFFS_BUDGET = 20_000
"""Characters the differences of one result may take."""
MESSAGE_LIMIT = 4_000
_PAGE = 1_000
_MOST_PAGES = 5


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Names what is compared: a commit with its first parent, or two commits from where they parted."""

    key: RepositoryKey
    target: str
    base: str | None

    async def changes(self, caller: Caller, *, top: int, skip: int) -> Changes:
        if self.base is None:
            return await commit_changes(caller.devops, self.key, self.target, top=top, skip=skip)
        return await changes_between(caller.devops, self.key, self.base, self.target, top=top, skip=skip)


class FileDiff(BaseModel):
    """A changed file: the change is `edit`, `add`, `delete`, `rename`, or several."""

    path: Line
    change: str
    original_path: Line | None
    diff: Quoted | None = Field(description="Unified diff; null where note says why.")
    note: str | None


class CommitSummary(BaseModel):
    """The commit that is shown."""

    commit_id: str
    author: Line | None
    written: AwareDatetime | None
    message: Quoted
    parents: list[str]


class Diff(BaseModel):
    """What changed, file by file."""

    repository: Line
    commit: CommitSummary | None = Field(description="Where one commit was asked for.")
    base_commit: str | None = Field(description="What is compared with; null: nothing, all is new.")
    target_commit: str
    ahead: int | None = Field(description="Commits the target has beyond the base.")
    behind: int | None
    files: list[FileDiff]
    complete: bool
    next_cursor: str | None
    note: str | None
    web_url: str


@toolset.tool(scopes=["vso.code"])
async def devops_get_diff(
    caller: Caller,
    repository: RepositoryReference = None,
    commit: Annotated[
        Reference | None, Field(description="What this changed: id, web address, or a branch.")
    ] = None,
    base: VersionName = None,
    target: Annotated[VersionName, Field(description="Version: what it changed since it left base.")] = None,
    pull_request: Annotated[
        Reference | None, Field(description="What this changes: id or web address.")
    ] = None,
    path: Annotated[
        str | None, Field(min_length=1, max_length=2_000, description="Only this file or folder.")
    ] = None,
    offset: Offset = 0,
    organization: Organization = None,
    project: Project = None,
    limit: Annotated[int, Field(ge=1, le=50, description="Files at most.")] = 10,
    cursor: Cursor = None,
) -> Diff:
    """Show what a commit, a branch or a pull request of Azure DevOps changed: files with unified diffs.

    Give one of commit, target (with base), or pull_request. A long diff goes on with path and offset.
    """
    query = f"diff {[repository, commit, base, target, pull_request, path, organization, project]}"
    position = caller.devops.cursors.open(query, cursor) if cursor else {}
    if position:
        key: RepositoryKey = (position["key"][0], position["key"][1], position["key"][2])
        comparison = _Comparison(key, position["target"], position["base"])
    else:
        comparison = await _comparison(
            caller, repository, commit, base, target, pull_request, organization, project
        )
    skip = int(position.get("skip", 0))
    detail = None
    if comparison.base is None:
        detail, (found, following) = await run_concurrently(
            get_commit(caller.devops, comparison.key, comparison.target),
            _files(caller, comparison, path, limit, skip),
        )
    else:
        found, following = await _files(caller, comparison, path, limit, skip)
    former = detail.parents[0] if detail and detail.parents else found.common_commit or comparison.base
    shown = [each for each in found.changes if each.is_shown]
    diffs = await run_all(
        capture_gap(each.path, text_diff(caller.devops, comparison.key, each, former)) for each in shown
    )
    rest = {"key": comparison.key, "target": comparison.target, "base": comparison.base, "skip": following}
    return Diff(
        repository=comparison.key[2],
        commit=_summary(detail) if detail else None,
        base_commit=former,
        target_commit=comparison.target,
        ahead=found.ahead_count,
        behind=found.behind_count,
        files=_file_diffs(shown, diffs, offset),
        complete=following is None,
        next_cursor=caller.devops.cursors.seal(query, rest) if following is not None else None,
        note=_note(detail, following is not None),
        web_url=_web_url(caller, comparison),
    )


async def _comparison(
    caller: Caller,
    repository: str | None,
    commit: str | None,
    base: str | None,
    target: str | None,
    pull_request: str | None,
    organization: str | None,
    project: str | None,
) -> _Comparison:
    """Resolves the arguments to what is compared.

    Raises:
        ToolError: `invalid_argument`: they name nothing, or several things.
    """
    if pull_request is not None and not (commit or base or target):
        return await _of_pull_request(caller, pull_request, organization, project)
    place = await place_of_address(caller, "commit", commit.strip(), project) if commit else None
    if place is None:
        place = await resolve_repository(caller, repository, organization, project)
        commit = commit or (place.version if not (base or target) else None)
    else:
        commit = place.version
    if place.link is not None and not (commit or base or target):
        base, target = _compared_in_address(place)
    if pull_request is not None or bool(commit) == bool(base or target):
        raise ToolError(
            "invalid_argument",
            "commit, target, pull_request: name exactly one of them; base goes with target alone.",
            "Use a commit of devops_list_commits, a branch of devops_list_branches, or a pull request.",
        )
    if commit:
        commit_id, _ = await resolve_commit(caller.devops, place.key, commit)
        return _Comparison(place.key, commit_id, None)
    (base_id, _), (target_id, _) = await run_concurrently(
        resolve_commit(caller.devops, place.key, base),
        resolve_commit(caller.devops, place.key, target),
    )
    return _Comparison(place.key, target_id, base_id)


async def _of_pull_request(
    caller: Caller, pull_request: str, organization: str | None, project: str | None
) -> _Comparison:
    where = await resolve_pull_request(caller, pull_request, organization, project)
    found = await caller.devops.get(FoundPullRequest, "/{}/{}/_apis/git/pullrequests/{}", *where)
    key = where[0], where[1], found.repository_id
    last = await last_iteration(caller.devops, key, found.id)
    base = (last.common or last.target) if last else None
    if last is None or last.source is None or base is None:
        raise ToolError(
            "not_found",
            "pull_request: it has no commits to compare.",
            "See it with devops_get_pull_request.",
        )
    return _Comparison((key[0], key[1], found.repository), last.source, base)


def _compared_in_address(place: Place) -> tuple[str | None, str | None]:
    """Returns the two versions of an address of the portal that compares branches."""
    query = place.link.query if place.link else {}
    sides = (query.get(f"{each}Version") for each in ("base", "target"))
    base, target = (version_in_address(each) if each else None for each in sides)
    return base, target


async def _files(
    caller: Caller, comparison: _Comparison, path: str | None, limit: int, skip: int
) -> tuple[Changes, int | None]:
    """Returns changed files from one on, and where the next ones begin, None at the end.

    Raises:
        ToolError: `not_found`: a path was given, and nothing changed there.
    """
    reading = comparison.changes(caller, top=limit if path is None else _PAGE, skip=0 if path else skip)
    found = await checked(caller.devops, comparison.key, reading)
    if path is None:
        read = len(found.changes)
        has_more = found.all_included is False or (found.all_included is None and read >= limit)
        return found, skip + read if has_more and read else None
    changes = [*found.changes]
    while len(changes) % _PAGE == 0 and 0 < len(changes) < _PAGE * _MOST_PAGES:
        more = await comparison.changes(caller, top=_PAGE, skip=len(changes))
        if not more.changes:
            break
        changes += more.changes
    wanted = repository_path(path)
    files = [each for each in changes if each.is_shown]
    chosen = [each for each in files if _is_at(each, wanted)]
    if not chosen:
        near = suggestion(nearest(wanted, [each.path for each in files]))
        raise ToolError(
            "not_found",
            f"path: nothing changed at {quotable(wanted)}.{near}",
            "Leave path out to see all changed files.",
        )
    part = found.model_copy(update={"changes": chosen[skip : skip + limit]})
    return part, skip + limit if skip + limit < len(chosen) else None


def _is_at(change: Change, wanted: str) -> bool:
    below = "/" if wanted == "/" else f"{wanted}/"
    return any(each == wanted or each.startswith(below) for each in (change.path, change.original_path or ""))


def _file_diffs(changes: list[Change], diffs: list[TextDiff | Gap], offset: int) -> list[FileDiff]:
    lengths = [len(each.text or "") for each in diffs if isinstance(each, TextDiff)]
    limit = fair_limit(lengths, share(DIFFS_BUDGET))
    files = []
    for change, diff in zip(changes, diffs, strict=True):
        text = diff.text if isinstance(diff, TextDiff) else None
        note = diff.note if isinstance(diff, TextDiff) else f"It could not be read: {diff.message}"
        quoted = quote(text, f"changes of {change.path}", offset=offset, limit=limit) if text else None
        files.append(
            FileDiff(
                path=change.path,
                change=change.change_type,
                original_path=change.original_path,
                diff=quoted,
                note=note,
            )
        )
    return files


def _summary(detail: CommitDetail) -> CommitSummary:
    return CommitSummary(
        commit_id=detail.commit_id,
        author=detail.author,
        written=detail.written,
        message=quote(
            detail.comment, f"commit {detail.commit_id[:8]} by {detail.author}", limit=share(MESSAGE_LIMIT)
        ),
        parents=detail.parents,
    )


def _note(detail: CommitDetail | None, has_more: bool) -> str | None:
    notes: list[str] = []
    if detail and len(detail.parents) > 1:
        notes.append("A merge: compared with its first parent.")
    if has_more:
        notes.append("There are more files.")
    return " ".join(notes) or None


def _web_url(caller: Caller, comparison: _Comparison) -> str:
    if comparison.base is None:
        return caller.devops.web_url("/{}/{}/_git/{}/commit/{}", *comparison.key, comparison.target)
    sides: dict[str, Any] = {
        "baseVersion": f"GC{comparison.base}",
        "targetVersion": f"GC{comparison.target}",
    }
    return caller.devops.web_url("/{}/{}/_git/{}/branchCompare", *comparison.key, **sides)
