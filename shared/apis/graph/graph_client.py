"""Microsoft Graph: how to ask it, and how to read its answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import BaseModel

from shared.apis.models import GraphModel
from shared.apis.requests import (
    AuthorizedHttp,
    Refusal,
    Segment,
    Target,
    json_object,
    parse,
    parse_all,
    refusal,
    target,
    unexpected,
)
from shared.errors import ToolError
from shared.http.messages import Request, Response
from shared.results.paging import Cursors, Page, fitting

if TYPE_CHECKING:
    from shared.entra.delegated_access import DelegatedAccess
    from shared.http.http_client import Http

SERVICE = "Microsoft Graph"
VERSION = "v1.0"
_ODATA = frozenset({"select", "filter", "orderby", "top", "skip", "expand", "count", "search", "format"})
_CLIMBS = re.compile(r"/(\.|%2e){1,2}(/|$)|\\", re.IGNORECASE)
"""Dot segments, which lead out of a path (RFC 3986, 5.2.4), however they are written."""
EMPTY_PAGES = 10
"""How many pages without an item are read in a row before a list is said to go on."""

_REFUSALS: Mapping[int, Refusal] = {
    400: ("invalid_argument", "does not take this request", "Change the arguments as it says."),
    401: ("sign_in_required", "does not take your sign-in any more", "Sign in again, then repeat the call."),
    403: (
        "forbidden",
        "does not let you do this",
        "Ask whoever owns the item or an administrator for access.",
    ),
    404: (
        "not_found",
        "has no such item, or not for you",
        "Look the id up again with a list or search tool.",
    ),
    409: ("conflict", "has something there already", "Read the present state, then repeat the change."),
    412: ("conflict", "says that it changed meanwhile", "Read it again, then repeat the change."),
    423: (
        "conflict",
        "says that it is locked",
        "Wait until it is closed or checked in, then repeat the call.",
    ),
    429: ("throttled", "is asked too much just now", "Wait, then repeat the call."),
    507: ("forbidden", "has no room left", "Ask the owner or an administrator to make room."),
}


class Graph:
    """Graph as the caller, with the scopes the tool declares.

    Paths are those of the documentation after `/v1.0`, with `{}` for each id. Query options are
    given without their `$`: `filter="isRead eq false"`; all other parameters by their own names.
    Headers are those of one request, such as `Prefer`.

    Raises, in every method:
        ToolError: Graph refused, could not be asked, or answered in an unexpected form.
    """

    def __init__(self, http: Http, access: DelegatedAccess, *, endpoint: str, cursors: Cursors) -> None:
        self._bare = http
        self._access = access
        self._endpoint = endpoint
        self._http = AuthorizedHttp(
            http, access, service=SERVICE, refused=lambda answer: answer.status == 401
        )
        self._base = f"{endpoint}/{VERSION}"
        self._cursors = cursors

    @property
    def cursors(self) -> Cursors:
        """What makes and reads the caller's cursors, for lists of a form of their own."""
        return self._cursors

    def limited_to(self, *scopes: str) -> Graph:
        """The same with only some of the declared scopes, for a tool that needs few of them at a time."""
        return Graph(
            self._bare, self._access.limited_to(scopes), endpoint=self._endpoint, cursors=self._cursors
        )

    async def get[M: GraphModel](
        self,
        model: type[M],
        path: str,
        *segments: Segment,
        headers: Mapping[str, str] | None = None,
        **query: str,
    ) -> M:
        """The resource at a path such as `/me/messages/{}`; its `$select` is the model's fields."""
        answer = await self._http.send(
            "GET",
            self._at(path, segments),
            params=_options({"select": model.select(), **query}),
            headers=headers,
        )
        document = parse_response(answer)
        (found,) = await parse_all(model, [document], size=len(answer.body), service=SERVICE)
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
        """A page of the collection at a path, at most `limit` items, from the cursor on.

        A page of Graph may be short or empty and yet have a next one: empty ones are passed over.
        """
        where = self._at(path, segments)
        params: Mapping[str, str] | None = _options({"select": model.select(), "top": str(limit), **query})
        asked = f"{where.url}?{params}"
        position = self._cursors.open(asked, cursor) if cursor else {}
        link, skip = str(position.get("link") or ""), int(position.get("skip", 0))
        for _ in range(EMPTY_PAGES):
            if link:
                where, params = Target(self._own(link), where.template), None
            answer = await self._http.send("GET", where, params=params, headers=headers)
            document = parse_response(answer)
            found = document.get("value", [])
            items = (await parse_all(model, found, size=len(answer.body), service=SERVICE))[skip:]
            fits = fitting(items)
            if fits < len(items):
                rest = {"link": link, "skip": skip + fits}
                return Page(
                    items=items[:fits],
                    complete=False,
                    next_cursor=self._cursors.seal(asked, rest),
                    note="The rest would make the result too large.",
                )
            link, skip = str(document.get("@odata.nextLink") or ""), 0
            if items or not link:
                break
        return Page(
            items=items,
            complete=not link,
            next_cursor=self._cursors.seal(asked, {"link": link}) if link else None,
            note="There are more." if link else None,
        )

    async def every[M: GraphModel](
        self,
        model: type[M],
        path: str,
        *segments: Segment,
        most: int,
        headers: Mapping[str, str] | None = None,
        **query: str,
    ) -> tuple[list[M], bool]:
        """The items of a collection, pages joined, and whether that is all: it stops at `most` items."""
        found: list[M] = []
        cursor: str | None = None
        while len(found) < most:
            page = await self.page(
                model, path, *segments, limit=min(most, 100), cursor=cursor, headers=headers, **query
            )
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        return found[:most], cursor is None and len(found) <= most

    def part[M: BaseModel](
        self, items: Sequence[M], of: str, *, limit: int, cursor: str | None = None
    ) -> Page[M]:
        """A page of a list that was read whole, such as one merged from several.

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
        """What a POST answers with: the created resource, or the result of an action that only `reads`."""
        answer = await self._http.send(
            "POST",
            self._at(path, segments),
            params=_options(query),
            headers=headers,
            body=body,
            reads=reads,
        )
        return parse(model, parse_response(answer), service=SERVICE)

    async def act(
        self, path: str, *segments: Segment, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Carry out an action that answers with nothing, such as sending a message."""
        answer = await self._http.send("POST", self._at(path, segments), headers=headers, body=body)
        if answer.status >= 300 or (answer.body and json_object(answer.body) is None):
            parse_response(answer)
            raise unexpected(SERVICE, answer)

    async def patch[M: BaseModel](
        self,
        model: type[M],
        path: str,
        *segments: Segment,
        body: Any,
        version: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> M:
        """Change a resource, only if it still has this version (its ETag), and return it as it is then."""
        answer = await self._http.send(
            "PATCH",
            self._at(path, segments),
            body=body,
            headers={**({"If-Match": version} if version else {}), **(headers or {})},
        )
        return parse(model, parse_response(answer), service=SERVICE)

    async def download(
        self, path: str, *segments: Segment, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """The bytes at a path such as `/drives/{}/items/{}/content`.

        Graph answers with the pre-authenticated address of another host: that one gets no token.
        """
        answer = await self._http.send(
            "GET", self._at(path, segments), headers={"Accept": "*/*", **(headers or {})}
        )
        if answer.status == 302:
            answer = await self._elsewhere("GET", answer.headers.get("location", ""))
        if answer.status != 200:
            parse_response(answer)
            raise unexpected(SERVICE, answer)
        return answer.body

    async def download_address(self, path: str, *segments: Segment) -> str:
        """The pre-authenticated address to which a path such as `/drives/{}/items/{}/content` leads."""
        answer = await self._http.send("GET", self._at(path, segments), headers={"Accept": "*/*"})
        if answer.status != 302 or not answer.headers.get("location"):
            parse_response(answer)
            raise unexpected(SERVICE, answer)
        return _safe(answer.headers["location"])

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
        """Put bytes (at most 4 MB) to a path such as `/drives/{}/items/{}:/{}:/content`."""
        answer = await self._http.send(
            "PUT",
            self._at(path, segments),
            params=_options(query),
            headers={"Content-Type": content_type, **({"If-Match": version} if version else {})},
            content=content,
        )
        return parse(model, parse_response(answer), service=SERVICE)

    async def upload_part(
        self, upload_url: str, content: bytes, *, offset: int, total: int
    ) -> dict[str, Any]:
        """Put a part of a file to an upload session's address, which gets no token."""
        content_range = f"bytes {offset}-{offset + len(content) - 1}/{total}"
        answer = await self._elsewhere("PUT", upload_url, content=content, content_range=content_range)
        if answer.status not in (200, 201, 202):
            parse_response(answer)
            raise unexpected(SERVICE, answer)
        return json_object(answer.body) or {}

    async def _elsewhere(
        self, method: str, url: str, *, content: bytes | None = None, content_range: str | None = None
    ) -> Response:
        headers = {"Content-Range": content_range} if content_range else {}
        return await self._bare.send(
            Request(method, _safe(url), headers=headers, content=content), service=SERVICE
        )

    def _at(self, path: str, segments: Sequence[Segment]) -> Target:
        return target(self._base, path, segments)

    def _own(self, link: str) -> str:
        """A next link, if it leads to Graph itself: the token is for no other host."""
        if not link.startswith(f"{self._base}/") or _CLIMBS.search(link.partition("?")[0]):
            raise ToolError(
                "upstream_error", f"{SERVICE} led to a page on another host.", "Call again without a cursor."
            )
        return link


def _safe(url: str) -> str:
    """An address outside Graph, if it is a plain one on https; user info would hide where it leads.

    Raises:
        ToolError: `upstream_error`: it is not.
    """
    try:
        parts = urlsplit(url)
        is_plain = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_plain = False
    if not is_plain or "@" in parts.netloc or not url.isprintable() or set(" \\") & set(url):
        raise ToolError(
            "upstream_error", f"{SERVICE} led to an address that is not safe.", "Try again in a moment."
        )
    return url


def parse_response(answer: Response) -> dict[str, Any]:
    """What a Graph response says. Raises ToolError when it is a refusal or a failure."""
    if answer.status >= 400:
        raise _refusal(answer)
    document = json_object(answer.body)
    if answer.status not in (200, 201, 202) or document is None:
        raise unexpected(SERVICE, answer)
    return document


def _refusal(answer: Response) -> ToolError:
    stated = (json_object(answer.body) or {}).get("error")
    error = stated if isinstance(stated, dict) else {}
    return refusal(
        _REFUSALS,
        answer,
        service=SERVICE,
        status=answer.status,
        said=error.get("message"),
        details={"graph_error": error.get("code"), "request_id": answer.headers.get("request-id")},
    )


def _options(query: Mapping[str, str]) -> dict[str, str]:
    return {f"${name}" if name in _ODATA else name: value for name, value in query.items() if value}
