from __future__ import annotations

import jwt
import pytest

from local.organisation import organisation
from tests.local.entra.entra_client import DEVOPS, GRAPH, claims

IDENTITY = organisation().document["managed_identity"]


async def test_issued_tokens_are_changed_as_asked_and_signed_all_the_same(entra):
    token = await entra.issue(
        user="ben", lifetime=60, claims={"scp": None, "extra": [1]}, header={"typ": None, "x": "y"}
    )

    [key] = (await entra.http.get(f"/{entra.tenant}/discovery/v2.0/keys")).json()["keys"]
    verified = jwt.decode(token, jwt.PyJWK(key, algorithm="RS256"), audience=organisation().server_client_id)
    assert ("Ben Osei", [1], 60) == (verified["name"], verified["extra"], verified["exp"] - verified["iat"])
    assert "scp" not in verified
    assert {"alg": "RS256", "kid": key["kid"], "x": "y"} == jwt.get_unverified_header(token)


async def test_a_consent_can_be_granted_to_one_user_and_taken_back(entra):
    assertion = await entra.issue(user="dmitri")
    consent = {"user": "dmitri", "resource": "devops", "scopes": ["vso.profile", "vso.work"]}
    scope = f"{DEVOPS}/vso.work"
    assert 204 == (await entra.http.post("/_control/entra/consent", json=consent)).status_code
    assert 200 == (await entra.exchange(assertion, scope=scope)).status_code

    revoked = {**consent, "scopes": ["vso.work"], "granted": False}
    await entra.http.post("/_control/entra/consent", json=revoked)
    assert 400 == (await entra.exchange(assertion, scope=scope)).status_code
    assert 200 == (await entra.exchange(assertion, scope=f"{DEVOPS}/vso.profile")).status_code


async def test_a_consent_of_the_data_file_can_be_taken_back(entra):
    revoked = {"user": "ana", "resource": "graph", "scopes": ["Mail.Send"], "granted": False}
    await entra.http.post("/_control/entra/consent", json=revoked)
    issued = (await entra.exchange(await entra.issue(user="ana"), scope=f"{GRAPH}/.default")).json()

    assert "Mail.Send" not in claims(issued["access_token"])["scp"].split()


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("consent", {"resource": "graph"}),
        ("consent", {"resource": "mars", "scopes": []}),
        ("consent", {"resource": "graph", "scopes": [], "user": "mallory"}),
        ("issue", {"user": "mallory"}),
        ("issue", {"client_id": "someone"}),
        ("issue", {"lifetime": "long"}),
    ],
)
async def test_a_wrong_request_is_a_bad_request(entra, path, wanted):
    response = await entra.http.post(f"/_control/entra/{path}", json=wanted)

    assert 400 == response.status_code


async def test_the_managed_identity_token_needs_the_secret(entra):
    path, wanted = "/_control/entra/managed-identity-token", {"resource": "api://AzureADTokenExchange"}
    refused = await entra.http.post(path, json=wanted)
    assert 401 == refused.status_code

    secret = entra.layout.secret("identity_header")
    issued = (await entra.http.post(path, json=wanted, headers={"X-IDENTITY-HEADER": secret})).json()
    token = claims(issued["access_token"])
    expected = {
        "aud": "api://AzureADTokenExchange",
        "iss": entra.authority.issuer,
        "sub": IDENTITY["principal_id"],
        "azp": IDENTITY["client_id"],
    }
    assert expected == {name: token[name] for name in expected}
    assert 24 * 3600 == token["exp"] - token["iat"]
    assert token["exp"] == issued["expires_on"]


async def test_the_consents_and_policies_in_force_can_be_read(entra):
    given = {"user": "dmitri", "resource": "devops", "scopes": ["vso.work"]}
    await entra.http.post("/_control/entra/consent", json=given)
    policies = [{"user": "ana", "resource": "graph", "aadsts": 53003}]
    await entra.http.post("/_control/entra/conditional-access", json=policies)
    consents = (await entra.http.get("/_control/entra/consent")).json()

    assert {**given, "client_id": organisation().server_client_id} in consents
    assert any(each["user"] is None for each in consents)
    assert policies == (await entra.http.get("/_control/entra/conditional-access")).json()
