"""When it passes the front, and what becomes of what breaks off."""

import asyncio
import socket

import httpx
import pytest
from starlette.responses import JSONResponse

LIMIT = 10


async def test_each_part_of_an_answer_comes_when_the_app_sends_it(client, app):
    heard = asyncio.Event()

    async def answer(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        await heard.wait()
        await send({"type": "http.response.body", "body": b"data: 2\n\n"})

    app.answer = answer

    async with asyncio.timeout(LIMIT), client.stream("POST", "/x", content=b"{}") as answered:
        parts = answered.aiter_raw()
        first = await anext(parts)
        # Only who has the first part lets the app send the second.
        heard.set()
        second = await anext(parts)

    assert [b"data: 1\n\n", b"data: 2\n\n"] == [first, second]


async def test_each_part_of_a_body_goes_when_the_client_sends_it(client, app):
    arrived = asyncio.Event()

    async def answer(scope, receive, send):
        first = (await receive())["body"]
        arrived.set()
        second = (await receive())["body"]
        await JSONResponse([first.decode(), second.decode()])(scope, receive, send)

    async def pieces():
        yield b"one"
        await arrived.wait()
        yield b"two"

    app.answer = answer

    async with asyncio.timeout(LIMIT):
        answered = await client.post("/x", content=pieces())

    assert ["one", "two"] == answered.json()


@pytest.mark.parametrize("starts", [False, True], ids=["before the answer", "in the middle of it"])
async def test_when_the_client_goes_the_app_is_left(client, app, failures, starts):
    asked, left = asyncio.Event(), asyncio.Event()

    async def answer(scope, receive, send):
        await receive()
        if starts:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        asked.set()
        assert "http.disconnect" == (await receive())["type"]
        left.set()

    app.answer = answer

    async with asyncio.timeout(LIMIT):
        asking = asyncio.create_task(client.post("/x", content=b"{}"))
        await asked.wait()
        asking.cancel()
        await left.wait()

    assert ["the client went away"] == failures()


async def test_a_body_its_client_breaks_off_does_not_look_whole(client, app, failures):
    asked, left = asyncio.Event(), asyncio.Event()
    messages = []

    async def answer(scope, receive, send):
        while not messages or messages[-1]["type"] != "http.disconnect":
            messages.append(await receive())
            asked.set()
        left.set()

    async def pieces():
        yield b"one"
        await asyncio.Event().wait()

    app.answer = answer

    async with asyncio.timeout(LIMIT):
        asking = asyncio.create_task(client.post("/x", content=pieces()))
        await asked.wait()
        asking.cancel()
        await left.wait()

    assert [True] == [message["more_body"] for message in messages[:-1]]
    assert ["the client went away"] == failures()


async def test_an_answer_that_came_whole_is_no_event(client, failures):
    for _ in range(20):
        await client.post("/x", content=b"{}")

    assert [] == failures()


async def test_an_app_that_is_down_is_a_502_that_says_what_to_start(client_of):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free = f"http://localhost:{listener.getsockname()[1]}"

    answered = await (await client_of(free)).get("/x")

    assert (502, "text/plain; charset=utf-8") == (answered.status_code, answered.headers["content-type"])
    assert f"Nothing answers at {free}. Start the function app there with `func start`" in answered.text


async def test_an_app_that_hangs_up_is_a_502(broken, failures):
    answered = await (await broken(b"")).get("/x")

    assert 502 == answered.status_code
    assert "ended the connection before it answered" in answered.text
    assert ["RemoteProtocolError"] == failures()


@pytest.mark.parametrize("framing", [b"Content-Length: 9", b"Transfer-Encoding: chunked"])
async def test_an_answer_that_breaks_off_does_not_look_whole(broken, failures, framing):
    client = await broken(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n3\r\nabc\r\n")

    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/x")

    assert ["RemoteProtocolError in the middle of the answer"] == failures()
