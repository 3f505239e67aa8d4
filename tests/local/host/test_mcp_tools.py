"""What the extension lists, checks, hands to a tool and makes of its answer."""

import asyncio
import json
from dataclasses import replace

import pytest

MASKED = {"content": [{"type": "text", "text": "An error occurred invoking '{}'."}], "isError": True}


def masked(tool):
    return json.loads(json.dumps(MASKED).replace("{}", tool))


def text_block(text):
    return {"type": "text", "text": text}


async def listed(caller):
    answer = await caller.request("tools/list")
    return {tool["name"]: tool for tool in answer["result"]["tools"]}


async def test_tool_properties_become_a_schema(caller):
    tools = await listed(caller)

    assert {
        "name": "echo",
        "description": "The context as the function got it.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "text": {"type": "string", "description": "What to say"},
                "level": {"type": "string", "enum": ["low", "high"], "description": ""},
                "ids": {"type": "array", "items": {"type": "integer"}, "description": "Several"},
            },
            "required": ["text"],
        },
    } == tools["echo"]


async def test_the_workers_schemas_are_sent_as_they_are(caller, sample_app):
    tools = await listed(caller)

    assert {
        "name": "greet",
        "description": "A greeting, structured.",
        "inputSchema": sample_app.GREET_INPUT,
        "outputSchema": sample_app.GREET_OUTPUT,
        "_meta": {"writes": False},
    } == tools["greet"]


async def test_a_tool_without_properties_still_requires_a_list(caller):
    tools = await listed(caller)

    assert {"type": "object", "properties": {}, "required": []} == tools["fails"]["inputSchema"]


@pytest.mark.parametrize(
    ("method", "result"),
    [
        ("ping", {}),
        ("logging/setLevel", {}),
        ("resources/subscribe", {}),
        ("resources/unsubscribe", {}),
        ("prompts/list", {"prompts": []}),
        ("resources/list", {"resources": []}),
        ("resources/templates/list", {"resourceTemplates": []}),
    ],
)
async def test_what_is_advertised_is_answered(caller, method, result):
    answer = await caller.request(method)

    assert {"result": result, "id": 7, "jsonrpc": "2.0"} == answer


@pytest.mark.parametrize(
    ("method", "params", "code", "message"),
    [
        ("server/discover", {}, -32601, "Method 'server/discover' is not available."),
        ("tools/call", {"name": "nope"}, -32602, "Unknown tool: 'nope'"),
        ("resources/read", {"uri": "/a/b"}, -32602, "Unknown resource: '/a/b'"),
        ("resources/read", {"uri": "a/b"}, -32603, "An error occurred."),
        ("resources/read", {"uri": "a://{b"}, -32603, "An error occurred."),
        ("resources/read", {"uri": "a://}b{"}, -32603, "An error occurred."),
        ("resources/subscribe", {"uri": 5}, -32603, "An error occurred."),
        ("logging/setLevel", {"level": None}, -32603, "An error occurred."),
        ("tools/list", {"_meta": {"k": "\udfff"}}, -32603, "An error occurred."),
        ("prompts/get", {"name": "nope"}, -32602, "Unknown prompt: 'nope'"),
        ("resources/read", {"uri": "a://b"}, -32602, "Unknown resource: 'a://b'"),
        ("tools/call", {}, -32603, "An error occurred."),
        ("tools/call", {"name": "echo", "arguments": []}, -32603, "An error occurred."),
        ("tools/call", [], -32603, "An error occurred."),
    ],
)
async def test_protocol_errors_have_the_extensions_words(caller, method, params, code, message):
    answer = await caller.request(method, params)

    assert {"error": {"code": code, "message": message}, "id": 7, "jsonrpc": "2.0"} == answer


@pytest.mark.parametrize(
    ("tool", "arguments", "missing"),
    [("echo", None, "text"), ("echo", {"text": None}, "text"), ("greet", {"other": 1}, "name")],
)
async def test_missing_required_arguments_are_named(caller, control, tool, arguments, missing):
    answer = await caller.call(tool, arguments)

    message = f"One or more required tool properties are missing values. Please provide: {missing}"
    assert {"code": -32602, "message": message} == answer["error"]
    assert [] == [entry for entry in control.journal if entry["event"] == "invoked"]


async def test_types_and_unknown_arguments_are_not_the_extensions_business(caller):
    answer = await caller.call("echo", {"text": 5, "ids": "x", "extra": True})

    context = json.loads(answer["result"]["content"][0]["text"])
    assert {"text": 5, "ids": "x", "extra": True} == context["arguments"]


async def test_a_tool_gets_the_call_and_the_headers_of_its_request(caller):
    answer = await caller.call(
        "echo",
        {"text": "hi"},
        **{
            "Mcp-Session-Id": "a|b",
            "authorization": "Bearer token-a",
            "mcp-protocol-version": "2025-06-18",
            "x-ms-client-principal-id": "me",
        },
    )

    context = json.loads(answer["result"]["content"][0]["text"])
    headers = context["transport"].pop("properties")["headers"]
    assert {
        "name": "echo",
        "arguments": {"text": "hi"},
        "sessionid": "a|b",
        "transport": {"name": "http-streamable", "sessionId": "a|b"},
    } == context
    assert ["name", "arguments", "sessionid", "transport"] == list(context)
    assert "Bearer token-a" == headers["Authorization"]
    assert "2025-06-18" == headers["mcp-protocol-version"]
    assert "me" == headers["X-MS-CLIENT-PRINCIPAL-ID"]
    assert "app.example" == headers["Host"]


async def test_repeated_headers_are_joined_and_absent_parts_left_out(caller):
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "echo", "arguments": {"text": ""}},
    }
    headers = [("accept", "*/*"), ("x-twice", "1"), ("x-twice", "2")]

    response = await caller.http.post("/runtime/webhooks/mcp", json=message, headers=headers)

    context = json.loads(json.loads(response.text.split("data: ")[1])["result"]["content"][0]["text"])
    assert "1,2" == context["transport"]["properties"]["headers"]["x-twice"]
    assert ["name", "arguments", "transport"] == list(context)
    assert "sessionId" not in context["transport"]


async def test_the_callers_trace_goes_on(caller):
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    answer = await caller.call("greet", {"name": "Ana"}, traceparent=parent)

    assert {
        "content": [text_block("Hello, Ana.")],
        "structuredContent": {"greeting": "Hello, Ana."},
        "isError": False,
        "_meta": {"trace": parent},
    } == answer["result"]


@pytest.mark.parametrize("parent", [None, "00-00000000000000000000000000000000-b7ad6b7169203331-01", "x"])
async def test_a_trace_starts_where_none_came_in(caller, parent):
    headers = {"traceparent": parent} if parent else {}

    answer = await caller.call("greet", {"name": "Ana"}, **headers)

    version, trace_id, span_id, flags = answer["result"]["_meta"]["trace"].split("-")
    assert ("00", 32, 16, "01") == (version, len(trace_id), len(span_id), flags)
    assert "0" * 32 != trace_id


@pytest.mark.parametrize("tool", ["fails", "surrogate", "cancels"])
async def test_why_a_function_failed_stays_in_the_host(caller, control, tool):
    answer = await caller.call(tool)

    assert masked(tool) == answer["result"]
    entry = control.journal[-1]
    assert ("invoked", tool, False) == (entry["event"], entry["function"], entry["ok"])
    assert "secret" not in json.dumps(control.journal)


async def test_a_synchronous_function_runs_on_the_workers_threads(caller):
    answer = await caller.call("in_a_thread")

    assert answer["result"]["content"][0]["text"].startswith("ThreadPoolExecutor")


async def test_calls_run_at_the_same_time_and_outlive_their_client(caller, sample_app):
    """Two calls wait for a third; one of the two loses its client meanwhile."""
    sample_app.reset()
    gone = asyncio.create_task(caller.call("waits", {"who": "gone"}))
    patient = asyncio.create_task(caller.call("waits", {"who": "patient"}))
    await sample_app.both_wait()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone

    await caller.call("releases")

    assert [text_block("released")] == (await patient)["result"]["content"]
    assert {"gone", "patient"} == set(sample_app.finished)


async def test_a_function_that_takes_too_long_is_ended_and_masked(
    caller_of, configuration, control, sample_app
):
    sample_app.reset()
    caller = caller_of(replace(configuration, function_timeout=0.01))

    answer = await caller.call("waits", {"who": "late"})

    assert masked("waits") == answer["result"]
    assert "waits ran for more than 0.01 s" == control.journal[-1]["why"]
    assert [] == sample_app.finished
