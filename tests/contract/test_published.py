import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract import distil, published
from tests.contract.published import HERE
from tests.shared.tools.contract import CheckedTransport, check_request
from tests.shared.tools.sandbox import Sandbox

GRAPH = "https://graph.test/v1.0"
BOOKING = "https://devops.test/larkspur/Booking/_apis"
MAIL = {"message": {"subject": "Berths", "body": {"contentType": "text", "content": "Two are free."}}}


async def sent(api: str, request: httpx.Request, answer: Any = None, status: int = 200) -> httpx.Response:
    """What a transport that checks both directions gives for this request and this answer."""
    inner = httpx.MockTransport(lambda _: httpx.Response(status, json=answer))
    version = "/v1.0" if api == "graph" else ""
    return await CheckedTransport(inner, api, version).handle_async_request(request)


@pytest.mark.parametrize(
    ("api", "method", "url", "body"),
    [
        ("graph", "POST", f"{GRAPH}/me/sendMail", MAIL),
        ("graph", "GET", f"{GRAPH}/me/messages?$top=5&$select=subject", None),
        ("devops", "GET", f"{BOOKING}/build/builds?$top=5&statusFilter=completed&api-version=7.1", None),
        ("devops", "POST", f"{BOOKING}/wit/wiql?api-version=7.1", {"query": "SELECT [System.Id]"}),
    ],
)
def test_what_is_described_can_be_asked(api, method, url, body):
    request = httpx.Request(method, url, json=body)

    check_request(api, published.path_of(request, "/v1.0"), request)


@pytest.mark.parametrize(
    ("api", "method", "url", "body", "says"),
    [
        ("graph", "GET", f"{GRAPH}/me/postcards", None, "no published operation"),
        ("graph", "DELETE", f"{GRAPH}/me/sendMail", None, "no published operation"),
        ("graph", "GET", f"{GRAPH}/me/messages?$sort=subject", None, "no parameter $sort"),
        ("graph", "GET", f"{GRAPH}/me/messages?$top=many", None, "$top=many: is no integer"),
        ("graph", "GET", f"{GRAPH}/me/calendarView", None, "startDateTime is missing"),
        ("graph", "POST", f"{GRAPH}/me/sendMail", {**MAIL, "copies": 2}, "no property copies"),
        ("graph", "POST", f"{GRAPH}/me/sendMail", {"message": {"topic": "Berths"}}, "no property topic"),
        ("graph", "POST", f"{GRAPH}/me/sendMail", {"message": {"subject": 7}}, "is not of type"),
        ("devops", "GET", f"{BOOKING}/build/builds/first?api-version=7.1", None, "no published operation"),
        ("devops", "GET", f"{BOOKING}/build/buildings?api-version=7.1", None, "no published operation"),
        ("devops", "GET", f"{BOOKING}/build/builds?$take=5&api-version=7.1", None, "no parameter $take"),
        ("devops", "GET", f"{BOOKING}/build/builds?$top=5", None, "api-version is missing"),
        ("devops", "GET", f"{BOOKING}/build/builds?api-version=7.2", None, "api-version is 7.2, not 7.1"),
        (
            "devops",
            "GET",
            f"{BOOKING}/build/builds?statusFilter=done&api-version=7.1",
            None,
            "statusFilter=done: is none of",
        ),
        ("devops", "POST", f"{BOOKING}/wit/wiql?api-version=7.1", {"wiql": "SELECT"}, "no property wiql"),
        ("devops", "POST", f"{BOOKING}/wit/workitems/$Bug?api-version=7.1", [], "no body of type"),
    ],
)
async def test_what_is_not_described_cannot_be_asked(api, method, url, body, says):
    with pytest.raises(AssertionError) as refused:
        await sent(api, httpx.Request(method, url, json=body))

    assert says in str(refused.value)


async def test_a_work_item_is_changed_by_a_patch_only():
    url = f"{BOOKING}/wit/workitems/$Bug?api-version=7.1"
    patch = {"content-type": "application/json-patch+json"}
    good = [{"op": "add", "path": "/fields/System.Title", "value": "New"}]
    request = httpx.Request("POST", url, json=good, headers=patch)
    check_request("devops", published.path_of(request), request)

    for wrong in ({"title": "New"}, [{**good[0], "op": "set"}], [{**good[0], "field": "System.Title"}]):
        with pytest.raises(AssertionError):
            await sent("devops", httpx.Request("POST", url, json=wrong, headers=patch))


@pytest.mark.parametrize(
    ("api", "url", "answer", "status", "says"),
    [
        ("graph", f"{GRAPH}/me", {"displayName": "Ana", "shoeSize": 38}, 200, "no property shoeSize"),
        ("graph", f"{GRAPH}/me", {"displayName": 7}, 200, "$.displayName: 7 is not of type"),
        ("graph", f"{GRAPH}/me", {"displayName": "Ana"}, 201, "201 is none of 200"),
        ("graph", f"{GRAPH}/me/messages", {"value": [{"topic": "Berths"}]}, 200, "no property topic"),
        ("graph", f"{GRAPH}/me/messages", {"items": []}, 200, "no property items"),
        (
            "graph",
            f"{GRAPH}/me/memberOf",
            {"value": [{"@odata.type": "#microsoft.graph.group", "userPrincipalName": "ana"}]},
            200,
            "no property userPrincipalName",
        ),
        (
            "devops",
            f"{BOOKING}/build/builds/4711?api-version=7.1",
            {"id": 4711, "verdict": "failed"},
            200,
            "no property verdict",
        ),
        (
            "devops",
            f"{BOOKING}/build/builds/4711?api-version=7.1",
            {"id": "4711", "result": "broken"},
            200,
            "$.id: '4711' is not of type",
        ),
        ("devops", f"{BOOKING}/build/builds?api-version=7.1", [], 200, "[] is not of type 'object'"),
    ],
)
async def test_what_is_not_described_is_no_answer(api, url, answer, status, says):
    with pytest.raises(AssertionError) as refused:
        await sent(api, httpx.Request("GET", url), answer, status)

    assert says in str(refused.value)


async def test_derived_types_and_nulls_are_answers():
    groups = {
        "value": [
            {"@odata.type": "#microsoft.graph.group", "id": "1", "displayName": "Berths"},
            {"@odata.type": "#microsoft.graph.directoryRole", "id": "2", "roleTemplateId": None},
        ]
    }
    build = {"id": 4711, "result": None, "requestedFor": None, "_links": {"web": {"href": "https://x.test"}}}

    assert (await sent("graph", httpx.Request("GET", f"{GRAPH}/me/memberOf"), groups)).is_success
    request = httpx.Request("GET", f"{BOOKING}/build/builds/4711?api-version=7.1")
    assert (await sent("devops", request, build)).is_success


async def test_refusals_are_not_described_and_pass():
    refusal = {"error": {"code": "whatever"}}

    assert (await sent("graph", httpx.Request("GET", f"{GRAPH}/me"), refusal, 404)).status_code == 404


async def test_the_local_services_are_checked_in_both_directions(tmp_path: Path):
    sandbox = Sandbox(tmp_path)
    graph = httpx.Request("GET", f"{sandbox.layout.graph}/v1.0/me/postcards")
    devops = httpx.Request("GET", f"{sandbox.layout.devops}/larkspur/_apis/postcards")

    for request in (graph, devops):
        with pytest.raises(AssertionError, match="no published operation"):
            await sandbox.http.send(request)


def test_every_area_of_both_services_is_described():
    areas = {api: {each.area.name for each in published.operations(api)} for api in ("graph", "devops")}

    assert areas["graph"] >= {"batch", "calendar", "files", "identity", "mail", "onenote"}
    assert areas["graph"] >= {"search", "sharepoint", "tasks", "teams"}
    assert areas["devops"] >= {
        "build",
        "core",
        "git",
        "pipelines",
        "profile",
        "search",
        "wiki",
        "wit",
        "work",
    }
    assert areas["devops"] >= {"approvals", "checks", "environments", "policy", "release", "test", "testplan"}
    assert (len(published.operations("graph")), len(published.operations("devops"))) >= (228, 357)


@pytest.mark.parametrize("api", ["graph", "devops"])
def test_every_operation_can_be_checked(api):
    """A reference to a type that is not there would show only when an operation is used."""
    for operation in published.operations(api):
        for kind in operation.facts.get("body", {}):
            list(operation.check("body", kind).iter_errors({"": ""}))
        for status, contents in operation.facts["answers"].items():
            for kind in contents:
                list(operation.check(status, kind).iter_errors({"": ""}))


@pytest.mark.parametrize("api", ["graph", "devops"])
def test_every_permission_that_is_described_has_an_id(api):
    ids = published.permissions()
    needed = {name for operation in published.operations(api) for name in operation.permissions}

    assert set() == needed - ids.keys()


def test_an_absent_description_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(published, "HERE", tmp_path)

    for read in (published.operations.__wrapped__, published.permissions):
        with pytest.raises(FileNotFoundError):
            read("graph") if read is not published.permissions else read()


def test_the_files_hold_facts_and_no_prose():
    def names(value: Any) -> set[str]:
        if isinstance(value, dict):
            return {*value} | {name for each in value.values() for name in names(each)}
        return {name for each in value for name in names(each)} if isinstance(value, list) else set()

    files = sorted([*HERE.glob("graph/*.json"), *HERE.glob("devops/*.json")])
    sentences = [
        path.name
        for path in files
        for each in json.loads(path.read_text())["operations"]
        if names(each) & {"summary", "externalDocs", "tags"}
    ]

    assert [] == sentences
    assert [] == [
        path.name for path in files if path.read_text() != distil.written(json.loads(path.read_text()))
    ]
    assert sum(path.stat().st_size for path in files) < 2_500_000
