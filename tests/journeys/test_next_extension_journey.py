"""A few journeys under the next version of the MCP extension; `make test-hard` makes all of them."""

import json
from collections.abc import Iterator

import httpx
import pytest

from local.host import extension_version
from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant
from tests.journeys.steps import call, call_with, error_of, exchanges, issue, message


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    policy = {"graph_list_my_groups": {"roles": ["Groups.Read"]}}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(extension_version.SETTING, "next")
        settings = {"TOOL_POLICY": json.dumps(policy)}
        with Tenant(tmp_path_factory.mktemp("next"), app_settings=settings) as made:
            yield made


async def test_the_official_client_speaks_the_next_protocol_and_lists_and_calls(tenant: Tenant):
    async with connected(tenant.layout, organisation().user("ana")) as (client, _):
        listed = await client.list_tools()
        called = await client.call_tool("graph_get_profile", {})

        assert "2025-11-25" == client.protocol_version
    assert "graph_get_profile" in [tool.name for tool in listed.tools]
    assert called.is_error is False


async def test_a_session_for_each_call_costs_no_exchange_of_its_own(tenant: Tenant, http: httpx.AsyncClient):
    """Nothing is kept by session: the token says who calls."""
    token = issue(tenant.layout, "ben")
    before = exchanges(tenant.layout, "ben")
    answers = [message(await call_with(http, tenant.layout, token)) for _ in range(5)]
    neighbour = message(await call_with(http, tenant.layout, issue(tenant.layout, "eva")))

    assert 1 == exchanges(tenant.layout, "ben") - before
    own = {json.dumps(answer["result"]["structuredContent"], sort_keys=True) for answer in answers}
    assert 1 == len(own)
    assert neighbour["result"]["structuredContent"] != answers[0]["result"]["structuredContent"]


async def test_devops_answers_and_policy_refuses_as_ever(tenant: Tenant):
    projects = await call(tenant.layout, "ana", "devops_list_projects", organization="larkspur")
    refused = await call(tenant.layout, "ana", "graph_list_my_groups")

    assert projects.is_error is False
    assert "forbidden" == error_of(refused)["code"]


async def test_who_has_no_token_is_challenged(tenant: Tenant, http: httpx.AsyncClient):
    response = await http.post(tenant.layout.mcp_url, json={}, headers={"Accept": "*/*"})

    assert 401 == response.status_code
    assert "resource_metadata" in response.headers["www-authenticate"]
