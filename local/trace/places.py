"""Names the services of a tenant for people, and finds them by the ports of its layout."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from local.layout import Layout
from local.tenant import LISTENERS

NAMES: Mapping[str, str] = {
    "host": "MCP server",
    "entra": "Entra ID",
    "identity": "Managed identity",
    "graph": "Microsoft Graph",
    "devops": "Azure DevOps",
    "tables": "Table Storage",
}
APIS = ("graph", "devops")
"""The services that Token B is for."""

type Places = Mapping[int, str]
"""The service that listens on a port."""


def places(layout: Layout) -> Places:
    """Returns which service listens on which port."""
    return {
        port: service
        for service, listeners in LISTENERS.items()
        for listener in listeners
        if (port := urlsplit(getattr(layout, listener)).port) is not None
    }
