"""Sends requests to Azure DevOps Services as the caller, and pages through its collections."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import quote, urlencode

from pydantic import BaseModel

from shared.apis.devops import devops_links as links
from shared.apis.devops.devops_links import DevOpsLink
from shared.apis.devops.devops_requests import API_VERSION, DevOpsRequests, Host
from shared.apis.devops.devops_responses import items_of, number_in, parse_items, parse_response
from shared.apis.requests import Segment, expand_path
from shared.concurrency import Work, run_all
from shared.results.paging import Cursors, Page, fitting

# Why a search may be incomplete (Search REST reference, infoCode).
_INDEXING = "The service is still indexing: what is new may be missing."
_SEARCH_NOTES: Mapping[int, str] = {
    **dict.fromkeys((1, 2, 6, 7, 9), _INDEXING),
    3: "The service could not parse the search.",
    4: "A word of a search cannot begin with * or ?: nothing was searched.",
    8: "The service returned fewer results than requested.",
    11: "Some work items were left out, as you may not read them.",
}


class DevOps(DevOpsRequests):
    """Sends requests to Azure DevOps as the caller: single ones, and those of collections and searches."""

    @property
    def cursors(self) -> Cursors:
        """Makes cursors of the caller, for lists of another form than `page` takes."""
        return self._cursors

    async def page[M: BaseModel](
        self,
        model: type[M],
        path: str,
        /,
        *segments: Segment,
        limit: int,
        cursor: str | None = None,
        by: Literal["token", "skip", "whole", "fixed"] = "token",
        key: str = "value",
        host: Host = "organizations",
        prefix: str = "",
        api_version: str = API_VERSION,
        completed: Callable[[M], Work[M]] | None = None,
        **query: str,
    ) -> Page[M]:
        """Returns a page of a collection, at most `limit` items, from the cursor on.

        Args:
            model: Of an item.
            path: Of the collection.
            segments: What fills the path.
            limit: How many items to request.
            cursor: Of the page before, from the same call.
            by: How the collection is continued: by a token in a header, by skipping items, not at all, as
                the service gives it whole, or by a token over pages of a length the service has fixed.
            key: Where in the response the items are.
            host: Where the collection is.
            prefix: What stands before `$top` and `$skip` in their names.
            api_version: The version of the API.
            completed: An item with what the collection does not tell of it.
            query: More parameters.
        """
        query_key = f"{path} {segments} {query} {by}"
        position = self._cursors.open(query_key, cursor) if cursor else {}
        token, skip = position.get("token"), int(position.get("skip", 0))
        parameters = query if by in ("whole", "fixed") else {**query, f"{prefix}$top": str(limit)}
        if by == "skip" and skip:
            parameters[f"{prefix}$skip"] = str(skip)
        if token:
            parameters["continuationToken"] = str(token)
        response = await self._send(
            "GET", path, segments, host=host, api_version=api_version, query=parameters
        )
        document = parse_response(response)
        listed = items_of(document, key)
        found, odd = parse_items(model, listed)
        items = found if by == "skip" else found[skip:]
        if completed is not None:
            items = await run_all(map(completed, items))
        fits = fitting(items[:limit])
        onward = response.headers.get("x-ms-continuationtoken") or document.get("continuationToken")
        rest: dict[str, Any] | None = {"token": onward} if onward else None
        note = "There are more."
        if fits < min(len(items), limit):
            rest, note = {"token": token, "skip": skip + fits}, "The rest would make the result too large."
        elif fits < len(items):
            rest = {"token": token, "skip": skip + fits}
        elif by == "skip":
            # Such a collection does not say whether there is more: a full page suggests it.
            rest = {"skip": skip + len(listed)} if len(listed) >= limit else None
            note = "There may be more."
        return Page(
            items=items[:fits],
            complete=rest is None,
            next_cursor=self._cursors.seal(query_key, rest) if rest else None,
            note=" ".join(filter(None, [note if rest else None, odd])) or None,
        )

    async def search[M: BaseModel](
        self,
        model: type[M],
        path: str,
        /,
        *segments: Segment,
        body: Mapping[str, Any],
        limit: int,
        cursor: str | None = None,
    ) -> Page[M]:
        """Returns a page of what a search finds, best first, from the cursor on."""
        query_key = f"{path} {segments} {json.dumps(body)}"
        skip = int(self._cursors.open(query_key, cursor)["skip"]) if cursor else 0
        response = await self._send(
            "POST",
            path,
            segments,
            host="search",
            query={},
            body={**body, "$skip": skip, "$top": limit},
            reads=True,
        )
        document = parse_response(response)
        listed = items_of(document, "results")
        found, odd = parse_items(model, listed)
        fits = fitting(found)
        # What cannot be read is passed over with what can.
        following = skip + (len(listed) if fits == len(found) else fits)
        has_more = bool(listed) and following < number_in(document, "count")
        note = "The rest would make the result too large." if fits < len(found) else "There are more."
        code = number_in(document, "infoCode")
        return Page(
            items=found[:fits],
            complete=not has_more,
            next_cursor=self._cursors.seal(query_key, {"skip": following}) if has_more else None,
            note=" ".join(filter(None, [_SEARCH_NOTES.get(code, note if has_more else None), odd])) or None,
        )

    def parse_link(self, address: str) -> DevOpsLink | None:
        """Parses an address of a browser; None when it is none of Azure DevOps."""
        return links.parse_link(address, self._endpoints.organizations)

    def web_url(self, path: str, /, *segments: Segment, **query: str) -> str:
        """Returns the browser's address of what a path names, for resources that do not tell theirs."""
        address = self._endpoints.organizations + expand_path(path, segments)
        return f"{address}?{urlencode(query, quote_via=quote)}" if query else address
