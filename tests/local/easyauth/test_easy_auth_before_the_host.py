"""The official MCP client through Easy Auth to a tool."""

import asyncio
import json
import socket
from pathlib import Path

import httpx
import httpx2
import pytest
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from local.easyauth import EasyAuth
from local.host.configuration import HostConfiguration
from local.host.functions_host import FunctionsHost
from local.host.keys import Keys
from local.host.worker import load_functions


@pytest.fixture(scope="module")
def functions():
    return load_functions(Path(__file__).parent / "apps", "whoami_app.py")


@pytest.fixture
async def url(functions, config, control):
    configuration = HostConfiguration(webhook_authorization_level="Anonymous", bundle=(4, 36, 0))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = control.wrap(EasyAuth(FunctionsHost(functions, configuration, control), config, control))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/runtime/webhooks/mcp"
        server.should_exit = True
        await serving


async def test_a_client_with_a_token_calls_a_tool_as_itself(url, bearer, control):
    sent = bearer()
    async with (
        httpx2.AsyncClient(headers=sent) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        result = await client.call_tool("whoami", {})

    assert ["7d4f1b90-3c2e-4a5d-9b8f-0a1c2e3d4f51", sent["Authorization"]] == json.loads(
        result.content[0].text
    )
    assert {"ok"} == {entry["outcome"] for entry in control.journal if entry["event"] == "easy_auth"}


@pytest.mark.parametrize(("key", "status"), [({}, 403), ({"x-functions-key": "the-mcp"}, 200)])
async def test_at_the_system_level_a_token_is_not_enough(functions, config, control, bearer, key, status):
    host = FunctionsHost(functions, HostConfiguration(bundle=(4, 36, 0)), control, Keys(mcp="the-mcp"))
    transport = httpx.ASGITransport(EasyAuth(host, config, control))

    async with httpx.AsyncClient(transport=transport, base_url="http://app.example") as http:
        response = await http.post(
            "/runtime/webhooks/mcp",
            json={"jsonrpc": "2.0", "id": 1, "method": "ping"},
            headers={"Accept": "*/*", **bearer(), **key},
        )

    assert status == response.status_code
