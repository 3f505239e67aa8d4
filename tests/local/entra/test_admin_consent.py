from __future__ import annotations

import re

import pytest

from local.organisation import organisation
from tests.local.entra.entra_client import DEVOPS, GRAPH, answer, claims

SERVER = organisation().server_client_id


async def open_page(entra, path="/v2.0/adminconsent", **parameters):
    usual = {"client_id": SERVER, "scope": f"{GRAPH}/User.Read {DEVOPS}/vso.profile", "state": "s"}
    return await entra.http.get(f"/{entra.tenant}{path}", params={**usual, **parameters})


async def press(entra, page, decision="accept"):
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)[1]
    return await entra.http.post(page.url, data={"ticket": ticket, "decision": decision})


async def test_the_page_names_the_application_and_the_permissions(entra):
    page = await open_page(entra)

    assert "m365-devops-mcp (local)" in page.text
    assert ["User.Read", "vso.profile"] == re.findall("<li>(.*?)</li>", page.text)


async def test_an_accepted_consent_lets_the_next_exchange_succeed(entra):
    assertion = await entra.issue(user="dmitri")
    assert 400 == (await entra.exchange(assertion)).status_code

    accepted = await press(entra, await open_page(entra))
    assert (200, True) == (accepted.status_code, "Granted" in accepted.text)
    issued = (await entra.exchange(assertion)).json()
    assert "User.Read" == claims(issued["access_token"])["scp"]


async def test_a_registered_redirect_uri_gets_the_answer(entra):
    callback = f"{entra.layout.host}/.auth/login/aad/callback"
    told = answer(await press(entra, await open_page(entra, redirect_uri=callback)))

    expected = {
        "admin_consent": "True",
        "tenant": entra.tenant,
        "scope": f"{GRAPH}/User.Read https://app.vssps.visualstudio.com/vso.profile",
        "state": "s",
    }
    assert expected == told


async def test_a_foreign_redirect_uri_gets_nothing(entra):
    accepted = await press(entra, await open_page(entra, redirect_uri="https://evil.example/"))

    assert (200, None) == (accepted.status_code, accepted.headers.get("location"))


async def test_a_declined_consent_grants_nothing(entra):
    callback = f"{entra.layout.host}/.auth/login/aad/callback"
    told = answer(await press(entra, await open_page(entra, redirect_uri=callback), "cancel"))

    assert "access_denied" == told["error"]
    assert 400 == (await entra.exchange(await entra.issue(user="dmitri"))).status_code


async def test_the_page_works_once(entra):
    page = await open_page(entra)
    await press(entra, page)

    assert 400 == (await press(entra, page)).status_code


async def test_a_made_up_ticket_grants_nothing(entra):
    response = await entra.http.post(
        f"/{entra.tenant}/v2.0/adminconsent", data={"ticket": "made-up", "decision": "accept"}
    )

    assert 400 == response.status_code
    assert [] == entra.events("consent_granted")


@pytest.mark.parametrize(
    ("path", "scope"), [("/v2.0/adminconsent", f"{GRAPH}/.default"), ("/adminconsent", "")]
)
async def test_default_and_the_older_form_grant_what_is_configured(entra, path, scope):
    await press(entra, await open_page(entra, path, scope=scope))

    granted = {entry["resource"]: entry["scopes"] for entry in entra.events("consent_granted")}
    assert organisation().document["consents"][0]["scopes"] == granted["graph"]
    assert ("devops" in granted) == (path == "/adminconsent")


@pytest.mark.parametrize(
    ("parameters", "aadsts"),
    [
        ({"client_id": ""}, 900144),
        ({"client_id": "<script>"}, 700016),
        ({"scope": ""}, 900144),
        ({"scope": "api://<script>/x"}, 500011),
        ({"scope": "User.Everything"}, 70011),
    ],
)
async def test_a_wrong_request_shows_an_escaped_error(entra, parameters, aadsts):
    page = await open_page(entra, **parameters)

    assert 400 == page.status_code
    assert f"AADSTS{aadsts}:" in page.text
    assert "<script>" not in page.text
