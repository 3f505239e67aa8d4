"""Parses responses of Azure DevOps, and turns refusals into errors. Nothing here does I/O."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from pydantic import BaseModel

from shared.apis.requests import (
    COMMON_REFUSALS,
    Refusal,
    json_object,
    json_value,
    parse,
    quotable,
    refusal,
    unexpected,
    unexpected_form,
)
from shared.errors import Code, ToolError
from shared.http.messages import Response

SERVICE = "Azure DevOps"

_REFUSALS: Mapping[int, Refusal] = {
    **COMMON_REFUSALS,
    401: (
        "sign_in_required",
        "rejected your sign-in",
        "Sign in again. If that does not help, your account is no member of the organization, or the "
        "organization belongs to another tenant: ask its administrator.",
    ),
    403: ("forbidden", "denied the request", "Ask an administrator of the project for the permission."),
    404: (
        "not_found",
        "found no such item, or you have no access to it",
        "Look the id up again with a list or search tool.",
    ),
}
# The service reports some refusals as 500 (Wiki pages REST reference; "Work Item Revision Limits"): the
# type of the exception says what it is, and that nothing was carried out.
_TYPED_REFUSALS: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r"AlreadyExists|Conflict|Stale|Duplicate"), 409),
    (re.compile(r"NotFound|DoesNotExist"), 404),
    (re.compile(r"AccessCheck|AccessDenied|Permission|Unauthorized|Forbidden"), 403),
    (re.compile(r"Invalid|Argument|Validation|LimitExceeded|TooLarge|TooLong|NotSupported"), 400),
)
# Failures of the server itself, whatever their type is called: TF400898 is "An Internal Error Occurred".
_FAILURES = re.compile(
    r"Timeout|Unavailable|Database|Sql|CircuitBreaker|Concurrency|Canceled|Shutdown|InvalidOperation|"
    r"NullReference|OutOfMemory|ServerBusy|HostOffline"
)
_INTERNAL_ERROR = "TF400898"
_RULES_LIMIT = 50


def not_signed_in(response: Response) -> bool:
    """Tells whether Azure DevOps rejected the token.

    It does so by 401, by 203 with the sign-in page, or by a redirect to it.
    """
    return response.status in (203, 302, 401) or (response.status == 200 and _is_html(response))


def is_failure(response: Response) -> bool:
    """Tells whether the service failed; a refusal that it sends as 500 is none."""
    return response.status >= 500 and _meaning(response.status, json_object(response.body) or {}) >= 500


def parse_response(response: Response) -> dict[str, Any]:
    """Parses the document of a response. Raises ToolError when it is a refusal or a failure."""
    if not_signed_in(response):
        raise _refusal(response, 401)
    document = json_object(response.body)
    if response.status >= 400:
        raise _refusal(response, _meaning(response.status, document or {}))
    if response.status not in (200, 201) or document is None:
        raise unexpected(SERVICE, response)
    return document


def raise_failure(response: Response) -> NoReturn:
    """Raises what a response means that is not what was requested: a refusal, or an unexpected form."""
    parse_response(response)
    raise unexpected(SERVICE, response)


def parse_anything(response: Response) -> Any:
    """Parses a response that may be a list, a text or nothing at all, which is None.

    Raises:
        ToolError: It is a refusal or a failure.
    """
    if not_signed_in(response) or response.status >= 400:
        return parse_response(response)
    if response.status == 204 or (response.status == 200 and not response.body.strip()):
        return None
    try:
        return json_value(response.body) if response.status in (200, 201) else parse_response(response)
    except ValueError as error:
        raise unexpected(SERVICE, response) from error


def items_of(document: Mapping[str, Any], key: str) -> list[Any]:
    """Returns the items of a list; a count of zero may stand alone.

    Raises:
        ToolError: `upstream_error`: there is something else in its place.
    """
    items = document.get(key)
    if items is None and document.get("count", document.get("totalCount")) == 0:
        return []
    if not isinstance(items, list):
        raise unexpected_form(SERVICE, key)
    return items


def parse_items[M: BaseModel](model: type[M], documents: Sequence[Any]) -> tuple[list[M], str | None]:
    """Returns the items of a list that have the documented form, and what to say of the others.

    Raises:
        ToolError: None of them has it.
    """
    read: list[M] = []
    failures: list[ToolError] = []
    for each in documents:
        try:
            read.append(parse(model, each, service=SERVICE))
        except ToolError as failure:
            failures.append(failure)
    if failures and not read:
        raise failures[0]
    if not failures:
        return read, None
    items = "1 item" if len(failures) == 1 else f"{len(failures)} items"
    return read, f"{items} could not be read: {failures[0].message}"


def is_json_error(response: Response) -> bool:
    """Tells whether an error stands where the bytes of a file were asked for."""
    if not response.headers.get("content-type", "").casefold().startswith("application/json"):
        return False
    return "typeKey" in (json_object(response.body) or {})


def number_in(document: Mapping[str, Any], key: str) -> int:
    """Returns a number of a document, 0 where it has none.

    Raises:
        ToolError: `upstream_error`: there is something else in its place.
    """
    number = document.get(key)
    if number is None:
        return 0
    if isinstance(number, bool) or not isinstance(number, int):
        raise unexpected_form(SERVICE, key)
    return number


def version_of(response: Response) -> str | None:
    """Returns the ETag without its quotes (RFC 9110, 8.8.3)."""
    return response.headers.get("etag", "").removeprefix("W/").strip('"') or None


def _meaning(status: int, error: Mapping[str, Any]) -> int:
    """Returns the status a response is to be read as: a 500 with a typed refusal is a refusal."""
    key, message = str(error.get("typeKey") or ""), str(error.get("message") or "")
    if status != 500 or _FAILURES.search(key):
        return status
    if key == "VssServiceException" and not message.startswith(_INTERNAL_ERROR):
        # The general type of the service's own refusals, such as that of too many revisions.
        return 400
    return next((meant for pattern, meant in _TYPED_REFUSALS if pattern.search(key)), status)


def _refusal(response: Response, status: int) -> ToolError:
    error = json_object(response.body) or {}
    wrapped = error.get("value")
    message = error.get("message") or (wrapped.get("Message") if isinstance(wrapped, dict) else None)
    refused = refusal(
        _REFUSALS,
        response,
        service=SERVICE,
        status=status,
        said=message or error.get("Message"),
        details={
            "devops_error": error.get("typeKey"),
            "findings": _findings(error),
            "request_id": response.headers.get("x-vss-e2eid"),
        },
    )
    rules = dict(_broken_rules(error.get("customProperties")))
    return _naming_fields(refused, rules) if rules else refused


def _naming_fields(refused: ToolError, rules: Mapping[str, str]) -> ToolError:
    """Returns the refusal with all fields that break a rule, by reference name: its message has the first."""
    listed = [f"{name} ({flags})" if flags else name for name, flags in rules.items()][:_RULES_LIMIT]
    code: Code = "invalid_argument" if refused.code == "conflict" else refused.code
    return ToolError(
        code,
        f"{refused.message} Fields: {'; '.join(listed)}.",
        "Give these fields values their rules allow: see devops_get_work_item_type.",
        retry_after=refused.retry_after,
        details={**refused.details, "fields": ", ".join([*rules][:_RULES_LIMIT])},
    )


def _broken_rules(properties: object) -> Iterator[tuple[str, str]]:
    """Yields the reference name of each field that breaks a rule, and how it does."""
    if not isinstance(properties, dict):
        return
    by_name = {str(name).casefold(): value for name, value in properties.items()}
    nested = by_name.get("rulevalidationerrors")
    field = by_name.get("fieldreferencename") or by_name.get("referencename")
    if isinstance(field, str):
        flags = by_name.get("fieldstatusflags")
        yield quotable(field), quotable(flags) if isinstance(flags, str) and flags != "none" else ""
    for each in nested if isinstance(nested, list) else ():
        yield from _broken_rules(each)


def _findings(error: Mapping[str, Any]) -> str:
    """Joins the messages of the validation results for which a build was refused.

    They stand among the custom properties, or in a raw exception at its top.
    """
    properties = error.get("customProperties")
    sources = (properties, error) if isinstance(properties, dict) else (error,)
    listed = next((each["ValidationResults"] for each in sources if "ValidationResults" in each), None)
    results = listed if isinstance(listed, list) else []
    return " ".join(str(each["message"]) for each in results if isinstance(each, dict) and "message" in each)


def _is_html(response: Response) -> bool:
    return response.headers.get("content-type", "").casefold().startswith("text/html")
