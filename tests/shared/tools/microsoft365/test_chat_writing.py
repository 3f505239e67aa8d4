"""Messages sent in Teams: where they go, how they look, and that each goes once."""

from typing import Any

import pytest

from local.organisation import organisation
from shared.errors import ToolError
from shared.tools import CATALOGUE
from shared.tools.microsoft365.chat_writing import graph_send_teams_message
from shared.tools.microsoft365.chats import (
    graph_get_channel_messages,
    graph_get_chat_messages,
    graph_list_chats,
    graph_list_teams,
)
from tests.shared.tools.mailroom import requests
from tests.shared.tools.played_graph import PlayedGraph, Sent
from tests.shared.tools.sandbox import Sandbox

ANA, BEN, CHIARA = (f"{name}@larkspur.example" for name in ("ana.duarte", "ben.osei", "chiara.rossi"))
DMITRI, GRACE, NORA = (
    "dmitri.volkov@larkspur.example",
    "grace.kim@larkspur.example",
    "nora.lindt@cachewell.example",
)
NORA_ID = "6c1f0a52-8e3d-4b7a-9c25-0d4e7f8a9b16"


async def chat_id(sandbox: Sandbox, query: str) -> str:
    return str((await sandbox.call(graph_list_chats, query=query)).items[0].id)


async def builds(sandbox: Sandbox) -> str:
    teams = await sandbox.call(graph_list_teams)
    return next(each.id for team in teams.items for each in team.channels if each.name == "Builds")


async def last(sandbox: Sandbox, chat: str, **arguments: Any) -> Any:
    return (await sandbox.call(graph_get_chat_messages, chat_id=chat, limit=1, **arguments)).items[0]


async def posts(sandbox: Sandbox) -> list[str]:
    """What changing requests Graph has had, answered or not."""
    asked = [f"{each['method']} {each['path']}" for each in await requests(sandbox)]
    return [each for each in asked if each.startswith("POST")]


async def refusal(sandbox: Sandbox, **arguments: Any) -> ToolError:
    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_send_teams_message, **{"text": "x", **arguments})
    return refused.value


async def test_a_message_is_sent_to_a_chat_with_its_formatting(sandbox: Sandbox):
    cache = await chat_id(sandbox, "nora")
    text = "**Green** again, @Ben.Osei@larkspur.example:\n\n- rule `1303`\n- a < b\n\n<b>no tag</b>"
    sent = await sandbox.call(graph_send_teams_message, chat_id=cache, text=text, mentions=[BEN, DMITRI])
    message = await last(sandbox, cache, user="ben")

    assert (cache, message.id, message.sent) == (sent.chat_id, sent.message_id, sent.sent)
    assert "Ana Duarte" == message.by
    shown = ["@Dmitri Volkov", "Green again, @Ben Osei:", "- rule 1303", "- a < b", "<b>no tag</b>"]
    assert shown == [line for line in message.text.text.splitlines() if line]
    assert 1 == len(await posts(sandbox))


async def test_a_message_to_one_person_goes_into_the_chat_with_them(sandbox: Sandbox):
    ben = await chat_id(sandbox, "green")
    sent = await sandbox.call(graph_send_teams_message, people=BEN, text="Green")
    again = await sandbox.call(graph_send_teams_message, people=[BEN.upper(), ANA], text="And released")

    assert (ben, ben) == (sent.chat_id, again.chat_id)
    assert "And released" == (await last(sandbox, ben, user="ben")).text.text


async def test_a_chat_of_two_is_begun_where_there_is_none(sandbox: Sandbox):
    sent = await sandbox.call(graph_send_teams_message, people=[CHIARA], text="Hello")
    again = await sandbox.call(graph_send_teams_message, people=[CHIARA], text="Again")

    assert sent.chat_id == again.chat_id
    assert "Again" == (await last(sandbox, str(sent.chat_id), user="chiara")).text.text


async def test_a_message_to_several_people_goes_into_the_group_of_exactly_them(sandbox: Sandbox):
    group = await chat_id(sandbox, "sailing")
    sent = await sandbox.call(graph_send_teams_message, people=[GRACE, CHIARA], text="Good")

    assert group == sent.chat_id
    assert ["POST"] == [each.partition(" ")[0] for each in await posts(sandbox)]


async def test_no_group_is_begun(sandbox: Sandbox):
    """The service would make another one at each call."""
    for people in ([BEN, GRACE], [BEN, DMITRI]):  # the latter are together in a larger one
        refused = await refusal(sandbox, people=people)
        assert ("not_found", True) == (
            refused.code,
            "no group chat of exactly these people" in refused.message,
        )
    assert [] == await posts(sandbox)


def signed_in_as(*addresses: str) -> list[dict[str, str]]:
    """Returns the users who sign in with these addresses, as the directory lists them."""
    return [{"id": organisation().user(each).object_id, "userPrincipalName": each} for each in addresses]


async def test_who_signs_in_with_an_address_comes_before_who_gets_mail_there_and_one_of_two_is_not_chosen():
    ben, twins = signed_in_as(BEN), [{"id": each, "mail": "team@larkspur.example"} for each in "12"]
    other = {"id": "3", "mail": BEN, "userPrincipalName": "b@larkspur.example"}
    played = {"/users": {"value": [other, *twins, *ben]}, "/chats": (201, {"id": "19:x@unq.gbl.spaces"})}
    written = 201, {"id": "1", "createdDateTime": "2026-11-21T09:30:00Z"}
    graph = PlayedGraph(lambda sent: played.get(sent.path, written))
    await graph.call(graph_send_teams_message, people=[BEN.title(), BEN], text="x")
    bound = graph.requests[1].body["members"]

    with pytest.raises(ToolError) as refused:
        await graph.call(graph_send_teams_message, people=["team@larkspur.example"], text="x")
    assert ben[0]["id"] in bound[1]["user@odata.bind"]
    assert (
        "people: nobody in the organization has the address team@larkspur.example." == refused.value.message
    )


async def test_of_several_groups_none_is_chosen(sandbox: Sandbox):
    ids = [organisation().user(each).object_id for each in ("ana", "chiara", "grace")]
    members = [{"userId": each, "displayName": each} for each in ids]

    def play(sent: Sent) -> Any:
        if sent.path == "/users":
            return {"value": signed_in_as(CHIARA, GRACE)}
        if sent.path == "/me/chats":
            return {"value": [{"id": f"19:{each}", "chatType": "group", "members": members} for each in "ab"]}
        return {"value": members}

    graph = PlayedGraph(play)
    with pytest.raises(ToolError) as refused:
        await graph.call(graph_send_teams_message, people=[CHIARA, GRACE], text="x")

    assert ("invalid_argument", True) == (refused.value.code, "2 group chats" in refused.value.message)
    assert {"GET"} == {each.method for each in graph.requests}


async def test_a_group_that_is_listed_with_some_of_its_members_is_not_taken_for_them(sandbox: Sandbox):
    """A list of chats holds no more than 25 members ("List chats", a known issue)."""
    ids = [organisation().user(each).object_id for each in ("ana", "chiara", "grace")]
    members = [{"userId": each} for each in ids]

    def play(sent: Sent) -> Any:
        if sent.path == "/users":
            return {"value": signed_in_as(CHIARA, GRACE)}
        if sent.path == "/me/chats":
            return {"value": [{"id": "19:a", "chatType": "group", "members": members}]}
        return {"value": [*members, {"userId": "somebody-else"}]}

    with pytest.raises(ToolError) as refused:
        await PlayedGraph(play).call(graph_send_teams_message, people=[CHIARA, GRACE], text="x")

    assert "not_found" == refused.value.code


@pytest.mark.parametrize("people", [[NORA], [BEN, "nobody@larkspur.example"], [ANA]])
async def test_who_is_not_in_the_organization_is_named_before_anything_is_sent(
    sandbox: Sandbox, people: list[str]
):
    refused = await refusal(sandbox, people=people)

    assert ("invalid_argument", True) == (refused.code, refused.message.startswith("people: "))
    assert (people == [ANA]) == (people[-1] not in refused.message)
    assert [] == await posts(sandbox)


async def test_a_guest_is_found_by_their_mail_address():
    """Guests sign in with another name than their address."""

    def play(sent: Sent) -> Any:
        if sent.path == "/users":
            assert f"mail in ('{NORA}') or userPrincipalName in ('{NORA}')" == sent.query["$filter"]
            upn = "nora.lindt_cachewell.example#EXT#@larkspur.example"
            return {"value": [{"id": NORA_ID, "mail": NORA, "userPrincipalName": upn}]}
        if sent.path == "/chats":
            return 201, {"id": "19:new@unq.gbl.spaces"}
        return 201, {"id": "1", "createdDateTime": "2026-11-21T09:30:00Z"}

    graph = PlayedGraph(play)
    sent = await graph.call(graph_send_teams_message, people=[NORA], text="x")
    bound = graph.requests[1].body["members"]

    assert "19:new@unq.gbl.spaces" == sent.chat_id
    assert (
        "https://graph.test/v1.0/users('6c1f0a52-8e3d-4b7a-9c25-0d4e7f8a9b16')" == bound[1]["user@odata.bind"]
    )
    assert ["oneOnOne", 2] == [graph.requests[1].body["chatType"], len(bound)]


async def test_a_thread_is_begun_and_answered_in_a_channel(sandbox: Sandbox):
    channel = await builds(sandbox)
    root = await sandbox.call(
        graph_send_teams_message, channel=channel, subject="Release 14", text="Out.", mentions=BEN
    )
    reply = await sandbox.call(
        graph_send_teams_message, channel=channel, reply_to=root.web_url, text="With *notes*."
    )
    thread = (await sandbox.call(graph_get_channel_messages, channel=channel)).items[0]

    assert (root.message_id, root.message_id, root.message_id) == (thread.id, root.thread_id, reply.thread_id)
    assert ("Release 14", "@Ben Osei\nOut.") == (thread.subject, thread.text.text)
    assert [("With notes.", reply.message_id)] == [(each.text.text, each.id) for each in thread.replies]
    assert (channel, None) == (reply.channel, reply.chat_id)
    assert (root.web_url or "").startswith("https://teams.microsoft.com/l/message/")


async def test_a_link_of_a_channel_is_enough(sandbox: Sandbox):
    channel = await builds(sandbox)
    team, _, thread = channel.partition("/")
    link = f"https://teams.microsoft.com/l/channel/{thread}/Builds?groupId={team}&tenantId=x"

    assert channel == (await sandbox.call(graph_send_teams_message, channel=link, text="x")).channel


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "chat_id: is missing"),
        ({"chat_id": "", "people": [], "channel": ""}, "chat_id: is missing"),
        ({"chat_id": "19:x@thread.v2", "people": [BEN]}, "people: is given besides chat_id"),
        ({"people": [BEN], "channel": "a/b"}, "channel: is given besides people"),
        ({"chat_id": "19:x@thread.v2", "reply_to": "1"}, "reply_to: is for channels only"),
        ({"chat_id": "19:x@thread.v2", "subject": "x"}, "subject: is for channels only"),
        ({"channel": "a/b", "reply_to": "1", "subject": "x"}, "subject: a reply has none"),
        ({"channel": "a/b"}, "channel: names no channel"),
        ({"chat_id": "19:x@thread.tacv2"}, "chat_id: is a channel"),
        ({"chat_id": "19:x@thread.v2", "text": " \n"}, "text: "),
        ({"chat_id": "19:x@thread.v2", "text": "<" * 9_000}, "text: is too long for one message"),
        ({"chat_id": "19:x@thread.v2", "mentions": [NORA]}, "mentions: nobody in the organization has"),
        ({"chat_id": "19:x@thread.v2", "mentions": ["Ben"]}, "mentions.0: "),
    ],
)
async def test_what_is_not_clear_is_refused_before_anything_is_sent(
    sandbox: Sandbox, given: dict[str, Any], says: str
):
    refused = await refusal(sandbox, **given)

    assert ("invalid_argument", True) == (refused.code, refused.message.startswith(says)), refused.message
    assert [] == await posts(sandbox)


@pytest.mark.parametrize("carried_out", [False, True])
async def test_a_message_is_not_sent_again_when_nobody_knows_whether_it_was(
    sandbox: Sandbox, carried_out: bool
):
    cache = await chat_id(sandbox, "nora")
    before = len((await sandbox.call(graph_get_chat_messages, chat_id=cache)).items)
    await sandbox.fail("graph", method="POST", status=503, carried_out=carried_out)
    refused = await refusal(sandbox, chat_id=cache)
    tried = [each for each in await requests(sandbox) if each["event"] == "fault"]
    await sandbox.control("PUT", "graph", "faults", [])

    assert ("unavailable", "unknown", 1) == (refused.code, refused.details["outcome"], len(tried))
    assert "Read the last messages" in refused.remedy
    assert before + carried_out == len((await sandbox.call(graph_get_chat_messages, chat_id=cache)).items)


async def test_a_chat_that_could_not_be_begun_was_sent_nothing(sandbox: Sandbox):
    await sandbox.fail("graph", method="POST", path="/v1.0/chats", status=503)
    refused = await refusal(sandbox, people=[CHIARA])

    assert ("unavailable", False) == (refused.code, "outcome" in refused.details)
    assert ["POST /v1.0/chats"] == await posts(sandbox)


async def test_each_place_needs_its_own_consent_only(sandbox: Sandbox):
    """Chiara has consented to reading only."""
    channel, cache = await builds(sandbox), await chat_id(sandbox, "sailing")
    for given, scope in (
        ({"chat_id": cache}, "ChatMessage.Send"),
        ({"channel": channel}, "ChannelMessage.Send"),
        ({"people": [ANA]}, "Chat.Create"),
    ):
        refused = await refusal(sandbox, user="chiara", **given)
        assert ("consent_required", scope) == (refused.code, refused.details["missing_scopes"])
    (tool,) = (each for each in CATALOGUE if each.function is graph_send_teams_message)
    assert (["ChatMessage.Send"], True) == ([*tool.scopes], tool.writes)
    assert "others see it, it cannot be called back" in tool.description.partition("\n")[0]


async def test_mentions_stand_where_the_text_has_the_address_and_nowhere_else(sandbox: Sandbox):
    cache = await chat_id(sandbox, "nora")
    text = f"Ask @{BEN}, **@{BEN}** or x@{BEN}, @{BEN}.br; write to {BEN}"
    await sandbox.call(graph_send_teams_message, chat_id=cache, text=text, mentions=[BEN])

    assert f"Ask @Ben Osei, @Ben Osei or x@{BEN}, @{BEN}.br; write to {BEN}" == (
        (await last(sandbox, cache)).text.text
    )
