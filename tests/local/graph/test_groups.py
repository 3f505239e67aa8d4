"""Who is in a group and owns it, its calendar and its conversations."""

from collections.abc import AsyncIterator

import httpx
import pytest

from local.published_reads import published_reads
from tests.local.graph.conftest import EVERY_SCOPE, Sandbox

BOOKING = "/groups/4fc06182-a3b4-4d5e-8f70-819203142536"
ENGINEERING = "/groups/1c9d3e5f-7081-4a2b-9c4d-5e6f70819203"
WINDOW = "startDateTime=2026-11-18T00:00:00Z&endDateTime=2026-11-25T00:00:00Z"


@pytest.fixture
async def graph(untouched: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    """Ana, who may read groups and all in them."""
    async with untouched.client("ana", f"{EVERY_SCOPE} Group.Read.All") as client:
        yield client


async def names(graph: httpx.AsyncClient, path: str, **headers: str) -> list[str]:
    response = await graph.get(path, headers=headers)
    assert 200 == response.status_code, response.text
    return [each["displayName"] for each in response.json()["value"]]


async def test_members_and_owners_are_users(graph: httpx.AsyncClient):
    response = await graph.get(f"{ENGINEERING}/members")

    assert {"#microsoft.graph.user"} == {each["@odata.type"] for each in response.json()["value"]}
    assert ["Ana Duarte", "Ben Osei", "Dmitri Volkov"][:2] == (await names(graph, f"{ENGINEERING}/members"))[
        :2
    ]
    assert ["Ben Osei"] == await names(graph, f"{ENGINEERING}/owners")
    assert ["Chiara Rossi"] == await names(graph, f"{BOOKING}/owners")


async def test_members_are_filtered_only_as_the_directory_does(graph: httpx.AsyncClient):
    query = "?$filter=startswith(displayName,'Ana')"
    plain = await graph.get(f"{ENGINEERING}/members{query}")

    assert (400, "Request_UnsupportedQuery") == (plain.status_code, plain.json()["error"]["code"])
    assert ["Ana Duarte"] == await names(
        graph, f"{ENGINEERING}/members{query}&$count=true", ConsistencyLevel="eventual"
    )


async def test_a_calendar_needs_a_window_and_shows_what_is_in_it(graph: httpx.AsyncClient):
    without = await graph.get(f"{BOOKING}/calendarView")
    events = (await graph.get(f"{BOOKING}/calendarView?{WINDOW}")).json()["value"]

    assert 400 == without.status_code
    assert ["Summer timetable: go or no go", "Change window of the harbour"] == [
        each["subject"] for each in events
    ]
    assert set(events[0]) <= set(published_reads("graph").properties("event"))


async def test_conversations_are_of_groups_with_a_mailbox(graph: httpx.AsyncClient):
    shown = (await graph.get(f"{BOOKING}/conversations")).json()["value"]
    without = await graph.get(f"{ENGINEERING}/conversations")

    assert ["Prices rounded twice", "Timetable after a cache restart"] == [each["topic"] for each in shown]
    assert set(shown[0]) <= set(published_reads("graph").properties("conversation"))
    assert 400 == without.status_code


@pytest.mark.parametrize(
    ("path", "scopes", "status"),
    [
        (f"{ENGINEERING}/members", "User.Read", 403),
        (f"{BOOKING}/conversations", EVERY_SCOPE, 403),
        (f"{BOOKING}/calendarView?{WINDOW}", EVERY_SCOPE, 403),
        ("/groups/00000000-0000-4000-8000-000000000000/members", EVERY_SCOPE, 404),
    ],
)
async def test_who_lacks_the_permission_is_refused(path: str, scopes: str, status: int, untouched: Sandbox):
    async with untouched.client("ana", scopes) as client:
        response = await client.get(path)

    assert status == response.status_code
