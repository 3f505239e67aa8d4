"""Who is in a chat, and whether they are there."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.microsoft365.chats import graph_list_chats
from shared.tools.microsoft365.presence import graph_get_presence
from tests.shared.tools.mailroom import requests
from tests.shared.tools.played_graph import PlayedGraph, Sent
from tests.shared.tools.sandbox import Sandbox

BEN, EVA = "ben.osei@larkspur.example", "eva.lindqvist@larkspur.example"


async def chat_id(sandbox: Sandbox, query: str) -> str:
    return str((await sandbox.call(graph_list_chats, query=query)).items[0].id)


async def test_several_people_are_asked_about_at_once(read_only: Sandbox):
    page = await read_only.call(graph_get_presence, people=[BEN, EVA, BEN.upper()])

    assert [
        (BEN.upper(), "Ben Osei", "Busy", "InAMeeting"),
        (EVA, "Eva Lindqvist", "Offline", "OutOfOffice"),
    ] == [(each.address, each.name, each.availability, each.activity) for each in page.items]
    assert 1 == len([each for each in await requests(read_only) if "getPresences" in each["path"]])


async def test_everybody_in_a_chat_is_told(read_only: Sandbox):
    page = await read_only.call(graph_get_presence, chat_id=await chat_id(read_only, "nora"))

    assert [
        ("Ana Duarte", "Available", False),
        ("Ben Osei", "Busy", False),
        ("Dmitri Volkov", "DoNotDisturb", False),
        ("Nora Lindt", None, True),
    ] == [(each.name, each.availability, each.is_external) for each in page.items]
    assert (True, []) == (page.complete, page.gaps)


async def test_a_chat_is_read_page_by_page(read_only: Sandbox):
    cache = await chat_id(read_only, "nora")
    first = await read_only.call(graph_get_presence, chat_id=cache, limit=3)
    rest = await read_only.call(graph_get_presence, chat_id=cache, limit=3, cursor=first.next_cursor)

    assert ([3, 1], [False, True]) == (
        [len(first.items), len(rest.items)], [first.complete, rest.complete],
    )  # fmt: skip


async def test_members_are_told_where_presence_cannot_be_read(read_only: Sandbox):
    cache = await chat_id(read_only, "nora")
    await read_only.fail("graph", path="*getPresencesByUserId", status=403)
    page = await read_only.call(graph_get_presence, chat_id=cache)

    assert [("presence", "forbidden")] == [(each.source, each.code) for each in page.gaps]
    assert (4, {None}) == (len(page.items), {each.availability for each in page.items})
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_get_presence, people=[BEN])
    assert "forbidden" == refused.value.code


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "people: is missing."),
        ({"people": [], "chat_id": ""}, "people: is missing."),
        ({"people": [BEN], "chat_id": "19:x@thread.v2"}, "people: is given besides chat_id."),
        (
            {"people": ["nobody@larkspur.example"]},
            "people: nobody in the organization has the address nobody@",
        ),
    ],
)
async def test_who_is_meant_must_be_clear(read_only: Sandbox, given: dict[str, Any], says: str):
    with pytest.raises(ToolError) as refused:
        await read_only.call(graph_get_presence, **given)

    assert ("invalid_argument", True) == (refused.value.code, refused.value.message.startswith(says))


async def test_members_who_are_not_of_the_directory_are_not_asked_about():
    nora = {"displayName": "Nora", "userId": "6c1f0a52-8e3d-4b7a-9c25-0d4e7f8a9b16", "tenantId": "other"}

    def play(sent: Sent) -> Any:
        if sent.path.endswith("/members"):
            return {"value": [{"displayName": "Visitor"}, {"displayName": None, "userId": "8:live:x"}, nora]}
        raise AssertionError(sent.path)

    page = await PlayedGraph(play).call(graph_get_presence, chat_id="19:x@thread.v2")

    assert [("Visitor", False), (None, False), ("Nora", True)] == [
        (each.name, each.is_external) for each in page.items
    ]
