"""The id by which a client finds its request again in a refusal."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from starlette.requests import Request


def correlation_id(request: Request, parameters: Mapping[str, str]) -> str:
    """The client's `client-request-id`, from header or parameter; a new one if it is not a UUID."""
    stated = request.headers.get("client-request-id") or parameters.get("client-request-id") or ""
    try:
        return str(uuid.UUID(stated))
    except ValueError:
        return str(uuid.uuid4())
