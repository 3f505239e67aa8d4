from __future__ import annotations

import httpx
import pytest

PROJECTS = "/larkspur/_apis/projects"
COMMENTS = "/larkspur/Booking/_apis/wit/workItems/1304/comments"
THREADS = "/larkspur/Booking/_apis/git/repositories/booking-api/pullRequests/412/threads"
CONTROL = "http://devops.test/_control"


@pytest.fixture
def bare(client_for):
    """Ana without any api-version."""
    client = client_for("ana")
    client.headers["accept"] = "application/json"
    return client


async def test_reading_needs_no_version_and_writing_does(bare):
    read = await bare.get(PROJECTS)
    written = await bare.post("/larkspur/_apis/wit/wiql", json={"query": "SELECT [System.Id] FROM WorkItems"})

    assert 200 == read.status_code
    assert (400, "VssVersionNotSpecifiedException") == (written.status_code, written.json()["typeKey"])


@pytest.mark.parametrize(
    ("version", "type_key"),
    [
        (None, "VssVersionNotSpecifiedException"),
        ("7.1", "VssInvalidPreviewVersionException"),
        ("9.0", "VssVersionOutOfRangeException"),
        ("latest", "VssVersionOutOfRangeException"),
    ],
)
async def test_comments_are_a_preview_and_want_to_be_asked_as_one(bare, version, type_key):
    refused = await bare.get(COMMENTS, params={"api-version": version} if version else None)

    assert (400, type_key) == (refused.status_code, refused.json()["typeKey"])


@pytest.mark.parametrize("version", ["7.1-preview.4", "7.1-preview", "7.2-preview.4"])
async def test_preview_versions_are_accepted(bare, version):
    assert 200 == (await bare.get(COMMENTS, params={"api-version": version})).status_code


async def test_the_version_can_be_in_accept(bare):
    accept = {"accept": "application/json;api-version=7.1-preview.4"}

    assert 200 == (await bare.get(COMMENTS, headers=accept)).status_code


@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        ("vso.work", "GET", "/larkspur/_apis/wit/fields", 200),
        ("vso.work_write", "GET", "/larkspur/_apis/wit/fields", 200),
        ("user_impersonation", "GET", "/larkspur/_apis/wit/fields", 200),
        ("vso.profile", "GET", PROJECTS, 200),
        ("vso.build", "GET", "/larkspur/_apis/wit/fields", 403),
        ("vso.work", "PATCH", "/larkspur/_apis/wit/workitems/1304", 403),
        ("vso.build", "POST", "/larkspur/Booking/_apis/build/builds", 403),
        ("vso.wiki", "PUT", "/larkspur/Booking/_apis/wiki/wikis/Booking.wiki/pages", 403),
        ("vso.threads_full", "GET", THREADS, 200),
        ("vso.work", "POST", "http://search.test/larkspur/_apis/search/wikisearchresults", 401),
    ],
)
async def test_scopes_open_what_they_are_for(client_for, scopes, method, path, status):
    response = await client_for("ana", scopes).request(method, path)

    assert status == response.status_code


async def test_paths_are_matched_in_any_case(ana):
    assert 200 == (await ana.get("/Larkspur/booking/_APIS/Wit/WorkItems/1304")).status_code


async def test_an_encoded_slash_stays_in_its_segment(ana):
    refused = await ana.get("/larkspur/Booking/_apis/wiki/wikis/a%2Fb/pages")

    assert "WikiNotFoundException" == refused.json()["typeKey"]
    assert "a/b" in refused.json()["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/larkspur/_apis/nothing",
        "/larkspur/Booking/Platform/more/_apis/wit/fields",
        "/larkspur",
        "/_apis/projects",
    ],
)
async def test_paths_nobody_serves_are_a_404(ana, path):
    refused = await ana.get(path)

    assert (404, "VssResourceNotFoundException") == (refused.status_code, refused.json()["typeKey"])


async def test_a_method_nobody_serves_is_a_405_that_names_the_others(ana):
    refused = await ana.delete("/larkspur/_apis/wit/workitems/1304")

    assert (405, "GET, PATCH") == (refused.status_code, refused.headers["allow"])


async def test_answers_can_ask_to_slow_down_and_still_be_answers(ana):
    headers = {"Retry-After": 3, "X-RateLimit-Resource": "Core", "X-RateLimit-Remaining": 12}
    await ana.put(f"{CONTROL}/devops/throttling", json=headers)

    response = await ana.get(PROJECTS)

    assert (200, "3", "12") == (
        response.status_code,
        response.headers["retry-after"],
        response.headers["x-ratelimit-remaining"],
    )


async def test_a_reset_forgets_writes_and_throttling(ana):
    patch = [{"op": "add", "path": "/fields/System.State", "value": "Closed"}]
    await ana.put(f"{CONTROL}/devops/throttling", json={"Retry-After": 3})
    await ana.patch(
        "/larkspur/_apis/wit/workitems/1304",
        json=patch,
        headers={"content-type": "application/json-patch+json"},
    )
    await ana.post(f"{CONTROL}/devops/reset")

    item = await ana.get("/larkspur/_apis/wit/workitems/1304")

    assert "Active" == item.json()["fields"]["System.State"]
    assert "retry-after" not in item.headers


async def test_faults_come_before_everything_else(ana):
    fault = {"path": "*/projects", "status": 429, "headers": {"Retry-After": "2.5"}, "body": "TF400733"}
    await ana.put(f"{CONTROL}/faults", json=[{**fault, "times": 1}])

    throttled, after = await ana.get(PROJECTS), await ana.get(PROJECTS)

    assert [429, 200] == [throttled.status_code, after.status_code]


async def test_the_journal_says_whose_token_asked_for_what(ana):
    await ana.get(PROJECTS, params={"$top": 1})

    journal = (await ana.get(f"{CONTROL}/journal")).json()

    entry = journal[-1]
    assert ("request", "ana", "GET", PROJECTS) == (
        entry["event"],
        entry["user"],
        entry["method"],
        entry["path"],
    )
    assert "499b84ac-1321-427f-aa17-267ca6975798" == entry["audience"]


async def test_the_service_listens_on_its_three_hosts(network):
    async with httpx.AsyncClient(transport=network) as client:
        answers = [
            await client.get(f"http://{host}.test/_control/journal")
            for host in ("devops", "profile", "search")
        ]

    assert [200, 200, 200] == [answer.status_code for answer in answers]


@pytest.mark.parametrize(
    ("method", "name", "body", "status"),
    [
        ("PUT", "cae", {"user": "nobody"}, 400),
        ("PUT", "sign-in", {"refusal": "shout"}, 400),
        ("PUT", "throttling", ["Retry-After"], 400),
        ("PUT", "weather", {}, 404),
        ("GET", "reset", None, 404),
    ],
)
async def test_controls_that_make_no_sense_are_refused(ana, method, name, body, status):
    refused = await ana.request(method, f"{CONTROL}/devops/{name}", json=body)

    assert status == refused.status_code
