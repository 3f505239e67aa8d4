"""Reads collections and moves files of Microsoft Graph as the caller, besides single resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from shared.apis.addresses import check_next_link
from shared.apis.graph.graph_requests import GraphRequests, options
from shared.apis.graph.graph_responses import SERVICE, parse_response, raise_failure
from shared.apis.models import GraphModel
from shared.apis.requests import Segment, Target, json_object, parse, parse_all
from shared.results.paging import Page, fitting

EMPTY_PAGES = 10
"""The most empty pages read in a row before the page is returned empty, with a cursor."""
LIST_PAGES = 50
"""The most pages of a collection that is read whole."""


class Graph(GraphRequests):
    """Sends requests to Graph as the caller, also for collections, page by page, and for bytes of files."""

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
        params: Mapping[str, str] | None = options({"select": model.select(), "top": str(limit), **query})
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
        where = self._target(path, segments)
        params: Mapping[str, str] | None = options(
            {"select": model.select(), "top": str(min(most, 100)), **query}
        )
        found: list[M] = []
        link = ""
        # Not by `page`: what is too long for a result would be fetched again for each part of it.
        for _ in range(LIST_PAGES):
            response = await self._http.send("GET", where, params=params, headers=headers)
            document = parse_response(response)
            size = len(response.body)
            found += await parse_all(model, document.get("value") or [], size=size, service=SERVICE)
            link = str(document.get("@odata.nextLink") or "")
            if not link or len(found) >= most:
                break
            where, params = Target(check_next_link(link, self._base, SERVICE), where.template), None
        return found[:most], not link and len(found) <= most

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
            raise_failure(response)
        return response.body

    async def download_address(
        self, path: str, *segments: Segment, headers: Mapping[str, str] | None = None
    ) -> str:
        """Returns the pre-authenticated address that `/drives/{}/items/{}/content` redirects to."""
        response = await self._http.send(
            "GET", self._target(path, segments), headers={"Accept": "*/*", **(headers or {})}
        )
        if response.status != 302 or not response.headers.get("location"):
            raise_failure(response)
        return await self._preauthenticated.checked(response.headers["location"])

    async def begin(self, path: str, *segments: Segment, body: Any, **query: str) -> str:
        """Begins an action that goes on by itself; returns the pre-authenticated address that tells how."""
        response = await self._http.send(
            "POST", self._target(path, segments), params=options(query), body=body
        )
        if response.status != 202 or not response.headers.get("location"):
            raise_failure(response)
        return await self._preauthenticated.checked(response.headers["location"])

    async def look(self, monitor: str) -> dict[str, Any]:
        """Returns how an action goes that was begun."""
        response = await self._preauthenticated.send("GET", monitor)
        # When it is done, some only say where the result is.
        return {"status": "completed"} if response.status == 303 else parse_response(response)

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
            params=options(query),
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
            raise_failure(response)
        return json_object(response.body) or {}
