"""Arguments as a client changed them, over the wire: nothing is erased, and values mean what they meant."""

from typing import Any

from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant

LARKSPUR = {"organization": "larkspur", "project": "Booking"}
RELEASES = {"site": "https://larkspur.sharepoint.com/sites/engineering", "list_name": "releases"}


async def test_what_a_client_makes_of_null_erases_nothing(tenant: Tenant):
    async with connected(tenant.layout, organisation().user("ana")) as (client, _):

        async def call(tool: str, **arguments: Any) -> dict[str, Any]:
            result = await client.call_tool(tool, arguments)
            assert not result.is_error, result.content
            return dict(result.structured_content or {})

        made = await call(
            "devops_create_work_item",
            **LARKSPUR,
            work_item_type="Task",
            title="Kept",
            description="Kept.",
            assigned_to="ben.osei@larkspur.example",
            tags="a1",
            links=None,
        )
        # VS Code makes "" of null, and a text of the revision.
        changed = await call(
            "devops_update_work_item",
            work_item_id=made["id"],
            rev=str(made["rev"]),
            organization="larkspur",
            description="",
            assigned_to="",
            fields=None,
            tags='["a2"]',
        )
        read = await call("devops_get_work_item", work_item_ids=str(made["id"]), organization="larkspur")
        (item,) = read["items"]
        again = await call(
            "devops_update_work_item", work_item_id=made["id"], rev=changed["rev"], clear="assigned_to",
            organization="larkspur",
        )  # fmt: skip

    assert made["assigned_to"] == changed["assigned_to"] == item["assigned_to"]
    assert "Kept." == item["texts"]["System.Description"]["text"].strip()
    assert "a2" == item["fields"]["System.Tags"]
    assert again["assigned_to"] is None


async def test_a_truth_as_text_finds_what_the_truth_finds_and_the_page_tells_its_addresses_once(
    tenant: Tenant,
):
    async with connected(tenant.layout, organisation().user("ana")) as (client, _):
        found = [
            (
                await client.call_tool(
                    "sharepoint_get_list_items",
                    {**RELEASES, "where": [{"column": "RolledBack", "value": value}], "limit": "100"},
                )
            ).structured_content
            for value in ("true", True)
        ]

    as_text, as_truth = found
    assert as_text is not None
    assert as_truth == as_text
    assert len(as_text["items"]) > 1
    assert {""} == {each["web_url"] for each in as_text["items"]}
    assert "{id}" in as_text["web_url"]
