"""Calendars of others: which there are, who may do what, and what is not told."""

from typing import Any

import httpx
import pytest

from .conftest import Sandbox, code

BEN, CHIARA, HUGO, GRACE = (
    f"/users/{name}@larkspur.example" for name in ("ben.osei", "chiara.rossi", "hugo.meier", "grace.kim")
)
WINDOW = {"startDateTime": "2026-11-01T00:00:00Z", "endDateTime": "2026-12-15T00:00:00Z", "$top": "200"}
MEETING: dict[str, Any] = {
    "subject": "Corvo prices",
    "start": {"dateTime": "2026-11-24T15:00:00", "timeZone": "UTC"},
    "end": {"dateTime": "2026-11-24T15:30:00", "timeZone": "UTC"},
}


async def calendar(client: httpx.AsyncClient, name: str) -> dict[str, Any]:
    calendars = (await client.get("/me/calendars")).json()["value"]
    return next(dict(each) for each in calendars if each["name"] == name)


async def test_own_calendars_come_first_and_added_ones_of_others_after(ana: httpx.AsyncClient):
    calendars = (await ana.get("/me/calendars")).json()["value"]

    assert [
        ("Calendar", "ana.duarte@larkspur.example", True, True),
        ("On call", "ana.duarte@larkspur.example", True, True),
        ("Booking team", "ben.osei@larkspur.example", True, False),
    ] == [(each["name"], each["owner"]["address"], each["canEdit"], each["canShare"]) for each in calendars]


async def test_a_calendar_shared_with_me_is_read_under_me_by_its_id(ana: httpx.AsyncClient):
    path = f"/me/calendars/{(await calendar(ana, 'Booking team'))['id']}"
    [*events] = (await ana.get(f"{path}/calendarView", params=WINDOW)).json()["value"]
    window = next(each for each in events if each["subject"] == "Window to move the cache")
    of_mailbox = await ana.get(f"/me/events/{window['id']}")
    of_calendar = await ana.get(f"{path}/events/{window['id']}")

    # An id belongs to the mailbox it comes from.
    assert (404, "ErrorItemNotFound") == code(of_mailbox)
    assert "Dmitri watches" in of_calendar.json()["body"]["content"]


async def test_private_events_of_others_are_told_without_their_text(ana: httpx.AsyncClient):
    path = f"/me/calendars/{(await calendar(ana, 'Booking team'))['id']}/calendarView"
    events = (await ana.get(path, params=WINDOW)).json()["value"]

    assert [("Private Appointment", "")] == [
        (each["subject"], each["bodyPreview"]) for each in events if each["sensitivity"] == "private"
    ]


async def test_an_event_of_an_own_added_calendar_is_found_under_me(writer: httpx.AsyncClient):
    own = await calendar(writer, "On call")
    made = await writer.post(f"/me/calendars/{own['id']}/events", json=MEETING)
    path = f"/me/events/{made.json()['id']}"
    changed = await writer.patch(path, json={"subject": "Corvo"})

    assert (201, "Corvo") == (made.status_code, changed.json()["subject"])
    assert 204 == (await writer.delete(path)).status_code


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        (f"{CHIARA}/calendarView", (200, None)),
        (f"{BEN}/calendarView", (200, None)),
        (f"{HUGO}/calendarView", (403, "ErrorAccessDenied")),
        (f"{GRACE}/calendarView", (404, "ErrorItemNotFound")),
        ("/users/nobody@larkspur.example/calendarView", (404, "ErrorInvalidUser")),
    ],
)
async def test_anothers_calendar_is_read_by_right(
    ana: httpx.AsyncClient, path: str, refusal: tuple[int, str | None]
):
    response = await ana.get(path, params=WINDOW)

    assert refusal == (code(response) if response.is_error else (response.status_code, None))


async def test_anothers_calendar_needs_a_shared_permission(sandbox: Sandbox):
    async with sandbox.client(scopes="Calendars.ReadWrite") as client:
        refused = await client.get(f"{CHIARA}/calendarView", params=WINDOW)
    async with sandbox.client(scopes="Calendars.Read.Shared") as client:
        own = await client.get("/me/calendarView", params=WINDOW)
        others = await client.get(f"{CHIARA}/calendarView", params=WINDOW)
        written = await client.post(f"{BEN}/events", json=MEETING)

    assert (403, "ErrorAccessDenied") == code(refused) == code(written)
    assert (200, 200) == (own.status_code, others.status_code)


async def test_who_creates_in_anothers_calendar_is_not_the_organizer(writer: httpx.AsyncClient):
    made = await writer.post(f"{BEN}/events", json=MEETING)
    refused = await writer.post(f"{CHIARA}/events", json=MEETING)
    read = await writer.get(f"{BEN}/events/{made.json()['id']}")

    assert "ben.osei@larkspur.example" == made.json()["organizer"]["emailAddress"]["address"]
    assert (403, "ErrorAccessDenied") == code(refused)
    assert (200, 404) == (read.status_code, (await writer.get(f"/me/events/{made.json()['id']}")).status_code)


async def test_calendars_of_others_are_those_they_share(ana: httpx.AsyncClient):
    of_ben = (await ana.get(f"{BEN}/calendars")).json()["value"]
    of_chiara = (await ana.get(f"{CHIARA}/calendars")).json()["value"]

    assert [("Calendar", True), ("Booking team", True)] == [
        (each["name"], each["canEdit"]) for each in of_ben
    ]
    assert [("Calendar", False)] == [(each["name"], each["canEdit"]) for each in of_chiara]
    assert 404 == (await ana.get(f"{GRACE}/calendars")).status_code


async def test_who_may_edit_a_calendar_changes_and_cancels_in_the_name_of_its_owner(
    sandbox: Sandbox, writer: httpx.AsyncClient
):
    attendee = {"type": "required", "emailAddress": {"address": "chiara.rossi@larkspur.example"}}
    team = f"/me/calendars/{(await calendar(writer, 'Booking team'))['id']}/events"
    seen = []
    for path in (team, f"{BEN}/events"):
        made = (await writer.post(path, json={**MEETING, "attendees": [attendee]})).json()
        changed = await writer.patch(f"{path}/{made['id']}", json={"subject": "Corvo"})
        async with sandbox.client("chiara") as chiara:
            [copy] = (await chiara.get("/me/events?$filter=subject eq 'Corvo'")).json()["value"]
        cancelled = await writer.post(f"{path}/{made['id']}/cancel", json={"comment": ""})
        seen.append(
            (changed.status_code, copy["organizer"]["emailAddress"]["address"], cancelled.status_code)
        )

    assert [(200, "ben.osei@larkspur.example", 202)] * 2 == seen


async def test_who_may_read_a_calendar_changes_nothing_in_it(sandbox: Sandbox, writer: httpx.AsyncClient):
    [first, *_] = (await writer.get(f"{CHIARA}/calendarView", params=WINDOW)).json()["value"]
    path = f"{CHIARA}/events/{first['id']}"

    assert [(403, "ErrorAccessDenied")] * 3 == [
        code(await writer.patch(path, json={"subject": "Mine"})),
        code(await writer.delete(path)),
        code(await writer.post(f"{path}/cancel", json={"comment": ""})),
    ]
