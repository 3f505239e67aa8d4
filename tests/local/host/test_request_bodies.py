"""How much of a body the host reads."""

import pytest
from starlette.requests import Request

from local.host.bodies import TooLargeError, read


def request(*chunks, length=None):
    """A request whose body arrives in these chunks, with or without a declared length."""
    headers = [] if length is None else [(b"content-length", str(length).encode())]
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    left = iter([*messages, {"type": "http.request", "body": b""}])

    async def receive():
        return next(left)

    return Request({"type": "http", "headers": headers}, receive)


async def test_a_body_of_exactly_the_limit_is_read():
    assert b"abcd" == await read(request(b"ab", b"cd", length=4), limit_bytes=4)


async def test_a_body_without_a_length_is_cut_off_at_the_limit():
    with pytest.raises(TooLargeError):
        await read(request(b"ab", b"cd", b"e"), limit_bytes=4)


async def test_a_declared_length_over_the_limit_is_believed():
    with pytest.raises(TooLargeError):
        await read(request(length=5), limit_bytes=4)
