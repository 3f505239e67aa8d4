"""Runs one service of the local tenant: `python -m local.serving NAME FOLDER`."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import sys
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp

from local import listener
from local.layout import Layout

TRACE_SETTING = "LOCAL_TRACE"
"""The environment variable that has the host note the spans of the app: see `local.host.spans`."""
APP_SETTING = "LOCAL_APP_SETTING_"
"""An environment variable of this name and an app setting's gives the app that; an empty one removes it."""
SERVICES = ("entra", "identity", "graph", "devops", "host")
TRACE_PAGE = "trace"
"""The service of the page that shows what the others do; `make run` has it."""


class Service(Protocol):
    """Describes what the module `local.NAME` of a service offers."""

    def listeners(self, layout: Layout) -> dict[str, ASGIApp]:
        """Returns the ASGI app for each base URL the service listens on."""
        ...


def server(url: str, app: ASGIApp, layout: Layout) -> uvicorn.Server:
    """Returns a server for one base URL of the layout; https ones use the tenant's certificate."""
    address = urlsplit(url)
    certificate = str(layout.server_certificate) if address.scheme == "https" else None
    return uvicorn.Server(
        listener.configuration(
            app,
            host=address.hostname or "localhost",
            port=address.port or 0,
            ssl_certfile=certificate,
            log_level="warning",
        )
    )


async def serve(name: str, layout: Layout) -> None:
    """Serves until a signal comes. Returns early when one listener cannot start."""
    service: Service = importlib.import_module(f"local.{name}")
    servers = [server(url, app, layout) for url, app in service.listeners(layout).items()]
    await asyncio.gather(*(each.serve() for each in servers))


def main() -> None:
    """Runs the service's process."""
    level = os.environ.get("LOCAL_LOG_LEVEL", "INFO")
    logging.basicConfig(level=level, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    name, folder = sys.argv[1], Path(sys.argv[2])
    if name not in (*SERVICES, TRACE_PAGE):
        sys.exit(f"unknown service {name!r}; the services are {', '.join((*SERVICES, TRACE_PAGE))}")
    asyncio.run(serve(name, Layout.load(folder)))


if __name__ == "__main__":
    main()
