"""The smoke test against a server that misbehaves in each way."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.infra.deployed_server import SCOPE, TOKEN, Change, DeployedServer, Response, deployed_server
from tests.infra.fake_azure import ENVIRONMENT, HOOKS, TENANT, FakeAzure, failures

_TOOLS = json.loads((HOOKS.parent / "permissions.json").read_text())["tools"]
_LEAN = [tool for tool in _TOOLS if not tool["writes"] and "lean" in tool["presets"]]
_READING = frozenset(tool["name"] for tool in _LEAN if not tool["reads"])
_OTHER = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def server() -> Iterator[DeployedServer]:
    with deployed_server(TENANT, _READING) as server:
        yield server


@pytest.fixture
def azure(tmp_path: Path) -> FakeAzure:
    azure = FakeAzure(tmp_path)
    azure.signs_in()
    azure.answers("az", f"get-access-token --scope {SCOPE}", value={"accessToken": TOKEN})
    return azure


def smoke(azure: FakeAzure, server: DeployedServer, **environ: str) -> subprocess.CompletedProcess[str]:
    """The smoke test of the server, with no time for it to mend itself."""
    known = {**ENVIRONMENT, "MCP_URL": server.mcp_url, "MCP_SCOPE": SCOPE, "SMOKE_SECONDS": "0.1"}
    return azure.run("smoke", **known | environ)


def test_a_right_server_passes(azure: FakeAzure, server: DeployedServer) -> None:
    done = smoke(azure, server)

    assert (0, [], "") == (done.returncode, failures(done), done.stderr)
    assert 9 == done.stdout.count("  ok ")
    assert {
        "health",
        "anonymous",
        "metadata",
        "host metadata",
        "spoofed",
        "forged",
        "initialize",
        "tools",
        "other method",
    } == set(server.asked)


def _challenge(old: str, new: str) -> Change:
    def change(answer: Response) -> Response:
        return answer.but(WWW_Authenticate=answer.headers["WWW-Authenticate"].replace(old, new))

    return change


def _metadata(**changed: object) -> Change:
    return lambda answer: answer.but(body=json.loads(answer.body) | changed)


def _open(answer: Response) -> Response:
    return Response(200, {"Content-Type": "text/event-stream"}, b'data: {"result": {}}\n\n')


_MISBEHAVIOUR: dict[str, tuple[str, Change, str, str]] = {
    "settings are wrong": (
        "health",
        lambda answer: answer.but(503, {"status": "unavailable"}),
        "health: the app runs, but its settings are not right",
        "az webapp log tail",
    ),
    "the app does not run": (
        "health",
        lambda answer: Response(404, {}),
        "health: /api/health answers with status 404: the app does not run",
        "azd deploy",
    ),
    "the host stands in for the app": (
        "health",
        lambda answer: Response(200, {}, b"Your Functions app is up and running"),
        "health: /api/health answers with status 200: the app does not run",
        "azd deploy",
    ),
    "health asks for a sign-in": (
        "health",
        lambda answer: Response(401, {}),
        "health: /api/health asks for a sign-in (status 401)",
        "azd provision",
    ),
    "anybody is let in": (
        "anonymous",
        _open,
        "challenge: the endpoint answers anybody without a token: App Service Authentication is off",
        "azd provision",
    ),
    "clients are sent to a sign-in page": (
        "anonymous",
        lambda answer: Response(302, {"Location": "https://login.microsoftonline.com/"}),
        "challenge: without a token, the endpoint sends clients to a sign-in page (status 302)",
        "azd provision",
    ),
    "403 instead of 401": (
        "anonymous",
        lambda answer: Response(403, {}),
        "challenge: without a token, the endpoint answers with status 403, not 401",
        "azd provision",
    ),
    "no metadata in the challenge": (
        "anonymous",
        _challenge("resource_metadata=", "other="),
        "challenge: the 401 names nothing as resource_metadata",
        "WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES",
    ),
    "no challenge": (
        "anonymous",
        lambda answer: Response(401, {}),
        "challenge: the 401 names nothing as resource_metadata",
        "WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES",
    ),
    "another scope in the challenge": (
        "anonymous",
        _challenge("access_as_user", "user_impersonation"),
        "challenge: the 401 asks for the scope api://d3b9c1f2-7a64-4e0b-8c55-1f2e3d4c5b6a/user_impersonation",
        "az functionapp restart",
    ),
    "no metadata": (
        "metadata",
        lambda answer: Response(404, {}),
        "metadata: /.well-known/oauth-protected-resource/runtime/webhooks/mcp answers with status 404",
        "WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES",
    ),
    "another resource": (
        "metadata",
        _metadata(resource="https://func-mcp.azurewebsites.net/runtime/webhooks/mcp"),
        "metadata: /.well-known/oauth-protected-resource/runtime/webhooks/mcp names the resource "
        "https://func-mcp.azurewebsites.net/runtime/webhooks/mcp",
        "azd provision",
    ),
    "another scope": (
        "metadata",
        _metadata(scopes_supported=[f"{SCOPE} offline_access"]),
        "metadata: /.well-known/oauth-protected-resource/runtime/webhooks/mcp names the scope",
        "azd provision",
    ),
    "another tenant": (
        "metadata",
        _metadata(authorization_servers=[f"https://login.microsoftonline.com/{_OTHER}/v2.0"]),
        "metadata: /.well-known/oauth-protected-resource/runtime/webhooks/mcp names the authorization server "
        f"{_OTHER}/v2.0",
        "azd provision",
    ),
    "a v1 issuer": (
        "metadata",
        _metadata(authorization_servers=[f"https://sts.windows.net/{TENANT}/"]),
        "metadata: /.well-known/oauth-protected-resource/runtime/webhooks/mcp names the authorization server",
        "azd provision",
    ),
    "no metadata of the host": (
        "host metadata",
        lambda answer: Response(401, {}),
        "metadata of the host: /.well-known/oauth-protected-resource answers with status 401",
        "azd provision",
    ),
    "another resource of the host": (
        "host metadata",
        _metadata(resource="https://other.example"),
        "metadata of the host: /.well-known/oauth-protected-resource names the resource https://other.example",
        "azd provision",
    ),
    "a made-up caller is believed": (
        "spoofed",
        _open,
        "spoofed caller: the endpoint answers anybody with a made-up X-MS-CLIENT-PRINCIPAL",
        "azd provision",
    ),
    "an unsigned token is believed": (
        "forged",
        _open,
        "forged token: the endpoint answers anybody with a token nobody signed",
        "azd provision",
    ),
    "the right token is refused": (
        "initialize",
        lambda answer: Response(401, {}),
        "session: a token for the server's own scope is refused with 401",
        "api.requestedAccessTokenVersion 2",
    ),
    "the client is not allowed": (
        "initialize",
        lambda answer: Response(403, {}),
        "session: a signed-in client gets 403",
        "webhookAuthorizationLevel to Anonymous",
    ),
    "the host fails": (
        "initialize",
        lambda answer: Response(500, {}),
        "session: initialize answers with status 500 and no result",
        "azd deploy",
    ),
    "no event stream": (
        "initialize",
        lambda answer: Response(200, {"Content-Type": "application/json"}, b'{"result": {}}'),
        "session: initialize answers with application/json, not an event stream",
        "gateways and proxies",
    ),
    "a tool too few": (
        "tools",
        lambda answer: replace_tools(answer, _READING - {"graph_get_event"}),
        f"tools: tools/list has {len(_READING) - 1} tools instead of {len(_READING)}; "
        "missing: graph_get_event",
        "azd up",
    ),
    "a tool too many": (
        "tools",
        lambda answer: replace_tools(answer, _READING | {"graph_send_draft"}),
        f"tools: tools/list has {len(_READING) + 1} tools instead of {len(_READING)}; "
        "not expected: graph_send_draft",
        "azd up",
    ),
    "GET is taken": (
        "other method",
        lambda answer: Response(200, {}),
        "other methods: GET at the endpoint answers with status 200, not 405",
        "azd deploy",
    ),
}


def replace_tools(answer: Response, names: frozenset[str]) -> Response:
    message = {"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": name} for name in sorted(names)]}}
    return Response(200, answer.headers, f"event: message\ndata: {json.dumps(message)}\n\n".encode())


@pytest.mark.parametrize("case", _MISBEHAVIOUR)
def test_each_misbehaviour_is_the_only_failure_and_has_its_cure(
    azure: FakeAzure, server: DeployedServer, case: str
) -> None:
    kind, change, problem, cure = _MISBEHAVIOUR[case]
    server.changes[kind] = change

    done = smoke(azure, server)

    assert (1, "") == (done.returncode, done.stderr)
    (only,) = failures(done)
    assert only.startswith(problem)
    assert cure in only.partition(" | cure: ")[2]


def test_a_server_may_take_time_to_warm_up(azure: FakeAzure, server: DeployedServer) -> None:
    answers = iter([Response(503, {}), Response(404, {})])
    server.changes["health"] = lambda right: next(answers, right)

    done = smoke(azure, server, SMOKE_SECONDS="30")

    assert (0, []) == (done.returncode, failures(done))
    assert 3 == server.asked.count("health")
    assert 1 == server.asked.count("metadata")


def test_the_time_to_warm_up_ends(azure: FakeAzure, server: DeployedServer) -> None:
    server.changes["health"] = lambda right: Response(503, {})

    done = smoke(azure, server, SMOKE_SECONDS="0.8")

    assert (1, 1) == (done.returncode, len(failures(done)))
    assert server.asked.count("health") <= 2


def test_a_server_that_is_not_there_is_named(azure: FakeAzure, server: DeployedServer) -> None:
    done = smoke(azure, server, MCP_URL="http://127.0.0.1:9/runtime/webhooks/mcp")

    assert (1, "") == (done.returncode, done.stderr)
    assert 9 == sum("no answer (" in failure for failure in failures(done))


def test_what_is_chosen_decides_which_tools_are_expected(azure: FakeAzure, server: DeployedServer) -> None:
    server.tools = frozenset(tool["name"] for tool in _TOOLS if tool["family"] == "mail")

    done = smoke(azure, server, TOOLS='["mail"]', ENABLE_WRITE_TOOLS="true")

    assert (0, []) == (done.returncode, failures(done))


@pytest.mark.parametrize(
    ("confirmed", "tools", "is_expected"),
    [
        ("none", '["mail"]', False),
        ("others", '["mail"]', True),
        ("all", '["mail"]', True),
        ("others", '["graph_create_draft"]', False),
        ("all", '["graph_create_draft"]', True),
    ],
)
def test_what_confirms_writes_is_expected_where_some_wait(
    azure: FakeAzure, server: DeployedServer, confirmed: str, tools: str, is_expected: bool
) -> None:
    chosen = json.loads(tools)[0]
    named = {tool["name"] for tool in _TOOLS if chosen in (tool["name"], tool["family"])}
    server.tools = frozenset(named | ({"confirm_write"} if is_expected else set()))

    done = smoke(azure, server, TOOLS=tools, ENABLE_WRITE_TOOLS="true", CONFIRM_WRITES=confirmed)

    assert (0, []) == (done.returncode, failures(done))


def test_what_reads_more_is_expected_where_it_is_set(azure: FakeAzure, server: DeployedServer) -> None:
    server.tools = _READING | {tool["name"] for tool in _LEAN if tool["reads"] == "graph"}

    done = smoke(azure, server, READ_MORE="graph:mail")

    assert (0, []) == (done.returncode, failures(done))
    assert 0 != smoke(azure, server).returncode


def test_without_devops_its_tools_are_not_expected(azure: FakeAzure, server: DeployedServer) -> None:
    devops = {tool["name"] for tool in _TOOLS if any(scope.startswith("vso.") for scope in tool["scopes"])}
    server.tools = _READING - devops

    assert 0 == smoke(azure, server, INCLUDE_DEVOPS="false").returncode
    assert 1 == smoke(azure, server).returncode


@pytest.mark.parametrize("kind", ["user", "servicePrincipal"])
def test_what_needs_a_user_is_said_not_to_be_checked(
    azure: FakeAzure, server: DeployedServer, kind: str
) -> None:
    azure.signs_in(kind=kind)
    azure.refuses("az", "--scope", complaint="AADSTS50105: the user is not assigned to a role")

    done = smoke(azure, server)

    assert (0, []) == (done.returncode, failures(done))
    reason = "AADSTS50105" if kind == "user" else "a pipeline cannot sign in as a user"
    unchecked = [line for line in done.stdout.splitlines() if line.startswith("  --      ")]
    assert 3 == len(unchecked)
    assert all(reason in line for line in unchecked)
    assert "initialize" not in server.asked


def test_an_answer_of_another_shape_is_no_token(azure: FakeAzure, server: DeployedServer) -> None:
    azure.answers("az", "account show", value=["unexpected"])

    done = smoke(azure, server)

    assert (0, [], "") == (done.returncode, failures(done), done.stderr)
    assert 3 == done.stdout.count("  --      ")


@pytest.mark.parametrize("name", ["MCP_URL", "MCP_SCOPE", "AZURE_TENANT_ID"])
def test_what_it_must_know_is_named(azure: FakeAzure, server: DeployedServer, name: str) -> None:
    done = smoke(azure, server, **{name: ""})

    assert [f"environment: {name} is not known | cure: azd provision, which writes it"] == failures(done)
    assert (1, []) == (done.returncode, server.asked)


def test_an_address_that_is_no_web_address_is_refused(azure: FakeAzure, server: DeployedServer) -> None:
    done = smoke(azure, server, MCP_URL="file:///etc/passwd")

    assert "MCP_URL is not the URL of a web server" in failures(done)[0]


def test_no_token_is_printed(azure: FakeAzure, server: DeployedServer) -> None:
    server.changes["initialize"] = lambda right: Response(500, {})

    done = smoke(azure, server)

    assert TOKEN not in done.stdout + done.stderr


def test_the_gateway_is_checked_too(azure: FakeAzure, server: DeployedServer) -> None:
    with deployed_server(TENANT, _READING) as gateway:
        gateway.changes["anonymous"] = lambda right: Response(403, {})

        done = smoke(azure, server, GATEWAY_URL=gateway.url)

    assert ["challenge: without a token, the endpoint answers with status 403, not 401"] == [
        failure.partition(" | ")[0] for failure in failures(done)
    ]
    assert {"anonymous", "metadata", "spoofed", "forged", "initialize", "tools"} == set(gateway.asked)
