"""Holds the objects of a Git repository: blobs, trees, commits and references, with Git's own ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1

from local.devops.people import Identity

FILE, EXECUTABLE, SYMLINK, SUBMODULE, TREE = "100644", "100755", "120000", "160000", "040000"


@dataclass(frozen=True)
class Entry:
    """Names what stands at a path: its mode and the id of its object."""

    mode: str
    id: str

    @property
    def type(self) -> str:
        """Returns the type of the object as the API writes it."""
        return {TREE: "tree", SUBMODULE: "commit"}.get(self.mode, "blob")


@dataclass(frozen=True)
class Commit:
    """Holds a commit; author and committer are one."""

    id: str
    tree: str
    parents: tuple[str, ...]
    author: Identity
    written: datetime
    message: str


@dataclass(frozen=True)
class Tag:
    """Holds an annotated tag; a lightweight one is a reference alone."""

    id: str
    commit: str
    author: Identity


@dataclass
class GitObjects:
    """Stores the objects of one repository, and the references to them by full name.

    Creators of references are not in Git; the service remembers who pushed them.
    """

    blobs: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, dict[str, Entry]] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    creators: dict[str, Identity] = field(default_factory=dict)

    def add_blob(self, content: bytes) -> str:
        """Stores the content of a file, and returns its id."""
        name = _hashed("blob", content)
        self.blobs[name] = content
        return name

    def commit(
        self,
        files: Mapping[str, Entry],
        parents: tuple[str, ...],
        author: Identity,
        written: datetime,
        message: str,
    ) -> str:
        """Stores a commit of these files, by path with a leading slash, and returns its id."""
        tree = self._add_tree({path.strip("/"): entry for path, entry in files.items()})
        signature = f"{author.display_name} <{author.unique_name}> {written.timestamp():.0f} {written:%z}"
        lines = [
            f"tree {tree}",
            *(f"parent {each}" for each in parents),
            f"author {signature}",
            f"committer {signature}",
            "",
            message,
        ]
        name = _hashed("commit", "\n".join(lines).encode())
        self.commits[name] = Commit(name, tree, parents, author, written, message)
        return name

    def add_tag(self, name: str, commit: str, author: Identity, message: str) -> None:
        """Stores an annotated tag, or a lightweight one where there is no message."""
        self.creators[f"refs/tags/{name}"] = author
        self.refs[f"refs/tags/{name}"] = commit
        if message:
            tag = Tag(_hashed("tag", f"object {commit}\ntag {name}\n\n{message}".encode()), commit, author)
            self.tags[tag.id] = tag
            self.refs[f"refs/tags/{name}"] = tag.id

    def set_branch(self, name: str, commit: str, author: Identity) -> None:
        """Lets a branch, by its short name, point to a commit."""
        self.refs[f"refs/heads/{name}"] = commit
        self.creators.setdefault(f"refs/heads/{name}", author)

    def resolve(self, version: str, kind: str) -> str | None:
        """Returns the commit of a branch or tag by its short name, or of a full id; None if there is none."""
        if kind == "commit":
            return version.casefold() if version.casefold() in self.commits else None
        target = self.refs.get(f"refs/{'heads' if kind == 'branch' else 'tags'}/{version}")
        return self.tags[target].commit if target in self.tags else target

    def files(self, commit: str | None) -> dict[str, Entry]:
        """Returns the files of a commit by path with a leading slash; none of no commit."""
        return dict(self._walk(self.commits[commit].tree, "")) if commit else {}

    def item(self, commit: str, path: str) -> Entry | None:
        """Returns what stands at a path of a commit, a folder among it; paths are matched as written."""
        entry: Entry | None = Entry(TREE, self.commits[commit].tree)
        for name in filter(None, path.split("/")):
            if entry is None or entry.mode != TREE:
                return None
            entry = self.trees[entry.id].get(name)
        return entry

    def history(self, commit: str) -> list[Commit]:
        """Returns a commit and all before it, newest first, and children before their parents."""
        found = {each.id: each for each in self._ancestors(commit)}
        depth: dict[str, int] = {}
        for each in sorted(found.values(), key=lambda one: one.written):
            depth[each.id] = 1 + max((depth.get(parent, 0) for parent in each.parents), default=0)
        return sorted(found.values(), key=lambda one: (one.written, depth[one.id]), reverse=True)

    def merge_base(self, one: str, other: str) -> str | None:
        """Returns the newest commit that both have in their history."""
        shared = {each.id for each in self._ancestors(other)}
        return next((each.id for each in self.history(one) if each.id in shared), None)

    def only_in(self, commit: str, base: str) -> set[str]:
        """Returns the commits that are in the history of the first and not in that of the base."""
        return {each.id for each in self._ancestors(commit)} - {each.id for each in self._ancestors(base)}

    def ahead_behind(self, commit: str, base: str) -> tuple[int, int]:
        """Counts the commits that only the first has, and those only the base has."""
        return len(self.only_in(commit, base)), len(self.only_in(base, commit))

    def _ancestors(self, commit: str) -> Iterator[Commit]:
        waiting, seen = [commit], {commit}
        while waiting:
            found = self.commits[waiting.pop()]
            yield found
            waiting += [each for each in found.parents if each not in seen]
            seen.update(found.parents)

    def _walk(self, tree: str, prefix: str) -> Iterator[tuple[str, Entry]]:
        for name, entry in self.trees[tree].items():
            if entry.mode == TREE:
                yield from self._walk(entry.id, f"{prefix}/{name}")
            else:
                yield f"{prefix}/{name}", entry

    def _add_tree(self, files: Mapping[str, Entry]) -> str:
        entries: dict[str, Entry] = {}
        folders: dict[str, dict[str, Entry]] = {}
        for path, entry in files.items():
            first, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(first, {})[rest] = entry
            else:
                entries[first] = entry
        entries |= {name: Entry(TREE, self._add_tree(inside)) for name, inside in folders.items()}
        # Git sorts a folder as if a slash followed its name.
        ordered = sorted(entries.items(), key=lambda each: each[0] + "/" * (each[1].mode == TREE))
        content = b"".join(
            f"{entry.mode.lstrip('0')} {name}\0".encode() + bytes.fromhex(entry.id) for name, entry in ordered
        )
        tree = _hashed("tree", content)
        self.trees[tree] = dict(ordered)
        return tree


def _hashed(kind: str, content: bytes) -> str:
    return sha1(f"{kind} {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()
