"""Checks `api-version` by the rules that every operation shares."""

from __future__ import annotations

import re

from starlette.datastructures import Headers, QueryParams

from local.devops.errors import wrapped

_NEWEST = (7, 2)
_FORM = re.compile(r"(?P<major>\d+)\.(?P<minor>\d+)(?P<preview>-preview(\.(?P<resource>\d+))?)?")


def asked_for(query: QueryParams, headers: Headers) -> str | None:
    """Returns the version of the query string, else the one in `Accept: application/json;api-version=7.1`."""
    in_accept = re.search(r"api-version=([^;,\s]+)", headers.get("accept", ""))
    return query.get("api-version") or (in_accept[1] if in_accept else None)


def check(version: str | None, method: str, preview: str | None) -> None:
    """Checks that the version of a request suits its operation.

    Raises:
        RefusalError: None is given where one is needed (writes, preview operations), it is out of
            range, or a preview operation is asked for without saying preview.
    """
    if version is None:
        if method == "GET" and preview is None:
            return
        raise wrapped(
            400,
            "VssVersionNotSpecifiedException",
            f"The {method} request names no api-version; add ?api-version=7.1, or put it in Accept.",
        )
    parsed = _FORM.fullmatch(version)
    if parsed is None or not (1, 0) <= (int(parsed["major"]), int(parsed["minor"])) <= _NEWEST:
        raise wrapped(
            400, "VssVersionOutOfRangeException", f"The api-version '{version}' is not one of 1.0 to 7.2."
        )
    if preview is not None and parsed["preview"] is None:
        raise wrapped(
            400,
            "VssInvalidPreviewVersionException",
            f"The resource is under preview at {preview}; version {version} must supply the -preview flag.",
        )
