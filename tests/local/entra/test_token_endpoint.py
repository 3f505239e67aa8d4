from __future__ import annotations

import base64
import uuid

import pytest

from local.organisation import organisation
from tests.local.entra.entra_client import COMMAND_LINE, NOBODYS_APP, REDIRECT, Entra, answer, claims, refusal

SERVER = organisation().server_client_id


async def test_a_code_becomes_a_version_2_token_for_the_server(entra: Entra):
    issued = (await entra.redeem(await entra.code(login_hint="ben"))).json()

    token = claims(issued["access_token"])
    times = {name: token.pop(name) for name in ("iat", "nbf", "exp")}
    opaque = {name: token.pop(name) for name in ("sub", "uti")}
    ben = organisation().user("ben")
    expected = {
        "aud": SERVER,
        "iss": f"{entra.layout.entra}/{entra.tenant}/v2.0",
        "azp": COMMAND_LINE,
        "azpacr": "0",
        "name": "Ben Osei",
        "oid": ben.object_id,
        "preferred_username": "ben.osei@larkspur.example",
        "scp": "access_as_user",
        "tid": entra.tenant,
        "ver": "2.0",
        "roles": ["Tools.Write"],
        "groups": [group["id"] for group in organisation().document["groups"]],
    }
    assert expected == token
    assert issued["expires_in"] == times["exp"] - times["iat"]
    assert 3600 <= issued["expires_in"] < 5400
    assert times["nbf"] == times["iat"] == int(entra.clock())
    assert all(opaque.values())
    assert f"openid {entra.layout.mcp_url}/access_as_user" == issued["scope"]


async def test_a_user_without_roles_has_no_roles_claim(entra):
    issued = (await entra.redeem(await entra.code(login_hint="grace"))).json()

    assert "roles" not in claims(issued["access_token"])


async def test_the_subject_is_stable_for_one_audience_and_differs_between_two(entra):
    first, again = [claims(await entra.issue(user="ana"))["sub"] for _ in range(2)]
    graph = claims(await entra.issue(user="ana", resource="graph", scopes=["User.Read"]))["sub"]

    assert first == again
    assert first != graph


async def test_the_id_token_is_for_the_client_and_holds_the_nonce(entra):
    issued = (await entra.redeem(await entra.code(nonce="n-1"))).json()

    token = claims(issued["id_token"])
    assert (COMMAND_LINE, "n-1") == (token["aud"], token["nonce"])


async def test_a_code_works_once(entra):
    code = await entra.code()
    await entra.redeem(code)

    assert (400, "invalid_grant", 54005) == refusal(await entra.redeem(code))


async def test_a_code_works_for_ten_minutes(entra):
    code, late = await entra.code(), await entra.code()
    entra.clock.now += 599
    assert 200 == (await entra.redeem(code)).status_code

    entra.clock.now += 2
    assert (400, "invalid_grant", 70008) == refusal(await entra.redeem(late))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"code": None}, (400, "invalid_request", 900144)),
        ({"code": "made-up"}, (400, "invalid_grant", 70000)),
        ({"redirect_uri": None}, (400, "invalid_request", 900144)),
        ({"redirect_uri": "http://localhost:53682/other"}, (400, "invalid_grant", 500112)),
        ({"code_verifier": None}, (400, "invalid_grant", 501481)),
        ({"code_verifier": "not-the-one-that-was-hashed-but-long-enough"}, (400, "invalid_grant", 501481)),
        ({"client_id": NOBODYS_APP}, (400, "invalid_grant", 70000)),
        ({"client_id": None}, (400, "invalid_request", 900144)),
        ({"client_id": "someone"}, (400, "unauthorized_client", 700016)),
        ({"client_secret": "x"}, (401, "invalid_client", 700025)),
        ({"grant_type": "password"}, (400, "unsupported_grant_type", 70003)),
        ({"grant_type": None}, (400, "invalid_request", 900144)),
        ({"resource": "https://graph.microsoft.com"}, (400, "invalid_target", 9010010)),
        ({"tenant": "contoso.example"}, (400, "invalid_request", 90002)),
    ],
)
async def test_a_wrong_redemption_is_refused(entra, changes, expected):
    response = await entra.redeem(await entra.code(), **changes)

    assert expected == refusal(response)
    assert expected[2] == entra.events("token_refused")[-1]["aadsts"]


async def test_a_refusal_has_all_the_fields_and_the_clients_correlation_id(entra):
    asked = str(uuid.uuid4())
    response = await entra.http.post(
        f"/{entra.tenant}/oauth2/v2.0/token",
        data={"grant_type": "refresh_token", "client_id": COMMAND_LINE, "refresh_token": "made-up"},
        headers={"client-request-id": asked},
    )

    body = response.json()
    assert {
        "error",
        "error_description",
        "error_codes",
        "timestamp",
        "trace_id",
        "correlation_id",
        "error_uri",
    } == set(body)
    assert asked == body["correlation_id"] == response.headers["client-request-id"]
    assert body["error_description"].endswith(
        f" Trace ID: {body['trace_id']} Correlation ID: {asked} Timestamp: {body['timestamp']}"
    )
    assert f"{entra.layout.entra}/error?code=70000" == body["error_uri"]


async def test_offline_access_gives_a_refresh_token_that_is_replaced_at_every_use(entra):
    first = (await entra.redeem(await entra.code())).json()["refresh_token"]
    response = await entra.token(grant_type="refresh_token", client_id=COMMAND_LINE, refresh_token=first)

    renewed = response.json()
    assert SERVER == claims(renewed["access_token"])["aud"]
    assert first != renewed["refresh_token"]


async def test_without_offline_access_there_is_no_refresh_token(entra):
    code = await entra.code(scope=f"{entra.layout.mcp_url}/access_as_user")
    issued = (await entra.redeem(code)).json()

    assert {"token_type", "scope", "expires_in", "ext_expires_in", "access_token"} == set(issued)


@pytest.mark.parametrize(
    ("changes", "aadsts"),
    [
        ({"refresh_token": "made-up"}, 70000),
        ({"client_id": NOBODYS_APP}, 70000),
        ({"refresh_token": None}, 900144),
        ({"scope": "User.Read"}, 65001),
    ],
)
async def test_a_wrong_refresh_is_refused(entra, changes, aadsts):
    token = (await entra.redeem(await entra.code())).json()["refresh_token"]
    form = {"grant_type": "refresh_token", "client_id": COMMAND_LINE, "refresh_token": token, **changes}

    assert aadsts == refusal(await entra.token(**form))[2]


async def test_a_refresh_token_expires_after_ninety_days(entra):
    token = (await entra.redeem(await entra.code())).json()["refresh_token"]
    entra.clock.now += 90 * 86_400 + 1
    response = await entra.token(grant_type="refresh_token", client_id=COMMAND_LINE, refresh_token=token)

    assert (400, "invalid_grant", 700082) == refusal(response)


async def test_a_revoked_consent_ends_refreshing(entra):
    token = (await entra.redeem(await entra.code())).json()["refresh_token"]
    consent = {"client_id": COMMAND_LINE, "resource": "server", "scopes": ["access_as_user"]}
    await entra.http.post("/_control/entra/consent", json={**consent, "granted": False})
    response = await entra.token(grant_type="refresh_token", client_id=COMMAND_LINE, refresh_token=token)

    assert (400, "invalid_grant", 65001) == refusal(response)


async def test_the_server_signs_a_user_in_with_its_secret_in_the_header(entra):
    callback = f"{entra.layout.host}/.auth/login/aad/callback"
    told = answer(
        await entra.authorize(
            client_id=SERVER,
            redirect_uri=callback,
            scope="openid profile User.Read",
            code_challenge=None,
            code_challenge_method=None,
        )
    )
    basic = base64.b64encode(f"{SERVER}:{entra.layout.secret('client_secret')}".encode()).decode()
    response = await entra.http.post(
        f"/{entra.tenant}/oauth2/v2.0/token",
        data={"grant_type": "authorization_code", "code": told["code"], "redirect_uri": callback},
        headers={"Authorization": f"Basic {basic}"},
    )

    assert "1" == claims(response.json()["access_token"])["appidacr"]


async def test_a_confidential_client_without_a_credential_is_refused(entra):
    response = await entra.redeem(await entra.code(), client_id=SERVER)

    assert (401, "invalid_client", 7000218) == refusal(response)


async def test_the_journal_tells_who_got_what_and_never_a_token(entra):
    issued = (await entra.redeem(await entra.code())).json()

    [entry] = entra.events("token_issued")
    expected = {
        "event": "token_issued",
        "grant": "authorization_code",
        "user": "ana",
        "client_id": COMMAND_LINE,
        "audience": SERVER,
        "scopes": ["access_as_user"],
        "uti": claims(issued["access_token"])["uti"],
    }
    assert expected == {name: value for name, value in entry.items() if name != "time"}
    assert issued["access_token"] not in str(entra.authority.control.journal)
    assert REDIRECT not in str(entra.authority.control.journal)


@pytest.mark.parametrize(("scope", "tells"), [("openid", False), ("openid profile", True)])
async def test_the_id_token_tells_who_the_user_is_for_the_scope_profile(entra, scope, tells):
    code = await entra.code(scope=f"{entra.layout.mcp_url}/access_as_user {scope}")

    token = claims((await entra.redeem(code)).json()["id_token"])
    assert ({"oid", "name", "preferred_username"} <= token.keys(), "oid" in token) == (tells, tells)
    assert "sub" in token
