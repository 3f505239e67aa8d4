"""The discussion, files, history and tags of a work item, over the wire."""

from typing import Any

from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant

LARKSPUR = {"organization": "larkspur"}


async def test_a_bug_is_followed_up(tenant: Tenant):
    async with connected(tenant.layout, organisation().user("ana")) as (client, _):

        async def call(tool: str, **arguments: Any) -> dict[str, Any]:
            result = await client.call_tool(tool, {**LARKSPUR, **arguments})
            assert not result.is_error, result.content
            return dict(result.structured_content or {})

        async def read(number: int, **arguments: Any) -> dict[str, Any]:
            return dict((await call("devops_get_work_item", work_item_ids=number, **arguments))["items"][0])

        log = await call("devops_get_work_item_attachment", work_item_id=1311, attachment="cache-clients.log")
        bug = await read(1304, history=5)
        said = await call("devops_comment_on_work_item", work_item_id=1304, text="It is the kiosk.")
        await call(
            "devops_comment_on_work_item", work_item_id=1304, action="delete", comment_id=said["id"], text=""
        )
        attached = await call(
            "devops_attach_to_work_item",
            work_item_id=1304,
            rev=(await read(1304))["rev"],
            file="",
            text=log["text"]["text"],
            name="clients.log",
        )
        both = [{"work_item_id": 1304, "rev": attached["work_item"]["rev"], "add_tags": "kiosk"}]
        both.append({"work_item_id": 1305, "rev": 999, "add_tags": ["kiosk"]})
        done = await call("devops_update_work_items", updates=both)
        after = await read(1304, history=2, comments=25)

    assert "client=kiosk-genoa" in log["text"]["text"]
    assert "Active" == bug["history"]["items"][1]["fields"]["System.State"]["new"]
    assert ["updated", "refused"] == [each["outcome"] for each in done["results"]]
    assert "cache; kiosk; timetable" == after["fields"]["System.Tags"]
    assert said["id"] not in [each["id"] for each in after["comments"]["items"]]
    tagged, filed = after["history"]["items"]
    assert ["System.Tags"] == [*tagged["fields"]]
    assert ["clients.log"] == [each["title"] for each in filed["links_added"]]
