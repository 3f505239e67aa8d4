"""Documents that strangers name: fetched from public hosts, at the addresses that were checked."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
import trustme

from shared.http.http_client import tls_context
from shared.http.public_addresses import is_public
from shared.http.public_documents import NotFetchedError, PublicDocuments
from tests.shared.loopback import loopback

URL = "https://client.example/oauth/client.json?v=1"
PUBLIC = "93.184.215.14"
LIMIT = 5 * 1024
FORBIDDEN = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.8.8",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "233.252.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.215.14",
    "::ffff:169.254.169.254",
    "::93.184.215.14",
    "64:ff9b::7f00:1",
    "64:ff9b::5db8:d70e",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:3::1",
    "2001:20::1",
    "3fff::1",
    "2001:0:5db8:d70e::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:5db8:d70e::",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1111%eth0",
    "fec0::1",
    "ff02::1",
    "not-an-address",
    "",
]


def answered(body: bytes = b"{}", status: int = 200, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, content=body, headers={"content-type": "application/json", **named})


class Host:
    """What the network answers, and which requests reach it."""

    def __init__(self, *addresses: str, answer: Callable[[], httpx.Response] = answered) -> None:
        self.addresses = list(addresses)
        self.answer = answer
        self.received: list[httpx.Request] = []
        self.resolved: list[str] = []

    async def resolve(self, name: str, port: int) -> list[str]:
        self.resolved.append(name)
        return self.addresses

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.received.append(request)
        return self.answer()

    def documents(self, seconds: float = 3.0) -> PublicDocuments:
        return PublicDocuments(
            ssl.create_default_context(),
            seconds=seconds,
            limit_bytes=LIMIT,
            media_type="application/json",
            resolve=self.resolve,
            transport=httpx.MockTransport(self.handle),
        )


async def failure(host: Host, url: str = URL, seconds: float = 3.0) -> str:
    with pytest.raises(NotFetchedError) as raised:
        await host.documents(seconds)(url)
    return str(raised.value)


@pytest.mark.parametrize("address", FORBIDDEN)
async def test_a_name_that_resolves_to_a_forbidden_address_is_not_connected_to(address: str) -> None:
    host = Host(address)

    assert "not_public" == await failure(host)
    assert [] == host.received
    assert not is_public(address, translated=False)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "2a00:1450:4001::1"])
async def test_a_public_address_is_connected_to_by_its_number(address: str) -> None:
    host = Host(address)
    fetched = await host.documents()(URL)
    [request] = host.received

    assert b"{}" == fetched.body
    assert address == request.url.host
    assert ("https", "/oauth/client.json?v=1") == (request.url.scheme, request.url.raw_path.decode())
    assert "client.example" == request.headers["host"]
    assert "client.example" == request.extensions["sni_hostname"]
    assert "identity" == request.headers["accept-encoding"]
    assert "authorization" not in request.headers


async def test_one_forbidden_address_among_public_ones_is_enough() -> None:
    host = Host(PUBLIC, "10.0.0.1")

    assert "not_public" == await failure(host)
    assert [] == host.received


async def test_a_name_without_address_is_not_public() -> None:
    assert "not_public" == await failure(Host())


async def test_the_name_is_resolved_once_so_its_answer_cannot_change_in_between() -> None:
    host = Host(PUBLIC)
    original = host.resolve

    async def rebinding(name: str, port: int) -> list[str]:
        addresses = await original(name, port)
        host.addresses = ["169.254.169.254"]
        return addresses

    host.resolve = rebinding  # type: ignore[method-assign]
    await host.documents()(URL)

    assert ["client.example"] == host.resolved
    assert [PUBLIC] == [request.url.host for request in host.received]


@pytest.mark.parametrize("status", [301, 302, 307, 308, 204, 304, 400, 404, 500])
async def test_only_a_200_is_a_document_and_no_redirect_is_followed(status: int) -> None:
    host = Host(PUBLIC, answer=lambda: answered(status=status, location="https://10.0.0.1/"))

    assert "not_a_document" == await failure(host)
    assert 1 == len(host.received)


@pytest.mark.parametrize("media_type", ["text/html", "text/plain", "application/jsonp", "", "text/json"])
async def test_another_media_type_is_no_document(media_type: str) -> None:
    assert "not_a_document" == await failure(Host(PUBLIC, answer=lambda: answered(content_type=media_type)))


async def test_a_document_has_5_kb_at_most() -> None:
    whole = await Host(PUBLIC, answer=lambda: answered(b"x" * LIMIT)).documents()(URL)

    assert LIMIT == len(whole.body)
    assert "oversized" == await failure(Host(PUBLIC, answer=lambda: answered(b"x" * (LIMIT + 1))))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip"])
async def test_what_is_packed_is_not_unpacked(encoding: str) -> None:
    assert "encoded" == await failure(Host(PUBLIC, answer=lambda: answered(b"", content_encoding=encoding)))


async def test_a_slow_drip_ends_with_the_time_for_everything() -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b"x"
            await asyncio.sleep(0.02)

    def answer() -> httpx.Response:
        return httpx.Response(200, content=drip(), headers={"content-type": "application/json"})

    started = time.monotonic()

    assert "timeout" == await failure(Host(PUBLIC, answer=answer), seconds=0.1)
    assert time.monotonic() - started < 2


async def test_a_slow_resolution_counts_too() -> None:
    host = Host(PUBLIC)

    async def slow(name: str, port: int) -> list[str]:
        await asyncio.sleep(10)
        return [PUBLIC]

    host.resolve = slow  # type: ignore[method-assign]

    assert "timeout" == await failure(host, seconds=0.05)


@pytest.mark.parametrize(
    "trouble", [httpx.ConnectError("no"), httpx.ReadError("no"), OSError("no such name")]
)
async def test_a_host_that_cannot_be_reached_is_said_to_be(trouble: Exception) -> None:
    def answer() -> httpx.Response:
        raise trouble

    assert "unreachable" == await failure(Host(PUBLIC, answer=answer))


async def test_another_address_of_the_host_is_tried_when_the_first_does_not_connect() -> None:
    host = Host("2606:4700::1111", PUBLIC)

    def answer() -> httpx.Response:
        if len(host.received) == 1:
            raise httpx.ConnectError("no route")
        return answered()

    host.answer = answer
    await host.documents()(URL)

    assert ["2606:4700::1111", PUBLIC] == [request.url.host for request in host.received]


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over real connections, as a transport of a test's own would keep httpx from looking for a proxy."""
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    async def resolve(name: str, port: int) -> list[str]:
        return [PUBLIC]

    server = await asyncio.start_server(proxy, "127.0.0.1")
    async with server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        documents = PublicDocuments(
            ssl.create_default_context(),
            seconds=0.3,
            limit_bytes=LIMIT,
            media_type="application/json",
            resolve=resolve,
        )
        with pytest.raises(NotFetchedError):
            await documents(URL)

    assert [] == asked


@pytest.mark.parametrize(("vouched", "works"), [("client.example", True), ("other.example", False)])
async def test_the_certificate_must_be_the_names_although_the_address_is_connected_to(
    tmp_path: Path, vouched: str, works: bool
) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(vouched).configure_cert(tls)
    with loopback(tls) as server:
        server.reply = lambda received: (200, {"Content-Type": "application/json"}, {})
        trusted = tls_context(tmp_path / "ca.pem")

        class ToLoopback(httpx.AsyncHTTPTransport):
            """Leads to the server of this test whatever public address was chosen."""

            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                there = httpx.URL(server.url)
                request.url = request.url.copy_with(host="127.0.0.1", port=there.port)
                return await super().handle_async_request(request)

        async def resolve(name: str, port: int) -> list[str]:
            return [PUBLIC]

        documents = PublicDocuments(
            trusted,
            seconds=3,
            limit_bytes=LIMIT,
            media_type="application/json",
            resolve=resolve,
            transport=ToLoopback(verify=trusted),
        )
        if works:
            assert b"{}" == (await documents(URL)).body
        else:
            with pytest.raises(NotFetchedError, match="unreachable"):
                await documents(URL)
