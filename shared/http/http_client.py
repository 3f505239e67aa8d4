"""Pooled connections for everything the process asks of others, with limits on every side."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import certifi
import httpx

from shared.errors import ToolError
from shared.http.connection_pool import ConnectionPool
from shared.http.deadline import seconds_left
from shared.http.messages import Request, Response
from shared.http.retry import RetryPolicy
from shared.observability.telemetry import observed_request

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 60.0
"""Azure DevOps holds a throttled request back for up to 30 seconds before it answers (Rate limits)."""
TOTAL_TIMEOUT = 90.0
HEAD_START = 0.2
"""Seconds by which a request ends before its call does: time to say which service was too slow."""
LIMIT_BYTES = 16 * 1024 * 1024

_HEADERS = {"User-Agent": "m365-devops-mcp", "Accept-Encoding": "gzip"}


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """TLS that trusts the authorities of this PEM file, or else the public ones."""
    return ssl.create_default_context(cafile=str(ca_file or certifi.where()))


class Http:
    """Sends requests over pooled connections. Follows no redirect and keeps no cookie.

    What waits for one origin takes neither place nor connection from another. Waiting counts: a
    request ends before the call it is made for must have ended.

    Args:
        open_client: Makes a client that requests go through, as many as there are requests under way.
        total_timeout: Seconds after which a request is given up, however it progresses.
        limit_bytes: The largest body read.
        weather: What is sent again, and who is left alone.
    """

    def __init__(
        self,
        open_client: Callable[[], httpx.AsyncClient],
        *,
        total_timeout: float = TOTAL_TIMEOUT,
        limit_bytes: int = LIMIT_BYTES,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        self._pool = ConnectionPool(open_client)
        self._total_timeout = total_timeout
        self._limit_bytes = limit_bytes
        self._retry_policy = retry_policy or RetryPolicy()

    @classmethod
    def open(cls, tls: ssl.SSLContext) -> Self:
        """Connections of its own, for the life of the process."""
        timeout = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
        return cls(partial(httpx.AsyncClient, verify=tls, timeout=timeout, follow_redirects=False))

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.close()

    async def send(self, request: Request, *, service: str) -> Response:
        """The service's answer, whatever its status; that of the last attempt, if there were several.

        Args:
            request: What to send.
            service: The name of who is asked, for the message when they cannot be reached.

        Raises:
            ToolError: `timeout` or `unavailable` when no whole answer came, `upstream_error` when
                it was larger than the limit.
        """
        attempt = partial(self._attempt, request, service)
        try:
            return await (self._retry_policy.run(attempt) if request.is_repeatable else attempt())
        except (TimeoutError, httpx.TimeoutException) as error:
            raise ToolError(
                "timeout",
                f"{service} did not answer in time.",
                "Try again in a moment; if it goes on, ask for less at once.",
            ) from error
        # httpx reads the address of a redirect that it is not to follow: InvalidURL.
        except (httpx.TransportError, httpx.DecodingError, httpx.InvalidURL) as error:
            raise ToolError(
                "unavailable",
                f"{service} could not be reached.",
                "Try again in a moment; if it goes on, the administrator checks the server's way to it.",
            ) from error

    async def _attempt(self, request: Request, service: str) -> Response:
        host = urlsplit(request.url).netloc
        limit = min(self._total_timeout, seconds_left() - HEAD_START)
        async with asyncio.timeout(limit), self._pool.connection(host) as client:
            send = partial(self._send, client, request, service)
            return await self._retry_policy.send(send, host=host, service=service)

    async def _send(self, client: httpx.AsyncClient, request: Request, service: str) -> Response:
        with observed_request(
            request.method, request.url, request.headers, template=request.template
        ) as noted:
            answer = await self._exchange(client, request, noted.headers, service)
            noted.response_received(answer.status, answer.headers)
            return answer

    async def _exchange(
        self, client: httpx.AsyncClient, request: Request, trace: Mapping[str, str], service: str
    ) -> Response:
        # Made by hand, as the client would add the cookies that another caller's answer left.
        made = httpx.Request(
            request.method,
            request.url,
            headers={**_HEADERS, **trace, **request.headers},
            json=request.json,
            content=request.content,
            extensions={"timeout": client.timeout.as_dict()},
        )
        response = await client.send(made, stream=True)
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
        return Response(response.status_code, response.headers, bytes(body))
