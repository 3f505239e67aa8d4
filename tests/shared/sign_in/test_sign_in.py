"""A sign-in from its beginning to its end, as clients and people go through it."""

import json

from shared.sign_in.sign_in_proxy import SignInProxy
from tests.shared.issuer import SERVER, USER
from tests.shared.sign_in.browser import (
    MCP,
    ORIGIN,
    REDIRECT,
    Browser,
    Functions,
    json_of,
    onward,
    parameters_of,
    query_in,
    text_of,
)
from tests.shared.sign_in.conftest import Web
from tests.shared.sign_in.played_entra import AUTHORIZE, PROXY, PlayedEntra

SCOPE = f"api://{SERVER}/access_as_user"
DOCUMENT = "https://client.example/oauth/client.json"


async def test_a_registered_client_gets_entras_token_and_a_handle(
    browser: Browser, functions: Functions, client_id: str, entra: PlayedEntra
) -> None:
    address = await browser.consent(client_id)
    sent = query_in(address)
    back = await browser.come_back(entra.sign_in(address))
    given = parameters_of(back)
    answer = json_of(await functions.redeem(client_id, given["code"]))

    assert address.startswith(f"{AUTHORIZE}?")
    assert (PROXY, f"{ORIGIN}/oauth/callback") == (sent["client_id"], sent["redirect_uri"])
    assert f"{SCOPE} openid offline_access" == sent["scope"]
    assert ("select_account", "query", "S256") == (
        sent["prompt"],
        sent["response_mode"],
        sent["code_challenge_method"],
    )
    assert back.headers["Location"].startswith(f"{REDIRECT}?")
    assert ("state-of-the-client", ORIGIN) == (given["state"], given["iss"])
    assert ("Bearer", SCOPE) == (answer["token_type"], answer["scope"])
    assert 3900 < answer["expires_in"] <= 4000
    assert USER == entra.issuer.claims()["oid"]
    assert 43 == len(answer["refresh_token"])
    assert answer["refresh_token"] not in [token for _, token in entra.redemptions]


async def test_a_client_with_a_document_signs_in_without_registration(
    browser: Browser, functions: Functions, web: Web
) -> None:
    web.documents[DOCUMENT] = json.dumps(
        {
            "client_id": DOCUMENT,
            "client_name": "Documented",
            "redirect_uris": ["https://client.example/callback"],
            "grant_types": ["authorization_code"],
            "token_endpoint_auth_method": "none",
        }
    ).encode()
    page = await browser.authorize(DOCUMENT, redirect_uri="https://client.example/callback")
    address = onward(await browser.decide(page))
    code = parameters_of(await browser.come_back(browser.entra.sign_in(address)))["code"]
    answer = json_of(await functions.redeem(DOCUMENT, code, redirect_uri="https://client.example/callback"))

    assert "Documented" in text_of(page)
    assert "client.example" in text_of(page)
    assert answer["access_token"]
    assert "refresh_token" not in answer
    assert [DOCUMENT] == web.asked


async def test_a_handle_is_refreshed_into_a_new_one(
    browser: Browser, functions: Functions, client_id: str
) -> None:
    first = json_of(await functions.redeem(client_id, await browser.code(client_id)))
    second = json_of(await functions.refresh(client_id, first["refresh_token"], resource=MCP))
    third = json_of(await functions.refresh(client_id, second["refresh_token"]))

    assert 3 == len({each["refresh_token"] for each in (first, second, third)})
    assert 3 == len({each["access_token"] for each in (first, second, third)})


async def test_every_endpoint_is_named_by_the_metadata(functions: Functions) -> None:
    metadata = json_of(await functions.get("oauth_authorization_server"))

    assert ORIGIN == metadata["issuer"]
    assert f"{ORIGIN}/oauth/authorize" == metadata["authorization_endpoint"]
    assert f"{ORIGIN}/oauth/token" == metadata["token_endpoint"]
    assert f"{ORIGIN}/oauth/register" == metadata["registration_endpoint"]
    assert ["S256"] == metadata["code_challenge_methods_supported"]
    assert [SCOPE] == metadata["scopes_supported"]
    assert metadata["client_id_metadata_document_supported"] is True
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert isinstance(functions.proxy, SignInProxy)
