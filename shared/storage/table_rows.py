"""Stores sealed rows in a table of Azure Storage, one entity for each row."""

import base64
import binascii
import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from shared.apis.requests import json_object, unexpected
from shared.http.http_client import Http
from shared.http.messages import Response
from shared.storage.row_store import Row
from shared.storage.table_requests import NOT_FOUND, SERVICE, TableRequests, error_code

PAGE = 1000
"""The most entities a query returns ("Query timeout and pagination")."""
PURGED_AT_ONCE = 100
PURGE_PAGES = 20

_KEY = re.compile(r"[A-Za-z0-9]{1,64}")
_WITH_ETAGS = {"Accept": "application/json;odata=minimalmetadata"}


class TableRows:
    """Stores rows with their kind as partition key and their key as row key.

    Args:
        http: The process's HTTP client.
        table_url: The table's address.
        token: Returns the app's own access token for Azure Storage. It may block.
        clock: Returns seconds since the epoch.
    """

    def __init__(
        self, http: Http, table_url: str, *, token: Callable[[], str], clock: Callable[[], float] = time.time
    ) -> None:
        self._table = TableRequests(http, table_url, setting="SIGN_IN_TABLE_URL", token=token)
        self._clock = clock

    async def put(self, row: Row) -> None:
        """Stores a row, in place of one of the same kind and key."""
        await self._table.put(self._url(row.kind, row.key), _entity(row))

    async def get(self, kind: str, key: str) -> Row | None:
        """Returns the row, or None where there is none that has not expired."""
        response = await self._table.send("GET", self._url(kind, key))
        if response.status == 404 and error_code(response) in NOT_FOUND:
            return None
        if response.status != 200:
            raise self._table.refused(response)
        row = _row(kind, key, response)
        return row if self._clock() < row.expires_at else None

    async def replace(self, row: Row) -> bool:
        """Stores a row in place of the version that its `etag` names, `*` for any; False: that is gone."""
        # "Update Entity", which `If-Match` makes of it.
        return await self._conditional("PUT", row, _entity(row))

    async def delete(self, row: Row) -> bool:
        """Deletes the version that a row's `etag` names, `*` for any; False: somebody else was first."""
        return await self._conditional("DELETE", row, None)

    async def count(self, kind: str, limit: int) -> int:
        """Counts the rows of a kind, expired ones too, up to a limit."""
        query = {"$filter": f"PartitionKey eq '{_checked(kind)}'", "$select": "RowKey", "$top": str(PAGE)}
        counted, onward = 0, dict[str, str]()
        while counted < limit:
            entities, onward = await self._page({**query, **onward}, {})
            counted += len(entities)
            if not onward:
                break
        return min(counted, limit)

    async def purge(self) -> None:
        """Deletes some of the rows that have expired."""
        query = {
            "$filter": f"expires lt {int(self._clock())}L",
            "$select": "PartitionKey,RowKey",
            "$top": str(PURGED_AT_ONCE),
        }
        onward = dict[str, str]()
        for _ in range(PURGE_PAGES):
            entities, onward = await self._page({**query, **onward}, _WITH_ETAGS)
            for entity in entities:
                kind, key = str(entity.get("PartitionKey")), str(entity.get("RowKey"))
                # What somebody else has put into the table stays.
                if _KEY.fullmatch(kind) and _KEY.fullmatch(key):
                    await self.delete(Row(kind, key, b"", 0, str(entity.get("odata.etag"))))
            if not onward:
                break

    async def _conditional(self, method: str, row: Row, entity: Mapping[str, Any] | None) -> bool:
        response = await self._table.send(
            method, self._url(row.kind, row.key), entity, {"If-Match": row.etag}
        )
        # "Delete Entity" and "Update Entity": 412 for another version, 404 for none.
        if response.status == 412 or (response.status == 404 and error_code(response) in NOT_FOUND):
            return False
        if response.status != 204:
            raise self._table.refused(response)
        return True

    async def _page(
        self, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """Returns a page of entities, and the parameters that lead to the next one."""
        url = f"{self._table.table_url}()?{urlencode(query, quote_via=quote)}"
        response = await self._table.send("GET", url, headers=headers)
        if response.status == 404 and error_code(response) in NOT_FOUND:
            return [], {}
        if response.status != 200:
            raise self._table.refused(response)
        entities = (json_object(response.body) or {}).get("value")
        if not isinstance(entities, list):
            raise unexpected(SERVICE, response)
        names = ("NextPartitionKey", "NextRowKey")
        found = {name: response.headers.get(f"x-ms-continuation-{name}".lower(), "") for name in names}
        return entities, {name: value for name, value in found.items() if value}

    def _url(self, kind: str, key: str) -> str:
        return f"{self._table.table_url}(PartitionKey='{_checked(kind)}',RowKey='{_checked(key)}')"


def _entity(row: Row) -> dict[str, str]:
    return {
        "sealed": base64.b64encode(row.sealed).decode(),
        "sealed@odata.type": "Edm.Binary",
        "expires": str(int(row.expires_at)),
        "expires@odata.type": "Edm.Int64",
    }


def _row(kind: str, key: str, response: Response) -> Row:
    entity = json_object(response.body) or {}
    try:
        sealed = base64.b64decode(entity["sealed"], validate=True)
        return Row(kind, key, sealed, float(entity["expires"]), response.headers["etag"])
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise unexpected(SERVICE, response) from error


def _checked(text: str) -> str:
    """Returns a key that needs no quoting.

    Raises:
        ValueError: It would.
    """
    if not _KEY.fullmatch(text):
        raise ValueError("a key of letters and digits is needed")
    return text
