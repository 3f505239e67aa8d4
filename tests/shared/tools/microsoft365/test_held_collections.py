"""A written collection keeps what it takes the place of: kinds of attendees, names of recipients."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.microsoft365.calendar_writing import graph_update_event
from shared.tools.microsoft365.mail_writing import graph_create_draft
from tests.shared.tools.played_graph import PlayedGraph, Sent

BEN, CHIARA, OAK, DANA = (f"{name}@contoso.com" for name in ("ben", "chiara", "room-oak", "dana"))
HELD = [
    {"type": "required", "emailAddress": {"address": BEN, "name": "Ben"}, "status": {"response": "accepted"}},
    {"type": "optional", "emailAddress": {"address": "Chiara@Contoso.com", "name": "Chiara  R"}},
    {"type": "resource", "emailAddress": {"address": OAK, "name": "Oak"}, "status": {"response": "accepted"}},
]


class Meeting:
    """An event whose attendees a PATCH replaces as a whole."""

    def __init__(self, attendees: list[dict[str, Any]]) -> None:
        self.attendees = attendees
        self.location: dict[str, Any] = {"displayName": "Oak", "locationEmailAddress": OAK}

    def __call__(self, sent: Sent) -> dict[str, Any]:
        if sent.method == "PATCH":
            self.attendees = sent.body.get("attendees", self.attendees)
            self.location = sent.body.get("location", self.location)
        time = {"dateTime": "2030-05-06T08:00:00.0000000", "timeZone": "UTC"}
        held = {"attendees": self.attendees, "location": self.location}
        return {"@odata.etag": 'W/"e"', "id": "E1", "start": time, "end": time, **held}

    def kinds(self) -> dict[str, str]:
        return {each["emailAddress"]["address"]: each.get("type", "") for each in self.attendees}


async def change(meeting: Meeting, **changes: Any) -> None:
    arguments = {"event_id": "E1", "version": 'W/"e"', "time_zone": "UTC", **changes}
    await PlayedGraph(meeting).call(graph_update_event, **arguments)


async def test_who_stays_is_written_back_as_they_were_and_who_comes_is_required():
    meeting = Meeting(HELD)
    await change(meeting, add_attendees=[DANA, BEN.upper()])

    assert [*HELD, {"type": "required", "emailAddress": {"address": DANA}}] == meeting.attendees


async def test_who_may_come_is_optional_and_keeps_their_answer():
    meeting = Meeting(HELD)
    await change(meeting, add_optional_attendees=[BEN, DANA])

    assert {BEN: "optional", CHIARA: "optional", OAK: "resource", DANA: "optional"} == {
        address.casefold(): kind for address, kind in meeting.kinds().items()
    }
    assert {**HELD[0], "type": "optional"} == meeting.attendees[0]


async def test_only_who_is_named_is_invited_no_more():
    meeting = Meeting(HELD)
    await change(meeting, remove_attendees=[CHIARA.upper()])

    assert [HELD[0], HELD[2]] == meeting.attendees


async def test_another_room_takes_the_place_of_the_one_there_was():
    meeting = Meeting(HELD)
    await change(meeting, room="elm@contoso.com", location="Elm")

    assert [*HELD[:2], {"type": "resource", "emailAddress": {"address": "elm@contoso.com"}}] == (
        meeting.attendees
    )
    assert {"displayName": "Elm", "locationEmailAddress": "elm@contoso.com"} == meeting.location


async def test_a_room_that_is_cleared_leaves_with_its_place():
    meeting = Meeting(HELD)
    await change(meeting, clear=["room"])

    assert HELD[:2] == meeting.attendees
    assert {"displayName": ""} == meeting.location


async def test_people_who_are_cleared_leave_the_room_behind():
    meeting = Meeting(HELD)
    await change(meeting, clear=["attendees"])

    assert [HELD[2]] == meeting.attendees
    assert OAK == meeting.location["locationEmailAddress"]


async def test_an_address_given_twice_is_invited_once():
    meeting = Meeting([])
    await change(meeting, add_attendees=[DANA, DANA.upper()])

    assert {DANA: "required"} == meeting.kinds()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"add_attendees": [DANA], "remove_attendees": [DANA]}, f"attendees: {DANA} is given as"),
        ({"add_attendees": [DANA], "add_optional_attendees": [DANA]}, f"attendees: {DANA} is given as"),
        ({"remove_attendees": [DANA]}, f"remove_attendees: {DANA} is not invited."),
    ],
)
async def test_people_are_not_added_and_removed_at_once(changes: dict[str, Any], message: str):
    meeting = Meeting(HELD)
    with pytest.raises(ToolError) as refused:
        await change(meeting, **changes)

    assert "invalid_argument" == refused.value.code
    assert refused.value.message.startswith(message)
    assert HELD is meeting.attendees


async def test_attendees_whom_no_result_shows_are_not_dropped():
    meeting = Meeting([{"type": "required", "emailAddress": {"address": f"{n}@x.de"}} for n in range(101)])
    with pytest.raises(ToolError) as refused:
        await change(meeting, clear=["attendees"])
    await change(meeting, add_attendees=[BEN])

    assert "invalid_argument" == refused.value.code
    assert refused.value.message.startswith("clear: ")
    assert 102 == len(meeting.attendees)


async def test_without_attendees_nobody_is_written():
    meeting = Meeting(HELD)
    await change(meeting, subject="New")

    assert HELD is meeting.attendees


async def test_recipients_of_a_reply_keep_their_names_when_others_are_added():
    held = [{"emailAddress": {"name": "Osei,  Ben <ops>", "address": BEN}}]
    draft = {
        "@odata.etag": 'W/"d"',
        "id": "D1",
        "toRecipients": held,
        "isDraft": True,
        "lastModifiedDateTime": "2030-01-01T00:00:00Z",
    }
    graph = PlayedGraph(lambda sent: (201 if sent.method == "POST" else 200, draft))
    await graph.call(graph_create_draft, kind="reply", message_id="M1", body="x", to=[DANA])

    (change,) = (each for each in graph.requests if each.method == "PATCH")
    assert [*held, {"emailAddress": {"address": DANA}}] == change.body["toRecipients"]
