"""Divides collections into pages, with next links nobody but this service can read."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any
from urllib.parse import quote

from local.graph.errors import bad_request
from local.graph.odata import EntityType, Query, Resource


def page(
    resources: list[Resource], query: Query, url: str, entity: EntityType
) -> tuple[list[Resource], str | None]:
    """Returns the page a request asks for, and the link to the next one.

    A collection longer than one page has an empty page after its first: Graph may answer so at
    any time, and clients that stop at an empty page lose the rest.

    Raises:
        GraphError: `$top` is out of range, or the `$skiptoken` was not made here.
    """
    top = query.integer("top")
    if top == 0 or (top or 0) > entity.limit:
        raise bad_request(
            f"Invalid page size specified: '{top}'. Must be between 1 and {entity.limit} inclusive."
        )
    size = top or entity.page
    token = query.option("skiptoken")
    start, rested = _parse(token) if token else (query.integer("skip") or 0, False)
    if token and not rested:
        return [], _link(url, query, start, rested=True)
    end = start + size
    if end >= len(resources):
        return resources[start:], None
    return resources[start:end], _link(url, query, end, rested=bool(token))


def _parse(token: str) -> tuple[int, bool]:
    try:
        start, rested = json.loads(base64.urlsafe_b64decode(token))
        return int(start), bool(rested)
    except (binascii.Error, ValueError, TypeError) as error:
        raise bad_request("Skip token is invalid or expired.") from error


def _link(url: str, query: Query, start: int, *, rested: bool) -> str:
    token = base64.urlsafe_b64encode(json.dumps([start, rested]).encode()).decode()
    dropped = ("$skiptoken", "skiptoken", "$skip", "skip")
    kept: dict[str, Any] = {name: value for name, value in query.parameters.items() if name not in dropped}
    kept["$skiptoken"] = token
    pairs = (f"{quote(name, safe='$@')}={quote(value, safe='')}" for name, value in kept.items())
    return f"{url}?{'&'.join(pairs)}"
