"""Compares two commits of a repository by their files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local.devops.git_objects import Entry, GitObjects


@dataclass(frozen=True)
class Change:
    """Describes a changed file: `add`, `edit`, `delete`, `rename`, or `edit, rename`."""

    path: str
    type: str
    new: Entry | None
    old: Entry | None
    original_path: str | None = None


def changes(git: GitObjects, base: str | None, target: str) -> list[Change]:
    """Returns what changed from one commit to another, by path; from nothing, everything is added."""
    old, new = git.files(base), git.files(target)
    added = {path: entry for path, entry in new.items() if path not in old}
    removed = {path: entry for path, entry in old.items() if path not in new}
    found = [
        Change(path, "edit", entry, old[path])
        for path, entry in new.items()
        if path in old and old[path] != entry
    ]
    for path, entry in added.items():
        former = _former(git, entry, removed)
        if former is None:
            found.append(Change(path, "add", entry, None))
        else:
            kind = "rename" if removed[former].id == entry.id else "edit, rename"
            found.append(Change(path, kind, entry, removed.pop(former), former))
    found += [Change(path, "delete", None, entry) for path, entry in removed.items()]
    return sorted(found, key=lambda each: each.path)


def counts(found: Sequence[Change]) -> dict[str, int]:
    """Counts changes by type, named as the API names them there."""
    return dict(Counter(each.type.title() for each in found))


def _former(git: GitObjects, entry: Entry, removed: Mapping[str, Entry]) -> str | None:
    """Returns the path of a removed file with the same content, or with half of its lines."""
    lines = _lines(git, entry)
    likeness = {
        path: 1.0
        if each.id == entry.id
        else len(lines & _lines(git, each)) / max(1, len(lines | _lines(git, each)))
        for path, each in removed.items()
    }
    best = max(likeness, key=lambda path: likeness[path], default=None)
    return best if best is not None and likeness[best] >= 0.5 else None


def _lines(git: GitObjects, entry: Entry) -> set[bytes]:
    return set(git.blobs.get(entry.id, entry.id.encode()).splitlines())
