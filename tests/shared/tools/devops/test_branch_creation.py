"""Branches created, and why some are not."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.devops.branch_creation import devops_create_branch
from shared.tools.devops.repositories import devops_list_branches
from tests.shared.tools.devops_calls import BOOKING, requests
from tests.shared.tools.sandbox import Sandbox

API = {"repository": "booking-api", **BOOKING}
ADDRESS = "https://dev.azure.com/larkspur/Booking/_git/booking-api"
NEW = {"name": "ana/fix-cache", **API}


async def branches(sandbox: Sandbox, kind: str = "branches") -> dict[str, Any]:
    """The commits of branches or tags, by name."""
    found = await sandbox.call(devops_list_branches, kind=kind, **API)
    return {each.name: each.commit_id for each in found.items}


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        ({}, "main"),
        ({"source": ""}, "main"),
        ({"source": "ben/prices"}, "ben/prices"),
        ({"source": "refs/heads/ben/prices"}, "ben/prices"),
        ({"repository": f"{ADDRESS}?version=GBben/prices"}, "ben/prices"),
        ({"name": "refs/heads/ana/fix-cache"}, "main"),
        ({"name": " ana/fix-cache "}, "main"),
    ],
    ids=str,
)
async def test_a_branch_begins_where_it_is_told_to(sandbox: Sandbox, arguments: dict[str, Any], start: str):
    before = await branches(sandbox)
    created = await sandbox.call(devops_create_branch, **{**NEW, **arguments})
    after = await branches(sandbox)

    assert before | {"ana/fix-cache": before[start]} == after
    assert ("ana/fix-cache", before[start]) == (created.name, created.commit_id)
    assert created.web_url.endswith("/larkspur/Booking/_git/booking-api?version=GBana%2Ffix-cache")


async def test_a_branch_begins_at_a_tag_or_a_commit(sandbox: Sandbox):
    tag = (await branches(sandbox, "tags"))["v2.3.0"]
    by_tag = await sandbox.call(devops_create_branch, **{**NEW, "source": "v2.3.0"})
    by_commit = await sandbox.call(devops_create_branch, **{**NEW, "name": "other", "source": tag.upper()})

    assert [tag, tag] == [by_tag.commit_id, by_commit.commit_id]


async def test_a_branch_that_is_there_stays_at_its_commit(sandbox: Sandbox):
    before = await branches(sandbox)
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_create_branch, **{**NEW, "name": "ben/prices", "source": "main"})

    assert ("conflict", True) == (refused.value.code, "ben/prices already" in refused.value.message)
    assert before == await branches(sandbox)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ({"name": "Ben/prices"}, "conflict", "name: "),
        ({"name": "ben"}, "conflict", "name: "),
        ({"name": "main/x"}, "conflict", "name: "),
        ({"name": "a..b"}, "invalid_argument", "name: "),
        ({"name": "x.lock"}, "invalid_argument", "name: "),
        ({"name": "refs/tags/v9"}, "invalid_argument", "name: "),
        ({"source": "mian"}, "not_found", "main"),
        ({"source": "1" * 40}, "not_found", "has no commit"),
        ({"repository": "booking-apo"}, "not_found", "booking-api"),
        ({"repository": "booking-loadtest"}, "not_found", "is empty"),
        ({"repository": "booking-legacy"}, "not_found", "is disabled"),
    ],
    ids=str,
)
async def test_what_cannot_be_is_refused_and_nothing_created(
    sandbox: Sandbox, arguments: dict[str, Any], code: str, told: str
):
    before = await branches(sandbox), await branches(sandbox, "tags")
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_create_branch, **{**NEW, **arguments})

    assert (code, True) == (refused.value.code, told in refused.value.message)
    assert before == (await branches(sandbox), await branches(sandbox, "tags"))


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ({"success": False, "updateStatus": "createBranchPermissionRequired"}, "forbidden"),
        ({"success": False, "updateStatus": "rejectedByPolicy", "customMessage": "No."}, "forbidden"),
        ({"success": False, "updateStatus": "locked"}, "conflict"),
        ({"success": False, "updateStatus": "unprocessed"}, "upstream_error"),
        ({"success": None, "updateStatus": None}, "upstream_error"),
        (None, "upstream_error"),
    ],
)
async def test_a_refusal_in_a_response_of_status_200_is_a_failure(
    sandbox: Sandbox, result: dict[str, Any] | None, code: str
):
    body = {"value": [result] if result else []}
    await sandbox.fail("devops", method="POST", path="*/refs", status=200, json=body)
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_create_branch, **NEW)

    assert code == refused.value.code
    told = (result or {}).get("customMessage") or ""
    assert told in refused.value.message


async def test_a_branch_is_created_where_only_the_status_says_so(sandbox: Sandbox):
    result = {"name": "refs/heads/ana/fix-cache", "updateStatus": "succeeded"}
    await sandbox.fail("devops", method="POST", path="*/refs", status=200, json={"value": [result]})

    assert "ana/fix-cache" == (await sandbox.call(devops_create_branch, **NEW)).name


async def test_what_may_have_been_created_is_not_sent_again(sandbox: Sandbox):
    await sandbox.fail("devops", method="POST", path="*/refs", status=503, json={"message": "later"})
    with pytest.raises(ToolError) as failed:
        await sandbox.call(devops_create_branch, **NEW)

    assert "unknown" == failed.value.details["outcome"]
    assert 1 >= len(await requests(sandbox, "POST"))
