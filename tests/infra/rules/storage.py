"""Storage is reached with Entra's tokens over TLS, and with a virtual network through that alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.infra.bicep.values import Resource
from tests.infra.infrastructure import Infrastructure

_ACCOUNT: Mapping[str, Any] = {
    "kind": "StorageV2",
    "properties.allowSharedKeyAccess": False,
    "properties.allowBlobPublicAccess": False,
    "properties.allowCrossTenantReplication": False,
    "properties.defaultToOAuthAuthentication": True,
    "properties.isLocalUserEnabled": False,
    "properties.isSftpEnabled": False,
    "properties.minimumTlsVersion": "TLS1_2",
    "properties.supportsHttpsTrafficOnly": True,
    "properties.networkAcls.bypass": "None",
}


def storage_takes_no_key_and_no_plain_http(infrastructure: Infrastructure) -> Iterator[str]:
    for _, account in infrastructure.deployed("Microsoft.Storage/storageAccounts"):
        if account.type == "Microsoft.Storage/storageAccounts":
            yield from differences(account, _ACCOUNT)


def containers_are_not_public(infrastructure: Infrastructure) -> Iterator[str]:
    for _, container in infrastructure.deployed("Microsoft.Storage/storageAccounts/blobServices/containers"):
        yield from differences(container, {"properties.publicAccess": "None"})


def what_is_deleted_can_be_had_back_for_a_week(infrastructure: Infrastructure) -> Iterator[str]:
    kept = {"enabled": True, "days": 7}
    expected = {
        "properties.deleteRetentionPolicy": kept,
        "properties.containerDeleteRetentionPolicy": kept,
    }
    for _, service in infrastructure.deployed("Microsoft.Storage/storageAccounts/blobServices"):
        if service.type == "Microsoft.Storage/storageAccounts/blobServices":
            yield from differences(service, expected)


def storage_is_closed_exactly_with_a_network(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, account in infrastructure.deployed("Microsoft.Storage/storageAccounts"):
        if account.type == "Microsoft.Storage/storageAccounts":
            closed = deployment.value_of("enableNetwork")
            expected = {
                "properties.publicNetworkAccess": "Disabled" if closed else "Enabled",
                "properties.networkAcls.defaultAction": "Deny" if closed else "Allow",
            }
            yield from differences(account, expected)


def differences(resource: Resource, expected: Mapping[str, Any]) -> Iterator[str]:
    """A line for each property that is not as expected."""
    for path, value in expected.items():
        actual = resource.property(path)
        if actual != value or isinstance(actual, bool) != isinstance(value, bool):
            yield f"{resource.place}: {path} is {actual!r}, not {value!r}"
