"""Online meetings by address, number and id, their transcripts; and the user's own contacts."""

from typing import Any

import httpx
import pytest

from .conftest import Conforms, Sandbox, code

MEETINGS = "/me/onlineMeetings"
ACCEPT = {"Accept": "text/vtt"}


async def meeting(client: httpx.AsyncClient, subject: str = "Cache move to snet-data-02") -> dict[str, Any]:
    events = (await client.get("/me/events?$top=200")).json()["value"]
    address = next(each["onlineMeeting"]["joinUrl"] for each in events if each["subject"] == subject)
    found = await client.get(MEETINGS, params={"$filter": f"JoinWebUrl eq '{address}'"})
    return found.raise_for_status().json()["value"][0]


async def test_a_meeting_is_found_by_its_address_its_number_and_its_id(
    ana: httpx.AsyncClient, conforms: Conforms
):
    found = await meeting(ana)
    number = found["joinMeetingIdSettings"]["joinMeetingId"]
    condition = {"$filter": f"joinMeetingIdSettings/joinMeetingId eq '{number}'"}
    by_number = await ana.get(MEETINGS, params=condition)
    by_id = await ana.get(f"{MEETINGS}/{found['id']}")

    conforms(by_number, "GET /me/onlineMeetings")
    conforms(by_id, "GET /me/onlineMeetings/{onlineMeeting-id}")
    assert [found] == by_number.json()["value"]
    assert found["id"] == by_id.json()["id"]
    assert "%3ameeting_window%40" in found["joinWebUrl"]


async def test_meetings_cannot_be_listed_and_those_of_others_are_not_found(untouched: Sandbox):
    async with untouched.client("ana") as ana, untouched.client("grace") as grace:
        hers = await meeting(ana)
        address = {"$filter": f"JoinWebUrl eq '{hers['joinWebUrl']}'"}

        assert (400, "BadRequest") == code(await ana.get(MEETINGS))
        assert (400, "BadRequest") == code(await ana.get(MEETINGS, params={"$filter": "subject eq 'x'"}))
        assert [] == (await grace.get(MEETINGS, params=address)).json()["value"]
        assert (404, "NotFound") == code(await grace.get(f"{MEETINGS}/{hers['id']}"))
        assert (404, "NotFound") == code(await grace.get(f"{MEETINGS}/{hers['id']}/transcripts"))


async def test_a_transcript_comes_as_web_vtt_and_as_nothing_else(ana: httpx.AsyncClient, conforms: Conforms):
    path = f"{MEETINGS}/{(await meeting(ana))['id']}"
    listed = await ana.get(f"{path}/transcripts")
    recordings = await ana.get(f"{path}/recordings")
    content = f"{path}/transcripts/{listed.json()['value'][0]['id']}/content"
    words = await ana.get(content, headers=ACCEPT)

    conforms(listed, "GET /me/onlineMeetings/{onlineMeeting-id}/transcripts")
    conforms(recordings, "GET /me/onlineMeetings/{onlineMeeting-id}/recordings")
    assert words.text.startswith("WEBVTT")
    assert "text/vtt; charset=utf-8" == words.headers["content-type"]
    assert words.text == (await ana.get(f"{content}?$format=text/vtt", headers={"Accept": "*/*"})).text
    assert (400, "BadRequest") == code(await ana.get(content, headers={"Accept": "*/*"}))
    assert (404, "NotFound") == code(await ana.get(f"{path}/transcripts/none/content", headers=ACCEPT))


async def test_a_series_is_one_meeting_with_the_transcripts_of_all(ana: httpx.AsyncClient):
    path = f"{MEETINGS}/{(await meeting(ana, 'Platform stand-up'))['id']}/transcripts"

    assert 2 == len((await ana.get(path)).json()["value"])


@pytest.mark.parametrize(
    ("scopes", "path"),
    [
        ("OnlineMeetingTranscript.Read.All", f"{MEETINGS}/x"),
        ("OnlineMeetings.Read", f"{MEETINGS}/x/transcripts"),
        ("OnlineMeetingTranscript.Read.All", f"{MEETINGS}/x/recordings"),
    ],
)
async def test_each_part_needs_its_own_permission(untouched: Sandbox, scopes: str, path: str):
    async with untouched.client(scopes=scopes) as client:
        assert (403, "Forbidden") == code(await client.get(path))


async def contacts(client: httpx.AsyncClient, condition: str | None = None, **more: str) -> httpx.Response:
    return await client.get("/me/contacts", params={**({"$filter": condition} if condition else {}), **more})


async def test_contacts_are_found_by_name_and_by_whole_address(ana: httpx.AsyncClient, conforms: Conforms):
    everybody = await contacts(ana)
    by_address = await contacts(ana, "emailAddresses/any(a:a/address eq 'Tomasz@post.example')")
    by_name = await contacts(ana, "startswith(displayName,'Sinead O''B')")

    conforms(everybody, "GET /me/contacts")
    assert 3 == len(everybody.json()["value"])
    assert ["Tomasz Wojcik"] == [each["displayName"] for each in by_address.json()["value"]]
    assert ["Sinead O'Brien"] == [each["displayName"] for each in by_name.json()["value"]]
    one = await ana.get(f"/me/contacts/{by_name.json()['value'][0]['id']}")
    conforms(one, "GET /me/contacts/{contact-id}")


async def test_addresses_of_contacts_are_compared_as_a_whole_only(ana: httpx.AsyncClient):
    part = await contacts(ana, "emailAddresses/any(a:startswith(a/address,'tomasz'))")
    sorted_too = await contacts(ana, "startswith(displayName,'S')", **{"$orderby": "displayName"})

    assert (400, "ErrorInvalidRequest") == code(part)
    assert (400, "InefficientFilter") == code(sorted_too)


async def test_contacts_need_their_permission(untouched: Sandbox):
    async with untouched.client(scopes="People.Read User.ReadBasic.All") as client:
        assert (403, "ErrorAccessDenied") == code(await client.get("/me/contacts"))
