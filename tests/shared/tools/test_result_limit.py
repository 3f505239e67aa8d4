"""`MAX_RESULT_CHARACTERS` governs pages and texts: no call with usual arguments is too large or cut short."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from local.organisation import organisation
from shared.mcp.dispatch import dispatch
from shared.mcp.tool_call import ToolCall
from shared.result_limit import result_limit
from shared.text.content import quote
from shared.tools import CATALOGUE
from tests.shared.calls import context
from tests.shared.tools.devops_calls import BOOKING
from tests.shared.tools.sandbox import Sandbox, principal

PEOPLE = ["ben.okafor@larkspur.example", "chiara.rossi@larkspur.example"]
ARGUMENTS: dict[str, dict[str, Any]] = {
    "graph_search_people": {"query": "a"},
    "graph_search_emails": {"query": "build"},
    "graph_find_meeting_times": {"attendees": PEOPLE},
    "graph_get_availability": {"people": PEOPLE},
    "graph_search": {"query": "booking"},
    "graph_get_presence": {"people": ["ben.osei@larkspur.example"]},
    "sharepoint_search_sites": {"query": "booking"},
    "sharepoint_search_files": {"query": "release"},
    "devops_list_projects": {"organization": "larkspur"},
    "devops_search_work_items": {**BOOKING, "query": "booking"},
    "devops_list_my_work_items": BOOKING,
    "devops_get_work_item_type": {**BOOKING, "work_item_type": "Bug"},
    "devops_list_paths": {**BOOKING, "kind": "iterations"},
    "devops_get_sprint": {**BOOKING, "team": "Platform"},
    "devops_get_backlog": {**BOOKING, "team": "Platform"},
    "devops_list_queries": BOOKING,
    "devops_list_build_definitions": BOOKING,
    "devops_list_builds": BOOKING,
    "devops_diagnose_build": BOOKING,
    "devops_list_approvals": BOOKING,
    "devops_search_people": {"organization": "larkspur", "query": "a"},
    "devops_list_releases": BOOKING,
    "devops_get_test_plans": {**BOOKING, "plan": 610, "suite": 612},
    "devops_get_test_results": {**BOOKING, "build": "4711"},
    "devops_list_pull_requests": BOOKING,
    "devops_get_diff": {**BOOKING, "repository": "booking-api", "commit": "main"},
    "devops_list_wikis": BOOKING,
    "devops_search_wiki": {**BOOKING, "query": "booking"},
}
"""What tools need besides defaults, where it is not an id."""


class Limited:
    """Authenticates every caller as one user, and limits results."""

    timeout_seconds = 100

    def __init__(self, sandbox: Sandbox, limit_characters: int, alias: str) -> None:
        self.limit_characters = limit_characters
        self._sandbox = sandbox
        self._alias = alias

    async def authenticate(self, invocation: object) -> tuple[Any, str]:
        return principal(organisation().user(self._alias)), self._alias

    async def authorize(self, who: object, token: str, tool: object) -> None:
        pass

    def caller(self, who: object, token: str, tool: Any) -> Any:
        return self._sandbox.caller(self._alias, tool)


@pytest.fixture(scope="module")
async def sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    made = Sandbox(tmp_path_factory.mktemp("limits"))
    yield made
    await made.server.close()


async def result(
    sandbox: Sandbox, limit: int, tool: str, arguments: dict[str, Any], user: str = "ana"
) -> dict[str, Any]:
    """What the host gets of a call."""
    declared = next(each for each in CATALOGUE if each.name == tool)
    envelope = await dispatch(
        ToolCall(declared), context({}, arguments), lambda: Limited(sandbox, limit, user)
    )
    return dict(json.loads(json.loads(envelope)["content"]))


@pytest.fixture(scope="module")
async def calls(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """The usual arguments of reading tools, ids included."""

    async def items(tool: str, **given: Any) -> list[dict[str, Any]]:
        found = await result(sandbox, 1_000_000, tool, {**ARGUMENTS.get(tool, {}), **given})
        assert not found["isError"], (tool, found)
        return list(found["structuredContent"]["items"])

    defaults = {**BOOKING, "site": (await items("sharepoint_search_sites"))[0]["id"]}
    await result(sandbox, 1_000_000, "set_preferences", defaults)
    mails = await items("graph_search_emails", limit=1)
    events = await items("graph_get_calendar", start="next 7 days")
    files = [each for each in await items("sharepoint_search_files") if each["media_type"]]
    builds = await items("devops_list_builds")
    pulls = await items("devops_list_pull_requests")
    work = await items("devops_search_work_items")
    usual = {tool.name: {} for tool in CATALOGUE if not tool.writes and not tool.input_schema.get("required")}
    lists = {name: {**given, **ARGUMENTS.get(name, {})} for name, given in usual.items()}
    return {
        **lists,
        **ARGUMENTS,
        "graph_get_email": {"message_id": mails[0]["id"]},
        "graph_get_email_thread": {"conversation_id": mails[0]["conversation_id"]},
        "graph_get_event": {"event_id": events[0]["id"]},
        "sharepoint_get_file": {"file": files[0]["id"]},
        "sharepoint_read_file": {"file": files[0]["id"]},
        "devops_get_build_status": {**BOOKING, "build": str(builds[0]["id"])},
        "devops_get_pull_request": {**BOOKING, "pull_request": str(pulls[0]["id"])},
        "devops_get_work_item": {
            "organization": "larkspur",
            "work_item_ids": [str(each["id"]) for each in work[:5]],
        },
    }


@pytest.mark.parametrize("limit", [4_000, 40_000, 1_000_000])
async def test_no_usual_call_is_too_large(limit: int, sandbox: Sandbox, calls: dict[str, dict[str, Any]]):
    failed = {}
    for tool, arguments in calls.items():
        found = await result(sandbox, limit, tool, arguments)
        if found["isError"]:
            failed[tool] = found["content"][0]["text"]

    assert {} == failed
    assert 35 <= len(calls)


@pytest.mark.parametrize("user", ["ana", "chiara", "dmitri"])
async def test_what_a_user_can_use_is_told_within_the_smallest_limit(user: str, sandbox: Sandbox):
    found = await result(sandbox, 4_000, "check_access", {}, user)

    assert not found["isError"], found["content"][0]["text"]


async def test_a_page_holds_what_the_limit_allows(sandbox: Sandbox):
    sizes = {}
    for limit in (4_000, 40_000, 1_000_000):
        found = await result(sandbox, limit, "graph_search_emails", {"query": "a", "limit": 100})
        sizes[limit] = len(found["structuredContent"]["items"])

    assert 1 <= sizes[4_000] < sizes[40_000] < sizes[1_000_000] == 100


def test_a_text_is_as_long_as_the_limit_allows():
    lengths = {}
    for limit in (4_000, 40_000, 1_000_000):
        with result_limit(limit):
            lengths[limit] = len(quote("word " * 200_000, "file").text)

    assert {4_000: 1_600, 40_000: 16_000, 1_000_000: 400_000} == lengths
