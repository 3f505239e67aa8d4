"""The caller's own defaults: what tools use where an argument is left out."""

from typing import Protocol

from pydantic import BaseModel, Field


class Preferences(BaseModel):
    """What a caller has set; null is not set."""

    organization: str | None = Field(None, description="Azure DevOps organization, by name.")
    project: str | None = Field(None, description="Azure DevOps project, by name or id.")
    team: str | None = Field(None, description="Azure DevOps team, by name or id.")
    site: str | None = Field(None, description="SharePoint site, by id or address.")
    time_zone: str | None = Field(None, description="Time zone, by its IANA name such as Europe/Lisbon.")


class PreferenceStore(Protocol):
    """Where preferences are kept, for each tenant and object id."""

    async def get(self, tenant_id: str, object_id: str) -> Preferences:
        """What this user has set, all null if nothing."""
        ...

    async def put(self, tenant_id: str, object_id: str, preferences: Preferences) -> None:
        """Keep what this user has set, in place of all before."""
        ...


class MemoryPreferences:
    """Keeps preferences as long as the process lives: for a developer's machine and for tests."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Preferences] = {}

    async def get(self, tenant_id: str, object_id: str) -> Preferences:
        """What this user has set, all null if nothing."""
        return self._kept.get((tenant_id, object_id), Preferences())

    async def put(self, tenant_id: str, object_id: str, preferences: Preferences) -> None:
        """Keep what this user has set, in place of all before."""
        self._kept[tenant_id, object_id] = preferences
