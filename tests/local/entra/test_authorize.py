from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from local.organisation import organisation
from tests.local.entra.entra_client import (
    COMMAND_LINE,
    NOBODYS_APP,
    REDIRECT,
    VERIFIER,
    answer,
    challenge,
    claims,
)

VISUAL_STUDIO_CODE = "aebc6443-996d-45c2-90f0-388ff96faa56"
POLICY = '{"access_token":{"polids":{"essential":true,"values":["p"]}}}'


async def test_the_page_offers_every_user_the_hinted_one_first(entra):
    response = await entra.authorize(prompt=None, login_hint="hugo.meier@larkspur.example")

    offered = [part.split('"')[0] for part in response.text.split('name="user" value="')[1:]]
    assert "hugo" == offered[0]
    assert {user.alias for user in organisation().users} == set(offered)


async def test_the_page_escapes_what_the_request_brings(entra):
    response = await entra.authorize(prompt=None, state='"><script>alert(1)</script>')

    assert "<script>alert" not in response.text
    assert "&lt;script&gt;alert(1)" in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]


async def test_picking_a_user_redirects_with_a_code_and_the_state(entra):
    request = {
        "client_id": COMMAND_LINE,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": f"{entra.layout.host}/access_as_user",
        "state": "s p a c e",
        "code_challenge": challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    response = await entra.http.post(
        f"/{entra.tenant}/oauth2/v2.0/authorize", data={**request, "user": "chiara"}
    )

    assert response.headers["location"].startswith(f"{REDIRECT}?")
    assert "s p a c e" == answer(response)["state"]
    issued = (await entra.redeem(answer(response)["code"])).json()
    assert "Chiara Rossi" == claims(issued["access_token"])["name"]
    signed_in = [(entry["user"], entry["mfa"]) for entry in entra.events("signed_in")]
    assert [("chiara", False)] == signed_in


async def test_a_link_cannot_pick_the_user(entra):
    response = await entra.authorize(prompt=None, user="ana", mfa="on")

    assert (200, "text/html; charset=utf-8") == (response.status_code, response.headers["content-type"])


@pytest.mark.parametrize("hint", ["ben", "ben.osei@larkspur.example", "BEN"])
async def test_a_hint_without_a_prompt_redirects_at_once(entra, hint):
    issued = (await entra.redeem(await entra.code(login_hint=hint))).json()

    assert "Ben Osei" == claims(issued["access_token"])["name"]


@pytest.mark.parametrize(
    ("changes", "aadsts"),
    [
        ({"client_id": None}, 900144),
        ({"client_id": "11111111-2222-4333-8444-555555555555"}, 700016),
        ({"redirect_uri": None}, 50011),
        ({"redirect_uri": "https://evil.example/callback"}, 50011),
        ({"redirect_uri": "http://localhost.evil.example/callback"}, 50011),
        ({"redirect_uri": "http://user@localhost/callback"}, 50011),
        ({"redirect_uri": "http://localhost:1/callback#there"}, 50011),
        ({"redirect_uri": "https://vscode.dev/redirect"}, 50011),
        ({"redirect_uri": "javascript:alert(1)"}, 50011),
        ({"redirect_uri": "http://[::1"}, 50011),
        ({"client_id": organisation().server_client_id}, 50011),
    ],
)
async def test_an_error_before_the_redirect_uri_is_certain_shows_a_page(entra, changes, aadsts):
    response = await entra.authorize(**changes)

    assert 400 == response.status_code
    assert f"AADSTS{aadsts}:" in response.text


async def test_another_tenant_shows_a_page(entra):
    response = await entra.http.get("/11111111-2222-4333-8444-555555555555/oauth2/v2.0/authorize")

    assert 400 == response.status_code
    assert "AADSTS90002:" in response.text


@pytest.mark.parametrize(
    ("changes", "error", "aadsts"),
    [
        ({"response_type": None}, "invalid_request", 900144),
        ({"response_type": "token"}, "unsupported_response_type", 700051),
        ({"response_mode": "smoke"}, "invalid_request", 90023),
        ({"scope": None}, "invalid_request", 900144),
        ({"scope": "access_as_user"}, "invalid_client", 650053),
        ({"scope": "api://nobody/access_as_user"}, "invalid_resource", 500011),
        ({"scope": "User.Read http://localhost:7071/access_as_user"}, "invalid_request", 28000),
        ({"scope": "User.Read .default"}, "invalid_scope", 70011),
        ({"resource": "https://graph.microsoft.com"}, "invalid_target", 9010010),
        ({"resource": "http://localhost:7071/other"}, "invalid_target", 9010010),
        ({"code_challenge": None}, "invalid_request", 9002325),
        ({"code_challenge_method": "plain"}, "invalid_request", 9002325),
        ({"code_challenge": "short"}, "invalid_request", 9002325),
        ({"client_id": NOBODYS_APP}, "consent_required", 65001),
        ({"scope": "User.Read"}, "consent_required", 65001),
        ({"login_hint": None}, "login_required", 50058),
        ({"login_hint": "mallory"}, "login_required", 50058),
        ({"claims": "{not json"}, "invalid_request", 90023),
        ({"claims": '{"access_token": 7}'}, "invalid_request", 90023),
        ({"claims": POLICY}, "interaction_required", 50076),
    ],
)
async def test_a_later_error_goes_back_to_the_client_with_the_state(entra, changes, error, aadsts):
    told = answer(await entra.authorize(**changes))

    assert (error, "xyz") == (told["error"], told["state"])
    assert told["error_description"].startswith(f"AADSTS{aadsts}: ")
    assert "code" not in told


@pytest.mark.parametrize("name", ["host", "mcp_url"])
async def test_the_servers_own_addresses_are_resources(entra, name):
    told = answer(await entra.authorize(resource=getattr(entra.layout, name)))

    assert "error" not in told


@pytest.mark.parametrize("tenant", ["common", "organizations", "larkspur.example"])
async def test_a_public_client_may_leave_the_tenant_open(entra, tenant):
    entra.tenant = tenant

    assert "code" in answer(await entra.authorize())


async def test_the_editor_may_come_back_through_its_site(entra):
    response = await entra.authorize(client_id=VISUAL_STUDIO_CODE, redirect_uri="https://vscode.dev/redirect")

    assert response.headers["location"].startswith("https://vscode.dev/redirect?code=")


async def test_the_answer_travels_in_the_fragment_when_asked(entra):
    response = await entra.authorize(response_mode="fragment")

    assert "code" in dict(parse_qsl(urlsplit(response.headers["location"]).fragment))


async def test_the_answer_is_posted_when_asked(entra):
    response = await entra.authorize(response_mode="form_post", state="a&b")

    assert 200 == response.status_code
    assert f'action="{REDIRECT}"' in response.text
    assert 'name="code"' in response.text
    assert 'name="state" value="a&amp;b"' in response.text


async def test_a_claims_challenge_leads_to_a_sign_in_with_mfa(entra):
    page = await entra.authorize(prompt=None, claims=POLICY)
    assert 'name="mfa" value="on" checked' in page.text

    told = answer(await entra.http.post(page.url, data={"user": "farid"}))
    issued = (await entra.redeem(told["code"])).json()
    assert ["pwd", "mfa"] == claims(issued["access_token"])["amr"]


async def test_the_box_on_the_page_is_a_sign_in_with_mfa(entra):
    page = await entra.authorize(prompt=None)
    assert " checked" not in page.text

    told = answer(await entra.http.post(page.url, data={"user": "ana", "mfa": "on"}))
    issued = (await entra.redeem(told["code"])).json()
    assert ["pwd", "mfa"] == claims(issued["access_token"])["amr"]


async def test_somebody_who_cancels_is_told_to_the_client(entra):
    request = {"client_id": COMMAND_LINE, "redirect_uri": REDIRECT, "response_type": "code", "state": "s"}
    sent = {"scope": f"{entra.layout.host}/access_as_user", "code_challenge": challenge(VERIFIER)}
    method = {"code_challenge_method": "S256", "cancel": "on"}
    response = await entra.http.post(
        f"/{entra.tenant}/oauth2/v2.0/authorize", data={**request, **sent, **method}
    )

    assert ("access_denied", "s") == (answer(response)["error"], answer(response)["state"])
    assert answer(response)["error_description"].startswith("AADSTS65004: ")
