"""Sends requests for single resources of Microsoft Graph as the caller, and parses its responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import copy
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel

from shared.apis.addresses import PreauthenticatedHttp, TrustedHosts
from shared.apis.graph.graph_responses import (
    SERVICE,
    is_token_rejected,
    parse_anything,
    parse_response,
    raise_failure,
)
from shared.apis.models import GraphModel
from shared.apis.requests import (
    AuthorizedHttp,
    Segment,
    Target,
    build_target,
    json_object,
    parse,
    parse_all,
)
from shared.errors import ToolError
from shared.results.paging import Cursors
from shared.results.write_failures import after
from shared.settings import FILE_HOSTS

if TYPE_CHECKING:
    from shared.entra.delegated_access import DelegatedAccess
    from shared.http.http_client import Http
    from shared.http.messages import Response

VERSION = "v1.0"
_ODATA = {
    **{
        name: f"${name}"
        for name in ("select", "filter", "orderby", "top", "skip", "expand", "count", "format")
    },
    "odata_search": "$search",
}
"""Keywords of OData's system query options, and their names. `search` is Graph's own parameter for sites."""


class GraphRequests:
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
        self._mailbox: str | None = None
        hosts = TrustedHosts(file_hosts, endpoint)
        self._preauthenticated = PreauthenticatedHttp(http, hosts, service=SERVICE)
        self._http = AuthorizedHttp(http, access, service=SERVICE, refused=is_token_rejected)
        self._base = f"{endpoint}/{VERSION}"
        self._cursors = cursors

    @property
    def cursors(self) -> Cursors:
        """Returns the caller's cursors, for lists of a form of their own."""
        return self._cursors

    def with_scopes(self, *scopes: str) -> Self:
        """Returns a client with only some of the declared scopes, for a tool that needs few at a time."""
        limited = copy(self)
        limited._access = self._access.limited_to(scopes)
        limited._http = AuthorizedHttp(
            self._bare, limited._access, service=SERVICE, refused=is_token_rejected
        )
        return limited

    def in_mailbox(self, address: str) -> Self:
        """Returns a client for which `/me` at the beginning of a path is the mailbox of this address."""
        there = copy(self)
        there._mailbox = address
        return there

    def address(self, path: str, *segments: Segment) -> str:
        """Returns the address of a resource, as properties take it that refer to one (`@odata.bind`)."""
        return self._target(path, segments).url

    def declares(self, scope: str) -> bool:
        """Tells whether the tool declares a scope."""
        return self._access.declares(scope)

    async def ensure_access(self) -> None:
        """Gets the token that requests need: who lacks consent learns it before anything else is done."""
        await self._access.token()

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
            params=options({"select": model.select(), **query}),
            headers=headers,
        )
        document = parse_response(response)
        (found,) = await parse_all(model, [document], size=len(response.body), service=SERVICE)
        return found

    async def read(
        self, path: str, *segments: Segment, headers: Mapping[str, str] | None = None, **query: str
    ) -> Any:
        """Returns what is at a path, whatever it is: None where Graph says that there is nothing."""
        response = await self._http.send(
            "GET", self._target(path, segments), params=options(query), headers=headers
        )
        return parse_anything(response)

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
            params=options(query),
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
            raise_failure(response)

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
        response = await self._change("PATCH", path, segments, body, version, headers)
        return parse(model, parse_response(response), service=SERVICE)

    async def update[M: GraphModel](
        self,
        model: type[M],
        path: str,
        *segments: Segment,
        body: Any,
        version: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> M:
        """Changes a resource as `patch` does, and reads it again where the response does not tell it.

        To return it is a preference, which services may disregard, and some return only a part.
        """
        response = await self._change("PATCH", path, segments, body, version, headers)
        if response.status != 204:
            document = parse_response(response)
            with suppress(ToolError):
                return parse(model, document, service=SERVICE)
        with after("The change was made."):
            return await self.get(model, path, *segments)

    async def _change(
        self,
        method: Literal["PATCH", "DELETE"],
        path: str,
        segments: Sequence[Segment],
        body: Any,
        version: str | None,
        headers: Mapping[str, str] | None,
    ) -> Response:
        return await self._http.send(
            method,
            self._target(path, segments),
            body=body,
            headers={**({"If-Match": version} if version else {}), **(headers or {})},
        )

    async def post_content[M: BaseModel](
        self, model: type[M], path: str, *segments: Segment, content: bytes, content_type: str
    ) -> M:
        """Sends a POST whose body is no JSON, such as a page in HTML, and returns the created resource."""
        response = await self._http.send(
            "POST", self._target(path, segments), headers={"Content-Type": content_type}, content=content
        )
        return parse(model, parse_response(response), service=SERVICE)

    async def send_commands(self, path: str, *segments: Segment, body: Any) -> None:
        """Changes a resource by commands, of which nothing is returned."""
        response = await self._http.send("PATCH", self._target(path, segments), body=body)
        if response.status not in (200, 202, 204):
            raise_failure(response)

    async def delete(
        self,
        path: str,
        *segments: Segment,
        version: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Deletes a resource if it still has this version (its ETag)."""
        response = await self._change("DELETE", path, segments, None, version, headers)
        is_page = response.body and json_object(response.body) is None
        if response.status not in (200, 202, 204) or is_page:
            raise_failure(response)

    def _target(self, path: str, segments: Sequence[Segment]) -> Target:
        if self._mailbox and path.startswith("/me/"):
            path, segments = f"/users/{{}}{path.removeprefix('/me')}", (self._mailbox, *segments)
        return build_target(self._base, path, segments)


def options(query: Mapping[str, str]) -> dict[str, str]:
    """Returns the query parameters that keywords stand for; those without a value are left out."""
    return {_ODATA.get(name, name): value for name, value in query.items() if value}
