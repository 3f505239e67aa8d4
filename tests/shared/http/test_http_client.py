"""The one pool of connections, and its limits on every side."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from shared.errors import ToolError
from shared.http.adaptive_limit import FIRST
from shared.http.http_client import Http
from shared.http.messages import Request, retry_after

ADDRESS = "https://api.example/things"


async def refused(http: Http) -> ToolError:
    with pytest.raises(ToolError) as raised:
        await http.send(Request("GET", ADDRESS), service="The API")
    return raised.value


async def test_an_answer_is_status_headers_and_body(open_http: Callable[..., Http]) -> None:
    http = open_http(lambda request: httpx.Response(404, headers={"X-Id": "7"}, content=b"gone"))

    answer = await http.send(Request("GET", ADDRESS), service="The API")

    assert (404, "7", b"gone") == (answer.status, answer.headers["x-id"], answer.body)


async def test_no_redirect_is_followed_and_no_cookie_kept() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(302, headers={"Location": "https://evil.example", "Set-Cookie": "a=b"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        http = Http(lambda: client)
        first = await http.send(Request("GET", ADDRESS), service="The API")
        await http.send(Request("GET", ADDRESS), service="The API")

    assert 302 == first.status
    assert [ADDRESS, ADDRESS] == [str(request.url) for request in seen]
    assert "cookie" not in seen[1].headers


@pytest.mark.parametrize(
    ("failure", "code", "message"),
    [
        (httpx.ConnectError("no route"), "unavailable", "The API could not be reached."),
        (httpx.RemoteProtocolError("cut off"), "unavailable", "The API could not be reached."),
        (httpx.ReadError("reset"), "unavailable", "The API could not be reached."),
        (httpx.ConnectTimeout("slow"), "timeout", "The API did not respond in time."),
        (httpx.ReadTimeout("slow"), "timeout", "The API did not respond in time."),
        (httpx.PoolTimeout("full"), "timeout", "The API did not respond in time."),
    ],
)
async def test_who_cannot_be_reached_is_named(
    failure: Exception, code: str, message: str, open_http: Callable[..., Http]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise failure

    error = await refused(open_http(answer))

    assert (code, message) == (error.code, error.message)


async def test_a_body_that_does_not_decode_counts_as_not_reached(open_http: Callable[..., Http]) -> None:
    async def garbled() -> AsyncIterator[bytes]:
        yield b"this is no gzip"

    http = open_http(
        lambda request: httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=garbled())
    )

    assert "unavailable" == (await refused(http)).code


async def test_a_request_that_never_ends_is_given_up(open_http: Callable[..., Http]) -> None:
    async def silent(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        return httpx.Response(200)

    assert "timeout" == (await refused(open_http(silent, total_timeout=0.01))).code


async def test_a_body_over_the_limit_is_not_read_to_its_end(open_http: Callable[..., Http]) -> None:
    parts_read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal parts_read
        while True:
            parts_read += 1
            yield b"x" * 1024 * 1024

    http = open_http(lambda request: httpx.Response(200, content=endless()), limit_bytes=2 * 1024 * 1024)

    error = await refused(http)

    assert ("upstream_error", "The API sent more than 2 MB.") == (error.code, error.message)
    assert 3 == parts_read


@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip,identity", "br", "deflate", "x"])
async def test_a_body_in_another_encoding_than_asked_for_is_not_read(
    encoding: str, open_http: Callable[..., Http]
) -> None:
    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("the body is read")
        yield b""

    headers = {"Content-Encoding": encoding}
    http = open_http(lambda request: httpx.Response(200, headers=headers, content=body()))

    error = await refused(http)

    assert "upstream_error" == error.code
    assert "an encoding that was not asked for" in error.message


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "identity", None])
async def test_a_body_in_the_encoding_asked_for_is_read(
    encoding: str | None, open_http: Callable[..., Http]
) -> None:
    content = gzip.compress(b"plain") if str(encoding).casefold() == "gzip" else b"plain"
    headers = {"Content-Encoding": encoding} if encoding else {}
    http = open_http(lambda request: httpx.Response(200, headers=headers, content=content))

    assert b"plain" == (await http.send(Request("GET", ADDRESS), service="The API")).body


async def test_a_body_of_just_the_limit_is_read(open_http: Callable[..., Http]) -> None:
    http = open_http(lambda request: httpx.Response(200, content=b"x" * 1024), limit_bytes=1024)

    answer = await http.send(Request("GET", ADDRESS), service="The API")

    assert 1024 == len(answer.body)


async def test_requests_to_one_origin_are_bounded_and_leave_others_alone(
    open_http: Callable[..., Http],
) -> None:
    under_way = 0
    most = 0
    full, go_on = asyncio.Event(), asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        if request.url.host == "other.example":
            return httpx.Response(204)
        under_way += 1
        most = max(most, under_way)
        if under_way == FIRST:
            full.set()
        await go_on.wait()
        under_way -= 1
        return httpx.Response(200)

    http = open_http(answer)
    tasks = [
        asyncio.create_task(http.send(Request("GET", ADDRESS), service="The API")) for _ in range(2 * FIRST)
    ]
    await full.wait()
    other = await http.send(Request("GET", "https://other.example/"), service="Another")
    go_on.set()
    answers = await asyncio.gather(*tasks)

    assert 204 == other.status
    assert {200} == {each.status for each in answers}
    assert FIRST == most


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 3 ", 3.0),
        ("0", 0.0),
        ("1.337", 1.337),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        ("Thu, 99 Foo 2026 00:00:00 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00", 0.0),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str, seconds: float | None) -> None:
    assert seconds == retry_after({"retry-after": value})


def test_retry_after_counts_the_seconds_to_a_date() -> None:
    moment = datetime.now(UTC) + timedelta(hours=1)

    seconds = retry_after({"retry-after": format_datetime(moment, usegmt=True)})

    assert seconds is not None
    assert 3590 < seconds <= 3600


def test_no_retry_after_says_nothing() -> None:
    assert retry_after({}) is None
