"""Hosts that services name: which addresses are public, and that the one checked is the one connected to."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from shared.errors import ToolError
from shared.http import http_client
from shared.http.http_client import Http, tls_context
from shared.http.messages import Request
from shared.http.public_addresses import first_connected, is_public, resolve
from tests.shared.loopback import Loopback, loopback

HOST = "northwind.sharepoint.com"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "100.127.255.254",
        "169.254.169.254",
        "169.254.1.1",
        "168.63.129.16",
        "192.0.0.8",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:168.63.129.16",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "",
        "localhost",
        "0x7f.1",
    ],
)
def test_what_is_not_of_the_internet_is_not_public(address: str):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["13.107.136.10", "52.96.0.1", "2620:1ec:8f8::10", "::ffff:13.107.136.10", "64:ff9b::d6b:880a"]
)
def test_addresses_of_the_internet_are_public(address: str):
    assert is_public(address)


def resolving_to(*answers: Sequence[str]) -> tuple[Callable[..., Any], list[str]]:
    """A resolver that gives these answers one after the other, and the names it was asked for."""
    asked: list[str] = []

    async def answer(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return answer, asked


@pytest.fixture
def wire() -> tuple[Callable[[], httpx.AsyncClient], list[httpx.Request]]:
    """Clients that open no connection, and what they were to send."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        if request.url.host == "203.0.112.1":
            raise httpx.ConnectError("refused")
        return httpx.Response(200)

    return partial(httpx.AsyncClient, transport=httpx.MockTransport(answer)), sent


@pytest.mark.parametrize(
    "found", [["10.0.0.1"], ["13.107.136.10", "127.0.0.1"], ["::1"], ["169.254.169.254"], ["168.63.129.16"]]
)
async def test_a_name_that_leads_inside_is_not_connected_to(found: list[str], wire: Any):
    resolver, _ = resolving_to(found)
    http = Http(wire[0], resolve=resolver)

    with pytest.raises(ToolError) as raised:
        await http.send(Request("GET", f"https://{HOST}/x", handed_out=True), service="Microsoft Graph")
    with pytest.raises(ToolError):
        await http.check_address(f"https://{HOST}/x", service="Microsoft Graph")

    assert ("upstream_error", "unsafe_address", []) == (raised.value.code, raised.value.reason, wire[1])


async def test_the_address_that_was_checked_is_the_one_connected_to(wire: Any):
    resolver, asked = resolving_to(["13.107.136.10"], ["127.0.0.1"])
    http = Http(wire[0], resolve=resolver)

    response = await http.send(Request("GET", f"https://{HOST}/x?y=1", handed_out=True), service="Graph")

    (sent,) = wire[1]
    assert (200, [HOST]) == (response.status, asked)
    assert ("https://13.107.136.10/x?y=1", HOST, HOST) == (
        str(sent.url),
        sent.headers["host"],
        sent.extensions["sni_hostname"],
    )


async def test_another_address_is_tried_where_one_does_not_answer(wire: Any):
    resolver, _ = resolving_to(["203.0.112.1", "13.107.136.10"])
    http = Http(wire[0], resolve=resolver)

    response = await http.send(
        Request("PUT", f"https://{HOST}/x", content=b"part", handed_out=True), service="Graph"
    )

    assert (200, b"part") == (response.status, await wire[1][-1].aread())
    assert ["203.0.112.1", "13.107.136.10"] == [each.url.host for each in wire[1]]


async def test_no_more_than_three_addresses_are_tried():
    tried: list[str] = []

    async def connect(address: str) -> None:
        tried.append(address)
        raise httpx.ConnectError("refused")

    with pytest.raises(httpx.ConnectError):
        await first_connected([f"203.0.112.{each}" for each in range(1, 9)], connect)

    assert ["203.0.112.1", "203.0.112.2", "203.0.112.3"] == tried


@pytest.mark.parametrize("trouble", [httpx.ReadError, httpx.ReadTimeout, httpx.RemoteProtocolError])
async def test_what_may_have_been_sent_is_not_sent_to_another_address(trouble: type[httpx.TransportError]):
    tried: list[str] = []

    async def connect(address: str) -> None:
        tried.append(address)
        raise trouble("after it was sent")

    with pytest.raises(trouble):
        await first_connected(["203.0.112.1", "203.0.112.2"], connect)

    assert ["203.0.112.1"] == tried


async def test_a_host_of_the_settings_may_be_anywhere(wire: Any):
    resolver, asked = resolving_to(["10.0.0.1"])
    http = Http(wire[0], resolve=resolver)

    await http.send(Request("GET", f"https://{HOST}/x"), service="Graph")

    assert ([], HOST) == (asked, wire[1][0].url.host)


async def test_an_opened_client_resolves_checks_and_never_connects_inside(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "getaddrinfo", _playing("127.0.0.1"))
    http = Http.open(tls_context(None))
    with loopback() as inside:
        with pytest.raises(ToolError) as raised:
            await http.send(
                Request("GET", f"http://{HOST}:{inside.server_port}/", handed_out=True), service="G"
            )
        await http.close()

    assert ("unsafe_address", []) == (raised.value.reason, inside.received)


async def test_tls_is_for_the_name_though_the_connection_is_to_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(http_client, "is_public", lambda _: True)
    monkeypatch.setattr(socket, "getaddrinfo", _playing("127.0.0.1"))
    ca, file = trustme.CA(), tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(file)
    http = Http.open(tls_context(file))

    async def status_of(server: Loopback, host: str) -> int | str:
        server.reply = lambda _: (200, {}, {})
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        request = Request("PUT", f"https://{host}:{server.server_port}/", content=b"", handed_out=True)
        try:
            return (await http.send(request, service="Graph")).status
        except ToolError as error:
            return error.code

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(HOST).configure_cert(tls)
    with loopback(tls) as server:
        right = await status_of(server, HOST)
        wrong = await status_of(server, "attacker.sharepoint.com")
    await http.close()

    assert (501, "unavailable") == (right, wrong)


async def test_a_name_that_is_not_found_in_time_is_an_outage(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shared.http.public_addresses.RESOLVE_TIMEOUT", 0.05)
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "getaddrinfo", lambda *_, **__: asyncio.sleep(5))

    with pytest.raises(httpx.ConnectTimeout):
        await resolve(HOST, 443)


def _playing(address: str) -> Callable[..., Any]:
    real = socket.getaddrinfo

    def answer(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        is_address = str(host)[:1].isdigit()
        return real(host if is_address else address, port, *args, **kwargs)

    return answer
