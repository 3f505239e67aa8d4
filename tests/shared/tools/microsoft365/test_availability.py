"""When people are free, by the calendars of the demo organisation."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.tools.microsoft365.availability import graph_find_meeting_times, graph_get_availability
from shared.tools.microsoft365.calendar_writing import graph_create_event
from tests.shared.tools.sandbox import Sandbox

BEN, CHIARA = "ben.osei@larkspur.example", "chiara.rossi@larkspur.example"
FIND: dict[str, Any] = {"attendees": [BEN, CHIARA], "start": "next week", "time_zone": "Europe/Lisbon"}
GET: dict[str, Any] = {"people": [BEN], "start": "next week", "time_zone": "Europe/Lisbon"}


async def test_suggested_times_are_as_long_as_asked_and_free_for_everyone(read_only: Sandbox):
    found = await read_only.call(graph_find_meeting_times, **FIND, minutes=45, limit=5)

    assert 5 == len(found.items)
    assert {timedelta(minutes=45)} == {each.end - each.start for each in found.items}
    assert all(each.everyone_is_free for each in found.items)
    assert [BEN, CHIARA] == [each.address for each in found.items[0].attendees]
    assert (False, "There may be more.") == (found.complete, found.note)


async def test_a_time_that_was_booked_is_free_no_more(sandbox: Sandbox):
    first = (await sandbox.call(graph_find_meeting_times, **FIND)).items[0]
    before = await sandbox.call(graph_get_availability, **GET)
    await sandbox.call(
        graph_create_event,
        subject="Booked",
        start=first.start.isoformat(),
        end=first.end.isoformat(),
        attendees=[BEN, CHIARA],
    )
    again = await sandbox.call(graph_find_meeting_times, **FIND, limit=20)
    after = await sandbox.call(graph_get_availability, **GET)

    assert first.start not in [each.start for each in again.items if each.everyone_is_free]
    assert any(slot.start <= first.start and first.end <= slot.end for slot in before.all_free)
    assert not any(slot.start < first.end and first.start < slot.end for slot in after.all_free)


async def test_when_nobody_can_the_result_says_why(read_only: Sandbox):
    nights = {**FIND, "start": "2099-01-03", "end": "2099-01-04"}  # a weekend
    found = await read_only.call(graph_find_meeting_times, **nights)

    assert ([], True) == (found.items, found.complete)
    assert found.note


async def test_outside_working_hours_there_are_times_too_if_asked_for(read_only: Sandbox):
    weekend = {**FIND, "start": "2099-01-03", "end": "2099-01-04", "working_hours": False}
    found = await read_only.call(graph_find_meeting_times, **weekend)

    assert found.items


async def test_free_times_are_long_enough_within_hours_and_free_of_everybody_busy(read_only: Sandbox):
    found = await read_only.call(graph_get_availability, **GET, minutes=60, from_hour=9, to_hour=17)

    assert ["ana.duarte@larkspur.example", BEN] == [each.address for each in found.schedules]
    assert (True, None) == (found.complete, found.note)
    assert found.all_free
    busy = [each for schedule in found.schedules for each in schedule.busy]
    assert {"busy", "tentative"} <= {each.status for each in busy} <= {"busy", "tentative", "oof"}
    for slot in found.all_free:
        assert slot.end - slot.start >= timedelta(hours=1)
        assert 9 <= slot.start.hour
        assert (slot.end.hour, slot.end.minute) <= (17, 0)
        assert not [each for each in busy if each.start < slot.end and slot.start < each.end]


async def test_without_oneself_only_the_others_count(read_only: Sandbox):
    found = await read_only.call(graph_get_availability, **GET, with_me=False)

    assert [BEN] == [each.address for each in found.schedules]


async def test_whoever_is_not_known_is_named_and_the_others_are_told(read_only: Sandbox):
    found = await read_only.call(
        graph_get_availability, **{**GET, "people": [BEN, "nobody@elsewhere.example"]}, with_me=False
    )

    assert (False, "It is not known when these are free: nobody@elsewhere.example.") == (
        found.complete,
        found.note,
    )
    assert "nobody@elsewhere.example" in found.schedules[1].problem
    assert found.schedules[0].busy


async def test_an_address_given_twice_is_asked_about_once(read_only: Sandbox):
    found = await read_only.call(
        graph_get_availability, **{**GET, "people": [BEN, BEN.upper(), "Ana.Duarte@larkspur.example"]}
    )

    assert ["ana.duarte@larkspur.example", BEN] == [each.address for each in found.schedules]


async def test_busy_times_that_would_make_the_result_too_large_are_left_out_aloud(sandbox: Sandbox):
    day = datetime.now().astimezone().date() + timedelta(days=3)
    for user in ("ana", "ben"):
        for minute in range(100):
            start = datetime.fromisoformat(f"{day}T08:00:00+00:00") + timedelta(minutes=2 * minute)
            await sandbox.call(
                graph_create_event,
                user=user,
                subject="Slice",
                start=start.isoformat(),
                end=(start + timedelta(minutes=1)).isoformat(),
            )
    found = await sandbox.call(graph_get_availability, people=[BEN], start=str(day), time_zone="Asia/Seoul")

    assert 1 == len(found.schedules)
    assert (False, "Busy times of 1 people are left out: ask for fewer people or days.") == (
        found.complete,
        found.note,
    )


@pytest.mark.parametrize(
    "length", [timedelta(minutes=1), timedelta(minutes=5, seconds=59), timedelta(minutes=20)]
)
async def test_people_are_free_in_a_window_shorter_than_the_usual_interval(
    read_only: Sandbox, length: timedelta
):
    start = datetime.now(ZoneInfo("Europe/Lisbon")).replace(hour=3, minute=0, second=0, microsecond=0)
    start += timedelta(days=1)
    found = await read_only.call(
        graph_get_availability,
        people=[BEN],
        start=start.isoformat(),
        end=(start + length).isoformat(),
        minutes=5,
        from_hour=0,
        to_hour=24,
        time_zone="Europe/Lisbon",
    )

    assert length < timedelta(minutes=5) or [(start, start + length)] == [
        (each.start, each.end) for each in found.all_free
    ]
    assert found.complete
