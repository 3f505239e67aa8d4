"""Stores users' preferences in a table of Azure Storage, one entity for each user."""

import uuid
from collections.abc import Callable

from shared.apis.requests import json_object, parse, unexpected
from shared.http.http_client import Http
from shared.storage.preference_store import Preferences
from shared.storage.table_requests import NOT_FOUND, SERVICE, TableRequests, error_code


class TablePreferences:
    """Stores preferences in one table, with the tenant as partition key and the user as row key.

    Args:
        http: The process's HTTP client.
        table_url: The table's address.
        token: Returns the app's own access token for `STORAGE_RESOURCE`. It may block.
    """

    def __init__(self, http: Http, table_url: str, *, token: Callable[[], str]) -> None:
        self._table = TableRequests(http, table_url, setting="PREFERENCES_TABLE_URL", token=token)

    async def get(self, tenant_id: str, object_id: str) -> Preferences:
        """Returns the preferences of this user, all null if none are set.

        Raises:
            ToolError: `misconfigured`, `unavailable`, `timeout` or `upstream_error`: they were not read.
        """
        response = await self._table.send("GET", entity_url(self._table.table_url, tenant_id, object_id))
        if response.status == 404 and error_code(response) in NOT_FOUND:
            return Preferences()
        if response.status != 200:
            raise self._table.refused(response)
        entity = json_object(response.body)
        if entity is None:
            raise unexpected(SERVICE, response)
        return parse(Preferences, entity, service=SERVICE)

    async def put(self, tenant_id: str, object_id: str, preferences: Preferences) -> None:
        """Replaces the preferences of this user; of two changes at once, the last is the one meant.

        Raises:
            ToolError: `misconfigured`, `unavailable`, `timeout` or `upstream_error`: they may not be stored.
        """
        url = entity_url(self._table.table_url, tenant_id, object_id)
        await self._table.put(url, preferences.model_dump(exclude_none=True))


def entity_url(table_url: str, tenant_id: str, object_id: str) -> str:
    """Returns the URL of a user's entity. Both ids are GUIDs in one spelling, so nothing needs quoting.

    Raises:
        ValueError: One of them is no GUID.
    """
    return f"{table_url}(PartitionKey='{uuid.UUID(tenant_id)}',RowKey='{uuid.UUID(object_id)}')"
