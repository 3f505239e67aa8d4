"""Two colleagues: a file shared, told of in a chat and read; away, and who is there; over the wire."""

from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant
from tests.journeys.steps import ask

BEN = "ben.osei@larkspur.example"
GRACE = "grace.kim@larkspur.example"
DMITRI, EVA = "dmitri.volkov@larkspur.example", "eva.lindqvist@larkspur.example"
TALK = "/Documents/Talks/caches-for-ferries.pptx"


async def test_a_colleague_reads_a_shared_file_by_the_address_in_the_chat(tenant: Tenant):
    """Grace cannot read Ana's slides before she shares them, and can afterwards, by what her message says."""
    ana, grace = organisation().user("ana"), organisation().user("grace")
    async with connected(tenant.layout, ana) as (client, _):
        slides = await ask(client, "sharepoint_get_file", file=TALK, site="onedrive")
    async with connected(tenant.layout, grace) as (client, _):
        before = await client.call_tool("sharepoint_read_file", {"file": slides["id"]})
    async with connected(tenant.layout, ana) as (client, _):
        shared = await ask(client, "sharepoint_share_file", file=slides["id"], people=[GRACE])
        await ask(
            client, "graph_send_teams_message", people=[GRACE], text=f"The slides are at {slides['web_url']}"
        )
    async with connected(tenant.layout, grace) as (client, _):
        chats = await ask(client, "graph_list_chats", query="Ana Duarte The slides are at")
        (chat,) = chats["items"]
        (message,) = (await ask(client, "graph_get_chat_messages", chat_id=chat["id"], limit=1))["items"]
        address = message["text"]["text"].rpartition(" ")[2]
        read = await ask(client, "sharepoint_read_file", file=address)

    assert before.is_error
    assert [GRACE] == [each["address"] for each in shared["invited"]]
    assert "What a timetable and a tide have in common" in read["content"]["text"]


async def test_who_is_away_says_so_and_others_see_who_is_there(tenant: Tenant):
    """Ben's reply comes once he is away; presence is of those named, and of nobody else."""
    async with connected(tenant.layout, organisation().user("ben")) as (client, _):
        await ask(
            client,
            "graph_update_mailbox_settings",
            automatic_replies="on",
            text="Away. Dmitri knows the cache.",
            outside_text="I am away.",
        )
    async with connected(tenant.layout, organisation().user("ana")) as (client, _):
        await ask(
            client, "graph_send_email", to=[BEN], subject="Who owns the kiosks now?", body="Do you know?"
        )
        query = 'subject:"Automatic reply: Who owns the kiosks now?"'
        (found,) = (await ask(client, "graph_search_emails", query=query, limit=5))["items"]
        reply = await ask(client, "graph_get_email", message_id=found["id"])
        there = await ask(
            client,
            "graph_get_presence",
            people=["dmitri.volkov@larkspur.example", "eva.lindqvist@larkspur.example"],
        )
    async with connected(tenant.layout, organisation().user("ben")) as (client, _):
        await ask(client, "graph_update_mailbox_settings", automatic_replies="off")

    assert reply["sender"].endswith(f"<{BEN}>")
    assert "Dmitri knows the cache." in reply["body"]["text"]
    assert {"Dmitri Volkov": "DoNotDisturb", "Eva Lindqvist": "Offline"} == {
        each["name"]: each["availability"] for each in there["items"]
    }
