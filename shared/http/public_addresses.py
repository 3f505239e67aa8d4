"""Resolves names of hosts, and tells public addresses from those of a machine or a private network."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

import httpx

type Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the addresses of a host, in the order in which to try them."""

RESOLVE_TIMEOUT = 5.0
_PLATFORM = frozenset({"168.63.129.16", "169.254.169.254"})
"""Azure's own services on every host: the wire server, and the metadata of the instance."""
_UNICAST = ipaddress.ip_network("2000::/3")
_NOT_PUBLIC = (ipaddress.ip_network("3fff::/20"), ipaddress.ip_network("2002::/16"))
"""The newer range for documentation (RFC 9637), and one whose addresses carry others (RFC 3056)."""
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""Carries IPv4 addresses in its last 32 bits, for networks without IPv4 (RFC 6052)."""


def is_public(text: str) -> bool:
    """Tells whether an address is on the internet: not loopback, private, link-local, shared or Azure's."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return False
        if address in _TRANSLATED:
            address = ipaddress.IPv4Address(address.packed[12:])
        elif address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif address not in _UNICAST or any(address in each for each in _NOT_PUBLIC):
            return False
    is_ordinary = address.is_global and not (address.is_multicast or address.is_reserved)
    return is_ordinary and str(address) not in _PLATFORM


async def resolve(host: str, port: int) -> list[str]:
    """Returns the addresses of a host, in the order in which to try them.

    Raises:
        httpx.TransportError: It has none, or they could not be found in time.
    """
    try:
        async with asyncio.timeout(RESOLVE_TIMEOUT):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError as error:
        raise httpx.ConnectTimeout("the name could not be resolved in time") from error
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError("the name could not be resolved") from error
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not addresses:
        raise httpx.ConnectError("the name has no address")
    return addresses
