"""What goes wrong between the doctor and a server, on real sockets."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator

import httpx
import pytest

from local.doctor.http_responses import Response, UnreachableError, UnreadableError, send
from local.layout import Layout


@contextlib.asynccontextmanager
async def listening(response: bytes | None, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A port where everybody gets this response, or none at all."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read(1)
            if response is None:
                await over.wait()
            else:
                writer.write(response)
                await writer.drain()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]
        over.set()


async def failure(url: str, **options: object) -> UnreachableError:
    async with httpx.AsyncClient(trust_env=False, **options) as http:
        with pytest.raises(UnreachableError) as raised:
            await send(http, "GET", url)
    return raised.value


async def test_a_name_nobody_has_is_told_from_a_port_nobody_listens_at():
    assert "No host is called mcp.invalid." == str(await failure("https://mcp.invalid/"))

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    refused = await failure(f"http://127.0.0.1:{port}/")

    assert f"Nobody listens at 127.0.0.1:{port}." == str(refused)
    assert "the port of the address" in refused.cure


async def test_a_certificate_nobody_vouches_for_is_named_as_the_cause(doctors_layout: Layout):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(doctors_layout.server_certificate)
    async with listening(b"", tls) as port:
        found = await failure(f"https://localhost:{port}/")

    assert f"The certificate of localhost:{port} is not trusted: " in str(found)
    assert "SSL_CERT_FILE" in found.cure


async def test_a_server_without_tls_is_no_https_server():
    async with listening(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        found = await failure(f"https://localhost:{port}/")

    assert f"localhost:{port} does not speak TLS as it should: " in str(found)


async def test_a_server_that_says_nothing_is_waited_for_only_so_long():
    async with listening(None) as port:
        found = await failure(f"http://127.0.0.1:{port}/", timeout=0.2)

    assert f"127.0.0.1:{port} did not answer within 0.2 seconds." == str(found)
    assert "log stream" in found.cure


async def test_a_connection_that_breaks_off_is_a_failure_too():
    async with listening(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf") as port:
        found = await failure(f"http://127.0.0.1:{port}/")

    assert f"The connection to 127.0.0.1:{port} failed: " in str(found)


async def test_a_body_without_end_is_read_as_far_as_is_useful():
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1_000_000

    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=endless()))
    async with httpx.AsyncClient(transport=transport) as http:
        response = await send(http, "GET", "https://mcp.test/")

    assert 4 * 1024 * 1024 < len(response.body) <= 5_000_000


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (Response(204, httpx.Headers(), b""), "204 with an empty body"),
        (
            Response(200, httpx.Headers({"content-type": "text/plain; charset=x"}), b"hi"),
            "200 with text/plain",
        ),
        (Response(200, httpx.Headers(), b"<!doctype html><title>\n Sign\x07 in </title>"), None),
        (Response(302, httpx.Headers({"location": "https://a.test/b?token=c"}), b""), None),
        (
            Response(302, httpx.Headers({"location": "/login#x"}), b""),
            "302, which sends the caller to /login",
        ),
        (Response(302, httpx.Headers(), b""), "302, which sends the caller to nowhere"),
        (
            Response(307, httpx.Headers({"location": "https://[x/"}), b""),
            "307, which sends the caller to nowhere",
        ),
        (Response(200, httpx.Headers({"content-type": "text/html"}), b"\xff"), "200 with an HTML page"),
    ],
    ids=[
        "empty",
        "text",
        "page",
        "redirect",
        "redirect within",
        "redirect to nowhere",
        "no address",
        "page without title",
    ],
)
def test_an_answer_is_told_in_a_few_words(response: Response, said: str | None):
    wanted = {
        200: '200 with an HTML page titled "Sign in"',
        302: "302, which sends the caller to https://a.test/b",
    }

    assert (said or wanted[response.status]) == response.described()


@pytest.mark.parametrize(
    "body", [b"<html></html>", b"[]", b"", b"\xff"], ids=["page", "list", "empty", "no text"]
)
def test_what_is_no_json_object_is_unreadable(body: bytes):
    with pytest.raises(UnreadableError, match=r"^200 with "):
        Response(200, httpx.Headers(), body).document()
