"""Resources and prompts of an app, seen by the official client and called through the host."""

import asyncio
import json
import socket
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from local.host.catalogue import Catalogue
from local.host.errors import StartupError
from local.host.extension_version import CURRENT, NEXT
from local.host.functions_host import FunctionsHost
from local.host.resources import Resource
from local.host.worker import Function, load_functions
from tests.local.host.conftest import Caller

APPS = Path(__file__).parent / "apps"


@pytest.fixture(scope="module")
def library():
    return load_functions(APPS, "library_app.py")


@pytest.fixture(params=[CURRENT, NEXT], ids=["current", "next"])
def version(request):
    return request.param


@pytest.fixture
def host(library, configuration, control, version):
    return FunctionsHost(library, configuration, control, version=version)


@pytest.fixture
async def url(host):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(host, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/runtime/webhooks/mcp"
        server.should_exit = True
        await serving


async def test_the_client_lists_reads_and_gets(url):
    async with Client(streamable_http_client(url)) as client:
        templates = await client.list_resource_templates()
        resources = await client.list_resources()
        prompts = await client.list_prompts()
        text = await client.read_resource("library://books/a%2Fb/7")
        blob = await client.read_resource("LIBRARY://COVER")
        prompt = await client.get_prompt("recommend", {"reader": "Ana"})

    assert ["library://books/{shelf}/{id}"] == [each.uri_template for each in templates.resource_templates]
    assert ["cover"] == [each.name for each in resources.resources]
    assert [("reader", True), ("mood", False)] == [
        (each.name, each.required) for each in prompts.prompts[0].arguments
    ]
    assert ("library://books/a%2Fb/7", "text/markdown", "# A book") == (
        text.contents[0].uri,
        text.contents[0].mime_type,
        text.contents[0].text,
    )
    assert ("LIBRARY://COVER", "AAE=") == (blob.contents[0].uri, blob.contents[0].blob)
    assert "Recommend a book to Ana. (None)" == prompt.messages[0].content.text


async def test_a_resource_gets_its_uri_and_the_headers_of_the_request(host):
    caller = Caller(host)
    read = {"uri": "library://books/x/1"}

    await caller.request("resources/read", read, Authorization="Bearer token-a", **{"Mcp-Session-Id": "a|b"})

    context = sys.modules["library_app"].READER_CALLS[-1]
    assert ["uri", "sessionid", "transport"] == list(context)
    assert ("library://books/x/1", "a|b") == (context["uri"], context["sessionid"])
    assert "Bearer token-a" == context["transport"]["properties"]["headers"]["Authorization"]


async def test_the_next_version_makes_a_session_for_each_call_and_negotiates_its_protocol(
    library, configuration, control
):
    async def session(caller):
        answer = await caller.call("borrow", {})
        return json.loads(answer["result"]["content"][0]["text"]).get("sessionid")

    current, following = (
        Caller(FunctionsHost(library, configuration, control, version=version)) for version in (CURRENT, NEXT)
    )
    wanted = {"protocolVersion": "2025-11-25", "clientInfo": {"name": "c", "version": "1"}}

    sessions = [await session(current), await session(following), await session(following)]
    spoken = [
        (await each.request("initialize", wanted))["result"]["protocolVersion"]
        for each in (current, following)
    ]

    assert sessions[0] is None
    assert 2 == len({each for each in sessions if each and "|" in each})
    assert ["2025-06-18", "2025-11-25"] == spoken


async def next_event(lines):
    kind = await anext(lines)
    data = await anext(lines)
    assert "" == await anext(lines)
    return kind.removeprefix("event: "), data.removeprefix("data: ")


CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "borrow", "arguments": {"n": 1}},
}


async def test_the_older_transport_lends_the_streams_headers_to_whoever_posts(url):
    """Which is why an app must not serve it."""
    async with (
        httpx.AsyncClient(trust_env=False) as http,
        http.stream("GET", f"{url}/sse", headers={"Authorization": "Bearer token-a"}) as stream,
    ):
        lines = stream.aiter_lines()
        kind, address = await next_event(lines)
        accepted = await http.post(f"{url}/{address}", json=CALL, headers={"Authorization": "Bearer token-b"})
        _, answer = await next_event(lines)
        missing = await http.post(
            f"{url}/{address}",
            json={"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "x"}},
        )
        _, error = await next_event(lines)

    context = json.loads(json.loads(answer)["result"]["content"][0]["text"])
    assert ("endpoint", True) == (kind, address.startswith("message?azmcpcs="))
    assert (200, "text/event-stream") == (stream.status_code, stream.headers["content-type"])
    assert [(202, "Accepted")] * 2 == [(each.status_code, each.text) for each in (accepted, missing)]
    assert "http-sse" == context["transport"]["name"]
    assert "Bearer token-a" == context["transport"]["properties"]["headers"]["authorization".title()]
    assert "Unknown tool: 'x'" == json.loads(error)["error"]["message"]


async def test_a_message_needs_the_state_of_an_open_stream(url):
    async with httpx.AsyncClient(trust_env=False) as http:
        async with http.stream("GET", f"{url}/SSE/") as stream:
            _, address = await next_event(stream.aiter_lines())
        without = await http.post(f"{url}/message", json=CALL)
        malformed = await http.post(f"{url}/message?azmcpcs=x", json=CALL)
        closed = await http.post(f"{url}/{address}", json=CALL)
        elsewhere = await http.post(f"{url}/message?azmcpcs=client|other", json=CALL)
        empty = await http.post(f"{url}/message?azmcpcs=client|other", content=b"null")
        null = await http.post(
            f"{url}/message?azmcpcs=client|other",
            json=None,
            content=b"null",
            headers={"Content-Type": "application/json"},
        )
        posted = await http.post(f"{url}/sse", json=CALL)

    assert [400, 400, 400, 202, 500, 400, 405] == [
        each.status_code for each in (without, malformed, closed, elsewhere, empty, null, posted)
    ]
    assert without.json().startswith("Missing service context. Please connect to the /sse endpoint")
    assert malformed.json().startswith("Invalid client state.")
    assert closed.json().startswith("No active session for client")


async def test_the_older_transport_wants_the_same_key(library, configuration, control, keys):
    host = FunctionsHost(library, replace(configuration, webhook_authorization_level="System"), control, keys)
    caller = Caller(host)

    refused = await caller.http.get(f"{caller.path}/sse")

    assert 401 == refused.status_code


def declared(kind, **binding):
    binding = {"name": "c", "type": kind, **binding}
    return Function("one", "id", ({key.casefold(): value for key, value in binding.items()},))


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("books", "resource 'books': uri is no absolute URI"),
        ("a://{b", "resource 'a://{b': uri has braces"),
        ("a://}b{", "resource 'a://}b{': uri has braces"),
        ("a://{b}{c}", "resource 'a://{b}{c}': uri has two variables with nothing between"),
        ("a://{b/c}", "resource 'a://{b/c}': uri has a variable that cannot be called 'b/c'"),
        ("a://{}", "resource 'a://{}': uri has a variable that cannot be called ''"),
    ],
)
def test_a_wrong_uri_is_named(uri, why):
    with pytest.raises(StartupError) as raised:
        Resource.declared(declared("mcpResourceTrigger", uri=uri, resourceName="r"))

    assert str(raised.value).startswith(why)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("mcpResourceTrigger", {"uri": "a://b", "resourceName": "r"}, {"uri": "A://B", "resourceName": "s"}),
        (
            "mcpResourceTrigger",
            {"uri": "a://{b}", "resourceName": "r"},
            {"uri": "a://{c}", "resourceName": "s"},
        ),
        ("mcpPromptTrigger", {"promptName": "p"}, {"promptName": "P"}),
    ],
)
def test_names_and_uris_differ_in_more_than_case(kind, one, other):
    second = replace(declared(kind, **other), name="two")

    with pytest.raises(StartupError) as raised:
        Catalogue.declared([declared(kind, **one), second], (4, 38, 0))

    assert "is declared by both 'one' and 'two'" in str(raised.value)


@pytest.mark.parametrize(
    ("kind", "binding", "needed"),
    [
        ("mcpResourceTrigger", {"uri": "a://b", "resourceName": "r"}, "4.33.0"),
        ("mcpPromptTrigger", {"promptName": "p"}, "4.35.0"),
    ],
)
def test_the_bundle_must_know_the_trigger(kind, binding, needed):
    with pytest.raises(StartupError) as raised:
        Catalogue.declared([declared(kind, **binding)], (4, 29, 0))

    assert f"needs [{needed}, 5.0.0)" in str(raised.value)


async def test_reads_and_prompts_are_observed_by_their_names_and_without_their_contents(url, control):
    async with Client(streamable_http_client(url)) as client:
        await client.read_resource("library://books/a%2Fb/7")
        await client.get_prompt("recommend", {"reader": "Dune"})
    seen, _ = await control.observations.after("", 0)
    calls = [each for each in seen if each["event"] in ("call_begun", "call_ended")]

    assert [
        ("resources/read", "library://books/a%2Fb/7"),
        ("prompts/get", "recommend"),
    ] == [(each["method"], each["name"]) for each in calls[::2]]
    assert [True, True] == [each["ok"] for each in calls[1::2]]
    assert "Dune" not in str(calls)
