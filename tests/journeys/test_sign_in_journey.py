"""From a client that knows nothing but an address to a tool's answer."""

import base64
import hashlib
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt

from local.host import extension_version
from local.mcp_client import CLIENT_ID, connected
from local.organisation import organisation
from local.tenant import Tenant
from tests.journeys.steps import call, message, post

REDIRECT_URI = "http://localhost:53535/callback"


async def test_a_client_finds_its_way_from_the_challenge_to_a_tool_call(
    tenant: Tenant, http: httpx.AsyncClient
):
    layout = tenant.layout

    # RFC 9728: the challenge leads to the protected resource metadata.
    challenged = await post(http, layout, "initialize")
    challenge = challenged.headers["www-authenticate"]
    metadata_url = challenge.partition('resource_metadata="')[2].partition('"')[0]
    resource = (await http.get(metadata_url)).json()

    assert challenged.status_code == 401
    assert challenged.content == b""
    assert resource["resource"] == layout.mcp_url
    assert resource["scopes_supported"] == [f"api://{organisation().server_client_id}/access_as_user"]

    # OpenID Connect Discovery: that names the authorization server, which names its endpoints.
    [authority] = resource["authorization_servers"]
    entra = (await http.get(f"{authority}/.well-known/openid-configuration")).json()

    assert entra["issuer"] == authority

    # RFC 7636: the code is worth nothing without the verifier.
    verifier = secrets.token_urlsafe(48)
    code_challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    query = {
        "client_id": CLIENT_ID,
        "response_type": "code",
        "redirect_uri": REDIRECT_URI,
        "scope": resource["scopes_supported"][0],
        "resource": resource["resource"],
        "code_challenge": code_challenge,
        "code_challenge_method": "S256",
        "state": "opaque",
    }
    page = await http.get(f"{entra['authorization_endpoint']}?{urlencode(query)}")

    assert page.status_code == 200
    assert "Ana Duarte" in page.text

    picked = await http.get(
        f"{entra['authorization_endpoint']}?{urlencode({**query, 'login_hint': 'ana', 'prompt': 'none'})}"
    )
    answer = parse_qs(urlsplit(picked.headers["location"]).query)
    redeemed = await http.post(
        entra["token_endpoint"],
        data={
            "grant_type": "authorization_code",
            "client_id": CLIENT_ID,
            "code": answer["code"][0],
            "redirect_uri": REDIRECT_URI,
            "code_verifier": verifier,
        },
    )
    token = redeemed.json()["access_token"]

    assert answer["state"] == ["opaque"]
    assert jwt.decode(token, options={"verify_signature": False})["aud"] == organisation().server_client_id

    newest = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "c", "version": "1"},
    }
    initialized = await post(http, layout, "initialize", newest, token=token)
    listed = message(await post(http, layout, "tools/list", token=token))["result"]["tools"]
    called = message(await post(http, layout, "tools/call", {"name": "get_user_context"}, token=token))

    # The version of the extension that the host plays: see `make test-hard`.
    spoken = extension_version.from_environment().protocols[-1]
    assert message(initialized)["result"]["protocolVersion"] == spoken
    assert message(initialized)["result"]["serverInfo"]["name"] == "m365-devops-mcp"
    assert {"graph_get_profile", "devops_get_profile", "get_user_context"} <= {
        tool["name"] for tool in listed
    }
    assert called["result"]["structuredContent"]["display_name"] == "Ana Duarte"


async def test_the_official_client_signs_in_lists_and_calls(tenant: Tenant):
    async with connected(tenant.layout, organisation().user("ben")) as (client, _):
        listed = await client.list_tools()
        result = await client.call_tool("get_user_context", {})

    assert "get_user_context" in [tool.name for tool in listed.tools]
    assert result.structured_content is not None
    assert result.structured_content["email"] == "ben.osei@larkspur.example"
    assert [each["name"] for each in result.structured_content["organizations"]] == ["larkspur"]
    assert result.structured_content["complete"] is True


async def test_one_side_missing_leaves_a_named_gap(tenant: Tenant):
    result = await call(tenant.layout, "eva", "get_user_context")

    assert result.structured_content is not None
    assert result.structured_content["display_name"] == "Eva Lindqvist"
    assert result.structured_content["complete"] is False
    [gap] = result.structured_content["gaps"]
    assert (gap["source"], gap["code"]) == ("Azure DevOps", "consent_required")
    assert "vso.profile" in gap["message"]


async def test_health_is_open_to_all_and_says_nothing_else(tenant: Tenant, http: httpx.AsyncClient):
    response = await http.get(f"{tenant.layout.host}/api/health")

    assert (response.status_code, response.text) == (200, '{"status":"ok"}')
