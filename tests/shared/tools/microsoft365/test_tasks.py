"""Tasks of To Do and Planner in one list, and what completes or adds to them."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.errors import ToolError
from shared.tools.microsoft365.tasks import Task, graph_list_tasks
from shared.tools.microsoft365.tasks_writing import graph_complete_task, graph_create_task
from tests.shared.tools.sandbox import Sandbox

TODAY = datetime.now(ZoneInfo("Europe/Lisbon")).date()


async def listed(sandbox: Sandbox, **arguments: Any) -> list[Task]:
    """Every task, pages joined."""
    tasks, cursor = [], None
    while True:
        page = await sandbox.call(
            graph_list_tasks, **{"time_zone": "Europe/Lisbon", **arguments}, cursor=cursor
        )
        tasks += page.items
        assert page.complete == (page.next_cursor is None)
        if page.complete:
            return tasks
        cursor = page.next_cursor


async def task_named(sandbox: Sandbox, title: str, **arguments: Any) -> Task:
    return next(task for task in await listed(sandbox, limit=100, **arguments) if task.title == title)


async def writes(sandbox: Sandbox) -> list[str]:
    """What changing requests Graph answered with success."""
    journal = (await sandbox.control("GET", "graph", "journal")).json()
    return [
        f"{each['method']} {each['path']}"
        for each in journal
        if each["event"] == "answered" and each["method"] != "GET" and each["status"] < 300
    ]


async def test_open_tasks_of_both_places_are_in_one_list_those_due_first_at_the_head(read_only: Sandbox):
    tasks = await listed(read_only, limit=100)

    titles = [task.title for task in tasks]
    assert {
        "Find out why build 4711 failed",
        "Extend the runbook",
        "Tickets for the boat to Porto Brandao",
    } < {*titles}
    assert {"To Do", "Planner"} == {task.source for task in tasks}
    assert {"Tasks", "Cache move", "Home", None} == {task.list_name for task in tasks}
    assert "completed" not in {task.status for task in tasks}
    assert "Open port 6379 for the build agents" not in titles  # assigned to somebody else
    due = [task.due for task in tasks if task.due]
    assert due == sorted(due) == [task.due for task in tasks][: len(due)]


async def test_a_task_says_when_it_is_due_and_how_it_stands(read_only: Sandbox):
    todo = await task_named(read_only, "Find out why build 4711 failed")
    planner = await task_named(read_only, "Bring booking-api-ci back to green")

    assert (TODAY, "inProgress", "high", "Tasks", None) == (
        todo.due,
        todo.status,
        todo.importance,
        todo.list_name,
        todo.plan_id,
    )
    assert (TODAY, "inProgress", "urgent", None) == (
        planner.due,
        planner.status,
        planner.importance,
        planner.list_name,
    )
    assert planner.plan_id


async def test_a_day_due_in_to_do_is_the_same_in_any_time_zone(read_only: Sandbox):
    lisbon = await task_named(read_only, "Find out why build 4711 failed")
    los_angeles = await task_named(
        read_only, "Find out why build 4711 failed", time_zone="America/Los_Angeles"
    )

    assert lisbon.due == los_angeles.due


async def test_completed_tasks_are_listed_when_asked_for(read_only: Sandbox):
    done = {task.title for task in await listed(read_only, completed=True) if task.status == "completed"}

    assert {
        "Book the room for the retrospective",
        "Ask for agents' access to snet-data-02",
        "Dashboard for the new cache",
    } == done


async def test_only_tasks_due_by_then_are_listed_when_asked_for(read_only: Sandbox):
    tomorrow = await listed(read_only, due="tomorrow")
    dated = await listed(read_only, due=str(TODAY + timedelta(days=6)))

    assert {
        "Find out why build 4711 failed",
        "Bring booking-api-ci back to green",
        "Update the wiki page Runbooks / Booking API build",
    } == {task.title for task in tomorrow}
    assert "Three lines for the talk with Ben" in {task.title for task in dated}


async def test_pages_joined_are_the_whole_list_without_duplicates(read_only: Sandbox):
    whole = await listed(read_only, completed=True, limit=100)
    parts = await listed(read_only, completed=True, limit=2)

    assert [task.id for task in whole] == [task.id for task in parts]
    assert len({task.id for task in parts}) == len(parts) > 10


async def test_who_has_no_tasks_gets_a_complete_empty_list(read_only: Sandbox):
    page = await read_only.call(graph_list_tasks, user="hugo")

    assert ([], True, None, []) == (page.items, page.complete, page.note, page.gaps)


@pytest.mark.parametrize(
    ("path", "missing", "left"),
    [("/v1.0/me/planner/*", "Planner", "To Do"), ("/v1.0/me/todo/lists/*/tasks", "To Do", "Planner")],
)
async def test_when_one_place_fails_the_other_is_listed_and_the_gap_named(
    read_only: Sandbox, path: str, missing: str, left: str
):
    await read_only.fail("graph", path=path, status=503)
    page = await read_only.call(graph_list_tasks, limit=100)

    assert {left} == {task.source for task in page.items}
    assert [(missing, "unavailable")] == [(gap.source, gap.code) for gap in page.gaps]
    assert (False, f"{missing} is missing.") == (page.complete, page.note)


async def test_a_cursor_of_another_list_is_refused(read_only: Sandbox):
    page = await read_only.call(graph_list_tasks, limit=2)
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_list_tasks, limit=2, completed=True, cursor=page.next_cursor)

    assert "invalid_argument" == refused.value.code
    assert refused.value.message.startswith("cursor: ")


async def test_a_task_is_created_in_the_usual_list(sandbox: Sandbox):
    made = await sandbox.call(
        graph_create_task,
        title="Call <the> harbour",
        due="2026-12-24",
        note="Niamh D'Arcy",
        importance="high",
    )

    assert made == await task_named(sandbox, "Call <the> harbour")
    assert ("Tasks", "2026-12-24", "high", "notStarted") == (
        made.list_name,
        str(made.due),
        made.importance,
        made.status,
    )


async def test_a_task_is_created_in_the_list_that_is_named_however_it_is_spelt(sandbox: Sandbox):
    made = await sandbox.call(graph_create_task, title="Rope", list_name="cache MOVE")

    assert "Cache move" == made.list_name
    assert made.id == (await task_named(sandbox, "Rope")).id


async def test_a_list_that_is_none_is_refused_and_the_lists_are_named(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_create_task, title="Rope", list_name="Nowhere")

    assert ("invalid_argument", "list_name: you have no To Do list of this name.") == (
        refused.value.code,
        refused.value.message,
    )
    assert "Your lists are Tasks, Cache move, Home." == refused.value.remedy
    assert [] == await writes(sandbox)


@pytest.mark.parametrize("title", ["Find out why build 4711 failed", "Extend the runbook"])
async def test_a_task_of_either_place_is_completed(sandbox: Sandbox, title: str):
    task = await task_named(sandbox, title)
    done = await sandbox.call(graph_complete_task, task_id=task.id, version=task.version)

    assert (task.id, title, "completed") == (done.id, done.title, done.status)
    assert title not in {each.title for each in await listed(sandbox)}
    assert done.version == (await task_named(sandbox, title, completed=True)).version != task.version


@pytest.mark.parametrize("title", ["Find out why build 4711 failed", "Extend the runbook"])
async def test_a_task_that_has_changed_is_not_completed_and_the_present_version_is_told(
    sandbox: Sandbox, title: str
):
    task = await task_named(sandbox, title)
    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_complete_task, task_id=task.id, version='W/"old"')

    assert "conflict" == refused.value.code
    assert (task.version, title, "inProgress") == tuple(
        refused.value.details[f"current_{name}"] for name in ("version", "title", "status")
    )
    assert title in refused.value.message
    assert task == await task_named(sandbox, title)
    assert [] == await writes(sandbox)


async def test_a_task_of_a_plan_the_user_is_not_in_is_forbidden(sandbox: Sandbox):
    task = await task_named(sandbox, "Extend the runbook")
    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_complete_task, user="hugo", task_id=task.id, version=task.version)

    assert "forbidden" == refused.value.code


@pytest.mark.parametrize(
    "task_id",
    ["planner:none", "planner:../../me", "todo:none:none", "todo:../x:a?b", "planner:a#b", "todo:it's:a/b"],
)
async def test_an_id_that_is_none_is_not_found(read_only: Sandbox, task_id: str):
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_complete_task, task_id=task_id, version='W/"x"')

    assert ("invalid_argument" if "../" in task_id else "not_found") == refused.value.code
    assert [] == await writes(read_only)
