from typing import Any

import httpx
import pytest

from .conftest import Conforms, Sandbox, code

STEP = {"@odata.type": "#microsoft.graph.plannerChecklistItem"}
ASSIGNMENT = {"@odata.type": "#microsoft.graph.plannerAssignment", "orderHint": " !"}
NEW = "0b2f4c8e-7d11-4b53-9a51-3f2e1d0c9b8a"
REPRESENTATION = {"Prefer": "return=representation"}


async def task_named(client: httpx.AsyncClient, title: str) -> dict[str, Any]:
    tasks = (await client.get("/me/planner/tasks")).json()["value"]
    return next(dict(each) for each in tasks if each["title"] == title)


async def details_of(
    client: httpx.AsyncClient, title: str = "Extend the runbook"
) -> tuple[str, dict[str, Any]]:
    path = f"/planner/tasks/{(await task_named(client, title))['id']}/details"
    return path, (await client.get(path)).json()


async def test_details_have_description_checklist_and_encoded_references(
    ana: httpx.AsyncClient, conforms: Conforms
):
    path, details = await details_of(ana)
    conforms(await ana.get(path), "GET /planner/tasks/{plannerTask-id}/details")
    task = await task_named(ana, "Extend the runbook")

    assert details["description"].startswith("What to do")
    assert ["https%3A//dev%2Eazure%2Ecom/larkspur"] == [key[:36] for key in details["references"]]
    assert (True, 1, 3, 2) == (
        task["hasDescription"],
        task["referenceCount"],
        task["checklistItemCount"],
        task["activeChecklistItemCount"],
    )
    assert task["@odata.etag"] != details["@odata.etag"]


async def test_details_change_only_in_their_own_version(writer: httpx.AsyncClient, conforms: Conforms):
    path, details = await details_of(writer)
    task = await task_named(writer, "Extend the runbook")
    change = {"description": "New"}
    without = await writer.patch(path, json=change)
    other = await writer.patch(path, json=change, headers={"If-Match": task["@odata.etag"]})
    headers = {"If-Match": details["@odata.etag"]}
    done = await writer.patch(path, json=change, headers=headers)
    stale = await writer.patch(path, json=change, headers=headers)
    now = (await writer.get(path)).json()
    shown = await writer.patch(path, json=change, headers={"If-Match": now["@odata.etag"], **REPRESENTATION})
    conforms(shown, "PATCH /planner/tasks/{plannerTask-id}/details")

    assert [(400, ""), (412, ""), (412, "")] == [code(each) for each in (without, other, stale)]
    assert (204, "New", 3) == (done.status_code, now["description"], len(now["checklist"]))
    assert (200, "New") == (shown.status_code, shown.json()["description"])
    assert task["@odata.etag"] != (await task_named(writer, "Extend the runbook"))["@odata.etag"]


async def test_entries_of_a_checklist_merge_and_null_removes(writer: httpx.AsyncClient):
    path, details = await details_of(writer)
    first, second, third = details["checklist"]
    last = max(each["orderHint"] for each in details["checklist"].values())
    change = {
        first: None,
        second: {**STEP, "isChecked": True},
        NEW: {**STEP, "title": "New", "isChecked": False, "orderHint": f"{last} !"},
    }
    headers = {"If-Match": details["@odata.etag"], **REPRESENTATION}
    after = (await writer.patch(path, json={"checklist": change}, headers=headers)).json()["checklist"]

    assert {second, third, NEW} == {*after}
    assert (True, details["checklist"][second]["title"]) == (
        after[second]["isChecked"],
        after[second]["title"],
    )
    assert details["checklist"][third] == after[third]
    assert [second, third, NEW] == sorted(after, key=lambda each: after[each]["orderHint"])
    assert "!" not in after[NEW]["orderHint"]


@pytest.mark.parametrize(
    "change",
    [
        {"checklist": {"first": {**STEP, "title": "x"}}},
        {"checklist": {NEW: {"title": "x"}}},
        {"checklist": {NEW: {**STEP, "isChecked": True}}},
        {"checklist": {NEW: {**STEP, "title": "x" * 101}}},
        {"checklist": {NEW: {**STEP, "title": "x", "orderHint": "8585"}}},
        {"checklist": {NEW: {**STEP, "title": "x", "colour": "red"}}},
        {"references": {"https://x.example": {"@odata.type": "#microsoft.graph.plannerExternalReference"}}},
        {"previewType": "picture"},
        {"notes": "x"},
    ],
)
async def test_bad_details_are_refused(writer: httpx.AsyncClient, change: dict[str, Any]):
    path, details = await details_of(writer)
    response = await writer.patch(path, json=change, headers={"If-Match": details["@odata.etag"]})

    assert 400 == response.status_code
    assert details == (await writer.get(path)).json()


async def test_a_full_checklist_is_a_limit_with_a_name(writer: httpx.AsyncClient):
    path, details = await details_of(writer)
    full = {f"0b2f4c8e-7d11-4b53-9a51-{number:012}": {**STEP, "title": "x"} for number in range(18)}
    response = await writer.patch(
        path, json={"checklist": full}, headers={"If-Match": details["@odata.etag"]}
    )

    assert (403, "MaximumChecklistItemsOnTask") == code(response)


async def test_the_details_of_a_new_task_come_a_moment_later(writer: httpx.AsyncClient):
    plan = (await task_named(writer, "Extend the runbook"))["planId"]
    made = (await writer.post("/planner/tasks", json={"planId": plan, "title": "x"})).json()
    path = f"/planner/tasks/{made['id']}/details"

    assert [404, 200, 200] == [(await writer.get(path)).status_code for _ in range(3)]


async def test_the_order_of_buckets_is_that_of_their_hints(ana: httpx.AsyncClient, conforms: Conforms):
    plan = (await task_named(ana, "Extend the runbook"))["planId"]
    response = await ana.get(f"/planner/plans/{plan}/buckets")
    conforms(response, "GET /planner/plans/{plannerPlan-id}/buckets")
    buckets = response.json()["value"]

    assert ["Done", "Doing", "To do"] == [each["name"] for each in buckets]
    assert ["To do", "Doing", "Done"] == [
        each["name"] for each in sorted(buckets, key=lambda each: each["orderHint"])
    ]


async def test_a_plan_that_is_not_shared_is_found_by_its_group(untouched: Sandbox, conforms: Conforms):
    async with untouched.client("hugo") as hugo, untouched.client("eva") as eva:
        mine = (await hugo.get("/me/planner/plans")).json()["value"]
        group = "3ebf5071-92a3-4c4d-9e6f-708192031425"
        response = await hugo.get(f"/groups/{group}/planner/plans")
        refused = await eva.get(f"/groups/{group}/planner/plans")
    conforms(response, "GET /groups/{group-id}/planner/plans")

    assert [] == mine
    assert ["Spring timetable"] == [plan["title"] for plan in response.json()["value"]]
    assert (403, "") == code(refused)


@pytest.mark.parametrize(
    ("assignment", "status"),
    [
        ({"f4d1c2b3-0a9b-4c8d-9e7f-111111111111": ASSIGNMENT}, 400),
        ({"ben.osei@larkspur.example": ASSIGNMENT}, 400),
        ({"d3af71f6-9284-40b3-91e5-607284930fb7": ASSIGNMENT}, 403),
        ({"ana": {"orderHint": " !"}}, 400),
        ({"ana": {**ASSIGNMENT, "orderHint": "8585"}}, 400),
        ({"ana": {**ASSIGNMENT, "assignedDateTime": "2026-01-01T00:00:00Z"}}, 400),
        ({"ana": {"@odata.type": ASSIGNMENT["@odata.type"]}}, 400),
    ],
    ids=["nobody", "an address", "not in the plan", "no type", "no hint", "read-only", "hint missing"],
)
async def test_bad_assignments_are_refused(
    writer: httpx.AsyncClient, assignment: dict[str, Any], status: int
):
    task = await task_named(writer, "Extend the runbook")
    me = (await writer.get("/me")).json()["id"]
    body = {"assignments": {me if who == "ana" else who: value for who, value in assignment.items()}}
    response = await writer.patch(
        f"/planner/tasks/{task['id']}", json=body, headers={"If-Match": task["@odata.etag"]}
    )

    assert status == response.status_code


async def test_users_are_asked_for_fifteen_at_a_time(ana: httpx.AsyncClient):
    ids = ",".join(f"'{number}'" for number in range(15))
    taken = await ana.get("/users", params={"$filter": f"id in ({ids})"})
    refused = await ana.get("/users", params={"$filter": f"id in ({ids},'15')"})

    assert (200, [], (400, "Request_UnsupportedQuery")) == (
        taken.status_code,
        taken.json()["value"],
        code(refused),
    )


async def test_steps_of_a_task_of_to_do_are_resources_of_their_own(
    writer: httpx.AsyncClient, conforms: Conforms
):
    lists = (await writer.get("/me/todo/lists")).json()["value"]
    tasks = f"/me/todo/lists/{lists[0]['id']}/tasks"
    task = next(
        each
        for each in (await writer.get(tasks)).json()["value"]
        if each["title"] == "Find out why build 4711 failed"
    )
    path = f"{tasks}/{task['id']}"
    prefix = "/me/todo/lists/{todoTaskList-id}/tasks/{todoTask-id}"
    listed = await writer.get(f"{path}/checklistItems")
    conforms(listed, f"GET {prefix}/checklistItems")
    conforms(await writer.get(f"{path}/linkedResources"), f"GET {prefix}/linkedResources")
    made = await writer.post(f"{path}/checklistItems", json={"displayName": "New"})
    conforms(made, f"POST {prefix}/checklistItems")
    one = f"{path}/checklistItems/{made.json()['id']}"
    done = await writer.patch(one, json={"isChecked": True})
    conforms(done, f"PATCH {prefix}/checklistItems/{{checklistItem-id}}")
    gone = await writer.delete(one)
    again = await writer.delete(one)
    empty = await writer.post(f"{path}/checklistItems", json={"displayName": " "})

    assert [True, False] == [each["isChecked"] for each in listed.json()["value"]]
    assert (True, "2026-11-18T10:30:00Z") == (done.json()["isChecked"], done.json()["checkedDateTime"])
    assert (204, (404, "ErrorItemNotFound"), 400) == (gone.status_code, code(again), empty.status_code)
    assert task["@odata.etag"] != (await writer.get(path)).json()["@odata.etag"]
