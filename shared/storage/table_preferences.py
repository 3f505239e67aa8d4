"""The caller's own defaults in a table of Azure Storage, an entity for each user."""

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
_NOT_LET_IN: Refusal = (
    "misconfigured",
    "does not let the server in",
    "The administrator grants the server's managed identity the role Storage Table Data Contributor on the "
    "storage account of PREFERENCES_TABLE_URL and, if it has it, checks the account's network rules.",
)
_BUSY: Refusal = ("unavailable", "is busy", "Try again in a moment.")
_REFUSALS: Mapping[int, Refusal] = {
    401: _NOT_LET_IN,
    403: _NOT_LET_IN,
    404: (
        "misconfigured",
        "has no such table",
        "The administrator checks the address in PREFERENCES_TABLE_URL; the server's managed identity needs "
        "the role Storage Table Data Contributor on that storage account.",
    ),
    429: _BUSY,
}


class TablePreferences:
    """Keeps preferences in one table: the tenant is the partition, the user the row.

    The table is created when something is first put into it, as the role that lets the server write there
    lets it do that too.

    Args:
        http: The process's connections.
        table_url: The table's address.
        token: The app's own access token for `STORAGE_RESOURCE`. It may block.
    """

    def __init__(self, http: Http, table_url: str, *, token: Callable[[], str]) -> None:
        self._http = http
        self._table_url = table_url
        self._token = token
        self._one_thread = asyncio.Lock()

    async def get(self, tenant_id: str, object_id: str) -> Preferences:
        """What this user has set, all null if nothing.

        Raises:
            ToolError: `misconfigured`, `unavailable`, `timeout` or `upstream_error`: nobody can say.
        """
        answer = await self._send("GET", entity_url(self._table_url, tenant_id, object_id))
        if answer.status == 404 and error_code(answer) in _NOT_SET:
            return Preferences()
        if answer.status != 200:
            raise parse_refusal(answer)
        entity = json_object(answer.body)
        if entity is None:
            raise unexpected(_SERVICE, answer)
        return parse(Preferences, entity, service=_SERVICE)

    async def put(self, tenant_id: str, object_id: str, preferences: Preferences) -> None:
        """Keep what this user has set, in place of all before.

        Raises:
            ToolError: `misconfigured`, `unavailable`, `timeout` or `upstream_error`: it may not be kept.
        """
        # "Insert Or Replace Entity": what the body leaves out is gone, and nothing is locked, as the
        # last of two changes of one user is the one meant.
        url = entity_url(self._table_url, tenant_id, object_id)
        entity = preferences.model_dump(exclude_none=True)
        answer = await self._send("PUT", url, entity)
        if answer.status == 404 and error_code(answer) == _NO_TABLE:
            await self._create_table()
            answer = await self._send("PUT", url, entity)
        if answer.status != 204:
            raise parse_refusal(answer)

    async def _create_table(self) -> None:
        # "Create Table". A conflict: another instance was faster.
        account, _, name = self._table_url.rpartition("/")
        answer = await self._send("POST", f"{account}/Tables", {"TableName": name})
        if answer.status not in (201, 204, 409):
            raise parse_refusal(answer)

    async def _send(self, method: str, url: str, body: Mapping[str, str] | None = None) -> Response:
        # Users who come at once wait for one thread instead of taking one each.
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
    """Where a user's entity is. Both ids are GUIDs, in one spelling, so that nothing needs quoting.

    Raises:
        ValueError: One of them is no GUID.
    """
    return f"{table_url}(PartitionKey='{uuid.UUID(tenant_id)}',RowKey='{uuid.UUID(object_id)}')"


def error_code(answer: Response) -> str:
    """The service's own name for its refusal, empty if it gives none."""
    error = (json_object(answer.body) or {}).get("odata.error")
    said = error.get("code") if isinstance(error, dict) else None
    return str(said or answer.headers.get("x-ms-error-code", ""))


def parse_refusal(answer: Response) -> ToolError:
    """What an answer that is not the one hoped for means."""
    return refusal(
        _REFUSALS,
        answer,
        service=_SERVICE,
        status=answer.status,
        said=error_code(answer),
        details={"request_id": answer.headers.get("x-ms-request-id", "")},
    )
