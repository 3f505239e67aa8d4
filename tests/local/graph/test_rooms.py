"""Rooms: what they are like, when they are booked, and how they answer."""

from typing import Any

import httpx

from .conftest import Sandbox, code

PIER = "room.pier@larkspur.example"
ROOMS = "/places/microsoft.graph.room"


def meeting(start: str, end: str, **more: Any) -> dict[str, Any]:
    attendee = {"type": "resource", "emailAddress": {"address": PIER}}
    times = {
        edge: {"dateTime": f"2026-11-24T{clock}:00", "timeZone": "UTC"}
        for edge, clock in (("start", start), ("end", end))
    }
    place = {"displayName": "Pier", "locationEmailAddress": PIER}
    return {"subject": "Corvo prices", **times, "attendees": [attendee], "location": place, **more}


async def test_rooms_are_filtered_by_what_they_are(ana: httpx.AsyncClient):
    big = (await ana.get(f"{ROOMS}?$filter=capacity ge 10")).json()["value"]
    lisbon = (await ana.get("/places/rooms.lisbon@larkspur.example/microsoft.graph.roomList/rooms")).json()
    pier = await ana.get(f"/places/{PIER}")

    assert ["Lighthouse", "Molo"] == [each["displayName"] for each in big]
    assert ["Berth", "Pier", "Lighthouse", "Chart room"] == [each["displayName"] for each in lisbon["value"]]
    assert ("Pier", 8) == (pier.json()["displayName"], pier.json()["capacity"])
    assert 404 == (await ana.get("/places/room.nothing@larkspur.example")).status_code


async def test_rooms_need_their_permission(sandbox: Sandbox):
    async with sandbox.client(scopes="Calendars.ReadWrite User.Read.All") as client:
        assert (403, "ErrorAccessDenied") == code(await client.get(ROOMS))


async def response_of_room(client: httpx.AsyncClient, event: dict[str, Any]) -> str:
    read = (await client.get(f"/me/events/{event['id']}")).json()
    return str(read["attendees"][0]["status"]["response"])


async def test_a_free_room_accepts_and_a_booked_one_declines_after_the_event_is_made(
    writer: httpx.AsyncClient,
):
    first = (await writer.post("/me/events", json=meeting("15:00", "15:30"))).json()
    second = (await writer.post("/me/events", json=meeting("15:15", "15:45"))).json()
    schedule = {
        "schedules": [PIER],
        "startTime": {"dateTime": "2026-11-24T15:00:00", "timeZone": "UTC"},
        "endTime": {"dateTime": "2026-11-24T16:00:00", "timeZone": "UTC"},
    }
    [booked] = (await writer.post("/me/calendar/getSchedule", json=schedule)).json()["value"]

    assert "none" == first["attendees"][0]["status"]["response"]
    assert ["accepted", "declined"] == [await response_of_room(writer, each) for each in (first, second)]
    assert first["@odata.etag"] != (await writer.get(f"/me/events/{first['id']}")).json()["@odata.etag"]
    assert ["busy", "free"] == [each["status"] for each in booked["scheduleItems"]]
    assert "20" == booked["availabilityView"]


async def test_a_cancelled_meeting_frees_its_room(writer: httpx.AsyncClient):
    first = (await writer.post("/me/events", json=meeting("15:00", "15:30"))).json()
    await writer.post(f"/me/events/{first['id']}/cancel", json={"comment": ""})
    again = (await writer.post("/me/events", json=meeting("15:00", "15:30"))).json()

    assert "accepted" == await response_of_room(writer, again)


async def test_a_series_is_declined_for_one_day_that_is_taken(writer: httpx.AsyncClient):
    pattern = {
        "type": "weekly",
        "interval": 1,
        "daysOfWeek": ["tuesday"],
        "firstDayOfWeek": "monday",
    }
    taken = meeting("15:00", "15:30")
    for edge in ("start", "end"):
        taken[edge] = {**taken[edge], "dateTime": taken[edge]["dateTime"].replace("11-24", "12-08")}
    await writer.post("/me/events", json=taken)
    limits = {"type": "numbered", "numberOfOccurrences": 3, "startDate": "2026-11-24"}
    weekly = meeting("15:00", "15:30", recurrence={"pattern": pattern, "range": limits})
    made = (await writer.post("/me/events", json=weekly)).json()

    assert "declined" == await response_of_room(writer, made)
