"""Azure Table Storage, played by Azurite: Microsoft's own emulator, a program for Node."""

from __future__ import annotations

import shutil
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from local.layout import Layout
from local.organisation import organisation

_ACCOUNT = "devstoreaccount1"
_TABLE = "preferences"
_RESOURCE = "https://storage.azure.com"
# Where `make azurite` puts it.
_PROGRAM = Path(sys.prefix) / "azurite" / "node_modules" / ".bin" / "azurite-table"


def installed() -> bool:
    """Whether Azurite and the Node it needs are there."""
    return _PROGRAM.exists() and shutil.which("node") is not None


def command(layout: Layout) -> list[str]:
    """The command that serves tables at the layout's address, over https to holders of Entra's tokens.

    Azurite checks a token's audience, lifetime and kind of issuer, but no signature and no role.
    """
    return [
        str(_PROGRAM),
        *("--tableHost", "127.0.0.1"),
        *("--tablePort", str(urlsplit(layout.tables).port)),
        *("--cert", str(layout.server_certificate)),
        *("--key", str(layout.server_certificate)),
        *("--oauth", "basic"),
        "--inMemoryPersistence",
        "--disableTelemetry",
    ]


def table_url(layout: Layout) -> str:
    """The table of preferences."""
    return f"{layout.tables}/{_ACCOUNT}/{_TABLE}"


def create_table(layout: Layout) -> None:
    """Create the table of preferences, as the deployment does in Azure, where it is not there yet.

    Raises:
        httpx.HTTPError: The identity endpoint gave no token, or Azurite refused.
    """
    context = ssl.create_default_context(cafile=str(layout.ca_file))
    with httpx.Client(verify=context, trust_env=False) as http:
        response = http.post(
            f"{layout.tables}/{_ACCOUNT}/Tables",
            json={"TableName": _TABLE},
            headers={
                "Authorization": f"Bearer {_token(http, layout)}",
                "Accept": "application/json;odata=nometadata",
                "x-ms-version": "2020-12-06",
            },
        )
    if response.status_code != httpx.codes.CONFLICT:
        response.raise_for_status()


def _token(http: httpx.Client, layout: Layout) -> str:
    response = http.get(
        f"{layout.identity}/msi/token",
        params={
            "api-version": "2019-08-01",
            "resource": _RESOURCE,
            "client_id": organisation().document["managed_identity"]["client_id"],
        },
        headers={"X-IDENTITY-HEADER": layout.secret("identity_header")},
    )
    return str(response.raise_for_status().json()["access_token"])
