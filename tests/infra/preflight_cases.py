"""What can be wrong before a deployment: how to break it, what is found, what mends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.infra.fake_azure import (
    APPLICATION_NAME,
    DEPLOYER,
    SUBSCRIPTION,
    TENANT,
    FakeAzure,
    token_of,
)

_ROLES = "/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/"
_CONTRIBUTOR = _ROLES + "b24988ac-6180-42a0-ab88-20f7382dd24c"
_RBAC_ADMINISTRATOR = _ROLES + "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
OTHER = "11111111-2222-4333-8444-555555555555"
"""An id of something else."""


def deleted(kind: str, name: str) -> Callable[[FakeAzure], None]:
    """Lets a deleted object hold a name."""
    found = {"value": [{"id": OTHER, "displayName": "Old", "uniqueName": name}]}
    return lambda azure: azure.answers("az", f"deletedItems/microsoft.graph.{kind}", value=found)


def _account(**changed: Any) -> Callable[[FakeAzure], None]:
    account = {
        "id": SUBSCRIPTION,
        "tenantId": TENANT,
        "environmentName": "AzureCloud",
        "user": {"name": "ana", "type": "user"},
    }
    return lambda azure: azure.answers("az", "account show", value=account | changed)


def _azd_token(**claims: str) -> Callable[[FakeAzure], None]:
    return lambda azure: azure.answers("azd", "auth token", value={"token": token_of(**claims)})


def _entra_roles(*templates: str) -> Callable[[FakeAzure], None]:
    roles = {"value": [{"roleTemplateId": template} for template in templates]}
    return lambda azure: azure.answers("az", "transitiveMemberOf", value=roles)


_APPLICATION_ADMINISTRATOR = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
_GROUPS_ADMINISTRATOR = "fdd7a751-b60b-444a-984c-02652fe8fa1c"

BROKEN: dict[str, tuple[Callable[[FakeAzure], None], dict[str, str], str, str]] = {
    "az is old": (
        lambda azure: azure.answers("az", "version --output", value={"azure-cli": "2.9.1"}),
        {},
        "tools: az 2.9.1 is too old",
        "install az 2.67.0",
    ),
    "azd is old": (
        lambda azure: azure.answers("azd", "version --output", value={"azd": {"version": "1.9.0"}}),
        {},
        "tools: azd 1.9.0 is too old",
        "install azd 1.24.0",
    ),
    "another subscription": (
        _account(id=OTHER),
        {},
        f"sign-in: the Azure CLI works in the subscription {OTHER}",
        f"az account set --subscription {SUBSCRIPTION}",
    ),
    "no subscription chosen": (
        lambda azure: None,
        {"AZURE_SUBSCRIPTION_ID": ""},
        "sign-in: no subscription is chosen",
        f"azd env set AZURE_SUBSCRIPTION_ID {SUBSCRIPTION}",
    ),
    "the environment's tenant is another": (
        lambda azure: None,
        {"AZURE_TENANT_ID": OTHER},
        f"sign-in: the Azure CLI is signed in to the tenant {TENANT}",
        f"az login --tenant {OTHER}",
    ),
    "another cloud": (
        _account(environmentName="AzureUSGovernment"),
        {},
        "sign-in: in AzureUSGovernment a deployment cannot make Entra objects",
        "set ENTRA_MODE=existing, or az cloud set --name AzureCloud",
    ),
    "no cloud of ours": (
        _account(environmentName="AzureStack"),
        {},
        "sign-in: the Azure CLI is set to AzureStack",
        "az cloud set --name AzureCloud",
    ),
    "azd in another tenant": (
        _azd_token(oid=DEPLOYER, tid=OTHER),
        {},
        f"sign-in: azd is signed in to the tenant {OTHER}",
        f"azd auth login --tenant-id {TENANT}",
    ),
    "azd as somebody else": (
        _azd_token(oid=OTHER, tid=TENANT),
        {},
        "sign-in: azd and the Azure CLI are signed in as different accounts",
        "azd auth login",
    ),
    "azd not signed in": (
        lambda azure: azure.refuses("azd", "auth token", complaint="not logged in, run `azd auth login`"),
        {},
        "sign-in: azd is not signed in (not logged in, run `azd auth login`)",
        f"azd auth login --tenant-id {TENANT}",
    ),
    "az not signed in": (
        lambda azure: azure.refuses(
            "az", "account show", complaint="Please run 'az login' to setup account."
        ),
        {},
        "sign-in: the Azure CLI is not signed in (Please run 'az login'",
        "az login",
    ),
    "no right to assign roles": (
        lambda azure: azure.has_roles(_CONTRIBUTOR),
        {},
        "rights: the account has neither Owner nor Role Based Access Control Administrator",
        f'--assignee-object-id {DEPLOYER} --role "Role Based Access Control Administrator"',
    ),
    "no right to create resources": (
        lambda azure: azure.has_roles(_RBAC_ADMINISTRATOR),
        {},
        "rights: the account has neither Owner nor Contributor",
        '--role "Contributor"',
    ),
    "no Entra role for applications": (
        _entra_roles(_GROUPS_ADMINISTRATOR),
        {},
        "entra-rights: to create the application, the account needs the Entra role Application Administrator",
        "azd env set ENTRA_MODE existing",
    ),
    "no Entra role for groups": (
        _entra_roles(_APPLICATION_ADMINISTRATOR),
        {},
        "entra-rights: to create the group, the account needs the Entra role Groups Administrator",
        "azd env set ENTRA_CREATE_GROUP false",
    ),
    "no Entra role for consent": (
        _entra_roles(_APPLICATION_ADMINISTRATOR, _GROUPS_ADMINISTRATOR),
        {"ENTRA_GRANT_CONSENT": "true"},
        "entra-rights: to grant consent, the account needs the Entra role Privileged Role Administrator",
        "azd env set ENTRA_GRANT_CONSENT false",
    ),
    "a provider is not registered": (
        lambda azure: azure.answers(
            "az",
            "provider list",
            value=[
                "Microsoft.Web",
                "Microsoft.Storage",
                "Microsoft.ManagedIdentity",
                "microsoft.operationalinsights",
            ],
        ),
        {},
        "providers: the resource provider Microsoft.Insights is not registered",
        "az provider register --wait --namespace Microsoft.Insights",
    ),
    "a region without Flex Consumption": (
        lambda azure: azure.answers("az", "list-flexconsumption-locations", value=[{"name": "eastus"}]),
        {},
        "region: the region swedencentral does not offer Flex Consumption",
        "one of: eastus",
    ),
    "a region without the Python": (
        lambda azure: azure.answers("az", "list-flexconsumption-runtimes", value=[{"version": "3.12"}]),
        {},
        "region: Flex Consumption in swedencentral offers Python 3.12, not 3.13",
        "azd env set AZURE_LOCATION <another region>",
    ),
    "no region chosen": (
        lambda azure: None,
        {"AZURE_LOCATION": ""},
        "region: no region is chosen",
        "azd env set AZURE_LOCATION swedencentral",
    ),
    "no cores left": (
        lambda azure: azure.has_quota("Flex Consumption cores", current=247, limit=250),
        {"ALWAYS_READY_INSTANCES": "2", "INSTANCE_MEMORY_MB": "4096"},
        "quota: 3 of 250 Flex Consumption cores are left in swedencentral; the app needs 4",
        "azd env set AZURE_LOCATION <another region>",
    ),
    "a deleted application holds the name": (
        deleted("application", APPLICATION_NAME),
        {},
        f"names: a deleted application still holds the unique name {APPLICATION_NAME}",
        f"az rest --method delete --url https://graph.microsoft.com/v1.0/directory/deletedItems/{OTHER}",
    ),
    "a deleted application holds the name of the sign-in proxy": (
        deleted("application", f"{APPLICATION_NAME}-sign-in"),
        {"SIGN_IN_PROXY": "app"},
        f"names: a deleted application still holds the unique name {APPLICATION_NAME}-sign-in",
        f"deletedItems/{OTHER}",
    ),
    "a deleted group holds the name": (
        deleted("group", f"{APPLICATION_NAME}-users"),
        {},
        f"names: a deleted group still holds the unique name {APPLICATION_NAME}-users",
        f"deletedItems/{OTHER}",
    ),
    "Graph refuses to list": (
        lambda azure: azure.refuses("az", "deletedItems", complaint="Forbidden: Insufficient privileges"),
        {},
        "names: it could not be checked (Forbidden: Insufficient privileges)",
        "azd env set PREFLIGHT_SKIP names",
    ),
    "a parameter is wrong": (
        lambda azure: None,
        {"RATE_LIMIT": "often"},
        "parameters: RATE_LIMIT must be a number per second, minute or hour, or none",
        "azd env set RATE_LIMIT '120/minute'",
    ),
}
