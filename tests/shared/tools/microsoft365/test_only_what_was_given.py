"""What is sent of events, tasks and notes is what was given, where clients send the rest as nothing."""

from typing import Any

import httpx
import pytest

from shared.tools import CATALOGUE
from shared.tools.microsoft365.calendar_writing import (
    graph_create_event,
    graph_respond_to_event,
    graph_update_event,
)
from shared.tools.microsoft365.notes import graph_write_note
from shared.tools.microsoft365.task_changes import graph_update_task
from shared.tools.microsoft365.tasks_writing import graph_create_task
from tests.shared.tools.played_graph import PlayedGraph, playing, written

TIMES = {
    edge: {"dateTime": f"2026-12-07T{hour}:00", "timeZone": "W. Europe Standard Time"}
    for edge, hour in (("start", "09:00"), ("end", "09:30"))
}
EVENT = {"id": "E1", "subject": "Berth plan", **TIMES}
TODO = {"id": "T", "title": "Berths", "status": "notStarted", "importance": "normal"}
PLANNED = {"id": "P1", "planId": "PL", "title": "Berths"}


def graph() -> PlayedGraph:
    return playing(
        ("POST", "/accept", (202, {})),
        ("POST", "/events", (201, EVENT)),
        ("PATCH", "/events", EVENT),
        ("POST", "/lists/L/tasks", (201, TODO)),
        ("PATCH", "/lists/L/tasks", TODO),
        ("GET", "/tasks/T/", {"value": []}),
        ("GET", "/lists/L/tasks/T", TODO),
        ("GET", "/todo/lists", {"value": [{"id": "L", "wellknownListName": "defaultList"}]}),
        ("GET", "/details", {"@odata.etag": "d"}),
        ("GET", "/planner/tasks", PLANNED),
        ("POST", "/planner/tasks", (201, PLANNED)),
        ("PATCH", "/planner/tasks", PLANNED),
        ("GET", "/plans/PL/", {"value": []}),
        ("GET", "/planner/plans", {"value": [{"id": "PL", "title": "Harbour"}]}),
        ("PATCH", "/content", httpx.Response(204)),
        ("GET", "/pages/1", {"id": "1", "title": "Berths"}),
    )


@pytest.mark.parametrize("nothing", [None, "", " \n"])
@pytest.mark.parametrize(
    ("function", "given", "sent"),
    [
        (
            graph_create_event,
            {"subject": "Berth plan", "start": "2026-12-07T09:00"},
            {"subject": "Berth plan", **TIMES, "isAllDay": False, "showAs": "busy"},
        ),
        (
            graph_update_event,
            {"event_id": "E1", "version": "1", "subject": "Berths"},
            {"subject": "Berths"},
        ),
        (graph_respond_to_event, {"event_id": "E1", "response": "accept"}, {"SendResponse": True}),
        (graph_create_task, {"title": "Berths"}, {"title": "Berths", "importance": "normal"}),
        (
            graph_create_task,
            {"title": "Berths", "plan": "Harbour"},
            {"title": "Berths", "priority": 5, "planId": "PL"},
        ),
        (graph_update_task, {"task_id": "todo:L:T", "version": "1", "title": "Quay"}, {"title": "Quay"}),
        (
            graph_update_task,
            {"task_id": "planner:P1", "version": "1", "status": "completed"},
            {"percentComplete": 100},
        ),
        (
            graph_write_note,
            {"page_id": "1", "text": "One"},
            [{"target": "body", "action": "Append", "content": "<p>One</p>"}],
        ),
    ],
)
async def test_what_is_sent_is_what_was_given(
    function: Any, given: dict[str, Any], sent: Any, nothing: Any
) -> None:
    (tool,) = (tool for tool in CATALOGUE if tool.function is function)
    played = graph()
    await played.call(function, **{**dict.fromkeys(tool.input_schema["properties"], nothing), **given})

    assert [sent] == written(played)


@pytest.mark.parametrize("version", ['W/"1"', 'W/\\"1\\"'])
async def test_a_version_with_its_quotes_escaped_is_the_one_that_was_read(version: str) -> None:
    played = graph()
    await played.call(graph_update_event, event_id="E1", version=version, subject="Berths")
    await played.call(graph_update_task, task_id="planner:P1", version=version, title="Quay")

    assert ['W/"1"', 'W/"1"'] == [
        each.headers["If-Match"] for each in played.requests if each.method == "PATCH"
    ]
