"""Determines the correlation id of a request."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from starlette.requests import Request


def correlation_id(request: Request, parameters: Mapping[str, str]) -> str:
    """Returns the client's `client-request-id`, from header or parameter; a new one if it is not a UUID."""
    stated = request.headers.get("client-request-id") or parameters.get("client-request-id") or ""
    try:
        return str(uuid.UUID(stated))
    except ValueError:
        return str(uuid.uuid4())
