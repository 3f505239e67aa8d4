"""Answers with a value of another type in the place of each field: refused by name, and told nobody."""

import copy
import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.hostile.world import Wire, World, code_of

MARK = "words-of-a-mail"
ODD: dict[str, Any] = {
    "a text": f"{MARK}\0\ud800",
    "a list": [MARK],
    "an object": {MARK: MARK},
    "a number": 7,
}
BOOKING = {"organization": "larkspur", "project": "Booking"}
CHAT = "19:7d4f1b90-3c2e-4a5d-9b8f-0a1c2e3d4f51_8e5a2ca1-4d3f-4b6e-8c90-1b2d3f4e5a62@unq.gbl.spaces"
CHANNEL = "4f0c6182-a3b4-4d5e-8f70-819203142536/19:cb55f7878447595c8fe28f03377035fd@thread.tacv2"
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("graph_get_profile", {}),
    ("devops_get_profile", {}),
    ("graph_search_people", {"query": "ben"}),
    ("graph_get_org", {}),
    ("graph_list_my_groups", {}),
    ("graph_get_emails", {"limit": 3}),
    ("graph_list_mail_folders", {}),
    ("graph_get_calendar", {}),
    ("graph_get_availability", {"people": ["ben.osei@larkspur.example"]}),
    ("graph_create_task", {"title": "A task"}),
    ("graph_get_plan", {"plan": "Cache move", "bucket": "Doing"}),
    ("graph_find_notes", {"section": "Cache move"}),
    ("graph_create_draft", {"subject": "A draft", "body": "Text", "to": ["ben.osei@larkspur.example"]}),
    ("graph_list_chats", {}),
    ("graph_list_teams", {}),
    ("graph_get_chat_messages", {"chat_id": CHAT}),
    ("graph_get_channel_messages", {"channel": CHANNEL}),
    ("graph_search_teams_messages", {"query": "4711", "channels": True}),
    ("graph_send_teams_message", {"chat_id": CHAT, "text": "Green"}),
    ("graph_get_presence", {"people": ["ben.osei@larkspur.example"]}),
    ("sharepoint_list_sites", {}),
    ("sharepoint_list_files", {"site": "onedrive"}),
    ("devops_list_projects", {"organization": "larkspur"}),
    ("devops_list_my_work_items", {"organization": "larkspur"}),
    ("devops_list_builds", BOOKING),
    ("devops_diagnose_build", BOOKING),
    ("devops_list_pull_requests", BOOKING),
    ("devops_list_wikis", BOOKING),
    ("devops_list_security_alerts", {"repository": "booking-api", **BOOKING}),
    ("graph_read", {"path": "/me/contacts"}),
    ("graph_read", {"path": "/me"}),
    ("devops_read", {"path": "/{project}/_apis/wit/tags", **BOOKING}),
    ("devops_read", {"path": "/_apis/projects/Booking", "organization": "larkspur"}),
]

type Key = tuple[str, str]
type Path_ = tuple[str, ...]


class OddWire(httpx.AsyncBaseTransport):
    """Hands answers on, one field of one of them replaced; keeps what it handed on unchanged."""

    def __init__(self, inner: Wire) -> None:
        self._inner = inner
        self.seen: dict[Key, Any] = {}
        self.change: tuple[Key, Path_, Any] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        if not request.url.host.endswith(".test"):
            return response
        await response.aread()
        key, document = (request.method, request.url.host + request.url.path), response.json()
        self.seen[key] = document
        if self.change and self.change[0] == key:
            document = replaced(copy.deepcopy(document), *self.change[1:])
        return httpx.Response(
            response.status_code,
            headers={"content-type": response.headers["content-type"]},
            content=json.dumps(document).encode(),
        )


def replaced(document: Any, path: Path_, value: Any) -> Any:
    """The document with a value in place of what the path leads to; `*` is every item of a list."""
    if not path:
        return value
    first, *rest = path
    if first == "*" and isinstance(document, list):
        return [replaced(each, tuple(rest), value) for each in document]
    if isinstance(document, dict) and first in document:
        document[first] = replaced(document[first], tuple(rest), value)
    return document


def paths(document: Any, before: Path_ = ()) -> Iterator[Path_]:
    """Where there is anything in a document."""
    yield before
    if isinstance(document, dict):
        for name, each in document.items():
            yield from paths(each, (*before, name))
    elif isinstance(document, list):
        for each in document[:2]:
            yield from paths(each, (*before, "*"))


@pytest.fixture(scope="module")
async def odd(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[World, OddWire]]:
    """A world whose answers can be changed."""
    folder: Path = tmp_path_factory.mktemp("odd")
    world = World(folder)
    wire = OddWire(world.wire)
    world.client = httpx.AsyncClient(transport=wire)
    yield world, wire
    await world.close()


@pytest.mark.parametrize(("tool", "arguments"), CALLS, ids=[tool for tool, _ in CALLS])
async def test_a_value_of_another_type_is_an_unexpected_form_and_no_bug(
    tool: str, arguments: dict[str, Any], odd: tuple[World, OddWire], caplog: pytest.LogCaptureFixture
):
    world, wire = odd
    wire.change, wire.seen = None, {}
    assert "ok" == await world.code(tool, **arguments)
    places = {path: key for key, document in wire.seen.items() for path in paths(document)}

    with caplog.at_level(logging.DEBUG, logger="shared"):
        for path, key in places.items():
            for name, value in ODD.items():
                wire.change = (key, path, value)

                result = await world.call(tool, **arguments)

                assert code_of(result) != "internal_error", (path, name, caplog.text[-3_000:])
                assert MARK not in caplog.text, (path, name)
                caplog.clear()

    assert len(places) > 3
