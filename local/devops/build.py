"""Holds a pipeline and its builds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from local.devops.people import Identity

type Status = Literal["notStarted", "inProgress", "cancelling", "completed"]


@dataclass(frozen=True)
class Step:
    """Describes a task of a job: its share of the time, and which log it writes."""

    name: str
    seconds: int
    log: str
    always: bool = False


@dataclass(frozen=True)
class Job:
    """Describes a job of a stage, run by one agent."""

    name: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Stage:
    """Describes a stage of a pipeline."""

    name: str
    jobs: tuple[Job, ...]


@dataclass(frozen=True)
class Failure:
    """Describes how a build fails: in which step, with which issues, and what that step logs instead."""

    step: str
    log: str
    result: Literal["failed", "succeededWithIssues"]
    issues: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Definition:
    """Holds a YAML pipeline, a definition to the build API.

    `parameters` maps names to allowed values; `variables` may be set when a run is queued.
    """

    id: int
    name: str
    path: str
    project_id: str
    repository: str
    author: str
    created: datetime
    revision: int
    queue_status: Literal["enabled", "paused", "disabled"]
    parameters: dict[str, list[str]]
    yaml: str
    stages: tuple[Stage, ...]
    variables: tuple[str, ...] = ()


@dataclass
class Build:
    """Holds one run of a pipeline.

    What it will come to is known from the start; what it looks like depends on the time, so a
    queued build starts and ends on its own: at `finished`, which is `planned` unless it was canceled.
    One whose YAML is wrong, or that was canceled while it waited, has no timeline and no logs. `attempts`
    counts those of retried stages, `skipped` names those left out.
    """

    id: int
    number: str
    definition: Definition
    branch: str
    commit: str
    message: str
    reason: str
    requested_for: Identity
    queued: datetime
    started: datetime
    planned: datetime
    finished: datetime
    outcome: Literal["succeeded", "partiallySucceeded", "failed", "canceled"]
    failure: Failure | None = None
    parameters: str | None = None
    template_parameters: dict[str, Any] | None = None
    pull_request: int | None = None
    yaml_errors: tuple[str, ...] = ()
    never_ran: bool = False
    attempts: dict[str, int] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()

    def status(self, now: datetime) -> Status:
        """Returns where the build stands."""
        if self.finished <= now:
            return "completed"
        return "inProgress" if self.started <= now else "notStarted"

    def result(self, now: datetime) -> str | None:
        """Returns how it ended, None before it has."""
        return self.outcome if self.status(now) == "completed" else None

    def cancel(self, now: datetime) -> None:
        """Stops it now, if it has not ended."""
        if self.status(now) != "completed":
            self.never_ran = self.status(now) == "notStarted"
            self.started = min(self.started, now)
            self.finished = now
            self.outcome = "canceled"
            self.failure = None
