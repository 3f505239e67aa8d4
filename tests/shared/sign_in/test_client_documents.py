"""Client id metadata documents: which addresses are client ids, what must stand there, how they are kept."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.sign_in.client_documents import is_document_address
from tests.shared.clock import Clock
from tests.shared.sign_in.browser import Browser, Functions, json_of, text_of
from tests.shared.sign_in.conftest import Fetched, NotFetchedError, Web
from tests.shared.sign_in.played_entra import PlayedEntra

CLIENT = "https://client.example/oauth/client.json"
CALLBACK = "https://client.example/callback"


def document(**changes: Any) -> bytes:
    usual = {
        "client_id": CLIENT,
        "client_name": "Documented",
        "redirect_uris": [CALLBACK, "http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }
    return json.dumps(
        {name: value for name, value in {**usual, **changes}.items() if value is not ...}
    ).encode()


@pytest.fixture(autouse=True)
def published(web: Web) -> None:
    web.documents[CLIENT] = document()


async def asked(browser: Browser, client_id: str = CLIENT) -> int:
    """The status of an authorization request."""
    return (await browser.authorize(client_id, redirect_uri=CALLBACK)).status_code


@pytest.mark.parametrize(
    "address",
    [
        CLIENT,
        "https://client.example:443/oauth/client.json",
        "https://claude.ai/oauth/claude-code-client-metadata",
        "https://a-b.client.example/c?version=1",
        "https://client.example/~x/%7Ey",
    ],
)
def test_an_address_with_a_path_is_a_client_id(address: str) -> None:
    assert is_document_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://client.example",
        "https://client.example/",
        "http://client.example/c",
        "https://client.example:8443/c",
        "https://client.example:0443/c",
        "https://user@client.example/c",
        "https://user:pass@client.example/c",
        "https://client.example/c#f",
        "https://client.example/../c",
        "https://client.example/a/./c",
        "https://client.example/a/..",
        "https://client.example/%2e%2E/c",
        "https://client.example/.%2e/c",
        "https://client.example/a\\c",
        "https://client.example/c c",
        "https://client.example/\u00e9",
        "https://client.example./c",
        "https://Client.example/c",
        "https://localhost/c",
        "https://127.0.0.1/c",
        "https://[::1]/c",
        "https://2130706433/c",
        "https://0x7f.1/c",
        "https://client.example/" + "c" * 490,
        "ftp://client.example/c",
        "https:/client.example/c",
        "https://client.example\n/c",
    ],
)
async def test_another_address_is_no_client_id_and_is_not_fetched(
    browser: Browser, web: Web, address: str
) -> None:
    assert not is_document_address(address)
    assert 400 == await asked(browser, address)
    assert [] == web.asked


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"<html>",
        b"{" * 5000,
        b"\xff\xfe{\x00}\x00",
        document(client_id="https://client.example/oauth/other.json"),
        document(client_id=CLIENT + "?a"),
        document(client_id=CLIENT.upper()),
        document(client_id=...),
        document(redirect_uris=...),
        document(redirect_uris=[]),
        document(redirect_uris=CALLBACK),
        document(redirect_uris=["http://evil.example/callback", "javascript:alert(1)"]),
        document(token_endpoint_auth_method="client_secret_post"),
        document(token_endpoint_auth_method="private_key_jwt", jwks={"keys": []}),
        document(token_endpoint_auth_method=..., token_endpoint_auth_methods_supported=["private_key_jwt"]),
        document(client_secret="a-secret"),
        document(grant_types=["client_credentials"]),
        document(response_types=["token"]),
    ],
)
async def test_a_document_that_is_not_the_clients_gets_a_page(
    browser: Browser, web: Web, body: bytes
) -> None:
    web.documents[CLIENT] = body
    page = await browser.authorize(CLIENT, redirect_uri=CALLBACK)

    assert 400 == page.status_code
    assert "Location" not in page.headers
    assert "evil" not in text_of(page)


@pytest.mark.parametrize(
    "changes",
    [
        {"token_endpoint_auth_method": ...},
        {"token_endpoint_auth_method": None},
        {"token_endpoint_auth_methods_supported": ["none", "private_key_jwt"], "jwks": {"keys": []}},
        {
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
            "jwks_uri": "https://client.example/keys",
        },
        {"grant_types": ..., "response_types": ...},
        {"redirect_uris": [CALLBACK, "vscode://a/b", "http://evil.example/", 7]},
        {"client_name": ...},
        {"logo_uri": "http://169.254.169.254/"},
    ],
    ids=str,
)
async def test_a_document_of_a_public_client_will_do(
    browser: Browser, web: Web, changes: dict[str, Any]
) -> None:
    web.documents[CLIENT] = document(**changes)

    assert 200 == await asked(browser)
    assert [CLIENT] == web.asked


async def test_an_address_the_server_does_not_accept_is_not_made_good_by_the_document(
    browser: Browser, web: Web
) -> None:
    web.documents[CLIENT] = document(redirect_uris=[CALLBACK, "http://evil.example/callback", "cursor://a/b"])

    for address in ("http://evil.example/callback", "cursor://a/b"):
        assert 400 == (await browser.authorize(CLIENT, redirect_uri=address)).status_code


@pytest.mark.parametrize("why", ["unreachable", "timeout", "not_public", "oversized", "not_a_document"])
async def test_a_document_that_cannot_be_had_is_not_the_same_as_none(
    browser: Browser, web: Web, clock: Clock, why: str
) -> None:
    web.documents[CLIENT] = why
    page = await browser.authorize(CLIENT, redirect_uri=CALLBACK)

    assert (503, "60") == (page.status_code, page.headers["Retry-After"])
    web.documents[CLIENT] = document()
    assert 503 == await asked(browser)
    clock.advance(60)
    assert 200 == await asked(browser)
    assert 2 == len(web.asked)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (None, 300),
        ("max-age=10", 300),
        ("no-store", 300),
        ("no-cache, max-age=3600", 300),
        ("public, max-age=3600", 3600),
        ("max-age=999999999", 24 * 3600),
        ("max-age=99999999999999999999", 300),
        ("max-age=x", 300),
    ],
)
async def test_a_document_is_kept_for_as_long_as_it_says_within_bounds(
    browser: Browser, web: Web, clock: Clock, said: str | None, seconds: int
) -> None:
    web.headers = {} if said is None else {"Cache-Control": said}
    assert 200 == await asked(browser)
    clock.advance(seconds - 1)
    assert 200 == await asked(browser)
    assert 1 == len(web.asked)
    clock.advance(1)
    assert 200 == await asked(browser)
    assert 2 == len(web.asked)


async def test_only_the_hosts_that_the_settings_name_are_asked(
    open_proxy: Callable[..., Functions], entra: PlayedEntra, web: Web
) -> None:
    browser = Browser(open_proxy({"SIGN_IN_CLIENTS": "claude.ai, other.example"}), entra)

    assert 400 == await asked(browser)
    assert [] == web.asked
    claude = "https://claude.ai/oauth/client"
    web.documents[claude] = document(client_id=claude)
    assert 200 == await asked(browser, claude)
    assert 400 == await asked(browser, "https://sub.claude.ai/oauth/client")


async def test_a_host_taken_off_the_list_gets_no_more_tokens(
    open_proxy: Callable[..., Functions], entra: PlayedEntra
) -> None:
    first = open_proxy()
    browser = Browser(first, entra)
    code = await browser.code(CLIENT, redirect_uri=CALLBACK)
    handle = json_of(await first.redeem(CLIENT, code, redirect_uri=CALLBACK))["refresh_token"]
    refused = await open_proxy({"SIGN_IN_CLIENTS": "claude.ai"}).refresh(CLIENT, handle)

    assert (401, "invalid_client") == (refused.status_code, json_of(refused)["error"])


async def test_one_document_of_a_host_is_fetched_at_a_time(
    functions: Functions, entra: PlayedEntra, web: Web
) -> None:
    addresses = [CLIENT] * 3 + [f"https://client.example/{number}" for number in range(3)]
    for address in addresses:
        web.documents[address] = document(client_id=address)
    statuses = await asyncio.gather(*(asked(Browser(functions, entra), address) for address in addresses))

    assert [200] * 6 == statuses
    assert 1 == web.most_under_way
    assert 4 == len(web.asked)


async def test_documents_of_several_hosts_are_fetched_at_once(
    functions: Functions, entra: PlayedEntra, web: Web
) -> None:
    addresses = [f"https://client{number}.example/c" for number in range(3)]
    for address in addresses:
        web.documents[address] = document(client_id=address)
    await asyncio.gather(*(asked(Browser(functions, entra), address) for address in addresses))

    assert 3 == web.most_under_way


async def test_an_address_makes_the_server_fetch_thirty_documents_a_minute(
    functions: Functions, web: Web
) -> None:
    async def ask(number: int, address: str = "203.0.113.7") -> Any:
        query = {"client_id": f"https://client.example/{number}", "redirect_uri": CALLBACK}
        return await functions.get("oauth_authorize", query, x_forwarded_for=address)

    answers = [await ask(number) for number in range(31)]
    await ask(31, "203.0.113.8")

    assert [503] * 30 + [429] == [each.status_code for each in answers]
    assert 31 == len(web.asked)
    # What is kept costs nothing.
    assert 503 == (await ask(0)).status_code


async def test_a_failed_fetch_is_named_in_no_page(browser: Browser, web: Web) -> None:
    async def fail(url: str) -> Fetched:
        raise NotFetchedError("not_public")

    web.documents[CLIENT] = "not_public"
    page = text_of(await browser.authorize(CLIENT, redirect_uri=CALLBACK))

    assert "not_public" not in page
    assert "client.example" not in page
