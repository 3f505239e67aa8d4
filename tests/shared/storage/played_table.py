"""One table of Azure Storage, as its REST interface has it: entities, versions, conditions, queries, pages.

"Insert Or Replace Entity", "Update Entity", "Delete Entity", "Query Entities", "Create Table", and "Query
timeout and pagination".
"""

import itertools
import json
import re
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

ACCOUNT = "https://account.table.core.windows.net"
TABLE = f"{ACCOUNT}/signin"
_ENTITY = re.compile(r"/signin\(PartitionKey='([^']*)',RowKey='([^']*)'\)")
_CONDITION = re.compile(r"(PartitionKey) eq '([^']*)'|(expires) lt (\d+)L")


class PlayedTable:
    """Keeps entities; handed to `httpx.MockTransport`.

    Attributes:
        entities: What is stored, by its keys.
        exists: Whether the table has been created.
        failing: What to answer in place of anything.
        page: How many entities a query returns at once.
        requests: What was asked.
    """

    def __init__(self) -> None:
        self.entities: dict[tuple[str, str], dict[str, Any]] = {}
        self.exists = False
        self.failing: httpx.Response | None = None
        self.page = 1000
        self.requests: list[httpx.Request] = []
        self._versions = itertools.count(1)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.failing is not None:
            return self.failing
        path = unquote(urlsplit(str(request.url)).path)
        if path == "/Tables":
            created, self.exists = not self.exists, True
            return httpx.Response(201) if created else refused(409, "TableAlreadyExists")
        if not self.exists:
            return refused(404, "TableNotFound")
        if path == "/signin()":
            return self._query(request)
        keys = _ENTITY.fullmatch(path)
        assert keys is not None, path
        return self._entity(request, (keys[1], keys[2]))

    def _entity(self, request: httpx.Request, keys: tuple[str, str]) -> httpx.Response:
        entity, condition = self.entities.get(keys), request.headers.get("if-match")
        if request.method == "PUT" and condition is None:
            return self._store(request, keys)
        if entity is None:
            return refused(404, "ResourceNotFound")
        if request.method == "GET":
            shown = {name: value for name, value in entity.items() if not name.startswith("odata.")}
            return httpx.Response(200, json=shown, headers={"ETag": entity["odata.etag"]})
        assert condition is not None, "Delete Entity requires If-Match"
        if condition not in ("*", entity["odata.etag"]):
            return refused(412, "UpdateConditionNotSatisfied")
        if request.method == "DELETE":
            del self.entities[keys]
            return httpx.Response(204)
        return self._store(request, keys)

    def _store(self, request: httpx.Request, keys: tuple[str, str]) -> httpx.Response:
        body = json.loads(request.content)
        assert "Edm.Binary" == body.pop("sealed@odata.type")
        assert "Edm.Int64" == body.pop("expires@odata.type")
        etag = f"W/\"datetime'2026-11-28T00%3A00%3A{next(self._versions):07}Z'\""
        self.entities[keys] = {**body, "PartitionKey": keys[0], "RowKey": keys[1], "odata.etag": etag}
        return httpx.Response(204, headers={"ETag": etag})

    def _query(self, request: httpx.Request) -> httpx.Response:
        parameters = request.url.params
        condition = _CONDITION.fullmatch(parameters["$filter"])
        assert condition is not None, parameters["$filter"]
        found = [
            entity
            for keys, entity in sorted(self.entities.items())
            if keys >= (parameters.get("NextPartitionKey", ""), parameters.get("NextRowKey", ""))
            and (
                entity["PartitionKey"] == condition[2]
                if condition[1]
                else int(entity["expires"]) < int(condition[4])
            )
        ]
        size = min(self.page, int(parameters["$top"]))
        named = parameters["$select"].split(",")
        if "minimalmetadata" in request.headers["accept"]:
            named.append("odata.etag")
        shown = [{name: entity[name] for name in named} for entity in found[:size]]
        onward = found[size] if len(found) > size else None
        headers = (
            {}
            if onward is None
            else {
                "x-ms-continuation-NextPartitionKey": onward["PartitionKey"],
                "x-ms-continuation-NextRowKey": onward["RowKey"],
            }
        )
        return httpx.Response(200, json={"value": shown}, headers=headers)


def refused(status: int, code: str, **headers: str) -> httpx.Response:
    """A refusal in the Table service's form."""
    error = {"odata.error": {"code": code, "message": {"lang": "en-US", "value": "No."}}}
    return httpx.Response(status, headers=headers, json=error)
