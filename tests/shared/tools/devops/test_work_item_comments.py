"""Own comments are edited and deleted; those of others, and for want of a text, are not."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.devops.work_items import devops_get_work_item
from shared.tools.devops.work_items_writing import devops_comment_on_work_item
from tests.shared.tools.devops_calls import requests
from tests.shared.tools.sandbox import Sandbox

LARKSPUR = {"organization": "larkspur"}
BUG = {**LARKSPUR, "work_item_id": 1304}
OWN, ANOTHERS = 13040, 13041


async def texts(sandbox: Sandbox) -> dict[int, str]:
    page = await sandbox.call(devops_get_work_item, work_item_ids=[1304], comments=25, **LARKSPUR)
    return {each.id: each.text.text for each in page.items[0].comments.items}


async def refusal(sandbox: Sandbox, **arguments: Any) -> ToolError:
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_comment_on_work_item, **BUG, **arguments)
    return refused.value


async def test_an_own_comment_is_edited(sandbox: Sandbox):
    before = await texts(sandbox)
    edited = await sandbox.call(
        devops_comment_on_work_item, action="edit", comment_id=OWN, text="**Covered**", **BUG
    )

    assert (OWN, "edit") == (edited.id, edited.action)
    assert {**before, OWN: "**Covered**"} == await texts(sandbox)


async def test_an_own_comment_is_deleted(sandbox: Sandbox):
    before = await texts(sandbox)
    deleted = await sandbox.call(
        devops_comment_on_work_item, action="delete", comment_id=str(OWN), text=None, **BUG
    )

    assert (OWN, "delete") == (deleted.id, deleted.action)
    assert {number: text for number, text in before.items() if number != OWN} == await texts(sandbox)
    assert "not_found" == (await refusal(sandbox, action="delete", comment_id=OWN)).code


@pytest.mark.parametrize("given", [{"action": "edit", "text": "x"}, {"action": "delete"}])
async def test_a_comment_of_another_is_left_alone_though_the_service_would_allow_it(
    sandbox: Sandbox, given: dict[str, Any]
):
    before = await texts(sandbox)
    refused = await refusal(sandbox, comment_id=ANOTHERS, **given)

    assert "forbidden" == refused.code
    assert before == await texts(sandbox)
    assert [] == await requests(sandbox, "PATCH") + await requests(sandbox, "DELETE")


async def test_where_the_user_is_unknown_nothing_is_changed(sandbox: Sandbox):
    await sandbox.fail("devops", path="*/connectionData", status=404, json={})

    assert "not_found" == (await refusal(sandbox, action="delete", comment_id=OWN)).code
    assert [] == await requests(sandbox, "DELETE")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "text:"),
        ({"action": "edit", "comment_id": OWN}, "text:"),
        ({"action": "edit", "comment_id": OWN, "text": ""}, "text:"),
        ({"action": "edit", "comment_id": OWN, "text": None}, "text:"),
        ({"action": "edit", "text": "x"}, "comment_id:"),
        ({"action": "edit", "text": "x", "comment_id": None}, "comment_id:"),
        ({"action": "delete"}, "comment_id:"),
        ({"action": "delete", "comment_id": OWN, "text": "x"}, "text:"),
        ({"action": None, "comment_id": OWN}, "comment_id:"),
        ({"comment_id": OWN, "text": "x"}, "comment_id:"),
    ],
)
async def test_what_is_not_said_in_full_changes_nothing(
    read_only: Sandbox, given: dict[str, Any], named: str
):
    refused = await refusal(read_only, **given)

    assert ("invalid_argument", True) == (refused.code, refused.message.startswith(named))
    assert [] == await requests(read_only)


@pytest.mark.parametrize(
    ("method", "given"), [("PATCH", {"action": "edit", "text": "x"}), ("DELETE", {"action": "delete"})]
)
async def test_a_change_that_fails_is_not_repeated(sandbox: Sandbox, method: str, given: dict[str, Any]):
    await sandbox.fail("devops", method=method, status=503, json={})
    refused = await refusal(sandbox, comment_id=OWN, **given)
    journal = (await sandbox.control("GET", "devops", "journal")).json()

    assert ("unavailable", "unknown") == (refused.code, refused.details["outcome"])
    assert 1 == len([each for each in journal if each["event"] == "fault"])
