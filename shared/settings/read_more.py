"""Parses which areas of the APIs may be read beyond what the typed tools read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

ORDINARY: Mapping[str, frozenset[str]] = {
    "graph": frozenset(
        {
            "bookings", "calendar", "contacts", "education", "files", "groups", "learning", "mail",
            "meetings", "notes", "people", "print", "search", "sites", "tasks", "teams",
        }
    ),
    "devops": frozenset(
        {
            "account", "approvalsAndChecks", "artifacts", "artifactsPackageTypes", "build", "core",
            "dashboard", "distributedTask", "favorite", "git", "graph", "ims", "operations", "pipelines",
            "policy", "processes", "profile", "release", "search", "status", "test", "testPlan",
            "testResults", "wiki", "wit", "work",
        }
    ),
}  # fmt: skip
"""The areas that `*` stands for."""
NAMED_ONLY: Mapping[str, frozenset[str]] = {
    "graph": frozenset(
        {
            "administration", "applications", "audit", "connectors", "devices", "directory",
            "identity_governance", "policies", "reports", "security",
        }
    ),
    "devops": frozenset(
        {
            "audit", "extensionManagement", "memberEntitlementManagement", "processadmin", "security",
            "securityRoles", "serviceEndpoint",
        }
    ),
}  # fmt: skip
"""Those of administrators, about everybody and everything: offered only where they are named."""
_EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class ReadMore:
    """Holds the areas that may be read, by API; none where nothing is set."""

    areas: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parses a setting such as `graph:mail,calendar;devops:*`.

        Raises:
            ValueError: It has another form, or names an unknown area; the words follow its name.
        """
        areas: dict[str, frozenset[str]] = {}
        for entry in filter(None, (each.strip() for each in text.split(";"))):
            api, _, names = entry.partition(":")
            api = api.strip().casefold()
            if api not in ORDINARY or api in areas:
                raise ValueError("must name graph and devops at most once each, such as graph:mail;devops:*")
            areas[api] = _areas(api, names)
        return cls(areas)

    def offers(self, api: str, area: str) -> bool:
        """Tells whether an area of an API may be read."""
        return area in self.areas.get(api, ())

    def __bool__(self) -> bool:
        """Tells whether anything may be read."""
        return any(self.areas.values())


def _areas(api: str, names: str) -> frozenset[str]:
    known = {each.casefold(): each for each in ORDINARY[api] | NAMED_ONLY[api]}
    found: set[str] = set()
    for name in filter(None, (each.strip().casefold() for each in names.split(","))):
        if name == _EVERYTHING:
            found |= ORDINARY[api]
        elif name in known:
            found.add(known[name])
        else:
            raise ValueError(f"must name areas of {api}: * or some of {', '.join(sorted(known.values()))}")
    if not found:
        raise ValueError(f"must name areas after {api}: such as {api}:*")
    return frozenset(found)
