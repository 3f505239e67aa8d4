"""Easy Auth as Azure describes it, wrong in one way at a time."""

import copy
from typing import Any

import pytest

from local.doctor.examination import examine
from local.organisation import organisation
from tests.local.doctor.doctor_setup import CHECKS, DoctorSetup

CLIENT_ID = organisation().server_client_id
ISSUER = f"https://entra.test/{organisation().tenant_id}/v2.0"
VS_CODE = "aebc6443-996d-45c2-90f0-388ff96faa56"
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
AZURE_AD = ("identityProviders", "azureActiveDirectory")
RIGHT = {
    "platform": {"enabled": True, "runtimeVersion": "~1"},
    "globalValidation": {
        "requireAuthentication": True,
        "unauthenticatedClientAction": "Return401",
        "excludedPaths": ["/api/health"],
    },
    "identityProviders": {
        "azureActiveDirectory": {
            "enabled": True,
            "registration": {"openIdIssuer": ISSUER, "clientId": CLIENT_ID},
            "validation": {
                "allowedAudiences": [CLIENT_ID, f"api://{CLIENT_ID}", "https://mcp.test"],
                "defaultAuthorizationPolicy": {"allowedApplications": [CLIENT_ID, VS_CODE, AZURE_CLI]},
            },
        }
    },
}


def changed(*path: str, value: Any) -> dict[str, Any]:
    settings = copy.deepcopy(RIGHT)
    place: dict[str, Any] = settings
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return settings


async def test_as_the_deployment_sets_it_up_it_is_right(setup: DoctorSetup):
    finding = await setup.found("easy_auth", setup.target(easy_auth=RIGHT))

    assert "ok" == finding.outcome, finding.what


async def test_without_a_list_of_clients_any_may_call(setup: DoctorSetup):
    settings = changed(*AZURE_AD, "validation", value=None)

    finding = await setup.found("easy_auth", setup.target(easy_auth=settings))

    assert "ok" == finding.outcome, finding.what


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("platform", "enabled"), False, "it is off"),
        (("globalValidation", "requireAuthentication"), False, "it lets everybody in"),
        (
            ("globalValidation", "unauthenticatedClientAction"),
            "RedirectToLoginPage",
            "unauthenticated clients get RedirectToLoginPage, and must get Return401",
        ),
        (
            (*AZURE_AD, "registration", "clientId"),
            "another",
            f"its client id is another, and must be {CLIENT_ID}",
        ),
        (
            (*AZURE_AD, "registration", "openIdIssuer"),
            ISSUER.removesuffix("/v2.0"),
            f"its issuer is {ISSUER.removesuffix('/v2.0')}, and must be {ISSUER}",
        ),
        (
            (*AZURE_AD, "validation", "allowedAudiences"),
            [CLIENT_ID, "api://another"],
            "it takes tokens for api://another, which are not this app's",
        ),
        (
            (*AZURE_AD, "validation", "defaultAuthorizationPolicy"),
            {"allowedApplications": [CLIENT_ID, AZURE_CLI]},
            f"it answers 403 to Visual Studio Code ({VS_CODE})",
        ),
    ],
    ids=["off", "open", "redirect", "client id", "issuer", "audience", "clients"],
)
async def test_what_is_wrong_is_named_alone(setup: DoctorSetup, path: tuple[str, ...], value: Any, said: str):
    finding = await setup.found("easy_auth", setup.target(easy_auth=changed(*path, value=value)))

    _, *problems = finding.what.splitlines()
    assert "wrong" == finding.outcome
    assert 1 == len(problems)
    assert said in problems[0]
    assert "azd provision" in finding.cure


async def test_all_that_is_wrong_is_named_at_once(setup: DoctorSetup):
    finding = await setup.found("easy_auth", setup.target(easy_auth={}))

    assert 6 == len(finding.what.splitlines())


async def test_it_is_examined_only_where_azure_describes_it(setup: DoctorSetup):
    without = [each.check for each in await examine(setup.target())]
    described = [each.check for each in await examine(setup.target(easy_auth=RIGHT))]

    assert list(CHECKS) == without
    assert {"easy_auth", "open_paths"} == {*described} - {*without}
