"""Cursors that are forged, cut, or of another caller, tool or question: none of them leads anywhere."""

import base64
import json
from typing import Any

import pytest

from shared.results.paging import Cursors
from tests.hostile.world import World

EMAILS: dict[str, Any] = {"limit": 2}


def flipped(cursor: str) -> str:
    """The cursor with one bit of its tag changed."""
    sealed = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    sealed[0] ^= 1
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def led_elsewhere(cursor: str) -> str:
    """The cursor's tag before a position of the attacker's own."""
    sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    position = json.dumps({"link": "https://attacker.example/v1.0/me/messages"}).encode()
    return base64.urlsafe_b64encode(sealed[:16] + position).decode().rstrip("=")


FORGERIES = {
    "one bit changed": flipped,
    "led to another host": led_elsewhere,
    "cut": lambda cursor: cursor[:-4],
    "cut to its tag": lambda cursor: cursor[:21],
    "one character": lambda _: "A",
    "twice": lambda cursor: cursor * 2,
    "no base64": lambda _: "%%%",
    "not ASCII": lambda _: "ÄÖÜ",
    "only padding": lambda _: "====",
    "a plain position": lambda _: base64.b64encode(b'{"skip": 0}').decode(),
    "zero bytes": lambda _: "\0" * 32,
    "a next link": lambda _: "https://graph.test/v1.0/me/messages?$skiptoken=x",
    "the longest": lambda _: "A" * 8_000,
    "beyond the longest": lambda _: "A" * 8_001,
}


@pytest.fixture
async def cursor(world: World) -> str:
    """A good cursor of Ana's, of her emails."""
    made = (await world.value("graph_get_emails", **EMAILS))["next_cursor"]
    world.wire.sent.clear()
    return str(made)


async def test_a_good_cursor_leads_on(cursor: str, world: World):
    value = await world.value("graph_get_emails", **EMAILS, cursor=cursor)

    assert value["items"]


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
async def test_a_forged_cursor_is_refused_and_nobody_is_asked(forge: Any, cursor: str, world: World):
    code = await world.code("graph_get_emails", **EMAILS, cursor=forge(cursor))

    assert "invalid_argument" == code
    assert [] == world.wire.sent


async def test_another_callers_cursor_is_refused(cursor: str, world: World):
    code = await world.code("graph_get_emails", user="ben", **EMAILS, cursor=cursor)

    assert "invalid_argument" == code
    assert [] == world.wire.sent


@pytest.mark.parametrize(
    "question",
    [{"limit": 3}, {"limit": 2, "folder": "drafts"}, {"limit": 2, "unread_only": True}],
    ids=["page size", "folder", "filter"],
)
async def test_a_cursor_of_another_question_is_refused(question: dict[str, Any], cursor: str, world: World):
    code = await world.code("graph_get_emails", **question, cursor=cursor)

    assert "invalid_argument" == code
    assert [] == world.wire.sent


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("graph_search_emails", {"query": "a"}),
        ("graph_list_mail_folders", {}),
        ("graph_get_calendar", {"start": "today"}),
        ("graph_list_my_groups", {}),
        ("graph_search", {"query": "a"}),
        ("graph_list_tasks", {}),
        ("sharepoint_list_sites", {}),
        ("sharepoint_list_files", {"site": "onedrive"}),
        ("devops_list_projects", {"organization": "larkspur"}),
        ("devops_list_builds", {"organization": "larkspur", "project": "Booking"}),
        ("devops_search_work_items", {"query": "cache", "organization": "larkspur", "project": "Booking"}),
        ("devops_search_wiki", {"query": "cache", "organization": "larkspur", "project": "Booking"}),
        (
            "devops_list_security_alerts",
            {"repository": "booking-api", "organization": "larkspur", "project": "Booking"},
        ),
        ("graph_list_teams", {}),
        ("graph_read", {"path": "/me/messages"}),
        (
            "devops_read",
            {"path": "/{project}/_apis/wit/tags", "organization": "larkspur", "project": "Booking"},
        ),
    ],
)
async def test_a_cursor_of_another_tool_is_refused(
    tool: str, arguments: dict[str, Any], cursor: str, world: World
):
    code = await world.code(tool, **arguments, cursor=cursor)

    assert "invalid_argument" == code


async def test_a_cursor_shows_no_token_and_no_address_of_the_caller(
    cursor: str, world: World, monkeypatch: pytest.MonkeyPatch
):
    opened: list[str] = []
    read = Cursors.open

    def watched(self: Cursors, query: str, sealed: str) -> dict[str, Any]:
        position = read(self, query, sealed)
        opened.append(json.dumps(position))
        return position

    monkeypatch.setattr(Cursors, "open", watched)
    await world.value("graph_get_emails", **EMAILS, cursor=cursor)

    assert "skiptoken" in opened[0]
    assert "Bearer" not in opened[0]
    assert "@" not in opened[0]
