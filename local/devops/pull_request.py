"""Holds Git repositories and their pull requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from local.devops.people import Identity


@dataclass(frozen=True)
class Repository:
    """Holds a Git repository of a project."""

    id: str
    name: str
    project_id: str
    size: int


@dataclass(frozen=True)
class Reviewer:
    """Describes somebody asked to review; votes are 10, 5, 0, -5 and -10."""

    identity: Identity
    vote: int
    required: bool


@dataclass(frozen=True)
class Change:
    """Describes a file a pull request touches."""

    path: str
    type: Literal["add", "edit", "delete", "rename"]
    original_path: str | None = None


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
    reviewers: list[Reviewer] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    work_items: list[int] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)

    @property
    def artifact(self) -> str:
        """Returns the address by which work items link to it."""
        return f"vstfs:///Git/PullRequestId/{self.repository.project_id}%2F{self.repository.id}%2F{self.id}"
