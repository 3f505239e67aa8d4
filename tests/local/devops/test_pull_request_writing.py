"""What the local Azure DevOps refuses of writes to pull requests, as the service does."""

from __future__ import annotations

import pytest

API = "/larkspur/Booking/_apis/git/repositories"
PULL = f"{API}/booking-api/pullRequests/412"
OTHER = f"{API}/booking-web/pullRequests/415"
VERSION = {"api-version": "7.1"}
NEW = {"sourceRefName": "refs/heads/chiara/tiles", "targetRefName": "refs/heads/main", "title": "Tiles"}
STALE = {"status": "completed", "lastMergeSourceCommit": {"commitId": "0" * 40}}


@pytest.mark.parametrize(
    ("method", "url", "body", "status", "key"),
    [
        ("POST", f"{API}/booking-web/pullrequests", {**NEW, "title": ""}, 400, "InvalidArgumentValue"),
        (
            "POST",
            f"{API}/booking-web/pullrequests",
            {**NEW, "description": "x" * 4_001},
            400,
            "InvalidArgument",
        ),
        (
            "POST",
            f"{API}/booking-web/pullrequests",
            {**NEW, "sourceRefName": "main"},
            400,
            "CannotBeActivated",
        ),
        (
            "POST",
            f"{API}/booking-web/pullrequests",
            {**NEW, "sourceRefName": "refs/heads/sinead/apostrophes"},
            409,
            "GitPullRequestExists",
        ),
        ("PATCH", OTHER, {"status": "completed"}, 400, "InvalidArgumentValue"),
        ("PATCH", OTHER, STALE, 409, "Stale"),
        ("PATCH", OTHER, {"description": "x" * 4_001}, 400, "InvalidArgumentValue"),
        ("PATCH", OTHER, {"createdBy": {"id": "x"}}, 400, "InvalidArgumentValue"),
        ("PATCH", f"{API}/booking-api/pullRequests/408", {"title": "x"}, 409, "NotEditable"),
        ("PUT", f"{PULL}/reviewers/5d4e3fc0-b1a2-4938-87b6-a594d8e7f605", {"vote": 10}, 403, "CannotVote"),
        ("POST", f"{PULL}/threads", {"comments": [{"content": "x" * 150_001}]}, 400, "InvalidArgumentValue"),
        ("POST", f"{PULL}/threads", {"comments": []}, 400, "InvalidArgumentValue"),
        (
            "POST",
            f"{PULL}/threads",
            {"comments": [{"content": "x"}], "threadContext": {"filePath": "a.py"}},
            400,
            "InvalidArgumentValue",
        ),
        ("PATCH", f"{PULL}/threads/4199", {"status": "fixed"}, 404, "GitThreadNotFound"),
    ],
)
async def test_what_the_service_refuses_is_refused(ana, method, url, body, status, key):
    refused = await ana.request(method, url, json=body, params=VERSION)

    assert (status, True) == (refused.status_code, key in refused.json()["typeKey"]), refused.text


async def test_a_completion_is_queued_and_done_by_the_next_reading(ana):
    read = (await ana.get(OTHER)).json()
    commit = read["lastMergeSourceCommit"]["commitId"]
    body = {"status": "completed", "lastMergeSourceCommit": {"commitId": commit}}
    queued = (await ana.patch(OTHER, json=body, params=VERSION)).json()
    done = (await ana.get(OTHER)).json()

    assert [("active", "queued"), ("completed", "succeeded")] == [
        (each["status"], each["mergeStatus"]) for each in (queued, done)
    ]


async def test_a_merge_against_the_policies_is_rejected(ana):
    commit = (await ana.get(PULL)).json()["lastMergeSourceCommit"]["commitId"]
    body = {"status": "completed", "lastMergeSourceCommit": {"commitId": commit}}
    await ana.patch(PULL, json=body, params=VERSION)

    after = (await ana.get(PULL)).json()
    assert ("active", "rejectedByPolicy") == (after["status"], after["mergeStatus"])


async def test_a_label_is_told_apart_by_no_case_and_removed_by_name_or_id(ana):
    first = await ana.post(f"{PULL}/labels", json={"name": "NETWORK"}, params=VERSION)
    added = await ana.post(f"{PULL}/labels", json={"name": "urgent"}, params=VERSION)
    for each in ("Network", added.json()["id"]):
        assert 200 == (await ana.delete(f"{PULL}/labels/{each}", params=VERSION)).status_code
    gone = await ana.delete(f"{PULL}/labels/network", params=VERSION)

    assert ("network", 404) == (first.json()["name"], gone.status_code)
    assert [] == (await ana.get(f"{PULL}/labels")).json()["value"]
    assert 400 == (await ana.post(f"{PULL}/labels", json={"name": " "}, params=VERSION)).status_code
