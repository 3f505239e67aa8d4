"""The app settings the local host gives the function app, as Azure gives them: in the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from local import tables
from local.devops.made_answers import FURTHER_HOSTS
from local.layout import Layout
from local.organisation import organisation
from local.serving import APP_SETTING

# What would lead the app to another tenant, identity or network than the local one.
_AMBIENT_PREFIXES = (
    "AZURE_",
    "GRAPH_",
    "DEVOPS_",
    "IDENTITY_",
    "MSI_",
    "WEBSITE_",
    "OVERRIDE_USE_MI_",
    "ALLOWED_",
    "PREFERENCES_",
    "SIGN_IN_",
)
_AMBIENT = {
    "REQUIRED_SCOPE",
    "TOKEN_EXCHANGE_AUDIENCE",
    "MAX_TOKEN_AGE_HOURS",
    "TOOL_POLICY",
    "RATE_LIMIT",
    "RATE_LIMIT_REDIS_URL",
    "ENABLE_WRITE_TOOLS",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_DIR",
}


def app_settings(layout: Layout, sign_in_proxy: str = "") -> dict[str, str]:
    """The settings of an app that belongs to this tenant.

    With a sign-in proxy (`app` or `metadata`) those of the proxy are among them; any client may register.
    """
    tenant = organisation()
    settings = {
        "AZURE_TENANT_ID": tenant.tenant_id,
        "AZURE_CLIENT_ID": tenant.server_client_id,
        "AZURE_MI_CLIENT_ID": str(tenant.document["managed_identity"]["client_id"]),
        "AZURE_AUTHORITY_HOST": layout.entra,
        "GRAPH_ENDPOINT": layout.graph,
        "DEVOPS_ENDPOINT": layout.devops,
        "DEVOPS_PROFILE_ENDPOINT": layout.devops_profile,
        "DEVOPS_SEARCH_ENDPOINT": layout.devops_search,
        "DEVOPS_IDENTITIES_ENDPOINT": layout.devops_identities,
        "DEVOPS_RELEASES_ENDPOINT": layout.devops_releases,
        "DEVOPS_SECURITY_ENDPOINT": layout.devops_security,
        "IDENTITY_ENDPOINT": f"{layout.identity}/msi/token",
        "IDENTITY_HEADER": layout.secret("identity_header"),
        "SSL_CERT_FILE": str(layout.ca_file),
        "REQUESTS_CA_BUNDLE": str(layout.ca_file),
        "WEBSITE_HOSTNAME": urlsplit(layout.host).netloc,
        "WEBSITE_AUTH_ENABLED": "True",
        "WEBSITE_AUTH_CLIENT_ID": tenant.server_client_id,
        "ENABLE_WRITE_TOOLS": "true",
        # Tests and demonstrations call much faster than people do.
        "RATE_LIMIT": "6000/minute",
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "NO_PROXY": "localhost,127.0.0.1",
    }
    if layout.devops_further:
        urls = (f"{name}={layout.devops_further}/{name}" for name in FURTHER_HOSTS)
        settings["DEVOPS_HOSTS"] = ",".join(urls)
    if layout.tables:
        settings["PREFERENCES_TABLE_URL"] = tables.table_url(layout)
    if layout.tables and sign_in_proxy:
        settings["SIGN_IN_TABLE_URL"] = tables.table_url(layout, "signin")
    if sign_in_proxy:
        settings |= {
            "SIGN_IN_PROXY": sign_in_proxy,
            "SIGN_IN_CLIENT_ID": str(tenant.document["sign_in_proxy"]["client_id"]),
            "SIGN_IN_ORIGIN": layout.host,
            "SIGN_IN_REGISTRATION": "true",
        }
    return settings


def environment(ambient: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """The environment the app runs in: settings over what is harmless of the ambient one.

    A variable `LOCAL_APP_SETTING_<NAME>` adds or replaces the setting `<NAME>`; an empty value
    removes it.
    """
    kept = {name: value for name, value in ambient.items() if not _leads_elsewhere(name.upper())}
    overrides = {
        name.removeprefix(APP_SETTING): value
        for name, value in ambient.items()
        if name.startswith(APP_SETTING)
    }
    merged = {**kept, **settings, **overrides}
    return {name: value for name, value in merged.items() if overrides.get(name) != ""}


def apply(layout: Layout) -> None:
    """Make this process's environment the app's, and note in the tenant's folder what it was given."""
    settings = app_settings(layout, os.environ.get(f"{APP_SETTING}SIGN_IN_PROXY", ""))
    wanted = environment(os.environ, settings)
    overridden = {name.removeprefix(APP_SETTING) for name in os.environ if name.startswith(APP_SETTING)}
    given = {name: wanted[name] for name in sorted(settings.keys() | overridden) if name in wanted}
    layout.app_settings_file.touch(mode=0o600)
    layout.app_settings_file.write_text(json.dumps(given, indent=2) + "\n")
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    os.environ.update(wanted)


def _leads_elsewhere(name: str) -> bool:
    return name in _AMBIENT or name.startswith(_AMBIENT_PREFIXES)
