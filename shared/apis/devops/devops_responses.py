"""Parses responses of Azure DevOps, and turns refusals into errors. Nothing here does I/O."""

from collections.abc import Mapping
from typing import Any

from shared.apis.requests import COMMON_REFUSALS, Refusal, json_object, refusal, unexpected
from shared.errors import ToolError
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
# The service reports some conflicts as 500 (Wiki pages REST reference).
_CONFLICT_KEYS = frozenset({"WikiPageAlreadyExistsException"})


def not_signed_in(response: Response) -> bool:
    """Tells whether Azure DevOps rejected the token.

    It does so by 401, by 203 with the sign-in page, or by a redirect to it.
    """
    return response.status in (203, 302, 401) or (response.status == 200 and _is_html(response))


def parse_response(response: Response) -> dict[str, Any]:
    """Parses the document of a response. Raises ToolError when it is a refusal or a failure."""
    if not_signed_in(response):
        raise _refusal(response, 401)
    document = json_object(response.body)
    if response.status >= 400:
        conflict = document is not None and document.get("typeKey") in _CONFLICT_KEYS
        raise _refusal(response, 409 if conflict else response.status)
    if response.status not in (200, 201) or document is None:
        raise unexpected(SERVICE, response)
    return document


def _refusal(response: Response, status: int) -> ToolError:
    error = json_object(response.body) or {}
    wrapped = error.get("value")
    findings = _findings(error.get("customProperties"))
    return refusal(
        _REFUSALS,
        response,
        service=SERVICE,
        status=status,
        said=error.get("message") or (wrapped.get("Message") if isinstance(wrapped, dict) else None),
        details={
            "devops_error": error.get("typeKey"),
            "findings": findings,
            "request_id": response.headers.get("x-vss-e2eid"),
        },
    )


def _findings(properties: object) -> str:
    """Joins the messages of the validation results for which a build was refused."""
    results = properties.get("ValidationResults") if isinstance(properties, dict) else None
    listed = results if isinstance(results, list) else []
    return " ".join(str(each["message"]) for each in listed if isinstance(each, dict) and "message" in each)


def version_of(response: Response) -> str | None:
    """Returns the ETag without its quotes (RFC 9110, 8.8.3)."""
    return response.headers.get("etag", "").removeprefix("W/").strip('"') or None


def _is_html(response: Response) -> bool:
    return response.headers.get("content-type", "").casefold().startswith("text/html")
