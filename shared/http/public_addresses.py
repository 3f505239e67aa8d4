"""Resolves names of hosts that others choose, and connects them to public addresses alone.

Every address of a name must be public, and the connection goes to one of those that were checked: to resolve
again while connecting would let the name's owner change the answer in between (DNS rebinding).
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

import httpx

type Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the addresses of a host, in the order in which to try them."""

RESOLVE_TIMEOUT = 5.0
TRIED_ADDRESSES = 3
"""The most addresses of a host that are tried before it counts as unreachable."""
_PLATFORM = frozenset({"168.63.129.16", "169.254.169.254"})
"""Azure's own services on every host: the wire server, and the metadata of the instance."""
_UNICAST = ipaddress.ip_network("2000::/3")
_RELAY = ipaddress.ip_network("192.88.99.0/24")
"""Once the relays between IPv6 and IPv4 (RFC 7526)."""
_NOT_PUBLIC = tuple(map(ipaddress.ip_network, ("2001::/23", "2002::/16", "3fff::/20")))
"""Protocols of their own (RFC 6890), addresses that carry others (RFC 3056), and examples (RFC 9637)."""
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""Carries IPv4 addresses in its last 32 bits, for networks without IPv4 (RFC 6052)."""


def is_public(text: str, *, translated: bool = True) -> bool:
    """Tells whether an address is on the internet: not loopback, private, link-local, shared or Azure's.

    Args:
        text: An IP address.
        translated: Whether one of IPv6 that carries a public one of IPv4 counts.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return False
        if translated and address in _TRANSLATED:
            address = ipaddress.IPv4Address(address.packed[12:])
        elif translated and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif address not in _UNICAST or any(address in each for each in _NOT_PUBLIC):
            return False
    is_ordinary = address.is_global and not (address.is_multicast or address.is_reserved)
    return is_ordinary and address not in _RELAY and str(address) not in _PLATFORM


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


async def first_connected[T](addresses: Sequence[str], connect: Callable[[str], Awaitable[T]]) -> T:
    """Returns what the first address that can be connected to gives.

    Raises:
        httpx.TransportError: No address of those that are tried can be connected to.
    """
    *others, last = addresses[:TRIED_ADDRESSES]
    for address in others:
        try:
            return await connect(address)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            continue
    return await connect(last)
