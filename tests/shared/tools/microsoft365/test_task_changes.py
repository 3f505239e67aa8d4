"""Tasks of To Do and Planner: created where they belong, and changed in the version that was read."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.errors import ToolError
from shared.tools import CATALOGUE
from shared.tools.microsoft365.plans import graph_get_plan
from shared.tools.microsoft365.task_changes import graph_update_task
from shared.tools.microsoft365.task_details import TaskDetails, graph_get_task
from shared.tools.microsoft365.tasks import graph_list_tasks
from shared.tools.microsoft365.tasks_writing import graph_complete_task, graph_create_task
from tests.shared.tools.mailroom import requests
from tests.shared.tools.sandbox import Sandbox

ANA, BEN = "Ana Duarte <ana.duarte@larkspur.example>", "Ben Osei <ben.osei@larkspur.example>"
BEN_ADDRESS, ANA_ADDRESS = "ben.osei@larkspur.example", "ana.duarte@larkspur.example"
RUNBOOK, BUILD = "Extend the runbook", "Find out why build 4711 failed"
TOMORROW = datetime.now(ZoneInfo("Europe/Lisbon")).date() + timedelta(days=1)
WRITING = ("POST", "PATCH", "DELETE")


async def read(sandbox: Sandbox, title: str) -> TaskDetails:
    listed = (await sandbox.call(graph_list_tasks, limit=100, completed=True)).items
    found = next(each.id for each in listed if each.title == title)
    return await sandbox.call(graph_get_task, task_id=found)


async def update(sandbox: Sandbox, task: TaskDetails, **arguments: Any) -> TaskDetails:
    given = {"task_id": task.id, "version": task.version, **arguments}
    return await sandbox.call(graph_update_task, **given)


async def refusal(sandbox: Sandbox, function: Any, **arguments: Any) -> ToolError:
    with pytest.raises(ToolError) as caught:
        await sandbox.call(function, **arguments)
    return caught.value


async def written(sandbox: Sandbox) -> list[str]:
    """What changing requests were answered with success."""
    return [
        f"{each['method']} {each['path'].rsplit('/', 1)[-1]}"
        for each in await requests(sandbox)
        if each.get("method") in WRITING and each.get("status", 500) < 300
    ]


def steps(task: TaskDetails) -> list[tuple[str, bool]]:
    return [(step.title, step.done) for step in task.checklist]


async def test_a_task_is_created_in_a_plan_with_everything(sandbox: Sandbox):
    made = await sandbox.call(
        graph_create_task,
        title="Publish the runbook",
        plan="Cache move",
        bucket="doing",
        assignees=[BEN_ADDRESS.title()],
        due=str(TOMORROW),
        note="After Ben has read it.",
        importance="urgent",
        checklist=["Proofread", "Ask Dmitri", "Publish"],
    )
    task = await sandbox.call(graph_get_task, task_id=made.id)

    assert ("Publish the runbook", "Doing", [BEN], TOMORROW, "urgent") == (
        task.title,
        task.bucket,
        task.assignees,
        task.due,
        task.importance,
    )
    assert task.note
    assert "After Ben has read it." == task.note.text
    assert [("Proofread", False), ("Ask Dmitri", False), ("Publish", False)] == steps(task)
    assert task.version == made.version


async def test_a_task_without_a_bucket_goes_into_the_first(sandbox: Sandbox):
    made = await sandbox.call(graph_create_task, title="x", plan="Cache move")
    task = await sandbox.call(graph_get_task, task_id=made.id)

    assert ("To do", [], None, []) == (task.bucket, task.assignees, task.note, task.checklist)
    assert ["POST tasks"] == await written(sandbox)


async def test_a_task_of_to_do_is_created_with_steps_and_a_reminder(sandbox: Sandbox):
    made = await sandbox.call(
        graph_create_task, title="x", checklist=["One", "Two"], reminder="2026-12-24T09:30", list_name="Home"
    )
    task = await sandbox.call(graph_get_task, task_id=made.id)

    assert [("One", False), ("Two", False)] == steps(task)
    assert ("Home", "2026-12-24T09:30:00+00:00", made.version) == (
        task.list_name,
        task.reminder.isoformat() if task.reminder else None,
        task.version,
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"bucket": "Doing"}, "bucket: is for tasks of a plan."),
        ({"assignees": [BEN_ADDRESS]}, "assignees: is for tasks of a plan."),
        ({"plan": "Cache move", "list_name": "Home"}, "list_name: is for tasks of To Do."),
        ({"plan": "Cache move", "reminder": "2026-12-24T09:30"}, "reminder: is for tasks of To Do."),
        ({"plan": "Cache move", "bucket": "Nowhere"}, "bucket: the plan has none of this name."),
        ({"plan": "Cache move", "assignees": ["x@y.example"]}, "assignees: nobody in the organization"),
        ({"plan": "Cache move", "assignees": ["x@y.example"] * 11}, "assignees: must be at most 10"),
        ({"checklist": ["x" * 101]}, "checklist.0: must have 1 to 100 characters"),
    ],
)
async def test_arguments_that_do_not_belong_together_are_refused(
    read_only: Sandbox, arguments: dict[str, Any], said: str
):
    error = await refusal(read_only, graph_create_task, title="x", **arguments)

    assert "invalid_argument" == error.code
    assert error.message.startswith(said)
    assert [] == await written(read_only)


async def test_a_task_whose_steps_cannot_be_written_is_told_to_be_there(sandbox: Sandbox):
    await sandbox.fail("graph", path="/v1.0/planner/tasks/*/details", status=403)
    error = await refusal(sandbox, graph_create_task, title="x", plan="Cache move", checklist=["One"])

    assert "forbidden" == error.code
    assert error.message.startswith("The task was created (planner:")


async def test_who_is_not_in_the_plan_is_not_assigned(sandbox: Sandbox):
    grace = "grace.kim@larkspur.example"
    error = await refusal(sandbox, graph_create_task, title="x", plan="Cache move", assignees=[grace])

    assert "forbidden" == error.code


async def test_all_of_a_task_of_a_plan_changes_and_what_is_left_out_stays(sandbox: Sandbox):
    before = await read(sandbox, RUNBOOK)
    one = await update(sandbox, before, title="Runbook", importance="low")
    two = await update(sandbox, one, bucket="Done", status="completed", due=str(TOMORROW), note="New")

    assert ("Runbook", "low", "Doing", before.assignees, before.due, before.note, before.checklist) == (
        one.title,
        one.importance,
        one.bucket,
        one.assignees,
        one.due,
        one.note.model_copy(update={"origin": before.note.origin}) if one.note and before.note else None,
        one.checklist,
    )
    assert ("Done", "completed", 100, TOMORROW, "New") == (
        two.bucket,
        two.status,
        two.percent,
        two.due,
        two.note.text if two.note else None,
    )
    assert ("Runbook", "low", before.checklist, before.links) == (
        two.title,
        two.importance,
        two.checklist,
        two.links,
    )


async def test_people_are_assigned_and_unassigned_one_by_one(sandbox: Sandbox):
    before = await read(sandbox, RUNBOOK)
    without = await update(sandbox, before, unassign=BEN_ADDRESS)
    dmitri = await update(sandbox, without, assign=["dmitri.volkov@larkspur.example"], unassign=[])
    absent = await refusal(
        sandbox, graph_update_task, task_id=dmitri.id, version=dmitri.version, unassign=[BEN_ADDRESS]
    )

    assert [ANA] == without.assignees
    assert [ANA, "Dmitri Volkov <dmitri.volkov@larkspur.example>"] == dmitri.assignees
    assert f"unassign: {BEN_ADDRESS} is not assigned." == absent.message


async def test_who_is_assigned_already_stays_so(sandbox: Sandbox):
    before = await read(sandbox, RUNBOOK)
    after = await update(sandbox, before, assign=[BEN_ADDRESS], title="Runbook")

    assert before.assignees == after.assignees


@pytest.mark.parametrize("title", [RUNBOOK, BUILD])
async def test_steps_are_added_checked_unchecked_and_removed_one_by_one(sandbox: Sandbox, title: str):
    before = await read(sandbox, title)
    first, second = before.checklist[:2]
    after = await update(
        sandbox,
        before,
        checklist=[
            {"step": "Later", "action": "add"},
            {"step": first.title.upper(), "action": "uncheck"},
            {"step": second.id, "action": "check"},
            {"step": "Latest", "action": "add"},
        ],
    )
    rest = [(step.title, step.done) for step in before.checklist[2:]]
    assert [(first.title, False), (second.title, True), *rest, ("Later", False), ("Latest", False)] == steps(
        after
    )
    removed = await update(sandbox, after, checklist={"step": "later", "action": "remove"})

    assert [each for each in steps(after) if each[0] != "Later"] == steps(removed)
    assert before.note == removed.note


@pytest.mark.parametrize("title", [RUNBOOK, BUILD])
async def test_a_step_that_is_none_is_refused_with_those_there_are(sandbox: Sandbox, title: str):
    task = await read(sandbox, title)
    error = await refusal(
        sandbox,
        graph_update_task,
        task_id=task.id,
        version=task.version,
        title="x",
        checklist=[{"step": "Nothing", "action": "check"}],
    )

    assert "checklist: no step is called 'Nothing'." == error.message
    assert task.checklist[0].title in error.remedy
    assert [] == await written(sandbox)


@pytest.mark.parametrize("title", [RUNBOOK, BUILD])
async def test_due_day_and_note_are_emptied_by_clear_alone(sandbox: Sandbox, title: str):
    before = await read(sandbox, title)
    assert before.due
    assert before.note
    (tool,) = (tool for tool in CATALOGUE if tool.function is graph_update_task)
    nothing = dict.fromkeys(tool.input_schema["properties"], "")
    kept = await update(
        sandbox, before, **{**nothing, "task_id": before.id, "version": before.version, "title": "x"}
    )
    cleared = await update(sandbox, kept, clear=["due", "note"])

    assert (before.due, before.note.text, before.checklist, before.assignees) == (
        kept.due,
        kept.note.text if kept.note else None,
        kept.checklist,
        kept.assignees,
    )
    assert (None, None, before.checklist) == (cleared.due, cleared.note, cleared.checklist)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "Nothing is to be changed."),
        ({"note": "", "clear": [], "checklist": []}, "Nothing is to be changed."),
        ({"note": "x", "clear": ["note"]}, "clear: note is given a value too."),
        ({"assign": [BEN_ADDRESS], "unassign": [BEN_ADDRESS.upper()]}, "unassign: ben.osei"),
        ({"status": "deferred"}, "status: Planner has no deferred."),
        (
            {"checklist": [{"step": "a", "action": "check"}, {"step": "A", "action": "remove"}]},
            "checklist: 'a' is named twice.",
        ),
        ({"checklist": [{"step": "a", "action": "toggle"}]}, "checklist.0.action"),
        ({"bucket": "Nowhere"}, "bucket: the plan has none of this name."),
    ],
)
async def test_a_change_that_means_nothing_is_refused(sandbox: Sandbox, change: dict[str, Any], said: str):
    task = await read(sandbox, RUNBOOK)
    error = await refusal(sandbox, graph_update_task, task_id=task.id, version=task.version, **change)

    assert "invalid_argument" == error.code
    assert error.message.startswith(said)
    assert [] == await written(sandbox)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"bucket": "Doing"}, "bucket: a task of To Do has none."),
        ({"assign": [BEN_ADDRESS]}, "assign: a task of To Do has none."),
        ({"unassign": [BEN_ADDRESS]}, "unassign: a task of To Do has none."),
        ({"importance": "urgent"}, "importance: To Do has no urgent."),
    ],
)
async def test_what_to_do_does_not_know_is_refused(sandbox: Sandbox, change: dict[str, Any], said: str):
    task = await read(sandbox, BUILD)
    error = await refusal(sandbox, graph_update_task, task_id=task.id, version=task.version, **change)

    assert said == error.message
    assert [] == await written(sandbox)


async def test_a_task_of_to_do_changes(sandbox: Sandbox):
    before = await read(sandbox, BUILD)
    after = await update(
        sandbox, before, title="Build", due=str(TOMORROW), note="a < b", importance="low", status="deferred"
    )

    assert ("Build", TOMORROW, "a < b", "low", "deferred", before.checklist) == (
        after.title,
        after.due,
        after.note.text if after.note else None,
        after.importance,
        after.status,
        after.checklist,
    )


async def test_a_task_changed_meanwhile_is_left_as_it_is(sandbox: Sandbox):
    old = await read(sandbox, RUNBOOK)
    await update(sandbox, old, title="Changed by another")
    before = await written(sandbox)
    error = await refusal(
        sandbox, graph_update_task, task_id=old.id, version=old.version, title="x", note="y"
    )

    assert ("conflict", "Changed by another") == (error.code, error.details["current_title"])
    assert before == await written(sandbox)


async def test_details_changed_meanwhile_are_left_as_they_are_and_so_is_the_task(sandbox: Sandbox):
    old = await read(sandbox, RUNBOOK)
    new = await update(sandbox, old, note="By another")
    before = await written(sandbox)
    stale = f"{new.version.split(' ')[0]} {old.version.split(' ')[1]}"
    error = await refusal(sandbox, graph_update_task, task_id=old.id, version=stale, title="x", note="y")

    assert ("conflict", "By another", new.version) == (
        error.code,
        error.details["current_note"],
        error.details["current_version"],
    )
    assert before == await written(sandbox)


async def test_a_step_of_to_do_is_not_touched_when_the_task_has_changed(sandbox: Sandbox):
    old = await read(sandbox, BUILD)
    await update(sandbox, old, title="Changed by another")
    before = await written(sandbox)
    check = [{"step": old.checklist[1].id, "action": "check"}]
    error = await refusal(sandbox, graph_update_task, task_id=old.id, version=old.version, checklist=check)

    assert ("conflict", "Changed by another") == (error.code, error.details["current_title"])
    assert before == await written(sandbox)


async def test_note_and_checklist_need_the_version_that_was_read_with_them(sandbox: Sandbox):
    listed = (await sandbox.call(graph_list_tasks, limit=100)).items
    task = next(each for each in listed if each.title == RUNBOOK)
    error = await refusal(sandbox, graph_update_task, task_id=task.id, version=task.version, note="x")
    renamed = await sandbox.call(graph_update_task, task_id=task.id, version=task.version, title="x")

    assert ("invalid_argument", True) == (error.code, error.message.startswith("version: "))
    assert "x" == renamed.title


async def test_what_was_changed_before_a_failure_is_told(sandbox: Sandbox):
    task = await read(sandbox, RUNBOOK)
    full = [{"step": f"Step {number}", "action": "add"} for number in range(18)]
    error = await refusal(
        sandbox, graph_update_task, task_id=task.id, version=task.version, title="x", checklist=full
    )

    assert "forbidden" == error.code
    assert error.message.startswith(
        "Changed: title. What was left failed: Microsoft Graph has reached a limit"
    )
    assert "MaximumChecklistItemsOnTask" == error.details["graph_error"]


async def test_a_task_read_with_its_details_is_completed_by_its_version(sandbox: Sandbox):
    task = await read(sandbox, RUNBOOK)
    done = await sandbox.call(graph_complete_task, task_id=task.id, version=task.version)

    assert ("completed", RUNBOOK) == (done.status, done.title)


@pytest.mark.parametrize("status", [409, 412])
async def test_either_status_of_a_conflict_is_one(sandbox: Sandbox, status: int):
    task = await read(sandbox, RUNBOOK)
    await sandbox.fail("graph", path="/v1.0/planner/tasks/*", method="PATCH", status=status)
    error = await refusal(sandbox, graph_update_task, task_id=task.id, version=task.version, title="x")

    assert ("conflict", RUNBOOK) == (error.code, error.details["current_title"])


async def test_a_plan_shows_what_was_changed(sandbox: Sandbox):
    task = await read(sandbox, RUNBOOK)
    await update(sandbox, task, bucket="To do", checklist={"step": "More", "action": "add"})
    view = await sandbox.call(graph_get_plan, plan="Cache move", bucket="To do")
    runbook = next(each for each in view.tasks.items if each.title == RUNBOOK)

    assert (4, 1, "To do") == (runbook.steps, runbook.steps_done, runbook.bucket)
