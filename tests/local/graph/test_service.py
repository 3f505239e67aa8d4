import base64
import json
import time

import httpx
import pytest

from .conftest import NOW, Sandbox, code, make_token


async def test_a_request_without_a_token_is_unauthenticated(untouched: Sandbox):
    async with untouched.client() as client:
        response = await client.get("/me", headers={"Authorization": ""})

    assert (401, "InvalidAuthenticationToken") == code(response)
    assert response.headers["www-authenticate"].startswith('Bearer realm=""')


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"exp": int(time.time()) - 10}, "Lifetime validation failed, the token is expired."),
        ({"aud": "api://another"}, "Access token validation failure. Invalid audience."),
        ({"iss": "https://sts.windows.net/other/"}, "Access token validation failure. Invalid issuer."),
    ],
)
async def test_a_wrong_token_says_what_is_wrong(untouched: Sandbox, changes: dict[str, object], message: str):
    async with untouched.client(**changes) as client:
        response = await client.get("/me")

    assert (401, "InvalidAuthenticationToken") == code(response)
    assert message == response.json()["error"]["message"]


async def test_an_app_only_token_has_no_me(untouched: Sandbox):
    async with untouched.client(scopes=None, roles=["User.Read.All"]) as client:
        response = await client.get("/me")

    assert (400, "BadRequest") == code(response)


@pytest.mark.parametrize(
    ("path", "scopes", "refusal"),
    [
        ("/me/manager", "User.Read", "Authorization_RequestDenied"),
        ("/me/messages", "User.Read", "ErrorAccessDenied"),
        ("/me/planner/tasks", "User.Read", ""),
        ("/sites?search=eng", "User.Read", "accessDenied"),
        ("/me/drive", "User.Read", "accessDenied"),
    ],
)
async def test_each_workload_words_a_missing_scope_its_own_way(
    untouched: Sandbox, path: str, scopes: str, refusal: str
):
    async with untouched.client(scopes=scopes) as client:
        response = await client.get(path)

    assert (403, refusal) == code(response)


async def test_a_wider_scope_includes_the_narrower(untouched: Sandbox):
    async with untouched.client(scopes="Mail.ReadWrite") as client:
        response = await client.get("/me/messages?$top=1")

    assert 200 == response.status_code


async def test_sharepoint_spells_the_inner_error_in_lower_case(ana: httpx.AsyncClient):
    refused = (await ana.get("/sites/larkspur.sharepoint.com:/sites/finance")).json()["error"]

    assert {"code", "message", "innererror"} == set(refused)


async def test_every_answer_carries_the_ids_of_its_request(ana: httpx.AsyncClient):
    response = await ana.get("/me/photo", headers={"client-request-id": "9d7b"})
    inner = response.json()["error"]["innerError"]

    assert "9d7b" == response.headers["client-request-id"]
    assert ("9d7b", response.headers["request-id"]) == (inner["client-request-id"], inner["request-id"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 400), ("DELETE", "/me", 405), ("GET", "http://graph.test/beta/me", 400)],
)
async def test_what_is_not_served_is_refused(ana: httpx.AsyncClient, method: str, path: str, status: int):
    response = await ana.request(method, path)

    assert status == response.status_code
    assert response.json()["error"]["message"]


async def test_an_encoded_slash_stays_in_its_segment(ana: httpx.AsyncClient):
    response = await ana.get("/me/messages/x%2F..%2F..%2Fmanager")

    assert (400, "ErrorInvalidIdMalformed") == code(response)


async def test_a_user_whose_sessions_are_revoked_is_challenged_until_the_token_is_new(sandbox: Sandbox):
    old = make_token("ana", iat=int(time.time()) - 60, nbf=int(time.time()) - 60)
    async with sandbox.client() as client:
        await sandbox.control("PUT", "graph/cae", {"user": "ana"})
        refused = await client.get("/me", headers={"Authorization": f"Bearer {old}"})
        renewed = await client.get("/me", headers={"Authorization": f"Bearer {make_token('ana')}"})

    challenge = refused.headers["www-authenticate"]
    claims = json.loads(base64.b64decode(challenge.partition('claims="')[2].partition('"')[0]))

    assert (401, "InvalidAuthenticationToken") == code(refused)
    assert 'error="insufficient_claims"' in challenge
    assert claims["access_token"]["nbf"]["essential"] is True
    assert int(claims["access_token"]["nbf"]["value"]) <= time.time()
    assert 200 == renewed.status_code


async def test_a_token_of_the_very_second_of_a_revocation_is_challenged_too(sandbox: Sandbox):
    async with sandbox.client(iat=int(time.time()) + 1) as client:
        await client.get("/me")
        await sandbox.control("PUT", "graph/cae", {"user": "ana"})
        await sandbox.control("PUT", "graph/cae", {"user": "ben"})

    async with sandbox.client("ben", iat=int(time.time())) as client:
        first, again = await client.get("/me"), await client.get("/me")

    assert [401, 401] == [first.status_code, again.status_code]


async def test_a_client_that_cannot_handle_claims_is_not_challenged(sandbox: Sandbox):
    await sandbox.control("PUT", "graph/cae", {"user": "ana"})
    async with sandbox.client(xms_cc=None) as client:
        response = await client.get("/me")

    assert 200 == response.status_code


async def test_faults_answer_instead_of_the_service(sandbox: Sandbox, writer: httpx.AsyncClient):
    throttled = {
        "path": "/v1.0/me",
        "times": 1,
        "status": 429,
        "headers": {"Retry-After": "2.128"},
        "json": {"error": {}},
    }
    await sandbox.control("PUT", "faults", [throttled])
    first, second = await writer.get("/me"), await writer.get("/me")

    assert (429, "2.128", 200) == (first.status_code, first.headers["retry-after"], second.status_code)


async def test_a_reset_restores_the_data(sandbox: Sandbox, writer: httpx.AsyncClient):
    before = (await writer.get("/me/messages?$count=true&$top=1")).json()["@odata.count"]
    await writer.post("/me/messages", json={"subject": "A draft"})
    await sandbox.control("POST", "graph/reset")
    after = (await writer.get("/me/messages?$count=true&$top=1")).json()["@odata.count"]

    assert before == after


async def test_the_journal_says_who_asked_what_and_holds_no_token(
    sandbox: Sandbox, writer: httpx.AsyncClient
):
    await writer.get("/me")
    await writer.get("/me/photo")
    await writer.get("/me", headers={"Authorization": ""})
    journal = (await sandbox.control("GET", "journal")).json()
    who = {"event": "answered", "method": "GET", "user": "ana", "audience": "https://graph.microsoft.com"}

    assert [
        who | {"path": "/v1.0/me", "status": 200},
        who | {"path": "/v1.0/me/photo", "status": 404},
        {"event": "refused", "reason": "no bearer token"},
    ] == [{name: fact for name, fact in entry.items() if name != "time"} for entry in journal]
    assert "eyJ" not in json.dumps(journal)


def test_the_clock_of_these_tests_stands_on_a_wednesday():
    assert 2 == NOW.weekday()
