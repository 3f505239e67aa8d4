"""FastMCP as it ships: its Entra token verifier, its on-behalf-of dependency, a client per request.

The last is how its manual has it.
"""

import asyncio
import os
from typing import Any

import httpx2
from fastmcp import FastMCP
from fastmcp.server.auth import MultiAuth
from fastmcp.server.auth.providers.azure import AzureJWTVerifier, AzureProvider, EntraOBOToken
from upstream_api import API_VERSION, DEVOPS_PROFILE, DEVOPS_SCOPES, GRAPH, GRAPH_SCOPES, PORT

_ENTRA: dict[str, Any] = {
    "client_id": os.environ["BENCH_CLIENT_ID"],
    "tenant_id": os.environ["BENCH_TENANT_ID"],
    "required_scopes": ["access_as_user"],
    "base_authority": os.environ["BENCH_AUTHORITY"].removeprefix("https://"),
}
provider = AzureProvider(
    **_ENTRA,
    client_secret=os.environ["BENCH_CLIENT_SECRET"],
    base_url=f"http://localhost:{PORT}",
    jwt_signing_key="signs nothing here: clients bring Entra's own tokens",
)
server = FastMCP("bench", auth=MultiAuth(server=provider, verifiers=[AzureJWTVerifier(**_ENTRA)]))


async def _get(url: str, token: str, **query: str) -> dict[str, Any]:
    async with httpx2.AsyncClient() as client:
        response = await client.get(url, params=query, headers={"Authorization": f"Bearer {token}"})
        return dict(response.raise_for_status().json())


async def _graph_profile(token: str) -> dict[str, Any]:
    return await _get(f"{GRAPH}/v1.0/me", token)


async def _devops_profile(token: str) -> dict[str, Any]:
    profile = await _get(f"{DEVOPS_PROFILE}/_apis/profile/profiles/me", token, **API_VERSION)
    accounts = await _get(f"{DEVOPS_PROFILE}/_apis/accounts", token, memberId=profile["id"], **API_VERSION)
    return {**profile, "organizations": accounts["value"]}


@server.tool
async def graph_get_profile(token: str = EntraOBOToken(GRAPH_SCOPES)) -> dict[str, Any]:
    """Get the signed-in user's own profile."""
    return await _graph_profile(token)


@server.tool
async def get_user_context(
    graph_token: str = EntraOBOToken(GRAPH_SCOPES), devops_token: str = EntraOBOToken(DEVOPS_SCOPES)
) -> dict[str, Any]:
    """Get who the signed-in user is in both services, asked at the same time."""
    graph, devops = await asyncio.gather(_graph_profile(graph_token), _devops_profile(devops_token))
    return {**graph, **devops}


if __name__ == "__main__":
    server.run(
        transport="http", host="localhost", port=PORT, path="/mcp", stateless_http=True, log_level="warning"
    )
