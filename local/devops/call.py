"""Holds a request as operations see it, and the table row that routes to an operation."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response

from local.devops.errors import binding, wrapped
from local.devops.people import Identity
from local.devops.store import Organization, Project, Store, Team


@dataclass(frozen=True)
class Call:
    """Holds the request of an authenticated user, with its path resolved."""

    query: QueryParams
    headers: Headers
    body: bytes
    parts: Mapping[str, str]
    user: Identity
    store: Store
    now: datetime
    organization_or_none: Organization | None = None
    project_or_none: Project | None = None
    team_or_none: Team | None = None

    @property
    def organization(self) -> Organization:
        """Returns the organization of the path; operations on such hosts always have one."""
        if self.organization_or_none is None:
            raise wrapped(404, "VssResourceNotFoundException", "VS404: The path names no organization.")
        return self.organization_or_none

    @property
    def project(self) -> Project:
        """Returns the project of the path.

        Raises:
            RefusalError: The path names none, and this operation needs one.
        """
        if self.project_or_none is None:
            raise wrapped(404, "VssResourceNotFoundException", "VS404: The path names no project.")
        return self.project_or_none

    @property
    def team(self) -> Team:
        """Returns the team of the path, or the project's default one."""
        return self.team_or_none or self.project.teams[0]

    def json(self, expected: type = dict) -> Any:
        """Returns the body as JSON.

        Raises:
            RefusalError: It is not JSON, or not of the expected kind.
        """
        try:
            parsed = json.loads(self.body)
        except ValueError as error:
            raise binding(f"The request body is not JSON: {error}") from error
        if not isinstance(parsed, expected):
            raise binding("The request body does not have the form this operation takes.")
        return parsed

    def number(self, name: str, default: int) -> int:
        """Returns a whole, non-negative number of the query string.

        Raises:
            RefusalError: It is something else.
        """
        written = self.query.get(name)
        if written is None:
            return default
        if not written.isdigit():
            raise binding(f"The value '{written}' is not valid for {name}.")
        return int(written)

    def numbers(self, name: str) -> set[int] | None:
        """Returns whole numbers of the query string with commas between them, None when there are none.

        Raises:
            RefusalError: One of them is something else.
        """
        written = self.query.get(name)
        if not written:
            return None
        parts = [part.strip() for part in written.split(",")]
        if not all(part.isdigit() for part in parts):
            raise binding(f"The value '{written}' is not valid for {name}.")
        return {int(part) for part in parts}

    def part(self, name: str) -> int:
        """Returns a path segment that is a number.

        Raises:
            RefusalError: It is something else.
        """
        written = self.parts[name]
        if not written.isdigit():
            raise binding(f"The value '{written}' is not valid for {name}.")
        return int(written)


type Answer = Callable[[Call], Response]


@dataclass(frozen=True)
class Operation:
    """Declares one operation: where it is, which scopes let it be called (any of them), and what answers.

    `path` is what follows `_apis/`; `{name}` stands for one segment. `preview` is the api-version
    of an operation that exists in preview only.
    """

    method: str
    path: str
    scopes: tuple[str, ...]
    answer: Answer
    preview: str | None = None
