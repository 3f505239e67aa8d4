"""Decides which addresses that services hand out are used, and requests those that need no token."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from shared.errors import ToolError
from shared.http.messages import Request, Response, unsafe_address
from shared.settings.values import is_loopback

if TYPE_CHECKING:
    from shared.http.http_client import Http

_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
_DOT_SEGMENT = re.compile(r"(^|[/\\])\.{1,2}($|[/\\])")
_ENCODINGS = 3
"""How often a dot segment may have been percent-encoded and is still found."""


@dataclass(frozen=True, slots=True)
class TrustedHosts:
    """Holds the hosts at which a service keeps files: those named and those below them.

    Where the service itself is on loopback, as a local tenant is, its files are there too.
    """

    names: frozenset[str]
    endpoint: str

    def check(self, url: str, service: str) -> bool:
        """Checks an address that a service handed out, and tells whether to hold it to public addresses.

        Raises:
            ToolError: `upstream_error`: it is not on https, hides where it leads (user info, control
                characters, another port), or its host is not among these.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise unsafe_address(service) from None
        is_plain = parts.scheme == "https" and "@" not in parts.netloc and url.isascii() and url.isprintable()
        if not is_plain or set(" \\") & set(url):
            raise unsafe_address(service)
        if is_loopback(host) and is_loopback(urlsplit(self.endpoint).hostname or "") and port != 0:
            return False
        if port not in (None, 443) or not self._names(host):
            raise unsafe_address(service)
        return True

    def _names(self, host: str) -> bool:
        return _HOST.fullmatch(host) is not None and any(
            host == name or host.endswith(f".{name}") for name in self.names
        )


class PreauthenticatedHttp:
    """Sends requests to pre-authenticated addresses, which carry their own proof and get no token.

    Args:
        http: The process's connection pool.
        hosts: Where such addresses may lead.
        service: Who hands them out, for messages.
    """

    def __init__(self, http: "Http", hosts: TrustedHosts, *, service: str) -> None:
        self._http = http
        self._hosts = hosts
        self._service = service

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Response:
        """Sends a request and returns the response, whatever its status.

        Raises:
            ToolError: `upstream_error`: the address is not safe; or there was no response.
        """
        request = Request(
            method,
            url,
            headers=headers or {},
            content=content,
            handed_out=self._hosts.check(url, self._service),
        )
        return await self._http.send(request, service=self._service)

    async def checked(self, url: str) -> str:
        """Returns an address that may be handed on.

        Raises:
            ToolError: `upstream_error`: the address is not safe.
        """
        if self._hosts.check(url, self._service):
            await self._http.check_address(url, service=self._service)
        return url


def has_dot_segment(path: str) -> bool:
    """Tells whether a path leads out of itself by `.` or `..` (RFC 3986, 5.2.4)."""
    return _DOT_SEGMENT.search(path) is not None


def check_next_link(link: str, base: str, service: str) -> str:
    """Returns a next link if it leads to the API itself: the token is for no other place.

    Args:
        link: What the service gave.
        base: The API's address with its version.
        service: Its name, for the message.

    Raises:
        ToolError: `upstream_error`: it leads elsewhere, by whatever spelling.
    """
    path = link.partition("?")[0].removeprefix(f"{base}/")
    is_plain = link.isprintable() and not set(" \\#") & set(link)
    if not link.startswith(f"{base}/") or not is_plain or _climbs(path):
        raise ToolError(
            "upstream_error", f"{service} gave a next link to another host.", "Call again without a cursor."
        )
    return link


def _climbs(path: str) -> bool:
    """Tells whether a path has a dot segment, however it is encoded."""
    for _ in range(_ENCODINGS):
        if has_dot_segment(path):
            return True
        path = unquote(path)
    return has_dot_segment(path)
