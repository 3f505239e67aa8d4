"""An MCP client that costs little, as it shares the machine with what it measures.

One keep-alive connection, one `tools/call` at a time, the answer read as JSON or as an event stream (MCP,
"Streamable HTTP"). Neither cookies nor redirects nor sessions: every server here is stateless.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

PROTOCOL = "2025-06-18"
LIMIT = 120.0


class CallError(Exception):
    """The server answered something else than a tool's good result."""


@dataclass(frozen=True)
class Response:
    """What came of a call, and the seconds it took."""

    seconds: float
    result: dict[str, Any]


class Connection:
    """One connection to a server.

    Args:
        url: Of the MCP endpoint, by plain http.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._path = parts.hostname or "", parts.port or 80, parts.path
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        self._streams = await asyncio.open_connection(self._host, self._port, limit=4 * 1024 * 1024)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._streams is not None
        self._streams[1].close()

    async def call(self, token: str, tool: str, arguments: dict[str, Any] | None = None) -> Response:
        """A tool's good result.

        Raises:
            CallError: Anything else; its text begins with what came.
        """
        started = time.perf_counter()
        result = await self.request(token, "tools/call", {"name": tool, "arguments": arguments or {}})
        seconds = time.perf_counter() - started
        if result.get("isError"):
            raise CallError(f"{tool}: {json.dumps(result)[:300]}")
        return Response(seconds, result)

    async def request(self, token: str, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """The result of one JSON-RPC request.

        Raises:
            CallError: The answer is an error, or no answer of MCP.
        """
        assert self._streams is not None
        reader, writer = self._streams
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
            f"Authorization: Bearer {token}\r\n"
            f"Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n"
            f"MCP-Protocol-Version: {PROTOCOL}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        async with asyncio.timeout(LIMIT):
            status, answer = await _response(reader)
        if status != 200:
            raise CallError(f"{method}: status {status}: {answer[:300]!r}")
        message = json.loads(_data(answer))
        if "result" not in message:
            raise CallError(f"{method}: {json.dumps(message)[:300]}")
        return dict(message["result"])


async def _response(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:] if line)
    status = int(lines[0].split()[1])
    if headers.get("transfer-encoding") != "chunked":
        return status, await reader.readexactly(int(headers.get("content-length", "0")))
    body = b""
    while size := int(await reader.readline(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return status, body


def _data(answer: bytes) -> bytes:
    """The JSON of a body: itself, or the last event's."""
    events = [line[5:] for line in answer.splitlines() if line.startswith(b"data:")]
    return events[-1] if events else answer
