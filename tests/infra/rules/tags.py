"""What a resource says of itself: whose it is, so that no server runs that nobody answers for, and where."""

from __future__ import annotations

from collections.abc import Iterator

from tests.infra.bicep.values import Resource
from tests.infra.infrastructure import Infrastructure
from tests.infra.type_table import TableShape

_GLOBAL = (
    "Microsoft.Insights/actionGroups",
    "Microsoft.Insights/metricAlerts",
    "Microsoft.Network/privateDnsZones",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
)
TAGS = ("azd-env-name", "mcp-server-approved", "owner", "security-review-date")
# What these types have no tags for; every other one is taken to have some where no table is at hand.
_WITHOUT = (
    "Microsoft.Authorization/",
    "Microsoft.Consumption/",
    "Microsoft.Graph/",
    "Microsoft.Insights/diagnosticSettings",
    "Microsoft.Network/privateEndpoints/",
    "Microsoft.ApiManagement/service/",
    "Microsoft.Storage/storageAccounts/",
    "Microsoft.Web/sites/",
)


def whatever_can_have_tags_has_them_all(infrastructure: Infrastructure) -> Iterator[str]:
    for _, resource in infrastructure.deployed():
        tags = resource.body.get("tags") or {}
        if _is_tracked(resource) and any(tag not in tags for tag in TAGS):
            yield f"{resource.place}: lacks the tags {[tag for tag in TAGS if tag not in tags]}"


def whatever_has_a_region_is_in_the_one_asked_for(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, resource in infrastructure.deployed():
        expected = "global" if resource.type in _GLOBAL else deployment.value_of("location")
        if _is_tracked(resource) and resource.body.get("location") != expected:
            yield f"{resource.place}: is in {resource.body.get('location')}, not {expected}"


def tags_say_what_was_chosen(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, group in infrastructure.deployed("Microsoft.Resources/resourceGroups"):
        expected = {
            "azd-env-name": deployment.value_of("environmentName"),
            "mcp-server-approved": "yes" if deployment.value_of("securityReviewDate") else "no",
            "owner": deployment.value_of("owner"),
            "security-review-date": deployment.value_of("securityReviewDate"),
        }
        for tag, value in expected.items():
            if (group.body.get("tags") or {}).get(tag) != value:
                yield f"{group.place}: the tag {tag} is not {value!r}"


def _is_tracked(resource: Resource) -> bool:
    """Whether the type has tags and a region."""
    if isinstance(resource.shape, TableShape) and resource.shape.kind == "ObjectType":
        return bool({"tags", "location"} <= resource.shape.entry["properties"].keys())
    return not resource.type.startswith(_WITHOUT)
