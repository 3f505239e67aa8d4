"""Parses one HTTP/1.1 response from bytes as they arrive (RFC 9112). Nothing here does I/O."""

from collections import deque

import httptools
import httpx

LIMIT_HEAD_BYTES = 100 * 1024
"""The most bytes of a response's header fields, and of anything else between two parts of its body."""
_FRAMING = frozenset({b"content-length", b"transfer-encoding"})


class ResponseParser:
    """Holds what has arrived of a response; interim responses (RFC 9110, 15.2) are skipped.

    Attributes:
        status: The status code; 0 until the head is complete.
        headers: The header fields as they were sent, without trailers.
        is_complete: Whether the body has ended.
        buffered: Bytes of the body that have arrived and have not been taken.
    """

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.is_complete = False
        self.buffered = 0
        self._parts: deque[bytes] = deque()
        self._parser = httptools.HttpResponseParser(self)
        self._head_bytes = 0
        self._idle_bytes = 0
        self._keeps_alive = False
        self._has_excess = False

    @property
    def keeps_alive(self) -> bool:
        """Tells whether the connection can carry another request: nothing came after the response."""
        return self.is_complete and self._keeps_alive and not self._has_excess

    def feed(self, data: bytes) -> None:
        """Takes the next bytes of the connection.

        Raises:
            httpx.RemoteProtocolError: They are no HTTP/1.1, or the head is too long.
        """
        if self.is_complete:
            self._has_excess = True
            return
        self._idle_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if self.is_complete:
                self._has_excess = True
                return
            raise httpx.RemoteProtocolError("the response is no HTTP/1.1") from error
        if max(self._idle_bytes, self._head_bytes) > LIMIT_HEAD_BYTES and not self.is_complete:
            raise httpx.RemoteProtocolError("the head of the response is too long")

    def feed_eof(self) -> None:
        """Takes the end of the connection, which ends a body without a length (RFC 9112, 6.3).

        Raises:
            httpx.RemoteProtocolError: The response is cut short.
        """
        if self.is_complete:
            return
        if not self.status:
            raise httpx.RemoteProtocolError("the server disconnected without sending a response")
        if any(name.lower() in _FRAMING for name, _ in self.headers):
            raise httpx.RemoteProtocolError("the server disconnected in the middle of the response")
        self.is_complete = True

    def take(self) -> bytes:
        """Returns the next part of the body that has arrived; empty where there is none."""
        if not self._parts:
            return b""
        part = self._parts.popleft()
        self.buffered -= len(part)
        return part

    # What the parser calls.

    def on_message_begin(self) -> None:
        """Begins a response: this one, the one after an interim one, or one that nobody asked for."""
        if self.is_complete:
            self._has_excess = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes a header field; trailers are dropped."""
        self._head_bytes += len(name) + len(value)
        if not self.status:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Ends the head."""
        status = self._parser.get_status_code()
        if self.is_complete:
            return
        if status < 200:
            self.headers.clear()
            return
        self.status = status
        self._idle_bytes = self._head_bytes = 0

    def on_body(self, body: bytes) -> None:
        """Takes a part of the body."""
        if self.is_complete:
            return
        self._idle_bytes = 0
        self.buffered += len(body)
        self._parts.append(body)

    def on_message_complete(self) -> None:
        """Ends the response, unless it was an interim one."""
        if self.status and not self.is_complete:
            self.is_complete = True
            self._keeps_alive = self._parser.should_keep_alive()
