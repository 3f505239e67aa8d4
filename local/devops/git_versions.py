"""Resolves what requests name in a repository: a version, an item, a range of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local.devops.call import Call
from local.devops.errors import RefusalError, binding, wrapped
from local.devops.git_objects import Commit, Entry
from local.devops.people import Identity
from local.devops.pull_request import Repository
from local.devops.times import stamp

KINDS = ("branch", "tag", "commit")


def version_of(call: Call, repository: Repository, prefix: str = "versionDescriptor.version") -> str:
    """Returns the commit a request names by version and type; the default branch where it names none.

    Raises:
        RefusalError: There is no such version; the full name of a reference is none.
    """
    version = call.query.get(prefix) or (repository.default_branch or "").removeprefix("refs/heads/")
    kind = (call.query.get(f"{prefix}Type") or "branch").casefold()
    if kind not in KINDS:
        raise binding(f"The value '{kind}' is not valid for {prefix}Type.")
    commit = repository.git.resolve(version, kind)
    if commit is None:
        raise wrapped(
            404,
            "GitUnresolvableToCommitException",
            f"TF401175: The version descriptor <{kind.title()}: {version} > could not be resolved to a "
            f"version in the repository {repository.name}",
        )
    return commit


def commit_of(repository: Repository, commit: str) -> Commit:
    """Returns a commit by its full id.

    Raises:
        RefusalError: The repository has none of this id.
    """
    found = repository.git.commits.get(commit.casefold())
    if found is None:
        raise wrapped(
            404,
            "GitCommitDoesNotExistException",
            f"TF401349: There is no commit {commit} in {repository.name}.",
        )
    return found


def entry_of(call: Call, repository: Repository, commit: str, path: str) -> Entry:
    """Returns what stands at a path of a commit.

    Raises:
        RefusalError: Nothing does.
    """
    found = repository.git.item(commit, path)
    if found is None:
        raise missing_item(call, repository, commit, path)
    return found


def missing_item(call: Call, repository: Repository, commit: str, path: str) -> RefusalError:
    """Returns the refusal of a path at which nothing stands."""
    version = call.query.get("versionDescriptor.version") or "main"
    return wrapped(
        404,
        "GitItemNotFoundException",
        f"TF401174: The item '{path}' could not be found in the repository '{repository.name}' at the "
        f"version specified by '<Branch: {version} >' (resolved to commit '{commit}')",
    )


def part_of[Item](call: Call, items: Sequence[Item], skip: str, top: str, default: int = 100) -> list[Item]:
    """Returns the range of a list a request asks for."""
    start = call.number(skip, 0)
    return list(items[start : start + call.number(top, default)])


def signature(author: Identity, commit: Commit) -> dict[str, Any]:
    """Returns who wrote a commit, and when; an address is all Git knows of them."""
    return {"name": author.display_name, "email": author.unique_name, "date": stamp(commit.written)}


def api_url(call: Call, repository: Repository, *segments: object) -> str:
    """Returns an address of the API below the repository."""
    return call.store.url(
        call.organization, repository.project_id, "_apis/git/repositories", repository.id, *segments
    )


def flag(call: Call, name: str) -> bool:
    """Returns a parameter that is true or false.

    Raises:
        RefusalError: It is something else.
    """
    written = call.query.get(name, "false").casefold()
    if written not in ("true", "false"):
        raise binding(f"The value '{written}' is not valid for {name}.")
    return written == "true"
