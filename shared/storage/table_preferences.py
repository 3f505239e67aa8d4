"""Stores users' preferences in a table of Azure Storage, one entity for each user."""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from email.utils import formatdate

from shared.apis.requests import Refusal, json_object, parse, refusal, unexpected
from shared.errors import ToolError
from shared.http.http_client import Http
from shared.http.messages import Request, Response
from shared.storage.preference_store import Preferences

STORAGE_RESOURCE = "https://storage.azure.com"
"""Azure Storage as a resource, in every cloud ("Authorize with Microsoft Entra ID")."""

_SERVICE = "Azure Table Storage"
_NO_TABLE = "TableNotFound"
_NOT_SET = {"EntityNotFound", "ResourceNotFound", _NO_TABLE}
_FORBIDDEN: Refusal = (
    "misconfigured",
    "does not authorize the server",
    "The administrator grants the server's managed identity the role Storage Table Data Contributor on the "
    "storage account of PREFERENCES_TABLE_URL and, if it has it, checks the account's network rules.",
)
_BUSY: Refusal = ("unavailable", "is busy", "Try again in a moment.")
_REFUSALS: Mapping[int, Refusal] = {
    401: _FORBIDDEN,
    403: _FORBIDDEN,
    404: (
        "misconfigured",
        "found no such table",
        "The administrator checks the address in PREFERENCES_TABLE_URL; the server's managed identity needs "
        "the role Storage Table Data Contributor on that storage account.",
    ),
    429: _BUSY,
}


class TablePreferences:
    """Stores preferences in one table, with the tenant as partition key and the user as row key.

    The first write creates the table, as the role that allows the server to write allows that too.

    Args:
        http: The process's HTTP client.
        table_url: The table's address.
        token: Returns the app's own access token for `STORAGE_RESOURCE`. It may block.
    """

    def __init__(self, http: Http, table_url: str, *, token: Callable[[], str]) -> None:
        self._http = http
        self._table_url = table_url
        self._token = token
        self._one_thread = asyncio.Lock()

    async def get(self, tenant_id: str, object_id: str) -> Preferences:
        """Returns the preferences of this user, all null if none are set.

        Raises:
            ToolError: `misconfigured`, `unavailable`, `timeout` or `upstream_error`: they were not read.
        """
        response = await self._send("GET", entity_url(self._table_url, tenant_id, object_id))
        if response.status == 404 and error_code(response) in _NOT_SET:
            return Preferences()
        if response.status != 200:
            raise parse_refusal(response)
        entity = json_object(response.body)
        if entity is None:
            raise unexpected(_SERVICE, response)
        return parse(Preferences, entity, service=_SERVICE)

    async def put(self, tenant_id: str, object_id: str, preferences: Preferences) -> None:
        """Replaces the preferences of this user.

        Raises:
            ToolError: `misconfigured`, `unavailable`, `timeout` or `upstream_error`: they may not be stored.
        """
        # "Insert Or Replace Entity": what the body leaves out is gone, and nothing is locked, as the
        # last of two changes of one user is the one meant.
        url = entity_url(self._table_url, tenant_id, object_id)
        entity = preferences.model_dump(exclude_none=True)
        response = await self._send("PUT", url, entity)
        if response.status == 404 and error_code(response) == _NO_TABLE:
            await self._create_table()
            response = await self._send("PUT", url, entity)
        if response.status != 204:
            raise parse_refusal(response)

    async def _create_table(self) -> None:
        # "Create Table". A conflict: another instance has created it.
        account, _, name = self._table_url.rpartition("/")
        response = await self._send("POST", f"{account}/Tables", {"TableName": name})
        if response.status not in (201, 204, 409):
            raise parse_refusal(response)

    async def _send(self, method: str, url: str, body: Mapping[str, str] | None = None) -> Response:
        # Concurrent calls share one thread instead of taking one each.
        async with self._one_thread:
            token = await asyncio.to_thread(self._token)
        request = Request(
            method,
            url,
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/json;odata=nometadata",
                "x-ms-version": "2020-12-06",
                "x-ms-date": formatdate(usegmt=True),
            },
            json=body,
        )
        return await self._http.send(request, service=_SERVICE)


def entity_url(table_url: str, tenant_id: str, object_id: str) -> str:
    """Returns the URL of a user's entity. Both ids are GUIDs in one spelling, so nothing needs quoting.

    Raises:
        ValueError: One of them is no GUID.
    """
    return f"{table_url}(PartitionKey='{uuid.UUID(tenant_id)}',RowKey='{uuid.UUID(object_id)}')"


def error_code(response: Response) -> str:
    """Returns the service's own error code, empty if there is none."""
    error = (json_object(response.body) or {}).get("odata.error")
    said = error.get("code") if isinstance(error, dict) else None
    return str(said or response.headers.get("x-ms-error-code", ""))


def parse_refusal(response: Response) -> ToolError:
    """Returns the failure that an unsuccessful response means."""
    return refusal(
        _REFUSALS,
        response,
        service=_SERVICE,
        status=response.status,
        said=error_code(response),
        details={"request_id": response.headers.get("x-ms-request-id", "")},
    )
