"""Defines where each service of the local tenant listens, and which files they share."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """Holds base URLs (no trailing slash) and the folder of one running tenant.

    `entra` and `entra_http` are one service: MSAL insists on https, while an MCP client on
    the same machine has no reason to know the throw-away CA and takes the plain one.
    `devops_further` stands for all other hosts of Azure DevOps, whose names begin its paths.
    `tables` is empty where Azurite is not installed, and `trace` where there is no trace page.
    """

    folder: Path
    host: str
    entra: str
    entra_http: str
    identity: str
    graph: str
    graph_files: str
    devops: str
    devops_profile: str
    devops_search: str
    devops_identities: str = ""
    devops_releases: str = ""
    devops_further: str = ""
    devops_security: str = ""
    tables: str = ""
    trace: str = ""

    @property
    def mcp_url(self) -> str:
        """Returns the address an MCP client is given."""
        return f"{self.host}/runtime/webhooks/mcp"

    @property
    def ca_file(self) -> Path:
        """Returns the PEM bundle to trust: certifi's roots and the CA of this tenant."""
        return self.folder / "ca.pem"

    @property
    def server_certificate(self) -> Path:
        """Returns the PEM with private key and certificate of the https listeners (localhost, 127.0.0.1)."""
        return self.folder / "server.pem"

    @property
    def app_certificate(self) -> Path:
        """Returns the PEM with private key and certificate registered as a credential of the server's app."""
        return self.folder / "app.pem"

    @property
    def signing_keys_file(self) -> Path:
        """Returns the PEM with the keys that sign tokens; kept, so that a token outlives a restart."""
        return self.folder / "signing.pem"

    @property
    def secrets_file(self) -> Path:
        """Returns the JSON file of `client_secret` and `identity_header`, of app and managed identity."""
        return self.folder / "secrets.json"

    @property
    def app_settings_file(self) -> Path:
        """Returns the JSON file of the settings the host gave the function app when it started."""
        return self.folder / "app_settings.json"

    @property
    def client_registration(self) -> Path:
        """Returns the JSON file of the command line's registration at the sign-in proxy of this start."""
        return self.folder / "client.json"

    def app_setting(self, name: str) -> str:
        """Returns a setting the host gave the function app when it started; empty without it."""
        return str(json.loads(self.app_settings_file.read_text()).get(name, ""))

    def secret(self, name: str) -> str:
        """Returns one value of the secrets file."""
        return str(json.loads(self.secrets_file.read_text())[name])

    def save(self) -> None:
        """Writes `layout.json` into the folder, for the services and for other commands to find."""
        text = json.dumps({**asdict(self), "folder": str(self.folder)}, indent=2)
        (self.folder / "layout.json").write_text(text + "\n")

    @classmethod
    def load(cls, folder: Path) -> Layout:
        """Returns the layout a tenant saved in this folder.

        Raises:
            FileNotFoundError: No tenant was started there.
        """
        stored = json.loads((folder / "layout.json").read_text())
        known = {field.name for field in fields(cls)} - {"folder"}
        return cls(folder=folder, **{name: stored[name] for name in known})


def default_folder() -> Path:
    """Returns where `make run` keeps its tenant: `.local/` beside the code, or `$LOCAL_TENANT_FOLDER`."""
    return Path(os.environ.get("LOCAL_TENANT_FOLDER") or Path(__file__).resolve().parent.parent / ".local")
