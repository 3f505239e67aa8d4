"""Backlogs and boards, as a caller of the tools finds them."""

import pytest

from shared.errors import ToolError
from shared.tools.devops.backlogs import devops_get_backlog
from shared.tools.devops.work_items import devops_get_work_item
from tests.shared.tools.devops_calls import BOOKING, pages
from tests.shared.tools.sandbox import Sandbox

PLATFORM = {**BOOKING, "team": "Platform"}


async def test_the_backlog_comes_in_its_order_with_the_board(sandbox: Sandbox):
    found = await sandbox.call(devops_get_backlog, **PLATFORM)

    assert ("Stories", ["Epics", "Features", "Stories"]) == (
        found.level,
        [each.name for each in found.levels],
    )
    assert [("New", None, False), ("Doing", 5, True), ("Closed", None, False)] == [
        (each.name, each.limit, each.split) for each in found.columns
    ]
    assert ("Reviewed and tested", ["Expedite"]) == (found.columns[1].definition_of_done, found.lanes)
    items = await pages(sandbox, devops_get_backlog, limit=20, **PLATFORM)
    assert found.total == len(items) == len({each.id for each in items})
    assert not {"Closed", "Removed"} & {each.state for each in items}
    assert sorted(each.priority for each in items) == [each.priority for each in items]
    resolved = next(each for each in items if each.id == 1302)
    assert ("Doing", True, 8.0) == (resolved.column, resolved.column_done, resolved.points)


@pytest.mark.parametrize("level", ["Features", "features", "Feature", "Microsoft.FeatureCategory"])
async def test_a_level_is_named_by_its_name_its_id_or_a_type(sandbox: Sandbox, level: str):
    found = await sandbox.call(devops_get_backlog, level=level, **PLATFORM)

    assert ("Features", [1005]) == (found.level, [each.id for each in found.items])


async def test_a_level_nobody_knows_is_said_with_those_there_are(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_get_backlog, level="Chapters", **PLATFORM)

    assert ("not_found", "Name one of: Epics, Features, Stories.") == (
        refused.value.code,
        refused.value.remedy,
    )


async def test_without_a_team_it_is_the_projects_default_one(sandbox: Sandbox):
    found = await sandbox.call(devops_get_backlog, **BOOKING)

    assert found.total == (await sandbox.call(devops_get_backlog, team="booking web", **BOOKING)).total > 0


async def test_a_board_that_cannot_be_read_is_a_gap(sandbox: Sandbox):
    await sandbox.fail("devops", path="*/boards/*", status=404, json={"message": "no board"})

    found = await sandbox.call(devops_get_backlog, **PLATFORM)

    assert ([], [], ["the board Stories"]) == (
        found.columns,
        found.lanes,
        [each.source for each in found.gaps],
    )
    assert {None} == {each.column for each in found.items}


async def test_an_empty_level_is_an_empty_whole_list(sandbox: Sandbox):
    await sandbox.fail("devops", path="*/workItems", status=200, json={"workItems": None})

    found = await sandbox.call(devops_get_backlog, **PLATFORM)

    assert (0, [], True) == (found.total, found.items, found.complete)


async def test_a_work_item_shows_none_of_the_boards_own_fields(sandbox: Sandbox):
    found = await sandbox.call(devops_get_work_item, work_item_ids=["1302"], organization="larkspur")

    assert not [name for name in found.items[0].fields if name.startswith("WEF_")]
