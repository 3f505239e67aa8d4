"""Carries one request after another over one connection, by asyncio's own transports."""

import asyncio
import ssl
import time
from asyncio.sslproto import SSLProtocol
from collections.abc import Callable
from typing import cast

import httpx

from shared.http.response_parser import ResponseParser

EAGER_HANDOVER = 0.25
"""Seconds after which the next address of a host is tried beside the one before (RFC 8305, 5)."""
CLOSING_SECONDS = 1.0
"""Seconds that the other side has for the end of TLS, before the connection is cut."""
_HIGH_WATER_BYTES = 256 * 1024
"""Bytes of a body that arrive ahead of whoever reads it."""
_WRITTEN_BYTES = 64 * 1024

# asyncio reserves, and clears, as much as it would read at once for each connection with TLS: 256 KB, where a
# record of TLS has 16 (RFC 8446, 5.1).
SSLProtocol.max_size = min(SSLProtocol.max_size, 32 * 1024)


class Connection(asyncio.Protocol):
    """Holds one connection. It carries one response at a time, read to its end before the next request.

    A connection is not used again after a failure, a response that was left unread, or bytes that
    nobody asked for.
    """

    def __init__(self) -> None:
        self.idle_since = time.monotonic()
        self._transport: asyncio.Transport | None = None
        self._parser: ResponseParser | None = None
        self._failure: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._is_writable = True
        self._is_request_whole = True
        self._is_paused = False
        self._lost = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(
        cls, host: str, port: int, *, tls: ssl.SSLContext | None, name: str, limit: float | None
    ) -> "Connection":
        """Connects to a host; with TLS, to one whose certificate is of this name.

        Raises:
            httpx.ConnectTimeout: It took longer than the limit, in seconds.
            httpx.ConnectError: There is no such host, nobody listens, or the certificate is not trusted.
        """
        try:
            async with asyncio.timeout(limit):
                _, connection = await asyncio.get_running_loop().create_connection(
                    cls,
                    host,
                    port,
                    ssl=tls,
                    server_hostname=name if tls else None,
                    ssl_shutdown_timeout=CLOSING_SECONDS if tls else None,
                    happy_eyeballs_delay=EAGER_HANDOVER,
                )
        except TimeoutError as error:
            raise httpx.ConnectTimeout("no connection in time") from error
        # ValueError: a name that is none, for the resolver or for TLS.
        except (OSError, ValueError) as error:
            raise httpx.ConnectError("no connection") from error
        return connection

    @property
    def is_usable(self) -> bool:
        """Tells whether the next request can be sent."""
        return self._failure is None and self._parser is None

    async def send(
        self, head: bytes, body: bytes, *, read_timeout: float | None, write_timeout: float | None
    ) -> ResponseParser:
        """Sends a request, and returns the response once its head has arrived.

        Raises:
            httpx.TransportError: The connection was lost, took too long, or carried no HTTP/1.1.
        """
        self._parser = parser = ResponseParser()
        await self._write(head, body, write_timeout)
        while not parser.status:
            await self._wait(read_timeout, httpx.ReadTimeout)
        return parser

    async def body_part(self, parser: ResponseParser, read_timeout: float | None) -> bytes:
        """Returns the next part of the body; empty at its end.

        Raises:
            httpx.TransportError: As of `send`.
        """
        while not (part := parser.take()) and not parser.is_complete:
            await self._wait(read_timeout, httpx.ReadTimeout)
        if self._is_paused and parser.buffered < _HIGH_WATER_BYTES:
            self._is_paused = False
            self._open_transport.resume_reading()
        return part

    def release(self) -> None:
        """Ends the response: the connection is free for the next request, or is cut."""
        parser, self._parser = self._parser, None
        self.idle_since = time.monotonic()
        # After a part of a request, the next one would be taken for the rest of it.
        is_sent = self._is_writable and self._is_request_whole
        if parser is None or not parser.keeps_alive or self._is_paused or not is_sent:
            self.cut()

    def cut(self) -> None:
        """Ends the connection at once."""
        self._fail(httpx.ReadError("the connection is closed"))
        self._open_transport.abort()

    async def close(self) -> None:
        """Ends the connection, and waits until it has ended."""
        if self._lost.done():
            return
        self._fail(httpx.ReadError("the connection is closed"))
        self._open_transport.close()
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await asyncio.shield(self._lost)
        except TimeoutError:
            self._open_transport.abort()

    async def _write(self, head: bytes, body: bytes, limit: float | None) -> None:
        """Writes a request, no further ahead of the network than the transport allows.

        A server may refuse a request before it has read all of it: its response counts then.
        """
        self._raise_failure()
        transport = self._open_transport
        if len(body) <= _WRITTEN_BYTES:
            transport.write(head + body)
            return
        transport.write(head)
        view = memoryview(body)
        self._is_request_whole = False
        for start in range(0, len(body), _WRITTEN_BYTES):
            transport.write(view[start : start + _WRITTEN_BYTES])
            while not self._is_writable:
                if self._parser is None or self._parser.status:
                    return
                await self._wait(limit, httpx.WriteTimeout)
        self._is_request_whole = True

    async def _wait(self, seconds: float | None, kind: Callable[[str], httpx.TimeoutException]) -> None:
        """Waits until something has happened to the connection."""
        self._raise_failure()
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        timer = None if seconds is None else loop.call_later(seconds, self._time_out, kind)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def _time_out(self, kind: Callable[[str], httpx.TimeoutException]) -> None:
        self._fail(kind("no progress in time"))
        self._open_transport.abort()

    def _fail(self, error: Exception) -> None:
        self._failure = self._failure or error
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _raise_failure(self) -> None:
        # What has arrived before the connection was lost counts.
        if self._failure is not None and not (self._parser and self._parser.is_complete):
            raise self._failure

    @property
    def _open_transport(self) -> asyncio.Transport:
        assert self._transport is not None  # noqa: S101 - `open` returns connected ones alone
        return self._transport

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Hands bytes to the response that is awaited."""
        if self._parser is None:
            self.cut()
            return
        try:
            self._parser.feed(data)
        except httpx.RemoteProtocolError as error:
            self._fail(error)
            self._open_transport.abort()
            return
        if self._parser.buffered > _HIGH_WATER_BYTES and not self._is_paused:
            self._is_paused = True
            self._open_transport.pause_reading()
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """Ends the response that is awaited, or fails it."""
        self._lost.set_result(None)
        if self._parser is None:
            self._fail(httpx.ReadError("the connection was lost"))
            return
        if error is not None:
            self._fail(httpx.ReadError("the connection was lost"))
            return
        try:
            self._parser.feed_eof()
        except httpx.RemoteProtocolError as cut_short:
            self._fail(cut_short)
        self._fail(httpx.ReadError("the connection was closed"))

    def pause_writing(self) -> None:
        """Notes that the network takes no more for now."""
        self._is_writable = False

    def resume_writing(self) -> None:
        """Notes that the network takes more."""
        self._is_writable = True
        self._wake()
