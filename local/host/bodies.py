"""Reading a request's body within the host's limit."""

from __future__ import annotations

from starlette.requests import Request

# FUNCTIONS_REQUEST_BODY_SIZE_LIMIT of the Functions host.
LIMIT_BYTES = 104_857_600


class TooLargeError(Exception):
    """The body is longer than the host accepts."""


async def read(request: Request, limit_bytes: int = LIMIT_BYTES) -> bytes:
    """The whole body. Raises TooLargeError as soon as it is known to be too long."""
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > limit_bytes:
        raise TooLargeError
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit_bytes:
            raise TooLargeError
    return bytes(body)
