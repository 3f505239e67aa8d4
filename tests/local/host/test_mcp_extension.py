"""The extension's HTTP surface: methods, headers, framing, sessions."""

from dataclasses import replace

import pytest

PING = {"jsonrpc": "2.0", "id": "p", "method": "ping"}
NOT_ACCEPTABLE = {
    "error": {
        "code": -32000,
        "message": "Not Acceptable: Client must accept both application/json and text/event-stream",
    },
    "id": "",
    "jsonrpc": "2.0",
}


def initialize(**params):
    known = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
    return {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {**known, **params}}


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "HEAD"])
async def test_only_post_is_accepted(caller, method):
    response = await caller.http.request(method, caller.path, headers={"Accept": caller.accept})

    assert (405, b"") == (response.status_code, response.content)
    assert "allow" not in response.headers


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream", "text/html", ""])
async def test_a_client_that_does_not_accept_both_types_gets_406(caller, accept):
    response = await caller.post(PING, Accept=accept)

    assert (406, NOT_ACCEPTABLE) == (response.status_code, response.json())
    assert response.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    "accept", ["*/*", "application/*, text/*;q=0.1", "TEXT/EVENT-STREAM,application/json;q=0"]
)
async def test_wildcards_and_weights_count_as_accepting(caller, accept):
    response = await caller.post(PING, Accept=accept)

    assert 200 == response.status_code


async def test_a_request_is_answered_with_one_event(caller):
    response = await caller.post(PING)

    assert b'event: message\ndata: {"result":{},"id":"p","jsonrpc":"2.0"}\n\n' == response.content
    assert "text/event-stream" == response.headers["content-type"]
    assert "no-cache,no-store" == response.headers["cache-control"]
    assert "identity" == response.headers["content-encoding"]
    assert "mcp-session-id" not in response.headers


@pytest.mark.parametrize(
    "message",
    [
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 3, "result": {}},
        {"jsonrpc": "2.0", "id": 3, "error": {"code": 1, "message": "no"}},
    ],
)
async def test_notifications_and_responses_are_taken_with_202(caller, message):
    response = await caller.post(message)

    assert (202, b"") == (response.status_code, response.content)
    assert "content-type" not in response.headers


async def test_null_is_a_bad_request(caller):
    response = await caller.post(b" null ")

    assert 400 == response.status_code
    assert (
        "Bad Request: The POST body did not contain a valid JSON-RPC message."
        == response.json()["error"]["message"]
    )
    assert (-32000, "") == (response.json()["error"]["code"], response.json()["id"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'{"id":1,"method":"ping"}',
        b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
        b'{"jsonrpc":"2.0","id":1}',
        b'{"jsonrpc":"2.0","id":null,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":true,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":1,"method":"ping","params":NaN}',
        b"[" * 200_000,
        b'{"jsonrpc":"2.0","id":9223372036854775808,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":1e2,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":1,"method":"\\udc00"}',
        b'{"jsonrpc":"2.0","id":1,"method":"ping","\\ud800":1}',
        b'{"jsonrpc":"2.0","method":"x","params":' + b"[" * 64 + b"]" * 64 + b"}",
        '{"jsonrpc":"2.0","id":1,"method":"ping"}'.encode("utf-16"),
    ],
)
async def test_what_is_no_message_makes_the_host_fail(caller, body):
    response = await caller.post(body)

    assert (500, b"") == (response.status_code, response.content)


@pytest.mark.parametrize(
    "params",
    [
        {"protocolVersion": 5},
        {"clientInfo": "c"},
        {"clientInfo": {"version": "1"}},
        {"clientInfo": {"name": 1, "version": "1"}},
        {"capabilities": []},
    ],
)
async def test_an_incomplete_initialize_makes_the_host_fail_outside_a_session_alone(caller, params):
    outside = await caller.post(initialize(**params))
    inside = await caller.post(initialize(**params), **{"Mcp-Session-Id": "a|b"})

    assert (500, b"") == (outside.status_code, outside.content)
    assert "mcp-session-id" not in outside.headers
    assert {"code": -32603, "message": "An error occurred."} == caller.event(inside)["error"]


async def test_the_declared_charset_is_the_bodys(caller):
    body = '{"jsonrpc":"2.0","id":"\xe9","method":"ping"}'.encode("utf-16")

    response = await caller.post(body, **{"Content-Type": 'application/json; charset="UTF-16"'})

    assert "\xe9" == caller.event(response)["id"]


async def test_a_header_that_is_not_utf_8_is_refused_before_the_host_sees_it(caller, control):
    response = await caller.post(PING, **{"X-Name": "\xff".encode("latin-1")})

    assert (400, b"", "close") == (response.status_code, response.content, response.headers["connection"])
    assert [] == control.journal


async def test_a_body_that_is_not_declared_as_json_makes_the_host_fail(caller):
    response = await caller.post(PING, **{"Content-Type": "text/plain"})

    assert 500 == response.status_code


async def test_a_body_over_the_limit_makes_the_host_fail_before_it_is_read(caller):
    response = await caller.post(b"{}", **{"Content-Length": "104857601"})

    assert (500, b"") == (response.status_code, response.content)


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-06-18"),
        ("1999-01-01", "2025-06-18"),
    ],
)
async def test_the_protocol_version_is_negotiated_down(caller, wanted, spoken):
    answer = await caller.request("initialize", initialize(protocolVersion=wanted)["params"])

    assert spoken == answer["result"]["protocolVersion"]


async def test_initialize_describes_the_server_and_opens_a_session(caller):
    first, second = await caller.post(initialize()), await caller.post(initialize())

    result = caller.event(first)["result"]
    assert {"name": "sample", "version": "3.2.1"} == result["serverInfo"]
    assert "Be kind." == result["instructions"]
    assert {"logging", "prompts", "resources", "tools"} == result["capabilities"].keys()
    session, instance = first.headers["mcp-session-id"].split("|")
    assert session != second.headers["mcp-session-id"].split("|")[0]
    assert instance == second.headers["mcp-session-id"].split("|")[1]


async def test_initialize_inside_a_session_opens_no_other(caller):
    response = await caller.post(initialize(), **{"Mcp-Session-Id": "a|b"})

    assert "result" in caller.event(response)
    assert "mcp-session-id" not in response.headers


async def test_any_well_formed_session_is_accepted_and_none_is_needed(caller):
    answers = [
        await caller.request("ping"),
        await caller.request("ping", **{"Mcp-Session-Id": "of|another-instance"}),
    ]

    assert [{}, {}] == [answer["result"] for answer in answers]


@pytest.mark.parametrize("session", ["plain", "a|", "a|b|c"])
async def test_a_malformed_session_is_a_bad_request(caller, session):
    response = await caller.post(PING, **{"Mcp-Session-Id": session})

    assert 400 == response.status_code
    assert {"code": -32000, "message": "Invalid client state."} == response.json()["error"]


async def test_the_protocol_version_header_is_ignored(caller):
    response = await caller.post(PING, **{"MCP-Protocol-Version": "nonsense"})

    assert 200 == response.status_code


async def test_the_address_matches_in_any_case_and_with_a_rest(caller):
    upper = await caller.http.post("/Runtime/Webhooks/MCP/", json=PING, headers={"Accept": "*/*"})

    assert 200 == upper.status_code


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({}, "", 401),
        ({"x-ms-client-principal": "e30="}, "", 403),
        ({"x-functions-key": "the-function"}, "", 401),
        ({"x-functions-key": "the-mcp"}, "", 200),
        ({"x-functions-key": "the-master"}, "", 200),
        ({}, "?code=the-mcp", 200),
        ({}, "?code=wr%C3%B6ng", 401),
    ],
)
async def test_the_system_level_wants_the_extensions_key(caller_of, configuration, headers, query, status):
    caller = caller_of(replace(configuration, webhook_authorization_level="System"))

    response = await caller.http.post(
        caller.path + query, json=PING, headers={"Accept": caller.accept, **headers}
    )

    assert status == response.status_code


async def test_token_errors_are_in_the_journal(caller, control):
    await caller.http.get(caller.path)

    entry = {key: value for key, value in control.journal[-1].items() if key != "time"}
    assert {"event": "refused", "status": 405, "why": "GET is not POST"} == entry
