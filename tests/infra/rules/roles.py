"""What the app's identity may do in Azure: four roles, each on the one resource it is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.infra.bicep.deployment import SUBSCRIPTION
from tests.infra.bicep.values import Resource
from tests.infra.infrastructure import Infrastructure

# "Azure built-in roles"; beside each the type of resource it is assigned on.
ROLES: Mapping[str, tuple[str, str]] = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": ("Storage Blob Data Owner", "Microsoft.Storage/storageAccounts"),
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": (
        "Storage Queue Data Contributor",
        "Microsoft.Storage/storageAccounts",
    ),
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": (
        "Storage Table Data Contributor",
        "Microsoft.Storage/storageAccounts",
    ),
    "3913510d-42f4-4e42-8a64-420c390055eb": ("Monitoring Metrics Publisher", "Microsoft.Insights/components"),
}
_DEFINITIONS = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/"
_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"


def the_identity_has_its_four_roles_and_no_other(infrastructure: Infrastructure) -> Iterator[str]:
    for name, deployment in infrastructure.deployments.items():
        given = {_role(each) for each in deployment.resources if each.type == _ASSIGNMENTS and each.deployed}
        for role in given - ROLES.keys():
            yield f"with {name}: {role} is none of the roles the app needs"
        for role in ROLES.keys() - given:
            yield f"with {name}: the role {ROLES[role][0]} is not assigned"


def roles_are_assigned_on_one_resource(infrastructure: Infrastructure) -> Iterator[str]:
    for _, assignment in infrastructure.deployed(_ASSIGNMENTS):
        if "/providers/" not in assignment.scope:
            yield f"{assignment.place}: the role holds for all of {assignment.scope}"
        elif f"/providers/{ROLES.get(_role(assignment), ('', assignment.scope))[1]}/" not in assignment.scope:
            yield f"{assignment.place}: {ROLES[_role(assignment)][0]} is assigned on {assignment.scope}"


def roles_are_the_service_principals(infrastructure: Infrastructure) -> Iterator[str]:
    """Without the type, the first deployment fails where Entra has not yet spread the identity."""
    for _, assignment in infrastructure.deployed(_ASSIGNMENTS):
        if assignment.property("properties.principalType") != "ServicePrincipal":
            yield f"{assignment.place}: principalType is {assignment.property('properties.principalType')!r}"
        holder = str(assignment.property("properties.principalId"))
        if "userAssignedIdentities" not in holder or not holder[:-1].endswith("properties.principalId"):
            yield f"{assignment.place}: principalId is {holder}"


def descriptions_name_the_role(infrastructure: Infrastructure) -> Iterator[str]:
    for _, assignment in infrastructure.deployed(_ASSIGNMENTS):
        description = assignment.property("properties.description")
        if description is not None and description != ROLES.get(_role(assignment), ("",))[0]:
            yield f"{assignment.place}: {_role(assignment)} is called {description}"


def assignments_have_names_of_their_own(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment in infrastructure.deployments.values():
        assignments = [each for each in deployment.resources if each.type == _ASSIGNMENTS]
        ids = [str(each.name) for each in assignments]
        for each in assignments:
            if ids.count(str(each.name)) > 1:
                yield f"{each.place}: two assignments have the name {each.name}"


def roles_are_there_before_the_app_starts(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment in infrastructure.deployments.values():
        for module in deployment.modules:
            owns_the_site = any(
                isinstance(part, Resource) and part.type == "Microsoft.Web/sites" for part in module.parts
            )
            if owns_the_site and "roles" not in module.waits_for:
                yield f"{module.path}: the app does not wait for its roles"


def _role(assignment: Resource) -> str:
    return str(assignment.property("properties.roleDefinitionId")).removeprefix(_DEFINITIONS)
