"""The afternoon of the README, with what it leaves behind."""

import pytest

from local import afternoon
from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant


async def test_an_afternoons_work_leaves_a_bug_a_note_and_a_meeting(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
):
    ana = organisation().user("ana")
    await afternoon.spend(tenant.layout, ana)
    shown = capsys.readouterr().out
    bug_id = int(shown.partition("(bug ")[2].partition(")")[0])

    async with connected(tenant.layout, ana) as (client, _):
        bug = await client.call_tool("devops_get_work_item", {"work_item_ids": [bug_id]})
        page = await client.call_tool("devops_get_wiki_page", {"page": afternoon.RUNBOOK})
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
