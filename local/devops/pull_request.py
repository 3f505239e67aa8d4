"""Holds Git repositories and their pull requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from local.devops.git_changes import Change, changes
from local.devops.git_objects import GitObjects
from local.devops.people import Identity


@dataclass(eq=False)
class Repository:
    """Holds a Git repository of a project; an empty one has no default branch."""

    id: str
    name: str
    project_id: str
    size: int
    disabled: bool = False
    default_branch: str | None = None
    git: GitObjects = field(default_factory=GitObjects, repr=False)


@dataclass(frozen=True)
class Reviewer:
    """Describes somebody asked to review; votes are 10, 5, 0, -5 and -10."""

    identity: Identity
    vote: int
    required: bool


@dataclass(frozen=True)
class ThreadComment:
    """Holds a comment in a review thread."""

    author: Identity
    written: datetime
    content: str
    type: Literal["text", "system"] = "text"


@dataclass(frozen=True)
class Thread:
    """Holds a review thread, on a line of a file or on the whole; system threads have no status."""

    comments: tuple[ThreadComment, ...]
    status: str | None = None
    path: str | None = None
    line: int | None = None
    side: str = "right"
    tracking: dict[str, Any] | None = None


@dataclass
class PullRequest:
    """Holds a pull request with its reviewers, threads and changed files."""

    id: int
    repository: Repository
    title: str
    description: str
    author: Identity
    created: datetime
    closed: datetime | None
    status: Literal["active", "completed", "abandoned"]
    draft: bool
    source: str
    target: str
    merge_status: str
    source_commit: str
    target_commit: str
    merge_commit: str | None = None
    reviewers: list[Reviewer] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    work_items: list[int] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    closed_by: Identity | None = None
    auto_complete: Identity | None = None
    completion_options: dict[str, Any] = field(default_factory=dict)

    @property
    def base_commit(self) -> str:
        """Returns the commit source and target have in common."""
        return self.repository.git.merge_base(self.source_commit, self.target_commit) or self.target_commit

    @property
    def changes(self) -> list[Change]:
        """Returns the files the pull request changes."""
        return changes(self.repository.git, self.base_commit, self.source_commit)

    @property
    def artifact(self) -> str:
        """Returns the address by which work items link to it."""
        return f"vstfs:///Git/PullRequestId/{self.repository.project_id}%2F{self.repository.id}%2F{self.id}"
