"""What stands in for a person's browser does as browsers do."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import fields
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from local import serving
from local.browser import Browser, BrowserError
from local.layout import Layout

CLIENT = "http://127.0.0.1:9/callback"


async def page(request: Request) -> Response:
    """A page with two forms, which sets a cookie as pages over https do."""
    response = HTMLResponse(
        '<form action="elsewhere" method="get"><button name="go" value="away">Away</button></form>'
        '<form method="post"><input type="hidden" name="kept" value="a &amp; b">'
        '<input type="text" name="typed" value="x">'
        '<button name="decision" value="allow">Allow</button></form>'
    )
    response.set_cookie("seen", "yes", secure=True, httponly=True, samesite="strict")
    return response


async def posted(request: Request) -> Response:
    form = await request.form()
    told = [form.get("kept"), form.get("typed"), form.get("decision"), request.cookies.get("seen")]
    told += [request.headers.get("origin"), request.headers.get("sec-fetch-site")]
    return HTMLResponse(
        f"<p>{told}</p>", headers={"Refresh": "0; url=/next"} if "next" in request.url.query else {}
    )


async def onward(request: Request) -> Response:
    return RedirectResponse(f"{CLIENT}?code=1", headers={"Origin": request.headers.get("origin", "none")})


async def to_the_client(request: Request) -> Response:
    return RedirectResponse(f"{request.query_params['redirect_uri']}?code=1")


async def circle(request: Request) -> Response:
    return RedirectResponse(str(request.url))


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[str]:
    names = [field.name for field in fields(Layout) if field.name != "folder"]
    layout = Layout(folder=tmp_path, **dict.fromkeys(names, "http://localhost:1"))
    routes = [
        Route("/page", page, methods=["GET"]),
        Route("/page", posted, methods=["POST"]),
        Route("/next", onward),
        Route("/to", to_the_client),
        Route("/circle", circle),
    ]
    server = serving.server("http://localhost:1", Starlette(routes=routes), layout)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with Browser(ssl.create_default_context()) as browser:
        yield browser


async def test_a_button_sends_its_form_with_what_is_hidden_there_and_the_cookies(site: str, browser: Browser):
    await browser.open(f"{site}/page")

    text = await browser.press("decision", "allow")

    assert f"{['a & b', None, 'allow', 'yes', site, 'same-origin']}" in text
    assert 200 == browser.status


async def test_it_follows_refresh_and_redirect_to_the_client_and_stops_there(site: str, browser: Browser):
    await browser.open(f"{site}/page?next&redirect_uri={CLIENT}")

    assert "" == await browser.press("decision", "allow")
    assert f"{CLIENT}?code=1" == browser.left_for


@pytest.mark.parametrize(("name", "value"), [("decision", "refuse"), ("typed", "x"), ("kept", "a & b")])
async def test_a_button_that_is_not_there_cannot_be_pressed(
    site: str, browser: Browser, name: str, value: str
):
    await browser.open(f"{site}/page")

    with pytest.raises(BrowserError, match=f"{name}.*It says: Away Allow"):
        await browser.press(name, value)


async def test_pages_that_lead_in_a_circle_end(site: str, browser: Browser):
    with pytest.raises(BrowserError, match="no end"):
        await browser.open(f"{site}/circle")


async def test_a_client_that_listens_after_its_browser_opened_gets_the_answer(site: str) -> None:
    """mcp-remote with old tokens opens the browser first."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    callback = f"http://127.0.0.1:{port}/callback"
    received = asyncio.get_running_loop().create_future()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.set_result((await reader.readline()).decode())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async with Browser(ssl.create_default_context(), delivers=True) as browser:
        opening = asyncio.create_task(browser.open(f"{site}/to?redirect_uri={callback}"))
        await asyncio.wait([opening], timeout=0.2)
        async with await asyncio.start_server(receive, "127.0.0.1", port):
            await opening

    assert "GET /callback?code=1 HTTP/1.1\r\n" == received.result()
