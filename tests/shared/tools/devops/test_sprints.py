"""Sprints, capacities and paths, as a caller of the tools finds them."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from local.devops.data_files import named_id
from shared.apis.devops.team_planning import DaysOff, days_between, time_frame, working_days
from shared.errors import ToolError
from shared.tools.devops.sprints import devops_get_sprint, devops_list_paths
from shared.tools.devops.work_items import devops_search_work_items
from shared.tools.preferences import set_preferences
from tests.shared.tools.devops_calls import BOOKING, pages
from tests.shared.tools.sandbox import Sandbox

PLATFORM = {**BOOKING, "team": "Platform"}
CURRENT = "SELECT [System.Title] FROM WorkItems WHERE [System.IterationPath] = @CurrentIteration"


async def test_the_current_sprint_of_a_team_has_its_items_by_state_and_person(sandbox: Sandbox):
    found = await sandbox.call(devops_get_sprint, **PLATFORM)

    assert ("Sprint 47", "Booking\\Sprint 47", "current") == (found.name, found.path, found.time_frame)
    assert ("Booking\\Sprint 46", "Booking\\Sprint 48") == (found.previous, found.next)
    items = await pages(sandbox, devops_get_sprint, limit=10, **PLATFORM)
    assert found.total == len(items) == sum(found.by_state.values())
    assert {1302, 1303, 1308} < {each.id for each in items}
    assert {"Booking\\Sprint 47"} == {each.iteration for each in items}
    assert sum(each.items for each in found.members) == found.total
    moved = next(each for each in items if each.id == 1303)
    assert (1302, 2.0, False) == (moved.parent, moved.remaining_hours, moved.ended)


async def test_the_hours_of_a_person_are_those_of_the_days_they_and_the_team_work(sandbox: Sandbox):
    found = await sandbox.call(devops_get_sprint, **PLATFORM)
    members = {each.name.partition(" <")[0]: each for each in found.members if each.name}

    dmitri, ben = members["Dmitri Volkov"], members["Ben Osei"]
    assert (6.0, 3.0) == (dmitri.hours_per_day, ben.hours_per_day)
    assert ben.capacity_hours == 3.0 * found.working_days
    assert dmitri.capacity_hours == 6.0 * (found.working_days - dmitri.days_off)
    assert 0 <= found.working_days_left < found.working_days <= 10
    assert found.capacity_hours_left == sum(each.capacity_hours_left for each in found.members)
    assert found.remaining_hours == sum(each.remaining_hours for each in found.members) > 0


async def test_what_slipped_is_what_is_open_in_the_sprint_before(sandbox: Sandbox):
    found = await sandbox.call(devops_get_sprint, **PLATFORM)
    before = await sandbox.call(devops_get_sprint, sprint="previous", limit=100, **PLATFORM)

    assert before.path == found.slipped.sprint
    assert found.slipped.total == sum(each.ended is False for each in before.items) > 0
    assert {each.id for each in found.slipped.items} <= {each.id for each in before.items if not each.ended}


@pytest.mark.parametrize(
    "sprint",
    [
        "next", "Sprint 48", "SPRINT 48", "booking\\sprint 48",
        "https://dev.azure.com/larkspur/Booking/_sprints/taskboard/Platform/Booking/Sprint%2048",
        "https://dev.azure.com/larkspur/Booking/_sprints/backlog/Platform/Booking/Sprint%2048?workitem=1309",
    ],
)  # fmt: skip
async def test_a_sprint_is_named_in_many_ways(sandbox: Sandbox, sprint: str):
    found = await sandbox.call(devops_get_sprint, sprint=sprint, **PLATFORM)

    assert ("Booking\\Sprint 48", "future", None) == (found.path, found.time_frame, found.next)
    by_id = next(each["id"] for each in await _iterations(sandbox) if each["name"] == "Sprint 48")
    assert found.path == (await sandbox.call(devops_get_sprint, sprint=by_id.upper(), **PLATFORM)).path


@pytest.mark.parametrize(
    ("preferred", "place", "counts"),
    [
        (("larkspur", "Booking"), {}, True),
        (("larkspur", "Booking"), BOOKING, True),
        (("larkspur", "Prototypes"), BOOKING, False),
        (("larkspur-labs", "Booking"), BOOKING, False),
        (("larkspur", "Prototypes"), {"organization": "larkspur-labs"}, False),
        (("larkspur", "Booking"), {**BOOKING, "team": "Booking Web"}, False),
    ],
)
async def test_the_preferred_team_counts_for_its_own_project_alone(
    sandbox: Sandbox, preferred: tuple[str, str], place: dict[str, str], counts: bool
):
    organization, project = preferred
    await sandbox.call(set_preferences, organization=organization, project=project, team="Platform")
    with suppress(ToolError):
        await sandbox.call(devops_get_sprint, **place)
    with suppress(ToolError):
        await sandbox.call(devops_search_work_items, query=CURRENT, **place)
    journal = (await sandbox.control("GET", "devops", "journal")).json()
    asked = [str(each["path"]) for each in journal if each["event"] == "request"]
    of_sprint, of_query = (
        next(each for each in asked if each.partition("?")[0].endswith(end))
        for end in ("/work/teamsettings/iterations", "/wit/wiql")
    )

    assert (counts, counts) == ("/Platform/" in of_sprint, "/Platform/" in of_query)


@pytest.mark.parametrize("sprint", ["", None, "current", "CURRENT", "@CurrentIteration"])
async def test_nothing_said_is_the_current_one(sandbox: Sandbox, sprint: str | None):
    arguments = {} if not sprint else {"sprint": sprint}

    assert "Sprint 47" == (await sandbox.call(devops_get_sprint, **arguments, **PLATFORM)).name


async def test_a_sprint_nobody_knows_is_said_with_those_there_are(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_get_sprint, sprint="Sprint 99", **PLATFORM)

    assert "not_found" == refused.value.code
    assert "Sprint 47" in refused.value.remedy


async def test_between_two_sprints_there_is_none_under_way(sandbox: Sandbox):
    today = datetime.now(UTC).date()
    await _answer(sandbox, "*/iterations", [_sprint("Old", today - timedelta(30), today - timedelta(20))])

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_get_sprint, **PLATFORM)

    assert ("not_found", True) == (refused.value.code, "Old" in refused.value.remedy)


async def test_a_sprint_without_dates_has_no_days_and_all_its_items(sandbox: Sandbox):
    known = (await _iterations(sandbox))[3]
    undated = {**known, "attributes": {"startDate": None, "finishDate": None, "timeFrame": "current"}}
    await _answer(sandbox, "*/iterations", [undated])

    found = await sandbox.call(devops_get_sprint, **PLATFORM)

    assert (None, None, None, None) == (found.start, found.finish, found.working_days, found.slipped)
    assert found.total > 3
    assert {0.0} == {each.capacity_hours for each in found.members}


@pytest.mark.parametrize("attributes", [None, {}, {"startDate": None}])
async def test_attributes_may_be_missing(sandbox: Sandbox, attributes: Any):
    known = (await _iterations(sandbox))[3]
    await _answer(sandbox, "*/iterations", [{**known, "attributes": attributes}])

    found = await sandbox.call(devops_get_sprint, sprint="Sprint 47", **PLATFORM)

    assert (None, None) == (found.start, found.time_frame)


async def test_what_cannot_be_read_is_a_gap_and_the_items_come(sandbox: Sandbox):
    broken = [
        {"path": path, "status": 500, "json": {}}
        for path in ("*/capacities", "*/teamdaysoff", "*/workitemtypes")
    ]
    await sandbox.control("PUT", "devops", "faults", broken)

    found = await sandbox.call(devops_get_sprint, **PLATFORM)

    assert 3 == len(found.gaps)
    assert found.total > 3
    assert {None} == {each.ended for each in found.items}
    assert found.slipped is None


async def test_a_field_the_organization_lacks_costs_nothing_but_itself(sandbox: Sandbox):
    lacking = {"message": "TF51535: Cannot find field Size.", "typeKey": "VssPropertyValidationException"}
    await sandbox.fail("devops", path="*/workitemsbatch", status=400, json=lacking, times=1)

    found = await sandbox.call(devops_get_sprint, **PLATFORM)

    assert found.total > 3
    assert any(each.points for each in (await sandbox.call(devops_get_sprint, limit=100, **BOOKING)).items)


async def test_capacities_that_nobody_set_are_none(sandbox: Sandbox):
    unset = {
        "teamMembers": [
            {
                "teamMember": {"displayName": "Ana", "id": "x"},
                "activities": [{"capacityPerDay": 0.0, "name": ""}],
            },
            {"teamMember": None, "activities": None, "daysOff": None},
        ],
        "totalCapacityPerDay": 0,
    }
    await sandbox.fail("devops", path="*/capacities", status=200, json=unset)

    found = await sandbox.call(devops_get_sprint, **PLATFORM)

    assert (0, []) == (found.capacity_hours_left, found.gaps)


async def test_iteration_paths_are_those_that_fields_take(sandbox: Sandbox):
    found = await pages(sandbox, devops_list_paths, kind="iterations", limit=2, **BOOKING)

    assert ["Booking", *(f"Booking\\Sprint {number}" for number in range(44, 49))] == [
        each.path for each in found
    ]
    assert [None, "past", "past", "past", "current", "future"] == [each.time_frame for each in found]
    assert [False, True, True, True, True, True] == [each.of_team for each in found]


async def test_area_paths_say_which_are_the_teams(sandbox: Sandbox):
    found = await sandbox.call(devops_list_paths, kind="areas", contains="P", **PLATFORM)

    assert {"Booking\\API": False, "Booking\\Platform": True} == {
        each.path: each.of_team for each in found.items
    }


async def test_paths_deep_below_are_found_and_the_nodes_own_path_is_not_taken(sandbox: Sandbox):
    tree = {
        "id": 1, "name": "Booking", "path": "\\Booking\\Area", "structureType": "area", "hasChildren": True,
        "children": [
            {"id": 2, "name": "A", "path": "\\Booking\\Area\\A", "children": [{"id": 3, "name": "Area"}]}
        ],
    }  # fmt: skip
    await sandbox.fail("devops", path="*/classificationnodes/areas", status=200, json=tree)

    found = await sandbox.call(devops_list_paths, kind="areas", **BOOKING)

    assert ["Booking", "Booking\\A", "Booking\\A\\Area"] == [each.path for each in found.items]


async def test_paths_come_without_the_team_where_it_cannot_be_read(sandbox: Sandbox):
    await sandbox.fail("devops", path="*/teamfieldvalues", status=500, json={})

    found = await sandbox.call(devops_list_paths, kind="areas", **BOOKING)

    assert {None} == {each.of_team for each in found.items}
    assert "team's could not be read" in found.note


def test_days_are_counted_with_both_ends_and_without_those_off():
    monday = date(2026, 11, 23)
    off = DaysOff.model_validate({"start": "2026-11-25T00:00:00Z", "end": "2026-11-26T00:00:00Z"})

    worked = working_days(monday, monday + timedelta(13), weekdays=["Monday", "wednesday"], off=off.days())

    assert [23, 30, 2] == [day.day for day in worked]
    assert [] == days_between(monday, monday - timedelta(1))
    assert 5 == len(working_days(monday, monday + timedelta(6), weekdays=[], off=frozenset()))


@pytest.mark.parametrize(
    ("today", "expected"), [(22, "future"), (23, "current"), (27, "current"), (28, "past")]
)
def test_an_iteration_is_current_from_its_first_day_to_its_last(today: int, expected: str):
    first, last, day = date(2026, 11, 23), date(2026, 11, 27), date(2026, 11, today)

    assert expected == time_frame(first, last, day)
    assert None is time_frame(None, last, day)
    assert None is time_frame(first, None, day)


async def _iterations(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The iterations of a team, as the service lists them."""
    found = await sandbox.call(devops_list_paths, kind="iterations", **PLATFORM)
    return [
        {
            "id": named_id("iteration", "Booking", each.path.rpartition("\\")[2]),
            "name": each.path.rpartition("\\")[2],
            "path": each.path,
            "attributes": {"startDate": f"{each.start}T00:00:00Z", "finishDate": f"{each.finish}T00:00:00Z"},
        }
        for each in found.items[1:]
    ]


async def _answer(sandbox: Sandbox, path: str, value: list[dict[str, Any]]) -> None:
    await sandbox.fail("devops", path=path, status=200, json={"count": len(value), "value": value})


def _sprint(name: str, start: date, finish: date) -> dict[str, Any]:
    dates = {"startDate": f"{start}T00:00:00Z", "finishDate": f"{finish}T00:00:00Z"}
    return {"id": name, "name": name, "path": f"Booking\\{name}", "attributes": dates}
