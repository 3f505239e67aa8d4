"""Sends requests to one table of Azure Storage as the app itself, and reads what its refusals mean."""

import asyncio
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any

from shared.apis.requests import Refusal, json_object, refusal
from shared.errors import ToolError
from shared.http.http_client import Http
from shared.http.messages import Request, Response

STORAGE_RESOURCE = "https://storage.azure.com"
"""Azure Storage as a resource, in every cloud ("Authorize with Microsoft Entra ID")."""
SERVICE = "Azure Table Storage"
NO_TABLE = "TableNotFound"
NOT_FOUND = frozenset({"EntityNotFound", "ResourceNotFound", NO_TABLE})

_BUSY: Refusal = ("unavailable", "is busy", "Try again in a moment.")


class TableRequests:
    """Sends requests to one table. The first write creates it, which the role that allows writing allows too.

    Args:
        http: The process's HTTP client.
        table_url: The table's address.
        setting: The name of the setting the address is from, for the administrator.
        token: Returns the app's own access token for `STORAGE_RESOURCE`. It may block.
    """

    def __init__(self, http: Http, table_url: str, *, setting: str, token: Callable[[], str]) -> None:
        self.table_url = table_url
        self._http = http
        self._token = token
        self._refusals = _refusals(setting)
        self._one_thread = asyncio.Lock()

    async def send(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Sends a request, and returns the response whatever its status.

        Raises:
            ToolError: There is no token, or no response.
        """
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
                **(headers or {}),
            },
            json=body,
        )
        return await self._http.send(request, service=SERVICE)

    async def put(self, url: str, entity: Mapping[str, Any]) -> None:
        """Stores an entity, in place of one of the same keys, and creates the table for the first one.

        Raises:
            ToolError: `misconfigured`, `unavailable`, `timeout` or `upstream_error`: it may not be stored.
        """
        # "Insert Or Replace Entity": what the body leaves out is gone, and nothing is locked.
        response = await self.send("PUT", url, entity)
        if response.status == 404 and error_code(response) == NO_TABLE:
            await self._create_table()
            response = await self.send("PUT", url, entity)
        if response.status != 204:
            raise self.refused(response)

    def refused(self, response: Response) -> ToolError:
        """Returns the failure that an unsuccessful response means."""
        return refusal(
            self._refusals,
            response,
            service=SERVICE,
            status=response.status,
            said=error_code(response),
            details={"request_id": response.headers.get("x-ms-request-id", "")},
        )

    async def _create_table(self) -> None:
        # "Create Table". A conflict: another instance has created it.
        account, _, name = self.table_url.rpartition("/")
        response = await self.send("POST", f"{account}/Tables", {"TableName": name})
        if response.status not in (201, 204, 409):
            raise self.refused(response)


def error_code(response: Response) -> str:
    """Returns the service's own error code, empty if there is none."""
    error = (json_object(response.body) or {}).get("odata.error")
    said = error.get("code") if isinstance(error, dict) else None
    return str(said or response.headers.get("x-ms-error-code", ""))


def _refusals(setting: str) -> Mapping[int, Refusal]:
    forbidden: Refusal = (
        "misconfigured",
        "does not authorize the server",
        "The administrator grants the server's managed identity the role Storage Table Data Contributor on "
        f"the storage account of {setting} and, if it has it, checks the account's network rules.",
    )
    missing: Refusal = (
        "misconfigured",
        "found no such table",
        f"The administrator checks the address in {setting}; the server's managed identity needs "
        "the role Storage Table Data Contributor on that storage account.",
    )
    return {401: forbidden, 403: forbidden, 404: missing, 429: _BUSY}
