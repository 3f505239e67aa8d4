"""Declares operations of this Graph: a method, a path, the permissions it needs, and a handler."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.bearer import AccessToken
from local.graph.denials import Denial
from local.graph.errors import GraphError, bad_request
from local.graph.odata import EntityType, Query, Resource, selected
from local.graph.paging import page
from local.graph.scopes import granted
from local.graph.store import Tenant
from local.organisation import User

_PLACE = re.compile(r"\\\{(\w+)(\\\*)?\\\}")


@dataclass
class Call:
    """Holds a request of an authenticated user, with what its operation needs to answer it."""

    request: Request
    token: AccessToken
    user: User
    tenant: Tenant
    base_url: str
    query: Query
    arguments: dict[str, str]
    denial: Denial

    @property
    def url(self) -> str:
        """Returns the address of the request without its query string, as a client has to send it."""
        raw_path: bytes = self.request.scope["raw_path"]
        return self.base_url + raw_path.decode("ascii")

    def context(self, of: str) -> str:
        """Returns an `@odata.context` for a thing described by this fragment."""
        return f"{self.base_url}/v1.0/$metadata#{of}"

    def mine(self, of: str) -> str:
        """Returns an `@odata.context` for a thing of the signed-in user."""
        return self.context(f"users('{self.user.object_id}')/{of}")

    def header(self, name: str) -> str | None:
        """Returns a request header."""
        return self.request.headers.get(name)

    def preference(self, name: str) -> str | None:
        """Returns the value of one preference of the `Prefer` headers; empty if it has none."""
        for header in self.request.headers.getlist("prefer"):
            for part in header.split(","):
                key, _, value = part.strip().partition("=")
                if key.strip().casefold() == name.casefold():
                    return value.strip().strip('"')
        return None

    def require(self, *permissions: str) -> None:
        """Refuses unless the token has every one of these permissions.

        Raises:
            GraphError: One is missing.
        """
        if not all(self.may(permission) for permission in permissions):
            raise self.denial.error()

    def may(self, permission: str) -> bool:
        """Tells whether the token has this permission or one that includes it."""
        return granted(permission, self.token.scopes)

    async def document(self) -> dict[str, Any]:
        """Returns the JSON object of the body.

        Raises:
            GraphError: There is none.
        """
        if "json" not in (self.header("content-type") or ""):
            raise GraphError(
                415,
                "RequestBodyRead",
                "A missing or unsupported content type was specified; application/json is expected.",
            )
        try:
            document = json.loads(await self.request.body())
        except ValueError as error:
            raise bad_request("Unable to read JSON request payload.") from error
        if not isinstance(document, dict):
            raise bad_request("Unable to read JSON request payload: an object is expected.")
        return document

    async def parameters(self) -> dict[str, Any]:
        """Returns the parameters of an action; a body that is missing altogether has none."""
        return await self.document() if await self.request.body() else {}

    def expect(self, etag: str, error: GraphError) -> None:
        """Refuses when `If-Match` names another version than this one.

        Raises:
            GraphError: The given error, because the versions differ.
        """
        wanted = self.header("if-match")
        if wanted is not None and wanted.strip() not in (etag, "*"):
            raise error

    def one(self, resource: Resource, context: str, entity: EntityType, status: int = 200) -> Response:
        """Returns an answer that is a single resource, with the properties asked for."""
        chosen = selected(resource, self.query.shown, entity)
        return JSONResponse({"@odata.context": context} | chosen, status)

    def many(
        self,
        resources: list[Resource],
        context: str,
        entity: EntityType,
        shape: Callable[[Resource], Resource] = dict,
    ) -> Response:
        """Returns an answer that is one page of a collection; `shape` is applied to what is on the page."""
        shown, next_link = page(resources, self.query, self.url, entity)
        body: dict[str, Any] = {"@odata.context": context}
        if self.query.counts:
            body["@odata.count"] = len(resources)
        if next_link:
            body["@odata.nextLink"] = next_link
        body["value"] = [selected(shape(each), self.query.shown, entity) for each in shown]
        return JSONResponse(body)


type Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True)
class Operation:
    """Declares one row of the API: which requests it answers, with which permissions, and how."""

    method: str
    path: str
    permissions: tuple[str, ...]
    denial: Denial
    handler: Handler
    pattern: re.Pattern[str]

    def arguments(self, raw_path: str) -> dict[str, str] | None:
        """Returns the decoded values of the path's placeholders, or None if it is not this operation's path.

        An encoded slash stays inside its segment.
        """
        match = self.pattern.fullmatch(raw_path)
        if match is None:
            return None
        return {name: unquote(value) for name, value in match.groupdict().items() if value is not None}


def path_pattern(template: str) -> re.Pattern[str]:
    """Returns the expression for a template: `{name}` is one segment, `{name*}` any number of them.

    Colons end a path inside a path, so neither kind of placeholder holds a bare one after it began.
    """

    def place(match: re.Match[str]) -> str:
        return f"(?P<{match[1]}>[^:?#]+)" if match[2] else f"(?P<{match[1]}>[^/]+?)"

    return re.compile(_PLACE.sub(place, re.escape(template)), re.IGNORECASE)


@dataclass
class Area:
    """Collects the operations of one workload; the modules of this package each declare theirs in one."""

    denial: Denial
    operations: list[Operation] = field(default_factory=list)

    def operation(
        self, method: str, *templates: str, permissions: tuple[str, ...]
    ) -> Callable[[Handler], Handler]:
        """Declares that a function answers these paths; returns it unchanged."""

        def declare(handler: Handler) -> Handler:
            self.operations += [
                Operation(method, each, permissions, self.denial, handler, path_pattern(each))
                for each in templates
            ]
            return handler

        return declare
