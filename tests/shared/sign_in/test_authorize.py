"""The authorization endpoint: what it refuses, where it says so, and that it asks each time."""

import pytest

from tests.shared.clock import Clock
from tests.shared.sign_in.browser import (
    MCP,
    ORIGIN,
    REDIRECT,
    Browser,
    Functions,
    challenge,
    changed,
    parameters_of,
    text_of,
)
from tests.shared.sign_in.played_entra import PlayedEntra

HOSTILE = [
    "",
    "/callback",
    "//evil.example/callback",
    "https://evil.example/callback",
    "http://evil.example/callback",
    "https://client.example.evil.example/callback",
    "https://client.example@evil.example/callback",
    "https://evil.example#@client.example/callback",
    "https://evil.example\\@client.example/callback",
    "https://client.example/callback/",
    "https://client.example/callback/../evil",
    "https://client.example/callback?next=https://evil.example",
    "https://client.example/callback#fragment",
    "https://client.example:444/callback",
    "https://CLIENT.example/callback",
    "https://client.example/Callback",
    " https://client.example/callback",
    "https://client.example/callback ",
    "https://client.example/callback\r\nLocation: https://evil.example",
    "https://client.example/callback\x00",
    "https://client.example/%63allback",
    "https://*.example/callback",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "vbscript:msgbox(1)",
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "http://127.0.0.1.evil.example:33418/callback",
    "http://127.0.0.2:33418/callback",
    "http://localhost:33418/callback",
    "http://[::1]:33418/callback",
    "http://127.0.0.1:33418/other",
    "http://127.0.0.1:33418/callback?a=b",
    "http://user@127.0.0.1:33418/callback",
    "http://127.0.0.1:99999/callback",
    "http://127.0.0.1:33418@evil.example/callback",
    "http://2130706433/callback",
    "https://127.0.0.1:33418/callback",
    f"{ORIGIN}/oauth/callback",
]


@pytest.fixture
async def client(functions: Functions) -> str:
    """A client with an https and a loopback address."""
    from tests.shared.sign_in.browser import json_of  # noqa: PLC0415

    made = await functions.register(redirect_uris=["https://client.example/callback", REDIRECT])
    return str(json_of(made)["client_id"])


@pytest.mark.parametrize("address", HOSTILE, ids=range(len(HOSTILE)))
async def test_a_hostile_redirect_address_gets_a_page_and_no_redirect(
    browser: Browser, client: str, address: str
) -> None:
    response = await browser.authorize(client, redirect_uri=address)

    assert 400 == response.status_code
    assert "text/html" == response.mimetype
    assert "Location" not in response.headers
    assert "Refresh" not in response.headers
    assert "evil" not in text_of(response)
    assert {} == browser.cookies


@pytest.mark.parametrize(
    "address", ["https://client.example/callback", REDIRECT, "http://127.0.0.1/callback"]
)
async def test_a_registered_redirect_address_is_asked_for_consent(
    browser: Browser, client: str, address: str
) -> None:
    assert 200 == (await browser.authorize(client, redirect_uri=address)).status_code


@pytest.mark.parametrize(
    "client_id",
    [
        "",
        "nobody",
        "dcr_",
        "dcr_" + "A" * 43,
        "A" * 43,
        "eeeeeeee-0000-4000-8000-000000000001",
        "<script>",
        "x" * 9000,
    ],
)
async def test_an_unknown_client_gets_a_page_and_no_redirect(browser: Browser, client_id: str) -> None:
    response = await browser.authorize(client_id)

    assert 400 == response.status_code
    assert "Location" not in response.headers
    assert not client_id or client_id not in text_of(response)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": challenge() + "="}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"request": "eyJ.eyJ."}, "request_not_supported"),
        ({"request_uri": "https://client.example/request"}, "request_uri_not_supported"),
        ({"resource": "https://graph.microsoft.com"}, "invalid_target"),
        ({"resource": f"{ORIGIN}/other"}, "invalid_target"),
        ({"resource": f"{MCP}//"}, "invalid_target"),
        ({"resource": f"{ORIGIN}.evil.example"}, "invalid_target"),
        ({"scope": "https://graph.microsoft.com/Mail.Read"}, "invalid_scope"),
        ({"scope": "access_as_user Mail.Read"}, "invalid_scope"),
        ({"scope": "access_as_user\u00a0"}, "invalid_scope"),
        ({"prompt": "none"}, "consent_required"),
        ({"prompt": "login none"}, "consent_required"),
    ],
)
async def test_a_wrong_request_of_a_known_client_is_told_to_the_client(
    browser: Browser, client_id: str, changes: dict[str, str | None], error: str
) -> None:
    response = await browser.authorize(client_id, **changes)
    told = parameters_of(response)

    assert response.headers["Location"].startswith(f"{REDIRECT}?")
    assert (error, "state-of-the-client", ORIGIN) == (told["error"], told["state"], told["iss"])
    assert {"error", "error_description", "state", "iss"} == set(told)
    assert {} == browser.cookies


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": None},
        {"scope": "access_as_user offline_access openid profile"},
        {"scope": "api://bbbbbbbb-0000-4000-8000-000000000001/access_as_user"},
        {"resource": None},
        {"resource": ORIGIN},
        {"resource": f"{ORIGIN}/"},
        {"resource": f"{MCP}/"},
        {"response_mode": "query"},
        {"prompt": "consent"},
        {"state": None},
        {"resource": ""},
        {"scope": ""},
        {"login_hint": "ana@example.com"},
    ],
)
async def test_what_clients_send_besides_is_understood(
    browser: Browser, client_id: str, changes: dict[str, str | None]
) -> None:
    address = await browser.consent(client_id, **changes)

    assert "ana" not in address
    assert MCP not in address


@pytest.mark.parametrize("state", ["tab\there", "umlaut-ä", "\x7f", "x" * 4097, "line\nbreak"])
async def test_a_state_that_is_not_visible_text_is_refused_and_not_handed_back(
    browser: Browser, client_id: str, state: str
) -> None:
    told = parameters_of(await browser.authorize(client_id, state=state))

    assert "invalid_request" == told["error"]
    assert "state" not in told


async def test_a_state_comes_back_as_it_was(browser: Browser, client_id: str, entra: PlayedEntra) -> None:
    state = "a b+c&d=e%20f#g?<\"'>,"
    back = await browser.come_back(entra.sign_in(await browser.consent(client_id, state=state)))

    assert state == parameters_of(back)["state"]


async def test_without_a_state_none_comes_back(browser: Browser, client_id: str, entra: PlayedEntra) -> None:
    back = await browser.come_back(entra.sign_in(await browser.consent(client_id, state=None)))

    assert {"code", "iss"} == set(parameters_of(back))


async def test_a_redirect_address_keeps_its_own_query(
    functions: Functions, browser: Browser, entra: PlayedEntra
) -> None:
    from tests.shared.sign_in.browser import json_of  # noqa: PLC0415

    address = "https://client.example/callback?tenant=a%20b"
    client_id = json_of(await functions.register(redirect_uris=[address]))["client_id"]
    back = await browser.come_back(entra.sign_in(await browser.consent(client_id, redirect_uri=address)))

    assert back.headers["Location"].startswith(f"{address}&code=")


async def test_consent_is_asked_for_each_time(browser: Browser, client_id: str) -> None:
    for _ in range(2):
        page = await browser.authorize(client_id)

        assert 'value="allow"' in text_of(page)
        await browser.come_back(browser.entra.sign_in(await browser.consent(client_id)))


async def test_a_host_header_changes_nothing(functions: Functions, client_id: str) -> None:
    forged = {"host": "evil.example", "x_forwarded_host": "evil.example", "forwarded": "host=evil.example"}
    metadata = await functions.get("oauth_authorization_server", **forged)
    resource = await functions.get("oauth_protected_resource_mcp", **forged)
    usual = {"client_id": client_id, "redirect_uri": REDIRECT, "response_type": "token"}
    told = await functions.get("oauth_authorize", changed(usual, {}), **forged)

    assert "evil.example" not in text_of(metadata) + text_of(resource) + told.headers["Location"]
    assert ORIGIN == parameters_of(told)["iss"]


async def test_an_address_that_begins_too_often_must_wait(
    functions: Functions, browser: Browser, client_id: str, clock: Clock
) -> None:
    usual = {"client_id": client_id, "redirect_uri": REDIRECT}
    answers = [
        await functions.get("oauth_authorize", usual, x_forwarded_for=f"10.0.0.{number}, 203.0.113.7:4711")
        for number in range(301)
    ]
    other = await functions.get("oauth_authorize", usual, x_forwarded_for="203.0.113.7, 203.0.113.8")

    assert [302] * 300 + [429] == [each.status_code for each in answers]
    assert "1" == answers[-1].headers["Retry-After"]
    assert 302 == other.status_code
