"""The infrastructure as a folder says it, and what it would deploy for some choices of its parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from tests.infra.bicep.deployment import Deployment
from tests.infra.bicep.source import Source, read
from tests.infra.bicep.values import Resource
from tests.infra.type_table import TypeTable

FOLDER = Path(__file__).resolve().parents[2] / "infra"
_TYPES = FOLDER.parent / "tests" / "contract" / "resource_types.json"

# What azd knows of itself.
_AZD = {
    "environmentName": "work",
    "location": "westeurope",
    "principalId": "8e5a2ca1-4d3f-4b6e-8c90-1b2d3f4e5a62",
}
_EXISTING = {"entraMode": "existing", "existingClientId": "c8f7a6b5-d4e3-4b2a-9180-7f6e5d4c3b21"}
_SIGN_IN = {
    "signInClients": ["claude.ai", "chatgpt.com"],
    "signInRedirects": ["cursor://anysphere.cursor-mcp/oauth/callback"],
    "signInRegistration": True,
}
_GATEWAY = {"enableGateway": True, "gatewayPublisherEmail": "ana@larkspur.example"}
_EVERYTHING = {
    "createUserGroup": True,
    "grantAdminConsent": True,
    "includeDevOps": True,
    "enableWriteTools": True,
    "confirmWrites": "others",
    "enableNetwork": True,
    **_GATEWAY,
    **_SIGN_IN,
    "signInProxy": "gateway",
    "corsOrigins": ["https://inspector.larkspur.example"],
    "alwaysReadyInstances": 2,
    "extraIdentifierUris": ["https://mcp.larkspur.example"],
    "allowedTenantIds": ["5a1e7f64-2f0c-4b7e-9d38-6c0b8f6d2a41"],
    "alertEmails": ["ana@larkspur.example"],
    "enableAlerts": True,
    "budgetAmount": 50,
    "budgetStartDate": "2026-12-01",
    "owner": "ana@larkspur.example",
    "securityReviewDate": "2027-06-01",
    "dailyLogQuotaGb": 1,
    "storageSku": "Standard_ZRS",
    "telemetry": "openTelemetry",
    "readMore": "graph:*;devops:*",
    "readMoreScopes": ["Group.Read.All"],
    "rateLimitRedisVaultUri": "https://work.vault.azure.net/secrets/redis",
    "toolPolicy": {
        "writes": {"roles": ["Tools.Write"], "scopes": ["Tools.Change"]},
        "mail": {"roles": ["Mail"]},
        "wiki": {"scopes": ["Tools.Wiki", "Tools.Change", "access_as_user"]},
    },
}
SCENARIOS: Mapping[str, Mapping[str, Any]] = {
    "as it comes": {},
    "everything": _EVERYTHING,
    "an app registration of one's own": _EXISTING,
    "its own registration, network and gateway": {
        **_EVERYTHING,
        **_EXISTING,
        "existingIdentifierUri": "https://mcp.larkspur.example/server",
        "existingSignInClientId": "7d6c5b4a-3f2e-4d1c-8b0a-9f8e7d6c5b4a",
    },
    "the sign-in proxy": {**_SIGN_IN, "signInProxy": "app", "corsOrigins": ["http://localhost:6274"]},
    "the sign-in proxy beside a gateway": {**_GATEWAY, "signInProxy": "app"},
    "metadata for clients that are registered": {"signInProxy": "metadata"},
    "metadata for clients that are registered, at a gateway": {**_GATEWAY, "signInProxy": "metadata"},
    "without Azure DevOps, for mail readers": {
        "includeDevOps": False,
        "tools": ["mail"],
        "createUserGroup": False,
    },
    "users of another tenant": {
        "allowedTenantIds": ["5a1e7f64-2f0c-4b7e-9d38-6c0b8f6d2a41", "6b2f8075-301d-4c8f-8e49-7d1c907e3b52"],
        "principalType": "ServicePrincipal",
    },
    "a network alone": {"enableNetwork": True, "grantAdminConsent": True, "enableAlerts": False},
}
"""Choices that together take every branch of the files."""


class Infrastructure:
    """A folder of Bicep files.

    Args:
        folder: Where `main.bicep` is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.table = type_table()

    @cached_property
    def sources(self) -> dict[str, Source]:
        """Every Bicep file by its path in the folder."""
        paths = sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.bicep"))
        return {path: read(self.folder, path) for path in paths}

    @cached_property
    def deployments(self) -> Mapping[str, Deployment]:
        """What each scenario deploys, evaluated when it is looked at."""
        return _Deployments(self)

    def deploy(self, choices: Mapping[str, Any]) -> Deployment:
        """What these choices of `main.bicep`'s parameters deploy."""
        deployment = Deployment(
            self.folder, self.sources, "main.bicep", {**_AZD, **choices}, table=self.table
        )
        # Everything is evaluated now, so that its problems are known.
        _ = deployment.resources, deployment.outputs
        return deployment

    def deployed(self, type_: str = "") -> Iterator[tuple[Deployment, Resource]]:
        """The resources of a type that each scenario creates or changes, with their deployment."""
        for deployment in self.deployments.values():
            for resource in deployment.resources:
                if resource.deployed and not resource.existing and resource.type.startswith(type_):
                    yield deployment, resource


class _Deployments(Mapping[str, Deployment]):
    def __init__(self, infrastructure: Infrastructure) -> None:
        self._infrastructure = infrastructure
        self._evaluated: dict[str, Deployment] = {}

    def __getitem__(self, name: str) -> Deployment:
        if name not in self._evaluated:
            self._evaluated[name] = self._infrastructure.deploy(SCENARIOS[name])
        return self._evaluated[name]

    def __iter__(self) -> Iterator[str]:
        return iter(SCENARIOS)

    def __len__(self) -> int:
        return len(SCENARIOS)


@cache
def type_table() -> TypeTable:
    """The published resource types."""
    return TypeTable.load(_TYPES)
