"""Wraps lists and cuts them into pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import JSONResponse

from local.devops.errors import argument

CONTINUATION = "x-ms-continuationtoken"


def collection(values: Sequence[Any], continuation: str | None = None) -> JSONResponse:
    """Returns a list in its wrapper, with the header that says where it goes on, if it does."""
    headers = {} if continuation is None else {CONTINUATION: continuation}
    return JSONResponse({"count": len(values), "value": list(values)}, headers=headers)


def page_by_offset[Item](items: Sequence[Item], top: int, token: str | None) -> tuple[list[Item], str | None]:
    """Returns the page a token of the form of a number stands for, and the next token or None.

    Raises:
        RefusalError: The token is not one this service gave out.
    """
    if token is not None and not token.isdigit():
        raise argument("continuationToken", f"The continuation token {token!r} is not valid.")
    start = int(token or 0)
    following = start + top
    return list(items[start:following]), str(following) if following < len(items) else None
