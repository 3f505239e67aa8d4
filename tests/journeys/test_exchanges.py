"""How often Entra is asked."""

import asyncio

from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant
from tests.journeys.steps import TOOL, exchanges


async def test_a_hundred_calls_of_one_user_cost_one_exchange(tenant: Tenant):
    before = exchanges(tenant.layout, "hugo")
    async with connected(tenant.layout, organisation().user("hugo")) as (client, _):
        results = [await client.call_tool(TOOL, {}) for _ in range(100)]

    assert [result.is_error for result in results] == [False] * 100
    assert exchanges(tenant.layout, "hugo") - before == 1


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
