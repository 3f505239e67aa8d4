"""Serves commits, what they change, and what parts two versions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.errors import binding
from local.devops.git import READ, find_repository
from local.devops.git_changes import Change, changes, counts
from local.devops.git_objects import TREE, Commit, Entry
from local.devops.git_versions import api_url, commit_of, flag, part_of, signature, version_of
from local.devops.git_view import repository_view
from local.devops.paging import collection
from local.devops.pull_request import Repository

_CRITERIA = "searchCriteria."


def list_commits(call: Call) -> Response:
    """Returns the history of a version, newest first, by author, time and path."""
    repository = find_repository(call, call.parts["repository"])
    if not repository.git.refs:
        return collection([])
    commit = version_of(call, repository, f"{_CRITERIA}itemVersion.version")
    found = [each for each in repository.git.history(commit) if _wanted(call, repository, each)]
    # The documentation writes these parameters in both ways.
    prefix = _CRITERIA if f"{_CRITERIA}$top" in call.query or f"{_CRITERIA}$skip" in call.query else ""
    shown = part_of(call, found, f"{prefix}$skip", f"{prefix}$top")
    return collection([commit_view(call, repository, each) for each in shown])


def get_commit(call: Call) -> Response:
    """Returns a commit with its whole message and its parents."""
    repository = find_repository(call, call.parts["repository"])
    commit = commit_of(repository, call.parts["commit"])
    view = commit_view(call, repository, commit)
    del view["commentTruncated"], view["changeCounts"]
    return JSONResponse(
        {**view, "comment": commit.message, "treeId": commit.tree, "parents": list(commit.parents)}
    )


def list_changes(call: Call) -> Response:
    """Returns what a commit changes against its first parent, folders among it, in a shape of its own."""
    repository = find_repository(call, call.parts["repository"])
    commit = commit_of(repository, call.parts["commit"])
    found = changes(repository.git, commit.parents[0] if commit.parents else None, commit.id)
    views = _change_views(call, repository, commit.id, found)
    return JSONResponse(
        {"changeCounts": counts(found), "changes": part_of(call, views, "skip", "top", len(views))}
    )


def diff_commits(call: Call) -> Response:
    """Returns what parts two versions, or the second from what both have in common."""
    repository = find_repository(call, call.parts["repository"])
    git = repository.git
    base, target = (version_of(call, repository, f"{each}Version") for each in ("base", "target"))
    common = git.merge_base(target, base)
    ahead, behind = git.ahead_behind(target, base)
    found = changes(git, common if flag(call, "diffCommonCommit") else base, target)
    views = _change_views(call, repository, target, found)
    shown = part_of(call, views, "$skip", "$top")
    return JSONResponse(
        {
            "allChangesIncluded": call.number("$skip", 0) + len(shown) >= len(views),
            "changeCounts": counts(found),
            "changes": shown,
            "commonCommit": common,
            "baseCommit": base,
            "targetCommit": target,
            "aheadCount": ahead,
            "behindCount": behind,
        }
    )


def list_merge_bases(call: Call) -> Response:
    """Returns the newest commit two commits have in common."""
    repository = find_repository(call, call.parts["repository"])
    one = commit_of(repository, call.parts["commit"])
    other = commit_of(repository, call.query.get("otherCommitId", ""))
    common = repository.git.merge_base(one.id, other.id)
    return collection([{"commitId": common}] if common else [])


def commit_view(call: Call, repository: Repository, commit: Commit) -> dict[str, Any]:
    """Returns a commit as lists show it: with the first line of its message."""
    found = changes(repository.git, commit.parents[0] if commit.parents else None, commit.id)
    first, _, rest = commit.message.partition("\n")
    web = repository_view(call, repository)["webUrl"]
    return {
        "commitId": commit.id,
        "author": signature(commit.author, commit),
        "committer": signature(commit.author, commit),
        "comment": first,
        "commentTruncated": bool(rest),
        "changeCounts": {kind: counts(found).get(kind, 0) for kind in ("Add", "Edit", "Delete")},
        "url": api_url(call, repository, "commits", commit.id),
        "remoteUrl": f"{web}/commit/{commit.id}",
    }


def _wanted(call: Call, repository: Repository, commit: Commit) -> bool:
    author = call.query.get(f"{_CRITERIA}author", "").casefold()
    path = call.query.get(f"{_CRITERIA}itemPath", "").strip("/")
    begin, end = (_time(call, f"{_CRITERIA}{name}") for name in ("fromDate", "toDate"))
    return (
        author in f"{commit.author.display_name} <{commit.author.unique_name}>".casefold()
        and (begin is None or commit.written >= begin)
        and (end is None or commit.written <= end)
        and (not path or _touches(repository, commit, f"/{path}"))
    )


def _touches(repository: Repository, commit: Commit, path: str) -> bool:
    """Tells whether a commit changes a path against every parent, as a simplified history shows it."""
    git = repository.git
    here = git.item(commit.id, path)
    if not commit.parents:
        return here is not None
    return all(git.item(parent, path) != here for parent in commit.parents)


def _time(call: Call, name: str) -> datetime | None:
    written = call.query.get(name)
    if not written:
        return None
    try:
        return datetime.fromisoformat(written).astimezone()
    except ValueError as error:
        raise binding(f"The value '{written}' is not valid for {name}.") from error


def _change_views(
    call: Call, repository: Repository, commit: str, found: Sequence[Change]
) -> list[dict[str, Any]]:
    """Returns changed files, and the folders they are in; what a file was renamed from stands there too."""
    views = {}
    for each in found:
        view = _change_view(call, repository, commit, each)
        if each.original_path is not None:
            view["sourceServerItem"] = each.original_path
            former = Change(each.original_path, "delete, sourceRename", None, each.old)
            views[each.original_path] = _change_view(call, repository, commit, former)
        views[each.path] = view
        parents = each.path.split("/")[1:-1]
        for depth in range(1, len(parents) + 1):
            path = "/" + "/".join(parents[:depth])
            folder = repository.git.item(commit, path)
            if folder is not None and folder.mode == TREE:
                edit = Change(path, "edit", folder, None)
                views.setdefault(path, _change_view(call, repository, commit, edit))
    return [views[path] for path in sorted(views)]


def _change_view(call: Call, repository: Repository, commit: str, change: Change) -> dict[str, Any]:
    entry: Entry | None = change.new or change.old
    kind = entry.type if entry else "bad"
    item: dict[str, Any] = {
        "gitObjectType": kind,
        "commitId": commit,
        "path": change.path,
        "url": api_url(call, repository, f"items/{quote(change.path)}"),
    }
    if change.new is not None:
        item["objectId"] = change.new.id
    if change.old is not None:
        item["originalObjectId"] = change.old.id
    if kind == "tree":
        item["isFolder"] = True
    return {"item": item, "changeType": change.type}


_ONE = "git/repositories/{repository}"

OPERATIONS = [
    Operation("GET", f"{_ONE}/commits", READ, list_commits),
    Operation("GET", f"{_ONE}/commits/{{commit}}", READ, get_commit),
    Operation("GET", f"{_ONE}/commits/{{commit}}/changes", READ, list_changes),
    Operation("GET", f"{_ONE}/commits/{{commit}}/mergebases", READ, list_merge_bases),
    Operation("GET", f"{_ONE}/diffs/commits", READ, diff_commits),
]
