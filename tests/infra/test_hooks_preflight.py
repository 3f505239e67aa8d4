"""The preflight against fake commands: what is wrong is named, each with its cure, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.infra.fake_azure import (
    APPLICATION_NAME,
    DEPLOYER,
    ENVIRONMENT,
    SUBSCRIPTION,
    TENANT,
    FakeAzure,
    failures,
    token_of,
)

_ROLES = "/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/"
_CONTRIBUTOR = _ROLES + "b24988ac-6180-42a0-ab88-20f7382dd24c"
_RBAC_ADMINISTRATOR = _ROLES + "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
_OTHER = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def azure(tmp_path: Path) -> FakeAzure:
    azure = FakeAzure(tmp_path)
    azure.is_ready()
    return azure


def test_nothing_is_wrong_where_everything_is_right(azure: FakeAzure) -> None:
    done = azure.run("preflight", **ENVIRONMENT)

    assert (0, [], "") == (done.returncode, failures(done), done.stderr)
    assert 9 == done.stdout.count("  ok ")


def test_it_changes_nothing(azure: FakeAzure) -> None:
    azure.run("preflight", **ENVIRONMENT)

    rest = [words for words in azure.asked("az") if words[0] == "rest"]
    assert {"get"} == {words[words.index("--method") + 1] for words in rest}
    others = [words for words in azure.asked("az") if words[0] != "rest"]
    assert {
        "version --output",
        "account show",
        "account get-access-token",
        "provider list",
        "functionapp list-flexconsumption-locations",
        "functionapp list-flexconsumption-runtimes",
    } == {" ".join(words[:2]) for words in others}
    assert {"version --output", "auth token"} == {" ".join(words[:2]) for words in azure.asked("azd")}


def _deleted(kind: str, name: str) -> Callable[[FakeAzure], None]:
    found = {"value": [{"id": _OTHER, "displayName": "Old", "uniqueName": name}]}
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

_BROKEN: dict[str, tuple[Callable[[FakeAzure], None], dict[str, str], str, str]] = {
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
        _account(id=_OTHER),
        {},
        f"sign-in: the Azure CLI works in the subscription {_OTHER}",
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
        {"AZURE_TENANT_ID": _OTHER},
        f"sign-in: the Azure CLI is signed in to the tenant {TENANT}",
        f"az login --tenant {_OTHER}",
    ),
    "another cloud": (
        _account(environmentName="AzureUSGovernment"),
        {},
        "sign-in: the Azure CLI is set to AzureUSGovernment",
        "az cloud set --name AzureCloud",
    ),
    "azd in another tenant": (
        _azd_token(oid=DEPLOYER, tid=_OTHER),
        {},
        f"sign-in: azd is signed in to the tenant {_OTHER}",
        f"azd auth login --tenant-id {TENANT}",
    ),
    "azd as somebody else": (
        _azd_token(oid=_OTHER, tid=TENANT),
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
        _deleted("application", APPLICATION_NAME),
        {},
        f"names: a deleted application still holds the unique name {APPLICATION_NAME}",
        f"az rest --method delete --url https://graph.microsoft.com/v1.0/directory/deletedItems/{_OTHER}",
    ),
    "a deleted group holds the name": (
        _deleted("group", f"{APPLICATION_NAME}-users"),
        {},
        f"names: a deleted group still holds the unique name {APPLICATION_NAME}-users",
        f"deletedItems/{_OTHER}",
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


@pytest.mark.parametrize("case", _BROKEN)
def test_each_failure_is_the_only_one_and_has_its_cure(azure: FakeAzure, case: str) -> None:
    break_it, environ, problem, cure = _BROKEN[case]
    break_it(azure)

    done = azure.run("preflight", **ENVIRONMENT | environ)

    assert (1, "") == (done.returncode, done.stderr)
    (only,) = failures(done)
    assert only.startswith(problem)
    assert cure in only.partition(" | cure: ")[2]


def test_all_failures_are_told_at_once(azure: FakeAzure) -> None:
    azure.has_roles()
    azure.answers("az", "provider list", value=[])
    azure.answers("az", "list-flexconsumption-runtimes", value=[{"version": "3.12"}])

    done = azure.run("preflight", **ENVIRONMENT, ENTRA_MODE="often", TOOLS="mail", ENABLE_NETWORK="true")

    checks = [failure.partition(":")[0] for failure in failures(done)]
    assert ["parameters"] * 2 + ["rights"] * 2 + ["providers"] * 7 + ["region"] == checks
    assert "12 to mend" in done.stdout


@pytest.mark.parametrize("missing", ["az", "azd"])
def test_a_missing_tool_is_named(azure: FakeAzure, missing: str) -> None:
    azure.is_without(missing)

    done = azure.run("preflight", **ENVIRONMENT)

    assert (1, "") == (done.returncode, done.stderr)
    assert f"tools: {missing} is not installed, or not on the PATH" in failures(done)[0]
    assert "rights: not checked, for want of the right sign-in" in done.stdout


def test_what_needs_a_sign_in_waits_for_it(azure: FakeAzure) -> None:
    azure.refuses("az", "account show", complaint="Please run 'az login'")

    done = azure.run("preflight", **ENVIRONMENT)

    assert 6 == done.stdout.count("not checked, for want of the right sign-in")
    assert not any("rest" in words for words in azure.asked("az"))


def test_a_pipeline_is_asked_for_application_permissions(azure: FakeAzure) -> None:
    azure.signs_in(kind="servicePrincipal", roles=["Application.ReadWrite.OwnedBy"])

    done = azure.run("preflight", **ENVIRONMENT, ENTRA_GRANT_CONSENT="true")

    assert [
        "entra-rights: to create the group, the pipeline needs the Graph application permission "
        "Group.ReadWrite.All or Group.Create",
        "entra-rights: to let the group in, the pipeline needs the Graph application permission "
        "AppRoleAssignment.ReadWrite.All",
        "entra-rights: to grant consent, the pipeline needs the Graph application permission "
        "DelegatedPermissionGrant.ReadWrite.All",
    ] == [failure.partition(" | ")[0] for failure in failures(done)]


def test_an_existing_registration_needs_no_rights_in_entra(azure: FakeAzure) -> None:
    azure.refuses("az", "graph.microsoft.com", complaint="Forbidden")

    done = azure.run("preflight", **ENVIRONMENT, ENTRA_MODE="existing", ENTRA_CLIENT_ID=_OTHER)

    assert (0, []) == (done.returncode, failures(done))


def test_a_deleted_object_of_another_deployment_is_no_clash(azure: FakeAzure) -> None:
    _deleted("application", "m365-devops-mcp-prod-00000000")(azure)

    assert 0 == azure.run("preflight", **ENVIRONMENT).returncode


def test_deleted_objects_are_looked_for_on_every_page(azure: FakeAzure) -> None:
    following = (
        "https://graph.microsoft.com/v1.0/directory/deletedItems/microsoft.graph.application?$skiptoken=x"
    )
    azure.answers("az", "microsoft.graph.application", value={"value": [], "@odata.nextLink": following})
    clash = {"value": [{"id": _OTHER, "displayName": "Old", "uniqueName": APPLICATION_NAME}]}
    azure.answers("az", "microsoft.graph.application", "$skiptoken=x", value=clash)

    assert 1 == len(failures(azure.run("preflight", **ENVIRONMENT)))


def test_a_quota_that_azure_does_not_tell_is_no_failure(azure: FakeAzure) -> None:
    azure.has_quota("Cores usage", current=10, limit=10)

    done = azure.run("preflight", **ENVIRONMENT)

    assert (0, []) == (done.returncode, failures(done))
    assert "quota: not checked, Azure does not tell" in done.stdout


def test_a_check_can_be_left_out(azure: FakeAzure) -> None:
    azure.has_roles()

    done = azure.run("preflight", **ENVIRONMENT, PREFLIGHT_SKIP="rights quota")

    assert (0, []) == (done.returncode, failures(done))
    assert "rights: not checked, as PREFLIGHT_SKIP says" in done.stdout


def test_no_token_is_printed(azure: FakeAzure) -> None:
    token = token_of(oid=DEPLOYER, tid=TENANT)
    azure.refuses("az", "provider list", complaint=f"request with Authorization: Bearer {token} was refused")

    done = azure.run("preflight", **ENVIRONMENT)

    assert "Bearer <token> was refused" in done.stdout
    assert not any("eyJ" in text for text in (done.stdout, done.stderr))


def test_an_answer_that_is_no_json_is_a_finding(azure: FakeAzure) -> None:
    azure.says("az", "provider list", text="WARNING: something else")

    done = azure.run("preflight", **ENVIRONMENT)

    assert "providers: it could not be checked (az answered something other than JSON)" in failures(done)[0]


@pytest.mark.parametrize("value", [None, {"unexpected": True}, ["unexpected"]])
@pytest.mark.parametrize("call", ["account show", "roleAssignments", "list-flexconsumption-locations"])
def test_an_answer_of_another_shape_is_a_finding(azure: FakeAzure, call: str, value: Any) -> None:
    azure.answers("az", call, value=value)

    done = azure.run("preflight", **ENVIRONMENT)

    assert (1, "") == (done.returncode, done.stderr)
    assert "is not understood" in failures(done)[0]
