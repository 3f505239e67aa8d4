"""`python -m local setup`, against a directory behind a stand-in for the Azure CLI."""

import json
import shlex
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.organisation import organisation
from tests.local.setup.conftest import Setup
from tests.local.setup.managed_directory import DEVOPS, GRAPH, SECRET, ManagedDirectory
from tests.local.setup.stand_in_az import StandInAz

VS_CODE = "aebc6443-996d-45c2-90f0-388ff96faa56"
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"


def scopes(directory: ManagedDirectory, app_id: str) -> set[str]:
    """What the registration asks of an API, by name."""
    names = {each["id"]: each["value"] for each in directory.principal_of(app_id)["oauth2PermissionScopes"]}
    wanted = [each for each in directory.only["requiredResourceAccess"] if each["resourceAppId"] == app_id]
    return {names[access["id"]] for each in wanted for access in each["resourceAccess"]}


def called(command: str) -> str:
    """The method and path of an `az rest` command."""
    words = shlex.split(command)
    return f"{words[3].upper()} {words[5].partition('/v1.0')[2]}"


def test_a_first_run_makes_everything(
    setup: Setup, directory: ManagedDirectory, file: Path, values: Callable[[], dict[str, Any]]
):
    said = setup()

    assert (0, "") == (said.status, said.err), said.out
    application = directory.only
    api = application["api"]
    (scope,) = api["oauth2PermissionScopes"]
    assert (2, "access_as_user", True) == (
        api["requestedAccessTokenVersion"],
        scope["value"],
        scope["isEnabled"],
    )
    assert [f"api://{application['appId']}"] == application["identifierUris"]
    assert {VS_CODE, AZURE_CLI} == {each["appId"] for each in api["preAuthorizedApplications"]}
    assert "AzureADMyOrg" == application["signInAudience"]
    assert {
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "AzureWebJobsStorage": "UseDevelopmentStorage=true",
        "AZURE_TENANT_ID": organisation().tenant_id,
        "AZURE_CLIENT_ID": application["appId"],
        "AZURE_CLIENT_SECRET": SECRET,
        "ALLOWED_CLIENT_IDS": f"{VS_CODE},{AZURE_CLI}",
        "ENABLE_WRITE_TOOLS": "false",
    } == values()
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    assert [file.name, "bin"] == sorted((each.name for each in file.parent.iterdir()), reverse=True)


def test_the_permissions_are_those_of_the_tools_and_consented_to_by_the_person_alone(
    setup: Setup, directory: ManagedDirectory
):
    setup()

    grants = {each["resourceId"]: each for each in directory.grants.values()}
    for app_id in (GRAPH, DEVOPS):
        grant = grants.pop(directory.principal_of(app_id)["id"])
        assert ("Principal", directory.person_id) == (grant["consentType"], grant["principalId"])
        assert scopes(directory, app_id) == set(grant["scope"].split())
    assert not grants
    assert {"User.Read", "Mail.Read", "Files.Read.All"} <= scopes(directory, GRAPH)
    # Reading tools alone; and never what widens every token.
    assert not {each for each in scopes(directory, GRAPH) if "Write" in each or "Send" in each}
    assert not {each for each in scopes(directory, DEVOPS) if "_" in each}


def test_a_second_run_changes_nothing(setup: Setup, directory: ManagedDirectory, az: StandInAz, file: Path):
    setup()
    before, text = len(directory.changes), file.read_bytes()
    asked = len(az.asked)

    said = setup()

    assert 0 == said.status
    assert [] == directory.changes[before:]
    assert {"get"} == {each[2] for each in az.asked[asked:] if each[0] == "rest"}
    assert text == file.read_bytes()
    assert "Nothing to do" in said.out


def test_the_secret_is_shown_to_nobody(setup: Setup, az: StandInAz):
    said = setup()

    assert SECRET not in said.out + said.err
    assert not [each for each in az.asked if any(SECRET in word for word in each)]
    assert not [body for body in az.bodies if SECRET in body]


def test_bodies_go_by_file_and_leave_none(setup: Setup, az: StandInAz):
    setup()

    files = [word[1:] for each in az.asked for word in each if word.startswith("@")]
    assert files
    assert not [each for each in files if Path(each).exists()]


def test_no_argument_has_what_a_batch_file_of_windows_would_change(setup: Setup, az: StandInAz):
    setup()
    setup("--remove")

    words = [word for each in az.asked for word in each]
    assert not [word for word in words if any(sign in word for sign in '"%\r\n')]


def test_tokens_of_version_2_come_before_any_identifier_uri(
    setup: Setup, directory: ManagedDirectory, az: StandInAz
):
    said = setup("--identifier-uri", "https://mcp.larkspur.example")

    assert 0 == said.status, said.err
    assert "https://mcp.larkspur.example" in directory.only["identifierUris"]

    # As somebody might have set it by hand: mended in the order that the directory takes.
    directory.only["api"]["requestedAccessTokenVersion"] = None
    directory.only["identifierUris"].remove("https://mcp.larkspur.example")
    assert 0 == setup("--identifier-uri", "https://mcp.larkspur.example").status
    assert 2 == directory.only["api"]["requestedAccessTokenVersion"]


def test_a_host_that_is_not_verified_is_told_with_its_cure(setup: Setup):
    said = setup("--identifier-uri", "https://mcp.elsewhere.example")

    assert 1 == said.status
    assert "does not take https://mcp.elsewhere.example" in said.err
    assert "Custom domain names" in said.err
    assert 1 == len(said.err.splitlines())


@pytest.mark.parametrize(
    ("arguments", "graph", "devops"),
    [
        (["--tools", "mail"], {"Mail.Read"}, set()),
        (["--tools", "graph_send_draft,work_items", "--writes"], {"Mail.Send"}, {"vso.work_write"}),
        (["--tools", "graph_get_profile"], {"User.Read"}, set()),
    ],
)
def test_the_tools_decide_the_permissions(
    setup: Setup,
    directory: ManagedDirectory,
    arguments: list[str],
    graph: set[str],
    devops: set[str],
):
    assert 0 == setup(*arguments).status

    assert graph <= scopes(directory, GRAPH)
    assert devops <= scopes(directory, DEVOPS)
    assert bool(devops) == bool(scopes(directory, DEVOPS))


def test_what_is_not_given_stays_as_it_is(
    setup: Setup, directory: ManagedDirectory, values: Callable[[], dict[str, Any]]
):
    setup("--tools", "mail", "--writes", "--clients", f"cli,{GRAPH}")
    before, wanted = values(), scopes(directory, GRAPH)

    said = setup()

    assert before == values()
    assert wanted == scopes(directory, GRAPH)
    assert ("mail", "true", f"{AZURE_CLI},{GRAPH}") == (
        before["TOOLS"], before["ENABLE_WRITE_TOOLS"], before["ALLOWED_CLIENT_IDS"],
    )  # fmt: skip
    assert "Nothing to do" in said.out


def test_fewer_tools_mean_fewer_permissions_and_a_narrower_consent(setup: Setup, directory: ManagedDirectory):
    setup("--tools", "mail,calendar", "--writes")

    setup("--tools", "calendar", "--no-writes")

    (grant,) = [
        g for g in directory.grants.values() if g["resourceId"] == directory.principal_of(GRAPH)["id"]
    ]
    assert scopes(directory, GRAPH) == set(grant["scope"].split())
    assert not {each for each in scopes(directory, GRAPH) if each.startswith("Mail.") or "Write" in each}


def test_a_consent_that_gives_everything_in_devops_is_taken_back(setup: Setup, directory: ManagedDirectory):
    setup()
    names = {p["value"]: p["id"] for p in directory.principal_of(DEVOPS)["oauth2PermissionScopes"]}
    (devops,) = [
        g for g in directory.grants.values() if g["resourceId"] == directory.principal_of(DEVOPS)["id"]
    ]
    devops["scope"] += " user_impersonation"
    (access,) = [e for e in directory.only["requiredResourceAccess"] if e["resourceAppId"] == DEVOPS]
    access["resourceAccess"].append({"id": names["user_impersonation"], "type": "Scope"})

    assert 0 == setup().status

    assert "user_impersonation" not in devops["scope"].split()
    assert "user_impersonation" not in scopes(directory, DEVOPS)


def test_consent_for_everybody_is_given_only_when_asked_for(setup: Setup, directory: ManagedDirectory):
    setup("--admin-consent")

    assert {"AllPrincipals"} == {each["consentType"] for each in directory.grants.values()}
    before = len(directory.changes)
    setup()
    assert [] == directory.changes[before:]


def test_unknown_values_are_kept(setup: Setup, file: Path, values: Callable[[], dict[str, Any]]):
    given = {
        "IsEncrypted": False,
        "Host": {"LocalHttpPort": 7099, "CORS": "*"},
        "ConnectionStrings": {"x": "y"},
        "Values": {"RATE_LIMIT": "60/minute", "AZURE_TENANT_ID": "<directory (tenant) id>", "Ä": "ö"},
    }
    file.write_text(f"\ufeff{json.dumps(given)}", encoding="utf-8")

    assert 0 == setup().status

    document = json.loads(file.read_text(encoding="utf-8"))
    assert {"IsEncrypted", "Host", "ConnectionStrings", "Values"} == document.keys()
    assert (given["Host"], given["ConnectionStrings"]) == (document["Host"], document["ConnectionStrings"])
    assert ("60/minute", "ö") == (values()["RATE_LIMIT"], values()["Ä"])


def test_a_dry_run_prints_the_commands_and_changes_nothing(
    setup: Setup, directory: ManagedDirectory, file: Path, az: StandInAz
):
    said = setup("--dry-run", yes=False)

    assert (0, "") == (said.status, said.err)
    assert not file.exists()
    assert not directory.changes
    commands = [line.strip().removeprefix("$ ") for line in said.out.splitlines() if "$ az" in line]
    assert ["az version", "az account show", "az cloud show"] == commands[:3]
    changing = [line for line in commands[3:] if "--method get" not in line]
    assert [
        "POST /applications", "PATCH /applications/<object-id>", "PATCH /applications/<object-id>",
        "PATCH /applications/<object-id>", "PATCH /applications/<object-id>", "POST /servicePrincipals",
        "POST /oauth2PermissionGrants", "POST /oauth2PermissionGrants",
        "POST /applications/<object-id>/addPassword",
    ] == [called(line) for line in changing if "owners" not in line]  # fmt: skip
    assert all("--body" in line for line in changing)


def test_nobody_to_ask_is_no_yes(setup: Setup, directory: ManagedDirectory):
    said = setup(yes=False)

    assert 1 == said.status
    assert "--yes" in said.err
    assert not directory.changes


def test_what_it_made_is_removed_again(
    setup: Setup, directory: ManagedDirectory, file: Path, values: Callable[[], dict[str, Any]]
):
    file.write_text(json.dumps({"IsEncrypted": False, "Values": {"RATE_LIMIT": "60/minute"}}))
    setup("--tools", "mail")

    said = setup("--remove")

    assert (0, "") == (said.status, said.err)
    assert ({}, {}) == (directory.applications, directory.grants)
    assert {GRAPH, DEVOPS} == {each["appId"] for each in directory.principals.values()}
    # Each by itself: what a deleted registration could be restored with is not left to the directory.
    assert all(not each["passwordCredentials"] for each in directory.deleted.values())
    assert 1 == len(
        [each for each in directory.changes if each.startswith("DELETE /oauth2PermissionGrants/")]
    )
    assert {
        "RATE_LIMIT": "60/minute",
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    } == values()
    assert "Nothing to do" in setup("--remove").out


def test_consents_that_may_not_be_taken_back_go_with_the_service_principal(
    setup: Setup, directory: ManagedDirectory
):
    setup()
    directory.denied |= {"DELETE /oauth2PermissionGrants", "GET /oauth2PermissionGrants"}

    assert 0 == setup("--remove").status
    assert ({}, {}) == (directory.applications, directory.grants)


def test_removal_asks_first_and_a_dry_run_of_it_changes_nothing(
    setup: Setup, directory: ManagedDirectory, file: Path
):
    setup()
    before, text = len(directory.changes), file.read_text()

    assert 1 == setup("--remove", yes=False).status
    assert 0 == setup("--remove", "--dry-run", yes=False).status

    assert (before, text) == (len(directory.changes), file.read_text())
