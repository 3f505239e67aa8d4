"""The app settings of a deployment against those the code reads."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import AliasChoices

from shared.errors import SettingsError
from shared.settings import CLOUDS, Settings
from shared.tools import offered
from tests.infra.bicep.deployment import Deployment
from tests.infra.bicep.values import CLOSES, OPENS
from tests.infra.infrastructure import Infrastructure
from tests.infra.rules.authentication import app_settings

OF_THE_PLATFORM = frozenset(
    {
        # "App settings reference for Azure Functions"; identity-based connections of the host's storage.
        "AzureWebJobsStorage__credential",
        "AzureWebJobsStorage__clientId",
        "AzureWebJobsStorage__blobServiceUri",
        "AzureWebJobsStorage__queueServiceUri",
        "AzureWebJobsStorage__tableServiceUri",
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        # "Configure built-in MCP server authorization"; "Configure Microsoft Entra sign-in".
        "WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES",
        "WEBSITE_AUTH_AAD_ALLOWED_TENANTS",
    }
)
OPEN_TELEMETRY: Mapping[str, str] = {
    # "Use OpenTelemetry with Azure Functions"; a setting of this prefix overrides one of host.json.
    "AzureFunctionsJobHost__telemetryMode": "OpenTelemetry",
    "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": "true",
    # Every library that azure-monitor-opentelemetry 1.8.11 would observe: their spans hold whole addresses.
    "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "azure_sdk,django,fastapi,flask,httpx,httpx2,psycopg2,requests,"
    "urllib,urllib3",
    # What it would ask of hosts that nobody named: usage statistics, and a configuration for itself.
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
}
"""The settings that the worker's telemetry takes where a deployment chooses it, and no others."""
OF_THE_SIGN_IN_PROXY = frozenset(
    {
        "SIGN_IN_PROXY",
        "SIGN_IN_CLIENT_ID",
        "SIGN_IN_ORIGIN",
        "SIGN_IN_CLIENTS",
        "SIGN_IN_REDIRECTS",
        "SIGN_IN_REGISTRATION",
        "SIGN_IN_SCOPE",
        "SIGN_IN_TABLE_URL",
    }
)
"""Settings that the app reads where it is its own authorization server."""
NOT_DEPLOYED: Mapping[str, str] = {
    "AZURE_CLIENT_SECRET": "a secret, for a developer's machine",
    "AZURE_CLIENT_CERTIFICATE_PATH": "a file of a developer's machine",
    "AZURE_CLIENT_SECRET_FILE": "a file that other hosts mount",
    "AZURE_AUTHORITY_HOST": "follows AZURE_CLOUD",
    "GRAPH_ENDPOINT": "follows AZURE_CLOUD",
    "GRAPH_RESOURCE": "follows AZURE_CLOUD",
    "TOKEN_EXCHANGE_AUDIENCE": "follows AZURE_CLOUD",
    "DEVOPS_ENDPOINT": "is the same in every cloud",
    "DEVOPS_PROFILE_ENDPOINT": "is the same in every cloud",
    "DEVOPS_SEARCH_ENDPOINT": "is the same in every cloud",
    "DEVOPS_IDENTITIES_ENDPOINT": "is the same in every cloud",
    "DEVOPS_RELEASES_ENDPOINT": "is the same in every cloud",
    "DEVOPS_HOSTS": "are the same in every cloud",
    "DEVOPS_SECURITY_ENDPOINT": "is the same in every cloud",
    "TRUSTED_HOSTS": "is for a Graph that keeps files outside the cloud's own domains",
    "SSL_CERT_FILE": "only a proxy or a local tenant has authorities of its own",
    "WEBSITE_HOSTNAME": "is set by the platform",
}
"""Settings of the code that no deployment sets, and why, by their first name."""

_UNKNOWN = re.compile(f"{OPENS}([^{CLOSES}]*){CLOSES}")
_KEY_VAULT = re.compile(r"@Microsoft\.KeyVault\(.*\)")


def every_setting_is_read_by_somebody(infrastructure: Infrastructure) -> Iterator[str]:
    read = {name for names in _names_of_the_code().values() for name in names}
    for scenario, deployment in infrastructure.deployments.items():
        known = read | OF_THE_PLATFORM | OF_THE_SIGN_IN_PROXY | OPEN_TELEMETRY.keys()
        for name in app_settings(deployment).keys() - known:
            yield f"with {scenario}: nobody reads the setting {name}"


def every_setting_of_the_code_is_deployed(infrastructure: Infrastructure) -> Iterator[str]:
    for scenario, deployment in infrastructure.deployments.items():
        given = app_settings(deployment).keys()
        for first, names in _names_of_the_code().items():
            if first not in NOT_DEPLOYED and not given & names:
                yield f"with {scenario}: the setting {first} is not deployed"


def reasons_are_given_for_settings_there_are(infrastructure: Infrastructure) -> Iterator[str]:
    deployed = {name for each in infrastructure.deployments.values() for name in app_settings(each)}
    for name in NOT_DEPLOYED:
        if name not in _names_of_the_code():
            yield f"{name} is no setting of the code"
        if name in deployed:
            yield f"{name} is deployed"


def one_switch_turns_opentelemetry_on_and_nothing_leaks(infrastructure: Infrastructure) -> Iterator[str]:
    for scenario, deployment in infrastructure.deployments.items():
        chosen = deployment.value_of("telemetry") == "openTelemetry"
        given = {name: app_settings(deployment).get(name) for name in OPEN_TELEMETRY}
        if given != (dict(OPEN_TELEMETRY) if chosen else dict.fromkeys(OPEN_TELEMETRY)):
            yield f"with {scenario}: the settings for OpenTelemetry are {given}"


def the_app_starts_with_its_settings(infrastructure: Infrastructure) -> Iterator[str]:
    for scenario, deployment in infrastructure.deployments.items():
        try:
            settings = deployed_settings(deployment)
            offered(settings)
        except SettingsError as error:
            yield from (f"with {scenario}: {line}" for line in str(error).splitlines())
            continue
        expected = {
            "writes": deployment.value_of("enableWriteTools"),
            "confirm_writes": deployment.value_of("confirmWrites"),
            "credential_kind": "managed_identity",
            "is_local": False,
            "tool_timeout_seconds": deployment.value_of("toolTimeoutSeconds"),
            "max_result_characters": deployment.value_of("maxResultCharacters"),
            "client_id": _as_azure_knows(str(deployment.outputs["MCP_CLIENT_ID"])),
        }
        for name, value in expected.items():
            if getattr(settings, name) != value:
                yield f"with {scenario}: the app's {name} is {getattr(settings, name)!r}, not {value!r}"


def clouds_are_those_the_code_knows(infrastructure: Infrastructure) -> Iterator[str]:
    """By what `environment().name` says of them."""
    expected = {"AzureCloud": "public", "AzureUSGovernment": "usgov", "AzureChinaCloud": "china"}
    usual = Settings.model_fields["token_exchange_audience"].default
    for scenario, deployment in infrastructure.deployments.items():
        clouds = deployment.value_of("clouds")
        names = {name: each["name"] for name, each in clouds.items()}
        if names != expected or set(names.values()) != CLOUDS.keys():
            yield f"with {scenario}: the clouds are {names}"
        for each in clouds.values():
            audience = CLOUDS[each["name"]].get("TOKEN_EXCHANGE_AUDIENCE", usual)
            if each["tokenExchangeAudience"] != audience:
                yield f"with {scenario}: {each['name']} exchanges tokens for {each['tokenExchangeAudience']}"


def deployed_settings(deployment: Deployment) -> Settings:
    """The settings as the app will read them, with stand-ins for what only Azure knows.

    Raises:
        SettingsError: The app would not start with them.
    """
    given = {name: _as_azure_knows(str(value)) for name, value in app_settings(deployment).items()}
    return Settings.from_environ({**given, "WEBSITE_HOSTNAME": "func.azurewebsites.net"})


def _as_azure_knows(text: str) -> str:
    resolved = _KEY_VAULT.sub("rediss://:key@cache.westeurope.redis.azure.net:10000", text)
    return _UNKNOWN.sub(lambda found: _stand_in(found[1]), resolved)


def _stand_in(path: str) -> str:
    service = path.rpartition(".primaryEndpoints.")[2]
    if service != path:
        return f"https://account.{service}.core.windows.net/"
    return str(uuid.UUID(bytes=hashlib.sha256(path.encode()).digest()[:16]))


def _names_of_the_code() -> dict[str, set[str]]:
    """The names of each setting, by the first of them."""
    names: dict[str, set[str]] = {}
    for field in Settings.model_fields.values():
        alias: Any = field.validation_alias
        choices = [str(each) for each in alias.choices] if isinstance(alias, AliasChoices) else [str(alias)]
        names[choices[0]] = set(choices)
    return names
