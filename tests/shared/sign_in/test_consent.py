"""Consent: on a page of this server, in the browser that was shown it, before Entra is asked anything."""

import re
from collections.abc import Callable

import pytest

from tests.shared.clock import Clock
from tests.shared.sign_in.browser import (
    ORIGIN,
    REDIRECT,
    Browser,
    Functions,
    handle_in,
    json_of,
    onward,
    query_in,
    text_of,
)
from tests.shared.sign_in.played_entra import PlayedEntra, down

RTL = "\u202e"


async def test_entra_gets_no_request_before_the_consent(
    browser: Browser, client_id: str, entra: PlayedEntra
) -> None:
    page = await browser.authorize(client_id)

    assert [] == entra.requests
    assert [] == entra.redemptions
    assert "login.microsoftonline.com" not in text_of(page) + str(page.headers)
    assert "__Host-mcp-signin" not in browser.cookies


async def test_the_page_is_framed_by_nobody_and_loads_nothing(browser: Browser, client_id: str) -> None:
    page = await browser.authorize(client_id)
    policy = page.headers["Content-Security-Policy"]

    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; form-action 'self'; "
        r"frame-ancestors 'none'; base-uri 'none'",
        policy,
    )
    assert "DENY" == page.headers["X-Frame-Options"]
    assert "no-referrer" == page.headers["Referrer-Policy"]
    assert "no-store" == page.headers["Cache-Control"]
    assert "nosniff" == page.headers["X-Content-Type-Options"]
    assert not re.search(r"<script|<img|<link|<iframe|src=|javascript:|style=|onclick", text_of(page))


async def test_the_cookie_is_of_this_host_and_strict(browser: Browser, client_id: str) -> None:
    [cookie] = (await browser.authorize(client_id)).headers.get_all("Set-Cookie")
    name, *attributes = re.split("; ?", cookie)

    assert re.fullmatch(r"__Host-mcp-request=[A-Za-z0-9_-]{43}", name)
    assert {"Path=/", "Max-Age=600", "HttpOnly", "SameSite=Strict", "Secure"} == set(attributes)


async def test_the_cookie_of_the_way_through_entra_is_set_by_consent_only(
    browser: Browser, client_id: str
) -> None:
    page = await browser.authorize(client_id)
    cookies = (await browser.decide(page)).headers.get_all("Set-Cookie")
    [transit] = [each for each in cookies if each.startswith("__Host-mcp-signin=")]

    assert {"Path=/", "Max-Age=600", "HttpOnly", "SameSite=Lax", "Secure"} == set(
        re.split("; ?", transit)[1:]
    )
    assert {"__Host-mcp-signin"} == set(browser.cookies)


async def test_on_loopback_without_tls_the_cookies_are_ones_that_browsers_take(
    open_proxy: Callable[..., Functions], entra: PlayedEntra
) -> None:
    functions = open_proxy({"SIGN_IN_ORIGIN": "http://localhost:7071"})
    client_id = json_of(await functions.register())["client_id"]
    page = await Browser(functions, entra).authorize(client_id, resource=None)

    assert page.headers["Set-Cookie"].startswith("mcp-request=")
    assert "Secure" not in page.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://mcp.example.evil.example"},
        {"origin": "http://mcp.example"},
        {"origin": "https://evil.example", "sec_fetch_site": "same-origin"},
        {"origin": "null", "sec_fetch_site": "cross-site"},
        {"origin": "null", "sec_fetch_site": "same-site"},
        {"origin": "null", "sec_fetch_site": "none"},
        {"origin": "null", "sec_fetch_site": ""},
    ],
)
async def test_a_post_from_another_origin_decides_nothing(
    browser: Browser, client_id: str, headers: dict[str, str]
) -> None:
    page = await browser.authorize(client_id)
    refused = await browser.decide(page, **headers)
    onward(await browser.decide(page))

    assert 403 == refused.status_code
    assert "Refresh" not in refused.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": ORIGIN},
        {"origin": ORIGIN, "sec_fetch_site": "same-origin"},
        {"origin": "null", "sec_fetch_site": "same-origin"},
    ],
)
async def test_a_post_of_our_own_page_decides(
    browser: Browser, client_id: str, headers: dict[str, str]
) -> None:
    onward(await browser.decide(await browser.authorize(client_id), **headers))


async def test_without_the_cookie_of_the_page_nothing_is_decided(
    browser: Browser, functions: Functions, client_id: str, entra: PlayedEntra
) -> None:
    page = await browser.authorize(client_id)
    other = Browser(functions, entra)
    await other.authorize(client_id)

    assert 403 == (await Browser(functions, entra).decide(page)).status_code
    assert 403 == (await other.decide(page)).status_code
    assert [] == entra.redemptions


async def test_a_page_decides_once(browser: Browser, client_id: str) -> None:
    page = await browser.authorize(client_id)
    cookies = dict(browser.cookies)
    onward(await browser.decide(page))
    browser.cookies |= cookies

    assert 403 == (await browser.decide(page)).status_code


async def test_a_page_decides_for_ten_minutes(browser: Browser, client_id: str, clock: Clock) -> None:
    page, late = await browser.authorize(client_id), await browser.authorize(client_id)
    clock.advance(599)
    onward(await browser.decide(page))
    clock.advance(1)

    assert 403 == (await browser.decide(late)).status_code


async def test_two_sign_ins_in_one_browser_do_not_disturb_each_other(
    browser: Browser, client_id: str, entra: PlayedEntra
) -> None:
    pages = [await browser.authorize(client_id, state=state) for state in ("one", "two")]
    addresses = [onward(await browser.decide(page)) for page in pages]
    answers = [await browser.come_back(entra.sign_in(address)) for address in addresses]

    assert ["one", "two"] == [query_in(each.headers["Location"])["state"] for each in answers]
    assert {} == browser.cookies


@pytest.mark.parametrize("decision", ["", "yes", "ALLOW", "allow refuse"])
async def test_what_is_neither_allowed_nor_refused_is_asked_again(
    browser: Browser, client_id: str, decision: str
) -> None:
    page = await browser.authorize(client_id)

    assert 400 == (await browser.decide(page, decision)).status_code
    onward(await browser.decide(page))


async def test_who_refuses_is_sent_back_with_that_and_entra_hears_nothing(
    browser: Browser, client_id: str, entra: PlayedEntra
) -> None:
    page = await browser.authorize(client_id)
    address = onward(await browser.decide(page, "refuse"))

    assert address.startswith(f"{REDIRECT}?")
    assert {"error": "access_denied", "state": "state-of-the-client", "iss": ORIGIN} == query_in(address)
    assert [] == entra.requests
    assert {} == browser.cookies


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('"><img src=x onerror=alert(1)>', "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;"),
        (f"good{RTL}live", "goodlive"),
        ("a\u2066b\u2069\u200fc\u200bd\ufeff", "abcd"),
        ("Client\n\n\tof  many\x00 lines", "Client of many lines"),
        ("x" * 200, "x" * 80),
        ("Größe 日本 עברית", "Größe 日本 עברית"),
    ],
)
async def test_a_name_is_text_and_nothing_else(
    functions: Functions, browser: Browser, name: str, shown: str
) -> None:
    client_id = json_of(await functions.register(client_name=name))["client_id"]
    page = text_of(await browser.authorize(client_id))

    assert f"<bdi>{shown}</bdi>" in page
    assert not re.search("[\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\x00]", page)
    assert "x" * 81 not in page


@pytest.mark.parametrize("name", [None, "", "\u200b", 7, ["a"], {"a": "b"}])
async def test_a_client_without_a_name_is_called_that(
    functions: Functions, browser: Browser, name: object
) -> None:
    client_id = json_of(await functions.register(client_name=name))["client_id"]

    assert "A program without a name" in text_of(await browser.authorize(client_id))


async def test_the_page_says_who_asks_and_where_one_is_sent(functions: Functions, browser: Browser) -> None:
    made = await functions.register(
        client_name="Desktop", redirect_uris=["http://localhost/cb", "https://site.example/cb"]
    )
    client_id = json_of(made)["client_id"]
    local = text_of(await browser.authorize(client_id, redirect_uri="http://localhost:5000/cb"))
    remote = text_of(await browser.authorize(client_id, redirect_uri="https://site.example/cb"))

    assert "says of itself" in local
    assert '<span class="large">a program on this computer</span> (<bdi>localhost:5000</bdi>)' in local
    assert '<span class="large"><bdi>site.example</bdi></span>' in remote
    assert "<bdi>mcp.example</bdi>" in remote


@pytest.mark.parametrize(
    ("environ", "verb"), [({}, "Read, "), ({"ENABLE_WRITE_TOOLS": "true"}, "Read and change, ")]
)
async def test_the_page_says_what_may_be_done(
    open_proxy: Callable[..., Functions], entra: PlayedEntra, environ: dict[str, str], verb: str
) -> None:
    functions = open_proxy(environ)
    client_id = json_of(await functions.register())["client_id"]

    assert f"<li>{verb}" in text_of(await Browser(functions, entra).authorize(client_id))


async def test_with_entra_out_of_reach_the_decision_can_be_repeated(
    browser: Browser, client_id: str, entra: PlayedEntra
) -> None:
    page = await browser.authorize(client_id)
    entra.failing = down()
    away = await browser.decide(page)
    entra.failing = None
    onward(await browser.decide(page))

    assert (503, "7") == (away.status_code, away.headers["Retry-After"])
    assert handle_in(page) not in text_of(away)
