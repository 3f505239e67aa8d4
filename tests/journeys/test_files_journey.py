"""Files and list items from end to end, over the wire."""

from typing import Any

from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant

SITE = "https://larkspur.sharepoint.com/sites/engineering"
BEN = "ben.osei@larkspur.example"
RUNBOOK = "/Runbooks/booking-api-build.md"


def caller(client: Any) -> Any:
    async def call(tool: str, **arguments: Any) -> dict[str, Any]:
        result = await client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        return dict(result.structured_content or {})

    return call


async def test_a_file_is_copied_renamed_shared_and_deleted(tenant: Tenant):
    async with connected(tenant.layout, organisation().user("ana")) as (client, _):
        call = caller(client)
        folder = await call("sharepoint_create_folder", name="Handover", folder="/Documents", site="onedrive")
        runbook = await call("sharepoint_get_file", file=RUNBOOK, site=SITE, include="versions")
        first = await call(
            "sharepoint_read_file", file=runbook["id"], version_id=runbook["versions"][-1]["id"]
        )
        copy = (
            await call("sharepoint_organize_file", file=runbook["id"], action="copy", folder=folder["id"])
        )["file"]
        renamed = (
            await call(
                "sharepoint_organize_file",
                file=copy["id"],
                action="move",
                name="For Ben.md",
                version=copy["version"],
                folder="",
            )
        )["file"]
        shared = await call("sharepoint_share_file", file=renamed["id"], people=BEN, message="Yours now.")
        link = await call("sharepoint_share_file", file=renamed["id"], people=[], organization_link=True)
        seen = await call("sharepoint_get_file", file=link["link"], include=["access", "versions"])
    async with connected(tenant.layout, organisation().user("ben")) as (client, _):
        read = await caller(client)("sharepoint_read_file", file=renamed["id"])
        outside = await client.call_tool("sharepoint_get_file", {"file": folder["id"]})
    async with connected(tenant.layout, organisation().user("ana")) as (client, _):
        call = caller(client)
        version = (await call("sharepoint_get_file", file=folder["id"]))["version"]
        kept = await client.call_tool("sharepoint_delete_file", {"file": folder["id"], "version": version})
        gone = await call("sharepoint_delete_file", file=folder["id"], version=version, with_contents="true")
        missing = await client.call_tool("sharepoint_get_file", {"file": renamed["id"]})

    assert ["3.0", "2.0", "1.0"] == [each["id"] for each in runbook["versions"]]
    assert first["content"]["text"].endswith("Ask Dmitri.")
    assert ("For Ben.md", "/Documents/Handover") == (renamed["name"], renamed["folder"])
    assert [(BEN, False)] == [(each["address"], each["outside"]) for each in shared["invited"]]
    assert ["1.0"] == [each["id"] for each in seen["versions"]]
    assert ["Ben Osei", "everyone in the organization who has the link", "Ana Duarte"] == [
        each["who"] for each in seen["access"]
    ]
    assert "redis-cache:6379" in read["content"]["text"]
    assert outside.is_error
    assert "holds 1 items" in str(kept.content)
    assert ("Handover", 1) == (gone["name"], gone["children"])
    assert missing.is_error


async def test_a_list_item_is_made_changed_and_deleted(tenant: Tenant):
    owners = {"list_name": "Service owners", "site": SITE}
    async with connected(tenant.layout, organisation().user("ana")) as (client, _):
        call = caller(client)
        fields = {"Service": "ticket-gate", "Tier": "3"}
        made = await call("sharepoint_create_list_item", **owners, fields=fields)
        where = [{"column": "Service", "value": "ticket-gate"}]
        item = {"item_id": made["id"], **owners}
        changed = await call(
            "sharepoint_update_list_item", **item, version=made["version"], fields={"Owner": "Ana Duarte"}
        )
        stale = await client.call_tool("sharepoint_delete_list_item", {**item, "version": made["version"]})
        found = await call("sharepoint_get_list_items", **owners, where=where)
        await call("sharepoint_delete_list_item", **item, version=changed["version"])
        after = await call("sharepoint_get_list_items", **owners, where=where)

    assert (made["id"], "Ana Duarte", 3) == (
        found["items"][0]["id"],
        found["items"][0]["fields"]["Owner"],
        found["items"][0]["fields"]["Tier"],
    )
    assert stale.is_error
    assert [] == after["items"]
