"""What people are told to do once the server runs."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.infra.fake_azure import ENVIRONMENT, HOOKS, TENANT, FakeAzure, failures

_CLIENT = "d3b9c1f2-7a64-4e0b-8c55-1f2e3d4c5b6a"
_URL = "https://func-mcp-x.azurewebsites.net/runtime/webhooks/mcp"
_DEPLOYED = {
    **ENVIRONMENT,
    "MCP_URL": _URL,
    "MCP_SCOPE": f"api://{_CLIENT}/access_as_user",
    "MCP_CLIENT_ID": _CLIENT,
    "ENTRA_GROUP_ID": "2dae4f60-8192-4b3c-8d5e-6f7081920314",
}
_PERMISSIONS = json.loads((HOOKS.parent / "permissions.json").read_text())
_RESOURCES = {"graph": "https://graph.microsoft.com", "devops": "499b84ac-1321-427f-aa17-267ca6975798"}


@pytest.fixture
def azure(tmp_path: Path) -> FakeAzure:
    return FakeAzure(tmp_path)


def said(azure: FakeAzure, **environ: str) -> str:
    """What is printed for a deployment."""
    done = azure.run("next_steps", **_DEPLOYED | environ)
    assert (0, "") == (done.returncode, done.stderr)
    return done.stdout


def consented(text: str) -> set[str]:
    """The scopes that the consent links in a text ask for."""
    links = [urlsplit(link) for link in re.findall(r"https://login\S+", text)]
    for link in links:
        query = parse_qs(link.query)
        assert ("login.microsoftonline.com", f"/{TENANT}/v2.0/adminconsent") == (link.netloc, link.path)
        assert [_CLIENT] == query["client_id"]
        assert ["https://func-mcp-x.azurewebsites.net/.auth/login/aad/callback"] == query["redirect_uri"]
        # "Admin consent on the Microsoft identity platform": one API in one request.
        assert 1 == len({scope.rpartition("/")[0] for scope in query["scope"][0].split()})
    return {scope for link in links for scope in parse_qs(link.query)["scope"][0].split()}


def needed(*, writes: bool = False, devops: bool = True) -> set[str]:
    """The scopes of the tools offered, as Entra names them."""
    resources = {scope["name"]: _RESOURCES[scope["resource"]] for scope in _PERMISSIONS["scopes"]}
    return {
        f"{resources[scope]}/{scope}"
        for tool in _PERMISSIONS["tools"]
        if (writes or not tool["writes"])
        and "lean" in tool["presets"]
        and (devops or not any(scope.startswith("vso.") for scope in tool["scopes"]))
        for scope in tool["scopes"]
    }


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, needed()),
        ({"ENABLE_WRITE_TOOLS": "true"}, needed(writes=True)),
        ({"INCLUDE_DEVOPS": "false"}, needed(devops=False)),
        (
            {"TOOLS": '["devops_get_profile"]', "TOOL_POLICY": '{"*": {"groups": []}}'},
            {f"{_RESOURCES['devops']}/vso.profile", f"{_RESOURCES['graph']}/User.Read"},
        ),
        ({"ENTRA_GRANT_CONSENT": "true"}, set()),
    ],
)
def test_an_administrator_is_asked_for_what_the_tools_need(
    azure: FakeAzure, environ: dict[str, str], expected: set[str]
) -> None:
    assert expected == consented(said(azure, **environ))


def test_vs_code_is_told_the_server_on_the_command_line_and_by_a_link(azure: FakeAzure) -> None:
    lines = [line.strip() for line in said(azure).splitlines()]

    expected = {"name": "m365-devops", "type": "http", "url": _URL}
    (command,) = [line for line in lines if line.startswith("code --add-mcp")]
    assert expected == json.loads(shlex.split(command)[2])
    (link,) = [line for line in lines if line.startswith("vscode:mcp/install?")]
    assert expected == json.loads(unquote(link.partition("?")[2]))


def test_people_are_let_in_through_the_group(azure: FakeAzure) -> None:
    assert "az ad group member add --group 2dae4f60-8192-4b3c-8d5e-6f7081920314" in said(azure)


def test_without_a_group_people_are_assigned_themselves(azure: FakeAzure) -> None:
    text = said(azure, ENTRA_GROUP_ID="")

    assert "only users assigned to the application may sign in" in text
    assert "az ad group" not in text


def test_an_existing_registration_is_told_its_trust_and_who_gets_in(azure: FakeAzure) -> None:
    identity = "0f6c1f3a-0000-4f52-9a51-2f8e3f0b7a11"
    text = said(azure, ENTRA_MODE="existing", ENTRA_GROUP_ID="", MANAGED_IDENTITY_PRINCIPAL_ID=identity)

    (command,) = [line for line in text.splitlines() if "federated-credential create" in line]
    words = shlex.split(command)
    assert _CLIENT == words[words.index("--id") + 1]
    assert {
        "name": "managed-identity",
        "issuer": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "subject": identity,
        "audiences": ["api://AzureADTokenExchange"],
    } == json.loads(words[words.index("--parameters") + 1])
    assert "Let people in: assign users or a group" in text
    assert f"~/Users/appId/{_CLIENT}" in text


def test_next_steps_follow_the_cloud(azure: FakeAzure) -> None:
    text = said(azure, ENTRA_MODE="existing", ENTRA_GROUP_ID="", AZURE_CLOUD_NAME="usgov")

    assert "https://login.microsoftonline.us/" in text
    assert "https%3A%2F%2Fgraph.microsoft.us%2FUser.Read" in text
    assert "api://AzureADTokenExchangeUSGov" in text
    assert "https://entra.microsoft.us/" in text
    assert "login.microsoftonline.com" not in text


def test_the_doctor_is_named_with_the_servers_address(azure: FakeAzure) -> None:
    assert "python -m local doctor --url https://func-mcp-x.azurewebsites.net\n" in said(azure)


@pytest.mark.parametrize("name", ["MCP_URL", "MCP_SCOPE", "MCP_CLIENT_ID", "AZURE_TENANT_ID"])
def test_what_it_must_know_is_named(azure: FakeAzure, name: str) -> None:
    done = azure.run("next_steps", **_DEPLOYED | {name: ""})

    assert 1 == done.returncode
    assert f"environment: {name} is not known" in failures(done)[0]


def test_clients_are_told_the_gateway_where_there_is_one(azure: FakeAzure) -> None:
    text = said(azure, GATEWAY_URL="https://apim-mcp-x.azure-api.net")

    assert "The server runs: https://apim-mcp-x.azure-api.net/runtime/webhooks/mcp\n" in text
    assert 1 == text.count('"url":"https://apim-mcp-x.azure-api.net/runtime/webhooks/mcp"')
    # Consent leads back to the app all the same.
    assert needed() == consented(text)


def test_a_permission_without_a_published_id_is_in_no_link(azure: FakeAzure) -> None:
    """It would keep the administrator of a tenant that lacks it from consenting to the rest."""
    asked = consented(said(azure, TOOLS='["security"]'))

    assert {"vso.code"} <= {scope.rpartition("/")[2] for scope in asked}
    assert not [scope for scope in asked if scope.endswith("advsec")]
