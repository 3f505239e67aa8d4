"""Runs Easy Auth as a server in front of a function app, as App Service does in Azure."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from local import listener
from local.easyauth.access_tokens import ProviderError, published_keys
from local.easyauth.config import EasyAuthConfig
from local.easyauth.errors import FrontError
from local.easyauth.hop_by_hop import end_to_end
from local.easyauth.journal import Journal
from local.easyauth.middleware import EasyAuth
from local.easyauth.upstream import Upstream

_NO_IPV6 = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def front(config: EasyAuthConfig, url: str, transport: httpx.AsyncBaseTransport, journal: Journal) -> ASGIApp:
    """Returns an ASGI app: Easy Auth in front of the server at this URL."""
    guarded = EasyAuth(Upstream(url, transport, journal), config, journal)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # Before Easy Auth adds its own: a Connection field could list those, to have them removed.
            scope = {**scope, "headers": end_to_end(scope["headers"])}
        await guarded(scope, receive, send)

    return app


def listeners(port: int) -> list[socket.socket]:
    """Opens sockets on this port of localhost, on IPv6 too where there is any; 0 takes a free port.

    Raises:
        FrontError: The port is taken.
    """
    sockets: list[socket.socket] = []
    try:
        sockets.append(socket.create_server(("127.0.0.1", port)))
        taken = sockets[0].getsockname()[1]
        sockets.append(socket.create_server(("::1", taken), family=socket.AF_INET6))
    except OSError as error:
        if not sockets or error.errno not in _NO_IPV6:
            for each in sockets:
                each.close()
            raise FrontError(
                f"Port {port} of localhost cannot be listened on ({os.strerror(error.errno or 0)}): "
                "end what uses it, or choose another with --port."
            ) from error
    return sockets


async def check_issuer(config: EasyAuthConfig) -> None:
    """Returns if the issuer publishes its keys, so that a wrong tenant is reported at start.

    Raises:
        FrontError: It does not, or cannot be reached.
    """
    try:
        await published_keys(config)
    except ProviderError as error:
        raise FrontError(
            f"The issuer {config.issuer} does not give its signing keys ({error}: {error.__cause__}).\n"
            "Check AZURE_TENANT_ID, AZURE_CLOUD, SSL_CERT_FILE and the way to the network."
        ) from error


def server(app: ASGIApp) -> uvicorn.Server:
    """Returns the server of this app; open streams get two seconds when it ends."""
    settings = listener.configuration(
        app,
        log_level="error",
        lifespan="off",
        ws="none",
        # The answers bring their own.
        date_header=False,
    )
    return uvicorn.Server(settings)


async def serve(app: ASGIApp, sockets: list[socket.socket]) -> None:
    """Serves until a signal arrives."""
    # What is cancelled then is no failure.
    logging.getLogger("uvicorn.error").addFilter(_is_no_cancellation)
    await server(app).serve(sockets)


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))
