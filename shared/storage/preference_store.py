"""Defines users' preferences, the defaults of omitted arguments, and where they are stored."""

from typing import Protocol

from pydantic import BaseModel, Field


class Preferences(BaseModel):
    """The defaults a caller has set; null is not set."""

    organization: str | None = Field(None, description="Azure DevOps organization, by name.")
    project: str | None = Field(None, description="Azure DevOps project, by name or id.")
    team: str | None = Field(None, description="Azure DevOps team, by name or id.")
    site: str | None = Field(None, description="SharePoint site, by id or address.")
    time_zone: str | None = Field(None, description="Time zone, by its IANA name such as Europe/Lisbon.")


class PreferenceStore(Protocol):
    """Stores preferences by tenant and object id."""

    async def get(self, tenant_id: str, object_id: str) -> Preferences:
        """Returns the preferences of this user, all null if none are set."""
        ...

    async def put(self, tenant_id: str, object_id: str, preferences: Preferences) -> None:
        """Replaces the preferences of this user."""
        ...


class MemoryPreferences:
    """Stores preferences in memory, for a developer's machine and for tests."""

    def __init__(self) -> None:
        self._stored: dict[tuple[str, str], Preferences] = {}

    async def get(self, tenant_id: str, object_id: str) -> Preferences:
        """Returns the preferences of this user, all null if none are set."""
        return self._stored.get((tenant_id, object_id), Preferences())

    async def put(self, tenant_id: str, object_id: str, preferences: Preferences) -> None:
        """Replaces the preferences of this user."""
        self._stored[tenant_id, object_id] = preferences
