"""Writes the command with which a registration made by hand comes to trust the managed identity."""

from __future__ import annotations

import json
from collections.abc import Mapping

from clouds import deployed_to


def trust_command(environ: Mapping[str, str], client_id: str) -> str:
    """Returns the command that lets a registration take the managed identity's tokens for its own proof."""
    cloud = deployed_to(environ)
    trust = {
        "name": "managed-identity",
        "issuer": f"{cloud.authority}/{environ['AZURE_TENANT_ID']}/v2.0",
        "subject": environ.get("MANAGED_IDENTITY_PRINCIPAL_ID", "<principal id of the managed identity>"),
        "audiences": [cloud.token_exchange_audience],
    }
    return f"az ad app federated-credential create --id {client_id} --parameters '{json.dumps(trust)}'"
