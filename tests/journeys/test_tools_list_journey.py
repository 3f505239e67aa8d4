"""What a client is told of the tools."""

import json

import httpx
from jsonschema import Draft202012Validator

from local.tenant import Tenant
from tests import tool_counts
from tests.journeys.steps import access_token, message, post
from tests.shared import golden


async def test_the_host_lists_every_tool_as_it_was_declared(tenant: Tenant, http: httpx.AsyncClient):
    token = await access_token(tenant.layout, "ana")
    listed = message(await post(http, tenant.layout, "tools/list", token=token))["result"]["tools"]

    # The host sorts functions by their names, regardless of case.
    offered = {tool.name for tool in tool_counts.OFFERED}
    kept = [tool for tool in json.loads(golden.LISTING.read_text()) if tool["name"] in offered]
    assert listed == sorted(kept, key=lambda tool: tool["name"].upper())


async def test_every_listed_schema_is_valid_and_every_argument_described(
    tenant: Tenant, http: httpx.AsyncClient
):
    token = await access_token(tenant.layout, "ana")
    listed = message(await post(http, tenant.layout, "tools/list", token=token))["result"]["tools"]

    assert len(listed) == tool_counts.ALL
    for tool in listed:
        Draft202012Validator.check_schema(tool["inputSchema"])
        Draft202012Validator.check_schema(tool["outputSchema"])
        undescribed = [
            name
            for name, schema in tool["inputSchema"]["properties"].items()
            if not schema.get("description")
        ]
        assert undescribed == [], tool["name"]
