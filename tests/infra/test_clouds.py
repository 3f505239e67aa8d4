"""A deployment in each cloud: every address in it is of that cloud, the same as in the hooks and the code."""

import importlib
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.settings import CLOUDS
from tests.infra.bicep import deployment as bicep
from tests.infra.bicep.deployment import Deployment
from tests.infra.infrastructure import FOLDER, SCENARIOS, Infrastructure
from tests.infra.rules.app_settings import deployed_settings
from tests.infra.rules.authentication import app_settings

# What `environment()` gives ("Deployment functions for Bicep", `az cloud list`).
ENVIRONMENTS: Mapping[str, Mapping[str, Any]] = {
    "public": bicep.ENVIRONMENT,
    "usgov": {
        "name": "AzureUSGovernment",
        "authentication": {"loginEndpoint": "https://login.microsoftonline.us/", "tenant": "common"},
        "graph": "https://graph.windows.net/",
        "portal": "https://portal.azure.us",
        "resourceManager": "https://management.usgovcloudapi.net/",
        "suffixes": {"storage": "core.usgovcloudapi.net", "keyvaultDns": ".vault.usgovcloudapi.net"},
    },
    "china": {
        "name": "AzureChinaCloud",
        "authentication": {"loginEndpoint": "https://login.chinacloudapi.cn/", "tenant": "common"},
        "graph": "https://graph.chinacloudapi.cn/",
        "portal": "https://portal.azure.cn",
        "resourceManager": "https://management.chinacloudapi.cn/",
        "suffixes": {"storage": "core.chinacloudapi.cn", "keyvaultDns": ".vault.azure.cn"},
    },
}
PUBLIC = re.compile(
    r"login\.microsoftonline\.com|login\.windows\.net|graph\.microsoft\.com|azurewebsites\.net|azure-api\.net"
    r"|core\.windows\.net|api://AzureADTokenExchange\b(?!\w)"
)
AUTHORITIES = {
    "public": "https://login.microsoftonline.com",
    "usgov": "https://login.microsoftonline.us",
    "china": "https://login.partner.microsoftonline.cn",
}


@pytest.fixture(params=ENVIRONMENTS)
def cloud(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(bicep, "ENVIRONMENT", ENVIRONMENTS[request.param])
    return str(request.param)


@pytest.fixture
def deployed(cloud: str) -> Deployment:
    """A deployment as another cloud takes it, with a registration made by hand, and with everything else."""
    scenario = dict(SCENARIOS["its own registration, network and gateway"])
    del scenario["rateLimitRedisVaultUri"]
    # Behind a gateway with the sign-in proxy, the gateway is the issuer of its own metadata.
    scenario["signInProxy"] = "app"
    return Infrastructure(FOLDER).deploy(scenario)


def texts(value: object) -> Iterator[str]:
    """Every text in a value."""
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from texts(each)
        case list():
            for each in value:
                yield from texts(each)


def test_no_address_of_the_public_cloud_is_in_another(cloud: str, deployed: Deployment) -> None:
    found = [
        f"{resource.place}: {text}"
        for resource in deployed.resources
        if resource.deployed
        for text in texts(resource.body)
        if PUBLIC.search(text)
    ]
    found += [text for text in texts(deployed.outputs) if PUBLIC.search(text)]

    assert (found == []) is (cloud != "public")


def test_the_platform_the_gateway_and_the_alerts_know_the_issuer_that_the_app_knows(
    cloud: str, deployed: Deployment
) -> None:
    authority = AUTHORITIES[cloud]
    issuer = f"{authority}/{bicep.TENANT}/v2.0"
    of_app = deployed_settings(deployed)
    resources = {resource.place: resource for resource in deployed.resources}
    platform = resources["modules/app.bicep authentication"]
    registration = "properties.identityProviders.azureActiveDirectory.registration.openIdIssuer"
    values = {
        str(each.name): each.property("properties.value")
        for each in deployed.resources
        if each.type.endswith("/namedValues")
    }
    queries = [
        text
        for each in deployed.resources
        if each.type.endswith("scheduledQueryRules")
        for text in texts(each.body)
    ]

    assert authority == of_app.authority_host
    assert issuer == platform.property(registration)
    assert issuer == values["issuer"]
    assert authority == f"https://{values['sign-in-host']}"
    assert any(f'["{authority.removeprefix("https://")}"]' in query for query in queries)
    assert cloud == app_settings(deployed)["AZURE_CLOUD"]


def test_the_hooks_know_the_addresses_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(FOLDER) / "hooks"))
    clouds = importlib.import_module("clouds")

    for name, settings in CLOUDS.items():
        known = clouds.deployed_to({"AZURE_CLOUD_NAME": name})
        assert settings.get("AZURE_AUTHORITY_HOST", AUTHORITIES["public"]) == known.authority
        assert settings.get("GRAPH_ENDPOINT", "https://graph.microsoft.com") == known.graph
        assert settings.get("TOKEN_EXCHANGE_AUDIENCE", "api://AzureADTokenExchange") == (
            known.token_exchange_audience
        )
    assert {"public", "usgov", "china"} == CLOUDS.keys()
    sys.modules.pop("clouds")
