"""What one caller's slow or failing calls do to another's: nothing."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from shared.errors import ToolError
from shared.http.adaptive_limit import FIRST
from shared.http.current_caller import acting_for
from shared.http.http_client import Http
from shared.http.messages import Request
from shared.http.retry import RetryPolicy
from tests.shared.clock import Clock
from tests.shared.issuer import TENANT

URL = "https://api.example"


async def send_as(http: Http, user: str, path: str) -> int | str:
    """The status of the response, or the code of the failure."""
    with acting_for(TENANT, user):
        try:
            response = await http.send(Request("POST", f"{URL}/{path}"), service="The API")
        except ToolError as error:
            return error.reason
        return response.status


async def test_slow_calls_of_one_caller_hold_nobody_else_up(open_http: Callable[..., Http]) -> None:
    end = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/slow":
            await end.wait()
        return httpx.Response(200)

    http = open_http(answer)
    slow = [asyncio.create_task(send_as(http, "ana", "slow")) for _ in range(2 * FIRST)]
    await asyncio.sleep(0)
    async with asyncio.timeout(60):
        statuses = await asyncio.gather(*(send_as(http, "ben", "quick") for _ in range(44)))
    end.set()

    assert {200} == set(statuses)
    assert {200} == set(await asyncio.gather(*slow))


@pytest.mark.parametrize(
    "failing",
    [
        httpx.Response(503),
        httpx.Response(500),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut off"),
    ],
    ids=["status 503", "status 500", "too slow", "cut off"],
)
async def test_failing_calls_of_one_caller_fail_for_nobody_else(
    failing: httpx.Response | Exception, open_http: Callable[..., Http], clock: Clock
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/broken-mailbox":
            if isinstance(failing, Exception):
                raise failing
            return failing
        return httpx.Response(200)

    http = open_http(answer, retry_policy=RetryPolicy(clock=clock))

    broken = [send_as(http, "ana", "broken-mailbox") for _ in range(12)]
    await asyncio.gather(*broken)
    statuses = await asyncio.gather(*(send_as(http, "ben", "me") for _ in range(44)))

    assert {200} == set(statuses)


async def test_failures_of_several_callers_open_the_circuit(
    open_http: Callable[..., Http], clock: Clock
) -> None:
    http = open_http(lambda _: httpx.Response(503), retry_policy=RetryPolicy(clock=clock))

    for number in range(10):
        await send_as(http, ("ana", "ben")[number % 2], "me")

    assert "circuit_open" == await send_as(http, "chiara", "me")
