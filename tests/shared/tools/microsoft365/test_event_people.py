"""Who is invited to an event after a change."""

from typing import Any

import pytest

from shared.apis.graph.event_people import PeopleChange, changed_attendees
from shared.errors import ToolError
from shared.tools.microsoft365.calendar_writing import graph_update_event
from tests.shared.tools.sandbox import Sandbox


def attendee(address: str, kind: str) -> dict[str, Any]:
    return {"type": kind, "emailAddress": {"address": address}, "status": {"response": "accepted"}}


PRESENT = [
    attendee("Ben@x.example", "required"),
    attendee("chiara@x.example", "optional"),
    attendee("oak@x.example", "resource"),
    {"type": "required", "emailAddress": {"name": "A list without an address"}},
]


def kinds(change: PeopleChange) -> dict[str, str]:
    return {
        each["emailAddress"].get("address", "").casefold(): each["type"]
        for each in changed_attendees(PRESENT, change)
    }


def test_all_who_are_to_come_take_the_place_of_those_invited_and_keep_what_they_were() -> None:
    all_of_them = ["ben@x.example", "Chiara@x.example", "dana@x.example"]

    assert {
        "ben@x.example": "required",
        "chiara@x.example": "optional",
        "oak@x.example": "resource",
        "": "required",
        "dana@x.example": "required",
    } == kinds(PeopleChange(only=all_of_them))
    assert {"ben@x.example", "oak@x.example", ""} == kinds(PeopleChange(only=["ben@x.example"])).keys()


def test_a_room_among_them_stays_a_room() -> None:
    assert "resource" == kinds(PeopleChange(only=["oak@x.example"]))["oak@x.example"]


def test_answers_stay_with_whoever_stays() -> None:
    changed = changed_attendees(PRESENT, PeopleChange(only=["ben@x.example"]))

    assert PRESENT[0] == changed[0]


@pytest.mark.parametrize("other", ["required", "optional", "remove"])
def test_nobody_is_one_of_all_and_something_else(other: str) -> None:
    with pytest.raises(ToolError, match="given as"):
        changed_attendees(PRESENT, PeopleChange(only=["ben@x.example"], **{other: ["ben@x.example"]}))


async def test_attendees_are_not_given_and_cleared_at_once(sandbox: Sandbox) -> None:
    with pytest.raises(ToolError) as refused:
        await sandbox.call(
            graph_update_event,
            event_id="E",
            version="1",
            attendees=["ben.osei@larkspur.example"],
            clear=["attendees"],
        )

    assert "attendees" in refused.value.message
