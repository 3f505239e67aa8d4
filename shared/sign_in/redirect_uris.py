"""Decides which redirect addresses may be registered, and whether a request names a registered one."""

import re
from collections.abc import Collection

from shared.sign_in.oauth_errors import OAuthError

LIMIT_CHARACTERS = 512
LIMIT_ADDRESSES = 5

# The characters of RFC 3986 but for `#` and `*`; no space, control character or backslash is among them.
_PATH = r"(?:/[A-Za-z0-9._~:/@!$&'()+,;=%\[\]-]*)?(?:\?[A-Za-z0-9._~:/?@!$&'()+,;=%\[\]-]*)?"
_PORT = r"(?::(?:[1-9][0-9]{0,4}))?"
_HTTPS = re.compile(
    rf"https://((?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.)+[a-z0-9-]*[a-z0-9]{_PORT}){_PATH}"
)
_LOOPBACK = re.compile(rf"http://((127\.0\.0\.1|\[::1\]|localhost){_PORT})({_PATH})")


class RedirectRules:
    """Holds what this server accepts as redirect addresses.

    Args:
        origin: The server's own origin, to which nothing is redirected.
        further: Addresses accepted besides https and loopback ones.
    """

    def __init__(self, origin: str, further: Collection[str] = ()) -> None:
        self._own = origin.partition("://")[2]
        self._further = frozenset(further)

    def is_acceptable(self, address: object) -> bool:
        """Tells whether a client may register this redirect address."""
        if not isinstance(address, str) or len(address) > LIMIT_CHARACTERS:
            return False
        if address in self._further:
            return True
        form = _HTTPS.fullmatch(address) or _LOOPBACK.fullmatch(address)
        if form is None:
            return False
        authority = form[1]
        return (
            authority != self._own and authority.removesuffix(":443") != self._own and _port_fits(authority)
        )

    def registered(self, addresses: object) -> list[str]:
        """Returns the redirect addresses of a client's metadata, if all of them are acceptable.

        Raises:
            OAuthError: `invalid_redirect_uri` (RFC 7591, 3.2.2): there are none, too many or a wrong one.
        """
        if not isinstance(addresses, list) or not 1 <= len(addresses) <= LIMIT_ADDRESSES:
            raise OAuthError(
                "invalid_redirect_uri", f"redirect_uris must be a list of 1 to {LIMIT_ADDRESSES} addresses."
            )
        if not all(self.is_acceptable(address) for address in addresses):
            raise OAuthError(
                "invalid_redirect_uri",
                "Each redirect address must be https, or http on loopback; no user, fragment or wildcard.",
            )
        return addresses

    def acceptable(self, addresses: object) -> list[str]:
        """Returns those redirect addresses of a client's metadata that are acceptable.

        A document that serves every server of a client may name addresses that this one does not accept.

        Raises:
            OAuthError: `invalid_redirect_uri`: there is no list, or nothing acceptable in it.
        """
        several = addresses if isinstance(addresses, list) else []
        kept = [address for address in several if self.is_acceptable(address)]
        if not kept:
            raise OAuthError("invalid_redirect_uri", "The client names no redirect address accepted here.")
        return kept


def matches(requested: str, registered: Collection[str]) -> bool:
    """Tells whether a requested redirect address is one of a client's.

    It is compared as a text, but that the port of a loopback address is free (RFC 8252, 7.3).
    """
    if requested in registered:
        return True
    loopback = _LOOPBACK.fullmatch(requested)
    if loopback is None or len(requested) > LIMIT_CHARACTERS or not _port_fits(loopback[1]):
        return False
    others = (_LOOPBACK.fullmatch(each) for each in registered)
    return any(other is not None and other.group(2, 3) == loopback.group(2, 3) for other in others)


def is_loopback(address: str) -> bool:
    """Tells whether a redirect address leads to a program on the user's computer."""
    return _LOOPBACK.fullmatch(address) is not None


def host_of(address: str) -> str:
    """Returns the host of a redirect address; of a private scheme, the scheme."""
    scheme, _, rest = address.partition("://")
    if scheme in ("http", "https"):
        return re.split(r"[/?]", rest, maxsplit=1)[0]
    return f"{address.partition(':')[0]}:"


def _port_fits(authority: str) -> bool:
    port = re.search(r":([0-9]+)$", authority)
    return port is None or int(port[1]) <= 65_535
