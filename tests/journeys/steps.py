"""Steps the journeys share: calls through the official client, bare MCP requests, controls of services."""

import json
import re
import ssl
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from mcp import Client
from mcp_types import CallToolResult

from local import tenant
from local.layout import Layout
from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant

TOOL = "graph_get_profile"
MCP_HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


async def call(layout: Layout, alias: str, tool: str = TOOL, **arguments: Any) -> CallToolResult:
    """A tool's result for a user, who signs in anew through the official client."""
    async with connected(layout, organisation().user(alias)) as (client, _):
        return await client.call_tool(tool, arguments)


async def ask(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """What a tool tells a client that is connected; a failure of it fails the test."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


async def access_token(layout: Layout, alias: str) -> str:
    """Token A of a user who signed in."""
    async with connected(layout, organisation().user(alias)) as (_, journey):
        assert journey.tokens is not None
        return journey.tokens.access_token


async def call_with(http: httpx.AsyncClient, layout: Layout, token: str, tool: str = TOOL) -> httpx.Response:
    """The bare answer to a tool call with this token in the header."""
    return await post(http, layout, "tools/call", {"name": tool, "arguments": {}}, token=token)


async def post(
    http: httpx.AsyncClient,
    layout: Layout,
    method: str,
    params: dict[str, Any] | None = None,
    *,
    token: str | None = None,
) -> httpx.Response:
    """The bare answer to one JSON-RPC request."""
    authorization = {"Authorization": f"Bearer {token}"} if token else {}
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
    return await http.post(layout.mcp_url, json=body, headers={**MCP_HEADERS, **authorization})


def message(response: httpx.Response) -> dict[str, Any]:
    """The JSON-RPC message in a response's event stream."""
    lines = response.text.splitlines()
    data = next(line.removeprefix("data: ") for line in lines if line.startswith("data: "))
    return dict(json.loads(data))


def error_of(result: CallToolResult) -> dict[str, Any]:
    """The failure a result states for programs."""
    assert result.is_error, result
    return dict((result.meta or {})["m365-devops-mcp/error"])


def audit_lines(tenant: Tenant) -> list[dict[str, Any]]:
    """The audit record of the tenant's host so far."""
    return [dict(json.loads(line)) for line in re.findall(r" audit INFO (\{.*\})$", tenant.log("host"), re.M)]


def exchanges(layout: Layout, alias: str) -> int:
    """How many on-behalf-of exchanges Entra has made for a user."""
    return sum(
        entry["event"] == "token_issued"
        and entry.get("grant") == "on_behalf_of"
        and entry.get("user") == alias
        for entry in tenant.journal(layout, "entra")
    )


@cache
def _trust(ca_file: Path) -> ssl.SSLContext:
    # To read all of its authorities takes longer than a request.
    return ssl.create_default_context(cafile=str(ca_file))


def control(layout: Layout, service: str, method: str, path: str, body: Any = None) -> Any:
    """What a running service answers to one of its controls."""
    with httpx.Client(verify=_trust(layout.ca_file), trust_env=False) as client:
        url = getattr(layout, tenant.LISTENERS[service][0])
        response = client.request(method, f"{url}/_control/{path}", json=body).raise_for_status()
    return response.json() if response.content else None


def fail(layout: Layout, service: str, *faults: dict[str, Any]) -> None:
    """Make a service misbehave from now on; without faults, behave."""
    control(layout, service, "PUT", "faults", list(faults))


def issue(layout: Layout, alias: str, **changes: Any) -> str:
    """A token that Entra signed for this server, with claims changed; None removes one."""
    issued = control(layout, "entra", "POST", "entra/issue", {"user": alias, "claims": changes})
    return str(issued["access_token"])
