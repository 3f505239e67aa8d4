"""How often Entra is asked."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from local import tenant as local_tenant
from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant
from tests.journeys.steps import TOOL, exchanges

GRAPH = "https://graph.microsoft.com"
DEVOPS = "499b84ac-1321-427f-aa17-267ca6975798"


async def test_a_hundred_calls_of_one_user_cost_one_exchange(tenant: Tenant):
    before = exchanges(tenant.layout, "hugo")
    async with connected(tenant.layout, organisation().user("hugo")) as (client, _):
        results = [await client.call_tool(TOOL, {}) for _ in range(100)]

    assert [result.is_error for result in results] == [False] * 100
    assert exchanges(tenant.layout, "hugo") - before == 1


GRAPH_TOOLS: dict[str, dict[str, Any]] = {
    "graph_get_profile": {},
    "graph_get_org": {},
    "graph_search_people": {"query": "ben"},
    "graph_get_emails": {},
    "graph_list_mail_folders": {},
    "graph_create_draft": {"to": ["ben.osei@larkspur.example"], "subject": "Tides", "body": "High at noon."},
    "graph_get_calendar": {},
    "graph_list_tasks": {},
    "graph_create_task": {"title": "Tides"},
    "sharepoint_list_sites": {},
    "sharepoint_search_sites": {"query": "harbour"},
}
DEVOPS_TOOLS: dict[str, dict[str, Any]] = {
    "devops_get_profile": {},
    "devops_list_projects": {"organization": "larkspur"},
    "devops_list_my_work_items": {"organization": "larkspur", "project": "Booking"},
    "devops_list_builds": {"organization": "larkspur", "project": "Booking"},
    "devops_list_wikis": {"organization": "larkspur", "project": "Booking"},
    "devops_search_work_items": {"organization": "larkspur", "query": "berth"},
}


@pytest.mark.parametrize("at_once", [False, True], ids=["one after another", "at once"])
async def test_different_tools_of_one_user_cost_one_exchange_for_each_api(tenant: Tenant, at_once: bool):
    before = audiences(tenant, "ana")
    async with connected(tenant.layout, organisation().user("ana")) as (client, _):
        calls = [client.call_tool(*each) for each in {**GRAPH_TOOLS, **DEVOPS_TOOLS}.items()]
        results = await asyncio.gather(*calls) if at_once else [await each for each in calls]
        access = await client.call_tool("check_access", {})

    assert len(GRAPH_TOOLS) >= 10
    assert [] == [result.content for result in (*results, access) if result.is_error]
    assert {GRAPH: 1, DEVOPS: 1} == audiences(tenant, "ana") - before


async def test_fifty_first_calls_at_once_cost_one_exchange(tenant: Tenant):
    before = exchanges(tenant.layout, "grace")
    async with connected(tenant.layout, organisation().user("grace")) as (client, _):
        results = await asyncio.gather(*(client.call_tool(TOOL, {}) for _ in range(50)))

    assert [result.is_error for result in results] == [False] * 50
    assert exchanges(tenant.layout, "grace") - before == 1


async def test_nobody_gets_what_was_exchanged_for_another(tenant: Tenant):
    async def own_name(alias: str) -> str:
        async with connected(tenant.layout, organisation().user(alias)) as (client, _):
            result = await client.call_tool(TOOL, {})
        assert result.structured_content is not None
        return str(result.structured_content["display_name"])

    aliases = ["ana", "ben", "chiara", "eva", "grace", "hugo"] * 4
    names = await asyncio.gather(*(own_name(alias) for alias in aliases))

    assert names == [organisation().user(alias).display_name for alias in aliases]


def audiences(tenant: Tenant, alias: str) -> Counter[str]:
    """For whom Entra has exchanged a user's tokens, and how often."""
    return Counter(
        entry["audience"]
        for entry in local_tenant.journal(tenant.layout, "entra")
        if entry["event"] == "token_issued"
        and entry.get("grant") == "on_behalf_of"
        and entry.get("user") == alias
    )
