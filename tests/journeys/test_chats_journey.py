"""A chat about the broken build is read, found again and answered, over the wire."""

from typing import Any

from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant

BEN = "ben.osei@larkspur.example"


async def test_a_chat_is_found_and_answered(tenant: Tenant):
    async with connected(tenant.layout, organisation().user("ana")) as (client, _):

        async def call(tool: str, **arguments: Any) -> dict[str, Any]:
            result = await client.call_tool(tool, arguments)
            assert not result.is_error, result.content
            return dict(result.structured_content or {})

        chats = await call("graph_list_chats", query="ben green", limit="5", cursor=None)
        (chat,) = chats["items"]
        messages = await call("graph_get_chat_messages", chat_id=chat["id"], since="", offset=0)
        found = await call("graph_search_teams_messages", query="4711 red", channels=True)
        thread = next(each for each in found["items"] if each["channel"])
        await call(
            "graph_send_teams_message",
            channel=thread["channel"],
            reply_to=thread["message_id"],
            text="Fixed by **412**, @ben.osei@larkspur.example.",
            mentions=BEN,
        )
        sent = await call("graph_send_teams_message", people=BEN, text="It is green.", chat_id="", subject="")
        people = await call("graph_get_presence", chat_id=chat["id"])

    async with connected(tenant.layout, organisation().user("ben")) as (client, _):
        arguments = {"channel": thread["channel"], "message_id": thread["message_id"], "limit": 1}
        read = dict(
            (await client.call_tool("graph_get_channel_messages", arguments)).structured_content or {}
        )
        refused = await client.call_tool("graph_get_chat_messages", {"chat_id": "19:nowhere@thread.v2"})

    assert ["Ben Osei <ben.osei@larkspur.example>"] == chat["others"]
    assert 7 == len(messages["items"])
    assert chat["id"] == sent["chat_id"]
    assert {"Ana Duarte": "Available", "Ben Osei": "Busy"} == {
        each["name"]: each["availability"] for each in people["items"]
    }
    assert "Fixed by 412, @Ben Osei." == read["items"][1]["text"]["text"]
    assert refused.is_error
