"""Serves branches and tags."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.errors import argument, wrapped
from local.devops.git import READ, find_repository
from local.devops.git_commits import commit_view
from local.devops.git_versions import api_url, flag, version_of
from local.devops.git_view import person
from local.devops.paging import collection, page_by_offset
from local.devops.pull_request import Repository

_BRANCHES = "refs/heads/"
_MOST = 1000


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
    Operation("GET", f"{_ONE}/stats/branches", READ, get_stats),
]
