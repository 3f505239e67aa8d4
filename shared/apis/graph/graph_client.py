"""Sends requests to Microsoft Graph as the caller, and parses its responses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from shared.apis.addresses import PreauthenticatedHttp, TrustedHosts, check_next_link
from shared.apis.graph.graph_responses import SERVICE, is_token_rejected, parse_response
from shared.apis.models import GraphModel
from shared.apis.requests import (
    AuthorizedHttp,
    Segment,
    Target,
    build_target,
    json_object,
    parse,
    parse_all,
    unexpected,
)
from shared.results.paging import Cursors, Page, fitting
from shared.settings import FILE_HOSTS

if TYPE_CHECKING:
    from shared.entra.delegated_access import DelegatedAccess
    from shared.http.http_client import Http

VERSION = "v1.0"
_ODATA = {
    **{
        name: f"${name}"
        for name in ("select", "filter", "orderby", "top", "skip", "expand", "count", "format")
    },
    "odata_search": "$search",
}
"""Keywords of OData's system query options, and their names. `search` is Graph's own parameter for sites."""
EMPTY_PAGES = 10
"""The most empty pages read in a row before the page is returned empty, with a cursor."""
LIST_PAGES = 50
"""The most pages of a collection that is read whole."""


class Graph:
    """Sends requests to Graph as the caller, with the scopes the tool declares.

    Paths are those of the documentation after `/v1.0`, with `{}` for each id. Query options are
    given without their `$`: `filter="isRead eq false"`; `$search` as `odata_search`, since `search` is
    a parameter of its own for sites; all other parameters by their own names.
    Headers are those of one request, such as `Prefer`.

    Raises, in every method:
        ToolError: Graph refused, could not be reached, or its response had an unexpected form.
    """

    def __init__(
        self,
        http: Http,
        access: DelegatedAccess,
        *,
        endpoint: str,
        cursors: Cursors,
        file_hosts: frozenset[str] = FILE_HOSTS["public"],
    ) -> None:
        self._bare = http
        self._access = access
        self._endpoint = endpoint
        self._file_hosts = file_hosts
        hosts = TrustedHosts(file_hosts, endpoint)
        self._preauthenticated = PreauthenticatedHttp(http, hosts, service=SERVICE)
        self._http = AuthorizedHttp(http, access, service=SERVICE, refused=is_token_rejected)
        self._base = f"{endpoint}/{VERSION}"
        self._cursors = cursors

    @property
    def cursors(self) -> Cursors:
        """Returns the caller's cursors, for lists of a form of their own."""
        return self._cursors

    def with_scopes(self, *scopes: str) -> Graph:
        """Returns a client with only some of the declared scopes, for a tool that needs few at a time."""
        return Graph(
            self._bare,
            self._access.limited_to(scopes),
            endpoint=self._endpoint,
            cursors=self._cursors,
            file_hosts=self._file_hosts,
        )

    def declares(self, scope: str) -> bool:
        """Tells whether the tool declares a scope."""
        return self._access.declares(scope)

    async def get[M: GraphModel](
        self,
        model: type[M],
        path: str,
        *segments: Segment,
        headers: Mapping[str, str] | None = None,
        **query: str,
    ) -> M:
        """Returns the resource at a path such as `/me/messages/{}`; its `$select` is the model's fields."""
        response = await self._http.send(
            "GET",
            self._target(path, segments),
            params=_options({"select": model.select(), **query}),
            headers=headers,
        )
        document = parse_response(response)
        (found,) = await parse_all(model, [document], size=len(response.body), service=SERVICE)
        return found

    async def page[M: GraphModel](
        self,
        model: type[M],
        path: str,
        *segments: Segment,
        limit: int,
        cursor: str | None = None,
        headers: Mapping[str, str] | None = None,
        **query: str,
    ) -> Page[M]:
        """Returns a page of the collection at a path, at most `limit` items, from the cursor on."""
        return await self.filtered_page(
            model,
            path,
            *segments,
            limit=limit,
            cursor=cursor,
            keep=lambda _: True,
            headers=headers,
            query=query,
        )

    async def filtered_page[M: GraphModel](
        self,
        model: type[M],
        path: str,
        *segments: Segment,
        limit: int,
        cursor: str | None,
        keep: Callable[[M], bool],
        query: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
    ) -> Page[M]:
        """Returns a page of those items of the collection that the caller wants to keep.

        A page of Graph may be short or empty and yet have a next link: empty pages are skipped.
        """
        where = self._target(path, segments)
        params: Mapping[str, str] | None = _options({"select": model.select(), "top": str(limit), **query})
        query_key = f"{where.url}?{params}"
        position = self._cursors.open(query_key, cursor) if cursor else {}
        link, skip = str(position.get("link") or ""), int(position.get("skip", 0))
        for _ in range(EMPTY_PAGES):
            if link:
                where, params = Target(check_next_link(link, self._base, SERVICE), where.template), None
            response = await self._http.send("GET", where, params=params, headers=headers)
            document = parse_response(response)
            found = document.get("value") or []
            parsed = await parse_all(model, found, size=len(response.body), service=SERVICE)
            items = [item for item in parsed if keep(item)][skip:]
            fits = fitting(items)
            if fits < len(items):
                rest = {"link": link, "skip": skip + fits}
                return Page(
                    items=items[:fits],
                    complete=False,
                    next_cursor=self._cursors.seal(query_key, rest),
                    note="The rest would make the result too large.",
                )
            link, skip = str(document.get("@odata.nextLink") or ""), 0
            if items or not link:
                break
        return Page(
            items=items,
            complete=not link,
            next_cursor=self._cursors.seal(query_key, {"link": link}) if link else None,
            note="There are more." if link else None,
        )

    async def list_all[M: GraphModel](
        self,
        model: type[M],
        path: str,
        *segments: Segment,
        most: int,
        headers: Mapping[str, str] | None = None,
        **query: str,
    ) -> tuple[list[M], bool]:
        """Returns the items of all pages of a collection, at most `most`, and whether these are all."""
        found: list[M] = []
        cursor: str | None = None
        for _ in range(LIST_PAGES):
            page = await self.page(
                model, path, *segments, limit=min(most, 100), cursor=cursor, headers=headers, **query
            )
            found += page.items
            cursor = page.next_cursor
            if cursor is None or len(found) >= most:
                break
        return found[:most], cursor is None and len(found) <= most

    def paginate[M: BaseModel](
        self, items: Sequence[M], of: str, *, limit: int, cursor: str | None = None
    ) -> Page[M]:
        """Returns a page of a list that was read whole, such as one merged from several.

        Args:
            items: The whole list, in an order that stays the same from call to call.
            of: What the list is of, arguments included: a cursor is good for that list only.
            limit: How many items the page may have.
            cursor: Of the page before.
        """
        skip = int(self._cursors.open(of, cursor).get("skip", 0)) if cursor else 0
        fits = fitting(list(items[skip : skip + limit]))
        end = skip + fits
        rest = end < len(items)
        return Page(
            items=items[skip:end],
            complete=not rest,
            next_cursor=self._cursors.seal(of, {"skip": end}) if rest else None,
            note="There are more." if rest else None,
        )

    async def post[M: BaseModel](
        self,
        model: type[M],
        path: str,
        *segments: Segment,
        body: Any,
        headers: Mapping[str, str] | None = None,
        reads: bool = False,
        **query: str,
    ) -> M:
        """Sends a POST and returns the created resource, or the result of an action that only `reads`."""
        response = await self._http.send(
            "POST",
            self._target(path, segments),
            params=_options(query),
            headers=headers,
            body=body,
            reads=reads,
        )
        return parse(model, parse_response(response), service=SERVICE)

    async def invoke_action(
        self, path: str, *segments: Segment, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Invokes an action that has no result, such as sending a message."""
        response = await self._http.send("POST", self._target(path, segments), headers=headers, body=body)
        if response.status >= 300 or (response.body and json_object(response.body) is None):
            parse_response(response)
            raise unexpected(SERVICE, response)

    async def patch[M: BaseModel](
        self,
        model: type[M],
        path: str,
        *segments: Segment,
        body: Any,
        version: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> M:
        """Changes a resource if it still has this version (its ETag), and returns it as changed."""
        response = await self._http.send(
            "PATCH",
            self._target(path, segments),
            body=body,
            headers={**({"If-Match": version} if version else {}), **(headers or {})},
        )
        return parse(model, parse_response(response), service=SERVICE)

    async def download(
        self, path: str, *segments: Segment, headers: Mapping[str, str] | None = None, **query: str
    ) -> bytes:
        """Returns the bytes at a path such as `/drives/{}/items/{}/content`.

        Graph redirects to a pre-authenticated address of another host, which gets no token.
        """
        response = await self._http.send(
            "GET",
            self._target(path, segments),
            # Its own parameters, such as `format`, have no `$`.
            params=query or None,
            headers={"Accept": "*/*", **(headers or {})},
        )
        if response.status == 302:
            response = await self._preauthenticated.send("GET", response.headers.get("location", ""))
        if response.status != 200:
            parse_response(response)
            raise unexpected(SERVICE, response)
        return response.body

    async def download_address(self, path: str, *segments: Segment) -> str:
        """Returns the pre-authenticated address that `/drives/{}/items/{}/content` redirects to."""
        response = await self._http.send("GET", self._target(path, segments), headers={"Accept": "*/*"})
        if response.status != 302 or not response.headers.get("location"):
            parse_response(response)
            raise unexpected(SERVICE, response)
        return await self._preauthenticated.checked(response.headers["location"])

    async def upload[M: GraphModel](
        self,
        model: type[M],
        path: str,
        *segments: Segment,
        content: bytes,
        content_type: str,
        version: str | None = None,
        **query: str,
    ) -> M:
        """Uploads bytes (at most 4 MB) to a path such as `/drives/{}/items/{}:/{}:/content`."""
        response = await self._http.send(
            "PUT",
            self._target(path, segments),
            params=_options(query),
            headers={"Content-Type": content_type, **({"If-Match": version} if version else {})},
            content=content,
        )
        return parse(model, parse_response(response), service=SERVICE)

    async def upload_part(
        self, upload_url: str, content: bytes, *, offset: int, total: int
    ) -> dict[str, Any]:
        """Uploads a part of a file to an upload session's address, which gets no token."""
        content_range = f"bytes {offset}-{offset + len(content) - 1}/{total}"
        response = await self._preauthenticated.send(
            "PUT", upload_url, content=content, headers={"Content-Range": content_range}
        )
        if response.status not in (200, 201, 202):
            parse_response(response)
            raise unexpected(SERVICE, response)
        return json_object(response.body) or {}

    def _target(self, path: str, segments: Sequence[Segment]) -> Target:
        return build_target(self._base, path, segments)


def _options(query: Mapping[str, str]) -> dict[str, str]:
    return {_ODATA.get(name, name): value for name, value in query.items() if value}
