"""What the administrator's policy lets whom do, through the front door of a tenant that has one."""

import json
from collections.abc import Iterator

import httpx
import pytest
from mcp_types import CallToolResult

from local import tenant as tenants
from local.organisation import organisation
from local.tenant import Tenant
from tests.journeys.steps import audit_lines, call, call_with, control, error_of, exchanges, issue, message

GROUPS = {group["display_name"]: group["id"] for group in organisation().document["groups"]}
POLICY = {
    "writes": {"roles": ["Tools.Write"]},
    "graph_get_profile": {"groups": [GROUPS["Engineering"]]},
    "graph_list_my_groups": {"roles": ["Groups.Read"], "groups": [GROUPS["Release approvers"].upper()]},
    "devops_get_profile": {"scopes": ["Tools.DevOps"]},
}
OVERAGE = {"groups": None, "_claim_names": {"groups": "src1"}}


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    settings = {"TOOL_POLICY": json.dumps(POLICY), "RATE_LIMIT": "30/hour"}
    with Tenant(tmp_path_factory.mktemp("policy"), app_settings=settings) as made:
        yield made


def needed(result: CallToolResult) -> dict[str, str]:
    """What a refusal says is needed."""
    error = error_of(result)
    assert error["code"] == "forbidden"
    return {name: value for name, value in error["details"].items() if name.startswith("needed_")}


def memberships_read(tenant: Tenant) -> int:
    """How often Graph was asked for somebody's groups."""
    return sum(
        "/transitiveMemberOf/" in str(entry["path"]) for entry in tenants.journal(tenant.layout, "graph")
    )


async def test_who_has_the_role_or_group_is_served(tenant: Tenant):
    for alias, tool in (("ana", "graph_get_profile"), ("hugo", "graph_list_my_groups")):
        assert not (await call(tenant.layout, alias, tool)).is_error


async def test_who_lacks_it_is_told_which_before_anything_leaves_the_server(tenant: Tenant):
    before = exchanges(tenant.layout, "hugo")
    writing = await call(tenant.layout, "hugo", "graph_send_email", to=[], subject="", body="")
    reading = await call(tenant.layout, "hugo", "graph_get_profile")

    assert needed(writing) == {"needed_roles": "Tools.Write"}
    assert needed(reading) == {"needed_groups": GROUPS["Engineering"]}
    assert "graph_send_email needs the app role Tools.Write." in error_of(writing)["message"]
    assert exchanges(tenant.layout, "hugo") == before
    assert "graph_send_email: role_or_group_missing" in tenant.log("host")


async def test_a_name_in_another_case_is_authorized_and_audited_as_the_tool_it_reaches(
    tenant: Tenant, http: httpx.AsyncClient
):
    """The host matches names in any case, and hands on the name as it was sent."""
    token = issue(tenant.layout, "hugo")
    before = exchanges(tenant.layout, "hugo")
    known = len(audit_lines(tenant))
    results = [
        message(await call_with(http, tenant.layout, token, name))["result"]
        for name in ("GRAPH_GET_PROFILE", "Graph_Get_Profile", "get_PREFERENCES")
    ]
    written = audit_lines(tenant)[known:]

    assert [True, True, False] == [result["isError"] for result in results]
    assert ["forbidden"] * 2 == [
        result["_meta"]["m365-devops-mcp/error"]["code"] for result in results if result["isError"]
    ]
    assert [
        ("graph_get_profile", "forbidden"), ("graph_get_profile", "forbidden"), ("get_preferences", "ok"),
    ] == [(line["tool"], line["outcome"]) for line in written]  # fmt: skip
    assert exchanges(tenant.layout, "hugo") == before


async def test_a_scope_of_this_server_is_needed_in_the_token_itself(tenant: Tenant, http: httpx.AsyncClient):
    before = exchanges(tenant.layout, "ben")
    lacking = issue(tenant.layout, "ben", scp="access_as_user Tools.Mail", roles=["Tools.DevOps"])
    refused = message(await call_with(http, tenant.layout, lacking, "devops_get_profile"))["result"]
    after = exchanges(tenant.layout, "ben")
    granted = issue(tenant.layout, "ben", scp="access_as_user Tools.DevOps")
    served = message(await call_with(http, tenant.layout, granted, "DEVOPS_get_profile"))["result"]
    error = refused["_meta"]["m365-devops-mcp/error"]

    assert ("forbidden", "Tools.DevOps") == (error["code"], error["details"]["needed_scopes"])
    assert before == after
    assert not served["isError"], served


async def test_groups_the_token_has_no_room_for_come_from_graph_once(tenant: Tenant, http: httpx.AsyncClient):
    before = memberships_read(tenant)
    token = issue(tenant.layout, "ben", **OVERAGE)
    answers = [message(await call_with(http, tenant.layout, token))["result"] for _ in range(3)]

    assert [answer["isError"] for answer in answers] == [False] * 3
    assert memberships_read(tenant) - before == 1


async def test_groups_that_cannot_be_read_let_nobody_in_until_they_can(
    tenant: Tenant, http: httpx.AsyncClient
):
    token = issue(tenant.layout, "grace", **OVERAGE)
    control(tenant.layout, "graph", "PUT", "faults", [{"status": 500}])
    refused = message(await call_with(http, tenant.layout, token))["result"]
    control(tenant.layout, "graph", "PUT", "faults", [])
    decided = message(await call_with(http, tenant.layout, token))["result"]

    assert refused["_meta"]["m365-devops-mcp/error"]["code"] == "unavailable"
    assert "your groups could not be read" in refused["content"][0]["text"]
    assert decided["_meta"]["m365-devops-mcp/error"]["code"] == "forbidden"


async def test_check_access_says_what_each_blocked_tool_needs(tenant: Tenant):
    result = await call(tenant.layout, "chiara", "check_access")
    assert result.structured_content is not None
    blocked = {tool["name"]: tool for tool in result.structured_content["blocked"]}

    assert blocked["graph_send_email"] == {
        "name": "graph_send_email",
        "missing": ["Mail.Send"],
        "needs": ["the app role Tools.Write"],
    }
    assert blocked["graph_get_profile"] == {
        "name": "graph_get_profile",
        "missing": [],
        "needs": [f"membership in the group {GROUPS['Engineering']}"],
    }
    assert "graph_get_email" in result.structured_content["usable"]


async def test_who_calls_too_often_is_told_when_to_come_back_and_nobody_else(
    tenant: Tenant, http: httpx.AsyncClient
):
    token = issue(tenant.layout, "dmitri")
    other = issue(tenant.layout, "dmitri", uti="another-token-of-the-same-user")
    # In whatever case they are written, the calls are of one tool and one user.
    names = ["get_preferences", "GET_PREFERENCES", "Get_Preferences"] * 10
    results = [message(await call_with(http, tenant.layout, token, name)) for name in names]
    refused = message(await call_with(http, tenant.layout, other, "geT_preferenceS"))["result"]
    neighbour = message(await call_with(http, tenant.layout, issue(tenant.layout, "eva"), "get_preferences"))[
        "result"
    ]
    error = refused["_meta"]["m365-devops-mcp/error"]

    assert [each["result"]["isError"] for each in results] == [False] * 30
    assert error["code"] == "rate_limited"
    assert 100 < error["retry_after"] <= 120
    assert f"Retry after {error['retry_after']:g} seconds." in refused["content"][0]["text"]
    assert neighbour["isError"] is False
