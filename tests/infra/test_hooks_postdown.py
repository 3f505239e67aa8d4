"""What is removed from Entra after `azd down`, and that nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.infra.fake_azure import APPLICATION_NAME, ENVIRONMENT, FakeAzure, failures

_GRAPH = "https://graph.microsoft.com/v1.0"
_DELETED = f"{_GRAPH}/directory/deletedItems"
_APPLICATION = {"id": "app-object", "appId": "app-client", "displayName": "MCP server (dev)"}
_PRINCIPAL = {"id": "principal-object", "displayName": "MCP server (dev)"}
_GROUP = {"id": "group-object", "displayName": "MCP users (dev)"}
_NOT_FOUND = 'Not Found({"error":{"code":"Request_ResourceNotFound"}})'


@pytest.fixture
def azure(tmp_path: Path) -> FakeAzure:
    """A tenant that holds what a deployment created."""
    azure = FakeAzure(tmp_path)
    azure.answers("az", "deletedItems/microsoft.graph.", value={"value": []})
    azure.answers("az", "get", f"applications(uniqueName='{APPLICATION_NAME}')", value=_APPLICATION)
    azure.refuses("az", "get", f"applications(uniqueName='{APPLICATION_NAME}-sign-in')", complaint=_NOT_FOUND)
    azure.answers("az", "get", "servicePrincipals(appId='app-client')", value=_PRINCIPAL)
    azure.answers("az", "get", f"groups(uniqueName='{APPLICATION_NAME}-users')", value=_GROUP)
    azure.answers("az", "--method delete", value=None)
    return azure


def deleted(azure: FakeAzure) -> list[str]:
    """What was deleted, in order."""
    return [
        words[words.index("--url") + 1].removeprefix(_GRAPH)
        for words in azure.asked("az")
        if "--method" in words and words[words.index("--method") + 1] == "delete"
    ]


def test_everything_the_deployment_created_is_removed_for_good(azure: FakeAzure) -> None:
    done = azure.run("postdown", **ENVIRONMENT)

    assert [
        "/servicePrincipals/principal-object",
        "/directory/deletedItems/principal-object",
        "/applications/app-object",
        "/directory/deletedItems/app-object",
        "/groups/group-object",
        "/directory/deletedItems/group-object",
    ] == deleted(azure)
    assert (0, "") == (done.returncode, done.stderr)
    assert "Entra: deleted the application MCP server (dev) (app-object)." in done.stdout
    assert "Entra: removed the deleted group MCP users (dev) for good (group-object)." in done.stdout


def test_the_registration_of_a_sign_in_proxy_goes_first_whatever_is_chosen_now(azure: FakeAzure) -> None:
    name = f"{APPLICATION_NAME}-sign-in"
    proxy = {"id": "proxy-object", "appId": "proxy-client", "displayName": "MCP server (dev) sign-in"}
    azure.answers("az", "get", f"applications(uniqueName='{name}')", value=proxy)
    azure.answers(
        "az", "get", "servicePrincipals(appId='proxy-client')", value=_PRINCIPAL | {"id": "proxy-principal"}
    )
    old = {"id": "old", "displayName": "MCP server (dev) sign-in", "uniqueName": name}
    azure.answers("az", "deletedItems/microsoft.graph.application", value={"value": [old]})

    done = azure.run("postdown", **ENVIRONMENT)

    assert (0, "") == (done.returncode, done.stderr)
    assert [
        "/servicePrincipals/proxy-principal",
        "/directory/deletedItems/proxy-principal",
        "/applications/proxy-object",
        "/directory/deletedItems/proxy-object",
    ] == deleted(azure)[:4]
    assert "/directory/deletedItems/old" == deleted(azure)[-1]


def test_nothing_left_is_nothing_done(azure: FakeAzure) -> None:
    azure.refuses("az", "uniqueName=", complaint=_NOT_FOUND)

    done = azure.run("postdown", **ENVIRONMENT)

    assert (0, []) == (done.returncode, deleted(azure))
    assert f"Entra: nothing of {APPLICATION_NAME} was left.\n" == done.stdout


def test_what_was_deleted_before_but_not_for_good_is_removed(azure: FakeAzure) -> None:
    azure.refuses("az", "uniqueName=", complaint=_NOT_FOUND)
    old = [
        {"id": "old", "displayName": "MCP server (dev)", "uniqueName": APPLICATION_NAME},
        {"id": "foreign", "displayName": "Another", "uniqueName": "another"},
        {"id": "nameless", "displayName": "Nameless", "uniqueName": None},
    ]
    azure.answers("az", "deletedItems/microsoft.graph.application", value={"value": old})

    done = azure.run("postdown", **ENVIRONMENT)

    assert (0, ["/directory/deletedItems/old"]) == (done.returncode, deleted(azure))


def test_an_object_that_never_shows_among_the_deleted_ones_is_gone(azure: FakeAzure) -> None:
    azure.refuses("az", "--method delete", "deletedItems/", complaint=_NOT_FOUND)

    done = azure.run("postdown", **ENVIRONMENT, POSTDOWN_SECONDS="0.2")

    assert 0 == done.returncode
    assert 3 == done.stdout.count("Entra: deleted the")
    # It was looked for more than once.
    assert 3 < sum("deletedItems" in url for url in deleted(azure))


def test_a_registration_made_before_is_left_alone(azure: FakeAzure) -> None:
    done = azure.run("postdown", **ENVIRONMENT, ENTRA_MODE="existing", ENTRA_CLIENT_ID="app-client")

    assert (0, []) == (done.returncode, azure.asked("az"))
    assert "it stays" in done.stdout


@pytest.mark.parametrize("name", ["AZURE_ENV_NAME", "AZURE_SUBSCRIPTION_ID"])
def test_without_a_name_nothing_is_removed(azure: FakeAzure, name: str) -> None:
    done = azure.run("postdown", **ENVIRONMENT | {name: ""})

    assert (1, []) == (done.returncode, azure.asked("az"))
    assert "nothing is known to be this deployment's" in failures(done)[0]


@pytest.mark.parametrize(
    "refused",
    ["applications(uniqueName", "delete --url " + _GRAPH + "/applications", "deletedItems/app-object"],
)
def test_a_refusal_is_told_with_what_to_do(azure: FakeAzure, refused: str) -> None:
    azure.refuses("az", refused, complaint="Forbidden: Insufficient privileges.")

    done = azure.run("postdown", **ENVIRONMENT)

    assert (1, "") == (done.returncode, done.stderr)
    assert [
        f"Entra: {APPLICATION_NAME} could not be removed entirely: Forbidden: Insufficient privileges. "
        "| cure: sign in with an account that may (az login), then: azd hooks run postdown"
    ] == failures(done)


def test_a_name_the_console_cannot_show_is_no_failure(azure: FakeAzure) -> None:
    azure.answers(
        "az",
        "get",
        f"applications(uniqueName='{APPLICATION_NAME}')",
        value=_APPLICATION | {"displayName": "Zürich"},
    )

    done = azure.run("postdown", **ENVIRONMENT, PYTHONIOENCODING="ascii")

    assert (0, "") == (done.returncode, done.stderr)
    assert r"deleted the application Z\xfcrich (app-object)" in done.stdout


def test_it_asks_nobody_anything(azure: FakeAzure) -> None:
    """Its standard input is closed; a question would end it with an error."""
    assert "" == azure.run("postdown", **ENVIRONMENT).stderr


def test_the_names_are_those_bicep_gives() -> None:
    infra = Path(__file__).resolve().parents[2] / "infra"

    name = "'m365-devops-mcp-${environmentName}-${take(subscription().subscriptionId, 8)}'"
    assert f"var appUniqueName = {name}\n" in (infra / "main.bicep").read_text()
    assert "uniqueName: '${uniqueName}-sign-in'\n" in (infra / "modules" / "entra.bicep").read_text()
    assert "uniqueName: '${uniqueName}-users'\n" in (infra / "modules" / "entra.bicep").read_text()
