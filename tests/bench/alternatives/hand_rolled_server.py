"""The pattern of many samples: PyJWT checks the token, MSAL exchanges it every time, a client per request."""

import contextlib
import os
from typing import Any

import httpx
import jwt
import msal
import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from upstream_api import API_VERSION, DEVOPS_PROFILE, DEVOPS_SCOPES, GRAPH, GRAPH_SCOPES, PORT

TENANT = os.environ["BENCH_TENANT_ID"]
CLIENT_ID = os.environ["BENCH_CLIENT_ID"]
AUTHORITY = f"{os.environ['BENCH_AUTHORITY']}/{TENANT}"

# Its tracebacks of failed calls take longer to print than the calls.
server = MCPServer("bench", log_level="CRITICAL")
keys = jwt.PyJWKClient(f"{AUTHORITY}/discovery/v2.0/keys")


def _token_b(context: Context, scopes: list[str]) -> str:
    assert context.headers is not None
    token_a = context.headers["authorization"].removeprefix("Bearer ")
    key = keys.get_signing_key_from_jwt(token_a)
    jwt.decode(token_a, key, algorithms=["RS256"], audience=CLIENT_ID, issuer=f"{AUTHORITY}/v2.0")
    app = msal.ConfidentialClientApplication(
        CLIENT_ID,
        authority=AUTHORITY,
        client_credential=os.environ["BENCH_CLIENT_SECRET"],
        instance_discovery=False,
    )
    return str(app.acquire_token_on_behalf_of(user_assertion=token_a, scopes=scopes)["access_token"])


async def _get(url: str, token: str, **query: str) -> dict[str, Any]:
    async with httpx.AsyncClient() as client:
        response = await client.get(url, params=query, headers={"Authorization": f"Bearer {token}"})
        return dict(response.raise_for_status().json())


@server.tool()
async def graph_get_profile(context: Context) -> dict[str, Any]:
    """Get the signed-in user's own profile."""
    return await _get(f"{GRAPH}/v1.0/me", _token_b(context, GRAPH_SCOPES))


@server.tool()
async def get_user_context(context: Context) -> dict[str, Any]:
    """Get who the signed-in user is in both services, one after the other."""
    graph = await _get(f"{GRAPH}/v1.0/me", _token_b(context, GRAPH_SCOPES))
    token = _token_b(context, DEVOPS_SCOPES)
    devops = await _get(f"{DEVOPS_PROFILE}/_apis/profile/profiles/me", token, **API_VERSION)
    accounts = await _get(f"{DEVOPS_PROFILE}/_apis/accounts", token, memberId=devops["id"], **API_VERSION)
    return {**graph, **devops, "organizations": accounts["value"]}


if __name__ == "__main__":
    app = server.streamable_http_app(stateless_http=True)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.run(app, host="localhost", port=PORT, log_level="warning")
