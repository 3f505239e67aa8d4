"""Sends requests over a connection pool, with limits on time, size and concurrency."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import certifi
import httpx

from shared.errors import ToolError
from shared.http.connection_client import Client, ConnectionClient
from shared.http.connection_pool import ConnectionPool
from shared.http.deadline import seconds_left
from shared.http.messages import (
    Request,
    Response,
    is_readable_encoding,
    is_server_error,
    unsafe_address,
)
from shared.http.public_addresses import Resolve, first_connected, is_public, resolve
from shared.http.retry import RetryPolicy
from shared.observability.telemetry import observed_request

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 60.0
"""Azure DevOps delays its response to a throttled request by up to 30 seconds (Rate limits)."""
TOTAL_TIMEOUT = 90.0
DEADLINE_MARGIN = 0.2
"""Seconds by which a request times out before its call does, so that the failure can name the service."""
LIMIT_BYTES = 16 * 1024 * 1024

_TIMEOUT = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT).as_dict()
_HEADERS = {"User-Agent": "m365-devops-mcp", "Accept-Encoding": "gzip"}


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Returns a TLS context that trusts the authorities of a PEM file, or else the public ones."""
    return ssl.create_default_context(cafile=str(ca_file or certifi.where()))


class Http:
    """Sends requests over a connection pool. Follows no redirect and keeps no cookie.

    Requests that wait for one origin take no slot or connection of another. The wait counts: a
    request times out before the deadline of the call it belongs to.

    Args:
        open_client: Makes a client; there are as many as there are concurrent requests.
        total_timeout: Seconds after which a request is given up, however it progresses.
        limit_bytes: The largest body read.
        retry_policy: Decides what is retried, and holds the circuit breakers.
        resolve: Returns the addresses of a host that a service named; None where clients open no
            connections.
    """

    def __init__(
        self,
        open_client: Callable[[], Client],
        *,
        total_timeout: float = TOTAL_TIMEOUT,
        limit_bytes: int = LIMIT_BYTES,
        retry_policy: RetryPolicy | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._pool = ConnectionPool(open_client)
        self._total_timeout = total_timeout
        self._limit_bytes = limit_bytes
        self._retry_policy = retry_policy or RetryPolicy()
        self._resolve = resolve

    @classmethod
    def open(cls, tls: ssl.SSLContext) -> Self:
        """Opens a client with a connection pool of its own."""
        # It knows no proxy of the environment, which would connect to addresses that nobody checked.
        return cls(partial(ConnectionClient, tls), resolve=resolve)

    async def close(self) -> None:
        """Closes the connections."""
        await self._pool.close()

    async def send(
        self, request: Request, *, service: str, is_failure: Callable[[Response], bool] = is_server_error
    ) -> Response:
        """Sends a request and returns the response to the last attempt, whatever its status.

        Args:
            request: What to send.
            service: The service's name, for the message when it cannot be reached.
            is_failure: Tells whether a response counts as a failure of the host, for its circuit breaker.

        Raises:
            ToolError: `timeout` or `unavailable` when there was no complete response,
                `upstream_error` when it was larger than the limit.
        """
        attempt = partial(self._attempt, request, service, is_failure)
        try:
            return await (self._retry_policy.run(attempt) if request.is_repeatable else attempt())
        except (TimeoutError, httpx.TimeoutException) as error:
            raise ToolError(
                "timeout",
                f"{service} did not respond in time.",
                "Try again in a moment; if it persists, ask for less at once.",
            ) from error
        # InvalidURL: httpx parses the address of a redirect even when it is not to follow it.
        except (httpx.TransportError, httpx.DecodingError, httpx.InvalidURL) as error:
            raise ToolError(
                "unavailable",
                f"{service} could not be reached.",
                "Try again in a moment; if it persists, the administrator checks the network between the "
                "server and it.",
            ) from error

    async def check_address(self, url: str, *, service: str) -> None:
        """Checks that the host of an address leads to public addresses alone, as far as it can be resolved.

        Raises:
            ToolError: `upstream_error`: it does not.
        """
        if self._resolve is None:
            return
        try:
            await self._public_addresses(self._resolve, httpx.URL(url), service)
        except httpx.TransportError:
            # Whoever is given the address may have other names than this server.
            return

    async def _attempt(
        self, request: Request, service: str, is_failure: Callable[[Response], bool]
    ) -> Response:
        host = urlsplit(request.url).netloc
        limit = min(self._total_timeout, seconds_left() - DEADLINE_MARGIN)
        async with asyncio.timeout(limit), self._pool.connection(host) as loan:
            send = partial(self._send, loan.client, request, service)
            response = await self._retry_policy.send(send, host=host, service=service, is_failure=is_failure)
            loan.response_received(response.status)
            return response

    async def _send(self, client: Client, request: Request, service: str) -> Response:
        with observed_request(
            request.method, request.url, request.headers, template=request.template
        ) as observed:
            response = await self._read(client, request, observed.headers, service)
            observed.response_received(response.status, response.headers)
            return response

    async def _read(
        self, client: Client, request: Request, trace: Mapping[str, str], service: str
    ) -> Response:
        # Built here, as the client would add cookies that a response to another caller has set.
        built = httpx.Request(
            request.method,
            request.url,
            headers={**_HEADERS, **trace, **request.headers},
            json=request.json,
            content=request.content,
            extensions={"timeout": _TIMEOUT},
        )
        response = await self._connected(client, built, request, service)
        try:
            if not is_readable_encoding(response.headers):
                raise ToolError(
                    "upstream_error",
                    f"{service} sent a response in an encoding that was not asked for.",
                    "Try again in a moment; if it goes on, the administrator looks at what stands between.",
                )
            body = bytearray()
            async for part in _parts(response):
                body += part
                if len(body) > self._limit_bytes:
                    raise ToolError(
                        "upstream_error",
                        f"{service} sent more than {self._limit_bytes // 1024 // 1024} MB.",
                        "Ask for less: fewer items, or a part of the file.",
                    )
        finally:
            await response.aclose()
        return Response(response.status_code, response.headers, bytes(body))

    async def _connected(
        self, client: Client, built: httpx.Request, request: Request, service: str
    ) -> httpx.Response:
        """Sends a request, to a checked address where a service named the host."""
        if not request.handed_out or self._resolve is None:
            return await client.send(built, stream=True)
        addresses = await self._public_addresses(self._resolve, built.url, service)
        return await first_connected(
            addresses, lambda address: client.send(_sent_to(address, built), stream=True)
        )

    async def _public_addresses(self, resolve: Resolve, url: httpx.URL, service: str) -> Sequence[str]:
        addresses = await resolve(url.host, url.port or 443)
        if not all(map(is_public, addresses)):
            raise unsafe_address(service)
        return addresses


def _parts(response: httpx.Response) -> AsyncIterator[bytes]:
    """Returns the parts of a body, decoded; those that need no decoding as they come."""
    if "content-encoding" in response.headers:
        return response.aiter_bytes()
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - the client is asynchronous
    return aiter(response.stream)


def _sent_to(address: str, request: httpx.Request) -> httpx.Request:
    """Returns a request that goes to an address, with the name of its host in TLS and in `Host`."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )
