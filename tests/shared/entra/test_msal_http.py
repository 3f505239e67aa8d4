"""MSAL's way to the network: only Entra's JSON comes through, and nothing of it reaches a log."""

import gzip
import json
import logging
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from shared.entra.msal_http import LIMIT_BYTES, TOTAL_TIMEOUT, EntraHttp
from shared.errors import ToolError
from shared.http.circuit_breaker import COOL_DOWN, FAILURES
from shared.http.current_caller import acting_for
from shared.http.http_client import tls_context
from shared.http.retry import RetryableError
from tests.shared.issuer import TENANT
from tests.shared.loopback import loopback

TOKEN = "the-token-in-the-body"
ASSERTION = "the-assertion-of-the-caller"
TOKEN_JSON = json.dumps({"access_token": TOKEN}).encode()


class Answering(BaseHTTPRequestHandler):
    """Answers as its server is told to, and remembers what it was asked."""

    protocol_version = "HTTP/1.1"
    server: "Entra"

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _answer(self, body: bytes) -> None:
        self.server.asked.append((self.command, self.path, body))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in self.server.headers:
            self.send_header("Content-Length", str(len(self.server.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(self.server.body)


class Entra(ThreadingHTTPServer):
    """A sign-in host on loopback with one answer to everything."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.status = 200
        self.headers: Mapping[str, str] = {}
        self.body = TOKEN_JSON
        self.asked: list[tuple[str, str, bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/token"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up, as it may on too large a body, is no error."""


@pytest.fixture
def entra() -> Iterator[Entra]:
    with Entra() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def http() -> Iterator[EntraHttp]:
    http = EntraHttp(tls_context(None))
    yield http
    http.close()


def refused(http: EntraHttp, url: str) -> ToolError:
    with pytest.raises(ToolError) as raised:
        http.post(url, data={"assertion": ASSERTION})
    return raised.value


@pytest.mark.parametrize("status", [200, 400, 401])
def test_an_answer_of_entra_is_handed_on(status: int, entra: Entra, http: EntraHttp) -> None:
    entra.status = status
    entra.headers = {"X-Ms-Request-Id": "r-1"}

    response = http.post(entra.url, data={"assertion": ASSERTION}, params={"a": "b"}, timeout=None)

    assert (status, TOKEN_JSON.decode()) == (response.status_code, response.text)
    assert "r-1" == response.headers["x-ms-request-id"]
    assert [("POST", "/token?a=b", f"assertion={ASSERTION}".encode())] == entra.asked


def test_metadata_is_got(entra: Entra, http: EntraHttp) -> None:
    response = http.get(entra.url, headers={"Accept": "application/json"})

    assert 200 == response.status_code
    assert [("GET", "/token", b"")] == entra.asked


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (302, {"Location": "/elsewhere"}, b""),
        (307, {"Location": "/elsewhere"}, TOKEN_JSON),
        (201, {}, TOKEN_JSON),
        (403, {}, TOKEN_JSON),
        (404, {}, TOKEN_JSON),
        (500, {}, TOKEN_JSON),
        (503, {"Retry-After": "5"}, b"down"),
        (200, {"Content-Type": "text/html"}, f"<html>{TOKEN}</html>".encode()),
        (200, {}, TOKEN_JSON[:-1]),
        (200, {}, json.dumps([TOKEN]).encode()),
        (200, {}, b""),
        (200, {}, b'{"access_token": "\xff"}'),
        (200, {"Content-Length": str(len(TOKEN_JSON) + 1)}, TOKEN_JSON),
        (200, {"Content-Encoding": "gzip"}, TOKEN_JSON),
        (200, {"Content-Encoding": "gzip, gzip"}, gzip.compress(gzip.compress(TOKEN_JSON))),
        (200, {}, TOKEN_JSON[:-1] + b" " * LIMIT_BYTES + b"}"),
    ],
    ids=[
        "redirect",
        "redirect of a POST",
        "status 201",
        "status 403",
        "status 404",
        "status 500",
        "status 503",
        "HTML",
        "JSON cut short",
        "JSON list",
        "nothing",
        "not UTF-8",
        "body cut short",
        "not what its encoding says",
        "encoded twice",
        "oversized",
    ],
)
def test_anything_else_is_unavailable_and_reaches_no_log(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    entra: Entra,
    http: EntraHttp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    entra.status, entra.headers, entra.body = status, headers, body

    error = refused(http, entra.url)

    assert "unavailable" == error.code
    assert 1 == len(entra.asked)
    assert TOKEN not in caplog.text + str(error) + error.message + error.remedy
    assert ASSERTION not in caplog.text + str(error)


@pytest.mark.parametrize(
    ("status", "headers", "is_passing"),
    [
        (429, {}, True),
        (500, {}, True),
        (503, {}, True),
        (200, {"Content-Length": str(len(TOKEN_JSON) + 1)}, True),
        (403, {}, False),
        (302, {"Location": "/elsewhere"}, False),
        (200, {"Content-Encoding": "gzip"}, False),
    ],
    ids=["429", "500", "503", "cut short", "403", "redirect", "not what its encoding says"],
)
def test_what_may_pass_is_told_from_what_will_not(
    status: int, headers: Mapping[str, str], is_passing: bool, entra: Entra, http: EntraHttp
) -> None:
    entra.status, entra.headers = status, headers

    assert is_passing == isinstance(refused(http, entra.url), RetryableError)
    assert 1 == len(entra.asked)


def test_an_answer_that_trickles_in_is_given_up(entra: Entra) -> None:
    http = EntraHttp(tls_context(None), total_timeout=0)

    error = refused(http, entra.url)
    http.close()

    assert "timeout" == error.code
    assert not isinstance(error, RetryableError)


@pytest.mark.parametrize(("header", "seconds"), [({"Retry-After": "7"}, 7.0), ({}, None)])
def test_throttling_says_when_to_come_back(
    header: Mapping[str, str], seconds: float | None, entra: Entra, http: EntraHttp
) -> None:
    entra.status, entra.headers = 429, header

    error = refused(http, entra.url)

    assert ("throttled", seconds) == (error.code, error.retry_after)


def test_nobody_there_is_unavailable(http: EntraHttp) -> None:
    with Entra() as gone:
        url = gone.url

    error = refused(http, url)

    assert "unavailable" == error.code
    assert isinstance(error, RetryableError)


def test_an_entra_that_only_fails_is_left_alone_for_a_while(entra: Entra, http: EntraHttp) -> None:
    entra.status = 503
    for _ in range(FAILURES):
        refused(http, entra.url)

    error = refused(http, entra.url)

    assert FAILURES == len(entra.asked)
    assert error.retry_after is not None
    assert ("unavailable", True) == (error.code, 0 < error.retry_after <= COOL_DOWN)


def test_token_errors_of_entra_leave_it_to_others(entra: Entra, http: EntraHttp) -> None:
    entra.status = 429
    for _ in range(2 * FAILURES):
        refused(http, entra.url)

    assert 2 * FAILURES == len(entra.asked)


def test_the_parameters_and_headers_of_msal_are_sent() -> None:
    http = EntraHttp(tls_context(None))
    with loopback() as entra:
        entra.reply = lambda _: (200, {}, {})
        http.get(f"{entra.url}/metadata", params={"api-version": "1.1"}, headers={"x-client-SKU": "MSAL"})
        http.post(
            f"{entra.url}/token",
            params={"dc": "ESTS"},
            headers={"x-client-SKU": "MSAL"},
            data={"client_assertion": b"signed", "scope": "a b"},
        )
        http.close()

    got, posted = entra.received
    assert ("GET", "/metadata?api-version=1.1", "MSAL") == (got.method, got.path, got.headers["x-client-SKU"])
    assert ("POST", "/token?dc=ESTS", "MSAL") == (posted.method, posted.path, posted.headers["x-client-SKU"])
    assert {"client_assertion": "signed", "scope": "a b"} == posted.form


def test_an_entra_that_is_unavailable_says_when_to_come_back(entra: Entra, http: EntraHttp) -> None:
    entra.status, entra.headers = 503, {"Retry-After": "7"}

    with pytest.raises(RetryableError) as raised:
        http.post(entra.url, data={})

    assert ("unavailable", 7) == (raised.value.code, raised.value.retry_after)


@pytest.mark.parametrize("total_timeout", [TOTAL_TIMEOUT, 0.0], ids=["status 500", "timeout"])
@pytest.mark.parametrize(("callers", "is_open"), [(["ana"], False), (["ana", "ben"], True)])
def test_failures_of_one_caller_alone_do_not_open_entras_circuit(
    callers: list[str], is_open: bool, total_timeout: float, entra: Entra
) -> None:
    entra.status = 500
    http = EntraHttp(tls_context(None), total_timeout=total_timeout)
    reasons = []
    for number in range(2 * FAILURES):
        with acting_for(TENANT, callers[number % len(callers)]), pytest.raises(ToolError) as raised:
            http.post(entra.url, data={})
        reasons.append(raised.value.reason)
    http.close()

    assert is_open == ("circuit_open" in reasons)
    assert (FAILURES if is_open else 2 * FAILURES) == len(entra.asked)


@pytest.mark.parametrize(("beyond", "accepted"), [(0, True), (1, False)])
def test_a_body_may_be_as_large_as_the_limit(
    beyond: int, accepted: bool, entra: Entra, http: EntraHttp
) -> None:
    entra.body = b"{}".ljust(LIMIT_BYTES + beyond)
    try:
        text = http.get(entra.url).text
    except ToolError as error:
        text = error.code

    assert (entra.body.decode() if accepted else "unavailable") == text
