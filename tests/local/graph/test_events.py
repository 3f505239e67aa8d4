import httpx
import pytest

from .conftest import Sandbox, code

MEETING = {
    "subject": "Corvo prices",
    "body": {"contentType": "text", "content": "1304"},
    "start": {"dateTime": "2026-11-24T15:00:00", "timeZone": "GMT Standard Time"},
    "end": {"dateTime": "2026-11-24T15:30:00", "timeZone": "GMT Standard Time"},
    "attendees": [
        {"type": "required", "emailAddress": {"address": "ben.osei@larkspur.example", "name": "Ben Osei"}}
    ],
    "isOnlineMeeting": True,
    "transactionId": "6f5e0e0b-0c3b-4f0a-9a55-0a5a6a7a8a9a",
}


async def named(client: httpx.AsyncClient, subject: str) -> list[dict[str, object]]:
    return (await client.get("/me/events", params={"$filter": f"contains(subject,'{subject}')"})).json()[
        "value"
    ]


async def test_a_new_meeting_invites_its_attendees(sandbox: Sandbox, writer: httpx.AsyncClient):
    created = await writer.post("/me/events", json=MEETING)
    event = created.json()
    async with sandbox.client("ben") as ben:
        [copy] = await named(ben, "Corvo prices")

    assert 201 == created.status_code
    assert ({"dateTime": "2026-11-24T15:00:00.0000000", "timeZone": "UTC"}, True) == (
        event["start"],
        event["isOrganizer"],
    )
    assert event["onlineMeeting"]["joinUrl"].startswith("https://teams.microsoft.com/")
    assert (event["iCalUId"], False, "tentative") == (copy["iCalUId"], copy["isOrganizer"], copy["showAs"])
    assert "ana.duarte@larkspur.example" == copy["organizer"]["emailAddress"]["address"]


async def test_a_repeated_transaction_makes_one_event(writer: httpx.AsyncClient):
    first, second = (
        await writer.post("/me/events", json=MEETING),
        await writer.post("/me/events", json=MEETING),
    )

    assert first.json()["id"] == second.json()["id"]
    assert 1 == len(await named(writer, "Corvo prices"))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"end": None}, (400, "ErrorInvalidRequest")),
        (
            {"end": {"dateTime": "2026-11-24T14:00:00", "timeZone": "UTC"}},
            (400, "ErrorPropertyValidationFailure"),
        ),
        (
            {"start": {"dateTime": "2026-11-24T15:00:00", "timeZone": "Mars"}},
            (400, "TimeZoneNotSupportedException"),
        ),
        ({"start": {"dateTime": "soon", "timeZone": "UTC"}}, (400, "ErrorInvalidParameter")),
        ({"attendees": [{"emailAddress": {"address": "ben"}}]}, (400, "ErrorInvalidRecipients")),
        ({"showAs": "asleep"}, (400, "RequestBodyRead")),
        ({"isAllDay": True}, (400, "ErrorPropertyValidationFailure")),
        ({"iCalUId": "mine"}, (400, "RequestBodyRead")),
        (
            {"recurrence": {"pattern": {"type": "lunar"}, "range": {"type": "noEnd"}}},
            (400, "RequestBodyRead"),
        ),
    ],
)
async def test_a_bad_event_is_refused(
    writer: httpx.AsyncClient, changes: dict[str, object], refusal: tuple[int, str]
):
    assert refusal == code(await writer.post("/me/events", json={**MEETING, **changes}))


async def test_an_old_version_cannot_be_changed_or_deleted(writer: httpx.AsyncClient):
    event = (await writer.post("/me/events", json=MEETING)).json()
    old = {"If-Match": event["@odata.etag"]}
    changed = await writer.patch(f"/me/events/{event['id']}", json={"subject": "Moved"}, headers=old)
    refused = await writer.patch(f"/me/events/{event['id']}", json={"subject": "Lost"}, headers=old)
    kept = await writer.delete(f"/me/events/{event['id']}", headers=old)

    assert (200, "Moved") == (changed.status_code, changed.json()["subject"])
    assert event["@odata.etag"] != changed.json()["@odata.etag"]
    assert f'W/"{changed.json()["changeKey"]}"' == changed.json()["@odata.etag"]
    assert [(412, "ErrorIrresolvableConflict")] * 2 == [code(refused), code(kept)]


async def test_a_change_reaches_the_attendees(sandbox: Sandbox, writer: httpx.AsyncClient):
    event = (await writer.post("/me/events", json=MEETING)).json()
    later = {"dateTime": "2026-11-24T16:30:00", "timeZone": "UTC"}
    await writer.patch(f"/me/events/{event['id']}", json={"end": later})
    async with sandbox.client("ben") as ben:
        [copy] = await named(ben, "Corvo prices")
        await writer.patch(f"/me/events/{event['id']}", json={"attendees": []})
        [uninvited] = await named(ben, "Corvo prices")

    assert "2026-11-24T16:30:00.0000000" == copy["end"]["dateTime"]
    assert (False, True) == (copy["isCancelled"], uninvited["isCancelled"])


@pytest.mark.parametrize(
    ("action", "response", "remaining"),
    [
        ("accept", "accepted", ["busy"]),
        ("tentativelyAccept", "tentativelyAccepted", ["tentative"]),
        ("decline", "declined", []),
    ],
)
async def test_a_response_is_seen_by_the_organizer(
    sandbox: Sandbox, writer: httpx.AsyncClient, action: str, response: str, remaining: list[str]
):
    event = (await writer.post("/me/events", json=MEETING)).json()
    async with sandbox.client("ben") as ben:
        [copy] = await named(ben, "Corvo prices")
        answered = await ben.post(
            f"/me/events/{copy['id']}/{action}", json={"comment": "ok", "sendResponse": True}
        )
        left = await named(ben, "Corvo prices")
    seen = (await writer.get(f"/me/events/{event['id']}")).json()["attendees"][0]["status"]["response"]

    assert (202, b"") == (answered.status_code, answered.content)
    assert response == seen
    assert remaining == [each["showAs"] for each in left]


async def test_an_organizer_cannot_respond_and_an_attendee_cannot_cancel(
    sandbox: Sandbox, writer: httpx.AsyncClient
):
    event = (await writer.post("/me/events", json=MEETING)).json()
    async with sandbox.client("ben") as ben:
        [copy] = await named(ben, "Corvo prices")
        cancelled = await ben.post(f"/me/events/{copy['id']}/cancel", json={"comment": "no"})
    answered = await writer.post(f"/me/events/{event['id']}/accept")

    assert [(400, "ErrorInvalidRequest")] * 2 == [code(cancelled), code(answered)]
    assert "organizer" in cancelled.json()["error"]["message"]


async def test_cancelling_leaves_a_cancelled_copy_with_the_attendees(
    sandbox: Sandbox, writer: httpx.AsyncClient
):
    event = (await writer.post("/me/events", json=MEETING)).json()
    response = await writer.post(f"/me/events/{event['id']}/cancel", json={"comment": "no room"})
    async with sandbox.client("ben") as ben:
        [copy] = await named(ben, "Corvo prices")

    assert (202, b"") == (response.status_code, response.content)
    assert (True, "Canceled: Corvo prices") == (copy["isCancelled"], copy["subject"])
    assert 404 == (await writer.get(f"/me/events/{event['id']}")).status_code


async def test_changing_one_occurrence_leaves_the_series_alone(writer: httpx.AsyncClient):
    window = {"startDateTime": "2026-11-19T00:00:00Z", "endDateTime": "2026-11-21T00:00:00Z", "$top": "50"}
    own = {
        **MEETING,
        "transactionId": None,
        "attendees": [],
        "recurrence": {
            "pattern": {"type": "daily", "interval": 1},
            "range": {"type": "noEnd", "startDate": "2026-11-18"},
        },
    }
    own |= {
        "start": {"dateTime": "2026-11-18T20:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-18T20:10:00", "timeZone": "UTC"},
    }
    await writer.post("/me/events", json=own)
    days = [
        each
        for each in (await writer.get("/me/calendarView", params=window)).json()["value"]
        if each["subject"] == "Corvo prices"
    ]
    changed = await writer.patch(f"/me/events/{days[0]['id']}", json={"subject": "Corvo prices, for once"})
    after = (await writer.get("/me/calendarView", params=window)).json()["value"]

    assert ("exception", days[0]["id"]) == (changed.json()["type"], changed.json()["id"])
    assert ["Corvo prices, for once", "Corvo prices"] == [
        each["subject"] for each in after if "Corvo" in each["subject"]
    ]


async def test_reading_permissions_do_not_write(sandbox: Sandbox):
    async with sandbox.client("chiara", scopes="Calendars.Read") as client:
        assert (403, "ErrorAccessDenied") == code(await client.post("/me/events", json=MEETING))


async def test_the_text_of_an_online_meeting_holds_its_link_and_ends_it_without(writer: httpx.AsyncClient):
    made = (await writer.post("/me/events", json=MEETING)).json()
    path, link = f"/me/events/{made['id']}", made["onlineMeeting"]["joinUrl"]
    kept = {"contentType": "text", "content": f"1304 and 1305\n{link}"}
    still = (await writer.patch(path, json={"body": kept})).json()
    ended = (await writer.patch(path, json={"body": {"contentType": "text", "content": "1305"}})).json()
    again = (await writer.patch(path, json={"isOnlineMeeting": True})).json()

    assert "<body>1304<br>" in made["body"]["content"]
    assert link in made["body"]["content"]
    assert link == still["onlineMeeting"]["joinUrl"]
    assert (False, None) == (ended["isOnlineMeeting"], ended["onlineMeeting"])
    assert again["onlineMeeting"]["joinUrl"] in again["body"]["content"]
