"""The benchmark's client reads the answers of every server that is measured."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.bench.client import CallError, Connection

RESULT = b'{"jsonrpc":"2.0","id":1,"result":{"isError":false,"content":[]}}'
FAILED = b'{"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":[]}}'


def plain(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(*parts: bytes) -> bytes:
    chunks = b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[Connection]:
    """A connection to a server that gives this answer to each request, which it reads whole."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            length = next(int(line.split()[1]) for line in head if line.startswith("Content-Length"))
            await reader.readexactly(length)
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    async with server, Connection(f"http://127.0.0.1:{port}/mcp") as connection:
        yield connection


async def _head(reader: asyncio.StreamReader) -> list[str]:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    except asyncio.IncompleteReadError:
        return []


@pytest.mark.parametrize(
    "answer",
    [
        plain(RESULT),
        plain(b"event: message\ndata: " + RESULT + b"\n\n"),
        chunked(b"event: message\r\n", b"data: " + RESULT + b"\r\n\r\n"),
        chunked(b": ping\n\n", b"data: " + RESULT[:20], RESULT[20:] + b"\n\n"),
    ],
    ids=["JSON", "an event", "an event in chunks", "an event cut in two"],
)
async def test_a_result_is_read_in_every_form_and_the_connection_goes_on(answer: bytes) -> None:
    async with answering(answer) as connection:
        results = [(await connection.call("token", "a_tool")).result for _ in range(3)]

    assert [{"isError": False, "content": []}] * 3 == results


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (plain(FAILED), "a_tool: "),
        (plain(b"", "401 Unauthorized"), "tools/call: status 401"),
        (plain(b'{"jsonrpc":"2.0","id":1,"error":{"code":-32602}}'), "tools/call: "),
    ],
    ids=["a failed tool", "a refusal", "an error"],
)
async def test_anything_else_is_a_failure(answer: bytes, says: str) -> None:
    async with answering(answer) as connection:
        with pytest.raises(CallError) as raised:
            await connection.call("token", "a_tool")

    assert str(raised.value).startswith(says)
