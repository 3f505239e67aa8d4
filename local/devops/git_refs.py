"""Serves branches and tags, and creates them."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.errors import argument, binding, wrapped
from local.devops.git import READ, find_repository
from local.devops.git_commits import commit_view
from local.devops.git_versions import api_url, flag, version_of
from local.devops.git_view import person
from local.devops.paging import collection, page_by_offset
from local.devops.pull_request import Repository

_BRANCHES = "refs/heads/"
_WRITE = ("vso.code_write",)
_MOST = 1000
_NONE = "0" * 40
_OBJECT_ID = re.compile("[0-9a-f]{40}", re.IGNORECASE)
# git check-ref-format: what no name of a reference holds, and how none of its parts begins or ends.
_NO_NAME = re.compile(r"[\s~^:?*\[\\\x00-\x1f\x7f]|\.\.|@\{|//|(^|/)\.|(/|\.|\.lock)(/|$)|^refs/?$")


def list_refs(call: Call) -> Response:
    """Returns references by the beginning or a part of their names, in pages."""
    repository = find_repository(call, call.parts["repository"])
    git = repository.git
    prefix, part = call.query.get("filter", ""), call.query.get("filterContains", "")
    mine = flag(call, "includeMyBranches")
    if mine and prefix:
        raise argument("includeMyBranches", "It cannot be combined with filter.")
    names = sorted(
        name
        for name in git.refs
        if name.startswith(f"refs/{prefix}")
        and part.casefold() in name.casefold()
        and (
            not mine
            or name == repository.default_branch
            or (name.startswith(_BRANCHES) and git.creators[name] is call.user)
        )
    )
    top = call.number("$top", _MOST)
    if not 1 <= top <= _MOST:
        raise argument("$top", f"It is a number from 1 to {_MOST}.")
    shown, following = page_by_offset(names, top, call.query.get("continuationToken"))
    return collection([_ref_view(call, repository, name) for name in shown], following)


def get_stats(call: Call) -> Response:
    """Returns how far branches are ahead of a base and behind it: all, or the one with this name."""
    repository = find_repository(call, call.parts["repository"])
    git = repository.git
    if not git.refs:
        return collection([])
    base = version_of(call, repository, "baseVersionDescriptor.version")
    named = call.query.get("name")
    if named is not None:
        if _BRANCHES + named not in git.refs:
            raise wrapped(
                404, "GitUnresolvableToCommitException", f"TF401175: There is no branch {named} to compare."
            )
        return JSONResponse(_stats_view(call, repository, named, base))
    branches = sorted(name.removeprefix(_BRANCHES) for name in git.refs if name.startswith(_BRANCHES))
    return collection([_stats_view(call, repository, each, base) for each in branches])


def update_refs(call: Call) -> Response:
    """Creates references, and says of each whether it was done: the status is 200 for refusals too.

    To move or delete them is not served.
    """
    repository = find_repository(call, call.parts["repository"])
    updates = call.json(list)
    for each in updates:
        if not all(_OBJECT_ID.fullmatch(str(each.get(name))) for name in ("oldObjectId", "newObjectId")):
            raise binding("A reference is updated from one object id of 40 digits to another.")
    return collection([_updated(call, repository, each) for each in updates])


def _updated(call: Call, repository: Repository, update: dict[str, Any]) -> dict[str, Any]:
    name, commit = str(update.get("name", "")), update["newObjectId"].casefold()
    status = _refused(repository, name, update["oldObjectId"].casefold(), commit)
    if status is None:
        repository.git.refs[name] = commit
        repository.git.creators[name] = call.user
    return {
        "repositoryId": repository.id,
        "name": name,
        "oldObjectId": update["oldObjectId"],
        "newObjectId": update["newObjectId"],
        "isLocked": False,
        "updateStatus": status or "succeeded",
        "success": status is None,
    }


def _refused(repository: Repository, name: str, old: str, commit: str) -> str | None:
    """Returns why a reference is not created, None where it is."""
    git = repository.git
    if not name.startswith(("refs/heads/", "refs/tags/")) or _NO_NAME.search(name):
        return "invalidRefName"
    if git.refs.get(name, _NONE) != old:
        return "staleOldObjectId"
    if old != _NONE:
        raise argument("refUpdates", "References are only created here.")
    if commit not in git.commits:
        return "unresolvableToCommit"
    # A reference is a file in the folders of its name, in a file system that may not tell cases apart.
    folded = name.casefold()
    for each in (other.casefold() for other in git.refs):
        if each == folded or each.startswith(f"{folded}/") or folded.startswith(f"{each}/"):
            return "refNameConflict"
    return None


def _ref_view(call: Call, repository: Repository, name: str) -> dict[str, Any]:
    git = repository.git
    view = {
        "name": name,
        "objectId": git.refs[name],
        "creator": person(call, git.creators[name]),
        "url": api_url(call, repository, f"refs?filter={name.removeprefix('refs/')}"),
    }
    if flag(call, "peelTags") and git.refs[name] in git.tags:
        view["peeledObjectId"] = git.tags[git.refs[name]].commit
    return view


def _stats_view(call: Call, repository: Repository, branch: str, base: str) -> dict[str, Any]:
    git = repository.git
    commit = git.refs[_BRANCHES + branch]
    ahead, behind = git.ahead_behind(commit, base)
    return {
        "commit": commit_view(call, repository, git.commits[commit]),
        "name": branch,
        "aheadCount": ahead,
        "behindCount": behind,
        "isBaseVersion": commit == base,
    }


_ONE = "git/repositories/{repository}"

OPERATIONS = [
    Operation("GET", f"{_ONE}/refs", READ, list_refs),
    Operation("POST", f"{_ONE}/refs", _WRITE, update_refs),
    Operation("GET", f"{_ONE}/stats/branches", READ, get_stats),
]
