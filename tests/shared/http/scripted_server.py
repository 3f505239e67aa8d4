"""A server on loopback that says what a test scripts, byte by byte, and cuts connections where it says so."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

type Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""What is done with one connection; it is closed afterwards."""


class ScriptedServer:
    """Runs a script for each connection.

    Attributes:
        url: Its address.
        opened: How many connections have been made.
        ended: Set once a connection has ended.
        script: What is done with the next connection.
    """

    def __init__(self, script: Script) -> None:
        self.url = ""
        self.opened = 0
        self.ended = asyncio.Event()
        self.script = script

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Runs the script."""
        self.opened += 1
        try:
            await self.script(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self.ended.set()


@asynccontextmanager
async def scripted(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[ScriptedServer]:
    """Runs a scripted server for its body."""
    made = ScriptedServer(script)
    server = await asyncio.start_server(made.connected, "127.0.0.1", 0, ssl=tls)
    scheme = "https" if tls else "http"
    made.url = f"{scheme}://localhost:{server.sockets[0].getsockname()[1]}"
    async with asyncio.timeout(30):
        yield made
        server.close()
        server.close_clients()
        await server.wait_closed()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Returns the head and the body of a request that says its length."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
    return head + await reader.readexactly(length)


def answering(*responses: bytes) -> Script:
    """Returns a script that answers one request with each of these, then ends the connection."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for response in responses:
            await read_request(reader)
            writer.write(response)
            await writer.drain()

    return script


def endlessly(response: bytes) -> Script:
    """Returns a script that answers each request with this."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            writer.write(response)

    return script
