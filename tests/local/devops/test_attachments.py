from __future__ import annotations

import pytest

from tests.contract import published

WIT = "/larkspur/_apis/wit"
VERSION = {"api-version": "7.1"}
BYTES = {"content-type": "application/octet-stream"}
PATCH = {"content-type": "application/json-patch+json"}


async def upload(client, content=b"\x89PNG", **query):
    return await client.post(
        f"{WIT}/attachments", params={**VERSION, **query}, content=content, headers=BYTES
    )


async def attach(client, url, item_id=1305, **attributes):
    value = {"rel": "AttachedFile", "url": url, "attributes": attributes}
    steps = [{"op": "add", "path": "/relations/-", "value": value}]
    return await client.patch(f"{WIT}/workitems/{item_id}", params=VERSION, json=steps, headers=PATCH)


async def test_a_file_is_uploaded_attached_and_read_as_it_was(ana):
    uploaded = await upload(ana, fileName="screen ä.png")
    attached = await attach(ana, uploaded.json()["url"], comment="before")
    relation = attached.json()["relations"][-1]
    read = await ana.get(relation["url"])

    assert (201, True) == (
        uploaded.status_code,
        uploaded.json()["url"].endswith("?fileName=screen%20%C3%A4.png"),
    )
    assert {"name": "screen ä.png", "resourceSize": 4, "comment": "before"} == relation["attributes"]
    assert (b"\x89PNG", "application/octet-stream") == (read.content, read.headers["content-type"])


async def test_uploading_and_reading_are_as_published(ana):
    uploaded = await upload(ana, fileName="a.txt")
    read = await ana.get(uploaded.json()["url"], params={"fileName": "a.txt", "download": "true", **VERSION})

    for response in (uploaded, read):
        request = response.request
        (described,) = published.matching("devops", request.method, published.path_of(request))
        assert [] == described.request_problems(request)
        assert [] == described.answer_problems(response)


async def test_only_bytes_are_uploaded(ana):
    refused = await ana.post(f"{WIT}/attachments", params=VERSION, json={"a": 1})

    assert 415 == refused.status_code


async def test_a_file_over_sixty_megabytes_is_refused(ana, monkeypatch):
    monkeypatch.setattr("local.devops.attachments._LARGEST", 3)

    assert 400 == (await upload(ana, fileName="big.bin")).status_code


@pytest.mark.parametrize(
    "url",
    [
        "https://devops.test/larkspur/_apis/wit/attachments/00000000-0000-4000-8000-000000000000",
        "https://files.example/screen.png",
    ],
)
async def test_what_was_not_uploaded_is_not_attached(ana, url):
    assert 400 == (await attach(ana, url)).status_code


async def test_a_file_is_attached_once(ana):
    url = (await upload(ana, fileName="a.png")).json()["url"]

    assert [200, 400] == [(await attach(ana, url)).status_code, (await attach(ana, url)).status_code]


async def test_there_are_a_hundred_files_at_most(ana):
    for _ in range(100):
        await attach(ana, (await upload(ana, fileName="a.png")).json()["url"])

    assert 400 == (await attach(ana, (await upload(ana, fileName="a.png")).json()["url"])).status_code


async def test_what_is_not_there_is_not_found(ana):
    refused = await ana.get(f"{WIT}/attachments/00000000-0000-4000-8000-000000000000")

    assert (404, "AttachmentNotFoundException") == (refused.status_code, refused.json()["typeKey"])
