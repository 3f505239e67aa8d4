"""Tags added and taken away one by one, whatever tags there are besides."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.devops.work_items import devops_get_work_item
from shared.tools.devops.work_items_writing import devops_create_work_item, devops_update_work_item
from tests.shared.tools.devops_calls import BOOKING, requests
from tests.shared.tools.sandbox import Sandbox

LARKSPUR = {"organization": "larkspur"}


async def item(sandbox: Sandbox, *tags: str) -> Any:
    given = {"tags": [*tags]} if tags else {}
    return await sandbox.call(
        devops_create_work_item, work_item_type="Task", title="Tagged", **given, **BOOKING
    )


async def tags(sandbox: Sandbox, number: int) -> list[str]:
    found = (await sandbox.call(devops_get_work_item, work_item_ids=[number], **LARKSPUR)).items[0]
    return [each for each in str(found.fields.get("System.Tags", "")).split("; ") if each]


async def update(sandbox: Sandbox, made: Any, **given: Any) -> Any:
    return await sandbox.call(
        devops_update_work_item, work_item_id=made.id, rev=made.rev, **given, **LARKSPUR
    )


@pytest.mark.parametrize(
    ("there", "given", "expected"),
    [
        (["a", "b"], {"add_tags": ["c"]}, ["a", "b", "c"]),
        ([], {"add_tags": ["c", "C", " d "]}, ["C", "d"]),
        (["a", "b"], {"remove_tags": ["B"]}, ["a"]),
        (["a"], {"remove_tags": "a"}, []),
        (["a", "b"], {"remove_tags": ["a"], "add_tags": ["c"]}, ["b", "c"]),
        (["a"], {"remove_tags": None, "add_tags": ["b"]}, ["a", "b"]),
    ],
)
async def test_the_other_tags_stay(
    sandbox: Sandbox, there: list[str], given: dict[str, Any], expected: list[str]
):
    made = await item(sandbox, *there)
    changed = await update(sandbox, made, **given)

    assert made.rev + 1 == changed.rev
    assert expected == await tags(sandbox, made.id)


@pytest.mark.parametrize("given", [{"add_tags": ["A"]}, {"remove_tags": ["x"]}])
async def test_what_is_so_already_writes_nothing(sandbox: Sandbox, given: dict[str, Any]):
    made = await item(sandbox, "a", "b")
    same = await update(sandbox, made, **given)

    assert (made.rev, ["a", "b"]) == (same.rev, await tags(sandbox, made.id))
    assert [] == await requests(sandbox, "PATCH")


async def test_tags_that_others_added_meanwhile_are_not_lost(sandbox: Sandbox):
    made = await item(sandbox, "a")
    await update(sandbox, made, add_tags=["b"])
    with pytest.raises(ToolError) as refused:
        await update(sandbox, made, remove_tags=["a"])

    assert "conflict" == refused.value.code
    assert ["a", "b"] == await tags(sandbox, made.id)


@pytest.mark.parametrize(
    "given",
    [
        {"add_tags": ["x"], "tags": ["y"]},
        {"remove_tags": ["x"], "clear": ["tags"]},
        {"add_tags": ["x"], "fields": {"System.Tags": "y"}},
        {"add_tags": ["x"], "clear": ["System.Tags"]},
        {"add_tags": ["x"], "remove_tags": ["X"]},
        {"add_tags": []},
        {"add_tags": None, "remove_tags": ""},
        {"add_tags": ["x;y"]},
    ],
)
async def test_tags_said_in_two_ways_or_not_at_all_change_nothing(sandbox: Sandbox, given: dict[str, Any]):
    made = await item(sandbox, "a")
    with pytest.raises(ToolError) as refused:
        await update(sandbox, made, **given)

    assert "invalid_argument" == refused.value.code
    assert ["a"] == await tags(sandbox, made.id)
