"""The function app: what Flex Consumption takes, and no way in but one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.infra.bicep.deployment import Deployment
from tests.infra.bicep.values import Resource
from tests.infra.infrastructure import FOLDER, Infrastructure
from tests.infra.rules.authentication import app_settings
from tests.infra.rules.storage import differences

_SITE: Mapping[str, Any] = {
    "kind": "functionapp,linux",
    "properties.httpsOnly": True,
    "properties.clientAffinityEnabled": False,
    "properties.publicNetworkAccess": "Enabled",
    "properties.siteConfig.minTlsVersion": "1.2",
    "properties.functionAppConfig.runtime.name": "python",
    "properties.functionAppConfig.deployment.storage.type": "blobContainer",
    "properties.functionAppConfig.deployment.storage.authentication.type": "UserAssignedIdentity",
    "identity.type": "UserAssigned",
}
# "Azure Functions Flex Consumption plan hosting", deprecated properties and settings.
_NEVER_IN_SITE_CONFIG = (
    "ftpsState",
    "alwaysOn",
    "linuxFxVersion",
    "use32BitWorkerProcess",
    "functionAppScaleLimit",
)
_NEVER_A_SETTING = (
    "FUNCTIONS_WORKER_RUNTIME",
    "FUNCTIONS_EXTENSION_VERSION",
    "FUNCTIONS_WORKER_PROCESS_COUNT",
    "FUNCTIONS_MAX_HTTP_CONCURRENCY",
    "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_CONTENT",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "ENABLE_ORYX_BUILD",
    "WEBSITE_TIME_ZONE",
)
_SCALE = "properties.functionAppConfig.scaleAndConcurrency"


def the_site_is_set_as_flex_consumption_takes_it(infrastructure: Infrastructure) -> Iterator[str]:
    for _, site in _sites(infrastructure):
        yield from differences(site, _SITE)
        for key in _NEVER_IN_SITE_CONFIG:
            if site.property(f"properties.siteConfig.{key}") is not None:
                yield f"{site.place}: siteConfig.{key} is not for Flex Consumption"
        if site.property("properties.siteConfig.appSettings") is not None:
            yield f"{site.place}: siteConfig.appSettings would be a second list of settings"


def the_plan_is_flex_consumption(infrastructure: Infrastructure) -> Iterator[str]:
    expected = {
        "sku.name": "FC1",
        "sku.tier": "FlexConsumption",
        "kind": "functionapp",
        "properties.reserved": True,
    }
    for _, plan in infrastructure.deployed("Microsoft.Web/serverfarms"):
        yield from differences(plan, expected)


def the_runtime_is_the_python_of_this_repository(infrastructure: Infrastructure) -> Iterator[str]:
    version = (FOLDER.parent / ".python-version").read_text().strip()
    for _, site in _sites(infrastructure):
        yield from differences(site, {"properties.functionAppConfig.runtime.version": version})


def instances_serve_many_calls_at_a_time(infrastructure: Infrastructure) -> Iterator[str]:
    """Unset it is 1 for Python."""
    for deployment, site in _sites(infrastructure):
        expected = {
            f"{_SCALE}.triggers.http.perInstanceConcurrency": deployment.value_of("perInstanceConcurrency"),
            f"{_SCALE}.maximumInstanceCount": deployment.value_of("maximumInstanceCount"),
            f"{_SCALE}.instanceMemoryMB": deployment.value_of("instanceMemoryMB"),
        }
        yield from differences(site, expected)
        if deployment.value_of("perInstanceConcurrency") < 2:
            yield f"{site.place}: perInstanceConcurrency is {deployment.value_of('perInstanceConcurrency')}"
        ready = sum(each["instanceCount"] for each in site.property(f"{_SCALE}.alwaysReady") or [])
        if ready != deployment.value_of("alwaysReadyInstances"):
            yield f"{site.place}: {ready} instances are always ready"


def nobody_publishes_by_password(infrastructure: Infrastructure) -> Iterator[str]:
    type_ = "Microsoft.Web/sites/basicPublishingCredentialsPolicies"
    for name, deployment in infrastructure.deployments.items():
        closed = {
            each.name
            for each in deployment.resources
            if each.type == type_ and each.deployed and each.property("properties.allow") is False
        }
        if closed != {"ftp", "scm"}:
            yield f"with {name}: publishing by password is off for {sorted(closed)} only"


def settings_of_other_plans_are_absent(infrastructure: Infrastructure) -> Iterator[str]:
    for name, deployment in infrastructure.deployments.items():
        for setting in app_settings(deployment):
            if setting.startswith(_NEVER_A_SETTING):
                yield f"with {name}: the setting {setting} is not for Flex Consumption"


def the_host_reaches_storage_as_the_identity(infrastructure: Infrastructure) -> Iterator[str]:
    for name, deployment in infrastructure.deployments.items():
        settings = app_settings(deployment)
        client_id = str(deployment.outputs["MANAGED_IDENTITY_CLIENT_ID"])
        expected = {
            "AzureWebJobsStorage__credential": "managedidentity",
            "AzureWebJobsStorage__clientId": client_id,
            "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": f"ClientId={client_id};Authorization=AAD",
        }
        for setting, value in expected.items():
            if str(settings.get(setting)) != value:
                yield f"with {name}: {setting} is {settings.get(setting)}, not {value}"
        # The MCP extension keeps a queue ("MCP bindings for Azure Functions", its backplane).
        for service in ("blob", "queue"):
            value = str(settings.get(f"AzureWebJobsStorage__{service}ServiceUri"))
            if not value.endswith(
                f"properties.primaryEndpoints.{service}\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}"
            ):
                yield f"with {name}: AzureWebJobsStorage__{service}ServiceUri is {value}"


def the_site_has_the_identity_and_no_other(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, site in _sites(infrastructure):
        identities = {
            str(each.id)
            for each in deployment.resources
            if each.type == "Microsoft.ManagedIdentity/userAssignedIdentities" and not each.existing
        }
        if set(site.property("identity.userAssignedIdentities") or {}) != identities:
            yield f"{site.place}: has the identities {site.property('identity.userAssignedIdentities')}"
        path = "properties.functionAppConfig.deployment.storage.authentication.userAssignedIdentityResourceId"
        if {site.property(path)} != identities:
            yield f"{site.place}: its package is read as {site.property(path)}"


def the_package_lies_in_a_container_that_is_made(infrastructure: Infrastructure) -> Iterator[str]:
    type_ = "Microsoft.Storage/storageAccounts/blobServices/containers"
    for deployment, site in _sites(infrastructure):
        names = [str(each.name) for each in deployment.resources if each.type == type_]
        value = str(site.property("properties.functionAppConfig.deployment.storage.value"))
        if not any(
            value.endswith(f"primaryEndpoints.blob\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}{name}")
            for name in names
        ):
            yield f"{site.place}: the package is at {value}, the containers are {names}"


def azd_finds_the_site(infrastructure: Infrastructure) -> Iterator[str]:
    for _, site in _sites(infrastructure):
        yield from differences(site, {"tags": {**(site.body.get("tags") or {}), "azd-service-name": "api"}})


def _sites(infrastructure: Infrastructure) -> Iterator[tuple[Deployment, Resource]]:
    for deployment, resource in infrastructure.deployed("Microsoft.Web/sites"):
        if resource.type == "Microsoft.Web/sites":
            yield deployment, resource
