"""A call ends when its time is over, with everything that was done for it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from pydantic import BaseModel

from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.errors import SettingsError
from shared.http.adaptive_limit import FIRST
from shared.http.deadline import deadline, seconds_left
from shared.http.http_client import Http, tls_context
from shared.http.messages import Request
from shared.mcp.dispatch import dispatch
from shared.mcp.tool_call import ToolCall
from shared.mcp.toolset import Tool, Toolset
from shared.server import Server
from shared.settings import Settings
from tests.shared.calls import context, error_of
from tests.shared.issuer import ENVIRON, Issuer, Published

toolset = Toolset("slow")


class Nothing(BaseModel):
    """What no tool here gets to."""


class Person(GraphModel):
    """Somebody."""

    id: str


@toolset.tool(scopes=["User.Read"])
async def waits(caller: Caller) -> Nothing:
    """Get nothing, ever."""
    await asyncio.Event().wait()
    return Nothing()


@toolset.tool(scopes=["User.Read"], writes=True)
async def writes_without_end(caller: Caller) -> Nothing:
    """Send something, for ever."""
    await asyncio.Event().wait()
    return Nothing()


@toolset.tool(scopes=["User.Read"])
async def times_out_by_itself(caller: Caller) -> Nothing:
    """Get nothing, by a mistake in the tool."""
    raise TimeoutError


@toolset.tool(scopes=["User.Read"])
async def asks(caller: Caller) -> Person:
    """Get somebody from Graph."""
    return await caller.graph.get(Person, "/me")


TOOLS = {tool.name: tool for tool in toolset}


async def call(tool: Tool, server: Server, issuer: Issuer) -> str:
    headers = {"Authorization": f"Bearer {issuer.token()}"}
    return await dispatch(ToolCall(tool), context(headers), lambda: server)


async def test_a_call_that_lasts_too_long_is_ended(server: Server, issuer: Issuer) -> None:
    server.timeout_seconds = 0.05

    error = error_of(await call(TOOLS["waits"], server, issuer))

    assert ("timeout", "The call took longer than 0.05 seconds.") == (error["code"], error["message"])


async def test_a_write_that_lasts_too_long_says_that_nobody_knows(server: Server, issuer: Issuer) -> None:
    server.timeout_seconds = 0.05

    error = error_of(await call(TOOLS["writes_without_end"], server, issuer))

    assert ("timeout", {"outcome": "unknown"}) == (error["code"], error["details"])
    assert "may have been carried out" in error["message"]


async def test_a_timeout_that_is_not_the_calls_is_a_bug(server: Server, issuer: Issuer) -> None:
    error = error_of(await call(TOOLS["times_out_by_itself"], server, issuer))

    assert "internal_error" == error["code"]


async def test_a_cancelled_call_cancels_what_it_asked_of_others(
    issuer: Issuer, published: Published, open_server: Callable[..., Server]
) -> None:
    asked, ended = asyncio.Event(), asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host != "graph.microsoft.com":
            return published(request)
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return httpx.Response(500)

    task = asyncio.create_task(call(TOOLS["asks"], open_server(answer), issuer))
    await asyncio.wait_for(asked.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert ended.is_set()


async def test_what_is_done_for_a_call_knows_when_it_must_end() -> None:
    before = seconds_left()
    async with deadline(100):
        inside = await asyncio.create_task(asyncio.sleep(0, seconds_left()))

    assert float("inf") == before == seconds_left()
    assert 99 < inside <= 100


async def test_a_longer_time_inside_a_call_does_not_make_the_call_longer() -> None:
    async with deadline(100):
        async with deadline(1000):
            inside = seconds_left()
        async with deadline(10):
            shorter = seconds_left()
        after = seconds_left()

    assert 99 < inside <= 100
    assert 9 < shorter <= 10
    assert 99 < after <= 100


@pytest.mark.parametrize(("value", "seconds"), [("", 100), ("1", 1), ("2.5", 2.5), ("220", 220)])
def test_the_time_of_a_call_is_a_setting(value: str, seconds: float) -> None:
    assert seconds == Settings.from_environ({**ENVIRON, "TOOL_TIMEOUT_SECONDS": value}).tool_timeout_seconds


@pytest.mark.parametrize("value", ["0", "0.9", "221", "-1", "soon", "inf", "nan"])
def test_a_call_must_end_before_the_platform_ends_it(value: str) -> None:
    with pytest.raises(SettingsError, match=r"^TOOL_TIMEOUT_SECONDS "):
        Settings.from_environ({**ENVIRON, "TOOL_TIMEOUT_SECONDS": value})


@asynccontextmanager
async def listening(answers: asyncio.Event) -> AsyncIterator[str]:
    """The address of a service that answers once it may."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await answers.wait()
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_slow_services_take_no_connection_from_others() -> None:
    may, now = asyncio.Event(), asyncio.Event()
    now.set()
    async with AsyncExitStack() as running:
        slow = [await running.enter_async_context(listening(may)) for _ in range(5)]
        quick = await running.enter_async_context(listening(now))
        http = Http.open(tls_context(None))
        waiting = [
            asyncio.create_task(http.send(Request("GET", url), service="Slow"))
            for url in slow
            for _ in range(FIRST)
        ]
        await asyncio.sleep(0)
        answer = await asyncio.wait_for(http.send(Request("GET", quick), service="Quick"), 10)
        still_waiting = sum(not task.done() for task in waiting)
        may.set()
        answers = await asyncio.gather(*waiting)
        await http.close()

    assert (204, 5 * FIRST) == (answer.status, still_waiting)
    assert {204} == {each.status for each in answers}
