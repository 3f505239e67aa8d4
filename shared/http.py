"""One pool of connections for everything the process asks of others, with limits on every side."""

import asyncio
import ssl
from collections import defaultdict
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import certifi
import httpx

from shared.errors import ToolError
from shared.messages import Answer, Request

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 60.0
"""Azure DevOps holds a throttled request back for up to 30 seconds before it answers (Rate limits)."""
TOTAL_TIMEOUT = 90.0
CONCURRENCY = 32
"""Requests under way per origin. httpx's pool slows down markedly beyond that many; see docs/decisions.md."""
LIMIT_BYTES = 16 * 1024 * 1024

_HEADERS = {"User-Agent": "m365-devops-mcp", "Accept-Encoding": "gzip"}


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """TLS that trusts the authorities of this PEM file, or else the public ones."""
    return ssl.create_default_context(cafile=str(ca_file or certifi.where()))


class Http:
    """Sends requests over pooled connections. Follows no redirect and keeps no cookie.

    Args:
        client: What the requests go through. Whoever opened it closes it.
        total_timeout: Seconds after which a request is given up, however it progresses.
        limit_bytes: The largest body read.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        total_timeout: float = TOTAL_TIMEOUT,
        limit_bytes: int = LIMIT_BYTES,
    ) -> None:
        self._client = client
        self._total_timeout = total_timeout
        self._limit_bytes = limit_bytes
        self._places: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(CONCURRENCY)
        )

    @classmethod
    def open(cls, tls: ssl.SSLContext) -> Self:
        """A pool of its own, for the life of the process."""
        timeout = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
        limits = httpx.Limits(max_connections=4 * CONCURRENCY, max_keepalive_connections=2 * CONCURRENCY)
        return cls(httpx.AsyncClient(verify=tls, timeout=timeout, limits=limits, follow_redirects=False))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def send(self, request: Request, *, service: str) -> Answer:
        """The service's answer, whatever its status.

        Args:
            request: What to send.
            service: The name of who is asked, for the message when they cannot be reached.

        Raises:
            ToolError: `timeout` or `unavailable` when no whole answer came, `upstream_error` when
                it was larger than the limit.
        """
        try:
            async with asyncio.timeout(self._total_timeout), self._places[urlsplit(request.url).netloc]:
                return await self._send(request, service)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise ToolError(
                "timeout",
                f"{service} did not answer in time.",
                "Try again in a moment; if it goes on, ask for less at once.",
            ) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise ToolError(
                "unavailable",
                f"{service} could not be reached.",
                "Try again in a moment; if it goes on, the administrator checks the server's way to it.",
            ) from error

    async def _send(self, request: Request, service: str) -> Answer:
        # Made by hand, as the client would add the cookies that another caller's answer left.
        made = httpx.Request(
            request.method,
            request.url,
            headers={**_HEADERS, **request.headers},
            json=request.json,
            content=request.content,
            extensions={"timeout": self._client.timeout.as_dict()},
        )
        response = await self._client.send(made, stream=True)
        try:
            body = bytearray()
            async for part in response.aiter_bytes():
                body += part
                if len(body) > self._limit_bytes:
                    raise ToolError(
                        "upstream_error",
                        f"{service} answered with more than {self._limit_bytes // 1024 // 1024} MB.",
                        "Ask for less: fewer items, or a part of the file.",
                    )
        finally:
            await response.aclose()
        return Answer(response.status_code, response.headers, bytes(body))
