"""What is sent again, what is not, and how long that waits."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from shared.errors import ToolError
from shared.http.adaptive_limit import FIRST
from shared.http.circuit_breaker import COOL_DOWN, FAILURES
from shared.http.deadline import deadline
from shared.http.http_client import Http
from shared.http.messages import Request, Response
from shared.http.retry import ATTEMPTS, SLOW_SECONDS, RetryPolicy
from tests.shared.clock import Clock

ADDRESS = "https://api.example/things"


class Script:
    """Answers one after the other, the last one for ever; remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.host}")
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers)


class Naps:
    """Waits that take no time."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def policy(naps: Naps, clock: Clock) -> RetryPolicy:
    """The policy for a call that has 100 seconds left."""
    return RetryPolicy(clock=clock, sleep=naps, time_left=lambda: 100.0)


async def send(http: Http, method: str = "GET", **options: Any) -> Response:
    return await http.send(Request(method, options.pop("url", ADDRESS), **options), service="The API")


async def code_of(http: Http, method: str = "GET", **options: Any) -> str:
    with pytest.raises(ToolError) as raised:
        await send(http, method, **options)
    return raised.value.code


RETRYABLE = [
    httpx.Response(429),
    httpx.Response(502),
    httpx.Response(503),
    httpx.Response(504),
    httpx.ConnectError("no route"),
    httpx.ConnectTimeout("no route"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("cut off"),
]


def name(failure: httpx.Response | Exception) -> str:
    return str(failure.status_code) if isinstance(failure, httpx.Response) else type(failure).__name__


@pytest.mark.parametrize("failure", RETRYABLE, ids=name)
@pytest.mark.parametrize(("method", "reads"), [("GET", False), ("POST", True)])
async def test_what_changes_nothing_is_asked_again_until_it_works(
    failure: httpx.Response | Exception,
    method: str,
    reads: bool,
    policy: RetryPolicy,
    open_http: Callable[..., Http],
) -> None:
    script = Script(failure, failure, httpx.Response(200))

    answer = await send(open_http(script, retry_policy=policy), method, reads=reads)

    assert (200, ATTEMPTS) == (answer.status, len(script.asked))


@pytest.mark.parametrize("failure", RETRYABLE, ids=name)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_write_is_sent_once(
    failure: httpx.Response | Exception,
    method: str,
    policy: RetryPolicy,
    open_http: Callable[..., Http],
) -> None:
    script = Script(failure)
    http = open_http(script, retry_policy=policy)

    if isinstance(failure, httpx.Response):
        await send(http, method)
    else:
        await code_of(http, method)

    assert 1 == len(script.asked)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 500, 501, 507])
async def test_a_plain_refusal_is_asked_once(
    status: int, policy: RetryPolicy, open_http: Callable[..., Http]
) -> None:
    script = Script(httpx.Response(status))

    answer = await send(open_http(script, retry_policy=policy))

    assert (status, 1) == (answer.status, len(script.asked))


async def test_the_last_failure_is_the_one_told(policy: RetryPolicy, open_http: Callable[..., Http]) -> None:
    script = Script(httpx.ReadError("reset"), httpx.ConnectError("no route"), httpx.Response(503))

    answer = await send(open_http(script, retry_policy=policy))

    assert (503, ATTEMPTS) == (answer.status, len(script.asked))


async def test_retry_after_is_kept_to_the_fraction(
    policy: RetryPolicy, naps: Naps, open_http: Callable[..., Http]
) -> None:
    script = Script(httpx.Response(429, headers={"Retry-After": "2.128"}), httpx.Response(200))

    await send(open_http(script, retry_policy=policy))

    assert [2.128] == naps.taken


async def test_retry_after_may_be_a_date(
    policy: RetryPolicy, naps: Naps, open_http: Callable[..., Http]
) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    script = Script(httpx.Response(503, headers={"Retry-After": moment}), httpx.Response(200))

    await send(open_http(script, retry_policy=policy))

    (taken,) = naps.taken
    assert 25 < taken <= 30


async def test_a_wait_longer_than_the_call_is_not_begun(
    policy: RetryPolicy, naps: Naps, open_http: Callable[..., Http]
) -> None:
    script = Script(httpx.Response(429, headers={"Retry-After": "100"}))

    answer = await send(open_http(script, retry_policy=policy))

    assert (429, "100") == (answer.status, answer.headers["retry-after"])
    assert ([], 1) == (naps.taken, len(script.asked))


async def test_waits_nobody_asked_for_are_random_and_grow(
    policy: RetryPolicy, naps: Naps, open_http: Callable[..., Http]
) -> None:
    http = open_http(Script(httpx.Response(502)), retry_policy=policy)

    for _ in range(3):
        await send(http)

    assert 6 == len(naps.taken) == len(set(naps.taken))
    assert all(0 <= wait <= 0.5 for wait in naps.taken[::2])
    assert all(0 <= wait <= 1.0 for wait in naps.taken[1::2])


async def test_a_host_that_only_fails_is_left_alone_and_tried_again(
    policy: RetryPolicy, clock: Clock, open_http: Callable[..., Http]
) -> None:
    script = Script(httpx.Response(500))
    http = open_http(script, retry_policy=policy)
    for _ in range(FAILURES):
        await send(http)

    with pytest.raises(ToolError) as circuit_open:
        await send(http)
    asked = len(script.asked)
    clock.advance(COOL_DOWN)
    script.answers = [httpx.Response(200)]
    answers = [(await send(http)).status for _ in range(3)]

    assert ("unavailable", COOL_DOWN) == (circuit_open.value.code, circuit_open.value.retry_after)
    assert FAILURES == asked
    assert [200] * 3 == answers


async def test_another_host_is_not_left_alone_with_it(
    policy: RetryPolicy, open_http: Callable[..., Http]
) -> None:
    http = open_http(
        lambda request: httpx.Response(500 if request.url.host == "api.example" else 200),
        retry_policy=policy,
    )
    for _ in range(FAILURES):
        await send(http)

    assert "unavailable" == await code_of(http)
    assert 200 == (await send(http, url="https://other.example/")).status


@pytest.mark.parametrize("status", [400, 403, 404, 429])
async def test_token_errors_of_one_user_leave_nobody_alone(
    status: int, policy: RetryPolicy, open_http: Callable[..., Http]
) -> None:
    http = open_http(Script(httpx.Response(status)), retry_policy=policy)

    statuses = [(await send(http, "POST")).status for _ in range(3 * FAILURES)]

    assert {status} == set(statuses)


async def test_a_request_ends_before_its_call_does(open_http: Callable[..., Http]) -> None:
    async def silent(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        return httpx.Response(200)

    async with deadline(0.25) as limit:
        code = await code_of(open_http(silent))

    assert ("timeout", False) == (code, limit.expired())


async def test_waiting_for_a_place_counts_against_the_call(
    open_http: Callable[..., Http], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Wide, so that a stalled event loop does not let the call's own deadline pass first.
    monkeypatch.setattr("shared.http.http_client.DEADLINE_MARGIN", 5)
    asked = 0

    async def silent(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        await asyncio.Event().wait()
        return httpx.Response(200)

    http = open_http(silent)
    async with deadline(5.25):
        codes = await asyncio.gather(*(code_of(http) for _ in range(2 * FIRST)))

    assert ({"timeout"}, FIRST) == (set(codes), asked)


async def test_a_cancelled_request_is_cancelled_on_its_way_and_leaves_its_place(
    policy: RetryPolicy, open_http: Callable[..., Http]
) -> None:
    all_under_way = asyncio.Event()
    under_way = ended = 0
    slow = True

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, ended
        if not slow:
            return httpx.Response(200)
        under_way += 1
        if under_way == FIRST:
            all_under_way.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended += 1
        return httpx.Response(500)

    http = open_http(answer, retry_policy=policy)
    calls = [asyncio.create_task(send(http)) for _ in range(2 * FIRST)]
    await all_under_way.wait()
    for call in calls:
        call.cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)
    slow = False
    after = await asyncio.gather(*(send(http) for _ in range(2 * FIRST)))

    assert {asyncio.CancelledError} == {type(result) for result in results}
    assert (FIRST, FIRST) == (under_way, ended)
    assert {200} == {each.status for each in after}


@pytest.mark.parametrize(("waited", "circuit_open"), [(SLOW_SECONDS, True), (SLOW_SECONDS - 0.1, False)])
async def test_who_is_left_after_long_has_been_too_slow(
    waited: float, circuit_open: bool, policy: RetryPolicy, clock: Clock
) -> None:
    async def interrupted() -> Response:
        clock.advance(waited)
        raise asyncio.CancelledError

    async def prompt() -> Response:
        return Response(200, {}, b"")

    for _ in range(FAILURES):
        with pytest.raises(asyncio.CancelledError):
            await policy.send(interrupted, host="api.example", service="The API")
    try:
        await policy.send(prompt, host="api.example", service="The API")
        refused = False
    except ToolError as error:
        refused = error.reason == "circuit_open"

    assert circuit_open == refused
