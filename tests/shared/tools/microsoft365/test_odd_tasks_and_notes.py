"""Tasks, plans and notes of Graph in odd forms: parts, nulls and unknown values."""

import httpx
import pytest

from shared.errors import ToolError
from shared.tools.microsoft365.notes import graph_find_notes, graph_read_note
from shared.tools.microsoft365.plans import graph_get_plan
from shared.tools.microsoft365.task_changes import graph_update_task
from shared.tools.microsoft365.tasks import graph_list_tasks
from shared.tools.microsoft365.tasks_writing import graph_complete_task, graph_create_task
from tests.shared.tools.played_graph import playing, refusal, written

TASK = {"id": "P1", "planId": "PL", "title": "Berths", "@odata.etag": 'W/"1"'}
LISTS = {"value": [{"id": "L", "displayName": "Tasks", "wellknownListName": "defaultList"}]}
ADA = "00000000-0000-0000-0000-000000000001"


async def test_a_task_of_planner_whose_change_is_not_told_is_read_again():
    """Update plannerTask: 204 where the preference for a representation is not followed."""
    graph = playing(
        ("PATCH", "/planner", httpx.Response(204)), ("GET", "/planner", {**TASK, "percentComplete": 100})
    )
    done = await graph.call(graph_complete_task, task_id="planner:P1", version='W/"1"')

    assert ("completed", 'W/"1"') == (done.status, done.version)


async def test_what_cannot_be_read_after_a_change_is_said_to_be_changed():
    graph = playing(("PATCH", "/planner", httpx.Response(204)), ("GET", "/planner", refusal(403, "")))
    with pytest.raises(ToolError) as refused:
        await graph.call(graph_complete_task, task_id="planner:P1", version='W/"1"')

    assert refused.value.message.startswith("The change was made. What was left failed: ")


async def test_tasks_of_a_status_that_is_not_known_are_listed_without_one():
    due = {"dateTime": "2026-12-01T00:00:00", "timeZone": "UTC"}
    tasks = [
        {"id": "T1", "status": "unknownFutureValue", "dueDateTime": {"dateTime": None, "timeZone": "UTC"}},
        {
            "id": "T2",
            "title": None,
            "importance": "normal",
            "dueDateTime": due,
        },
    ]
    graph = playing(
        ("GET", "/lists/L/tasks", {"value": tasks}),
        ("GET", "/todo/lists", {"value": [{"id": "L", "displayName": None}]}),
    )
    page = await graph.call(graph_list_tasks)

    assert [("T2", None, "normal"), ("T1", None, None)] == [
        (each.id.rpartition(":")[2], each.status, each.importance) for each in page.items
    ]


async def test_a_task_gets_what_was_given_alone():
    made = {"id": "T1", "title": "Berths", "status": "notStarted", "importance": "normal"}
    graph = playing(("POST", "/tasks", (201, made)), ("GET", "/todo/lists", LISTS))
    await graph.call(graph_create_task, title="Berths", note=" ", due="", checklist=[])

    assert [{"title": "Berths", "importance": "normal"}] == written(graph)


async def test_of_several_lists_of_one_name_none_is_chosen_but_by_its_id():
    lists = {"value": [{"id": each, "displayName": "Tasks"} for each in ("L1", "L2")]}
    made = {"id": "T1", "title": "Berths", "status": "notStarted", "importance": "normal"}
    graph = playing(("POST", "/lists/L2/tasks", (201, made)), ("GET", "/todo/lists", lists))
    with pytest.raises(ToolError) as refused:
        await graph.call(graph_create_task, title="Berths", list_name="tasks")
    task = await graph.call(graph_create_task, title="Berths", list_name="L2")

    assert "list_name: several lists have this name." == refused.value.message
    assert "todo:L2:T1" == task.id


async def test_whoever_left_the_directory_is_taken_off_a_task_by_id():
    task = {**TASK, "assignments": {ADA: {"orderHint": "1"}}}
    graph = playing(("PATCH", "/planner/tasks", task), ("GET", "/planner/tasks/P1", task))
    await graph.call(graph_update_task, task_id="planner:P1", version='W/"1"', unassign=ADA)

    assert [{"assignments": {ADA: None}}] == written(graph)


async def test_a_plan_whose_title_looks_like_an_id_is_found_though_planner_denies_the_id():
    plans = {"value": [{"id": "PL1", "title": "Website-Relaunch-2026"}]}
    graph = playing(("GET", "/plans/Website-Relaunch", refusal(403, "")), ("GET", "/me/planner/plans", plans))
    found = await graph.call(graph_get_plan, plan="Website-Relaunch-2026")
    with pytest.raises(ToolError) as refused:
        await graph.call(graph_get_plan, plan="Website-Relaunch-2027")

    assert "PL1" == found.plan.id
    assert "forbidden" == refused.value.code


async def test_a_page_with_handwriting_says_that_it_is_not_in_the_text():
    html = "<html><body><p>Berths</p><!-- InkNode is not supported --></body></html>"
    page = ("GET", "/content", httpx.Response(200, content=html.encode()))
    note = await playing(page, ("GET", "/pages/1", {"id": "1", "title": None})).call(
        graph_read_note, page_id="1"
    )

    assert ("Berths", "Handwriting on the page is not in the text.") == (note.text.text, note.text.note)


async def test_a_plan_tells_its_group_by_its_container_and_a_roster_is_no_group():
    """Get plannerPlan: the example has a container and no owner."""
    plans = [
        {"id": f"PL{kind}", "title": kind, "container": {"containerId": "G1", "type": kind}}
        for kind in ("group", "roster")
    ]
    found = await playing(("GET", "/me/planner/plans", {"value": plans})).call(graph_get_plan)

    assert [("group", "G1"), ("roster", None)] == [(each.title, each.group_id) for each in found.plans.items]


async def test_a_list_that_is_listed_and_not_found_is_a_gap_among_the_others():
    lists = {"value": [{"id": each, "displayName": f"List {each}"} for each in ("L1", "L2")]}
    tasks = {"value": [{"id": "T1", "title": "Berths", "status": "notStarted", "importance": "normal"}]}
    graph = playing(
        ("GET", "/lists/L1/tasks", tasks),
        ("GET", "/lists/L2/tasks", refusal(404, "ErrorItemNotFound")),
        ("GET", "/todo/lists", lists),
    )
    page = await graph.call(graph_list_tasks)

    assert (["todo:L1:T1"], False) == ([each.id for each in page.items], page.complete)
    assert [("To Do list List L2", "not_found")] == [(each.source, each.code) for each in page.gaps]


async def test_a_section_is_opened_by_its_id_where_there_are_too_many_to_list():
    """OneNote error codes, 10008: go through a narrower root."""
    section = "1-2f5b0f0e-6f3c-4a0d-8d7e-9b1f1c2d3e4f"
    graph = playing(
        ("GET", f"/sections/{section}/pages", {"value": [{"id": "P1", "title": "Berths"}]}),
        ("GET", "/onenote/sections", refusal(403, "10008")),
    )
    page = await graph.call(graph_find_notes, section=section)
    with pytest.raises(ToolError) as refused:
        await graph.call(graph_find_notes, section="Harbour")

    assert ["P1"] == [each.id for each in page.items]
    assert "forbidden" == refused.value.code
