"""Several calendars: own ones, those others share, and those of another's mailbox."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.errors import ToolError
from shared.tools.microsoft365.calendar import graph_get_calendar, graph_get_event
from shared.tools.microsoft365.calendar_list import graph_list_calendars
from shared.tools.microsoft365.calendar_writing import (
    graph_cancel_event,
    graph_create_event,
    graph_update_event,
)
from tests.shared.tools.sandbox import Sandbox

ANA, BEN, CHIARA, HUGO, GRACE = (
    f"{name}@larkspur.example"
    for name in ("ana.duarte", "ben.osei", "chiara.rossi", "hugo.meier", "grace.kim")
)
TODAY = datetime.now(ZoneInfo("Europe/Lisbon")).date()
DAY = TODAY + timedelta(days=30)
MONTH = {"start": str(TODAY - timedelta(days=5)), "end": str(DAY + timedelta(days=5)), "limit": 100}
NEW: dict[str, Any] = {"subject": "Berth plan", "start": f"{DAY}T10:00", "time_zone": "Europe/Lisbon"}


async def calendar(sandbox: Sandbox, name: str) -> str:
    found = await sandbox.call(graph_list_calendars)
    return str(next(each.id for each in found.items if each.name == name))


async def subjects(sandbox: Sandbox, **arguments: Any) -> set[str]:
    page = await sandbox.call(graph_get_calendar, **MONTH, **arguments)
    return {str(each.subject) for each in page.items}


async def test_calendars_tell_whose_they_are_and_what_one_may_do(read_only: Sandbox):
    found = await read_only.call(graph_list_calendars)

    assert [
        ("Calendar", ANA, True, True),
        ("On call", ANA, False, True),
        ("Booking team", BEN, False, True),
    ] == [(each.name, each.owner, each.is_default_calendar, each.can_edit) for each in found.items]
    assert (True, None) == (found.complete, found.note)


async def test_anothers_calendars_are_those_they_share(read_only: Sandbox):
    found = await read_only.call(graph_list_calendars, mailbox=CHIARA)

    assert [("Calendar", CHIARA, False)] == [(each.name, each.owner, each.can_edit) for each in found.items]


async def test_each_calendar_has_its_own_events(read_only: Sandbox):
    team = await subjects(read_only, calendar=await calendar(read_only, "Booking team"))
    main = await subjects(read_only)
    chiaras = await subjects(read_only, mailbox=CHIARA)

    assert {"Sprint 48 begins", "Window to move the cache", "Private Appointment"} == team
    assert team.isdisjoint(main)
    assert "Tariffs of the islands" in chiaras - main


async def test_an_event_of_another_calendar_is_read_where_it_is(read_only: Sandbox):
    team = await calendar(read_only, "Booking team")
    page = await read_only.call(graph_get_calendar, **MONTH, calendar=team)
    window = next(each for each in page.items if each.subject == "Window to move the cache")
    here = await read_only.call(graph_get_event, event_id=window.id, calendar=team)
    there = await read_only.call(graph_get_event, event_id=window.id, calendar=team, mailbox=BEN)
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_get_event, event_id=window.id)

    assert "Dmitri watches" in here.body.text
    assert here.body.text == there.body.text
    assert "not_found" == refused.value.code


async def test_a_series_in_anothers_calendar_tells_how_it_repeats(read_only: Sandbox):
    page = await read_only.call(graph_get_calendar, **MONTH, mailbox=CHIARA)
    refinement = next(each for each in page.items if each.subject == "Booking refinement")
    read = await read_only.call(graph_get_event, event_id=refinement.id, mailbox=CHIARA)

    assert read.repeats.startswith("every week on Tuesday, from ")


async def test_events_are_created_in_the_calendar_that_is_named(sandbox: Sandbox):
    team = await calendar(sandbox, "Booking team")
    of_team = await sandbox.call(graph_create_event, **NEW, calendar=team)
    of_ben = await sandbox.call(graph_create_event, **{**NEW, "subject": "For Ben"}, mailbox=BEN)

    assert (BEN, BEN) == (of_team.organizer, of_ben.organizer)
    assert "Berth plan" in await subjects(sandbox, calendar=team)
    assert "For Ben" in await subjects(sandbox, mailbox=BEN)
    assert {"Berth plan", "For Ben"}.isdisjoint(await subjects(sandbox))


async def test_an_event_in_an_own_added_calendar_is_changed_by_its_id(sandbox: Sandbox):
    own = await calendar(sandbox, "On call")
    made = await sandbox.call(graph_create_event, **NEW, calendar=own)
    changed = await sandbox.call(
        graph_update_event, event_id=made.id, version=made.version, subject="Berth plan 2"
    )

    assert "Berth plan 2" == changed.subject
    assert "Berth plan 2" in await subjects(sandbox, calendar=own)


@pytest.mark.parametrize("mailbox", [HUGO, GRACE, "nobody@larkspur.example"])
@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (graph_list_calendars, {}),
        (graph_get_calendar, {}),
        (graph_get_event, {"event_id": "AAMkADnothing-of-this-kind"}),
        (graph_create_event, NEW),
    ],
)
async def test_what_is_not_shared_is_not_there_or_not_shared(
    read_only: Sandbox, function: Any, arguments: dict[str, Any], mailbox: str
):
    with pytest.raises(ToolError) as refused:
        await read_only.call(function, **arguments, mailbox=mailbox)

    assert refused.value.code in ("not_found", "forbidden")
    assert (
        f"mailbox: {mailbox}, or what you ask for in it, is not there or not shared" in refused.value.message
    )


async def test_a_calendar_one_may_only_read_is_not_written_to(read_only: Sandbox):
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_create_event, **NEW, mailbox=CHIARA)

    assert ("forbidden", "ErrorAccessDenied") == (
        refused.value.code,
        refused.value.details["graph_error"],
    )


async def test_another_mailbox_wants_its_own_permission_and_the_own_one_none(read_only: Sandbox):
    own = await read_only.call(graph_get_calendar, user="eva")
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_get_calendar, user="eva", mailbox=BEN)

    assert own.complete
    assert ("consent_required", "Calendars.Read.Shared") == (
        refused.value.code,
        refused.value.details["missing_scopes"],
    )


async def test_times_in_anothers_calendar_are_in_the_users_own_zone(read_only: Sandbox):
    page = await read_only.call(graph_get_calendar, user="ana", **MONTH, mailbox=CHIARA)
    own = await read_only.call(graph_get_calendar, user="ana", **MONTH)

    assert {each.start.utcoffset() for each in page.items} == {each.start.utcoffset() for each in own.items}


@pytest.mark.parametrize("nothing", [None, "", " "])
async def test_a_mailbox_that_is_not_given_is_the_own_one(read_only: Sandbox, nothing: Any):
    assert await subjects(read_only) == await subjects(read_only, mailbox=nothing, calendar=nothing)


@pytest.mark.parametrize("place", ["calendar", "mailbox"])
async def test_a_series_in_a_calendar_one_may_edit_is_changed_and_cancelled_there(
    sandbox: Sandbox, place: str
):
    there = {"mailbox": BEN} if place == "mailbox" else {"calendar": await calendar(sandbox, "Booking team")}
    made = await sandbox.call(graph_create_event, **NEW, **there, repeat={"every": "day", "count": 3})
    changed = await sandbox.call(
        graph_update_event,
        event_id=made.id,
        version=made.version,
        repeat={"every": "day", "count": 4},
        add_attendees=[CHIARA],
        **there,
    )
    with pytest.raises(ToolError) as conflict:
        await sandbox.call(
            graph_update_event, event_id=made.id, version=made.version, subject="Lost", **there
        )
    await sandbox.call(graph_cancel_event, event_id=made.id, **there)

    assert changed.repeats.endswith("4 times")
    assert "conflict" == conflict.value.code
    assert changed.version == conflict.value.details["current_version"]
    assert "Berth plan" not in await subjects(sandbox, **there)
    assert "Canceled: Berth plan" in await subjects(sandbox, user="chiara")


async def test_what_one_may_only_read_is_neither_changed_nor_cancelled(read_only: Sandbox):
    page = await read_only.call(graph_get_calendar, **MONTH, mailbox=CHIARA)
    event = await read_only.call(graph_get_event, event_id=page.items[0].id, mailbox=CHIARA)
    there = {"event_id": event.id, "mailbox": CHIARA}
    for function, arguments in (
        (graph_update_event, {**there, "version": event.version, "subject": "Mine"}),
        (graph_cancel_event, there),
    ):
        with pytest.raises(ToolError) as refused:
            await read_only.call(function, **arguments)
        assert ("forbidden", "ErrorAccessDenied") == (
            refused.value.code,
            refused.value.details["graph_error"],
        )
