"""Reads requests strictly and writes responses: parameters, forms, JSON, cookies and headers."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import azure.functions as func

from shared.sign_in.oauth_errors import OAuthError

LIMIT_BYTES = 16 * 1024
_LIMIT_FIELDS = 40

_UNIVERSAL = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
CORS = {"Access-Control-Allow-Origin": "*"}
_PREFLIGHT = {
    **CORS,
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, MCP-Protocol-Version",
    "Access-Control-Max-Age": "3600",
}
_FORM = "application/x-www-form-urlencoded"
_TOO_LARGE = "The request is larger than 16 KB."


def query_of(request: func.HttpRequest) -> dict[str, str]:
    """Returns the parameters of a request's query.

    They are parsed from its address, as the host joins the values of a repeated parameter with commas.

    Raises:
        OAuthError: `invalid_request`.
    """
    return parse_parameters(urlsplit(request.url).query)


def form_of(request: func.HttpRequest) -> dict[str, str]:
    """Returns the parameters of a request's form.

    Raises:
        OAuthError: `invalid_request`: the body is no form of the one kind OAuth has, or too large.
    """
    _check_media_type(request, _FORM)
    try:
        return parse_parameters(_body(request).decode("ascii"))
    except UnicodeDecodeError:
        raise OAuthError("invalid_request", "The form is not percent-encoded.") from None


def json_of(request: func.HttpRequest) -> dict[str, Any]:
    """Returns the JSON object of a request's body.

    Raises:
        OAuthError: `invalid_client_metadata`: it is none (RFC 7591, 3.2.2). `invalid_request`: too large.
    """
    _check_media_type(request, "application/json")
    try:
        document = json.loads(_body(request).decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise OAuthError("invalid_client_metadata", "The body must be a JSON object, each name once.")
    return document


def parse_parameters(text: str) -> dict[str, str]:
    """Parses parameters, each at most once; those without a value count as absent (RFC 6749, 3.1).

    Raises:
        OAuthError: `invalid_request`.
    """
    if len(text) > LIMIT_BYTES:
        raise OAuthError("invalid_request", _TOO_LARGE, status=413)
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_LIMIT_FIELDS)
    except ValueError:
        raise OAuthError("invalid_request", "The parameters cannot be read.") from None
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        raise OAuthError("invalid_request", "A parameter is given more than once.")
    return {name: value for name, value in parameters.items() if value}


def cookie_values(request: func.HttpRequest, name: str) -> list[str]:
    """Returns the values that a cookie of ours holds, which are separated by dots."""
    found = []
    for pair in request.headers.get("cookie", "").split(";"):
        key, _, value = pair.strip().partition("=")
        if key == name:
            found += value.split(".")
    return [value for value in found if re.fullmatch(r"[A-Za-z0-9_-]{43}", value)]


def client_address(request: func.HttpRequest) -> str:
    """Returns the address that a request came from, as the platform's front end has noted it.

    The front end appends it to `X-Forwarded-For`; what stands before was the client's own to write. Of
    version 6 it is the network of 64 bits, which is one customer's. Empty where there is no front end.
    """
    last = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    bare = re.sub(r"^\[|\](:\d+)?$", "", last)
    if bare.count(":") > 1:
        import ipaddress  # noqa: PLC0415 - the address is seldom of version 6

        try:
            return str(ipaddress.IPv6Network((bare, 64), strict=False).network_address)
        except ValueError:
            return ""
    return bare.partition(":")[0][:64]


def json_response(
    document: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """Returns a JSON response that nobody caches."""
    return func.HttpResponse(
        json.dumps(document, separators=(",", ":")),
        status_code=status,
        headers={**_UNIVERSAL, **(headers or {})},
        mimetype="application/json",
    )


def error_response(error: OAuthError, headers: Mapping[str, str] | None = None) -> func.HttpResponse:
    """Returns an error as RFC 6749, 5.2 has it."""
    return json_response(
        {"error": error.code, "error_description": error.description},
        error.status,
        {**(headers or {}), **retry_headers(error)},
    )


def retry_headers(error: OAuthError) -> dict[str, str]:
    """Returns the header that says when to come back, if the error says so."""
    return {} if error.retry_after is None else {"Retry-After": str(math.ceil(error.retry_after))}


def redirect(address: str, parameters: Mapping[str, str | None]) -> func.HttpResponse:
    """Returns the redirect to an address with parameters; those without a value are left out."""
    location = with_parameters(address, parameters)
    return func.HttpResponse(status_code=302, headers={**_UNIVERSAL, "Location": location})


def with_parameters(address: str, parameters: Mapping[str, str | None]) -> str:
    """Returns an address with parameters added to its query, which is kept (RFC 6749, 3.1.2)."""
    added = urlencode({name: value for name, value in parameters.items() if value is not None})
    return f"{address}{'&' if '?' in address else '?'}{added}"


def preflight() -> func.HttpResponse:
    """Returns the answer to a browser that asks whether a page of another origin may call."""
    return func.HttpResponse(status_code=204, headers={**_UNIVERSAL, **_PREFLIGHT})


def page_response(
    markup: str, status: int, headers: Mapping[str, str], cookies: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """Returns a page, with the whole `Set-Cookie` value of each cookie."""
    response = func.HttpResponse(
        markup, status_code=status, headers={**_UNIVERSAL, **headers}, mimetype="text/html", charset="utf-8"
    )
    set_cookies(response, cookies or {})
    return response


def set_cookies(response: func.HttpResponse, cookies: Mapping[str, str]) -> None:
    """Adds cookies to a response."""
    for name, value in cookies.items():
        response.headers.add("Set-Cookie", f"{name}={value}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Returns a JSON object whose names are all different.

    Raises:
        ValueError: One is there twice, of which readers take either (RFC 8259, 4).
    """
    names = dict(pairs)
    if len(names) < len(pairs):
        raise ValueError("a name is given more than once")
    return names


def _check_media_type(request: func.HttpRequest, wanted: str) -> None:
    given = request.headers.get("content-type", "")
    media_type, _, parameter = given.partition(";")
    # Browsers' `fetch` adds the charset by itself.
    if media_type.strip().casefold() != wanted or parameter.replace(" ", "").casefold() not in (
        "",
        "charset=utf-8",
    ):
        raise OAuthError("invalid_request", f"The body must be {wanted}.")


def _body(request: func.HttpRequest) -> bytes:
    body = request.get_body()
    if len(body) > LIMIT_BYTES:
        raise OAuthError("invalid_request", _TOO_LARGE, status=413)
    return body
