"""A follow-up is planned in Planner and noted in OneNote, over the wire."""

from typing import Any

from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant


async def test_a_follow_up_is_planned_and_noted(tenant: Tenant):
    async with connected(tenant.layout, organisation().user("ana")) as (client, _):

        async def call(tool: str, **arguments: Any) -> dict[str, Any]:
            result = await client.call_tool(tool, arguments)
            assert not result.is_error, result.content
            return dict(result.structured_content or {})

        plans = await call("graph_get_plan")
        plan = next(each for each in plans["plans"]["items"] if each["title"] == "Cache move")
        made = await call(
            "graph_create_task",
            title="Tell the harbours about port 6379",
            plan=plan["id"],
            assignees="ben.osei@larkspur.example",
            checklist=["Write the text", "Send it"],
            due="2026-12-24",
            list_name="",
        )
        moved = await call("graph_update_task", task_id=made["id"], version=made["version"], bucket="Doing")
        ticked = await call(
            "graph_update_task",
            task_id=made["id"],
            version=moved["version"],
            checklist=[{"step": "Write the text", "action": "check"}],
            note="",
        )
        stale = await client.call_tool(
            "graph_update_task", {"task_id": made["id"], "version": moved["version"], "note": "x"}
        )
        done = await call("graph_complete_task", task_id=made["id"], version=ticked["version"])
        view = await call("graph_get_plan", plan="Cache move", bucket="Doing")

        sections = await call("graph_find_notes")
        section = next(each for each in sections["items"] if each["title"] == "Cache move")
        page = await call(
            "graph_write_note",
            section=section["id"],
            title="Port 6379",
            text="# Follow-up\n\n- [x] Write the text\n- [ ] Send it",
        )
        await call("graph_write_note", page_id=page["id"], text="Ben has it.", section="", title=None)
        note = await call("graph_read_note", page_id=page["id"])
        await call("graph_find_notes", section="Cache move")
        found = await call("graph_find_notes", query="port 6379")

    assert ["Ben Osei <ben.osei@larkspur.example>"] == moved["assignees"]
    assert ("Doing", "2026-12-24") == (moved["bucket"], moved["due"])
    assert [("Write the text", True), ("Send it", False)] == [
        (step["title"], step["done"]) for step in ticked["checklist"]
    ]
    assert stale.is_error
    assert "completed" == done["status"]
    assert ["Extend the runbook", "Tell the harbours about port 6379"] == [
        task["title"] for task in view["tasks"]["items"]
    ]
    assert "# Follow-up\n[x] Write the text\n[ ] Send it\nBen has it." == note["text"]["text"]
    assert [page["id"]] == [each["id"] for each in found["items"]]
