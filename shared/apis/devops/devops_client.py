"""Sends requests to Azure DevOps Services as the caller, and parses what it returns."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlencode

from pydantic import BaseModel

from shared.apis.devops import devops_links as links
from shared.apis.devops.devops_links import DevOpsLink
from shared.apis.devops.devops_responses import (
    SERVICE,
    is_json_error,
    items_of,
    not_signed_in,
    number_in,
    parse_items,
    parse_response,
    version_of,
)
from shared.apis.devops.request_pacing import RequestPacing
from shared.apis.requests import AuthorizedHttp, Segment, build_target, expand_path, parse, unexpected
from shared.concurrency import Work, run_all
from shared.http.messages import Response
from shared.results.paging import Cursors, Page, fitting

if TYPE_CHECKING:
    from shared.entra.delegated_access import DelegatedAccess
    from shared.http.http_client import Http

API_VERSION = "7.1"

type Host = Literal["organizations", "profile", "search"]

# Why a search may be incomplete (Search REST reference, infoCode).
_INDEXING = "The service is still indexing: what is new may be missing."
_SEARCH_NOTES: Mapping[int, str] = {
    **dict.fromkeys((1, 2, 6, 7, 9), _INDEXING),
    3: "The service could not parse the search.",
    4: "A word of a search cannot begin with * or ?: nothing was searched.",
    8: "The service returned fewer results than requested.",
    11: "Some work items were left out, as you may not read them.",
}


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Holds the base URLs of the hosts of Azure DevOps."""

    organizations: str
    profile: str
    search: str


class DevOps:
    """Sends requests to Azure DevOps as the caller, with the scopes the tool declares.

    Paths are those of the documentation, with `{}` for the organization, the project and each id:
    `/{}/{}/_apis/build/builds/{}`. Query parameters are given by their own names, with `api_version`
    in place of the usual one for previews.

    `pacing` holds back the requests of a `caller` whom the service is delaying.

    Raises, in every method:
        ToolError: Azure DevOps refused, could not be reached, or responded in an unexpected form.
    """

    def __init__(
        self,
        http: Http,
        access: DelegatedAccess,
        *,
        endpoints: Endpoints,
        cursors: Cursors,
        pacing: RequestPacing,
        caller: str,
    ) -> None:
        self._http = AuthorizedHttp(http, access, service=SERVICE, refused=not_signed_in)
        self._endpoints = endpoints
        self._cursors = cursors
        self._pacing = pacing
        self._caller = caller

    @property
    def cursors(self) -> Cursors:
        """Makes cursors of the caller, for lists of another form than `page` takes."""
        return self._cursors

    async def get[M: BaseModel](
        self,
        model: type[M],
        path: str,
        /,
        *segments: Segment,
        host: Host = "organizations",
        api_version: str = API_VERSION,
        **query: str,
    ) -> M:
        """Returns the resource at a path."""
        document, _ = await self.get_versioned(
            model, path, *segments, host=host, api_version=api_version, **query
        )
        return document

    async def get_versioned[M: BaseModel](
        self,
        model: type[M],
        path: str,
        /,
        *segments: Segment,
        host: Host = "organizations",
        api_version: str = API_VERSION,
        **query: str,
    ) -> tuple[M, str | None]:
        """Returns the resource at a path, and its version (the ETag, unquoted) where the service tells it."""
        response = await self._send("GET", path, segments, host=host, api_version=api_version, query=query)
        return parse(model, parse_response(response), service=SERVICE), version_of(response)

    async def get_optional[M: BaseModel](
        self, model: type[M], path: str, /, *segments: Segment, **query: str
    ) -> M | None:
        """Returns the resource at a path, or None where the service says that there is none yet."""
        response = await self._send("GET", path, segments, query=query)
        if response.status == 204 or (response.status == 200 and response.body.strip() == b"null"):
            return None
        return parse(model, parse_response(response), service=SERVICE)

    async def text(self, path: str, *segments: Segment, **query: str) -> str:
        """Returns the plain text at a path, such as a log."""
        response = await self._send("GET", path, segments, query=query, accept="text/plain")
        if not_signed_in(response) or response.status != 200:
            parse_response(response)
            raise unexpected(SERVICE, response)
        return response.body.decode("utf-8", "replace")

    async def content(self, path: str, *segments: Segment, **query: str) -> bytes:
        """Returns the bytes at a path, such as a file's; an error comes as JSON, at times with status 200."""
        response = await self._send("GET", path, segments, query=query, accept="application/octet-stream")
        if not_signed_in(response) or response.status != 200 or is_json_error(response):
            parse_response(response)
            raise unexpected(SERVICE, response)
        return response.body

    async def page[M: BaseModel](
        self,
        model: type[M],
        path: str,
        /,
        *segments: Segment,
        limit: int,
        cursor: str | None = None,
        by: Literal["token", "skip", "whole"] = "token",
        key: str = "value",
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
            by: How the collection is continued: by a token in a header, by skipping items, or not at
                all, as the service gives it whole.
            key: Where in the response the items are.
            prefix: What stands before `$top` and `$skip` in their names.
            api_version: The version of the API.
            completed: An item with what the collection does not tell of it.
            query: More parameters.
        """
        query_key = f"{path} {segments} {query} {by}"
        position = self._cursors.open(query_key, cursor) if cursor else {}
        token, skip = position.get("token"), int(position.get("skip", 0))
        parameters = query if by == "whole" else {**query, f"{prefix}$top": str(limit)}
        if by == "skip" and skip:
            parameters[f"{prefix}$skip"] = str(skip)
        if token:
            parameters["continuationToken"] = str(token)
        response = await self._send("GET", path, segments, api_version=api_version, query=parameters)
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

    async def post[M: BaseModel](
        self,
        model: type[M],
        path: str,
        /,
        *segments: Segment,
        body: Any,
        host: Host = "organizations",
        api_version: str = API_VERSION,
        reads: bool = False,
        **query: str,
    ) -> M:
        """Sends a POST and returns the created resource, or the result of a query that only `reads`."""
        response = await self._send(
            "POST", path, segments, host=host, api_version=api_version, query=query, body=body, reads=reads
        )
        return parse(model, parse_response(response), service=SERVICE)

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

    async def put_versioned[M: BaseModel](
        self, model: type[M], path: str, /, *segments: Segment, body: Any, version: str | None, **query: str
    ) -> tuple[M, str | None]:
        """Creates a resource, or replaces one that still has this version; returns it with its version."""
        response = await self._send("PUT", path, segments, query=query, body=body, version=version)
        return parse(model, parse_response(response), service=SERVICE), version_of(response)

    async def patch_document[M: BaseModel](
        self,
        model: type[M],
        method: Literal["POST", "PATCH"],
        path: str,
        *segments: Segment,
        operations: Sequence[Mapping[str, Any]],
        **query: str,
    ) -> M:
        """Creates or changes a work item by JSON Patch (RFC 6902), the only form the service accepts."""
        response = await self._send(
            method,
            path,
            segments,
            query=query,
            content=json.dumps(operations).encode(),
            content_type="application/json-patch+json",
        )
        return parse(model, parse_response(response), service=SERVICE)

    async def _send(
        self,
        method: str,
        path: str,
        segments: Sequence[Segment],
        *,
        query: Mapping[str, str],
        host: Host = "organizations",
        api_version: str = API_VERSION,
        accept: str = "application/json",
        body: Any = None,
        content: bytes | None = None,
        content_type: str | None = None,
        version: str | None = None,
        reads: bool = False,
    ) -> Response:
        headers = {
            "Accept": accept,
            **({"Content-Type": content_type} if content_type else {}),
            **({"If-Match": f'"{version}"'} if version else {}),
        }
        await self._pacing.wait(self._caller)
        response = await self._http.send(
            method,
            build_target(getattr(self._endpoints, host), path, segments),
            params={"api-version": api_version, **{name: value for name, value in query.items() if value}},
            headers=headers,
            # Requests a 401 in place of the sign-in page. Where Conditional Access is in force, a good token
            # has been seen rejected with it: so the second try goes without.
            first_headers={"X-TFS-FedAuthRedirect": "Suppress"},
            body=body,
            content=content,
            reads=reads,
        )
        self._pacing.record(self._caller, response)
        return response
