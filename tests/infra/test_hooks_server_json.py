"""`server.json`, which describes a deployed server to registries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.infra.fake_azure import ENVIRONMENT, HOOKS, FakeAzure, failures

_SCHEMA = json.loads((Path(__file__).parent / "schemas" / "server.json").read_text())
_URL = "https://func-mcp-x.azurewebsites.net/runtime/webhooks/mcp"


@pytest.fixture
def azure(tmp_path: Path) -> FakeAzure:
    return FakeAzure(tmp_path)


def written(azure: FakeAzure, **environ: str) -> dict[str, Any]:
    """What the hook writes for a deployment."""
    path = azure.folder / "catalogue" / "server.json"
    done = azure.run("server_json", **{**ENVIRONMENT, "MCP_URL": _URL, "SERVER_JSON": str(path), **environ})
    assert (0, "", True) == (done.returncode, done.stderr, str(path) in done.stdout)
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def complaints(document: object) -> list[str]:
    return [error.message for error in Draft202012Validator(_SCHEMA).iter_errors(document)]


def test_it_is_as_the_registry_takes_it(azure: FakeAzure) -> None:
    document = written(azure)

    assert [] == complaints(document)
    assert [{"type": "streamable-http", "url": _URL}] == document["remotes"]
    assert "net.azurewebsites.func-mcp-x/m365-devops-mcp" == document["name"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "m365-devops-mcp"),
        ("name", "net.azurewebsites/mcp/x"),
        ("description", "x" * 101),
        ("version", "latest"),
        ("remotes", [{"type": "http", "url": _URL}]),
        ("remotes", [{"type": "streamable-http"}]),
        ("clientId", "x"),
    ],
)
def test_a_slip_does_not_pass(azure: FakeAzure, name: str, value: object) -> None:
    assert 1 == len(complaints({**written(azure), name: value}))


def test_its_version_is_the_one_the_server_tells_clients(azure: FakeAzure) -> None:
    host = json.loads((HOOKS.parents[1] / "host.json").read_text())

    assert host["extensions"]["mcp"]["serverVersion"] == written(azure)["version"]


def test_clients_are_sent_to_the_gateway_where_there_is_one(azure: FakeAzure) -> None:
    document = written(azure, GATEWAY_URL="https://apim-mcp-x.azure-api.net")

    assert "https://apim-mcp-x.azure-api.net/runtime/webhooks/mcp" == document["remotes"][0]["url"]
    assert "net.azure-api.apim-mcp-x/m365-devops-mcp" == document["name"]


def test_a_second_deployment_writes_it_anew(azure: FakeAzure) -> None:
    written(azure)
    moved = _URL.replace("func-mcp-x", "func-mcp-y")

    assert moved == written(azure, MCP_URL=moved)["remotes"][0]["url"]


@pytest.mark.parametrize("name", ["MCP_URL", "AZURE_ENV_NAME"])
def test_what_it_must_know_is_named(azure: FakeAzure, name: str) -> None:
    done = azure.run("server_json", **{**ENVIRONMENT, "MCP_URL": _URL, name: ""})

    assert [f"server.json: {name} is not known | cure: azd provision, which writes it"] == failures(done)
    assert 1 == done.returncode


def test_a_file_that_cannot_be_written_is_told(azure: FakeAzure) -> None:
    (azure.folder / "file").touch()

    done = azure.run(
        "server_json",
        **{**ENVIRONMENT, "MCP_URL": _URL, "SERVER_JSON": str(azure.folder / "file" / "server.json")},
    )

    assert (1, "") == (done.returncode, done.stderr)
    assert "cannot be written" in failures(done)[0]
