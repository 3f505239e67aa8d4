"""The afternoons of the README, with what they leave behind."""

import re
from typing import Any

import pytest
from mcp import Client

from local.afternoons import command, developer, office
from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant

LARKSPUR = {"organization": "larkspur"}
FAILED_TEST = "test_timetable_survives_cache_restart"


async def ask(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, {**LARKSPUR, **arguments})
    assert not result.is_error, result.content
    return dict(result.structured_content or {})


async def test_a_developers_afternoon_leads_from_the_red_build_to_a_comment_where_it_is_mended(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
):
    ana = organisation().user("ana")
    await command.spend(tenant.layout, ana, ["developer"])
    shown = capsys.readouterr().out

    async with connected(tenant.layout, ana) as (client, _):
        reviews = "devops_review_pull_request" in {each.name for each in (await client.list_tools()).tools}
        request = await ask(client, "devops_get_pull_request", project="Booking", pull_request="412")
        [planned] = (
            await ask(client, "devops_get_work_item", work_item_ids=request["work_item_ids"][:1], comments=25)
        )["items"]

    assert "Merged PR 408: Move the cache settings out of the image" in shown
    assert "return await self._redis.get(key)" in shown.partition("devops_read_file(")[2].partition("\n# ")[0]
    said = [
        (thread["file"], thread["line"])
        for thread in request["threads"]
        if FAILED_TEST in thread["comments"][0]["text"]["text"]
    ]
    commented = [each for each in planned["comments"]["items"] if FAILED_TEST in each["text"]["text"]]
    assert (said, len(commented)) == (([("/deploy/test/values.yaml", 14)], 0) if reviews else ([], 1))


async def test_a_scrum_masters_afternoon_moves_what_slipped_into_the_next_sprint(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
):
    ana = organisation().user("ana")
    async with connected(tenant.layout, ana) as (client, _):
        before = (await ask(client, "devops_get_sprint", project="Booking", team="Platform"))["slipped"]
    await command.spend(tenant.layout, ana, ["scrum"])
    shown = capsys.readouterr().out
    async with connected(tenant.layout, ana) as (client, _):
        after = (await ask(client, "devops_get_sprint", project="Booking", team="Platform"))["slipped"]
        coming = await ask(
            client, "devops_get_sprint", project="Booking", sprint="next", team="Platform", limit=100
        )

    moved = {each["id"] for each in before["items"]} - {each["id"] for each in after["items"]}
    assert (before["total"] - after["total"], len(moved)) == (1, 1)
    assert moved <= {each["id"] for each in coming["items"]}
    assert re.search(r"Left over from Booking\\+Sprint 46\. Sprint 47 ends in \d+ working", shown)


async def test_an_afternoon_in_the_office_leaves_a_bug_a_note_and_a_meeting(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
):
    ana = organisation().user("ana")
    await command.spend(tenant.layout, ana, ["office"])
    shown = capsys.readouterr().out
    bug_id = int(shown.partition("(bug ")[2].partition(")")[0])

    async with connected(tenant.layout, ana) as (client, _):
        bug = await client.call_tool("devops_get_work_item", {"work_item_ids": [bug_id]})
        page = await client.call_tool("devops_get_wiki_page", {"page": office.RUNBOOK})
        calendar = await client.call_tool(
            "graph_get_calendar", {"start": "today", "end": "next week", "limit": 100}
        )

    assert bug.structured_content is not None
    [found] = bug.structured_content["items"]
    assert [link["kind"] for link in found["links"]] == ["build"]
    assert page.structured_content is not None
    assert page.structured_content["content"]["text"].rstrip().endswith(f"| #{bug_id} |")
    assert calendar.structured_content is not None
    assert f"Booking API build: cache connection (bug {bug_id})" in [
        event["subject"] for event in calendar.structured_content["items"]
    ]


def test_lines_of_a_diff_are_counted_in_the_changed_file():
    diff = "@@ -3,3 +3,4 @@\n a\n-b\n+c\n d"

    assert developer._first_new_line(diff) == 4
