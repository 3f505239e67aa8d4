"""What asking Graph and asking Azure DevOps have in common."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from pydantic import BaseModel, ValidationError

from shared.errors import Code, ToolError
from shared.http.messages import Request, Response, retry_after

if TYPE_CHECKING:
    from shared.entra.delegated_access import DelegatedAccess
    from shared.http.http_client import Http

type Refusal = tuple[Code, str, str]
"""The code of a refusal, what the service does (a predicate without subject), and the remedy."""

LONG_BYTES = 32 * 1024
_QUOTED_LIMIT = 300
_NOT_AVAILABLE: Refusal = ("unavailable", "is not available", "Try again in a moment.")
_UNKNOWN: Refusal = (
    "upstream_error",
    "refused in an unknown way",
    "Report it to the people who run this server.",
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: the address, and its path with `{}` for each id, as traces may show it."""

    url: str
    template: str


class AuthorizedHttp:
    """Sends requests to one API as the caller.

    An answer that says the token is no good gets one more try with a new token: a refused
    request was not carried out, so that is right for writes too.

    Args:
        http: The process's connections.
        access: The caller's tokens for this API.
        service: The API's name, for messages.
        refused: Whether an answer says that the token is no good.
    """

    def __init__(
        self, http: Http, access: DelegatedAccess, *, service: str, refused: Callable[[Response], bool]
    ) -> None:
        self._http = http
        self._access = access
        self._service = service
        self._refused = refused

    async def send(
        self,
        method: str,
        target: Target,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        content: bytes | None = None,
        reads: bool = False,
    ) -> Response:
        """The API's answer, whatever its status.

        Args:
            method: The HTTP method.
            target: Where to, without a query unless it is a next link of the API.
            params: The query; values are quoted, spaces as %20.
            headers: Besides the usual ones, or in their place.
            body: What to send as JSON.
            content: What to send as it is.
            reads: Whether a POST changes nothing.

        Raises:
            ToolError: There is no token for this caller, or no answer.
        """
        query = f"?{urlencode(params, safe='$,', quote_via=quote)}" if params else ""

        def request(token: str) -> Request:
            own = {
                "Authorization": f"Bearer {token}",
                "Accept": "application/json",
                "client-request-id": str(uuid.uuid4()),
            }
            sent = {**own, **(headers or {})}
            return Request(
                method,
                target.url + query,
                sent,
                json=body,
                content=content,
                reads=reads,
                template=target.template,
            )

        token = await self._access.token()
        answer = await self._http.send(request(token), service=self._service)
        if not self._refused(answer):
            return answer
        token = await self._access.renew(token, claims_challenge(answer.headers))
        return await self._http.send(request(token), service=self._service)


type Segment = str | int | Sequence[str]
"""What fills a `{}` of a path: one segment, or several for a path inside it."""


def target(base: str, path: str, segments: Sequence[Segment]) -> Target:
    """Where a path of an API leads when its segments are filled in.

    Raises:
        ToolError: As `fill` does.
    """
    return Target(base + fill(path, segments), urlsplit(base).path + path)


def fill(path: str, segments: Sequence[Segment]) -> str:
    """The path with each `{}` replaced by a segment, quoted so that it stays one segment.

    A sequence becomes as many segments as it has parts.

    Raises:
        ToolError: `invalid_argument`: a segment is empty or a dot segment (RFC 3986, 3.3).
    """
    return path.format(*map(_quoted, segments))


def _quoted(segment: Segment) -> str:
    parts = [str(segment)] if isinstance(segment, str | int) else segment
    for part in parts:
        if part in ("", ".", ".."):
            raise ToolError(
                "invalid_argument", f"{part!r} is not an id.", "Use an id that another tool returned."
            )
    try:
        return "/".join(quote(part, safe="") for part in parts)
    except UnicodeEncodeError as error:
        raise ToolError(
            "invalid_argument",
            "An id holds characters that no id has.",
            "Use an id that another tool returned.",
        ) from error


def claims_challenge(headers: Mapping[str, str]) -> str | None:
    """The claims, as JSON, that a 401 asks a new token to satisfy.

    The header's form is that of "Claims challenges, claims requests, and client capabilities":
    `error="insufficient_claims"` and `claims` in base64, perhaps unpadded.
    """
    challenge = headers.get("www-authenticate", "")
    parameters = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    if parameters.get("error") != "insufficient_claims":
        return None
    encoded = parameters.get("claims", "").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        claims = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).decode()
        return claims if isinstance(json.loads(claims), dict) else None
    except (binascii.Error, ValueError):
        return None


def parse[M: BaseModel](model: type[M], document: Any, *, service: str) -> M:
    """The document as a model.

    Raises:
        ToolError: `upstream_error`: it does not have the documented shape.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
        raise ToolError(
            "upstream_error",
            f"{service} answered in an unexpected form ({fields}).",
            "Report it to the people who run this server.",
        ) from error


async def parse_all[M: BaseModel](
    model: type[M], documents: Sequence[Any], *, size: int, service: str
) -> list[M]:
    """The documents of an answer of so many bytes as models, those of a long one on a thread.

    Texts become plain ones there: half a megabyte of HTML would hold up everybody else's calls.

    Raises:
        ToolError: As `parse` does.
    """

    def parsed() -> list[M]:
        return [parse(model, each, service=service) for each in documents]

    return parsed() if size < LONG_BYTES else await asyncio.to_thread(parsed)


def refusal(
    refusals: Mapping[int, Refusal],
    answer: Response,
    *,
    service: str,
    status: int,
    said: object,
    details: Mapping[str, object],
) -> ToolError:
    """The failure that an answer of this status means.

    Args:
        refusals: What the service means by which status.
        answer: The service's answer.
        service: Its name.
        status: What to take the answer's status for.
        said: The service's own words, if any.
        details: What an administrator may want to know; empty values are left out.
    """
    code, predicate, remedy = refusals.get(status, _NOT_AVAILABLE if status >= 500 else _UNKNOWN)
    return ToolError(
        code,
        f"{service} {predicate}{f': {quotable(said)}' if said else '.'}",
        remedy,
        retry_after=retry_after(answer.headers),
        details={
            "status": str(answer.status),
            **{name: quotable(value) for name, value in details.items() if value},
        },
    )


def unexpected(service: str, answer: Response) -> ToolError:
    """The failure of an answer that is neither what was asked for nor a refusal."""
    return ToolError(
        "upstream_error",
        f"{service} answered in an unexpected form (status {answer.status}).",
        "Try again in a moment; if it goes on, report it to the people who run this server.",
    )


def json_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object a body holds, or None."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def quotable(text: object) -> str:
    """Upstream text fit for a message: one line, printable, of bounded length."""
    line = " ".join("".join(character if character.isprintable() else " " for character in str(text)).split())
    return line if len(line) <= _QUOTED_LIMIT else f"{line[:_QUOTED_LIMIT]}…"
