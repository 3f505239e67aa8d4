"""Tags, by which a deployment is found, and a server that nobody answers for."""

from __future__ import annotations

from collections.abc import Iterator

from tests.infra.infrastructure import Infrastructure
from tests.infra.type_table import TableShape

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
        taggable = not resource.type.startswith(_WITHOUT)
        if isinstance(resource.shape, TableShape) and resource.shape.kind == "ObjectType":
            taggable = "tags" in resource.shape.entry["properties"] and not resource.type.startswith(
                "Microsoft.Graph/"
            )
        tags = resource.body.get("tags") or {}
        if taggable and any(tag not in tags for tag in TAGS):
            yield f"{resource.place}: lacks the tags {[tag for tag in TAGS if tag not in tags]}"


def tags_say_what_was_chosen(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, group in infrastructure.deployed("Microsoft.Resources/resourceGroups"):
        expected = {
            "azd-env-name": deployment.value_of("environmentName"),
            "owner": deployment.value_of("owner"),
            "security-review-date": deployment.value_of("securityReviewDate"),
        }
        for tag, value in expected.items():
            if (group.body.get("tags") or {}).get(tag) != value:
                yield f"{group.place}: the tag {tag} is not {value!r}"
