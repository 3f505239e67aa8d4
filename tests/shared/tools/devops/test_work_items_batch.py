"""Many work items changed at once, each at its own revision and with a result of its own."""

import json
from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.devops.work_items import devops_get_work_item
from shared.tools.devops.work_items_batch import devops_update_work_items
from tests.shared.tools.devops_calls import requests
from tests.shared.tools.sandbox import Sandbox

LARKSPUR = {"organization": "larkspur"}
PRIORITY = "Microsoft.VSTS.Common.Priority"
IDS = [1302, 1304, 1305]


async def read(sandbox: Sandbox, *ids: int) -> dict[int, Any]:
    found = await sandbox.call(devops_get_work_item, work_item_ids=[*ids], **LARKSPUR)
    return {each.id: each for each in found.items}


async def update(sandbox: Sandbox, *updates: dict[str, Any]) -> Any:
    return await sandbox.call(devops_update_work_items, updates=[*updates], **LARKSPUR)


def change(item: Any, **given: Any) -> dict[str, Any]:
    return {"work_item_id": item.id, "rev": item.rev, **given}


async def refusal(sandbox: Sandbox, **arguments: Any) -> ToolError:
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_update_work_items, **{**LARKSPUR, **arguments})
    return refused.value


async def test_each_is_changed_in_its_own_way_in_one_request(sandbox: Sandbox):
    before = await read(sandbox, *IDS)
    done = await update(
        sandbox,
        change(before[1302], fields={PRIORITY: "3"}),
        change(before[1304], add_tags=["kiosk"], remove_tags=["cache"]),
        change(before[1305], fields={"System.State": "Resolved"}, remove_tags=None),
    )
    after = await read(sandbox, *IDS)

    assert (3, 0, IDS) == (done.updated, done.not_updated, [each.work_item_id for each in done.results])
    assert [after[each].rev for each in IDS] == [each.rev for each in done.results]
    assert (3, "kiosk; timetable", "Resolved") == (
        after[1302].priority,
        after[1304].fields["System.Tags"],
        after[1305].state,
    )
    assert 1 == len(await requests(sandbox, "PATCH"))


async def test_one_that_fails_stops_none(sandbox: Sandbox):
    before = await read(sandbox, *IDS)
    done = await update(
        sandbox,
        {"work_item_id": 1302, "rev": before[1302].rev + 1, "fields": {PRIORITY: 3}},
        change(before[1304], fields={"System.State": "Nowhere"}),
        {"work_item_id": 99_999_999, "rev": 1, "fields": {PRIORITY: 3}},
        change(before[1305], fields={PRIORITY: 4}),
    )
    after = await read(sandbox, *IDS)

    assert [
        ("refused", "conflict", before[1302].rev),
        ("refused", "invalid_argument", None),
        ("refused", "not_found", None),
        ("updated", None, before[1305].rev + 1),
    ] == [(each.outcome, each.code, each.rev) for each in done.results]
    assert (1, 3) == (done.updated, done.not_updated)
    assert "System.State" in done.results[1].error
    assert before[1302] == after[1302] and before[1304].state == after[1304].state


async def test_a_revision_that_changes_after_the_reading_is_refused_by_the_service(sandbox: Sandbox):
    before = (await read(sandbox, 1305))[1305]
    stale = {"id": 1305, "rev": before.rev - 1, "fields": {}}
    await sandbox.fail("devops", path="*/workitemsbatch", status=200, json={"count": 1, "value": [stale]})
    done = await update(
        sandbox, {"work_item_id": 1305, "rev": before.rev - 1, "fields": {"System.State": "Resolved"}}
    )

    assert [("refused", "conflict", None)] == [(each.outcome, each.code, each.rev) for each in done.results]
    await sandbox.control("PUT", "devops", "faults", [])
    assert before.rev == (await read(sandbox, 1305))[1305].rev


async def test_what_is_so_already_is_not_sent(sandbox: Sandbox):
    before = await read(sandbox, 1304)
    done = await update(sandbox, change(before[1304], add_tags=["Cache"]))

    assert [("unchanged", before[1304].rev)] == [(each.outcome, each.rev) for each in done.results]
    assert (0, 0) == (done.updated, done.not_updated)
    assert [] == await requests(sandbox, "PATCH")


@pytest.mark.parametrize(
    ("updates", "named"),
    [
        ([], "updates"),
        ([{"work_item_id": 1302, "rev": 1}], "updates[0]"),
        ([{"work_item_id": 1302, "rev": 1, "fields": None, "add_tags": [], "remove_tags": ""}], "updates[0]"),
        ([{"work_item_id": 1302, "rev": 1, "fields": {"System.AssignedTo": None}}], "System.AssignedTo"),
        ([{"work_item_id": 1302, "rev": 1, "fields": {"System.Tags": " "}}], "System.Tags"),
        ([{"work_item_id": 1302, "rev": None, "fields": {PRIORITY: 1}}], "rev"),
        ([{"work_item_id": 1302, "fields": {PRIORITY: 1}}], "rev"),
        ([{"work_item_id": 1302, "rev": 1, "add_tags": ["a"], "remove_tags": ["A"]}], "add_tags"),
        (
            [
                {"work_item_id": 1302, "rev": 1, "fields": {PRIORITY: 1}},
                {"work_item_id": "#1302", "rev": 1, "fields": {PRIORITY: 2}},
            ],
            "named twice",
        ),
        ([{"work_item_id": number, "rev": 1, "fields": {PRIORITY: 1}} for number in range(1, 52)], "updates"),
    ],
)
async def test_what_is_not_said_in_full_changes_nothing(read_only: Sandbox, updates: list[Any], named: str):
    refused = await refusal(read_only, updates=updates)

    assert ("invalid_argument", True) == (refused.code, named in refused.message)
    assert [] == await requests(read_only)


async def test_a_value_of_a_wrong_type_is_refused_for_all_by_its_place(sandbox: Sandbox):
    before = await read(sandbox, 1302, 1304)
    updates = [change(before[1302], fields={PRIORITY: 1}), change(before[1304], fields={PRIORITY: "high"})]
    refused = await refusal(sandbox, updates=updates)

    assert ("invalid_argument", True) == (refused.code, f"updates[1].fields.{PRIORITY}" in refused.message)
    assert [] == await requests(sandbox, "PATCH")


async def test_a_batch_that_fails_as_a_whole_is_not_repeated(sandbox: Sandbox):
    before = await read(sandbox, 1302)
    await sandbox.fail("devops", method="PATCH", status=503, json={})
    refused = await refusal(sandbox, updates=[change(before[1302], add_tags=["a"])])
    journal = (await sandbox.control("GET", "devops", "journal")).json()

    assert ("unavailable", "unknown") == (refused.code, refused.details["outcome"])
    assert 1 == len([each for each in journal if each["event"] == "fault"])


OTHER = json.dumps({"id": 7, "rev": 9, "fields": {}})
RULE = {"count": 1, "value": {"Message": "Remove requires Value to be null."}}


@pytest.mark.parametrize(
    ("entries", "outcome", "code"),
    [
        ([], "unknown", "upstream_error"),
        ([{"code": 200, "headers": None, "body": None}], "unknown", "upstream_error"),
        ([{"code": 200, "body": "{"}], "unknown", "upstream_error"),
        ([{"code": 200, "body": OTHER}], "unknown", "upstream_error"),
        ([{"code": None, "body": OTHER}], "unknown", "upstream_error"),
        ([{"code": 500, "body": "oops"}], "unknown", "unavailable"),
        ([{"code": 400, "headers": {}, "body": json.dumps(RULE)}], "refused", "invalid_argument"),
        ([{"code": 400, "body": RULE}], "refused", "invalid_argument"),
        ([{"code": 412, "body": None}], "refused", "conflict"),
        ([{"code": 403, "body": "{}"}], "refused", "forbidden"),
        ([{"code": 200, "body": {"id": 1302, "rev": 90}}], "updated", None),
    ],
)
async def test_what_the_service_says_of_each_is_told_and_nothing_more(
    sandbox: Sandbox, entries: list[Any], outcome: str, code: str | None
):
    before = await read(sandbox, 1302)
    body = {"count": len(entries), "value": entries}
    await sandbox.fail("devops", path="*/$batch", status=200, json=body)
    done = await update(sandbox, change(before[1302], add_tags=["a"]))

    assert [(outcome, code)] == [(each.outcome, each.code) for each in done.results]
    assert int(outcome != "updated") == done.not_updated
