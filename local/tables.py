"""Runs Azure Table Storage with Azurite: Microsoft's own emulator, a program for Node."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

from local.layout import Layout

_ACCOUNT = "devstoreaccount1"
# Where `make azurite` puts it.
_PROGRAM = Path(sys.prefix) / "azurite" / "node_modules" / ".bin" / "azurite-table"


def installed() -> bool:
    """Tells whether Azurite and the Node it needs are there."""
    return _PROGRAM.exists() and shutil.which("node") is not None


def command(layout: Layout) -> list[str]:
    """Returns the command that serves tables at the layout's address, over https with Entra's tokens.

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


def table_url(layout: Layout, table: str = "preferences") -> str:
    """Returns the address of a table, which the app creates."""
    return f"{layout.tables}/{_ACCOUNT}/{table}"
