"""Parses responses of Microsoft Graph, and turns refusals into errors. Nothing here does I/O."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from shared.apis.requests import COMMON_REFUSALS, Refusal, json_object, refusal, unexpected
from shared.errors import ToolError
from shared.http.messages import Response

SERVICE = "Microsoft Graph"

_REFUSALS: Mapping[int, Refusal] = {
    **COMMON_REFUSALS,
    401: ("sign_in_required", "no longer accepts your sign-in", "Sign in again, then repeat the call."),
    403: (
        "forbidden",
        "denied the request",
        "Ask whoever owns the item or an administrator for access.",
    ),
    404: (
        "not_found",
        "found no such item, or you have no access to it",
        "Look the id up again with a list or search tool.",
    ),
    423: (
        "conflict",
        "found the item locked",
        "Wait until it is closed or checked in, then repeat the call.",
    ),
    507: ("forbidden", "has no storage left for it", "Ask the owner or an administrator to make room."),
}


def parse_response(response: Response) -> dict[str, Any]:
    """Parses the document of a response. Raises ToolError when it is a refusal or a failure."""
    if response.status >= 400:
        raise _refusal(response)
    document = json_object(response.body)
    if response.status not in (200, 201, 202) or document is None:
        raise unexpected(SERVICE, response)
    return document


def validate_external_url(url: str) -> str:
    """Returns an address outside Graph if it is a plain one on https; user info would hide where it leads.

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
            "upstream_error", f"{SERVICE} gave an address that is not safe.", "Try again in a moment."
        )
    return url


def _refusal(response: Response) -> ToolError:
    stated = (json_object(response.body) or {}).get("error")
    error = stated if isinstance(stated, dict) else {}
    return refusal(
        _REFUSALS,
        response,
        service=SERVICE,
        status=response.status,
        said=error.get("message"),
        details={"graph_error": error.get("code"), "request_id": response.headers.get("request-id")},
    )
