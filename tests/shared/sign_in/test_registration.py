"""Registration (RFC 7591): what is kept, what is refused, and that nothing is fetched."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.sign_in import registration
from shared.sign_in.routes import routes
from shared.storage.row_store import MemoryRows, Row
from tests.shared.clock import Clock
from tests.shared.sign_in.browser import ORIGIN, REDIRECT, Browser, Functions, json_of
from tests.shared.sign_in.conftest import Web
from tests.shared.sign_in.played_entra import down


async def refusal(functions: Functions, **changes: Any) -> tuple[int, str]:
    response = await functions.register(**changes)
    document = json_of(response)
    assert {"error", "error_description"} == set(document)
    return response.status_code, document["error"]


async def test_a_registration_says_what_was_kept(functions: Functions, clock: Clock) -> None:
    response = await functions.register(
        redirect_uris=[REDIRECT, "https://client.example/callback"],
        grant_types=["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        response_types=["code", "token"],
        client_name="A\u202e client",
        logo_uri="http://169.254.169.254/logo.png",
        jwks_uri="http://168.63.129.16/keys",
        contacts=["ana@example.com"],
        software_statement="eyJ.eyJ.x",
    )
    document = json_of(response)

    assert 201 == response.status_code
    assert "*" == response.headers["Access-Control-Allow-Origin"]
    assert "no-store" == response.headers["Cache-Control"]
    assert document.pop("client_id").startswith("dcr_")
    assert {
        "client_id_issued_at": int(clock()),
        "redirect_uris": [REDIRECT, "https://client.example/callback"],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "client_name": "A client",
    } == document


async def test_nothing_a_client_names_is_fetched(functions: Functions, web: Web) -> None:
    await functions.register(client_uri="https://client.example", jwks_uri="https://client.example/keys")

    assert [] == web.asked


@pytest.mark.parametrize(
    "method", ["client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth", "", 7]
)
async def test_a_client_that_wants_to_authenticate_is_refused(functions: Functions, method: object) -> None:
    assert (400, "invalid_client_metadata") == await refusal(functions, token_endpoint_auth_method=method)


@pytest.mark.parametrize(
    "changes",
    [
        {"grant_types": ["client_credentials"]},
        {"grant_types": ["implicit", "refresh_token"]},
        {"grant_types": "authorization_code"},
        {"grant_types": [1]},
        {"response_types": ["token"]},
        {"response_types": "code"},
    ],
)
async def test_a_client_without_the_code_grant_is_refused(
    functions: Functions, changes: dict[str, object]
) -> None:
    assert (400, "invalid_client_metadata") == await refusal(functions, **changes)


async def test_what_is_left_out_or_null_has_its_default(functions: Functions) -> None:
    body = {
        "redirect_uris": [REDIRECT],
        "token_endpoint_auth_method": None,
        "grant_types": None,
        "response_types": [],
        "client_name": None,
    }
    made = await functions.post(
        "oauth_register", json.dumps(body), content_type="application/json; charset=UTF-8"
    )

    assert 201 == made.status_code
    assert ["authorization_code"] == json_of(made)["grant_types"]
    assert "client_name" not in json_of(made)


@pytest.mark.parametrize(
    "addresses",
    [
        None,
        [],
        REDIRECT,
        {},
        [REDIRECT, None],
        [REDIRECT] * 6,
        ["http://client.example/callback"],
        ["http://192.168.1.1/callback"],
        ["http://localhost.evil.example/callback"],
        ["https://user@client.example/callback"],
        ["https://user:password@client.example/callback"],
        ["https://client.example/callback#fragment"],
        ["https://client.example/#"],
        ["https://*.client.example/callback"],
        ["https://client.example/*"],
        ["https://client.example\\callback"],
        ["https://client.example/call back"],
        ["https://client.example/callback\n"],
        ["https://client.example/\u202ecallback"],
        ["https://xn--.../callback"],
        ["https:///callback"],
        ["https://client/callback"],
        ["https://client.example:0/callback"],
        ["https://client.example:65536/callback"],
        ["javascript:alert(1)"],
        ["JavaScript:alert(1)//https://client.example"],
        ["data:text/html,x"],
        ["file:///C:/"],
        ["cursor://anysphere.cursor-mcp/oauth/callback"],
        ["myapp:/callback"],
        [f"{ORIGIN}/oauth/callback"],
        [f"{ORIGIN}:443/oauth/callback"],
        [f"{ORIGIN}"],
        ["https://client.example/" + "x" * 600],
        ["//client.example/callback"],
        ["callback"],
        ["*"],
    ],
    ids=str,
)
async def test_a_redirect_address_that_is_not_safe_is_refused(
    functions: Functions, addresses: object
) -> None:
    status, error = await refusal(functions, redirect_uris=addresses)

    assert (400, "invalid_redirect_uri") == (status, error)


@pytest.mark.parametrize(
    "address",
    [
        "https://claude.ai/api/mcp/auth_callback",
        "https://client.example",
        "https://client.example:8443/a?b=c&d=e",
        "http://localhost/callback",
        "http://localhost:1/",
        "http://[::1]:6274/oauth/callback/debug",
        "http://127.0.0.1",
    ],
)
async def test_usual_redirect_addresses_are_accepted(functions: Functions, address: str) -> None:
    assert 201 == (await functions.register(redirect_uris=[address])).status_code


async def test_a_private_scheme_is_accepted_where_the_settings_name_the_address(
    open_proxy: Callable[..., Functions], browser: Browser
) -> None:
    address = "cursor://anysphere.cursor-mcp/oauth/callback"
    functions = open_proxy({"SIGN_IN_REDIRECTS": address})
    made = await functions.register(redirect_uris=[address])
    browser.functions = functions
    page = await browser.authorize(json_of(made)["client_id"], redirect_uri=address)

    assert 201 == made.status_code
    assert 200 == page.status_code
    assert (400, "invalid_redirect_uri") == await refusal(functions, redirect_uris=[f"{address}/x"])


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "invalid_client_metadata"),
        (b"[]", "invalid_client_metadata"),
        (b"null", "invalid_client_metadata"),
        (b"{", "invalid_client_metadata"),
        (b"\xff\xfe{\x00}\x00", "invalid_client_metadata"),
        (b"[" * 16_000, "invalid_client_metadata"),
        (
            b'{"redirect_uris":["https://a.example/"],"redirect_uris":["https://b.example/"]}',
            "invalid_client_metadata",
        ),
    ],
    ids=["nothing", "list", "null", "half", "utf-16", "deep", "twice"],
)
async def test_a_body_that_is_no_json_object_is_refused(
    functions: Functions, body: bytes, error: str
) -> None:
    response = await functions.post("oauth_register", body, content_type="application/json")

    assert (400, error) == (response.status_code, json_of(response)["error"])


async def test_a_body_of_more_than_16_kb_or_of_another_kind_is_refused(functions: Functions) -> None:
    large = json.dumps({"redirect_uris": [REDIRECT], "client_name": "x" * 16_384})
    responses = [
        await functions.post("oauth_register", large, content_type="application/json"),
        await functions.post("oauth_register", "a=b"),
        await functions.post("oauth_register", "{}", content_type="application/jsonp"),
    ]

    assert [413, 400, 400] == [each.status_code for each in responses]
    assert {"invalid_request"} == {json_of(each)["error"] for each in responses}


async def test_the_eleventh_registration_of_an_address_in_a_minute_must_wait(
    functions: Functions, clock: Clock
) -> None:
    body = json.dumps({"redirect_uris": [REDIRECT]})

    async def register(address: str) -> Any:
        given = {"content_type": "application/json", "x_forwarded_for": address}
        return await functions.post("oauth_register", body, **given)

    answers = [await register(f"198.51.100.{number}, 203.0.113.7:50{number}") for number in range(11)]
    other = await register("203.0.113.8")
    clock.advance(6)

    assert [201] * 10 + [429] == [each.status_code for each in answers]
    assert "6" == answers[-1].headers["Retry-After"]
    assert 201 == other.status_code
    assert 201 == (await register("203.0.113.7")).status_code


async def test_addresses_of_version_6_count_by_their_network(functions: Functions) -> None:
    body = json.dumps({"redirect_uris": [REDIRECT]})
    answers = [
        await functions.post(
            "oauth_register",
            body,
            content_type="application/json",
            x_forwarded_for=f"[2001:db8:1:2::{number:x}]:443",
        )
        for number in range(11)
    ]

    assert 429 == answers[-1].status_code


async def test_the_10001st_registration_is_refused(
    functions: Functions, rows: MemoryRows, clock: Clock
) -> None:
    for number in range(registration.LIMIT_CLIENTS - 1):
        await rows.put(Row("client", str(number), b"", clock() + 1000))
    last = await functions.register()
    refused = await functions.register()

    assert [201, 429] == [last.status_code, refused.status_code]
    assert "3600" == refused.headers["Retry-After"]
    assert 10_000 == registration.LIMIT_CLIENTS


async def test_a_registration_ends_90_days_after_its_last_use(
    functions: Functions, browser: Browser, clock: Clock
) -> None:
    client_id = json_of(await functions.register())["client_id"]
    for _ in range(2):
        clock.advance(89 * 24 * 3600)
        assert 200 == (await browser.authorize(client_id)).status_code
    clock.advance(91 * 24 * 3600)

    assert 400 == (await browser.authorize(client_id)).status_code


async def test_with_the_storage_down_nobody_is_registered(functions: Functions, rows: MemoryRows) -> None:
    async def fail(*_: object) -> None:
        raise down()

    rows.put = fail  # type: ignore[method-assign]
    away = await functions.register()

    assert (503, "7") == (away.status_code, away.headers["Retry-After"])
    assert "temporarily_unavailable" == json_of(away)["error"]


async def test_without_the_setting_there_is_no_registration(open_proxy: Callable[..., Functions]) -> None:
    functions = open_proxy({"SIGN_IN_REGISTRATION": "false"})
    metadata = json_of(await functions.get("oauth_authorization_server"))

    assert "registration_endpoint" not in metadata
    assert "oauth_register" not in [route.name for route in routes(is_proxy=True, registers=False)]
    assert "oauth_register" in [route.name for route in routes(is_proxy=True, registers=True)]
