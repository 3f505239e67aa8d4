"""Events, tasks and notes of Graph in odd forms: parts, nulls, unknown values, and what series hold."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.apis.graph.graph_times import ZonedTime
from shared.errors import ToolError
from shared.tools.microsoft365.availability import graph_find_meeting_times, graph_get_availability
from shared.tools.microsoft365.calendar import graph_get_calendar, graph_get_event
from shared.tools.microsoft365.calendar_writing import graph_create_event, graph_update_event
from shared.tools.microsoft365.notes import graph_read_note
from shared.tools.microsoft365.plans import graph_get_plan
from shared.tools.microsoft365.rooms import graph_find_rooms
from shared.tools.microsoft365.task_changes import graph_update_task
from shared.tools.microsoft365.tasks import graph_list_tasks
from shared.tools.microsoft365.tasks_writing import graph_complete_task, graph_create_task
from tests.shared.tools.played_graph import PlayedGraph, Sent, refusal

BERLIN = {"timeZone": "W. Europe Standard Time"}
TASK = {"id": "P1", "planId": "PL", "title": "Berths", "@odata.etag": 'W/"1"'}
ADA = "00000000-0000-0000-0000-000000000001"


def at(when: str, zone: str = "UTC") -> dict[str, str]:
    return {"dateTime": when, "timeZone": zone}


EVENT = {
    "id": "E1",
    "@odata.etag": 'W/"1"',
    "subject": "Berth plan",
    "start": at("2026-12-07T09:00:00.0000000"),
    "end": at("2026-12-07T09:30:00.0000000"),
}
SERIES = {
    **EVENT,
    "type": "seriesMaster",
    "originalStartTimeZone": "W. Europe Standard Time",
    "recurrence": {
        "pattern": {
            "type": "weekly",
            "interval": 2,
            "month": 0,
            "dayOfMonth": 0,
            "daysOfWeek": ["monday", "friday"],
            "firstDayOfWeek": "sunday",
            "index": "first",
        },
        "range": {
            "type": "numbered",
            "startDate": "2026-12-07",
            "endDate": "0001-01-01",
            "recurrenceTimeZone": "W. Europe Standard Time",
            "numberOfOccurrences": 10,
        },
    },
}
LISTS = {"value": [{"id": "L", "displayName": "Tasks", "wellknownListName": "defaultList"}]}


def playing(*routes: tuple[str, str, Any]) -> PlayedGraph:
    """A Graph with a response for each method and part of a path, and else empty collections."""

    def play(sent: Sent) -> Any:
        if sent.path.endswith("/mailboxSettings"):
            return BERLIN
        return next(
            (each for method, part, each in routes if method == sent.method and part in sent.path),
            {"value": []},
        )

    return PlayedGraph(play)


def written(graph: PlayedGraph) -> list[Any]:
    """What was sent to change something."""
    return [each.body for each in graph.requests if each.method in ("POST", "PATCH")]


@pytest.mark.parametrize(
    "told",
    [
        {"originalStartTimeZone": "UTC", "responseStatus": {"response": ""}, "recurrence": None},
        httpx.Response(204),
    ],
)
async def test_an_event_whose_change_is_not_told_is_read_again(told: Any):
    """Update event: the example of the response has neither id nor times."""
    graph = playing(("PATCH", "/events/E1", told), ("GET", "/events/E1", EVENT))
    changed = await graph.call(graph_update_event, event_id="E1", version='W/"1"', subject="Berth plan")

    assert ("E1", "2026-12-07T10:00:00+01:00") == (changed.id, changed.start.isoformat())
    assert [{"subject": "Berth plan"}] == written(graph)


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


async def test_events_of_which_no_times_are_told_are_listed_last():
    """List calendarView: the example of the response has neither id nor times."""
    found = [{"iCalUId": "1", "responseStatus": {"response": "", "time": "datetime-value"}}, EVENT]
    graph = playing(("GET", "/calendarView", {"value": found}))
    page = await graph.call(graph_get_calendar, start="2026-12-07")

    assert [("E1", False), ("", True)] == [(each.id, each.start is None) for each in page.items]


@pytest.mark.parametrize("zone", ["W. Europe Standard Time", "UTC", "Pacific Standard Time"])
async def test_an_all_day_event_keeps_its_days_in_whatever_zone_it_is_told(zone: str):
    days = {"start": at("2026-12-07T00:00:00", zone), "end": at("2026-12-08T00:00:00", zone)}
    graph = playing(("GET", "/events/E1", {**EVENT, **days, "isAllDay": True}))
    event = await graph.call(graph_get_event, event_id="E1")

    assert "2026-12-07T00:00:00+01:00" == event.start.isoformat()
    assert "2026-12-08T00:00:00+01:00" == event.end.isoformat()


@pytest.mark.parametrize(
    ("pattern", "limits", "words"),
    [
        ({"type": "weekly"}, {"type": "noEnd", "startDate": ""}, "every week, without an end"),
        (
            {"type": "relativeYearly", "daysOfWeek": ["monday"], "month": 0, "index": None},
            {"type": "numbered"},
            "every year on the first Monday, an unknown number of times",
        ),
        (
            {"type": "absoluteMonthly", "interval": 2, "dayOfMonth": 0},
            {"type": "endDate"},
            "every 2 months, until a day that is not told",
        ),
        ({"type": "weekly", "interval": "often"}, {}, "in a way that is not known here"),
    ],
)
async def test_a_recurrence_with_parts_missing_is_told_without_them(
    pattern: dict[str, Any], limits: dict[str, Any], words: str
):
    event = {**EVENT, "recurrence": {"pattern": pattern, "range": limits}}
    read = await playing(("GET", "/events/E1", event)).call(graph_get_event, event_id="E1")

    assert words == read.repeats


async def changed_series(**change: Any) -> tuple[Any, Any]:
    """What is sent of the recurrence of a series, on two days of every second week, ten times."""
    graph = playing(("GET", "/events/E1", SERIES), ("PATCH", "/events/E1", SERIES))
    await graph.call(graph_update_event, event_id="E1", version='W/"1"', **change)
    (sent,) = written(graph)
    pattern, limits = sent["recurrence"]["pattern"], sent["recurrence"]["range"]
    return (
        (pattern["type"], pattern["interval"], pattern.get("daysOfWeek")),
        (limits["type"], limits.get("numberOfOccurrences") or limits.get("endDate")),
    )


BOTH = ["monday", "friday"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"repeat": {"every": "week", "until": "2027-01-31"}},
            (("weekly", 2, BOTH), ("endDate", "2027-01-31")),
        ),
        ({"repeat": {"every": "week", "interval": 1}}, (("weekly", 1, BOTH), ("numbered", 10))),
        ({"repeat": {"every": "week", "days": ["monday"]}}, (("weekly", 2, ["monday"]), ("numbered", 10))),
        (
            {"repeat": {"every": "week"}, "clear": ["series_end"]},
            (("weekly", 2, BOTH), ("noEnd", None)),
        ),
        ({"repeat": {"every": "day"}}, (("daily", 1, None), ("noEnd", None))),
        (
            {"repeat": {"every": "week"}, "start": "2026-12-11T10:00", "end": "2026-12-11T10:30"},
            (("weekly", 2, BOTH), ("numbered", 10)),
        ),
    ],
)
async def test_a_series_keeps_what_a_new_repetition_by_the_same_unit_leaves_out(
    change: dict[str, Any], expected: Any
):
    assert expected == await changed_series(**change)


async def test_the_end_of_a_series_is_not_cleared_with_a_new_one():
    with pytest.raises(ToolError) as refused:
        await changed_series(repeat={"every": "week", "count": 3}, clear=["series_end"])

    assert "clear: series_end goes only with repeat, without until and count." == refused.value.message


@pytest.mark.parametrize("nothing", [{}, "{}", {"every": "", "days": [], "until": None}])
async def test_a_repetition_that_says_nothing_is_none(nothing: Any):
    graph = playing(("POST", "/events", (201, EVENT)))
    await graph.call(graph_create_event, subject="Berth plan", start="2026-12-07T10:00", repeat=nothing)

    (sent,) = written(graph)
    assert {"subject", "start", "end", "isAllDay", "showAs"} == set(sent)


@pytest.mark.parametrize("start", ["2027-03-28T02:30", "2026-10-25T02:30", "2026-10-25T03:30"])
async def test_an_event_without_an_end_lasts_half_an_hour_on_days_on_which_clocks_change(
    start: str,
):
    graph = playing(("POST", "/events", (201, EVENT)))
    await graph.call(graph_create_event, subject="Berth plan", start=start)

    (sent,) = written(graph)
    begins, ends = (ZonedTime.model_validate(sent[edge]).moment for edge in ("start", "end"))
    assert timedelta(minutes=30) == ends - begins


async def test_attendees_without_addresses_stay_each_for_itself():
    present = [{"type": "required", "emailAddress": {"name": name}} for name in ("Ada", "Bea")]
    event = {**EVENT, "type": "singleInstance", "attendees": present}
    graph = playing(("GET", "/events/E1", event), ("PATCH", "/events/E1", event))
    await graph.call(
        graph_update_event, event_id="E1", version='W/"1"', add_attendees=["ben.osei@larkspur.example"]
    )

    (sent,) = written(graph)
    assert [*present, "ben.osei@larkspur.example"] == [
        *sent["attendees"][:2],
        sent["attendees"][2]["emailAddress"]["address"],
    ]


async def test_availability_finds_out_whose_it_is_where_no_calendar_is_said_to_be_the_main_one():
    """List calendars: the example has calendars without isDefaultCalendar."""
    owner = {"name": "Ana", "address": "ana.duarte@larkspur.example"}
    graph = playing(
        ("GET", "/me/calendars", {"value": [{"id": "C0", "owner": None}, {"id": "C1", "name": "Calendar"}]}),
        ("GET", "/me/calendar", {"id": "C1", "owner": owner}),
        (
            "POST",
            "getSchedule",
            {"value": [{"scheduleId": "b@x.example", "scheduleItems": [{**EVENT, "status": None}]}]},
        ),
    )
    found = await graph.call(graph_get_availability, people="b@x.example", start="next 7 days")

    assert [owner["address"], "b@x.example"] == graph.requests[-1].body["Schedules"]
    assert ["unknown"] == [each.status for each in found.schedules[0].busy]


async def test_meeting_times_of_which_little_is_told_are_not_said_to_suit_everyone():
    slot = {"meetingTimeSlot": {"start": EVENT["start"], "end": EVENT["end"]}, "confidence": None}
    people = [{"availability": None, "attendee": {"emailAddress": None}}]
    times = {"meetingTimeSuggestions": [{**slot, "attendeeAvailability": people}]}
    graph = playing(("POST", "findMeetingTimes", times))
    found = await graph.call(graph_find_meeting_times, attendees=["b@x.example"])

    assert [("unknown", "unknown", False)] == [
        (each.me, each.attendees[0].availability, each.everyone_is_free) for each in found.items
    ]


async def test_rooms_of_which_little_is_told_are_found():
    rooms = [
        {
            "id": "1",
            "displayName": None,
            "emailAddress": "r@x.example",
            "address": {"city": None, "x": {"y": 1}},
        }
    ]
    found = await playing(("GET", "/places", {"value": rooms})).call(graph_find_rooms)

    assert [("", "r@x.example")] == [(each.name, each.address) for each in found.items]


async def test_tasks_of_a_status_that_is_not_known_are_listed_without_one():
    tasks = [
        {"id": "T1", "status": "unknownFutureValue", "dueDateTime": {"dateTime": None, "timeZone": "UTC"}},
        {"id": "T2", "title": None, "importance": "normal", "dueDateTime": at("2026-12-01T00:00:00")},
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
