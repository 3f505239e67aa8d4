from __future__ import annotations

import base64
import json
import re

import httpx
import pytest

PROFILE = "http://profile.test/_apis/profile/profiles/me"
WORK_ITEM = "http://devops.test/larkspur/_apis/wit/workitems/1"
SUPPRESS = {"x-tfs-fedauthredirect": "Suppress"}


@pytest.fixture
async def stranger(network):
    """A client whose token is not one."""
    async with httpx.AsyncClient(transport=network, headers={"authorization": "Bearer nonsense"}) as client:
        yield client


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_reading_with_a_bad_token_gets_the_sign_in_page(stranger, method):
    response = await stranger.request(method, PROFILE)

    assert response.status_code == 203
    assert response.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
async def test_writing_with_a_bad_token_gets_a_json_401(stranger, method):
    response = await stranger.request(method, WORK_ITEM)

    assert (401, "UnauthorizedRequestException") == (response.status_code, response.json()["typeKey"])


async def test_callers_who_suppress_the_redirect_get_401_with_all_schemes(stranger):
    response = await stranger.get(PROFILE, headers=SUPPRESS)

    assert response.status_code == 401
    schemes = [value.split()[0] for value in response.headers.get_list("www-authenticate")]
    assert schemes == ["Bearer", "Basic", "TFS-Federated"]


async def test_redirect_mode_sends_everybody_to_another_host(stranger):
    await stranger.put("http://devops.test/_control/devops/sign-in", json={"refusal": "redirect"})

    response = await stranger.get(WORK_ITEM, headers=SUPPRESS)

    assert response.status_code == 302
    assert response.headers["location"].startswith("http://profile.test/_signin?")


async def test_a_token_carried_to_the_sign_in_page_is_noted(stranger):
    await stranger.get("http://profile.test/_signin")
    del stranger.headers["authorization"]
    await stranger.get("http://profile.test/_signin")

    journal = (await stranger.get("http://devops.test/_control/journal")).json()

    assert [True, False] == [entry["with_token"] for entry in journal if entry["event"] == "sign-in page"]


async def test_empty_mode_is_a_401_without_a_body(stranger):
    await stranger.put("http://devops.test/_control/devops/sign-in", json={"refusal": "empty"})

    response = await stranger.get(PROFILE)

    assert (401, b"") == (response.status_code, response.content)


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://graph.microsoft.com"},
        {"iss": "https://sts.windows.net/another/"},
        {"exp": 1_600_000_000},
        {"nbf": 4_000_000_000},
    ],
    ids=lambda changed: next(iter(changed)),
)
async def test_tokens_with_a_wrong_claim_are_refused(client_for, changed):
    response = await client_for("ana", **changed).get(PROFILE)

    assert (401, "UnauthorizedRequestException") == (response.status_code, response.json()["typeKey"])


async def test_a_client_that_cannot_handle_claims_is_not_challenged(client_for):
    client = client_for("ana")
    await client.get(PROFILE)
    await client.put("http://devops.test/_control/devops/cae", json={"user": "ana"})

    assert 200 == (await client.get(PROFILE)).status_code


async def test_revoked_tokens_are_challenged_and_new_ones_pass(client_for):
    old = client_for("ana", xms_cc=["cp1"])
    await old.get(PROFILE)
    await old.put("http://devops.test/_control/devops/cae", json={"user": "ana"})

    challenged = await old.get(PROFILE)
    fresh = await client_for("ana", xms_cc=["cp1"]).get(PROFILE)
    someone_else = await client_for("ben").get(PROFILE)

    assert (401, 200, 200) == (challenged.status_code, fresh.status_code, someone_else.status_code)
    described = challenged.headers["www-authenticate"]
    assert 'error="insufficient_claims"' in described
    encoded = re.search(r'claims="([^"]+)"', described)[1]
    assert json.loads(base64.b64decode(encoded))["access_token"]["nbf"]["essential"] is True


async def test_a_reset_ends_revocations_and_modes(client_for):
    client = client_for("ana", xms_cc=["cp1"])
    await client.get(PROFILE)
    await client.put("http://devops.test/_control/devops/cae", json={"user": "ana"})
    await client.post("http://devops.test/_control/devops/reset")

    assert (await client.get(PROFILE)).status_code == 200


async def test_the_journal_holds_no_token(client_for):
    client = client_for("ana")
    await client.get(PROFILE)
    await client.get(PROFILE, headers={"authorization": "Bearer nonsense"})

    journal = (await client.get("http://devops.test/_control/journal")).text

    assert client.headers["authorization"].split()[1] not in journal
    assert "nonsense" not in journal
    assert "sign-in refused" in journal


async def test_conditional_access_rejects_good_tokens_that_want_no_redirect(ana):
    await ana.put("http://devops.test/_control/devops/sign-in", json={"refusal": "conditional-access"})
    suppressed = await ana.get("/larkspur/_apis/projects")
    plain = await ana.get("/larkspur/_apis/projects", headers={"X-TFS-FedAuthRedirect": ""})

    assert (401, 200) == (suppressed.status_code, plain.status_code)
