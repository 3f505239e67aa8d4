from __future__ import annotations

import json

import pytest

from tests.contract import published

WIT = "/larkspur/_apis/wit"
VERSION = {"api-version": "7.1"}


def entry(number, *steps, **changed):
    return {
        "method": "PATCH",
        "uri": f"/_apis/wit/workitems/{number}?api-version=7.1",
        "headers": {"Content-Type": "application/json-patch+json"},
        "body": list(steps),
        **changed,
    }


def test_rev(rev):
    return {"op": "test", "path": "/rev", "value": rev}


test_rev.__test__ = False  # a part of a document, no test

TAG = {"op": "add", "path": "/fields/System.Tags", "value": "kiosk"}


async def batch(client, *entries, **query):
    return await client.patch(f"{WIT}/$batch", params={**VERSION, **query}, json=list(entries))


async def test_each_has_a_status_and_one_that_fails_stops_none(ana):
    rev = (await ana.get(f"{WIT}/workitems/1305")).json()["rev"]
    response = await batch(
        ana,
        entry(1304, test_rev(1), TAG),
        entry(1305, test_rev(rev), TAG),
        entry(9_999_999, TAG),
        entry(1306, {"op": "remove", "path": "/fields/System.Tags", "value": "a"}),
    )
    answer = response.json()
    bodies = [json.loads(each["body"]) for each in answer["value"]]
    (described,) = published.matching("devops", "PATCH", "/larkspur/_apis/wit/$batch")

    assert ([412, 200, 404, 400], 4) == ([each["code"] for each in answer["value"]], answer["count"])
    assert [] == described.request_problems(response.request)
    assert [] == described.answer_problems(response)
    assert (rev + 1, "TestPatchOperationFailedException") == (bodies[1]["rev"], bodies[0]["typeKey"])
    assert "Remove requires Value to be null." == bodies[3]["value"]["Message"]
    assert rev + 1 == (await ana.get(f"{WIT}/workitems/1305")).json()["rev"]


async def test_work_items_are_created_in_a_project(ana):
    title = {"op": "add", "path": "/fields/System.Title", "value": "Write the test"}
    answer = (
        await batch(ana, entry(0, title, uri="/Booking/_apis/wit/workitems/$Task?api-version=7.1"))
    ).json()

    assert 200 == answer["value"][0]["code"]
    assert "Write the test" == json.loads(answer["value"][0]["body"])["fields"]["System.Title"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"headers": {"Content-Type": "application/json"}}, 415),
        ({"headers": None}, 400),
        ({"uri": "/_apis/wit/workitems/1304"}, 400),
        ({"uri": "/larkspur/Booking/_apis/wit/workitems/1304?api-version=7.1"}, 400),
        ({"uri": "https://devops.test/larkspur/_apis/wit/workitems/1304?api-version=7.1"}, 400),
        ({"uri": "/Nowhere/_apis/wit/workitems/1304?api-version=7.1"}, 404),
        ({"method": "GET"}, 400),
        ({"body": {"op": "add"}}, 400),
    ],
)
async def test_an_entry_in_another_form_is_refused_by_itself(ana, changed, code):
    answer = await batch(ana, entry(1304, TAG, **changed))

    assert (200, code) == (answer.status_code, answer.json()["value"][0]["code"])


async def test_there_are_two_hundred_entries_at_most(ana):
    assert 400 == (await batch(ana, *[entry(1304, TAG)] * 201)).status_code


async def test_reading_is_not_enough(client_for):
    assert 403 == (await batch(client_for("chiara", "vso.work"), entry(1304, TAG))).status_code
