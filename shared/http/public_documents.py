"""Fetches documents from addresses that strangers name, and connects to public hosts alone.

Every address that the name resolves to must be public, and the connection goes to one of the addresses that
were checked: resolving again while connecting would let the name's owner change the answer in between (DNS
rebinding). No redirect is followed, and no proxy of the environment is used.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

import httpx

TRIED_ADDRESSES = 3
"""The most addresses of a host that are tried before it counts as unreachable."""

type Resolve = Callable[[str], Awaitable[Sequence[str]]]

_UNICAST = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC = (
    # Azure's own service in every virtual network ("What is IP address 168.63.129.16?").
    ipaddress.ip_network("168.63.129.16/32"),
    # A relay, protocols of their own, and the newer range of examples (RFC 7526, RFC 6890, RFC 9637).
    ipaddress.ip_network("192.88.99.0/24"),
    ipaddress.ip_network("2001::/23"),
    ipaddress.ip_network("3fff::/20"),
)


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
        resolve: Returns the addresses of a name.
        transport: Replaces the connection in tests.
    """

    def __init__(
        self,
        tls: ssl.SSLContext,
        *,
        seconds: float,
        limit_bytes: int,
        media_type: str,
        resolve: Resolve | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._tls = tls
        self._seconds = seconds
        self._limit_bytes = limit_bytes
        self._media_type = media_type
        self._resolve = resolve or resolved
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
        addresses = await self._resolve(name)
        if not addresses or not all(is_public(address) for address in addresses):
            raise NotFetchedError("not_public")
        async with httpx.AsyncClient(
            verify=self._tls,
            trust_env=False,
            follow_redirects=False,
            timeout=self._seconds,
            transport=self._transport,
        ) as client:
            *others, last = addresses[:TRIED_ADDRESSES]
            for address in others:
                try:
                    return await self._fetch_from(client, address, url, name)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    continue
            return await self._fetch_from(client, last, url, name)

    async def _fetch_from(self, client: httpx.AsyncClient, address: str, url: str, name: str) -> Fetched:
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


def is_public(address: str) -> bool:
    """Tells whether an IP address is a host of the public internet: global unicast, and itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and (parsed not in _UNICAST or parsed.scope_id):
        return False
    if any(parsed.version == network.version and parsed in network for network in _NOT_PUBLIC):
        return False
    return parsed.is_global and not (parsed.is_multicast or parsed.is_reserved)


async def resolved(name: str) -> list[str]:
    """Returns the IP addresses of a name, as the system resolves it.

    Raises:
        OSError: It has none.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(name, 443, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
