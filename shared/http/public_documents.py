"""Fetches documents from addresses that strangers name, and connects to public hosts alone.

No redirect is followed, and no proxy of the environment is used.
"""

import asyncio
import ssl
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from shared.http.public_addresses import Resolve, first_connected, is_public, resolve


class NotFetchedError(Exception):
    """Reports a document that could not be had; its text is for the log and holds nothing of strangers."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Holds a document of a stranger, with the headers it came with."""

    body: bytes = field(repr=False)
    headers: httpx.Headers


class PublicFetch(Protocol):
    """Fetches a document."""

    async def __call__(self, url: str) -> Fetched:
        """Returns the document at an https address.

        Raises:
            NotFetchedError: It could not be had.
        """
        ...


class PublicDocuments:
    """Fetches small documents from public hosts over https, one connection for each.

    Args:
        tls: The authorities to trust.
        seconds: The time for everything together, the name's resolution included.
        limit_bytes: The largest document.
        media_type: What a document must say it is.
        resolve: Returns the addresses of a host.
        transport: Replaces the connection in tests.
    """

    def __init__(
        self,
        tls: ssl.SSLContext,
        *,
        seconds: float,
        limit_bytes: int,
        media_type: str,
        resolve: Resolve = resolve,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._tls = tls
        self._seconds = seconds
        self._limit_bytes = limit_bytes
        self._media_type = media_type
        self._resolve = resolve
        self._transport = transport

    async def __call__(self, url: str) -> Fetched:
        """Returns the document at an https address of a public host.

        Raises:
            NotFetchedError: The host is not public, does not answer in time, or answers something else.
        """
        try:
            async with asyncio.timeout(self._seconds):
                return await self._fetch(url)
        except TimeoutError as error:
            raise NotFetchedError("timeout") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise NotFetchedError("unreachable") from error

    async def _fetch(self, url: str) -> Fetched:
        name = urlsplit(url).hostname or ""
        addresses = await self._resolve(name, 443)
        # An address that carries another one leads a stranger past what filters addresses outside the app.
        if not addresses or not all(is_public(address, translated=False) for address in addresses):
            raise NotFetchedError("not_public")
        async with httpx.AsyncClient(
            verify=self._tls,
            trust_env=False,
            follow_redirects=False,
            timeout=self._seconds,
            transport=self._transport,
        ) as client:
            return await first_connected(addresses, partial(self._fetch_from, client, url, name))

    async def _fetch_from(self, client: httpx.AsyncClient, url: str, name: str, address: str) -> Fetched:
        async with client.stream(
            "GET",
            httpx.URL(url).copy_with(host=address),
            headers={"Host": name, "Accept": self._media_type, "Accept-Encoding": "identity"},
            # The certificate must be the name's, although the connection is to its address.
            extensions={"sni_hostname": name},
        ) as response:
            return Fetched(await self._read(response), response.headers)

    async def _read(self, response: httpx.Response) -> bytes:
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().casefold()
        if response.status_code != httpx.codes.OK or media_type != self._media_type:
            raise NotFetchedError("not_a_document")
        # What is packed could grow beyond all limits.
        if response.headers.get("content-encoding", "identity").strip().casefold() not in ("", "identity"):
            raise NotFetchedError("encoded")
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > self._limit_bytes:
                raise NotFetchedError("oversized")
        return bytes(body)
