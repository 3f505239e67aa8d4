"""Thirty questions that people asked in public, each answered through the official client by two calls."""

import json
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mcp import Client

from local.mcp_client import connected
from local.organisation import organisation
from local.published_reads import MARK
from local.tenant import Tenant
from tests.journeys.public_questions import QUESTIONS, READ_MORE, SCOPES, Question
from tests.journeys.steps import audit_lines, control

WORKSHEETS = "/me/drive/items/{driveItem-id}/workbook/worksheets"
WORKSHEET = "/me/drive/items/quokka-id/workbook/worksheets/Sheet1"
FOUND = 8
"""How many reads a find returns where nothing else is asked for."""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """A tenant whose administrator offers the reads, and has consented to what they need besides."""
    scopes = [scope for each in SCOPES.values() for scope in each]
    settings = {"READ_MORE": READ_MORE, "READ_MORE_SCOPES": ",".join(scopes)}
    with Tenant(tmp_path_factory.mktemp("reads"), app_settings=settings) as tenant:
        for resource, names in SCOPES.items():
            wanted = {"scopes": list(names), "resource": resource, "user": None}
            control(tenant.layout, "entra", "POST", "entra/consent", wanted)
        yield tenant


def ana(tenant: Tenant) -> AbstractAsyncContextManager[tuple[Client, Any]]:
    """The official client, by which she signs in."""
    return connected(tenant.layout, organisation().user("ana"))


def filled(value: Any) -> Any:
    """An argument with the days of this run."""
    if isinstance(value, dict):
        return {name: filled(each) for name, each in value.items()}
    if not isinstance(value, str):
        return value
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"{today}": today, "{in a week}": today + timedelta(days=7)}
    return days[value].isoformat() if value in days else value


async def found_for(client: Client, question: Question) -> dict[str, dict[str, Any]]:
    """What the words of a question find, by path."""
    result = await client.call_tool(f"{question.api}_find_reads", {"about": question.about})
    assert not result.is_error, result
    assert result.structured_content is not None
    items = result.structured_content["items"]
    assert len(items) <= FOUND
    return {each["path"]: each for each in items}


async def answer_to(client: Client, question: Question) -> dict[str, Any]:
    """What is read at a question's path."""
    where = {"organization": "larkspur", "project": "Booking"} if question.api == "devops" else {}
    more = {name: filled(each) for name, each in question.more.items()}
    arguments = {"path": question.path, **where, **more}
    result = await client.call_tool(f"{question.api}_read", arguments)
    assert not result.is_error, result
    assert result.structured_content is not None
    return dict(result.structured_content)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each.thread)
async def test_a_question_is_answered_by_one_find_and_one_read(asked: Tenant, question: Question):
    async with ana(asked) as (client, _):
        found = await found_for(client, question)
        answer = await answer_to(client, question)
    told = json.dumps(answer["items"], ensure_ascii=False)

    assert found[question.template]["usable"] is True
    assert found[question.template]["better"] is None
    assert answer["path"].endswith(question.template)
    assert answer["items"]
    assert [] == [each for each in question.told if each not in told]
    # What the story knows is never made up.
    assert not (question.told and MARK in told)


async def test_the_audit_line_tells_the_template_and_no_id_or_query(asked: Tenant):
    marks = ["quokka-id", "quokka-filter", "quokka-words", "quokka-name"]
    known = len(audit_lines(asked))
    calls: list[tuple[str, dict[str, Any]]] = [
        ("graph_find_reads", {"about": "quokka-words of a group"}),
        ("graph_read", {"path": "/groups/quokka-id/members", "filter": "quokka-filter eq 1"}),
        ("graph_read", {"path": f"{WORKSHEET}/range(address='quokka-id')"}),
        ("graph_read", {"path": "/me/messages", "search": "quokka-words", "select": ["id"]}),
        (
            "devops_read",
            {
                "path": "/{project}/_apis/distributedtask/variablegroups",
                "parameters": {"groupName": "quokka-name"},
                "organization": "larkspur",
                "project": "Booking",
            },
        ),
    ]
    async with ana(asked) as (client, _):
        for tool, arguments in calls:
            await client.call_tool(tool, arguments)
    lines = audit_lines(asked)[known:]

    assert [
        None,
        "/groups/{group-id}/members",
        f"{WORKSHEETS}/{{workbookWorksheet-id}}/range(address='{{address}}')",
        "/me/messages",
        "/{organization}/{project}/_apis/distributedtask/variablegroups",
    ] == [line["template"] for line in lines]
    assert [] == [mark for mark in marks if mark in json.dumps(lines)]
    logs = "\n".join(asked.log(service) for service in ("host", "graph", "devops"))
    assert [] == [mark for mark in marks if mark in logs]
