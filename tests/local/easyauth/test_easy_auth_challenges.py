"""What an anonymous caller gets: the challenge and the protected resource metadata."""

import json
from dataclasses import replace

import pytest

from local.easyauth import EasyAuth

SERVER = "http://localhost:7072/5a1e7f64-2f0c-4b7e-9d38-6c0b8f6d2a41"
CLIENT_ID = "d3b9c1f2-7a64-4e0b-8c55-1f2e3d4c5b6a"
WELL_KNOWN = "/.well-known/oauth-protected-resource"
MCP = "/runtime/webhooks/mcp"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
async def test_without_a_token_every_method_is_challenged(client, method):
    response = await client.request(method, MCP)

    assert (401, b"") == (response.status_code, response.content)
    assert (
        f'Bearer realm="app.example" authorization_uri="{SERVER}/oauth2/v2.0/authorize" '
        f'resource_id="{CLIENT_ID}" scope="api://{CLIENT_ID}/access_as_user" '
        f'resource_metadata="https://app.example{WELL_KNOWN}{MCP}"'
    ) == response.headers["www-authenticate"]


async def test_without_the_setting_the_challenge_is_bare_and_there_is_no_metadata(guarded, config):
    client = guarded(replace(config, prm_scope=""))

    challenged, metadata = await client.post(MCP), await client.get(WELL_KNOWN)

    assert challenged.headers["www-authenticate"].endswith(f'resource_id="{CLIENT_ID}"')
    assert 401 == metadata.status_code


@pytest.mark.parametrize("suffix", ["", MCP, "/any/other%20path"])
async def test_metadata_names_the_resource_its_server_and_scope(client, suffix):
    response = await client.get(WELL_KNOWN + suffix)

    assert 200 == response.status_code
    assert {
        "resource": f"https://app.example{suffix}",
        "authorization_servers": [f"{SERVER}/v2.0"],
        "scopes_supported": [f"api://{CLIENT_ID}/access_as_user"],
    } == response.json()


async def test_the_issuer_is_advertised_when_nothing_else_is(guarded, config, issuer):
    client = guarded(replace(config, advertised_authorization_server=""))

    response = await client.get(WELL_KNOWN)

    assert [issuer.url] == response.json()["authorization_servers"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", WELL_KNOWN),
        ("GET", f"{WELL_KNOWN}s"),
        ("GET", f"{MCP}{WELL_KNOWN}"),
        ("GET", "/api/health/x"),
    ],
)
async def test_nothing_else_is_anonymous(client, method, path):
    response = await client.request(method, path)

    assert 401 == response.status_code


@pytest.mark.parametrize("path", ["/api/health", "/API/Health", "/api/health?x=1"])
async def test_an_excluded_path_is_reached_without_a_principal(client, path):
    response = await client.get(path, headers={"X-MS-CLIENT-PRINCIPAL-ID": "somebody"})

    assert 200 == response.status_code
    assert "x-ms-client-principal-id" not in dict(response.json())


@pytest.mark.parametrize("host", ['a"b', "a b", "a\\b", "a/b", "", "a\r\nb", "a:123456", "é"])
@pytest.mark.parametrize("path", [MCP, WELL_KNOWN, "/api/health"])
async def test_a_host_that_is_none_is_a_bad_request(client, host, path):
    response = await client.get(path, headers=[(b"host", host.encode())])

    assert (400, b"") == (response.status_code, response.content)


@pytest.mark.parametrize("host", ["localhost:7071", "[::1]:80", "app.example"])
async def test_the_resource_is_the_host_that_was_asked(client, host):
    response = await client.get(WELL_KNOWN, headers={"host": host})

    assert f"https://{host}" == response.json()["resource"]


@pytest.mark.parametrize(
    ("raw_path", "suffix"),
    [(b'/a"b', "/a%22b"), (b"/a\\b", "/a%5Cb"), (b"/a%22", "/a%22"), (b"/\xff", "/%FF")],
)
async def test_no_path_breaks_out_of_the_challenge(config, control, raw_path, suffix):
    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": "/whatever",
        "raw_path": raw_path,
        "query_string": b"",
        "headers": [(b"host", b"h")],
    }
    await EasyAuth(scope, config, control)(scope, None, send)

    challenge = dict(sent[0]["headers"])[b"www-authenticate"].decode()
    assert challenge.endswith(f'resource_metadata="http://h{WELL_KNOWN}{suffix}"')
    assert 10 == challenge.count('"')


async def test_a_refusal_is_in_the_journal(client, control):
    await client.post(MCP)

    entry = {key: value for key, value in control.journal[-1].items() if key != "time"}
    assert {"event": "easy_auth", "outcome": 401, "reason": "MissingToken", "path": MCP} == entry
    assert json.dumps(entry)
