"""Sends requests to Azure DevOps Services as the caller, and parses single responses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel

from shared.apis.devops.devops_responses import (
    SERVICE,
    is_failure,
    is_json_error,
    not_signed_in,
    parse_anything,
    parse_response,
    raise_failure,
    version_of,
)
from shared.apis.devops.kept_resources import KeptResources
from shared.apis.devops.request_pacing import RequestPacing
from shared.apis.requests import AuthorizedHttp, Segment, build_target, parse
from shared.http.messages import Response

if TYPE_CHECKING:
    from shared.entra.delegated_access import DelegatedAccess
    from shared.http.http_client import Http
    from shared.results.paging import Cursors

API_VERSION = "7.1"
_OF_PREVIEW = b"VssInvalidPreviewVersionException"

type Host = Literal["organizations", "profile", "search", "identities", "releases", "security"]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Holds the base URLs of the hosts of Azure DevOps."""

    organizations: str
    profile: str
    search: str
    identities: str
    releases: str
    security: str
    further: Mapping[str, str] = field(default_factory=dict)

    def of(self, host: str) -> str:
        """Returns the base URL of a host by its role, or else by its name."""
        if host in _ROLES:
            return str(getattr(self, host))
        if role := _NAMES.get(host):
            return str(getattr(self, role))
        return self.further.get(host, f"https://{host}")


_ROLES = ("organizations", "profile", "search", "identities", "releases", "security")
_NAMES: Mapping[str, str] = {
    "dev.azure.com": "organizations",
    "app.vssps.visualstudio.com": "profile",
    "almsearch.dev.azure.com": "search",
    "vssps.dev.azure.com": "identities",
    "vsrm.dev.azure.com": "releases",
    "advsec.dev.azure.com": "security",
}


class DevOpsRequests:
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
        kept: KeptResources,
        caller: str,
    ) -> None:
        self._bare = http
        self._access = access
        self._http = _authorized(http, access)
        self._endpoints = endpoints
        self._cursors = cursors
        self._pacing = pacing
        self._kept = kept
        self._caller = caller

    def with_scopes(self, *scopes: str) -> Self:
        """Returns a client with only some of the declared scopes, for what only some arguments need."""
        limited = copy(self)
        limited._access = self._access.limited_to(scopes)
        limited._http = _authorized(self._bare, limited._access)
        return limited

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

    async def get_kept[M: BaseModel](self, model: type[M], path: str, /, *, host: Host) -> M:
        """Returns a resource about the caller that seldom changes: as read now, or within `KEPT_SECONDS`.

        Entra's consent is checked all the same.
        """
        await self._access.token()
        url = self._endpoints.of(host) + path
        kept = self._kept.get(model, self._caller, url)
        if kept is None:
            kept = await self.get(model, path, host=host)
            self._kept.put(kept, self._caller, url)
        return kept

    def forget(self, path: str, /, *, host: Host) -> None:
        """Keeps a resource about the caller no longer: it led to a failure."""
        self._kept.discard(self._caller, self._endpoints.of(host) + path)

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

    async def read(
        self, path: str, /, *segments: Segment, host: str, query: Mapping[str, str]
    ) -> tuple[Any, str | None]:
        """Returns what is at a path of a host by its name, whatever it is, and the token of what follows."""
        response = await self._send("GET", path, segments, host=host, query=query)
        if response.status == 400 and _OF_PREVIEW in response.body:
            # It is not published which reads are previews; the newest of each is meant without a number.
            response = await self._send(
                "GET", path, segments, host=host, query=query, api_version=f"{API_VERSION}-preview"
            )
        document = parse_anything(response)
        stated = document.get("continuationToken") if isinstance(document, dict) else None
        onward = response.headers.get("x-ms-continuationtoken") or stated
        return document, str(onward) if onward else None

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
            raise_failure(response)
        return response.body.decode("utf-8", "replace")

    async def content(self, path: str, *segments: Segment, **query: str) -> bytes:
        """Returns the bytes at a path, such as a file's; an error comes as JSON, at times with status 200."""
        response = await self._send("GET", path, segments, query=query, accept="application/octet-stream")
        if not_signed_in(response) or response.status != 200 or is_json_error(response):
            raise_failure(response)
        return response.body

    async def upload[M: BaseModel](
        self, model: type[M], path: str, *segments: Segment, content: bytes, **query: str
    ) -> M:
        """Uploads bytes in one piece, and returns what the service made of them."""
        response = await self._send(
            "POST", path, segments, query=query, content=content, content_type="application/octet-stream"
        )
        return parse(model, parse_response(response), service=SERVICE)

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

    async def patch[M: BaseModel](
        self,
        model: type[M],
        path: str,
        /,
        *segments: Segment,
        body: Any,
        api_version: str = API_VERSION,
        **query: str,
    ) -> M:
        """Changes a resource by the properties given, and returns it."""
        response = await self._send("PATCH", path, segments, api_version=api_version, query=query, body=body)
        return parse(model, parse_response(response), service=SERVICE)

    async def command(
        self,
        method: Literal["POST", "PATCH", "DELETE"],
        path: str,
        /,
        *segments: Segment,
        body: Any = None,
        api_version: str = API_VERSION,
        **query: str,
    ) -> None:
        """Sends a change of which the service tells nothing but that it was made."""
        response = await self._send(method, path, segments, api_version=api_version, query=query, body=body)
        if not_signed_in(response) or response.status not in (200, 201, 202, 204):
            raise_failure(response)

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
        host: str = "organizations",
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
            build_target(self._endpoints.of(host), path, segments),
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


def _authorized(http: Http, access: DelegatedAccess) -> AuthorizedHttp:
    return AuthorizedHttp(http, access, service=SERVICE, refused=not_signed_in, is_failure=is_failure)
