"""Writes `server.json`: how the MCP registry, and catalogues that read its format, describe a server.

"server.json", 2025-12-11. It names the address clients use and nothing that is a secret.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from addresses import for_clients
from report import Finding, say, show

_ROOT = Path(__file__).resolve().parents[2]
_SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"


def main(environ: Mapping[str, str]) -> int:
    """Writes the file beside the azd environment's own; returns 1 where the deployment is not known."""
    missing = [name for name in ("MCP_URL", "AZURE_ENV_NAME") if not environ.get(name)]
    if missing:
        show("server.json", [Finding(f"{', '.join(missing)} is not known", "azd provision, which writes it")])
        return 1
    path = Path(environ.get("SERVER_JSON") or _ROOT / ".azure" / environ["AZURE_ENV_NAME"] / "server.json")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(described(environ), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        cure = "azd env set SERVER_JSON <a file that can be written>"
        show("server.json", [Finding(f"{path} cannot be written: {error.strerror}", cure)])
        return 1
    say(f"server.json, for the MCP registry or an API Center: {path}")
    return 0


def described(environ: Mapping[str, str]) -> dict[str, Any]:
    """Returns the server as the registry describes it."""
    host = json.loads((_ROOT / "host.json").read_text(encoding="utf-8"))["extensions"]["mcp"]
    url = for_clients(environ)
    # The namespace is a domain, reversed: the host's, as it is the only one known to be the server's.
    namespace = ".".join(reversed((urlsplit(url).hostname or "").split(".")))
    return {
        "$schema": _SCHEMA,
        "name": f"{namespace}/{host['serverName']}",
        "title": "Microsoft 365 and Azure DevOps",
        "description": "Mail, calendar, files, work items and builds, as the signed-in user.",
        "version": host["serverVersion"],
        "remotes": [{"type": "streamable-http", "url": url}],
    }


if __name__ == "__main__":
    sys.exit(main(os.environ))
