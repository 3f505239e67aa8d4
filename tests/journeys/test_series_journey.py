"""A weekly meeting from the room it is in to the one occurrence that moves, through the official client."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant
from tests.journeys import steps

BEN, CHIARA = "ben.osei@larkspur.example", "chiara.rossi@larkspur.example"
ZONE = {"time_zone": "Europe/Lisbon"}


def tuesday() -> date:
    """A Tuesday some weeks away."""
    today = datetime.now().astimezone().date()
    return today + timedelta(days=29 - today.weekday())


async def test_a_weekly_meeting_is_booked_moved_once_and_cancelled_once(tenant: Tenant):
    """Room for 8, series with an optional person and a link, one more attendee, one moved, one cancelled."""
    async with connected(tenant.layout, organisation().user("ana")) as (client, _):
        ask = partial(steps.ask, client)

        async def change(event_id: str, **changes: Any) -> dict[str, Any]:
            read = await ask("graph_get_event", event_id=event_id)
            return await ask(
                "graph_update_event", event_id=event_id, version=read["version"], **changes, **ZONE
            )

        async def listed() -> list[dict[str, Any]]:
            last = first + timedelta(weeks=6)
            page = await ask("graph_get_calendar", start=str(first), end=str(last), limit=100, **ZONE)
            return [each for each in page["items"] if each["subject"] == "Cache move, weekly"]

        first = tuesday()
        times = {"start": f"{first}T15:00", "end": f"{first}T15:45"}
        rooms = await ask("graph_find_rooms", people=8, words="Lisbon", **times, **ZONE)
        room = rooms["items"][0]
        made = await ask(
            "graph_create_event",
            subject="Cache move, weekly",
            **times,
            **ZONE,
            attendees=[BEN],
            optional_attendees=[CHIARA],
            room=room["address"],
            location=room["name"],
            repeat={"every": "week", "count": 4},
            online=True,
        )
        occurrences = await listed()
        moved = await change(
            occurrences[1]["id"],
            start=f"{first + timedelta(days=8)}T10:00",
            end=f"{first + timedelta(days=8)}T10:45",
        )
        await ask("graph_cancel_event", event_id=occurrences[2]["id"], comment="No sailing that day.")
        await change(made["id"], add_attendees=["dmitri.volkov@larkspur.example"])
        series = await ask("graph_get_event", event_id=made["id"])
        left = await listed()
        taken = await ask("graph_find_rooms", people=8, words="Lisbon", **times, **ZONE)

    assert ("Pier", 8) == (room["name"], room["capacity"])
    assert f"every week on Tuesday, from {first}, 4 times" == made["repeats"] == series["repeats"]
    assert made["join_url"] == series["join_url"]
    assert made["join_url"].startswith("https://teams.microsoft.com/")
    assert 4 == len(occurrences)
    assert "exception" == moved["kind"]
    assert [
        (first, "15:00"),
        (first + timedelta(days=8), "10:00"),
        (first + timedelta(weeks=3), "15:00"),
    ] == [(date.fromisoformat(each["start"][:10]), each["start"][11:16]) for each in left]
    assert [
        ("required", BEN, "none"),
        ("optional", CHIARA, "none"),
        ("resource", room["address"], "accepted"),
        ("required", "dmitri.volkov@larkspur.example", "none"),
    ] == [(each["kind"], each["address"], each["response"]) for each in series["attendees"]]
    assert "Pier" not in [each["name"] for each in taken["items"]]
