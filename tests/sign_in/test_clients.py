"""Clients that nobody registered or configured: each signs in, lists the tools and calls one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client, StdioServerParameters, stdio_client
from mcp_types import TextContent

from local import tenant as tenants
from local.mcp_client import CLIENT_ID, connected
from local.organisation import organisation
from local.tenant import Tenant
from shared.apps.declared_apps import APPS
from shared.prompts.declared_prompts import PROMPTS
from tests.journeys.steps import call_with
from tests.sign_in.programs import HERE, LIMIT, MODULES, Ended, environment, free_port, run, with_clients
from tests.tool_counts import OFFERED

TOOL = "graph_get_profile"
EVERY_TOOL = {tool.name for tool in OFFERED}
NOBODYS_APP = "0badc0de-1111-4222-8333-444455556666"
PROXY = organisation().document["sign_in_proxy"]["client_id"]


def assert_signed_in_by_the_proxy(tenant: Tenant) -> None:
    issued = [entry for entry in tenants.journal(tenant.layout, "entra") if entry["event"] == "token_issued"]
    assert PROXY in {entry["client_id"] for entry in issued if entry["grant"] == "authorization_code"}


def mcp_remote(tenant: Tenant, folder: Path, port: int | None = None) -> Client:
    """What users of Claude Desktop run; it speaks standard input and output to its client."""
    program = StdioServerParameters(
        command="node",
        args=[
            str(MODULES / "mcp-remote" / "dist" / "proxy.js"),
            tenant.layout.mcp_url,
            str(port or free_port()),
        ],
        env=environment(tenant.layout, folder),
        cwd=str(folder),
    )
    return Client(stdio_client(program))


@with_clients
async def test_mcp_remote(tenant: Tenant, tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT), mcp_remote(tenant, tmp_path) as client:
        listed = await client.list_tools()
        result = await client.call_tool(TOOL, {})

    assert EVERY_TOOL == {tool.name for tool in listed.tools}
    assert not result.is_error
    assert "Ana Duarte" in "".join(block.text for block in result.content if isinstance(block, TextContent))


@with_clients
async def test_mcp_remote_signs_in_again_where_the_server_has_forgotten_it(tmp_path: Path) -> None:
    """Without a table, a restart of the server ends registrations and refresh tokens."""
    app_settings = {"SIGN_IN_PROXY": "app", "SIGN_IN_TABLE_URL": ""}
    # On another port it would register anew by itself.
    port = free_port()
    with Tenant(tmp_path / "tenant", app_settings=app_settings) as forgetful:
        async with asyncio.timeout(LIMIT), mcp_remote(forgetful, tmp_path, port) as client:
            assert not (await client.call_tool(TOOL, {})).is_error
        forgetful.stop("host")
        forgetful.start("host")
        # Tokens of before are not accepted either, as if a day had passed.
        for control in ("rotate-keys", "retire-keys"):
            async with httpx.AsyncClient(trust_env=False) as http:
                url = f"{forgetful.layout.entra_http}/_control/entra/{control}"
                (await http.post(url)).raise_for_status()
        async with asyncio.timeout(LIMIT), mcp_remote(forgetful, tmp_path, port) as client:
            assert not (await client.call_tool(TOOL, {})).is_error


async def lines_of_inspector(tenant: Tenant, folder: Path, method: str) -> list[Any]:
    """What it says of each tool's page, on a line of JSON for each."""
    printed = await started_inspector(tenant, folder, "--method", method, "--app-info")
    assert printed.status == 0, printed.errors
    return [json.loads(line) for line in printed.output.splitlines() if line.startswith("{")]


async def inspector(tenant: Tenant, folder: Path, *arguments: str) -> Any:
    """What it prints of an answer."""
    return (await started_inspector(tenant, folder, "--format", "json", *arguments)).json()


async def started_inspector(tenant: Tenant, folder: Path, *arguments: str) -> Ended:
    """What the MCP Inspector wrote."""
    program = MODULES / "@modelcontextprotocol" / "inspector" / "clients" / "launcher" / "build" / "index.js"
    return await run(
        "node",
        str(program),
        "--cli",
        tenant.layout.mcp_url,
        *("--transport", "http", "--quiet"),
        *("--connect-timeout", str(LIMIT * 1000)),
        *("--callback-url", f"http://127.0.0.1:{free_port()}/oauth/callback"),
        *arguments,
        # Without a terminal it opens a browser only where that is said.
        given=environment(tenant.layout, folder, MCP_AUTO_OPEN_ENABLED="true"),
    )


@with_clients
async def test_the_mcp_inspector(tenant: Tenant, tmp_path: Path) -> None:
    listed = await inspector(tenant, tmp_path, "--method", "tools/list")
    called = await inspector(tenant, tmp_path, "--method", "tools/call", "--tool-name", TOOL)

    assert EVERY_TOOL == {tool["name"] for tool in listed["result"]["tools"]}
    assert "Ana Duarte" in json.dumps(called)


@with_clients
async def test_the_mcp_inspector_finds_the_pages_and_the_prompts(tenant: Tenant, tmp_path: Path) -> None:
    """It reads each page for what is said of it there: type and metadata come in the server's envelope."""
    pages = {each["toolName"]: each for each in await lines_of_inspector(tenant, tmp_path, "tools/list")}
    prompts = await inspector(tenant, tmp_path, "--method", "prompts/list")

    assert {tool: app.uri for app in APPS for tool in app.tools} == {
        tool: each["resourceUri"] for tool, each in pages.items() if each["hasApp"]
    }
    assert {("text/html;profile=mcp-app", True)} == {
        (each["resourceMimeType"], each["prefersBorder"]) for each in pages.values() if each["hasApp"]
    }
    assert {each.name for each in PROMPTS} == {each["name"] for each in prompts["result"]["prompts"]}


@with_clients
async def test_the_typescript_sdk(tenant: Tenant, tmp_path: Path) -> None:
    ended = await run(
        "node",
        str(HERE / "typescript_sdk.cjs"),
        tenant.layout.mcp_url,
        TOOL,
        given=environment(tenant.layout, tmp_path),
    )
    seen = ended.json()

    assert EVERY_TOOL == set(seen["tools"])
    assert "Ana Duarte" in json.dumps(seen["result"])
    assert seen["client_id"].startswith("dcr_")
    assert f"api://{organisation().server_client_id}/access_as_user" == seen["scope"]


@pytest.mark.parametrize(
    ("client_id", "status"),
    [("aebc6443-996d-45c2-90f0-388ff96faa56", 200), (CLIENT_ID, 200), (NOBODYS_APP, 403)],
    ids=["VS Code", "the command line", "an app nobody allowed"],
)
async def test_a_token_of_a_client_that_entra_knows_is_as_good_as_without_the_proxy(
    tenant: Tenant, http: httpx.AsyncClient, client_id: str, status: int
) -> None:
    wanted = {"user": "ana", "client_id": client_id}
    issued = await http.post(f"{tenant.layout.entra}/_control/entra/issue", json=wanted)

    response = await call_with(http, tenant.layout, issued.json()["access_token"], TOOL)

    assert status == response.status_code


async def test_the_python_sdk_registers_itself(tenant: Tenant) -> None:
    async with connected(tenant.layout, organisation().user("ana")) as (client, journey):
        listed = await client.list_tools()
        result = await client.call_tool(TOOL, {})
        information = await journey.get_client_info()

    async with connected(tenant.layout, organisation().user("ben")) as (_, another):
        assert information == await another.get_client_info()
    assert EVERY_TOOL == {tool.name for tool in listed.tools}
    assert not result.is_error
    assert information is not None
    assert (information.client_id or "").startswith("dcr_")
    assert_signed_in_by_the_proxy(tenant)
