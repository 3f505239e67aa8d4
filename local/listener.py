"""Configures every listener of this machine, and refuses foreign hosts (DNS rebinding)."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

KEEP_ALIVE_SECONDS = 250
"""How long an idle connection is kept: longer than by any client, as Azure's front end does (4 minutes)."""

_REFUSAL = (
    "Forbidden: this listener serves its own machine alone, and the {header} header names another one.\n"
)


def configuration(app: ASGIApp, **settings: Any) -> uvicorn.Config:
    """Returns the configuration of a listener that serves this app to this machine alone."""
    return uvicorn.Config(
        LoopbackOnly(app),
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        **settings,
    )


class LoopbackOnly:
    """Passes on requests whose Host, and whose Origin if there is one, are of this machine.

    A page of another site can have a browser send requests here under a name it made resolve to this
    machine; that name, or the site's, stands in these headers. A form of a page with the referrer policy
    `no-referrer` comes with the origin `null` (Fetch, "append a request `Origin` header"); then
    `Sec-Fetch-Site` says whose page it is, which no page can set.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or answers 403."""
        if scope["type"] == "http" and (header := _foreign(scope["headers"])) is not None:
            await PlainTextResponse(_REFUSAL.format(header=header), 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def is_loopback(url: str) -> bool:
    """Tells whether a URL has nothing but a host of this machine: `localhost` or a loopback address."""
    try:
        parts = urlsplit(url)
        name, _ = parts.hostname or "", parts.port
        return not (parts.path or parts.query or parts.fragment) and (
            name == "localhost" or ipaddress.ip_address(name).is_loopback
        )
    except ValueError:
        return False


def _foreign(headers: list[tuple[bytes, bytes]]) -> str | None:
    """Returns the header that names another machine, or that is missing."""
    hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
    if not hosts or not all(is_loopback(f"//{host}") for host in hosts):
        return "Host"
    origins = [value.decode("latin-1") for name, value in headers if name == b"origin"]
    if origins == ["null"] and [value for name, value in headers if name == b"sec-fetch-site"] == [
        b"same-origin"
    ]:
        return None
    return None if all("://" in origin and is_loopback(origin) for origin in origins) else "Origin"
