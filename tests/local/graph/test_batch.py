import base64

import httpx
import pytest

from .conftest import Conforms, Sandbox, code


def by_id(response: httpx.Response) -> dict[str, dict[str, object]]:
    return {each["id"]: each for each in response.json()["responses"]}


async def test_answers_come_in_another_order(ana: httpx.AsyncClient, conforms: Conforms):
    requests = [
        {"id": str(number), "method": "GET", "url": url}
        for number, url in enumerate(("/me", "/me/photo", "/me/messages?$top=1"))
    ]
    response = await ana.post("/$batch", json={"requests": requests})

    assert ["2", "1", "0"] == [each["id"] for each in response.json()["responses"]]
    assert (200, {"0": 200, "1": 404, "2": 200}) == (
        response.status_code,
        {name: each["status"] for name, each in by_id(response).items()},
    )
    assert "Ana Duarte" == by_id(response)["0"]["body"]["displayName"]
    conforms(response, "POST /$batch")


async def test_inner_requests_meet_faults_and_keep_their_headers(sandbox: Sandbox, writer: httpx.AsyncClient):
    await sandbox.control(
        "PUT",
        "faults",
        [
            {
                "path": "/v1.0/me/messages",
                "status": 429,
                "headers": {"Retry-After": "7.5"},
                "json": {"error": {"code": "ApplicationThrottled"}},
            }
        ],
    )
    response = await writer.post(
        "/$batch",
        json={
            "requests": [
                {"id": "a", "method": "GET", "url": "/me/messages"},
                {"id": "b", "method": "GET", "url": "/me"},
            ]
        },
    )

    assert (429, "7.5") == (by_id(response)["a"]["status"], by_id(response)["a"]["headers"]["Retry-After"])
    assert 200 == by_id(response)["b"]["status"]


async def test_what_depends_on_a_failure_fails(writer: httpx.AsyncClient):
    requests = [
        {"id": "a", "method": "GET", "url": "/me/messages/AAMkADY3NGU1AAAAAAAA="},
        {"id": "b", "method": "GET", "url": "/me", "dependsOn": ["A"]},
        {
            "id": "c",
            "method": "POST",
            "url": "/me/messages",
            "headers": {"Content-Type": "application/json"},
            "body": {"subject": "x"},
        },
    ]
    answers = by_id(await writer.post("/$batch", json={"requests": requests}))

    assert {"a": 404, "b": 424, "c": 201} == {name: each["status"] for name, each in answers.items()}


async def test_bytes_and_redirects_stay_what_they_are(ana: httpx.AsyncClient):
    message = (
        await ana.get("/me/messages?$filter=hasAttachments eq true&$top=1&$expand=attachments")
    ).json()["value"][0]
    attachment = message["attachments"][0]
    requests = [
        {
            "id": "bytes",
            "method": "GET",
            "url": f"/me/messages/{message['id']}/attachments/{attachment['id']}/$value",
        },
        {"id": "redirect", "method": "GET", "url": "/me/drive/root:/notes.md:/content"},
    ]
    answers = by_id(await ana.post("/$batch", json={"requests": requests}))

    assert base64.b64decode(attachment["contentBytes"]) == base64.b64decode(answers["bytes"]["body"])
    assert (302, True) == (
        answers["redirect"]["status"],
        "graph-files.test" in answers["redirect"]["headers"]["Location"],
    )


ONE = {"id": "1", "method": "GET", "url": "/me"}


@pytest.mark.parametrize(
    "requests",
    [
        [],
        [{**ONE, "id": str(number)} for number in range(21)],
        [ONE, ONE],
        [ONE, {**ONE, "id": "2", "dependsOn": ["3"]}],
        [{**ONE, "dependsOn": ["2"]}, {**ONE, "id": "2", "dependsOn": ["1"]}],
        [{**ONE, "url": "https://graph.microsoft.com/v1.0/me"}],
        [{**ONE, "url": "/$batch"}],
        [{**ONE, "method": "BREW"}],
        [{**ONE, "method": "POST", "body": {}}],
        [{"id": "1"}],
        [{**ONE, "method": 5}],
        ["x"],
    ],
)
async def test_a_bad_envelope_is_refused(ana: httpx.AsyncClient, requests: list[object]):
    assert 400 == code(await ana.post("/$batch", json={"requests": requests}))[0]


async def test_twenty_requests_are_allowed(ana: httpx.AsyncClient):
    requests = [{**ONE, "id": str(number)} for number in range(20)]

    assert 20 == len((await ana.post("/$batch", json={"requests": requests})).json()["responses"])


async def test_a_batch_needs_a_token(untouched: Sandbox):
    async with untouched.client() as client:
        response = await client.post("/$batch", json={"requests": [ONE]}, headers={"Authorization": ""})

    assert (401, "InvalidAuthenticationToken") == code(response)
