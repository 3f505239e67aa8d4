"""Storage is reached with Entra's tokens over TLS, and with a virtual network through that alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.infra.bicep.deployment import Deployment
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
_SERVICES = ("blob", "queue", "table")


def storage_takes_no_key_and_no_plain_http(infrastructure: Infrastructure) -> Iterator[str]:
    for _, account in infrastructure.deployed("Microsoft.Storage/storageAccounts"):
        if account.type == "Microsoft.Storage/storageAccounts":
            yield from differences(account, _ACCOUNT)


def containers_are_not_public(infrastructure: Infrastructure) -> Iterator[str]:
    for _, container in infrastructure.deployed("Microsoft.Storage/storageAccounts/blobServices/containers"):
        yield from differences(container, {"properties.publicAccess": "None"})


def storage_is_closed_exactly_with_a_network(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, account in infrastructure.deployed("Microsoft.Storage/storageAccounts"):
        if account.type == "Microsoft.Storage/storageAccounts":
            closed = deployment.value_of("enableNetwork")
            expected = {
                "properties.publicNetworkAccess": "Disabled" if closed else "Enabled",
                "properties.networkAcls.defaultAction": "Deny" if closed else "Allow",
            }
            yield from differences(account, expected)


def a_network_reaches_every_service_of_storage(infrastructure: Infrastructure) -> Iterator[str]:
    for name, deployment in infrastructure.deployments.items():
        closed = deployment.value_of("enableNetwork")
        expected = set(_SERVICES) if closed else set()
        for what, found in _reached(deployment).items():
            if found != expected:
                yield f"with {name}: {what} are there for {sorted(found)}, not {sorted(expected)}"
        for site in _of(deployment, "Microsoft.Web/sites"):
            if bool(site.property("properties.virtualNetworkSubnetId")) != closed:
                yield f"{site.place}: is in a subnet or not, against enableNetwork (with {name})"


def the_subnet_of_the_app_is_delegated(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, network in infrastructure.deployed("Microsoft.Network/virtualNetworks"):
        if network.type != "Microsoft.Network/virtualNetworks":
            continue
        site = next(_of(deployment, "Microsoft.Web/sites"))
        used = str(site.property("properties.virtualNetworkSubnetId"))
        subnets = {
            f"{network.id}/subnets/{each['name']}": each for each in network.property("properties.subnets")
        }
        delegations = subnets.get(used, {}).get("properties", {}).get("delegations", [])
        services = [each["properties"]["serviceName"] for each in delegations]
        if services != ["Microsoft.App/environments"]:
            yield f"{network.place}: the subnet {used} is delegated to {services}"


def _reached(deployment: Deployment) -> dict[str, set[str]]:
    """The services of storage for which each part of a private way is there."""
    endpoints = {str(each.id): each for each in _of(deployment, "Microsoft.Network/privateEndpoints")}
    groups = {
        endpoint: connection["properties"]["groupIds"][0]
        for endpoint, each in endpoints.items()
        for connection in each.property("properties.privateLinkServiceConnections")
    }
    zones = {str(each.id): str(each.name) for each in _of(deployment, "Microsoft.Network/privateDnsZones")}
    services = {
        zone: name.removeprefix("privatelink.").removesuffix(".core.windows.net")
        for zone, name in zones.items()
    }
    links = _of(deployment, "Microsoft.Network/privateDnsZones/virtualNetworkLinks")
    linked = {services.get(str(link.id).partition("/virtualNetworkLinks/")[0], "?") for link in links}
    named = set()
    for group in _of(deployment, "Microsoft.Network/privateEndpoints/privateDnsZoneGroups"):
        endpoint = str(group.id).partition("/privateDnsZoneGroups/")[0]
        for config in group.property("properties.privateDnsZoneConfigs"):
            if services.get(config["properties"]["privateDnsZoneId"]) == groups.get(endpoint):
                named.add(groups.get(endpoint, "?"))
    return {
        "private endpoints": set(groups.values()),
        "private DNS zones": set(services.values()),
        "links of zones to the network": linked,
        "names of endpoints in their zone": named,
    }


def _of(deployment: Deployment, type_: str) -> Iterator[Resource]:
    return (
        each for each in deployment.resources if each.deployed and not each.existing and each.type == type_
    )


def differences(resource: Resource, expected: Mapping[str, Any]) -> Iterator[str]:
    """A line for each property that is not as expected."""
    for path, value in expected.items():
        actual = resource.property(path)
        if actual != value or isinstance(actual, bool) != isinstance(value, bool):
            yield f"{resource.place}: {path} is {actual!r}, not {value!r}"
