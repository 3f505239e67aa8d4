"""The way back from Entra: only of the browser that consented, once, and with tokens that are right."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.shared.clock import Clock
from tests.shared.issuer import CLIENT, OTHER_TENANT
from tests.shared.sign_in.browser import (
    ORIGIN,
    REDIRECT,
    Browser,
    Functions,
    handle_in,
    json_of,
    parameters_of,
    query_in,
    text_of,
)
from tests.shared.sign_in.conftest import MemoryRows
from tests.shared.sign_in.played_entra import PROXY, PlayedEntra, down

OTHER_USER = "dddddddd-0000-4000-8000-000000000002"


def link_in(page: Any) -> dict[str, str]:
    """What the page's link hands to the client."""
    return query_in(text_of(page).partition('href="')[2].partition('"')[0].replace("&amp;", "&"))


async def test_without_the_cookie_there_is_no_code(
    browser: Browser, functions: Functions, client_id: str, entra: PlayedEntra
) -> None:
    parameters = entra.sign_in(await browser.consent(client_id))
    refused = await Browser(functions, entra).come_back(parameters)

    assert 403 == refused.status_code
    assert "Location" not in refused.headers
    assert [] == entra.redemptions


async def test_with_the_cookie_of_another_sign_in_there_is_no_code(
    browser: Browser, functions: Functions, client_id: str, entra: PlayedEntra
) -> None:
    """A victim who has consented to a sign-in of their own is led to the attacker's way back."""
    victim = Browser(functions, entra)
    await victim.consent(client_id)
    parameters = entra.sign_in(await browser.consent(client_id))

    assert 403 == (await victim.come_back(parameters)).status_code
    assert [] == entra.redemptions
    # The attack has not used the sign-in of its rightful browser up.
    assert 302 == (await browser.come_back(parameters)).status_code


async def test_a_cookie_and_a_state_work_once(browser: Browser, client_id: str, entra: PlayedEntra) -> None:
    address = await browser.consent(client_id)
    cookies, parameters = dict(browser.cookies), entra.sign_in(address)
    first = await browser.come_back(parameters)
    browser.cookies = dict(cookies)
    again = await browser.come_back({**parameters, **entra.sign_in(address)})
    later_state = entra.sign_in(await browser.consent(client_id))["state"]
    browser.cookies = cookies
    reused = await browser.come_back({**parameters, "state": later_state})

    assert [302, 403, 403] == [each.status_code for each in (first, again, reused)]
    assert 1 == len(entra.redemptions)


async def test_a_state_made_before_the_approval_is_none(
    browser: Browser, client_id: str, entra: PlayedEntra
) -> None:
    page = await browser.authorize(client_id)
    handle, cookie = handle_in(page), browser.cookies["__Host-mcp-request"]
    browser.cookies["__Host-mcp-signin"] = cookie

    for state in (handle, cookie, "state-of-the-client", ""):
        assert 403 == (await browser.come_back({"code": "x", "state": state})).status_code
    assert [] == entra.redemptions


async def test_a_sign_in_takes_ten_minutes_at_most(
    browser: Browser, client_id: str, entra: PlayedEntra, clock: Clock
) -> None:
    parameters = entra.sign_in(await browser.consent(client_id))
    clock.advance(601)

    assert 403 == (await browser.come_back(parameters)).status_code


@pytest.mark.parametrize("number", [50105, 65001, 65004, 53003, 50076, 50020, 50057, 7000112, 90094, 99999])
async def test_a_refusal_of_entra_is_explained_in_our_own_words(
    browser: Browser, client_id: str, entra: PlayedEntra, number: int
) -> None:
    state = entra.sign_in(await browser.consent(client_id))["state"]
    told = f"AADSTS{number}: <script>alert(1)</script> user ana@example.com is not assigned. Trace ID: abc"
    page = await browser.come_back({"error": "access_denied", "error_description": told, "state": state})

    assert 403 == page.status_code
    assert f"AADSTS{number}" in text_of(page)
    assert "alert(1)" not in text_of(page)
    assert "ana@example.com" not in text_of(page)
    assert {"error": "access_denied", "state": "state-of-the-client", "iss": ORIGIN} == link_in(page)
    assert "Location" not in page.headers
    assert "Refresh" not in page.headers
    assert [] == entra.redemptions
    assert {} == browser.cookies


async def test_a_refusal_in_the_redemption_is_explained_too(
    browser: Browser, client_id: str, entra: PlayedEntra, rows: MemoryRows
) -> None:
    parameters = entra.sign_in(await browser.consent(client_id))
    entra.refusing = {
        "error": "invalid_grant",
        "error_codes": [53003],
        "error_description": "AADSTS53003 <b>",
    }
    page = await browser.come_back(parameters)

    assert 403 == page.status_code
    assert "Conditional Access" in text_of(page)
    assert 0 == await rows.count("code", 10) + await rows.count("family", 10)


async def test_with_entra_down_nothing_is_half_granted(
    browser: Browser, client_id: str, entra: PlayedEntra, rows: MemoryRows
) -> None:
    parameters = entra.sign_in(await browser.consent(client_id))
    entra.refusing = down()
    page = await browser.come_back(parameters)

    assert (503, "7") == (page.status_code, page.headers["Retry-After"])
    assert "temporarily_unavailable" == link_in(page)["error"]
    assert 0 == await rows.count("code", 10) + await rows.count("family", 10)


@pytest.mark.parametrize("error", ["temporarily_unavailable", "server_error"])
async def test_an_entra_that_says_it_is_away_is_not_told_as_a_refusal(
    browser: Browser, client_id: str, entra: PlayedEntra, error: str
) -> None:
    state = entra.sign_in(await browser.consent(client_id))["state"]
    page = await browser.come_back({"error": error, "error_description": "AADSTS90033", "state": state})

    assert (503, "5") == (page.status_code, page.headers["Retry-After"])
    assert "temporarily_unavailable" == link_in(page)["error"]


async def test_a_server_that_entra_does_not_accept_says_so(
    browser: Browser, client_id: str, entra: PlayedEntra
) -> None:
    parameters = entra.sign_in(await browser.consent(client_id))
    entra.refusing = {"error": "invalid_client", "error_codes": [700213]}

    assert 503 == (await browser.come_back(parameters)).status_code


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://graph.microsoft.com"},
        {"aud": PROXY},
        {"azp": CLIENT},
        {"iss": f"https://login.microsoftonline.com/{OTHER_TENANT}/v2.0", "tid": OTHER_TENANT},
        {"scp": "other"},
        {"scp": None},
        {"ver": "1.0"},
        {"exp": 1},
    ],
    ids=str,
)
async def test_an_access_token_that_the_server_would_refuse_is_handed_to_nobody(
    browser: Browser, client_id: str, entra: PlayedEntra, rows: MemoryRows, claims: dict[str, Any]
) -> None:
    parameters = entra.sign_in(await browser.consent(client_id))
    entra.claims = claims
    page = await browser.come_back(parameters)

    assert 403 == page.status_code
    assert 0 == await rows.count("code", 10)


async def test_a_token_of_another_client_is_none_although_any_may_call(
    open_proxy: Callable[..., Functions], entra: PlayedEntra
) -> None:
    functions = open_proxy({"ALLOWED_CLIENT_IDS": ""})
    browser = Browser(functions, entra)
    parameters = entra.sign_in(await browser.consent(json_of(await functions.register())["client_id"]))
    entra.claims = {"azp": CLIENT}

    assert 403 == (await browser.come_back(parameters)).status_code


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of-another-sign-in"},
        {"nonce": None},
        {"nonce": 7},
        {"aud": CLIENT},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"oid": OTHER_USER},
        {"tid": OTHER_TENANT},
    ],
    ids=str,
)
async def test_an_id_token_of_another_sign_in_is_refused(
    browser: Browser, client_id: str, entra: PlayedEntra, rows: MemoryRows, claims: dict[str, Any]
) -> None:
    parameters = entra.sign_in(await browser.consent(client_id))
    entra.id_claims = claims
    page = await browser.come_back(parameters)

    assert 403 == page.status_code
    assert 0 == await rows.count("code", 10)


async def test_an_id_token_without_profile_claims_will_do(
    browser: Browser, client_id: str, entra: PlayedEntra
) -> None:
    """`oid` needs the scope `profile`, which is not asked for."""
    parameters = entra.sign_in(await browser.consent(client_id))
    entra.id_claims = {"preferred_username": None, "name": None}

    assert 302 == (await browser.come_back(parameters)).status_code


async def test_a_code_without_an_error_parameter_is_needed(
    browser: Browser, client_id: str, entra: PlayedEntra
) -> None:
    state = entra.sign_in(await browser.consent(client_id))["state"]
    page = await browser.come_back({"state": state})

    assert 403 == page.status_code
    assert "Entra did not complete the sign-in." in text_of(page)


async def test_who_started_gets_the_code_with_the_issuer(
    browser: Browser, client_id: str, entra: PlayedEntra
) -> None:
    parameters = entra.sign_in(await browser.consent(client_id))
    back = await browser.come_back(parameters)

    assert back.headers["Location"].startswith(f"{REDIRECT}?")
    assert {"code", "state", "iss"} == set(parameters_of(back))
    assert parameters["code"] not in back.headers["Location"]
    assert "no-store" == back.headers["Cache-Control"]
    assert {} == browser.cookies


async def test_without_a_refresh_token_of_entra_there_is_no_handle(
    browser: Browser, functions: Functions, client_id: str, entra: PlayedEntra
) -> None:
    entra.without_refresh_token = True
    answer = json_of(await functions.redeem(client_id, await browser.code(client_id)))

    assert "refresh_token" not in answer
