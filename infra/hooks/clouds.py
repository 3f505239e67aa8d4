"""Defines the addresses that differ between the clouds of Azure, and finds the cloud of a deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from commands import CommandError, az


@dataclass(frozen=True)
class Cloud:
    """Holds the addresses of one cloud.

    Source: "National cloud deployments", "Azure Government and China endpoints".

    Attributes:
        authority: Where users sign in.
        graph: Microsoft Graph, as scopes name it.
        resource_manager: Azure Resource Manager.
        admin_center: The Entra admin center.
        token_exchange_audience: What a federated credential expects of the managed identity's assertion.
    """

    authority: str
    graph: str
    resource_manager: str
    admin_center: str
    token_exchange_audience: str


_CLOUDS: Mapping[str, Cloud] = {
    "public": Cloud(
        "https://login.microsoftonline.com",
        "https://graph.microsoft.com",
        "https://management.azure.com",
        "https://entra.microsoft.com",
        "api://AzureADTokenExchange",
    ),
    "usgov": Cloud(
        "https://login.microsoftonline.us",
        "https://graph.microsoft.us",
        "https://management.usgovcloudapi.net",
        "https://entra.microsoft.us",
        "api://AzureADTokenExchangeUSGov",
    ),
    "china": Cloud(
        "https://login.partner.microsoftonline.cn",
        "https://microsoftgraph.chinacloudapi.cn",
        "https://management.chinacloudapi.cn",
        "https://entra.microsoftonline.cn",
        "api://AzureADTokenExchangeChina",
    ),
}
BY_NAME = {"AzureCloud": "public", "AzureUSGovernment": "usgov", "AzureChinaCloud": "china"}
"""The names of the Azure CLI and of Bicep's `environment()`."""


def deployed_to(environ: Mapping[str, str]) -> Cloud:
    """Returns the cloud of a deployment, by its outputs."""
    return _CLOUDS[environ.get("AZURE_CLOUD_NAME") or "public"]


@cache
def signed_in_to() -> Cloud:
    """Returns the cloud that `az` is signed in to.

    Raises:
        CommandError: It is none that this server can be deployed to, or `az` does not tell.
    """
    name = str((az("cloud", "show") or {}).get("name"))
    if name not in BY_NAME:
        raise CommandError(f"the cloud {name} is none of {', '.join(BY_NAME)}")
    return _CLOUDS[BY_NAME[name]]
