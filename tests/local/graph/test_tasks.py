import httpx
import pytest

from .conftest import Conforms, Sandbox, code


async def default_list(client: httpx.AsyncClient) -> str:
    lists = (await client.get("/me/todo/lists")).json()["value"]
    return next(each["id"] for each in lists if each["wellknownListName"] == "defaultList")


async def test_tasks_are_read_list_by_list(ana: httpx.AsyncClient, conforms: Conforms):
    lists = (await ana.get("/me/todo/lists")).json()["value"]
    response = await ana.get(
        f"/me/todo/lists/{lists[0]['id']}/tasks", params={"$filter": "status ne 'completed'"}
    )
    titles = [task["title"] for task in response.json()["value"]]

    assert ["Tasks", "Cache move", "Home"] == [each["displayName"] for each in lists]
    assert "Find out why build 4711 failed" in titles
    assert "Book the room for the retrospective" not in titles
    conforms(response, "GET /me/todo/lists/{todoTaskList-id}/tasks")


async def test_a_task_is_made_and_completed(writer: httpx.AsyncClient):
    path = f"/me/todo/lists/{await default_list(writer)}/tasks"
    due = {"dateTime": "2026-11-20T00:00:00", "timeZone": "UTC"}
    created = await writer.post(path, json={"title": "Write the runbook", "dueDateTime": due})
    task = created.json()
    done = (await writer.patch(f"{path}/{task['id']}", json={"status": "completed"})).json()
    reopened = (await writer.patch(f"{path}/{task['id']}", json={"status": "notStarted"})).json()

    assert (201, "notStarted", "2026-11-20T00:00:00.0000000") == (
        created.status_code,
        task["status"],
        task["dueDateTime"]["dateTime"],
    )
    assert ("completed", "2026-11-18T10:30:00.0000000") == (
        done["status"],
        done["completedDateTime"]["dateTime"],
    )
    assert task["@odata.etag"] != done["@odata.etag"]
    assert "completedDateTime" not in reopened


@pytest.mark.parametrize(
    "task",
    [{}, {"title": " "}, {"title": "x", "status": "maybe"}, {"title": "x", "colour": "red"}, {"title": 5}],
)
async def test_a_bad_task_is_refused(writer: httpx.AsyncClient, task: dict[str, object]):
    assert (
        400
        == (await writer.post(f"/me/todo/lists/{await default_list(writer)}/tasks", json=task)).status_code
    )


async def test_lists_and_tasks_are_their_owners(untouched: Sandbox, ana: httpx.AsyncClient):
    async with untouched.client("ben") as ben:
        theirs = await default_list(ben)

    assert (404, "ErrorItemNotFound") == code(await ana.get(f"/me/todo/lists/{theirs}/tasks"))


async def test_planner_shows_the_tasks_assigned_to_me(ana: httpx.AsyncClient, conforms: Conforms):
    tasks = (await ana.get("/me/planner/tasks")).json()["value"]
    plan = (await ana.get(f"/planner/plans/{tasks[0]['planId']}")).json()
    response = await ana.get(f"/planner/tasks/{tasks[0]['id']}")

    assert {"Bring booking-api-ci back to green", "Extend the runbook", "Price calendar for Corvo"} <= {
        task["title"] for task in tasks
    }
    assert "Cache move" == plan["title"]
    conforms(response, "GET /planner/tasks/{plannerTask-id}")


async def test_a_planner_task_changes_only_in_its_current_version(writer: httpx.AsyncClient):
    task = (await writer.get("/me/planner/tasks")).json()["value"][0]
    path, change = f"/planner/tasks/{task['id']}", {"percentComplete": 100}
    current = {"If-Match": task["@odata.etag"]}
    without = await writer.patch(path, json=change)
    done = await writer.patch(path, json=change, headers=current)
    stale = await writer.patch(path, json=change, headers=current)
    now = (await writer.get(path)).json()

    assert (400, "") == code(without)
    assert (204, b"") == (done.status_code, done.content)
    assert (412, "") == code(stale)
    assert (100, "2026-11-18T10:30:00Z") == (now["percentComplete"], now["completedDateTime"])


async def test_a_planner_task_comes_back_when_preferred(writer: httpx.AsyncClient):
    task = (await writer.get("/me/planner/tasks")).json()["value"][0]
    headers = {"If-Match": task["@odata.etag"], "Prefer": "return=representation"}
    response = await writer.patch(f"/planner/tasks/{task['id']}", json={"priority": 1}, headers=headers)

    assert (200, 1, "return=representation") == (
        response.status_code,
        response.json()["priority"],
        response.headers["preference-applied"],
    )


async def test_a_plan_is_for_its_members(untouched: Sandbox, ana: httpx.AsyncClient):
    task = (await ana.get("/me/planner/tasks")).json()["value"][0]
    async with untouched.client("grace") as grace:
        refused = await grace.get(f"/planner/tasks/{task['id']}")
        unknown = await grace.get("/planner/tasks/nowhere")

    assert [(403, ""), (404, "")] == [code(refused), code(unknown)]


async def test_a_planner_task_is_made_in_a_plan(writer: httpx.AsyncClient):
    task = (await writer.get("/me/planner/tasks")).json()["value"][0]
    new = {
        "planId": task["planId"],
        "bucketId": task["bucketId"],
        "title": "Read the log",
        "assignments": {
            next(iter(task["assignments"])): {
                "@odata.type": "#microsoft.graph.plannerAssignment",
                "orderHint": " !",
            }
        },
    }
    created = await writer.post("/planner/tasks", json=new)
    refused = await writer.post("/planner/tasks", json={**new, "bucketId": "elsewhere"})

    assert (201, "Read the log") == (created.status_code, created.json()["title"])
    assert (400, "") == code(refused)
