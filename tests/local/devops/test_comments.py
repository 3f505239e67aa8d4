from __future__ import annotations

import pytest

ITEM = "/larkspur/Booking/_apis/wit/workItems/1304"
URL = f"{ITEM}/comments"
PREVIEW = {"api-version": "7.1-preview.4"}


async def test_comments_come_newest_first_in_pages_of_their_own_shape(ana):
    first = (await ana.get(URL, params={**PREVIEW, "$top": 1})).json()
    token = first["continuationToken"]
    second = (await ana.get(URL, params={**PREVIEW, "$top": 1, "continuationToken": token})).json()

    assert (2, 1) == (first["totalCount"], first["count"])
    assert [13041, 13040] == [first["comments"][0]["id"], second["comments"][0]["id"]]
    assert "value" not in first and "continuationToken" not in second


async def test_a_comment_is_a_new_revision_and_knows_its_format(ana):
    before = (await ana.get(ITEM)).json()
    body = {"text": "**Seen** in 4711"}
    comment = (await ana.post(URL, params={**PREVIEW, "format": "markdown"}, json=body)).json()
    after = (await ana.get(ITEM)).json()
    rendered = (await ana.get(URL, params={**PREVIEW, "$expand": "renderedText"})).json()["comments"][0]

    assert ("markdown", "Ana Duarte") == (comment["format"], comment["createdBy"]["displayName"])
    assert before["rev"] + 1 == after["rev"]
    assert before["fields"]["System.CommentCount"] + 1 == after["fields"]["System.CommentCount"]
    assert "<p><strong>Seen</strong> in 4711</p>" == rendered["renderedText"]


@pytest.mark.parametrize(("body", "shape"), [({"text": " "}, "typeKey"), ({}, "typeKey"), ([], "value")])
async def test_an_empty_comment_is_refused(ana, body, shape):
    refused = await ana.post(URL, params=PREVIEW, json=body)

    assert 400 == refused.status_code
    assert shape in refused.json()


async def test_comments_need_the_project_in_the_path(ana):
    refused = await ana.get("/larkspur/_apis/wit/workItems/1304/comments", params=PREVIEW)

    assert 404 == refused.status_code


async def test_others_comments_cannot_be_changed(client_for):
    refused = await client_for("ben").patch(f"{URL}/13040", params=PREVIEW, json={"text": "x"})

    assert (403, "AccessCheckException") == (refused.status_code, refused.json()["typeKey"])


async def test_a_deleted_comment_is_left_out_unless_asked_for(ana):
    before = (await ana.get(ITEM)).json()["fields"]["System.CommentCount"]
    deleted = await ana.delete(f"{URL}/13040", params=PREVIEW)
    listed = (await ana.get(URL, params=PREVIEW)).json()
    whole = (await ana.get(URL, params={**PREVIEW, "includeDeleted": "true"})).json()["comments"]

    assert (200, b"") == (deleted.status_code, deleted.content)
    assert [13041] == [each["id"] for each in listed["comments"]]
    assert [(13041, None), (13040, True)] == [(each["id"], each.get("isDeleted")) for each in whole]
    assert before - 1 == (await ana.get(ITEM)).json()["fields"]["System.CommentCount"]
    assert 404 == (await ana.patch(f"{URL}/13040", params=PREVIEW, json={"text": "x"})).status_code


async def test_others_comments_cannot_be_deleted(client_for):
    assert 403 == (await client_for("ben").delete(f"{URL}/13040", params=PREVIEW)).status_code


async def test_a_comment_takes_the_format_it_is_edited_in(ana):
    edited = await ana.patch(f"{URL}/13040", params={**PREVIEW, "format": "markdown"}, json={"text": "**x**"})

    assert ("markdown", 2) == (edited.json()["format"], edited.json()["version"])
