"""What passes the front, both ways."""

import gzip
import json

import pytest
from starlette.responses import JSONResponse

OTHER = "0badc0de-1111-4222-8333-444455556666"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"])
async def test_method_address_and_headers_arrive_as_they_were_sent(client, app, method):
    target = b"/a%2Fb/../c//%41;d?x=1&x=%2f&y=&z=a+b"

    await client.request(method, "/", extensions={"target": target}, headers={"Mcp-Session-Id": "a|b"})

    path, _, query = target.partition(b"?")
    assert (method, path, query) == (app.scope["method"], app.scope["raw_path"], app.scope["query_string"])
    assert "a|b" == app.headers["mcp-session-id"]
    assert client.headers["authorization"] == app.headers["authorization"]


async def test_nothing_is_added_but_the_caller(client, app):
    sent = client.build_request("GET", "/x")

    await client.send(sent)

    added = set(app.headers) - {name.lower() for name in sent.headers}
    assert {f"x-ms-client-principal{part}" for part in ("", "-id", "-name", "-idp")} == added


async def test_the_app_sees_the_host_the_client_typed(client, app):
    await client.get("/x")

    assert f"localhost:{client.base_url.port}" == app.headers["host"]


async def test_the_resource_in_the_metadata_is_the_address_the_client_typed(client):
    address = str(client.base_url.join("/runtime/webhooks/mcp"))

    metadata = await client.get("/.well-known/oauth-protected-resource/runtime/webhooks/mcp")

    assert address == metadata.json()["resource"]


@pytest.mark.parametrize("size", [0, 1, 300_000])
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_arrives_whole_in_either_framing(client, app, size, chunked):
    async def length(scope, receive, send):
        total, more = 0, True
        while more:
            message = await receive()
            total += len(message["body"])
            more = message["more_body"]
        await JSONResponse(total)(scope, receive, send)

    async def pieces():
        yield b"x" * size

    app.answer = length

    answered = await client.post("/x", content=pieces() if chunked else b"x" * size)

    assert size == answered.json()
    assert chunked == ("content-length" not in app.headers) or size == 0


async def test_the_answer_comes_back_as_it_was_given(client, app):
    packed = gzip.compress(b"hello")
    headers = [
        (b"content-encoding", b"gzip"),
        (b"content-length", str(len(packed)).encode()),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
        (b"x-name", "é".encode()),
    ]

    async def answer(scope, receive, send):
        await send({"type": "http.response.start", "status": 418, "headers": headers})
        await send({"type": "http.response.body", "body": packed})

    app.answer = answer

    async with client.stream("GET", "/x") as answered:
        raw = b"".join([part async for part in answered.aiter_raw()])

    received = [
        pair for pair in answered.headers.raw if pair[0].lower() not in (b"server", b"date", b"connection")
    ]
    assert (418, packed) == (answered.status_code, raw)
    assert headers == [(name.lower(), value) for name, value in received]


async def test_a_cookie_of_one_caller_is_not_sent_for_another(client, app):
    app.answer = JSONResponse({}, headers={"Set-Cookie": "a=1; Path=/"})
    await client.get("/x")
    client.cookies.clear()

    await client.get("/x")

    assert "cookie" not in app.headers


async def test_a_redirect_is_the_clients_to_follow(client, app):
    app.answer = JSONResponse({}, 307, headers={"Location": "/elsewhere"})

    answered = await client.get("/x")

    assert (307, "/elsewhere") == (answered.status_code, answered.headers["location"])


async def test_what_is_meant_for_one_hop_ends_there(client, app):
    """RFC 9110, section 7.6.1."""
    app.answer = JSONResponse(
        {}, headers={"Connection": "X-Inner", "X-Inner": "1", "Keep-Alive": "timeout=5"}
    )

    answered = await client.get(
        "/x",
        headers={
            "Connection": "X-Outer, keep-alive",
            "X-Outer": "1",
            "Keep-Alive": "timeout=9",
            "Proxy-Connection": "keep-alive",
            "TE": "trailers",
            "Upgrade": "websocket",
            "X-Kept": "1",
        },
    )

    assert "1" == app.headers["x-kept"]
    dropped = {"x-outer", "keep-alive", "proxy-connection", "te", "upgrade"}
    assert not dropped & app.headers.keys()
    assert "x-outer" not in app.headers.get("connection", "").lower()
    assert not {"x-inner", "keep-alive"} & answered.headers.keys()


async def test_who_calls_cannot_be_made_to_end_at_the_front(client, app):
    await client.get("/x", headers={"Connection": "X-MS-CLIENT-PRINCIPAL, X-MS-CLIENT-PRINCIPAL-ID"})

    assert {"x-ms-client-principal", "x-ms-client-principal-id"} <= app.headers.keys()


async def test_nobody_names_the_caller_but_the_front(client, app, issuer):
    spoofed = {"X-MS-CLIENT-PRINCIPAL-ID": OTHER, "x-ms-token-aad-access-token": "made up"}

    await client.get("/x", headers=spoofed)

    assert issuer.claims()["oid"] == app.headers["x-ms-client-principal-id"]
    assert "x-ms-token-aad-access-token" not in app.headers


async def test_on_an_anonymous_path_nobody_is_named(client, app):
    del client.headers["authorization"]

    answered = await client.get("/api/health", headers={"X-MS-CLIENT-PRINCIPAL-ID": OTHER})

    assert 200 == answered.status_code
    assert "x-ms-client-principal-id" not in app.headers


async def test_without_a_token_nothing_reaches_the_app(client, app):
    del client.headers["authorization"]

    answered = await client.post("/runtime/webhooks/mcp", content=b"{}")

    assert 401 == answered.status_code
    address = client.base_url.join("/.well-known/oauth-protected-resource/runtime/webhooks/mcp")
    assert f'resource_metadata="{address}"' in answered.headers["www-authenticate"]
    assert app.scope is None


async def test_a_client_that_is_not_allowed_reaches_nothing(client, app, bearer):
    answered = await client.get("/x", headers=bearer(azp=OTHER))

    assert (403, None) == (answered.status_code, app.scope)


async def test_the_journal_holds_no_query_and_no_token(client, control, bearer):
    await client.get("/x?secret=word")

    written = json.dumps(control.journal)
    assert "word" not in written
    assert bearer()["Authorization"][7:40] not in written
