"""The preflight against fake commands: what is wrong is named, each with its cure, and nothing else is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.infra.fake_azure import (
    APPLICATION_NAME,
    DEPLOYER,
    ENVIRONMENT,
    TENANT,
    FakeAzure,
    failures,
    token_of,
)
from tests.infra.preflight_cases import BROKEN, OTHER, deleted


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
        "cloud show",
        "provider list",
        "functionapp list-flexconsumption-locations",
        "functionapp list-flexconsumption-runtimes",
    } == {" ".join(words[:2]) for words in others}
    assert {"version --output", "auth token"} == {" ".join(words[:2]) for words in azure.asked("azd")}


@pytest.mark.parametrize("case", BROKEN)
def test_each_failure_is_the_only_one_and_has_its_cure(azure: FakeAzure, case: str) -> None:
    break_it, environ, problem, cure = BROKEN[case]
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
        "entra-rights: to find the applications of Graph and Azure DevOps, the pipeline needs the Graph "
        "application permission Application.Read.All or Application.ReadWrite.All",
        "entra-rights: to create the group, the pipeline needs the Graph application permission "
        "Group.ReadWrite.All or Group.Create",
        "entra-rights: to let the group in, the pipeline needs the Graph application permission "
        "AppRoleAssignment.ReadWrite.All",
        "entra-rights: to grant consent, the pipeline needs the Graph application permission "
        "DelegatedPermissionGrant.ReadWrite.All",
    ] == [failure.partition(" | ")[0] for failure in failures(done)]


def test_an_existing_registration_needs_no_rights_in_entra(azure: FakeAzure) -> None:
    azure.refuses("az", "graph.microsoft.com", complaint="Forbidden")

    done = azure.run("preflight", **ENVIRONMENT, ENTRA_MODE="existing", ENTRA_CLIENT_ID=OTHER)

    assert (0, []) == (done.returncode, failures(done))


def test_a_deleted_object_of_another_deployment_is_no_clash(azure: FakeAzure) -> None:
    deleted("application", "m365-devops-mcp-prod-00000000")(azure)

    assert 0 == azure.run("preflight", **ENVIRONMENT).returncode


def test_deleted_objects_are_looked_for_on_every_page(azure: FakeAzure) -> None:
    following = (
        "https://graph.microsoft.com/v1.0/directory/deletedItems/microsoft.graph.application?$skiptoken=x"
    )
    azure.answers("az", "microsoft.graph.application", value={"value": [], "@odata.nextLink": following})
    clash = {"value": [{"id": OTHER, "displayName": "Old", "uniqueName": APPLICATION_NAME}]}
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
