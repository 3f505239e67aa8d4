"""Seeds the commits, branches and tags of repositories."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from local.devops.data_files import data_file, pick
from local.devops.git_changes import changes
from local.devops.git_objects import EXECUTABLE, FILE, SUBMODULE, SYMLINK, Entry, GitObjects
from local.devops.pull_request import Repository
from local.devops.store import Organization, Store
from local.relative_time import at


def add_history(store: Store, organization: Organization, series: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Fills the repositories with their commits, oldest first; returns the commits' ids by their labels.

    `series` are finished pull requests: each gets a commit, and one that merges it into main.
    """
    described = data_file("devops_git_history.json")
    repositories = {each.name: each for each in organization.repositories}
    entries = [*described["commits"], *(each for one in series for each in _merged(one))]
    labels: dict[str, str] = {}
    for entry in sorted(entries, key=lambda each: at(each["when"], store.started)):
        _commit(store, repositories[entry["repository"]], entry, labels)
    for tag in described["tags"]:
        git = repositories[tag["repository"]].git
        git.add_tag(tag["name"], labels[tag["commit"]], store.people.named(tag["by"]), tag["message"])
    for each in organization.repositories:
        each.default_branch = "refs/heads/main" if each.git.refs else None
    return labels


def _merged(pull_request: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the commit of a finished pull request, and the one that merges it."""
    number, title = pull_request["id"], pull_request["title"]
    common = {"repository": pull_request["repository"], "by": pull_request["by"]}
    added = {path: {"append": f"# {title} ({number})"} for path in pull_request["files"]}
    return [
        {**common, "id": f"source-{number}", "when": pull_request["created"], "message": title,
         "parents": ["main"], "files": added},
        {**common, "id": f"merge-{number}", "when": pull_request["closed"], "branch": "main",
         "message": f"Merged PR {number}: {title}", "parents": ["main", f"source-{number}"], "files": {}},
    ]  # fmt: skip


def _commit(store: Store, repository: Repository, entry: dict[str, Any], labels: dict[str, str]) -> None:
    git = repository.git
    # Where a label of a commit could stand, main is the branch as it is by then.
    parents = tuple(
        git.refs["refs/heads/main"] if each == "main" else labels[each] for each in entry["parents"]
    )
    files = git.files(parents[0]) if parents else {}
    for other in parents[1:]:
        for change in changes(git, git.merge_base(parents[0], other), other):
            files.pop(change.original_path or change.path, None)
            if change.new is not None:
                files[change.path] = change.new
    for path, described in entry["files"].items():
        if described is None:
            del files[path]
        else:
            files[path] = _file(git, files.get(path), described)
    author = store.people.named(entry["by"])
    commit = git.commit(files, parents, author, at(entry["when"], store.started), entry["message"])
    labels[entry["id"]] = commit
    if entry.get("branch"):
        git.set_branch(entry["branch"], commit, author)


def _file(git: GitObjects, former: Entry | None, described: list[str] | dict[str, Any]) -> Entry:
    """Returns a file: its lines, what changes in the former one, or something that is no text."""
    if isinstance(described, list):
        return Entry(FILE, git.add_blob(_text(described).encode()))
    match described:
        case {"symlink": str(target)}:
            return Entry(SYMLINK, git.add_blob(target.encode()))
        case {"submodule": str(commit)}:
            return Entry(SUBMODULE, commit)
        case {"base64": str(content)}:
            return Entry(FILE, git.add_blob(base64.b64decode(content)))
        case {"lines": list(lines)}:
            mode = EXECUTABLE if described.get("mode") == "executable" else FILE
            return Entry(mode, git.add_blob(_text(lines).encode(described.get("encoding", "utf-8"))))
    if former is None:
        raise ValueError(f"there is no file to change: {described}")
    text = git.blobs[former.id].decode()
    for old, new in described.get("replace", ()):
        if old not in text:
            raise ValueError(f"there is no {old!r} to replace")
        text = text.replace(old, new, 1)
    text += "".join(f"{line}\n" for line in [described.get("append")] if line)
    return Entry(former.mode, git.add_blob(text.encode()))


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def series_files(files: Sequence[str], number: int) -> list[str]:
    """Returns which files a finished pull request changes, each once."""
    return [*dict.fromkeys(pick(files, "file", number, each) for each in range(number % 3 + 1))]
