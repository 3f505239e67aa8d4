"""Prints what people still have to do for the sign-in proxy, and for clients that Entra does not know."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from addresses import for_clients
from clouds import deployed_to
from sign_in import mode, signs_in


def existing_client(environ: Mapping[str, str]) -> Iterator[list[str]]:
    """Yields what the proxy's registration made by hand still lacks after the first deployment."""
    if not signs_in(environ):
        return
    cloud, client_id = deployed_to(environ), environ.get("MCP_SIGN_IN_CLIENT_ID", "<its client id>")
    trust = {
        "name": "managed-identity",
        "issuer": f"{cloud.authority}/{environ['AZURE_TENANT_ID']}/v2.0",
        "subject": environ.get("MANAGED_IDENTITY_PRINCIPAL_ID", "<principal id of the managed identity>"),
        "audiences": [cloud.token_exchange_audience],
    }
    yield [
        "Let the sign-in proxy's registration trust the managed identity, and send people back (once):",
        f"az ad app federated-credential create --id {client_id} --parameters '{json.dumps(trust)}'",
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
