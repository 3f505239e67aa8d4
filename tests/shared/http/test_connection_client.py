"""ConnectionClient over real connections; where httpx's own client does the same, both are asked."""

import asyncio
import gc
import gzip
import ssl
from asyncio.sslproto import SSLProtocol
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import httpx
import pytest
import trustme

from shared.http import connection_client
from shared.http.connection_client import Client, ConnectionClient
from shared.http.http_client import tls_context
from tests.shared.http.scripted_server import Script, answering, endlessly, read_request, scripted

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
TIMEOUT = httpx.Timeout(5).as_dict()
PUBLIC = tls_context(None)


@pytest.fixture(params=[ConnectionClient, "httpx's own"], ids=["ours", "httpx's"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    is_ours = request.param is ConnectionClient
    made = ConnectionClient(PUBLIC) if is_ours else httpx.AsyncClient(verify=PUBLIC, trust_env=False)
    yield made
    await made.aclose()


@pytest.fixture
async def ours() -> AsyncIterator[ConnectionClient]:
    made = ConnectionClient(PUBLIC)
    yield made
    await made.aclose()


def get(url: str, **timeout: float) -> httpx.Request:
    return httpx.Request("GET", url, extensions={"timeout": {**TIMEOUT, **timeout}})


async def exchange(client: Client, request: httpx.Request) -> tuple[int, bytes]:
    response = await client.send(request, stream=True)
    try:
        return response.status_code, b"".join([part async for part in response.aiter_bytes()])
    finally:
        await response.aclose()


async def test_one_connection_carries_many_requests(client: Client) -> None:
    async with scripted(endlessly(OK)) as server:
        answers = [await exchange(client, get(server.url)) for _ in range(5)]

    assert [(200, b"ok")] * 5 == answers
    assert 1 == server.opened


async def test_a_request_arrives_as_it_was_built(client: Client) -> None:
    received: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await read_request(reader))
        writer.write(OK)

    async with scripted(script) as server:
        url = f"{server.url}/a%2Fb?q=x%20y"
        body = b"x" * 500_000
        request = httpx.Request("POST", url, headers={"X-Id": "7"}, content=body)
        await exchange(client, request)
    head, _, sent = received[0].partition(b"\r\n\r\n")

    assert b"POST /a%2Fb?q=x%20y HTTP/1.1" == head.split(b"\r\n")[0]
    assert {b"x-id: 7", b"content-length: 500000"} <= set(head.lower().split(b"\r\n"))
    assert 1 == head.lower().count(b"\r\nhost: localhost:")
    assert body == sent


async def test_a_packed_body_is_unpacked(client: Client) -> None:
    packed = gzip.compress(b"hello" * 100_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    async with scripted(answering(head + packed)) as server:
        assert (200, b"hello" * 100_000) == await exchange(client, get(server.url))


async def test_a_body_without_a_length_ends_with_the_connection(client: Client) -> None:
    async with scripted(answering(b"HTTP/1.1 200 OK\r\n\r\nok")) as server:
        assert [(200, b"ok")] * 2 == [await exchange(client, get(server.url)) for _ in range(2)]
        assert 2 == server.opened


async def test_a_connection_that_the_server_closed_meanwhile_is_replaced(client: Client) -> None:
    async with scripted(answering(OK)) as server:
        await exchange(client, get(server.url))
        await server.ended.wait()
        await asyncio.sleep(0.05)

        assert (200, b"ok") == await exchange(client, get(server.url))
        assert 2 == server.opened


async def test_a_connection_with_bytes_nobody_asked_for_is_replaced(ours: ConnectionClient) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK)
        await asyncio.sleep(0.05)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        await reader.read()

    async with scripted(script) as server:
        await exchange(ours, get(server.url))
        await asyncio.sleep(0.15)

        assert (200, b"ok") == await exchange(ours, get(server.url))
        assert 2 == server.opened


async def test_a_second_response_at_once_is_for_nobody(ours: ConnectionClient) -> None:
    evil = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    async with scripted(endlessly(OK + evil)) as server:
        answers = [await exchange(ours, get(server.url)) for _ in range(3)]

    assert [(200, b"ok")] * 3 == answers
    assert 3 == server.opened


async def test_a_connection_that_was_idle_too_long_is_replaced(
    ours: ConnectionClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_client, "KEEP_ALIVE", 0.05)
    async with scripted(endlessly(OK)) as server:
        await exchange(ours, get(server.url))
        await asyncio.sleep(0.1)
        await exchange(ours, get(server.url))

        assert 2 == server.opened


async def test_a_response_left_unread_ends_its_connection(client: Client) -> None:
    async with scripted(endlessly(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")) as server:
        response = await client.send(get(server.url), stream=True)
        await response.aclose()
        server.script = endlessly(OK)

        assert (200, b"ok") == await exchange(client, get(server.url))
        assert 2 == server.opened


async def test_a_cancelled_request_ends_its_connection(client: Client) -> None:
    arrived = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        arrived.set()
        await reader.read()

    async with scripted(script) as server:
        task = asyncio.create_task(exchange(client, get(server.url)))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.ended.wait()
        server.script = endlessly(OK)

        assert (200, b"ok") == await exchange(client, get(server.url))


async def test_a_cancelled_reading_of_a_body_ends_its_connection(ours: ConnectionClient) -> None:
    async with scripted(endlessly(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")) as server:
        response = await ours.send(get(server.url), stream=True)
        task = asyncio.create_task(response.aread())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await response.aclose()
        server.script = endlessly(OK)

        assert (200, b"ok") == await exchange(ours, get(server.url))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal", httpx.RemoteProtocolError),
        (b"SSH-2.0-OpenSSH\r\n\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40_000 + b"\r\n", httpx.RemoteProtocolError),
    ],
    ids=["nothing", "a part", "a part of chunks", "another protocol", "an endless head"],
)
async def test_what_is_no_response_is_the_error_that_httpx_has_for_it(
    said: bytes, kind: type[Exception], client: Client
) -> None:
    async with scripted(answering(said)) as server:
        with pytest.raises(kind):
            await exchange(client, get(server.url))


async def test_a_connection_that_is_reset_is_an_error_of_the_network(client: Client) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A byte is left unread, so the end is a reset (RFC 1122, 4.2.2.13).
        await reader.readexactly(3)
        writer.transport.abort()

    async with scripted(script) as server:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await exchange(client, get(server.url))


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"])
async def test_a_server_that_says_no_more_is_given_up(said: bytes, client: Client) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(said)
        await reader.read()

    async with scripted(script) as server:
        with pytest.raises(httpx.ReadTimeout):
            await exchange(client, get(server.url, read=0.1))


async def test_a_server_that_reads_no_more_is_given_up(client: Client) -> None:
    async def deaf(*_: object) -> None:
        await asyncio.sleep(2)

    async with scripted(deaf) as server:
        request = httpx.Request(
            "PUT", server.url, content=b"x" * 20_000_000, extensions={"timeout": {**TIMEOUT, "write": 0.2}}
        )
        with pytest.raises(httpx.WriteTimeout):
            await exchange(client, request)


async def test_a_refusal_before_the_request_is_whole_counts(ours: ConnectionClient) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno")
        await writer.drain()
        await asyncio.sleep(0.5)

    async with scripted(script) as server:
        request = httpx.Request(
            "PUT", server.url, content=b"x" * 5_000_000, extensions={"timeout": {**TIMEOUT, "write": 2}}
        )
        assert (413, b"no") == await exchange(ours, request)


async def test_no_request_follows_a_part_of_another(ours: ConnectionClient) -> None:
    """The server that refused it would take the next one for the rest of its body."""
    refused, drained = asyncio.Event(), asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"GET"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
            await writer.drain()
            return
        # It keeps the connection, and reads on once the client has its response.
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        await writer.drain()
        await refused.wait()
        asyncio.get_running_loop().call_later(0.3, drained.set)
        while await reader.read(1_000_000):
            pass

    async with scripted(script) as server:
        request = httpx.Request(
            "PUT", server.url, content=b"x" * 20_000_000, extensions={"timeout": {**TIMEOUT, "write": 2}}
        )
        response = await ours.send(request, stream=True)
        refused.set()
        await drained.wait()
        assert b"no" == b"".join([part async for part in response.aiter_raw()])
        await response.aclose()

        assert (200, b"good") == await exchange(ours, get(server.url))
        assert 2 == server.opened


async def test_a_body_does_not_arrive_further_ahead_than_allowed(ours: ConnectionClient) -> None:
    size, written = 50_000_000, 0

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        while written < size:
            writer.write(b"x" * 100_000)
            await writer.drain()
            written += 100_000

    async with scripted(script) as server:
        response = await ours.send(get(server.url), stream=True)
        await asyncio.sleep(0.3)
        ahead = written
        total = sum([len(part) async for part in response.aiter_raw()])
        await response.aclose()

    assert size == total
    assert ahead < size / 2


async def test_nobody_there_is_no_connection(client: Client) -> None:
    async with scripted(silent) as server:
        url = server.url
    with pytest.raises(httpx.ConnectError):
        await exchange(client, get(url))


async def test_a_name_that_is_none_is_no_connection(client: Client) -> None:
    with pytest.raises(httpx.ConnectError):
        await exchange(client, get("http://nowhere.invalid"))


async def test_a_connection_that_takes_too_long_is_given_up(ours: ConnectionClient) -> None:
    # The TLS handshake is never answered.
    async with scripted(silent) as server:
        with pytest.raises(httpx.ConnectTimeout):
            await exchange(ours, get(server.url.replace("http:", "https:"), connect=0.1))


@pytest.mark.parametrize("url", ["ftp://localhost/", "/path"])
async def test_what_is_no_address_of_http_is_refused(url: str, client: Client) -> None:
    with pytest.raises((httpx.UnsupportedProtocol, httpx.LocalProtocolError)):
        await exchange(client, get(url))


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\x00b"])
async def test_no_header_can_hold_another(value: str, client: Client) -> None:
    request = httpx.Request(
        "GET", "http://localhost:9", headers={"X-Id": value}, extensions={"timeout": TIMEOUT}
    )
    with pytest.raises((httpx.LocalProtocolError, httpx.ConnectError)) as raised:
        await exchange(client, request)
    if isinstance(client, ConnectionClient):
        assert isinstance(raised.value, httpx.LocalProtocolError)


@pytest.mark.parametrize(
    "request_of",
    [
        partial(httpx.Request, "HEAD"),
        partial(httpx.Request, "GET /evil HTTP/1.1\r\nX:"),
        partial(httpx.Request, "GET", headers={"X Id": "7"}),
        partial(httpx.Request, "POST", headers={"Transfer-Encoding": "chunked"}, content=b"x"),
    ],
    ids=["a HEAD", "a method with more", "a name with a space", "a body in chunks"],
)
async def test_what_it_cannot_send_is_refused(
    request_of: Callable[[str], httpx.Request], ours: ConnectionClient
) -> None:
    with pytest.raises(httpx.LocalProtocolError):
        await exchange(ours, request_of("http://localhost:9"))


def trusted(tmp_path: Path, *names: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The TLS of a client and of a server whose certificate has these names."""
    ca, file = trustme.CA(), tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*names).configure_cert(served)
    return tls_context(file), served


async def test_a_certificate_has_the_name_of_the_host(tmp_path: Path) -> None:
    tls, served = trusted(tmp_path, "other.example")
    client = ConnectionClient(tls)
    async with scripted(endlessly(OK), served) as server:
        with pytest.raises(httpx.ConnectError):
            await exchange(client, get(server.url))
        request = get(server.url)
        request.extensions = {**request.extensions, "sni_hostname": "other.example"}

        assert (200, b"ok") == await exchange(client, request)
        # The connection that is open was not checked for this name.
        with pytest.raises(httpx.ConnectError):
            await exchange(client, get(server.url))
    await client.aclose()


async def test_nothing_but_http_1_1_is_offered(tmp_path: Path) -> None:
    tls, served = trusted(tmp_path, "localhost")
    served.set_alpn_protocols(["h2", "http/1.1"])
    agreed: list[object] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        agreed.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
        await answering(OK)(reader, writer)

    client = ConnectionClient(tls)
    async with scripted(script, served) as server:
        await exchange(client, get(server.url))
    await client.aclose()

    assert ["http/1.1"] == agreed


@pytest.mark.parametrize("script", [endlessly(OK), answering(OK)], ids=["open", "closed by the server"])
async def test_a_closed_client_has_ended_its_connection(script: Script, tmp_path: Path) -> None:
    tls, served = trusted(tmp_path, "localhost")
    client = ConnectionClient(tls)
    async with scripted(script, served) as server:
        await exchange(client, get(server.url))
        await client.aclose()
        await server.ended.wait()

    await client.aclose()


def test_a_loop_that_ends_leaves_no_connection_behind(tmp_path: Path) -> None:
    """A transport that is not closed warns, and warnings are errors here."""
    tls, served = trusted(tmp_path, "localhost")

    async def main() -> tuple[int, bytes]:
        client = ConnectionClient(tls)
        async with scripted(endlessly(OK), served) as server:
            found = await exchange(client, get(server.url))
            await client.aclose()
        return found

    assert (200, b"ok") == asyncio.run(main())


async def test_a_connection_with_tls_takes_little_memory(tmp_path: Path) -> None:
    tls, served = trusted(tmp_path, "localhost")
    client = ConnectionClient(tls)
    async with scripted(endlessly(OK), served) as server:
        await exchange(client, get(server.url))
        sizes = {len(each._ssl_buffer) for each in gc.get_objects() if isinstance(each, SSLProtocol)}
        await client.aclose()

    assert {32 * 1024} == sizes
