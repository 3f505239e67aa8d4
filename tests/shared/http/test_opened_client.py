"""The clients that `Http.open` opens: whom they trust, how long they wait, and when they are closed."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from shared.entra.msal_http import CONNECTIONS, TIMEOUT, EntraHttp
from shared.errors import ToolError
from shared.http.circuit_breaker import COOL_DOWN, FAILURES
from shared.http.http_client import CONNECT_TIMEOUT, READ_TIMEOUT, Http, tls_context
from shared.http.messages import Request, Response
from shared.http.retry import RetryPolicy, circuit_open
from shared.http.shutdown import on_loop_shutdown
from shared.observability.audit import CURRENT, CallRecord
from tests.shared.clock import Clock
from tests.shared.loopback import loopback


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        # Nobody listens there.
        monkeypatch.setenv(name, "http://localhost:9")
    http = Http.open(tls_context(None))
    with loopback() as api:
        response = await http.send(Request("GET", api.url), service="The API")
        await http.close()

    assert 404 == response.status


async def test_a_server_is_trusted_by_the_authorities_given_and_by_no_others(tmp_path: Path) -> None:
    ca, file = trustme.CA(), tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(file)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(tls)
    trusting, public = Http.open(tls_context(file)), Http.open(tls_context(None))
    with loopback(tls) as api:
        api.reply = lambda _: (200, {}, {})
        api.handle_error = lambda *_: None  # type: ignore[method-assign]
        request = Request("POST", api.url, json={})

        response = await trusting.send(request, service="The API")
        with pytest.raises(ToolError) as raised:
            await public.send(request, service="The API")
        await trusting.close()
        await public.close()

    assert 200 == response.status
    assert "unavailable" == raised.value.code
    assert 1 == len(api.received)


async def test_timeouts_and_lost_connections_are_counted_apart(clock: Clock) -> None:
    policy = RetryPolicy(clock=clock)
    errors = [httpx.ReadTimeout("slow"), httpx.ReadError("reset")] * (FAILURES - 1)
    sent = 0

    async def send() -> Response:
        nonlocal sent
        sent += 1
        raise errors.pop() if errors else httpx.ReadTimeout("slow")

    for _ in range(2 * (FAILURES - 1) + 1):
        with pytest.raises(httpx.TransportError):
            await policy.send(send, host="api.example", service="The API")
    with pytest.raises(ToolError) as raised:
        await policy.send(send, host="api.example", service="The API")

    assert 2 * (FAILURES - 1) + 1 == sent
    assert ("unavailable", "circuit_open") == (raised.value.code, raised.value.reason)


def test_an_open_circuit_says_when_to_come_back_to_a_tenth_of_a_second() -> None:
    assert 4.7 == circuit_open("The API", COOL_DOWN - 0.26).retry_after


def test_what_is_open_is_closed_while_the_loop_can_still_close_it() -> None:
    closed: list[bool] = []
    kept: list[object] = []

    async def close() -> None:
        await asyncio.sleep(0)
        closed.append(asyncio.get_running_loop().is_running())

    async def main() -> int:
        kept.append(on_loop_shutdown(close))
        return len(closed)

    assert 0 == asyncio.run(main())
    assert [True] == closed


async def test_a_request_is_sent_with_its_body_and_with_the_clients_limits_of_time() -> None:
    received: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        received.append(request)
        return httpx.Response(204)

    timeout = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
    http = Http(lambda: httpx.AsyncClient(transport=httpx.MockTransport(answer), timeout=timeout))
    await http.send(Request("POST", "https://api.example/a", json={"a": 1}), service="The API")
    await http.send(Request("PUT", "https://api.example/b", content=b"bytes"), service="The API")
    await http.close()

    assert [b'{"a":1}', b"bytes"] == [request.content for request in received]
    assert [timeout.as_dict()] * 2 == [request.extensions["timeout"] for request in received]


def test_entras_client_has_limits_of_time_and_of_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[dict[str, Any]] = []
    client = httpx.Client

    def recorded(**options: Any) -> httpx.Client:
        opened.append(options)
        return client(**options)

    monkeypatch.setattr(httpx, "Client", recorded)
    tls = tls_context(None)
    EntraHttp(tls).close()

    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    expected = {"verify": tls, "timeout": TIMEOUT, "limits": limits, "follow_redirects": False}
    assert [{**expected, "trust_env": False}] == opened


@pytest.mark.parametrize("authority", ["[::1]", "[::1]:9", "[::ffff:127.0.0.1]:9", "[2001:db8::1]:9"])
async def test_a_literal_ipv6_address_is_a_host_as_any_other(authority: str) -> None:
    record = CallRecord("tool", writes=False)
    before = CURRENT.set(record)
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text=str(request.url)))
    async with httpx.AsyncClient(transport=transport) as client:
        response = await Http(lambda: client).send(
            Request("GET", f"https://{authority}/v1.0/me"), service="Graph"
        )
    CURRENT.reset(before)

    assert (200, f"https://{authority}/v1.0/me") == (response.status, response.body.decode())
    line = record.line(outcome="ok", reason="", duration_ms=1, bytes_out=0, trace_id=None)
    assert {authority: {"200": 1}} == line["downstream"]
