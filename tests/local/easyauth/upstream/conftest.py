"""A front before an app that a test writes, both on real sockets."""

import asyncio
import contextlib

import httpx
import pytest
from starlette.responses import JSONResponse

from local.control import Control
from local.easyauth.front import front
from tests.local.easyauth.serving import served

LIMIT = 10


class App:
    """The app behind, whose answer a test writes as an ASGI app of its own; it keeps the request's scope."""

    def __init__(self):
        self.scope = None
        self.answer = None

    async def __call__(self, scope, receive, send):
        self.scope = scope
        await self.answer(scope, receive, send)

    @property
    def headers(self):
        return {name.decode(): value.decode() for name, value in self.scope["headers"]}


@contextlib.asynccontextmanager
async def fronted(upstream, config, journal):
    """The address of a front of its own before the server at this one."""
    async with (
        httpx.AsyncHTTPTransport(trust_env=False) as transport,
        served(front(config, upstream, transport, journal)) as url,
    ):
        yield url


@pytest.fixture(scope="session")
async def running(config):
    """The address of a front, the app behind it, and the journal."""
    app, journal = App(), Control()
    async with served(app) as upstream, fronted(upstream, config, journal) as url:
        yield url, app, journal


@pytest.fixture
def app(running):
    app = running[1]
    app.scope, app.answer = None, JSONResponse({})
    return app


@pytest.fixture
def control(running):
    running[2].journal.clear()
    return running[2]


@pytest.fixture
async def client(running, app, control, bearer):
    """A client with a good token."""
    async with httpx.AsyncClient(base_url=running[0], trust_env=False, timeout=LIMIT) as client:
        client.headers.update(bearer())
        yield client


@pytest.fixture
async def client_of(config, control, bearer):
    """Makes a client with a good token of the front before the server at a URL."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(upstream):
            url = await stack.enter_async_context(fronted(upstream, config, control))
            client = httpx.AsyncClient(base_url=url, trust_env=False, timeout=LIMIT, headers=bearer())
            return await stack.enter_async_context(client)

        yield make


@pytest.fixture
async def broken(client_of):
    """Makes such a client of the front before a server that writes these bytes and hangs up."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(written):
            async def answer(reader, writer):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(written)
                writer.close()
                await writer.wait_closed()

            server = await stack.enter_async_context(await asyncio.start_server(answer, "127.0.0.1", 0))
            return await client_of(f"http://localhost:{server.sockets[0].getsockname()[1]}")

        yield make


@pytest.fixture
def failures(control):
    """Lists what the front noted about the server behind it."""
    return lambda: [entry["reason"] for entry in control.journal if entry["event"] == "upstream"]
