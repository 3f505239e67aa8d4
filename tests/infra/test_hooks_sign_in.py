"""The sign-in proxy in the hooks: what contradicts it, how it is tried, and what is left to people."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.infra.deployed_server import SCOPE, TOKEN, Change, DeployedServer, Response, deployed_server
from tests.infra.fake_azure import ENVIRONMENT, HOOKS, TENANT, FakeAzure, failures
from tests.infra.test_hooks_parameters import findings

_TOOLS = json.loads((HOOKS.parent / "permissions.json").read_text())["tools"]
_LEAN = [tool for tool in _TOOLS if not tool["writes"] and "lean" in tool["presets"]]
_READING = frozenset(tool["name"] for tool in _LEAN if not tool["reads"])
_OTHER = "11111111-2222-4333-8444-555555555555"
_CLIENT = "d3b9c1f2-7a64-4e0b-8c55-1f2e3d4c5b6a"
_PROXY = "7d6c5b4a-3f2e-4d1c-8b0a-9f8e7d6c5b4a"
_ORIGIN = "https://func-mcp-x.azurewebsites.net"


@pytest.fixture
def azure(tmp_path: Path) -> FakeAzure:
    azure = FakeAzure(tmp_path)
    azure.signs_in()
    azure.answers("az", f"get-access-token --scope {SCOPE}", value={"accessToken": TOKEN})
    return azure


@pytest.fixture
def server() -> Iterator[DeployedServer]:
    with deployed_server(TENANT, _READING) as server:
        yield server


@pytest.mark.parametrize(
    ("environ", "problem", "cure"),
    [
        (
            {"SIGN_IN_PROXY": "metadata"},
            "the address of the server is not registered",
            "azd env set REGISTER_SERVER_ADDRESS true",
        ),
        (
            {"SIGN_IN_PROXY": "metadata", "REGISTER_SERVER_ADDRESS": "false"},
            "AADSTS9010010",
            "azd env set REGISTER_SERVER_ADDRESS true",
        ),
        ({"SIGN_IN_PROXY": "gateway"}, "there is no gateway", "azd env set ENABLE_GATEWAY true"),
        (
            {"SIGN_IN_PROXY": "app", "ENTRA_MODE": "existing", "ENTRA_CLIENT_ID": _CLIENT},
            "SIGN_IN_CLIENT_ID is missing",
            "azd env set SIGN_IN_CLIENT_ID",
        ),
        (
            {"SIGN_IN_PROXY": "app", "ALLOWED_TENANT_IDS": json.dumps([TENANT, _OTHER])},
            "one tenant alone",
            "azd env set ALLOWED_TENANT_IDS '[]'",
        ),
        (
            {"SIGN_IN_PROXY": "app", "AZURE_TENANT_ID": TENANT, "ALLOWED_TENANT_IDS": json.dumps([_OTHER])},
            "one tenant alone",
            "azd env set ALLOWED_TENANT_IDS '[]'",
        ),
    ],
)
def test_a_choice_that_would_let_nobody_in_is_refused_with_its_cure(
    environ: dict[str, str], problem: str, cure: str
) -> None:
    ((said, told),) = findings(**environ)

    assert problem in said
    assert cure in told


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"SIGN_IN_PROXY": ""},
        {"SIGN_IN_PROXY": "", "ALLOWED_TENANT_IDS": json.dumps([TENANT, _OTHER])},
        {"SIGN_IN_PROXY": "metadata", "REGISTER_SERVER_ADDRESS": "true"},
        {"SIGN_IN_PROXY": "app", "AZURE_TENANT_ID": TENANT.upper(), "ALLOWED_TENANT_IDS": f'["{TENANT}"]'},
        {"SIGN_IN_PROXY": "gateway", "ENABLE_GATEWAY": "true", "GATEWAY_PUBLISHER_EMAIL": "a@contoso.com"},
        {
            "SIGN_IN_PROXY": "app",
            "ENTRA_MODE": "existing",
            "ENTRA_CLIENT_ID": _CLIENT,
            "SIGN_IN_CLIENT_ID": _PROXY,
        },
        {
            "SIGN_IN_PROXY": "metadata",
            "REGISTER_SERVER_ADDRESS": "true",
            "ENTRA_MODE": "existing",
            "ENTRA_CLIENT_ID": _CLIENT,
        },
    ],
)
def test_choices_that_go_together_pass(environ: dict[str, str]) -> None:
    assert [] == findings(**environ)


def _smoke(azure: FakeAzure, server: DeployedServer, mode: str, **environ: str) -> Any:
    known = {**ENVIRONMENT, "MCP_URL": server.mcp_url, "MCP_SCOPE": SCOPE, "SMOKE_SECONDS": "0.1"}
    chosen = {"SIGN_IN_PROXY": mode, "MCP_SIGN_IN_ORIGIN": server.url}
    return azure.run("smoke", **known | chosen | environ)


@pytest.mark.parametrize(
    ("mode", "environ", "checks"),
    [("app", {}, 11), ("app", {"SIGN_IN_REGISTRATION": "true"}, 11), ("metadata", {}, 10)],
)
def test_a_right_proxy_passes(
    azure: FakeAzure, server: DeployedServer, mode: str, environ: dict[str, str], checks: int
) -> None:
    server.proxy = mode
    server.registers = "SIGN_IN_REGISTRATION" in environ

    done = _smoke(azure, server, mode, **environ)

    assert (0, [], "") == (done.returncode, failures(done), done.stderr)
    assert checks == done.stdout.count("  ok ")
    assert ("sign-in" in server.asked) == (mode == "app")


def test_a_proxy_at_the_gateway_is_tried_there_and_the_apps_own_address_leads_to_entra(
    azure: FakeAzure, server: DeployedServer
) -> None:
    with deployed_server(TENANT, _READING) as gateway:
        gateway.proxy = "gateway"

        done = _smoke(azure, server, "gateway", GATEWAY_URL=gateway.url, MCP_SIGN_IN_ORIGIN=gateway.url)

    assert (0, [], "") == (done.returncode, failures(done), done.stderr)
    assert {"server metadata", "sign-in"} <= set(gateway.asked)
    assert not {"server metadata", "sign-in"} & set(server.asked)


def test_the_gateways_refusal_names_the_metadata_even_so(azure: FakeAzure, server: DeployedServer) -> None:
    with deployed_server(TENANT, _READING) as gateway:
        gateway.proxy = "gateway"
        gateway.changes["anonymous"] = lambda answer: Response(401, {"WWW-Authenticate": 'Bearer realm="x"'})

        done = _smoke(azure, server, "gateway", GATEWAY_URL=gateway.url, MCP_SIGN_IN_ORIGIN=gateway.url)

    assert ["challenge: the 401 names nothing as resource_metadata"] == [
        failure.partition(", not")[0] for failure in failures(done)
    ]


def _document(**changed: Any) -> Change:
    return lambda answer: answer.but(body=json.loads(answer.body) | changed)


def _without(name: str) -> Change:
    def change(answer: Response) -> Response:
        return answer.but(body={key: value for key, value in json.loads(answer.body).items() if key != name})

    return change


def _guarded(answer: Response) -> Response:
    return Response(401, {"WWW-Authenticate": 'Bearer realm="host" resource_id="x"'})


_ENTRA = f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0"
_MISBEHAVIOUR: dict[str, tuple[str, str, Change, str, str]] = {
    "its metadata ask for a token": (
        "app",
        "server metadata",
        _guarded,
        "authorization server: /.well-known/oauth-authorization-server asks for a token",
        "excludedPaths",
    ),
    "its metadata are not there": (
        "metadata",
        "server metadata",
        lambda answer: Response(404, {}),
        "authorization server: /.well-known/oauth-authorization-server answers with status 404",
        "azd up",
    ),
    "it is another issuer": (
        "app",
        "server metadata",
        _document(issuer="https://elsewhere.example"),
        "authorization server: /.well-known/oauth-authorization-server names the issuer https://elsewhere",
        "azd up",
    ),
    "it takes plain PKCE": (
        "app",
        "server metadata",
        _document(code_challenge_methods_supported=["S256", "plain"]),
        "authorization server: /.well-known/oauth-authorization-server offers ['S256', 'plain'] for PKCE",
        "azd up",
    ),
    "it names no PKCE": (
        "metadata",
        "server metadata",
        _without("code_challenge_methods_supported"),
        "authorization server: /.well-known/oauth-authorization-server offers None for PKCE",
        "azd up",
    ),
    "it sends codes to Entra": (
        "app",
        "server metadata",
        _document(token_endpoint=f"{_ENTRA}/token"),
        "authorization server: /.well-known/oauth-authorization-server names the token endpoint https://login",
        "azd up",
    ),
    "it names the endpoints of another tenant": (
        "metadata",
        "server metadata",
        _document(authorization_endpoint=f"https://login.microsoftonline.com/{_OTHER}/oauth2/v2.0/authorize"),
        "authorization server: /.well-known/oauth-authorization-server names the authorization endpoint",
        "azd up",
    ),
    "it registers clients though nobody said so": (
        "app",
        "server metadata",
        _document(registration_endpoint="https://x.example/oauth/register"),
        "authorization server: /.well-known/oauth-authorization-server offers registration",
        "azd up",
    ),
    "Easy Auth stands before its endpoints": (
        "app",
        "sign-in",
        _guarded,
        "sign-in endpoints: /oauth/authorize asks for a token",
        "excludedPaths",
    ),
    "its endpoints are not there": (
        "app",
        "sign-in",
        lambda answer: Response(404, {}),
        "sign-in endpoints: /oauth/authorize answers a request that says nothing with status 404",
        "azd up",
    ),
    "it sends anybody on": (
        "app",
        "sign-in",
        lambda answer: Response(302, {"Location": "https://attacker.example/"}),
        "sign-in endpoints: /oauth/authorize answers a request that says nothing with status 302",
        "azd up",
    ),
    "it refuses without a reason": (
        "app",
        "sign-in",
        lambda answer: Response(400, {}),
        "sign-in endpoints: /oauth/token refuses without saying why",
        "azd up",
    ),
    "the resource's metadata name Entra": (
        "app",
        "metadata",
        _document(authorization_servers=[f"https://login.microsoftonline.com/{TENANT}/v2.0"]),
        "metadata: /.well-known/oauth-protected-resource/runtime/webhooks/mcp names the authorization server",
        "azd deploy",
    ),
    "its own challenge names other metadata": (
        "app",
        "anonymous",
        lambda answer: Response(401, {"WWW-Authenticate": 'Bearer resource_metadata="https://x.example"'}),
        "challenge: the 401 names https://x.example as resource_metadata",
        "azd provision",
    ),
}


@pytest.mark.parametrize("case", _MISBEHAVIOUR)
def test_each_misbehaviour_is_the_only_failure_and_has_its_cure(
    azure: FakeAzure, server: DeployedServer, case: str
) -> None:
    mode, kind, change, problem, cure = _MISBEHAVIOUR[case]
    server.proxy = mode
    server.changes[kind] = change

    done = _smoke(azure, server, mode)

    assert (1, "") == (done.returncode, done.stderr)
    (only,) = failures(done)
    assert only.startswith(problem)
    assert cure in only.partition(" | cure: ")[2]


def _steps(azure: FakeAzure, mode: str, **environ: str) -> str:
    known = {
        **ENVIRONMENT,
        "MCP_URL": f"{_ORIGIN}/runtime/webhooks/mcp",
        "MCP_SCOPE": f"api://{_CLIENT}/access_as_user",
        "MCP_CLIENT_ID": _CLIENT,
        "SIGN_IN_PROXY": mode,
        "MCP_SIGN_IN_ORIGIN": _ORIGIN,
        "MCP_SIGN_IN_CLIENT_ID": _PROXY,
    }
    done = azure.run("next_steps", **known | environ)
    assert (0, "") == (done.returncode, done.stderr)
    return str(done.stdout)


def test_people_are_told_that_other_clients_need_the_address_alone(azure: FakeAzure) -> None:
    text = _steps(azure, "app")

    assert (
        "nothing is to be registered:\n   https://func-mcp-x.azurewebsites.net/runtime/webhooks/mcp\n" in text
    )


def test_with_metadata_alone_each_client_is_to_be_registered(azure: FakeAzure) -> None:
    text = _steps(azure, "metadata")

    assert "Register each other client once" in text
    assert "nothing is to be registered" not in text


@pytest.mark.parametrize("absent", ["nothing is to be registered", "Register each other client"])
def test_without_a_proxy_nothing_is_said_of_it(azure: FakeAzure, absent: str) -> None:
    assert absent not in _steps(azure, "", MCP_SIGN_IN_ORIGIN="", MCP_SIGN_IN_CLIENT_ID="")


def test_a_registration_made_by_hand_is_told_its_trust_its_address_and_who_knows_it(azure: FakeAzure) -> None:
    identity = "0f6c1f3a-0000-4f52-9a51-2f8e3f0b7a11"
    text = _steps(azure, "app", ENTRA_MODE="existing", MANAGED_IDENTITY_PRINCIPAL_ID=identity)

    (command,) = [line for line in text.splitlines() if f"federated-credential create --id {_PROXY}" in line]
    words = shlex.split(command)
    assert {
        "name": "managed-identity",
        "issuer": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "subject": identity,
        "audiences": ["api://AzureADTokenExchange"],
    } == json.loads(words[words.index("--parameters") + 1])
    assert f"az ad app update --id {_PROXY} --web-redirect-uris {_ORIGIN}/oauth/callback" in text
    assert f"python infra/registration.py {_CLIENT} clients --client {_PROXY}" in text


@pytest.mark.parametrize(("mode", "given"), [("", {"ENTRA_MODE": "existing"}), ("metadata", {}), ("app", {})])
def test_no_trust_of_the_proxy_is_left_to_make_elsewhere(
    azure: FakeAzure, mode: str, given: dict[str, str]
) -> None:
    assert f"--id {_PROXY}" not in _steps(azure, mode, **given)
