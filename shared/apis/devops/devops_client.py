"""Azure DevOps Services: how to ask it, and how to read its answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlencode

from pydantic import BaseModel

from shared.apis.devops.devops_links import DevOpsLink, parse_link
from shared.apis.requests import (
    AuthorizedHttp,
    Refusal,
    Segment,
    fill,
    json_object,
    parse,
    refusal,
    target,
    unexpected,
)
from shared.concurrency import Work, run_all
from shared.errors import ToolError
from shared.http.messages import Response
from shared.results.paging import Cursors, Page, fitting

if TYPE_CHECKING:
    from shared.entra.delegated_access import DelegatedAccess
    from shared.http.http_client import Http

SERVICE = "Azure DevOps"
API_VERSION = "7.1"

type Host = Literal["organizations", "profile", "search"]

_REFUSALS: Mapping[int, Refusal] = {
    400: ("invalid_argument", "does not take this request", "Change the arguments as it says."),
    401: (
        "sign_in_required",
        "does not take your sign-in",
        "Sign in again. If that does not help, your account is no member of the organization, or the "
        "organization belongs to another tenant: ask its administrator.",
    ),
    403: ("forbidden", "does not let you do this", "Ask an administrator of the project for the permission."),
    404: (
        "not_found",
        "has no such item, or not for you",
        "Look the id up again with a list or search tool.",
    ),
    409: ("conflict", "has something there already", "Read the present state, then repeat the change."),
    412: ("conflict", "says that it changed meanwhile", "Read it again, then repeat the change."),
    429: ("throttled", "is asked too much just now", "Wait, then repeat the call."),
}
# Why a search may be incomplete (Search REST reference, infoCode).
_INDEXING = "The service is still indexing: what is new may be missing."
_SEARCH_NOTES: Mapping[int, str] = {
    **dict.fromkeys((1, 2, 6, 7, 9), _INDEXING),
    3: "The service does not understand the search.",
    4: "A word of a search cannot begin with * or ?: nothing was searched.",
    8: "The service gave fewer than asked for.",
    11: "Some work items were left out, as you may not read them.",
}
# The service answers some conflicts with 500 (Wiki pages REST reference).
_CONFLICT_KEYS = frozenset({"WikiPageAlreadyExistsException"})


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Base URLs of the hosts of Azure DevOps."""

    organizations: str
    profile: str
    search: str


class DevOps:
    """Azure DevOps as the caller, with the scopes the tool declares.

    Paths are those of the documentation, with `{}` for the organization, the project and each id:
    `/{}/{}/_apis/build/builds/{}`. Query parameters are given by their own names, with `api_version`
    in place of the usual one for previews.

    Raises, in every method:
        ToolError: Azure DevOps refused, could not be asked, or answered in an unexpected form.
    """

    def __init__(
        self, http: Http, access: DelegatedAccess, *, endpoints: Endpoints, cursors: Cursors
    ) -> None:
        self._http = AuthorizedHttp(http, access, service=SERVICE, refused=not_signed_in)
        self._endpoints = endpoints
        self._cursors = cursors

    @property
    def cursors(self) -> Cursors:
        """Of the caller, for lists that come in another form than `page` takes."""
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
        """The resource at a path."""
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
        """The resource at a path, and its version (the ETag, unquoted) where the service tells it."""
        answer = await self._send("GET", path, segments, host=host, api_version=api_version, query=query)
        return parse(model, parse_response(answer), service=SERVICE), _version(answer)

    async def find[M: BaseModel](
        self, model: type[M], path: str, /, *segments: Segment, **query: str
    ) -> M | None:
        """The resource at a path, or None where the service says that there is none yet."""
        answer = await self._send("GET", path, segments, query=query)
        if answer.status == 204 or (answer.status == 200 and answer.body.strip() == b"null"):
            return None
        return parse(model, parse_response(answer), service=SERVICE)

    async def text(self, path: str, *segments: Segment, **query: str) -> str:
        """The plain text at a path, such as a log."""
        answer = await self._send("GET", path, segments, query=query, accept="text/plain")
        if not_signed_in(answer) or answer.status != 200:
            parse_response(answer)
            raise unexpected(SERVICE, answer)
        return answer.body.decode("utf-8", "replace")

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
        api_version: str = API_VERSION,
        completed: Callable[[M], Work[M]] | None = None,
        **query: str,
    ) -> Page[M]:
        """A page of a collection, at most `limit` items, from the cursor on.

        Args:
            model: Of an item.
            path: Of the collection.
            segments: What fills the path.
            limit: How many items to ask for.
            cursor: Of the page before, from the same call.
            by: How the collection is continued: by a token in a header, by skipping items, or not at
                all, as the service gives it whole.
            key: Where in the answer the items are.
            api_version: The version asked for.
            completed: An item with what the collection does not tell of it.
            query: More parameters.
        """
        asked = f"{path} {segments} {query} {by}"
        position = self._cursors.open(asked, cursor) if cursor else {}
        token, skip = position.get("token"), int(position.get("skip", 0))
        parameters = query if by == "whole" else {**query, "$top": str(limit)}
        if by == "skip" and skip:
            parameters["$skip"] = str(skip)
        if token:
            parameters["continuationToken"] = str(token)
        answer = await self._send("GET", path, segments, api_version=api_version, query=parameters)
        document = parse_response(answer)
        found = [parse(model, each, service=SERVICE) for each in document.get(key, [])]
        items = found if by == "skip" else found[skip:]
        if completed is not None:
            items = await run_all(map(completed, items))
        fits = fitting(items[:limit])
        onward = answer.headers.get("x-ms-continuationtoken") or document.get("continuationToken")
        rest: dict[str, Any] | None = {"token": onward} if onward else None
        note = "There are more."
        if fits < min(len(items), limit):
            rest, note = {"token": token, "skip": skip + fits}, "The rest would make the result too large."
        elif fits < len(items):
            rest = {"token": token, "skip": skip + fits}
        elif by == "skip":
            # Such a collection does not say whether there is more: a full page suggests it.
            rest, note = ({"skip": skip + fits} if fits >= limit else None), "There may be more."
        return Page(
            items=items[:fits],
            complete=rest is None,
            next_cursor=self._cursors.seal(asked, rest) if rest else None,
            note=note if rest else None,
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
        """What a POST answers with: the created resource, or the result of a query that only `reads`."""
        answer = await self._send(
            "POST", path, segments, host=host, api_version=api_version, query=query, body=body, reads=reads
        )
        return parse(model, parse_response(answer), service=SERVICE)

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
        """A page of what a search finds, best first, from the cursor on."""
        asked = f"{path} {segments} {json.dumps(body)}"
        skip = int(self._cursors.open(asked, cursor)["skip"]) if cursor else 0
        answer = await self._send(
            "POST",
            path,
            segments,
            host="search",
            query={},
            body={**body, "$skip": skip, "$top": limit},
            reads=True,
        )
        document = parse_response(answer)
        found = [parse(model, each, service=SERVICE) for each in document.get("results", [])]
        following = skip + (fits := fitting(found))
        has_more = bool(found) and following < int(document.get("count", 0))
        note = "The rest would make the result too large." if fits < len(found) else "There are more."
        return Page(
            items=found[:fits],
            complete=not has_more,
            next_cursor=self._cursors.seal(asked, {"skip": following}) if has_more else None,
            note=_SEARCH_NOTES.get(document.get("infoCode", 0), note if has_more else None),
        )

    def link(self, address: str) -> DevOpsLink | None:
        """What an address in a browser names; None when it is none of Azure DevOps."""
        return parse_link(address, self._endpoints.organizations)

    def web_url(self, path: str, /, *segments: Segment, **query: str) -> str:
        """The address in a browser of what a path names, for resources that do not tell theirs."""
        address = self._endpoints.organizations + fill(path, segments)
        return f"{address}?{urlencode(query, quote_via=quote)}" if query else address

    async def put_versioned[M: BaseModel](
        self, model: type[M], path: str, /, *segments: Segment, body: Any, version: str | None, **query: str
    ) -> tuple[M, str | None]:
        """Create a resource (no version) or replace it if it still has this version; with its new one."""
        answer = await self._send("PUT", path, segments, query=query, body=body, version=version)
        return parse(model, parse_response(answer), service=SERVICE), _version(answer)

    async def patch_document[M: BaseModel](
        self,
        model: type[M],
        method: Literal["POST", "PATCH"],
        path: str,
        *segments: Segment,
        operations: Sequence[Mapping[str, Any]],
        **query: str,
    ) -> M:
        """Create or change a work item by JSON Patch (RFC 6902), the only form the service takes."""
        answer = await self._send(
            method,
            path,
            segments,
            query=query,
            content=json.dumps(operations).encode(),
            content_type="application/json-patch+json",
        )
        return parse(model, parse_response(answer), service=SERVICE)

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
            # Asks for a 401 in place of the sign-in page.
            "X-TFS-FedAuthRedirect": "Suppress",
            **({"Content-Type": content_type} if content_type else {}),
            **({"If-Match": f'"{version}"'} if version else {}),
        }
        return await self._http.send(
            method,
            target(getattr(self._endpoints, host), path, segments),
            params={"api-version": api_version, **{name: value for name, value in query.items() if value}},
            headers=headers,
            body=body,
            content=content,
            reads=reads,
        )


def not_signed_in(answer: Response) -> bool:
    """Whether the answer is one of the ways in which Azure DevOps asks for a sign-in.

    A token it does not take can lead to 401, to 203 with the sign-in page, or to a redirect to it.
    """
    return answer.status in (203, 302, 401) or (answer.status == 200 and _is_html(answer))


def parse_response(answer: Response) -> dict[str, Any]:
    """What an Azure DevOps response says. Raises ToolError when it is a refusal or a failure."""
    if not_signed_in(answer):
        raise _refusal(answer, 401)
    document = json_object(answer.body)
    if answer.status >= 400:
        conflict = document is not None and document.get("typeKey") in _CONFLICT_KEYS
        raise _refusal(answer, 409 if conflict else answer.status)
    if answer.status not in (200, 201) or document is None:
        raise unexpected(SERVICE, answer)
    return document


def _refusal(answer: Response, status: int) -> ToolError:
    error = json_object(answer.body) or {}
    wrapped = error.get("value")
    findings = _findings(error.get("customProperties"))
    return refusal(
        _REFUSALS,
        answer,
        service=SERVICE,
        status=status,
        said=error.get("message") or (wrapped.get("Message") if isinstance(wrapped, dict) else None),
        details={
            "devops_error": error.get("typeKey"),
            "findings": findings,
            "request_id": answer.headers.get("x-vss-e2eid"),
        },
    )


def _findings(properties: object) -> str:
    """What a refused build was refused for: the messages of its validation results."""
    results = properties.get("ValidationResults") if isinstance(properties, dict) else None
    listed = results if isinstance(results, list) else []
    return " ".join(str(each["message"]) for each in listed if isinstance(each, dict) and "message" in each)


def _version(answer: Response) -> str | None:
    """The ETag without its quotes (RFC 9110, 8.8.3)."""
    return answer.headers.get("etag", "").removeprefix("W/").strip('"') or None


def _is_html(answer: Response) -> bool:
    return answer.headers.get("content-type", "").casefold().startswith("text/html")
