"""The virtual network: the app's subnet with a way out, and private ways to every service of storage."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

from tests.infra.bicep.deployment import Deployment
from tests.infra.bicep.values import Resource
from tests.infra.infrastructure import Infrastructure

_SERVICES = ("blob", "queue", "table")
_NETWORK = "Microsoft.Network/virtualNetworks"


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
        site = _of(deployment, "Microsoft.Web/sites")[0]
        used = str(site.property("properties.virtualNetworkSubnetId"))
        subnets = _subnets(network)
        delegations = subnets.get(used, {}).get("properties", {}).get("delegations", [])
        services = [each["properties"]["serviceName"] for each in delegations]
        if services != ["Microsoft.App/environments"]:
            yield f"{network.place}: the subnet {used} is delegated to {services}"


def subnets_lie_side_by_side_in_the_network(infrastructure: Infrastructure) -> Iterator[str]:
    for _, network in infrastructure.deployed(_NETWORK):
        try:
            spaces = [
                ip_network(each) for each in network.property("properties.addressSpace.addressPrefixes")
            ]
            subnets = [ip_network(each["properties"]["addressPrefix"]) for each in _subnets(network).values()]
        except (KeyError, TypeError, ValueError) as error:
            yield f"{network.place}: has ranges that are none: {error!r}"
            continue
        for subnet in subnets:
            if not any(subnet.subnet_of(space) for space in spaces):  # type: ignore[arg-type]
                yield f"{network.place}: {subnet} is outside the network"
        for first, second in itertools.combinations(subnets, 2):
            if first.overlaps(second):
                yield f"{network.place}: {first} and {second} overlap"


def endpoints_are_in_a_subnet_there_is_and_lead_to_storage(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, endpoint in infrastructure.deployed("Microsoft.Network/privateEndpoints"):
        if endpoint.type != "Microsoft.Network/privateEndpoints":
            continue
        subnets = [each for network in _of(deployment, _NETWORK) for each in _subnets(network)]
        app = _of(deployment, "Microsoft.Web/sites")[0].property("properties.virtualNetworkSubnetId")
        if endpoint.property("properties.subnet.id") not in {*subnets} - {app}:
            yield f"{endpoint.place}: is in the subnet {endpoint.property('properties.subnet.id')}"
        accounts = [each.id for each in _of(deployment, "Microsoft.Storage/storageAccounts")]
        for connection in endpoint.property("properties.privateLinkServiceConnections"):
            if [connection["properties"]["privateLinkServiceId"]] != accounts or not connection.get("name"):
                yield f"{endpoint.place}: leads to {connection}"


def parts_that_azure_asks_a_name_of_have_one(infrastructure: Infrastructure) -> Iterator[str]:
    """No required property, and refused without."""
    for _, network in infrastructure.deployed(_NETWORK):
        for subnet in network.property("properties.subnets"):
            if not all(each.get("name") for each in subnet["properties"].get("delegations", [])):
                yield f"{network.place}: a delegation of {subnet['name']} has no name"
    for _, group in infrastructure.deployed("Microsoft.Network/privateEndpoints/privateDnsZoneGroups"):
        if not all(each.get("name") for each in group.property("properties.privateDnsZoneConfigs")):
            yield f"{group.place}: a zone has no name"


def zones_are_linked_to_the_network(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, link in infrastructure.deployed("Microsoft.Network/privateDnsZones/virtualNetworkLinks"):
        networks = [each.id for each in _of(deployment, _NETWORK)]
        if [link.property("properties.virtualNetwork.id")] != networks:
            yield f"{link.place}: is to {link.property('properties.virtualNetwork.id')}"
        if link.property("properties.registrationEnabled") is not False:
            yield f"{link.place}: lets machines register names"


def the_app_has_a_way_out(infrastructure: Infrastructure) -> Iterator[str]:
    """To Entra, Graph and Azure DevOps; endpoints need none."""
    for deployment, network in infrastructure.deployed(_NETWORK):
        app = _of(deployment, "Microsoft.Web/sites")[0].property("properties.virtualNetworkSubnetId")
        for subnet, each in _subnets(network).items():
            goes_out = (
                each["properties"].get("defaultOutboundAccess") is True or "natGateway" in each["properties"]
            )
            if goes_out != (subnet == app):
                yield f"{network.place}: {subnet} has a way out or not, against what is in it"


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


def _of(deployment: Deployment, type_: str) -> list[Resource]:
    return [
        each for each in deployment.resources if each.deployed and not each.existing and each.type == type_
    ]


def _subnets(network: Resource) -> dict[str, dict[str, Any]]:
    """The subnets by their ids."""
    return {f"{network.id}/subnets/{each['name']}": each for each in network.property("properties.subnets")}
