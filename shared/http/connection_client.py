"""Sends httpx's requests over one connection that stays open.

`httpx.AsyncClient` does the same, with a pool of connections, any library of asynchronous I/O and a parser
in Python: most of what a call cost (docs/performance.md).
"""

import re
import ssl
import time
from collections.abc import AsyncIterator
from typing import Literal, Protocol

import httpx

from shared.http.connection import Connection
from shared.http.response_parser import ResponseParser

KEEP_ALIVE = 5.0
"""Seconds for which an idle connection is used again: a service that closes it then has done so unseen."""
READ_BYTES = 64 * 1024
"""The most bytes of a body handed on at once, as each may become a thousand when it is decompressed."""
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_TARGET = re.compile(rb"[\x21-\x7e]+")
_PORTS = {"http": 80, "https": 443}

type _Place = tuple[str, str, int, str]
"""Scheme, host or address, port, and the name that the certificate must have."""


class Client(Protocol):
    """Sends one request at a time; `httpx.AsyncClient` is one, with any transport."""

    async def send(self, request: httpx.Request, *, stream: Literal[True]) -> httpx.Response:
        """Sends a request and returns the response once its head has arrived; its body is a stream.

        Raises:
            httpx.TransportError: There was no connection, no response in time, or none of HTTP/1.1.
        """
        ...

    async def aclose(self) -> None:
        """Closes its connections."""
        ...


class ConnectionClient:
    """Sends one request at a time over HTTP/1.1; no proxy, no redirect, no cookie, no retry.

    A connection that was lost or has been idle for `KEEP_ALIVE` seconds is replaced before a request is
    sent. The limits of time are those of the request's extension `timeout`, as httpx defines it.

    Args:
        tls: The authorities to trust.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        tls.set_alpn_protocols(["http/1.1"])
        self._tls = tls
        self._connection: Connection | None = None
        self._place: _Place | None = None

    async def send(self, request: httpx.Request, *, stream: Literal[True]) -> httpx.Response:  # noqa: ARG002
        """Sends a request; see `Client`."""
        head = request_head(request)
        body = await request.aread()
        timeout = request.extensions.get("timeout", {})
        connection = await self._connected(request, timeout.get("connect"))
        try:
            parser = await connection.send(
                head, body, read_timeout=timeout.get("read"), write_timeout=timeout.get("write")
            )
        except BaseException:
            # Of a request that was given up in between nobody knows how far it got.
            connection.cut()
            raise
        answer = _Body(connection, parser, timeout.get("read"))
        return httpx.Response(parser.status, headers=parser.headers, stream=answer)

    async def aclose(self) -> None:
        """Closes the connection."""
        if self._connection is not None:
            await self._connection.close()

    async def _connected(self, request: httpx.Request, limit: float | None) -> Connection:
        place = _place(request)
        connection = self._connection
        if connection is not None:
            is_fresh = time.monotonic() - connection.idle_since < KEEP_ALIVE
            if connection.is_usable and is_fresh and place == self._place:
                return connection
            self._connection = None
            connection.cut()
        scheme, host, port, name = place
        tls = self._tls if scheme == "https" else None
        connection = await Connection.open(host, port, tls=tls, name=name, limit=limit)
        self._connection, self._place = connection, place
        return connection


class _Body(httpx.AsyncByteStream):
    """Reads the body of a response from its connection."""

    def __init__(self, connection: Connection, parser: ResponseParser, timeout: float | None) -> None:
        self._connection: Connection | None = connection
        self._parser = parser
        self._timeout = timeout

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self._connection and (part := await self._connection.body_part(self._parser, self._timeout)):
            for start in range(0, len(part), READ_BYTES):
                yield part[start : start + READ_BYTES]

    async def aclose(self) -> None:
        if self._connection is not None:
            self._connection.release()
            self._connection = None


def request_head(request: httpx.Request) -> bytes:
    """Renders the request line and the header fields (RFC 9112, 3 and 5).

    Raises:
        httpx.LocalProtocolError: One of them has a form in which it could be taken for something else.
    """
    target = request.url.raw_path
    fields = request.headers.raw
    # llhttp cannot be told that the response to a HEAD has no body.
    is_plain = request.method in ("GET", "POST", "PUT", "PATCH", "DELETE") and _TARGET.fullmatch(target)
    if not is_plain or b"transfer-encoding" in {name.lower() for name, _ in fields}:
        raise httpx.LocalProtocolError("the request cannot be sent by HTTP/1.1")
    lines = [b"%s %s HTTP/1.1\r\n" % (request.method.encode("ascii"), target)]
    for name, value in fields:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise httpx.LocalProtocolError("a header field cannot be sent by HTTP/1.1")
        lines.append(b"%s: %s\r\n" % (name, value))
    return b"".join([*lines, b"\r\n"])


def _place(request: httpx.Request) -> _Place:
    """Returns where a request goes.

    Raises:
        httpx.UnsupportedProtocol: It is no address of HTTP.
    """
    url = request.url
    if url.scheme not in _PORTS or not url.host:
        raise httpx.UnsupportedProtocol("the address is none of http or https")
    name = str(request.extensions.get("sni_hostname") or url.raw_host.decode("ascii"))
    return url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme], name
