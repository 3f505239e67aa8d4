"""The second confidential client: it signs users in to the server for clients that Entra does not know."""

from __future__ import annotations

from typing import Any

import pytest

from local.entra.credentials import ASSERTION_TYPE
from local.organisation import organisation
from tests.local.entra.entra_client import REDIRECT, VERIFIER, answer, challenge, claims, refusal

PROXY = organisation().document["sign_in_proxy"]["client_id"]
SERVER = organisation().server_client_id
SCOPE = f"api://{SERVER}/access_as_user"


def assertion(entra, **changes: str) -> dict[str, str]:
    issued = entra.authority.tokens.identity_token("api://AzureADTokenExchange").token
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": issued, **changes}


def callback(entra) -> str:
    return f"{entra.layout.host}/oauth/callback"


async def authorize(entra, **changes: str | None):
    usual = {
        "client_id": PROXY,
        "redirect_uri": callback(entra),
        "scope": f"{SCOPE} openid offline_access",
        "nonce": "n-0S6_WzA2Mj",
    }
    return await entra.authorize(**{**usual, **changes})


async def redeem(entra, code: str, **changes: str | None):
    usual = {"client_id": PROXY, "redirect_uri": callback(entra), **assertion(entra)}
    return await entra.redeem(code, **{**usual, **changes})


async def register(entra, **wanted: Any) -> None:
    response = await entra.http.post("/_control/entra/registration", json=wanted)
    assert 204 == response.status_code, response.text


async def proxy_object(entra) -> dict[str, Any]:
    objects = (await entra.http.get("/_control/entra/directory")).json()
    return next(each for each in objects["applications"] if each["appId"] == PROXY)


async def test_a_code_is_redeemed_by_the_managed_identitys_assertion_for_tokens_of_the_server(entra):
    issued = (await redeem(entra, answer(await authorize(entra))["code"])).json()

    access, identity = claims(issued["access_token"]), claims(issued["id_token"])
    assert (SERVER, PROXY, "2", "access_as_user") == tuple(
        access[name] for name in ("aud", "azp", "azpacr", "scp")
    )
    assert (PROXY, "n-0S6_WzA2Mj", access["tid"]) == tuple(identity[name] for name in ("aud", "nonce", "tid"))
    assert "oid" not in identity
    assert f"openid {SCOPE}" == issued["scope"]


async def test_a_refresh_token_gives_the_next_tokens_to_the_proxy_alone(entra):
    first = (await redeem(entra, answer(await authorize(entra))["code"])).json()
    wanted = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], "scope": SCOPE}

    renewed = await entra.token(client_id=PROXY, **wanted, **assertion(entra))
    unproved = await entra.token(client_id=PROXY, **wanted)
    elsewhere = await entra.token(client_id=SERVER, **wanted, **assertion(entra))

    assert {"access_token", "refresh_token"} <= renewed.json().keys()
    assert SERVER == claims(renewed.json()["access_token"])["aud"]
    assert (401, "invalid_client", 7000218) == refusal(unproved)
    assert (400, "invalid_grant", 70000) == refusal(elsewhere)


@pytest.mark.parametrize(
    ("credential", "aadsts"),
    [
        ({"client_assertion": None, "client_assertion_type": None}, 7000218),
        ({"client_assertion_type": None}, 7000218),
        ({"client_assertion": None, "client_assertion_type": None, "client_secret": "the server's"}, 7000215),
    ],
)
async def test_nothing_but_the_assertion_proves_the_proxy(entra, credential, aadsts):
    if credential.get("client_secret"):
        credential = {**credential, "client_secret": entra.layout.secret("client_secret")}

    refused = await redeem(entra, answer(await authorize(entra))["code"], **credential)

    assert (401, "invalid_client", aadsts) == refusal(refused)


@pytest.mark.parametrize(
    "redirect",
    [
        REDIRECT,
        "http://localhost:7071/oauth/callback/",
        "http://localhost:7072/oauth/callback",
        "http://localhost:7071/OAuth/callback",
        "http://127.0.0.1:7071/oauth/callback",
        "http://localhost:7071/oauth/callback?more=1",
    ],
)
async def test_its_redirect_address_is_exact(entra, redirect):
    refused = await authorize(entra, redirect_uri=redirect)

    assert 400 == refused.status_code
    assert "AADSTS50011:" in refused.text


@pytest.mark.parametrize(
    ("changes", "error", "aadsts"),
    [
        ({"resource": "https://mcp.example/runtime/webhooks/mcp"}, "invalid_target", 9010010),
        ({"prompt": "always"}, "invalid_request", 90023),
        ({"code_challenge": "short"}, "invalid_request", 501491),
        ({"code_challenge_method": "plain"}, "invalid_request", 501491),
        ({"code_challenge": None}, "invalid_request", 501491),
        ({"scope": "https://graph.microsoft.com/User.Read"}, "consent_required", 65001),
    ],
)
async def test_what_entra_refuses_goes_to_the_redirect_address(entra, changes, error, aadsts):
    refused = answer(await authorize(entra, **changes))

    assert (error, "xyz") == (refused["error"], refused["state"])
    assert refused["error_description"].startswith(f"AADSTS{aadsts}: ")


async def test_a_confidential_client_may_do_without_a_challenge(entra):
    code = answer(await authorize(entra, code_challenge=None, code_challenge_method=None))["code"]

    assert 200 == (await redeem(entra, code, code_verifier=None)).status_code


async def test_the_verifier_counts_where_a_challenge_was_sent(entra):
    code = answer(await authorize(entra, code_challenge=challenge(VERIFIER)))["code"]

    refused = await redeem(entra, code, code_verifier="another-verifier-another-verifier-another-one")

    assert (400, "invalid_grant", 501481) == refusal(refused)


async def test_a_client_asks_for_its_own_token_by_its_guid_alone(entra):
    own = {"client_id": SERVER, "redirect_uri": f"{entra.layout.host}/.auth/login/aad/callback"}
    entra.authority.registrations.pre_authorize([SERVER])
    server = entra.authority.registrations.resource("server")
    entra.authority.consents.grant(None, entra.authority.registrations.server, server, server.permissions)

    refused = answer(await entra.authorize(**own, scope=SCOPE))
    asked = answer(await entra.authorize(**own, scope=f"{SERVER}/access_as_user offline_access"))
    proof = {"client_id": SERVER, **assertion(entra)}
    issued = await entra.redeem(asked["code"], redirect_uri=own["redirect_uri"], **proof)
    kept = {"grant_type": "refresh_token", "refresh_token": issued.json()["refresh_token"]}
    renewed = await entra.token(**kept, **proof, scope=SCOPE)

    assert refused["error_description"].startswith("AADSTS90009: ")
    assert 200 == issued.status_code
    assert (400, "invalid_request", 90009) == refusal(renewed)


async def test_select_account_shows_the_page_to_somebody_already_named(entra):
    page = await authorize(entra, prompt="select_account", login_hint="ana")

    assert (200, True) == (page.status_code, "Ana Duarte" in page.text)


async def test_a_user_who_is_not_assigned_is_refused_at_both_endpoints(entra):
    admitted = answer(await authorize(entra))["code"]
    await register(entra, assigned=["ben"])

    asked = answer(await authorize(entra))
    redeemed = await redeem(entra, admitted)

    assert "access_denied" == asked["error"]
    assert asked["error_description"].startswith("AADSTS50105: ")
    assert (400, "invalid_grant", 50105) == refusal(redeemed)
    assert "code" in answer(await authorize(entra, login_hint="ben"))
    await register(entra, assigned=None)
    assert "code" in answer(await authorize(entra))


async def test_a_user_whom_conditional_access_blocks_is_refused_at_both_endpoints(entra):
    admitted = answer(await authorize(entra, login_hint="farid"))["code"]
    policies = [{"user": "farid", "resource": "server", "aadsts": 53003}]
    await entra.http.post("/_control/entra/conditional-access", json=policies)

    asked = answer(await authorize(entra, login_hint="farid"))
    redeemed = await redeem(entra, admitted)

    assert asked["error_description"].startswith("AADSTS53003: ")
    assert "access_denied" == asked["error"]
    assert (400, "interaction_required", 53003) == refusal(redeemed)
    assert "code" in answer(await authorize(entra))


@pytest.mark.parametrize("policies", [[{"user": "farid"}], [{"user": "a", "resource": "b", "aadsts": 1}], 3])
async def test_a_policy_that_makes_no_sense_is_refused(entra, policies):
    response = await entra.http.post("/_control/entra/conditional-access", json=policies)

    assert 400 == response.status_code


async def test_a_proxy_that_is_not_pre_authorized_needs_consent(entra):
    await register(entra, pre_authorized=[])

    assert "AADSTS65001" in answer(await authorize(entra))["error_description"]


async def test_the_directory_tells_its_registration(entra):
    told = await proxy_object(entra)
    objects = (await entra.http.get("/_control/entra/directory")).json()
    server = next(each for each in objects["applications"] if each["appId"] == SERVER)
    [scope] = server["api"]["oauth2PermissionScopes"]

    assert {"redirectUris": [callback(entra)]} == told["web"]
    assert [{"resourceAppId": SERVER, "resourceAccess": [{"id": scope["id"], "type": "Scope"}]}] == told[
        "requiredResourceAccess"
    ]
    assert PROXY in {each["appId"] for each in server["api"]["preAuthorizedApplications"]}
    [subject] = {each["subject"] for each in objects["federatedIdentityCredentials"]}
    assert organisation().document["managed_identity"]["principal_id"] == subject
    assert told["id"] in {each["applicationId"] for each in objects["federatedIdentityCredentials"]}


async def test_mistakes_in_its_registration_are_told_and_met(entra):
    code = answer(await authorize(entra))["code"]
    await register(entra, sign_in_proxy={"federated_credential": {"subject": "somebody else"}})
    assert (401, "invalid_client", 700213) == refusal(await redeem(entra, code))

    await register(
        entra, sign_in_proxy={"requested": [], "redirect_uris": ["https://old.example/oauth/callback"]}
    )
    told = await proxy_object(entra)
    assert ([], ["https://old.example/oauth/callback"]) == (
        told["requiredResourceAccess"],
        told["web"]["redirectUris"],
    )
    assert "AADSTS50011:" in (await authorize(entra)).text

    await register(entra, sign_in_proxy=None)
    assert "AADSTS700016:" in (await authorize(entra)).text
    objects = (await entra.http.get("/_control/entra/directory")).json()
    assert PROXY not in {each["appId"] for each in objects["applications"]}
    assert 1 == len(objects["federatedIdentityCredentials"])
