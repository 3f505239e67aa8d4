"""Finds the addresses of the deployed server."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit


def through_gateway(environ: Mapping[str, str]) -> str:
    """Returns the address of the server's MCP endpoint at the gateway; empty where there is none."""
    gateway = environ.get("GATEWAY_URL", "").rstrip("/")
    return gateway and gateway + urlsplit(environ["MCP_URL"]).path


def for_clients(environ: Mapping[str, str]) -> str:
    """Returns the address that clients use."""
    return through_gateway(environ) or environ["MCP_URL"]


def origin(url: str) -> str:
    """Returns the scheme and host of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
