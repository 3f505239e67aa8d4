"""Answers reads of Graph that no operation here has data for, with what their types describe."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.bearer import AccessToken
from local.graph.denials import DIRECTORY
from local.graph.errors import GraphError, bad_request
from local.graph.odata import EntityType, Query
from local.graph.paging import page
from local.graph.scopes import granted
from local.published_reads import MARK, PublishedRead, published_reads

_DIRECTORY = ("user", "group", "directoryObject", "application", "servicePrincipal", "device", "orgContact")
_SEARCH = re.compile(r'"[^"]*"(\s+(AND|OR)\s+"[^"]*")*')


def made_answer(
    read: PublishedRead, query: Query, request: Request, token: AccessToken, url: str
) -> Response:
    """Returns what a read returns, made from the description of its type.

    Raises:
        GraphError: The token has none of its permissions, or the query is not one of Graph's.
    """
    if not any(granted(scope, token.scopes) for scope in read.scopes):
        raise DIRECTORY.error()
    if not read.is_json:
        raise GraphError(406, "NotAcceptable", "It is a stream.")
    reads = published_reads("graph")
    properties = reads.properties(read.returns)
    _check(query, request, read, properties)
    context = f"{url.partition('/v1.0')[0]}/v1.0/$metadata#{read.returns}"
    items = reads.items(read)
    if not read.is_list:
        return JSONResponse({"@odata.context": context, **_selected(items[0], query)})
    shown, following = page(items, query, url, EntityType(read.returns, tuple(properties)))
    body: dict[str, Any] = {"@odata.context": context}
    if query.counts:
        body["@odata.count"] = len(items)
    if following:
        body["@odata.nextLink"] = following
    return JSONResponse({**body, "value": [_selected(each, query) for each in shown]})


def _check(query: Query, request: Request, read: PublishedRead, properties: dict[str, str]) -> None:
    for name in query.select or ():
        if name.partition("/")[0] not in {*properties, MARK}:
            raise bad_request(
                f"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type "
                f"'microsoft.graph.{read.returns}'."
            )
    search = query.option("search")
    if search and not _SEARCH.fullmatch(search):
        raise bad_request("Syntax error: character is not valid at position 0 in a search: it needs quotes.")
    if search and read.returns in _DIRECTORY and request.headers.get("consistencylevel") != "eventual":
        raise GraphError(
            400,
            "Request_UnsupportedQuery",
            "Request with $search query parameter only works through MSGraph with a special request header: "
            "'ConsistencyLevel: eventual'",
        )


def _selected(item: dict[str, Any], query: Query) -> dict[str, Any]:
    wanted = query.select
    if not wanted:
        return item
    names = {each.partition("/")[0] for each in wanted}
    return {name: value for name, value in item.items() if name in names}
