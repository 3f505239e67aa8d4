"""Requests in a wrong form: refused in one line that holds nothing of them, and nothing else happens."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from shared.sign_in.http_form import client_address
from tests.shared.sign_in.browser import (
    FORM,
    REDIRECT,
    VERIFIER,
    Browser,
    Functions,
    challenge,
    json_of,
    text_of,
)
from tests.shared.sign_in.conftest import MemoryRows
from tests.shared.sign_in.played_entra import PlayedEntra

POSTS = ["oauth_token", "oauth_revoke", "oauth_consent"]
TWICE = ["client_id=b", "redirect_uri=https://evil.example", "state=b", "resource=b", "unknown=1&unknown=2"]


def one_line(response: Any) -> str:
    """The error's description, or the page's text."""
    if response.mimetype == "application/json":
        document = json_of(response)
        assert {"error", "error_description"} == set(document)
        assert document["error_description"].isascii()
        assert "\n" not in document["error_description"]
        return str(document["error_description"])
    assert "text/html" == response.mimetype
    return text_of(response)


@pytest.mark.parametrize("again", TWICE)
async def test_a_parameter_given_twice_is_refused_whatever_the_host_makes_of_it(
    functions: Functions, client_id: str, rows: MemoryRows, again: str
) -> None:
    """The host joins repeated values with a comma, so the address is parsed itself."""
    usual = {
        "client_id": client_id,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
        "state": "a",
        "resource": "",
    }
    response = await functions.get("oauth_authorize", f"{urlencode(usual)}&{again}")

    assert 400 == response.status_code
    assert "more than once" in one_line(response)
    assert "Location" not in response.headers
    assert 0 == await rows.count("request", 10)


@pytest.mark.parametrize(
    "name", ["client_id", "code", "redirect_uri", "code_verifier", "grant_type", "resource"]
)
async def test_a_form_field_given_twice_is_refused_and_the_code_stays_good(
    functions: Functions, browser: Browser, client_id: str, name: str
) -> None:
    code = await browser.code(client_id)
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
        "resource": "",
    }
    refused = await functions.post("oauth_token", f"{urlencode(form)}&{name}={form[name]}")

    assert (400, "invalid_request") == (refused.status_code, json_of(refused)["error"])
    assert 200 == (await functions.redeem(client_id, code)).status_code


@pytest.mark.parametrize("name", POSTS)
@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        f"{FORM}; charset=utf-16",
        f"{FORM}x",
    ],
)
async def test_a_body_of_another_kind_is_refused(functions: Functions, name: str, content_type: str) -> None:
    response = await functions.post(
        name, "grant_type=refresh_token", content_type=content_type, origin="https://mcp.example"
    )

    assert 400 == response.status_code
    one_line(response)


@pytest.mark.parametrize(
    "content_type", [FORM, FORM.upper(), f"{FORM}; charset=UTF-8", f"{FORM};charset=utf-8"]
)
async def test_a_form_may_say_its_charset(functions: Functions, content_type: str) -> None:
    response = await functions.post("oauth_token", "grant_type=password", content_type=content_type)

    assert "unsupported_grant_type" == json_of(response)["error"]


@pytest.mark.parametrize("name", POSTS)
async def test_a_body_of_more_than_16_kb_is_refused(functions: Functions, name: str) -> None:
    own = {"origin": "https://mcp.example"}
    large = await functions.post(name, "a=" + "x" * (16 * 1024 - 1), **own)
    fitting = await functions.post(name, "a=" + "x" * (16 * 1024 - 2), **own)

    assert 413 == large.status_code
    assert 413 != fitting.status_code
    one_line(large)


@pytest.mark.parametrize("name", ["oauth_authorize", "oauth_callback"])
async def test_a_query_of_more_than_16_kb_is_refused(functions: Functions, name: str) -> None:
    assert 413 == (await functions.get(name, "a=" + "x" * 16_384)).status_code


@pytest.mark.parametrize(
    "text",
    [
        "client_id=%ff%fe",
        "client_id=%C0%AF",
        "&".join(f"p{number}=1" for number in range(41)),
        "client_id=\u00e9",
    ],
)
@pytest.mark.parametrize("name", ["oauth_token", "oauth_revoke"])
async def test_a_form_that_cannot_be_read_is_refused(functions: Functions, name: str, text: str) -> None:
    response = await functions.post(name, text)

    assert (400, "invalid_request") == (response.status_code, json_of(response)["error"])


@pytest.mark.parametrize("query", ["client_id=%ff", "state=%C0%AF", "%ff=1"])
@pytest.mark.parametrize("name", ["oauth_authorize", "oauth_callback"])
async def test_a_query_that_cannot_be_read_is_refused(functions: Functions, name: str, query: str) -> None:
    assert 400 == (await functions.get(name, query)).status_code


MARK = "zq-mark-of-the-test"


@pytest.mark.parametrize(
    "name", ["grant_type", "client_id", "code", "refresh_token", "scope", "resource", MARK]
)
async def test_no_error_of_the_token_endpoint_echoes_what_was_sent(
    functions: Functions, browser: Browser, client_id: str, name: str
) -> None:
    code = await browser.code(client_id)
    for grant in ("authorization_code", "refresh_token"):
        form = {
            "grant_type": grant,
            "client_id": client_id,
            "code": code,
            "refresh_token": "A" * 43,
            "redirect_uri": REDIRECT,
            "code_verifier": "A" * 43,
            name: MARK,
        }
        response = await functions.post("oauth_token", form)

        assert response.status_code in (400, 401)
        assert MARK not in one_line(response) + str(response.headers)
        assert code not in one_line(response)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state", "scope", "code_challenge", MARK])
async def test_no_page_echoes_what_was_sent(functions: Functions, client_id: str, name: str) -> None:
    query = {"client_id": client_id, "redirect_uri": "https://evil.example", name: MARK}
    response = await functions.get("oauth_authorize", query)

    assert 400 == response.status_code
    assert MARK not in text_of(response) + str(response.headers)


async def test_no_error_of_a_registration_echoes_what_was_sent(functions: Functions) -> None:
    for changes in (
        {"redirect_uris": [f"http://{MARK}.example"]},
        {"token_endpoint_auth_method": MARK},
        {"grant_types": [MARK]},
        {"response_types": [MARK]},
    ):
        response = await functions.register(**changes)

        assert 400 == response.status_code
        assert MARK not in one_line(response)


@pytest.mark.parametrize("name", ["oauth_token", "oauth_register", "oauth_revoke"])
async def test_a_mistake_in_the_code_is_a_server_error_without_words(
    functions: Functions, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("of the code")

    functions.proxy._handlers[name.removeprefix("oauth_")] = broken  # type: ignore[assignment]
    response = await functions.post(name, "a=b")

    assert (500, "server_error") == (response.status_code, json_of(response)["error"])
    assert "of the code" not in text_of(response)
    assert "RuntimeError: of the code" in caplog.text


@pytest.mark.parametrize(
    "name", ["oauth_token", "oauth_register", "oauth_authorization_server", "oauth_protected_resource"]
)
async def test_pages_of_other_origins_may_call_what_clients_in_browsers_need(
    functions: Functions, name: str
) -> None:
    asked = await functions.call("OPTIONS", name, headers={"origin": "https://inspector.example"})
    failed = (
        await functions.get(name)
        if "server" in name or "resource" in name
        else await functions.post(name, "a")
    )

    assert 204 == asked.status_code
    assert "MCP-Protocol-Version" in asked.headers["Access-Control-Allow-Headers"]
    assert (
        "*" == asked.headers["Access-Control-Allow-Origin"] == failed.headers["Access-Control-Allow-Origin"]
    )
    assert "Access-Control-Allow-Credentials" not in asked.headers


async def test_pages_of_other_origins_may_read_no_page_of_the_sign_in(
    functions: Functions, browser: Browser, client_id: str
) -> None:
    for response in (
        await browser.authorize(client_id),
        await functions.get("oauth_callback"),
        await functions.post("oauth_consent", "a=b"),
        await functions.post("oauth_revoke", "a=b"),
    ):
        assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("", ""),
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:50123", "203.0.113.7"),
        ("10.0.0.1, 198.51.100.2:1, 203.0.113.7:50123", "203.0.113.7"),
        ("[2001:db8:1:2:3::4]:443", "2001:db8:1:2::"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::"),
        ("[2001:db8:1:2:3::4]", "2001:db8:1:2::"),
        ("a::b::c", ""),
        ("x" * 500, "x" * 64),
    ],
)
def test_the_address_is_the_one_that_the_front_end_wrote(header: str, address: str) -> None:
    import azure.functions as func  # noqa: PLC0415

    request = func.HttpRequest("GET", "https://a/", headers={"X-Forwarded-For": header}, body=b"")

    assert address == client_address(request)


async def test_errors_are_json_that_nobody_caches(functions: Functions) -> None:
    response = await functions.post("oauth_token", "grant_type=x")

    assert "application/json" == response.mimetype
    assert "no-store" == response.headers["Cache-Control"]
    assert json.loads(response.get_body())


async def test_with_the_storage_down_people_get_a_page(
    open_proxy: Callable[..., Functions], entra: PlayedEntra, rows: MemoryRows, client_id: str
) -> None:
    from tests.shared.sign_in.played_entra import down  # noqa: PLC0415

    functions = open_proxy()
    browser = Browser(functions, entra)
    page = await browser.authorize(client_id)
    parameters = entra.sign_in(await browser.consent(client_id))

    async def fail(*_: object) -> None:
        raise down()

    working, rows.get = rows.get, fail  # type: ignore[assignment, method-assign]
    away = [
        await browser.authorize(client_id),
        await browser.decide(page),
        await browser.come_back(parameters),
    ]
    rows.get = working  # type: ignore[method-assign]

    assert [(503, "7", "text/html")] * 3 == [
        (each.status_code, each.headers["Retry-After"], each.mimetype) for each in away
    ]
    # Nothing was used up.
    assert 302 == (await browser.come_back(parameters)).status_code


async def test_a_request_that_takes_too_long_is_given_up(
    functions: Functions, caplog: pytest.LogCaptureFixture
) -> None:
    async def endless(*_: object) -> None:
        await asyncio.sleep(60)

    functions.proxy._handlers["token"] = endless  # type: ignore[assignment]
    functions.proxy._seconds = 0.05
    response = await functions.post("oauth_token", "a=b")

    assert (503, "temporarily_unavailable") == (response.status_code, json_of(response)["error"])
    assert '"reason":"timeout"' in caplog.text


async def test_a_request_that_is_cancelled_is_recorded_as_that(
    functions: Functions, caplog: pytest.LogCaptureFixture
) -> None:
    async def endless(*_: object) -> None:
        await asyncio.sleep(60)

    functions.proxy._handlers["token"] = endless  # type: ignore[assignment]
    call = asyncio.create_task(functions.post("oauth_token", "a=b"))
    await asyncio.sleep(0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert '"outcome":"cancelled"' in caplog.text
