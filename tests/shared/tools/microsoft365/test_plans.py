"""Plans of Planner: which there are, what they hold, and how they are asked for."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.microsoft365.plans import PlanView, graph_get_plan
from shared.tools.microsoft365.task_details import TaskDetails, graph_get_task
from shared.tools.microsoft365.tasks import graph_list_tasks
from tests.shared.tools.played_graph import PlayedGraph, Sent, refusal
from tests.shared.tools.sandbox import Sandbox

ANA, BEN = "Ana Duarte <ana.duarte@larkspur.example>", "Ben Osei <ben.osei@larkspur.example>"


async def titles(sandbox: Sandbox, **arguments: Any) -> list[str]:
    view: PlanView = await sandbox.call(graph_get_plan, **arguments)
    assert view.tasks
    return [task.title for task in view.tasks.items]


async def details(sandbox: Sandbox, title: str, plan: str = "Cache move") -> TaskDetails:
    view: PlanView = await sandbox.call(graph_get_plan, plan=plan)
    assert view.tasks
    found = next(task.id for task in view.tasks.items if task.title == title)
    return await sandbox.call(graph_get_task, task_id=found)


async def refused(sandbox: Sandbox, **arguments: Any) -> ToolError:
    with pytest.raises(ToolError) as caught:
        await sandbox.call(graph_get_plan, **arguments)
    return caught.value


async def test_plans_are_those_shared_and_those_with_own_tasks_and_the_rest_is_said(read_only: Sandbox):
    view = await read_only.call(graph_get_plan)

    assert ["Cache move", "Spring timetable"] == [plan.title for plan in view.plans.items]
    assert (None, [], None) == (view.plan, view.buckets, view.tasks)
    assert not view.plans.complete
    assert "by group only" in view.plans.note


async def test_plans_of_a_group_are_found_by_its_id(read_only: Sandbox):
    known = await read_only.call(graph_get_plan)
    group = next(plan.group_id for plan in known.plans.items if plan.title == "Spring timetable")
    hugo = await read_only.call(graph_get_plan, user="hugo")
    by_group = await read_only.call(graph_get_plan, user="hugo", group=group)
    opened = await read_only.call(graph_get_plan, user="hugo", group=group, plan="spring TIMETABLE")

    assert [] == hugo.plans.items
    assert ["Spring timetable"] == [plan.title for plan in by_group.plans.items]
    assert by_group.plans.complete
    assert "Spring timetable" == opened.plan.title


async def test_a_plan_shows_its_buckets_in_order_and_everybodys_tasks(read_only: Sandbox):
    view = await read_only.call(graph_get_plan, plan="cache move")

    assert [("To do", 3), ("Doing", 1), ("Done", 2)] == [(each.name, each.tasks) for each in view.buckets]
    assert [
        "Open port 6379 for the build agents",
        "Bring booking-api-ci back to green",
        "Remove the old subnet",
        "Extend the runbook",
        "Move production",
        "Dashboard for the new cache",
    ] == [task.title for task in view.tasks.items]
    runbook = view.tasks.items[3]
    assert ("Doing", [ANA, BEN], 50, "high", 3, 1) == (
        runbook.bucket,
        runbook.assignees,
        runbook.percent,
        runbook.importance,
        runbook.steps,
        runbook.steps_done,
    )
    assert runbook.due
    assert (True, None, []) == (view.tasks.complete, view.tasks.note, view.gaps)


async def test_a_plan_is_filtered_by_bucket_person_and_progress(read_only: Sandbox):
    ben = {"plan": "Cache move", "assignee": "Ben.Osei@larkspur.example"}
    view = await read_only.call(graph_get_plan, plan="Cache move", bucket="DONE")

    assert ["Extend the runbook"] == await titles(read_only, **ben)
    assert ["Done"] == [each.name for each in view.buckets]
    assert ["Move production", "Dashboard for the new cache"] == [task.title for task in view.tasks.items]
    assert 4 == len(await titles(read_only, plan="Cache move", open_only=True))
    assert [] == await titles(read_only, plan="Cache move", open_only=True, bucket="Done")


async def test_pages_of_a_plan_joined_are_its_tasks(read_only: Sandbox):
    first = await read_only.call(graph_get_plan, plan="Cache move", limit=4)
    second = await read_only.call(graph_get_plan, plan="Cache move", limit=4, cursor=first.tasks.next_cursor)

    assert (False, "There are more.") == (first.tasks.complete, first.tasks.note)
    assert [("To do", 3), ("Doing", 1), ("Done", 2)] == [(each.name, each.tasks) for each in first.buckets]
    whole = await titles(read_only, plan="Cache move")
    assert whole == [task.title for task in (*first.tasks.items, *second.tasks.items)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"plan": "Nothing"}, "plan: there is no plan of this title among yours."),
        ({"plan": "abcdefghijklmnopqrstuvwxyz01"}, "plan: there is no plan of this title among yours."),
        ({"plan": "Cache move", "bucket": "Nowhere"}, "bucket: the plan has none of this name."),
        ({"plan": "Cache move", "assignee": "x@larkspur.example"}, "assignee: nobody in the organization"),
        ({"bucket": "Done"}, "bucket: needs a plan."),
        ({"assignee": "x@larkspur.example"}, "assignee: needs a plan."),
        ({"open_only": True}, "open_only: needs a plan."),
    ],
)
async def test_what_is_not_there_is_named_with_what_there_is(
    read_only: Sandbox, arguments: dict[str, Any], said: str
):
    error = await refused(read_only, **arguments)

    assert "invalid_argument" == error.code
    assert error.message.startswith(said)
    if "bucket" in arguments and "plan" in arguments:
        assert "Its buckets are: To do, Doing, Done." == error.remedy


async def test_a_plan_of_others_is_forbidden_by_its_id(read_only: Sandbox):
    known = await read_only.call(graph_get_plan)
    error = await refused(read_only, user="hugo", plan=known.plans.items[0].id)

    assert "forbidden" == error.code


async def test_names_that_cannot_be_read_are_a_gap_and_ids_stand_for_them(read_only: Sandbox):
    await read_only.fail("graph", path="/v1.0/users", status=503)
    view = await read_only.call(graph_get_plan, plan="Cache move", bucket="Doing")

    assert [("names of people", "unavailable")] == [(gap.source, gap.code) for gap in view.gaps]
    assert all(len(who) == 36 for who in view.tasks.items[0].assignees)


async def test_one_source_of_plans_that_fails_is_a_gap(read_only: Sandbox):
    await read_only.fail("graph", path="/v1.0/me/planner/plans", status=503)
    view = await read_only.call(graph_get_plan)

    assert ["Cache move", "Spring timetable"] == [plan.title for plan in view.plans.items]
    assert [("plans shared with you", "unavailable")] == [(gap.source, gap.code) for gap in view.gaps]


async def test_a_task_of_a_plan_is_read_with_its_details(read_only: Sandbox):
    task = await details(read_only, "Extend the runbook")

    assert ("Planner", "Cache move", "Doing", "inProgress", 50, [ANA, BEN]) == (
        task.source,
        task.plan,
        task.bucket,
        task.status,
        task.percent,
        task.assignees,
    )
    assert task.note
    assert task.note.text.startswith("What to do when the agents")
    assert "Note of the task Extend the runbook" == task.note.origin
    assert [
        ("Symptoms in the log", True),
        ("Which subnet the agents are in", False),
        ("Who opens a port", False),
    ] == [(step.title, step.done) for step in task.checklist]
    assert [
        "https://dev.azure.com/larkspur/Booking/_wiki/wikis/Booking.wiki?pagePath=/Runbooks/Booking%20API%20build"
    ] == [link.url for link in task.links]
    assert 2 == len(task.version.split(" "))


async def test_a_task_of_to_do_is_read_with_its_steps_and_links(read_only: Sandbox):
    listed = (await read_only.call(graph_list_tasks, limit=100)).items
    found = next(each for each in listed if each.title == "Find out why build 4711 failed")
    task = await read_only.call(graph_get_task, task_id=found.id)

    assert ("To Do", "Tasks", "inProgress", found.due, found.version) == (
        task.source,
        task.list_name,
        task.status,
        task.due,
        task.version,
    )
    assert task.note.text.startswith("Ben asked.")
    assert [("Read the log of the test step", True), ("Ask Dmitri about snet-data-02", False)] == [
        (step.title, step.done) for step in task.checklist
    ]
    assert [("Build 4711", "https://dev.azure.com/larkspur/Booking/_build/results?buildId=4711")] == [
        (link.title, link.url) for link in task.links
    ]
    assert [] == task.gaps


async def test_buckets_that_cannot_be_read_are_a_gap_of_a_task(read_only: Sandbox):
    await read_only.fail("graph", path="/v1.0/planner/plans/*/buckets", status=503)
    task = await read_only.call(graph_get_task, task_id=await runbook_id(read_only))

    assert (["buckets"], None, 3) == ([gap.source for gap in task.gaps], task.bucket, len(task.checklist))


async def test_details_that_cannot_be_read_are_a_gap_of_a_task(read_only: Sandbox):
    await read_only.fail("graph", path="/v1.0/planner/tasks/*/details", status=503)
    task = await read_only.call(graph_get_task, task_id=await runbook_id(read_only))

    assert ["note, checklist and links"] == [gap.source for gap in task.gaps]
    assert ("Doing", None, [], 1) == (task.bucket, task.note, task.checklist, len(task.version.split(" ")))


async def runbook_id(sandbox: Sandbox) -> str:
    listed = (await sandbox.call(graph_list_tasks, limit=100)).items
    return str(next(each.id for each in listed if each.title == "Extend the runbook"))


async def test_many_people_are_asked_for_fifteen_at_a_time_and_who_left_stays_an_id():
    ids = [f"00000000-0000-4000-8000-{number:012}" for number in range(20)]
    task = {
        "@odata.etag": 'W/"t"', "id": "t", "planId": "p", "title": None, "percentComplete": None,
        "priority": None, "assignments": {"@odata.type": "x", **{each: {"orderHint": "8"} for each in ids}},
    }  # fmt: skip
    played = PlayedGraph(lambda sent: answered(sent, task, ids))
    found = await played.call(graph_get_task, task_id="planner:t")
    asked = [sent.query["$filter"] for sent in played.requests if sent.path == "/users"]

    assert [15, 5] == [condition.count("'") // 2 for condition in asked]
    assert sorted([f"P0 <{ids[0]}@x>", *ids[1:]]) == found.assignees
    assert ("", "notStarted", "normal", [], [], None) == (
        found.title,
        found.status,
        found.importance,
        found.checklist,
        found.links,
        found.note,
    )


async def test_what_has_no_room_is_counted():
    def play(sent: Sent) -> Any:
        if sent.path.endswith("/tasks"):
            return {"value": []}
        if sent.path.endswith("/buckets"):
            return {"value": [{"id": f"b{number}", "name": "x" * 100} for number in range(200)]}
        if sent.path == "/planner/plans/abcdefghijklmnopqrst":
            return {"id": "abcdefghijklmnopqrst", "title": "Plan"}
        if sent.path.endswith("/checklistItems"):
            return {"value": [{"id": str(number), "displayName": "x" * 200} for number in range(100)]}
        if sent.path == "/me/todo/lists/a/tasks/b":
            return {"@odata.etag": "x", "id": "b", "status": "notStarted", "importance": "low"}
        return {"value": []}

    played = PlayedGraph(play)
    view = await played.call(graph_get_plan, plan="abcdefghijklmnopqrst")
    task = await played.call(graph_get_task, task_id="todo:a:b")

    assert (200, True) == (len(view.buckets) + view.buckets_left_out, view.buckets_left_out > 100)
    assert f"{100 - len(task.checklist)} steps" == task.left_out
    assert 30 < len(task.checklist) < 60


def answered(sent: Sent, task: dict[str, Any], ids: list[str]) -> Any:
    match sent.path:
        case "/planner/tasks/t":
            return task
        case "/planner/tasks/t/details":
            return {"@odata.etag": 'W/"d"', "description": None, "checklist": None, "references": None}
        case "/planner/plans/p":
            return {"id": "p", "title": "Plan"}
        case "/users":
            here = ids[0] in sent.query["$filter"]
            return {"value": [{"id": ids[0], "displayName": "P0", "mail": f"{ids[0]}@x"}] if here else []}
        case "/planner/plans/p/buckets":
            return {"value": []}
    return refusal(404, "")
