"""Rooms: found by size, words and free time, and booked with a meeting."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.errors import ToolError
from shared.tools.microsoft365.calendar import graph_get_event
from shared.tools.microsoft365.calendar_writing import graph_create_event, graph_update_event
from shared.tools.microsoft365.rooms import graph_find_rooms
from tests.shared.tools.played_graph import PlayedGraph, Sent
from tests.shared.tools.sandbox import Sandbox

PIER, LIGHTHOUSE = (f"room.{name}@larkspur.example" for name in ("pier", "lighthouse"))
DAY = datetime.now(ZoneInfo("Europe/Lisbon")).date() + timedelta(days=40)
NEW: dict[str, Any] = {
    "subject": "Berth plan",
    "start": f"{DAY}T10:00",
    "end": f"{DAY}T10:30",
    "time_zone": "Europe/Lisbon",
}


async def names(sandbox: Sandbox, **arguments: Any) -> list[str]:
    found = await sandbox.call(graph_find_rooms, **arguments)
    return [each.name for each in found.items]


@pytest.mark.parametrize(
    ("arguments", "rooms"),
    [
        ({}, ["Berth", "Pier", "Molo", "Lighthouse", "Chart room"]),
        ({"people": 1}, ["Berth", "Pier", "Molo", "Lighthouse"]),
        ({"people": 8}, ["Pier", "Molo", "Lighthouse"]),
        ({"people": 8, "words": "lisbon WHITEBOARD"}, ["Pier", "Lighthouse"]),
        ({"words": "surface hub"}, ["Pier"]),
        ({"people": 15}, []),
        ({"limit": 2}, ["Berth", "Pier"]),
    ],
)
async def test_rooms_are_found_by_size_and_words_the_smallest_first(
    read_only: Sandbox, arguments: dict[str, Any], rooms: list[str]
):
    assert rooms == await names(read_only, **arguments)


async def test_a_room_tells_what_a_meeting_needs_to_know(read_only: Sandbox):
    found = await read_only.call(graph_find_rooms, words="pier")

    assert {
        "name": "Pier",
        "address": PIER,
        "capacity": 8,
        "building": "Lisbon 2",
        "floor": "2",
        "video": "Surface Hub",
        "wheelchair": True,
        "tags": ["whiteboard"],
    } == found.items[0].model_dump()
    assert (True, None) == (found.complete, found.note)


async def test_more_rooms_than_wanted_are_told(read_only: Sandbox):
    found = await read_only.call(graph_find_rooms, limit=1)

    assert (False, "There are more.") == (found.complete, found.note)


async def test_a_booked_room_is_not_found_for_its_time(sandbox: Sandbox):
    await sandbox.call(graph_create_event, **NEW, room=PIER, location="Pier")
    during = {"start": f"{DAY}T10:15", "time_zone": "Europe/Lisbon"}
    after = {"start": f"{DAY}T10:30", "time_zone": "Europe/Lisbon"}
    whole_day = {"start": str(DAY), "time_zone": "Europe/Lisbon"}

    assert ["Molo", "Lighthouse"] == await names(sandbox, people=8, **during)
    assert ["Pier", "Molo", "Lighthouse"] == await names(sandbox, people=8, **after)
    assert ["Molo", "Lighthouse"] == await names(sandbox, people=8, **whole_day)


async def test_a_room_is_free_for_the_minutes_before_a_meeting(sandbox: Sandbox):
    await sandbox.call(graph_create_event, **NEW, room=PIER)
    before = {"start": f"{DAY}T09:57", "end": f"{DAY}T09:59", "time_zone": "Europe/Lisbon"}

    # A schedule is of five minutes at least, which begin before the meeting and end in it.
    assert "Pier" in await names(sandbox, **before)


async def test_a_meeting_books_its_room_and_the_room_answers(sandbox: Sandbox):
    first = await sandbox.call(graph_create_event, **NEW, room=PIER, location="Pier")
    second = await sandbox.call(graph_create_event, **NEW, room=PIER.upper())
    answers = []
    for event in (first, second):
        read = await sandbox.call(graph_get_event, event_id=event.id)
        answers.append((read.location, *[(each.kind, each.response) for each in read.attendees]))

    assert [("Pier", ("resource", "accepted")), (PIER.upper(), ("resource", "declined"))] == answers


async def test_another_room_frees_the_one_before(sandbox: Sandbox):
    made = await sandbox.call(graph_create_event, **NEW, room=PIER)
    read = await sandbox.call(graph_get_event, event_id=made.id)
    changed = await sandbox.call(
        graph_update_event, event_id=made.id, version=read.version, room=LIGHTHOUSE, location="Lighthouse"
    )
    at_that_time = {"people": 8, "start": NEW["start"], "time_zone": "Europe/Lisbon"}

    assert ("Lighthouse", [LIGHTHOUSE]) == (changed.location, [each.address for each in changed.attendees])
    assert ["Pier", "Molo"] == await names(sandbox, **at_that_time)


async def test_rooms_need_a_permission_of_their_own(read_only: Sandbox):
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_find_rooms, user="eva")

    assert ("consent_required", "Place.Read.All") == (
        refused.value.code,
        refused.value.details["missing_scopes"],
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"people": 0}, "people: "),
        ({"start": "soon"}, "start: must be a time"),
        ({"end": f"{DAY}T10:00"}, "start: is missing"),
        ({"start": f"{DAY}T10:00", "end": f"{DAY}T09:00"}, "end: is before start"),
        ({"limit": 51}, "limit: "),
    ],
)
async def test_a_bad_argument_is_named(read_only: Sandbox, arguments: dict[str, Any], message: str):
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_find_rooms, **{"time_zone": "UTC", **arguments})

    assert "invalid_argument" == refused.value.code
    assert refused.value.message.startswith(message)


class Tower:
    """A building with many rooms, of which some cannot be asked when they are free."""

    def __init__(self, count: int, *, silent: int) -> None:
        self.rooms = [
            {"displayName": f"Room {each}", "emailAddress": f"r{each}@x.de", "capacity": each}
            for each in range(1, count + 1)
        ]
        self.silent = silent
        self.asked: list[int] = []

    def __call__(self, sent: Sent) -> Any:
        if sent.method == "GET":
            return {"value": self.rooms}
        addresses = sent.body["Schedules"]
        self.asked.append(len(addresses))
        return {"value": [self._schedule(each) for each in addresses]}

    def _schedule(self, address: str) -> dict[str, Any]:
        number = int(address[1:].partition("@")[0])
        if number <= self.silent:
            return {"scheduleId": address, "error": {"message": "Nobody knows."}}
        return {"scheduleId": address, "scheduleItems": []}


async def test_schedules_are_asked_for_twenty_at_a_time_until_there_are_enough():
    tower = Tower(70, silent=2)
    graph = PlayedGraph(tower)
    found = await graph.call(graph_find_rooms, start="2030-05-06T10:00", time_zone="UTC", limit=30)

    assert [20, 20] == tower.asked
    assert ["Room 3", "Room 32"] == [found.items[0].name, found.items[-1].name]
    assert not found.complete
    assert found.note == "There are more. It is not known whether these are free: Room 1, Room 2."
