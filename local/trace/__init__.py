"""Serves the trace page of the local tenant: each call and its tokens, as it happens.

It belongs to the local tenant alone. What it shows comes from the services' own observations; of a
token it knows the header and the claims, never the token itself.
"""

from __future__ import annotations

import logging

from starlette.types import ASGIApp

from local.layout import Layout
from local.trace.application import application
from local.trace.own_page import OwnPageOnly


def listeners(layout: Layout) -> dict[str, ASGIApp]:
    """The page on the layout's address for it."""
    # It asks each service once a second, for as long as it runs.
    for client in ("httpx", "httpx2", "mcp"):
        logging.getLogger(client).setLevel(logging.WARNING)
    return {layout.trace: OwnPageOnly(application(layout), layout.trace)}
