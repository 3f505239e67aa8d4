"""The official MCP client against the host on a real socket."""

import asyncio
import socket

import pytest
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent

from local.host.functions_host import FunctionsHost


@pytest.fixture
async def url(functions, configuration, control):
    host = control.wrap(FunctionsHost(functions, configuration, control))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(host, log_level="warning", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/runtime/webhooks/mcp"
        server.should_exit = True
        await serving


async def test_the_client_negotiates_lists_and_calls(url):
    async with Client(streamable_http_client(url)) as client:
        tools = await client.list_tools()
        greeting = await client.call_tool("greet", {"name": "Ana"})

        assert ("sample", "2025-06-18", "Be kind.") == (
            client.server_info.name,
            client.protocol_version,
            client.instructions,
        )
    assert "greet" in [tool.name for tool in tools.tools]
    assert {"greeting": "Hello, Ana."} == greeting.structured_content
    assert (False, "Hello, Ana.") == (greeting.is_error, greeting.content[0].text)


async def test_the_client_sees_a_masked_failure_and_empty_lists(url):
    async with Client(streamable_http_client(url)) as client:
        failure = await client.call_tool("fails", {})
        prompts, resources = await client.list_prompts(), await client.list_resources()

    assert (
        CallToolResult(
            content=[TextContent(type="text", text="An error occurred invoking 'fails'.")], is_error=True
        )
        == failure
    )
    assert ([], []) == (prompts.prompts, resources.resources)
