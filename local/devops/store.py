"""Stores the local Azure DevOps: organizations, their projects and everything in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from local.devops.build import Build, Definition
from local.devops.people import People
from local.devops.pull_request import PullRequest, Repository
from local.devops.times import stamp
from local.devops.wiki_page import Wiki
from local.devops.work_item import Attachment, WorkItem


@dataclass(frozen=True)
class Team:
    """Holds a team of a project; members are aliases, the first of whom administers it."""

    id: str
    name: str
    description: str
    area: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Iteration:
    """Describes a sprint: its path and its first and last day."""

    id: str
    name: str
    path: str
    start: date
    finish: date

    def time_frame(self, today: date) -> str:
        """Returns `past`, `current` or `future`."""
        if self.finish < today:
            return "past"
        return "current" if self.start <= today else "future"


@dataclass(frozen=True)
class Project:
    """Holds a project and its teams, the first of which is the default one."""

    id: str
    name: str
    description: str
    revision: int
    updated: datetime
    teams: tuple[Team, ...]
    areas: tuple[str, ...]
    iterations: tuple[Iteration, ...]

    def team(self, written: str) -> Team | None:
        """Returns the team with this name (any case) or id, or None."""
        wanted = written.casefold()
        return next((team for team in self.teams if wanted in (team.id, team.name.casefold())), None)

    def current_iteration(self, today: date) -> Iteration | None:
        """Returns the sprint under way, or None between sprints."""
        return next((each for each in self.iterations if each.time_frame(today) == "current"), None)


@dataclass(frozen=True)
class ApprovalDecision:
    """Records who decided an approval, and how; `by` is an alias."""

    by: str
    status: str
    comment: str
    when: datetime


@dataclass
class Organization:
    """Holds an organization and what its services hold."""

    id: str
    name: str
    projects: list[Project]
    work_items: dict[int, WorkItem] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    definitions: dict[int, Definition] = field(default_factory=dict)
    builds: dict[int, Build] = field(default_factory=dict)
    repositories: list[Repository] = field(default_factory=list)
    pull_requests: dict[int, PullRequest] = field(default_factory=dict)
    wikis: list[Wiki] = field(default_factory=list)
    approvals: dict[str, ApprovalDecision] = field(default_factory=dict)

    def project(self, written: str) -> Project | None:
        """Returns the project with this name (any case) or id, or None."""
        wanted = written.casefold()
        return next((each for each in self.projects if wanted in (each.id, each.name.casefold())), None)

    def project_by_id(self, project_id: str) -> Project:
        """Returns the project something in this organization belongs to."""
        return next(each for each in self.projects if each.id == project_id)


@dataclass
class Store:
    """Holds everything, as it stands now. `base_url` goes into the links of replies."""

    base_url: str
    started: datetime
    people: People
    organizations: dict[str, Organization] = field(default_factory=dict)

    def url(self, organization: Organization, *segments: object) -> str:
        """Returns an address below the organization."""
        return "/".join([self.base_url, organization.name, *(str(segment) for segment in segments)])

    def identity(self, alias: str, organization: Organization) -> dict[str, Any]:
        """Returns the IdentityRef of a person of the data files."""
        return self.people.named(alias).reference(self.base_url, organization.name)

    def project_reference(self, organization: Organization, project: Project) -> dict[str, Any]:
        """Returns the short form of a project that other resources embed."""
        return {
            "id": project.id,
            "name": project.name,
            "description": project.description,
            "url": self.url(organization, "_apis/projects", project.id),
            "state": "wellFormed",
            "revision": project.revision,
            "visibility": "private",
            "lastUpdateTime": stamp(project.updated),
        }
