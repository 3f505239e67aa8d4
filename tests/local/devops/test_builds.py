from __future__ import annotations

import pytest

BUILD = "/larkspur/Booking/_apis/build"
PIPELINES = "/larkspur/Booking/_apis/pipelines"
PATH_OF_FAILURE = ["Integration", "Integration tests", "Integration tests", "Run integration tests"]


def ids(response):
    assert response.status_code == 200, response.text
    return [each["id"] for each in response.json()["value"]]


async def records(client, build_id):
    timeline = (await client.get(f"{BUILD}/builds/{build_id}/timeline")).json()
    return {record["id"]: record for record in timeline["records"]}


async def test_yesterdays_build_failed_and_says_when(ana):
    build = (await ana.get(f"{BUILD}/builds/4711")).json()

    assert ("20261118.4", "completed", "failed", "refs/heads/main", "booking-api-ci") == (
        build["buildNumber"],
        build["status"],
        build["result"],
        build["sourceBranch"],
        build["definition"]["name"],
    )
    assert build["queueTime"] < build["startTime"] < build["finishTime"] < "2026-11-18T10"


async def test_the_failed_task_is_found_through_its_parents(ana):
    found = await records(ana, 4711)
    task = next(each for each in found.values() if each["type"] == "Task" and each["result"] == "failed")
    path = [task]
    while path[0]["parentId"]:
        path.insert(0, found[path[0]["parentId"]])

    assert PATH_OF_FAILURE == [each["name"] for each in path]
    assert ["Stage", "Phase", "Job", "Task"] == [each["type"] for each in path]
    assert {"failed"} == {each["result"] for each in path}
    assert (2, 0) == (task["errorCount"], task["warningCount"])


async def test_an_issue_points_at_its_line_of_the_log(ana):
    task = next(
        each for each in (await records(ana, 4711)).values() if each["name"] == "Run integration tests"
    )
    issue = task["issues"][0]
    line = int(issue["data"]["logFileLineNumber"])
    log = f"{BUILD}/builds/4711/logs/{task['log']['id']}"

    shown = (await ana.get(log, params={"startLine": line, "endLine": line})).json()

    assert "test_timetable_survives_cache_restart" in issue["message"]
    assert 1 == shown["count"]
    assert shown["value"][0].endswith(f"##[error]{issue['message']}")


async def test_steps_after_a_failure_are_skipped_unless_they_always_run(ana):
    results = {each["name"]: each["result"] for each in (await records(ana, 4711)).values()}

    assert ("succeeded", "skipped") == (results["Publish test results"], results["Publish"])


async def test_a_log_is_text_or_json_as_accepted(ana):
    url = f"{BUILD}/builds/4711/logs/11"
    text = await ana.get(url, headers={"accept": "text/plain"})
    lines = (await ana.get(url)).json()

    assert text.headers["content-type"].startswith("text/plain")
    assert lines["value"] == text.text.splitlines()
    assert lines["count"] > 200
    assert lines["value"][0].startswith("2026-11-18T09:18:56.3940500Z ##[section]Starting")


async def test_the_line_count_says_where_the_tail_begins(ana):
    logs = (await ana.get(f"{BUILD}/builds/4711/logs")).json()["value"]
    count = next(log["lineCount"] for log in logs if log["id"] == 11)
    tail = (await ana.get(f"{BUILD}/builds/4711/logs/11", params={"startLine": count - 1})).json()

    assert 2 == tail["count"]
    assert tail["value"][1].endswith("##[section]Finishing: Run integration tests")


async def test_what_runs_is_partly_done_and_what_waits_has_no_timeline(ana):
    running = {each["name"]: each["state"] for each in (await records(ana, 4715)).values()}
    waiting = await ana.get(f"{BUILD}/builds/4716/timeline")

    assert ("completed", "inProgress", "pending") == (
        running["Lint"],
        running["Run unit tests"],
        running["Publish"],
    )
    assert (204, b"") == (waiting.status_code, waiting.content)
    assert "result" not in (await ana.get(f"{BUILD}/builds/4715")).json()


async def test_a_canceled_build_stops_in_the_middle_of_a_step(ana):
    await ana.patch(f"{BUILD}/builds/4715", json={"status": "cancelling"})

    build = (await ana.get(f"{BUILD}/builds/4715")).json()
    results = {
        each["name"]: each["result"]
        for each in (await records(ana, 4715)).values()
        if each["type"] == "Stage"
    }

    assert ("completed", "canceled") == (build["status"], build["result"])
    assert {"Build": "canceled", "Integration": "skipped", "Publish": "skipped"} == results


@pytest.mark.parametrize(
    ("params", "first"),
    [
        ({}, [4716, 4715, 4714, 4713]),
        ({"definitions": "12", "resultFilter": "failed"}, [4713, 4711, 4709]),
        ({"branchName": "refs/heads/main", "definitions": "12,13"}, [4714, 4712, 4711]),
        ({"statusFilter": "inProgress"}, [4715]),
        ({"statusFilter": "notStarted"}, [4716]),
        ({"reasonFilter": "pullRequest", "resultFilter": "failed"}, [4713]),
        ({"requestedFor": "Chiara Rossi", "resultFilter": "succeeded"}, [4712]),
        ({"buildNumber": "20261118.*"}, [4714, 4713, 4712, 4711]),
        ({"buildIds": "4711,4707"}, [4711, 4707]),
        ({"minTime": "2026-11-18T00:00:00Z", "maxTime": "2026-11-18T12:00:00Z"}, [4712, 4711]),
        ({"queryOrder": "finishTimeAscending", "minTime": "2026-11-18T00:00:00Z"}, [4711, 4712, 4713]),
        ({"maxBuildsPerDefinition": "1"}, [4716, 4715]),
        ({"resultFilter": "partiallySucceeded", "$top": "1"}, [4708]),
        ({"requestedFor": "Nobody"}, []),
    ],
    ids=str,
)
async def test_builds_are_filtered(ana, params, first):
    found = ids(await ana.get(f"{BUILD}/builds", params=params))

    assert first == found[: len(first)] if first else found == []


@pytest.mark.parametrize("name", ["statusFilter", "resultFilter", "queryOrder", "definitions", "minTime"])
async def test_a_filter_that_cannot_be_read_is_a_binding_error(ana, name):
    refused = await ana.get(f"{BUILD}/builds", params={name: "odd"})

    assert 400 == refused.status_code
    assert name in refused.json()["value"]["Message"]


async def test_pages_of_builds_cover_all_of_them_once(ana):
    params, seen = {"$top": 40, "queryOrder": "queueTimeDescending"}, []
    while True:
        page = await ana.get(f"{BUILD}/builds", params=params)
        seen += ids(page)
        token = page.headers.get("x-ms-continuationtoken")
        if token is None:
            break
        params["continuationToken"] = token

    assert ids(await ana.get(f"{BUILD}/builds", params={"queryOrder": "queueTimeDescending"})) == seen
    assert len(seen) == len(set(seen)) > 100


async def test_a_page_that_ends_with_the_list_has_no_token(ana):
    params = {"buildIds": "4707,4709,4711"}
    whole = await ana.get(f"{BUILD}/builds", params={**params, "$top": 3})
    short = await ana.get(f"{BUILD}/builds", params={**params, "$top": 2})

    assert "x-ms-continuationtoken" not in whole.headers
    assert short.headers["x-ms-continuationtoken"].startswith("2026-11-17T11:11:08.")


async def test_a_token_outlives_the_end_of_the_build_it_was_made_of(ana):
    page = await ana.get(f"{BUILD}/builds", params={"$top": 1})
    await ana.patch(f"{BUILD}/builds/4715", json={"status": "cancelling"})
    token = page.headers["x-ms-continuationtoken"]

    rest = ids(await ana.get(f"{BUILD}/builds", params={"$top": 2, "continuationToken": token}))

    assert [4715, 4714] == rest


async def test_a_made_up_token_is_refused(ana):
    refused = await ana.get(f"{BUILD}/builds", params={"continuationToken": "2026-11-18T09:14:00Z"})

    assert (400, "ArgumentException") == (refused.status_code, refused.json()["typeKey"])


async def test_definitions_are_found_by_a_pattern(ana):
    found = await ana.get(f"{BUILD}/definitions", params={"name": "BOOKING-*-ci", "path": "\\Booking"})
    page = await ana.get(f"{BUILD}/definitions", params={"$top": 2})

    assert [12, 13] == ids(found)
    assert (2, "2") == (len(ids(page)), page.headers["x-ms-continuationtoken"])


async def test_definitions_bring_their_latest_builds(ana):
    found = (
        await ana.get(f"{BUILD}/definitions", params={"includeLatestBuilds": "true", "definitionIds": "12"})
    ).json()

    definition = found["value"][0]
    assert (4715, 4713) == (definition["latestBuild"]["id"], definition["latestCompletedBuild"]["id"])


@pytest.mark.parametrize(
    ("path", "type_key"),
    [
        (f"{BUILD}/builds/99999", "BuildNotFoundException"),
        (f"{BUILD}/builds/4710", "BuildNotFoundException"),
        (f"{BUILD}/builds/4711/logs/99", "BuildLogNotFoundException"),
        (f"{BUILD}/definitions/21", "DefinitionNotFoundException"),
        (f"{PIPELINES}/21", "PipelineNotFoundException"),
        (f"{PIPELINES}/13/runs/4711", "BuildNotFoundException"),
    ],
)
async def test_what_is_missing_or_of_another_project_is_a_404(ana, path, type_key):
    refused = await ana.get(path)

    assert (404, type_key) == (refused.status_code, refused.json()["typeKey"])


async def test_a_pull_requests_build_names_its_work_items(ana):
    work_items = (await ana.get(f"{BUILD}/builds/4713/workitems")).json()["value"]
    changes = (await ana.get(f"{BUILD}/builds/4713/changes")).json()["value"]

    assert ["1303", "1302"] == [each["id"] for each in work_items]
    assert ["Point booking-api at the new cache subnet"] == [each["message"] for each in changes]


@pytest.mark.parametrize(
    ("build", "result", "messages"),
    [
        (4001, "failed", ["/azure-pipelines.yml (Line: 12, Col: 3): Unexpected value 'step'"]),
        (4002, "canceled", []),
    ],
)
async def test_a_build_that_never_ran_has_a_status_and_neither_timeline_nor_logs(
    ana, build, result, messages
):
    view = (await ana.get(f"{BUILD}/builds/{build}")).json()
    timeline = await ana.get(f"{BUILD}/builds/{build}/timeline")
    logs = (await ana.get(f"{BUILD}/builds/{build}/logs")).json()

    assert ("completed", result, False) == (view["status"], view["result"], "startTime" in view)
    assert messages == [each["message"] for each in view["validationResults"]]
    assert (204, 0) == (timeline.status_code, logs["count"])


async def test_a_retried_stage_counts_its_attempts(ana):
    records = (await ana.get(f"{BUILD}/builds/4003/timeline")).json()["records"]
    stages = {each["name"]: each for each in records if each["type"] == "Stage"}

    assert {"Build": (1, 0), "Integration": (2, 1), "Publish": (1, 0)} == {
        name: (each["attempt"], len(each["previousAttempts"])) for name, each in stages.items()
    }
