"""Sends authorized requests to Graph and Azure DevOps, and turns their responses into models or errors."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from pydantic import BaseModel, ValidationError

from shared.apis.addresses import has_dot_segment
from shared.apis.claims import claims_challenge
from shared.errors import Code, ToolError
from shared.http.messages import Request, Response, is_server_error, retry_after
from shared.http.request_budget import take_request

if TYPE_CHECKING:
    from shared.entra.delegated_access import DelegatedAccess
    from shared.http.http_client import Http

type Refusal = tuple[Code, str, str]
"""The code of a refusal, what the service does (a predicate without subject), and the remedy."""

LONG_BYTES = 32 * 1024
_QUOTED_LIMIT = 300
_SHAPE_ERRORS = (AttributeError, LookupError, TypeError, ArithmeticError, RecursionError)
"""What a validator raises that looks into a value of another type than the documented one."""
_HALVES = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)")
"""What the JSON of a text with NUL or half a surrogate pair holds, among others."""
_NO_CHARACTER = re.compile("[\\0\ud800-\udfff]")
COMMON_REFUSALS: Mapping[int, Refusal] = {
    400: ("invalid_argument", "rejected the request", "Change the arguments as it says."),
    409: ("conflict", "found a conflict with what exists", "Read the present state, then repeat the change."),
    412: ("conflict", "found a newer version", "Read it again, then repeat the change."),
    429: ("throttled", "is throttling your requests", "Wait, then repeat the call."),
}
"""What both services mean by these statuses."""
_NOT_AVAILABLE: Refusal = ("unavailable", "is not available", "Try again in a moment.")
_UNKNOWN: Refusal = (
    "upstream_error",
    "refused the request for an unknown reason",
    "Report it to the people who run this server.",
)


@dataclass(frozen=True, slots=True)
class Target:
    """Holds where a request goes: the address, and its path with `{}` for each id, as traces may show it."""

    url: str
    template: str


class AuthorizedHttp:
    """Sends requests to one API as the caller.

    A response that rejects the token gets one more try with a new token: a rejected request was not
    carried out, so that is right for writes too.

    Args:
        http: The process's connection pool.
        access: The caller's tokens for this API.
        service: The API's name, for messages.
        refused: Tells whether a response rejects the token.
        is_failure: Tells whether a response counts as a failure of the API's host.
    """

    def __init__(
        self,
        http: Http,
        access: DelegatedAccess,
        *,
        service: str,
        refused: Callable[[Response], bool],
        is_failure: Callable[[Response], bool] = is_server_error,
    ) -> None:
        self._http = http
        self._access = access
        self._service = service
        self._refused = refused
        self._is_failure = is_failure

    async def send(
        self,
        method: str,
        target: Target,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        first_headers: Mapping[str, str] | None = None,
        body: Any = None,
        content: bytes | None = None,
        reads: bool = False,
    ) -> Response:
        """Sends a request and returns the response, whatever its status.

        Args:
            method: The HTTP method.
            target: Where to, without a query unless it is a next link of the API.
            params: The query; values are quoted, spaces as %20.
            headers: Besides the usual ones, or in their place.
            first_headers: Besides these, but not on the second try with a new token.
            body: What to send as JSON.
            content: What to send as it is.
            reads: Whether a POST changes nothing.

        Raises:
            ToolError: There is no token for this caller, no response, or too many requests in this call.
        """
        query = f"?{urlencode(params, safe='$,', quote_via=quote)}" if params else ""

        def request(token: str, more: Mapping[str, str] | None = None) -> Request:
            own = {
                "Authorization": f"Bearer {token}",
                "Accept": "application/json",
                "client-request-id": str(uuid.uuid4()),
            }
            sent = {**own, **(headers or {}), **(more or {})}
            return Request(
                method,
                target.url + query,
                sent,
                json=body,
                content=content,
                reads=reads,
                template=target.template,
            )

        take_request(self._service)
        send = partial(self._http.send, service=self._service, is_failure=self._is_failure)
        token = await self._access.token()
        response = await send(request(token, first_headers))
        if not self._refused(response):
            return response
        token = await self._access.renew(token, claims_challenge(response.headers))
        return await send(request(token))


type Segment = str | int | Sequence[str]
"""What expands a `{}` of a path: one segment, or several for a path inside it."""


def build_target(base: str, path: str, segments: Sequence[Segment]) -> Target:
    """Builds the target of a request from a path and its segments.

    Raises:
        ToolError: As `expand_path` does.
    """
    return Target(base + expand_path(path, segments), urlsplit(base).path + path)


def expand_path(path: str, segments: Sequence[Segment]) -> str:
    """Expands each `{}` of a path with a segment, percent-encoded so that it stays one segment.

    A sequence becomes as many segments as it has parts.

    Raises:
        ToolError: `invalid_argument`: a segment is empty, or is or holds a dot segment (RFC 3986, 3.3).
    """
    expanded = path.format(*map(_quoted, segments))
    # A service that decodes before it splits would climb by a segment such as `a/../b`.
    if "." in expanded and has_dot_segment(unquote(expanded)):
        raise _no_id(next((part for part in _parts(segments) if set("/\\") & set(part)), expanded))
    return expanded


def _parts(segments: Sequence[Segment]) -> Iterator[str]:
    for segment in segments:
        yield from [str(segment)] if isinstance(segment, str | int) else segment


def _no_id(part: str) -> ToolError:
    return ToolError("invalid_argument", f"{part!r} is not an id.", "Use an id that another tool returned.")


def _quoted(segment: Segment) -> str:
    parts = list(_parts([segment]))
    for part in parts:
        if part in ("", ".", ".."):
            raise _no_id(part)
    try:
        return "/".join(quote(part, safe="") for part in parts)
    except UnicodeEncodeError as error:
        raise ToolError(
            "invalid_argument",
            "An id holds characters that no id has.",
            "Use an id that another tool returned.",
        ) from error


def parse[M: BaseModel](model: type[M], document: Any, *, service: str) -> M:
    """Parses a document into a model.

    Raises:
        ToolError: `upstream_error`: it does not have the documented shape.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise unexpected_form(service, fields_of(error)) from error
    except _SHAPE_ERRORS as error:
        raise unexpected_form(service, _culprit(model, document)) from error


def _culprit(model: type[BaseModel], document: Any) -> str:
    """Returns the field whose value a validator could not even look into: the one without which it can."""
    names = list(document) if isinstance(document, Mapping) else []
    for name in names:
        try:
            model.model_validate({other: value for other, value in document.items() if other != name})
        except ValidationError:
            return str(name)
        except _SHAPE_ERRORS:
            continue
        return str(name)
    return model.__name__


def fields_of(error: ValidationError) -> str:
    """Names the fields of a validation error; never their values."""
    return ", ".join(".".join(map(str, each["loc"])) for each in error.errors(include_input=False))


def unexpected_form(service: str, fields: str) -> ToolError:
    """Returns the failure of a response in which these fields are missing or have another type."""
    return ToolError(
        "upstream_error",
        f"{service} sent a response of an unexpected form ({quotable(fields)}).",
        "Report it to the people who run this server.",
        reason="unexpected_form",
    )


async def parse_all[M: BaseModel](
    model: type[M], documents: Sequence[Any], *, size: int, service: str
) -> list[M]:
    """Parses the documents of a response of so many bytes into models, those of a long one on a thread.

    Texts become plain ones there: half a megabyte of HTML would hold up everybody else's calls.

    Raises:
        ToolError: As `parse` does.
    """
    if not isinstance(documents, list):
        raise unexpected_form(service, "value")

    def parsed() -> list[M]:
        return [parse(model, each, service=service) for each in documents]

    return parsed() if size < LONG_BYTES else await asyncio.to_thread(parsed)


def refusal(
    refusals: Mapping[int, Refusal],
    response: Response,
    *,
    service: str,
    status: int,
    said: object,
    details: Mapping[str, object],
) -> ToolError:
    """Returns the error that a response of this status means.

    Args:
        refusals: What each status of the service means.
        response: The service's response.
        service: Its name.
        status: What to take the response's status for.
        said: The service's own words, if any.
        details: What an administrator may want to know; empty values are left out.
    """
    code, predicate, remedy = refusals.get(status, _NOT_AVAILABLE if status >= 500 else _UNKNOWN)
    return ToolError(
        code,
        f"{service} {predicate}{f': {quotable(said)}' if said else '.'}",
        remedy,
        retry_after=retry_after(response.headers),
        details={
            "status": str(response.status),
            **{name: quotable(value) for name, value in details.items() if value},
        },
    )


def unexpected(service: str, response: Response) -> ToolError:
    """Returns the error of a response that is neither what was requested nor a refusal."""
    return ToolError(
        "upstream_error",
        f"{service} sent a response of an unexpected form (status {response.status}).",
        "Try again in a moment; if it goes on, report it to the people who run this server.",
    )


def json_object(body: bytes) -> dict[str, Any] | None:
    """Parses the JSON object of a body; None if it holds none.

    NUL and halves of surrogate pairs, which neither addresses nor results can hold, become U+FFFD.
    """
    try:
        document = json_value(body)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def json_value(body: bytes) -> Any:
    """Parses the JSON of a body, whatever it is, with the same characters replaced.

    Raises:
        ValueError: It is no JSON, or nested too deep.
    """
    try:
        document = json.loads(body.decode("utf-8-sig", "replace"))
        return _without_halves(document) if _HALVES.search(body) else document
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _without_halves(value: Any) -> Any:
    match value:
        case str():
            return _NO_CHARACTER.sub("\ufffd", value)
        case dict():
            return {_without_halves(name): _without_halves(each) for name, each in value.items()}
        case list():
            return [_without_halves(each) for each in value]
        case _:
            return value


def quotable(text: object) -> str:
    """Returns upstream text fit for a message: one line, printable, of bounded length."""
    line = " ".join("".join(character if character.isprintable() else " " for character in str(text)).split())
    return line if len(line) <= _QUOTED_LIMIT else f"{line[:_QUOTED_LIMIT]}…"
