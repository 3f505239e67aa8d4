"""A reply with a file of SharePoint and a text attached, over the wire, and in a shared mailbox."""

from typing import Any

from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant

ENGINEERING = "https://larkspur.sharepoint.com/sites/engineering"
FINANCE = "finance@larkspur.example"
RUNBOOK = "/Runbooks/booking-api-build.md"


async def test_a_reply_with_a_file_and_a_text_arrives_as_it_was_sent(tenant: Tenant):
    trace = "redis-cache:6379 connection refused\n" * 100_000

    async def call(client: Any, tool: str, **arguments: Any) -> dict[str, Any]:
        result = await client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        return dict(result.structured_content or {})

    async def texts(client: Any, message_id: str) -> dict[str, str]:
        email = await call(client, "graph_get_email", message_id=message_id)
        return {
            each["name"]: (
                await call(client, "graph_get_attachment", message_id=message_id, attachment_id=each["id"])
            )["text"]["text"]
            for each in email["attachments"]
        }

    async with connected(tenant.layout, organisation().user("ana")) as (ana, _):
        (red,) = (await call(ana, "graph_search_emails", query='"Dmitri moved it"', limit=1))["items"]
        runbook = await call(ana, "sharepoint_read_file", file=RUNBOOK, site=ENGINEERING)
        draft = await call(
            ana,
            "graph_create_draft",
            kind="reply",
            message_id=red["id"],
            body="It is the **cache**. The runbook and my trace are attached.",
            format="markdown",
            cc="tomasz.wojcik@cachewell.example",
            attachments=[
                {"file": RUNBOOK, "site": ENGINEERING, "text": ""},
                {"text": trace, "name": "trace.log", "file": None},
            ],
        )
        sent = await call(ana, "graph_send_draft", draft_id=draft["id"], version=draft["version"])
        (reminder,) = (await call(ana, "graph_get_emails", mailbox=FINANCE, limit=1))["items"]

    async with connected(tenant.layout, organisation().user("ben")) as (ben, _):
        (found,) = (await call(ben, "graph_get_emails", limit=1))["items"]
        email = await call(ben, "graph_get_email", message_id=found["id"])
        arrived = await texts(ben, found["id"])
        refused = await ben.call_tool("graph_get_emails", {"mailbox": FINANCE})

    assert ["booking-api-build.md", "trace.log"] == sent["attachments"]
    assert ["tomasz.wojcik@cachewell.example"] == draft["recipients"]["outside"]
    assert email["body"]["text"].startswith("It is the cache.")
    assert "nobody can release until it is green" in email["body"]["text"]
    assert runbook["content"]["text"] == arrived["booking-api-build.md"]
    assert [len(trace), runbook["file"]["size"]] == [
        each["size_bytes"] for each in reversed(email["attachments"])
    ]
    assert arrived["trace.log"] and trace.startswith(arrived["trace.log"])
    assert "Reminder: invoice 2217" == reminder["subject"]
    assert refused.is_error
    assert "not there or not shared with you" in str(refused.content)
