from __future__ import annotations

import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from local.organisation import organisation
from tests.local.entra.entra_client import (
    COMMAND_LINE,
    DEVOPS,
    GRAPH,
    VERIFIER,
    Entra,
    answer,
    claims,
    refusal,
)

SERVER = organisation().server_client_id
ALL_OF_ANA = organisation().document["consents"][0]["scopes"]


async def test_a_token_for_the_server_becomes_a_version_1_token_for_graph(entra: Entra):
    issued = (await entra.exchange(await entra.issue(user="ana"))).json()

    token = claims(issued["access_token"])
    times = {name: token.pop(name) for name in ("iat", "nbf", "exp")}
    assert token.pop("sub")
    assert token.pop("uti")
    ana = organisation().user("ana")
    expected = {
        "aud": GRAPH,
        "iss": f"https://sts.windows.net/{entra.tenant}/",
        "acr": "1",
        "amr": ["pwd"],
        "app_displayname": "m365-devops-mcp (local)",
        "appid": SERVER,
        "appidacr": "1",
        "family_name": "Duarte",
        "given_name": "Ana",
        "idtyp": "user",
        "name": "Ana Duarte",
        "oid": ana.object_id,
        "scp": " ".join(ALL_OF_ANA),
        "tid": entra.tenant,
        "unique_name": "ana.duarte@larkspur.example",
        "upn": "ana.duarte@larkspur.example",
        "ver": "1.0",
    }
    assert expected == token
    assert issued["expires_in"] == times["exp"] - times["iat"]
    assert 3600 <= issued["expires_in"] < 5400


async def test_the_answer_names_all_consented_scopes_as_the_request_called_the_resource(entra):
    issued = (await entra.exchange(await entra.issue(user="ana"))).json()

    assert [f"{GRAPH}/{name}" for name in ALL_OF_ANA] == issued["scope"].split()
    assert {"token_type", "scope", "expires_in", "ext_expires_in", "access_token"} == set(issued)


async def test_default_stands_for_everything_consented(entra):
    issued = (await entra.exchange(await entra.issue(user="chiara"), scope=f"{DEVOPS}/.default")).json()

    assert DEVOPS == claims(issued["access_token"])["aud"]
    assert (
        "vso.profile vso.project vso.work vso.build vso.test vso.code vso.wiki"
        == claims(issued["access_token"])["scp"]
    )
    assert issued["scope"].endswith(f"{DEVOPS}/.default")


@pytest.mark.parametrize(
    ("scope", "audience"),
    [
        ("User.Read Mail.Read", GRAPH),
        ("https://GRAPH.microsoft.com/user.read", GRAPH),
        ("https://app.vssps.visualstudio.com/vso.work", DEVOPS),
        (f"{DEVOPS}/vso.work {DEVOPS}/vso.build openid profile", DEVOPS),
    ],
)
async def test_a_resource_goes_by_several_names(entra, scope, audience):
    issued = (await entra.exchange(await entra.issue(user="ana"), scope=scope)).json()

    assert audience == claims(issued["access_token"])["aud"]


async def test_offline_access_gives_a_refresh_token_and_openid_an_id_token(entra):
    scope = f"{GRAPH}/User.Read offline_access openid profile"
    issued = (await entra.exchange(await entra.issue(user="ana"), scope=scope)).json()

    assert SERVER == claims(issued["id_token"])["aud"]
    secret = entra.layout.secret("client_secret")
    form = {"grant_type": "refresh_token", "client_id": SERVER, "client_secret": secret}
    renewed = (await entra.token(**form, refresh_token=issued["refresh_token"])).json()
    assert GRAPH == claims(renewed["access_token"])["aud"]


async def test_a_client_that_understands_challenges_gets_a_long_token(entra):
    declared = json.dumps({"access_token": {"xms_cc": {"values": ["CP1"]}}})
    issued = (await entra.exchange(await entra.issue(user="ana"), claims=declared)).json()

    assert ["CP1"] == claims(issued["access_token"])["xms_cc"]
    assert 20 * 3600 <= issued["expires_in"] < 28 * 3600


async def test_a_token_for_a_claims_challenge_is_valid_from_the_moment_it_names(entra):
    capable = {"xms_cc": {"values": ["cp1"]}}
    moment = int(entra.authority.clock()) - 5
    challenged = {**capable, "nbf": {"essential": True, "value": str(moment)}}

    plain = await entra.exchange(await entra.issue(), claims=json.dumps({"access_token": capable}))
    answering = await entra.exchange(await entra.issue(), claims=json.dumps({"access_token": challenged}))
    wrong = await entra.exchange(
        await entra.issue(), claims=json.dumps({"access_token": {"nbf": {"value": "yesterday"}}})
    )

    assert claims(plain.json()["access_token"])["nbf"] < moment
    assert moment == claims(answering.json()["access_token"])["nbf"]
    assert 90023 == refusal(wrong)[2]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"assertion": None}, (400, "invalid_request", 900144)),
        ({"assertion": "not a token"}, (400, "invalid_request", 50027)),
        ({"requested_token_use": None}, (400, "invalid_request", 900144)),
        ({"requested_token_use": "on_my_behalf"}, (400, "invalid_request", 9002313)),
        ({"scope": None}, (400, "invalid_request", 900144)),
        ({"scope": f"{GRAPH}/User.Rea"}, (400, "invalid_scope", 70011)),
        ({"scope": "vso.work"}, (400, "invalid_scope", 70011)),
        ({"scope": f"{GRAPH}/User.Read {GRAPH}/.default"}, (400, "invalid_scope", 70011)),
        ({"scope": f"{GRAPH}/User.Read {DEVOPS}/vso.work"}, (400, "invalid_request", 28000)),
        ({"scope": "https://storage.example/user_impersonation"}, (400, "invalid_resource", 500011)),
        ({"claims": "[]"}, (400, "invalid_request", 90023)),
        ({"client_id": None}, (400, "invalid_request", 900144)),
        ({"client_secret": None}, (401, "invalid_client", 7000216)),
        ({"client_secret": "wrong"}, (401, "invalid_client", 7000215)),
        ({"client_id": COMMAND_LINE, "client_secret": None}, (400, "invalid_grant", 500131)),
        ({"tenant": "common"}, (400, "invalid_request", 50194)),
        ({"tenant": "11111111-2222-4333-8444-555555555555"}, (400, "invalid_request", 90002)),
    ],
)
async def test_a_wrong_request_is_refused(entra, changes, expected):
    response = await entra.exchange(await entra.issue(user="ana"), **changes)

    assert expected == refusal(response)


@pytest.mark.parametrize(
    ("issue", "expected"),
    [
        ({"claims": {"aud": GRAPH}}, (400, "invalid_grant", 500131)),
        ({"claims": {"iss": "https://login.microsoftonline.com/x/v2.0"}}, (400, "invalid_grant", 50013)),
        ({"claims": {"tid": "11111111-2222-4333-8444-555555555555"}}, (400, "invalid_grant", 50013)),
        ({"claims": {"scp": None}}, (400, "unauthorized_client", 7000114)),
        ({"claims": {"idtyp": "app"}}, (400, "unauthorized_client", 7000114)),
        ({"claims": {"oid": "11111111-2222-4333-8444-555555555555"}}, (400, "invalid_grant", 50034)),
        ({"lifetime": -301}, (400, "invalid_grant", 500133)),
        ({"claims": {"nbf": time.time() + 900}}, (400, "invalid_grant", 500133)),
        ({"claims": {"exp": None}}, (400, "invalid_request", 50027)),
        ({"claims": {"exp": "soon"}}, (400, "invalid_request", 50027)),
        ({"header": {"kid": "unknown"}}, (400, "invalid_grant", 50013)),
        ({"header": {"kid": None}}, (400, "invalid_grant", 50013)),
        ({"header": {"alg": "none"}}, (400, "invalid_grant", 50013)),
        ({"header": {"alg": "HS256"}}, (400, "invalid_grant", 50013)),
        ({"resource": "graph"}, (400, "invalid_grant", 50013)),
    ],
)
async def test_a_wrong_assertion_is_refused(entra, issue, expected):
    response = await entra.exchange(await entra.issue(**{"user": "ana", **issue}))

    assert expected == refusal(response)
    assert ("on_behalf_of", expected[2]) == tuple(
        entra.events("token_refused")[-1][name] for name in ("grant", "aadsts")
    )


async def test_an_assertion_signed_by_someone_else_is_refused(entra):
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    good = await entra.issue(user="ana")
    forged = jwt.encode(claims(good), stranger, "RS256", {"kid": jwt.get_unverified_header(good)["kid"]})

    assert (400, "invalid_grant", 50013) == refusal(await entra.exchange(forged))


@pytest.mark.parametrize(
    ("user", "scope"),
    [
        ("dmitri", f"{GRAPH}/User.Read"),
        ("dmitri", f"{GRAPH}/.default"),
        ("chiara", f"{GRAPH}/User.Read {GRAPH}/Mail.Send"),
        ("eva", f"{DEVOPS}/vso.profile"),
        ("ana", f"{DEVOPS}/user_impersonation"),
    ],
)
async def test_what_was_not_consented_is_refused_with_its_suberror(entra, user, scope):
    response = await entra.exchange(await entra.issue(user=user), scope=scope)

    assert (400, "invalid_grant", 65001) == refusal(response)
    assert "consent_required" == response.json()["suberror"]
    assert user == entra.events("token_refused")[-1]["user"]


async def test_conditional_access_is_refused_with_claims_that_lead_to_a_sign_in_that_passes(entra):
    response = await entra.exchange(await entra.issue(user="farid"))
    assert (400, "interaction_required", 50076) == refusal(response)

    challenged = response.json()["claims"]
    page = await entra.authorize(prompt=None, claims=challenged)
    told = answer(await entra.http.post(page.url, data={"user": "farid"}))
    assertion = (await entra.redeem(told["code"], code_verifier=VERIFIER)).json()["access_token"]
    issued = (await entra.exchange(assertion)).json()
    assert ["pwd", "mfa"] == claims(issued["access_token"])["amr"]


async def test_conditional_access_on_one_resource_leaves_the_other_alone(entra):
    response = await entra.exchange(await entra.issue(user="farid"), scope=f"{DEVOPS}/vso.profile")

    assert 200 == response.status_code


async def test_exchanges_can_be_counted(entra):
    assertion = await entra.issue(user="hugo")
    await entra.exchange(assertion)
    await entra.exchange(assertion, scope=f"{DEVOPS}/vso.work")

    counted = [
        (entry["user"], entry["client_id"], entry["audience"])
        for entry in entra.events("token_issued")
        if entry["grant"] == "on_behalf_of"
    ]
    assert [("hugo", SERVER, GRAPH), ("hugo", SERVER, DEVOPS)] == counted
    assert assertion not in str(entra.authority.control.journal)
