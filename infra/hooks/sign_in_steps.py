"""Prints what people still have to do for the sign-in proxy, and for clients that Entra does not know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from addresses import for_clients
from sign_in import mode, signs_in
from trust import trust_command


def existing_client(environ: Mapping[str, str]) -> Iterator[list[str]]:
    """Yields what the proxy's registration made by hand still lacks after the first deployment."""
    if not signs_in(environ):
        return
    client_id = environ.get("MCP_SIGN_IN_CLIENT_ID", "<its client id>")
    yield [
        "Let the sign-in proxy's registration trust the managed identity, and send people back (once):",
        trust_command(environ, client_id),
        f"az ad app update --id {client_id} --web-redirect-uris "
        f"{environ.get('MCP_SIGN_IN_ORIGIN', '<origin>')}/oauth/callback",
        f"and pre-authorize {client_id} at {environ['MCP_CLIENT_ID']}: "
        f"python infra/registration.py {environ['MCP_CLIENT_ID']} clients --client {client_id}",
    ]


def other_clients(environ: Mapping[str, str]) -> list[str]:
    """Returns how clients besides Visual Studio Code are connected; nothing without a proxy."""
    if signs_in(environ):
        address = f"{environ.get('MCP_SIGN_IN_ORIGIN', '')}/runtime/webhooks/mcp"
        return [
            "Add the server to any other client by its address alone; nothing is to be registered:",
            address,
            "(docs/clients.md has a row for each)",
        ]
    if mode(environ) == "metadata":
        return [
            "Register each other client once, and give it that client id (docs/clients.md has a row each):",
            for_clients(environ),
        ]
    return []
