"""Responses about Teams in the forms that the documentation of Graph v1.0 shows, or with less in them."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.microsoft365.chat_writing import graph_send_teams_message
from shared.tools.microsoft365.chats import (
    graph_get_channel_messages,
    graph_get_chat_messages,
    graph_list_chats,
    graph_search_teams_messages,
)
from shared.tools.microsoft365.presence import graph_get_presence
from tests.shared.tools.microsoft365.test_documented_shapes import playing
from tests.shared.tools.played_graph import PlayedGraph, refusal

CHAT = "19:aa11bb22cc33dd44@thread.v2"
CHANNEL = "0f7c2c58-0e3d-4d8c-9d4f-2a1f7b4e6c01/19:c@thread.tacv2"


@pytest.mark.parametrize(
    ("last", "read", "is_unread"),
    [
        ({"id": "1", "body": None, "from": None}, "2026-05-27T22:13:01.577Z", False),
        ({"id": "1", "createdDateTime": "2026-06-03T08:05:49Z"}, "0001-01-01T00:00:00", True),
        ({"id": "1", "createdDateTime": "2026-06-03T08:05:49Z"}, "soon", False),
        ({"id": "1", "createdDateTime": "2026-06-03T08:05:49Z", "eventDetail": None}, None, False),
    ],
)
async def test_one_chat_with_an_odd_last_message_does_not_hide_the_others(
    last: dict[str, Any], read: str | None, is_unread: bool
):
    odd = {
        "id": CHAT,
        "chatType": None,
        "members": [None, {"displayName": None, "userId": None, "email": None}],
        "lastMessagePreview": last,
        "viewpoint": {"lastMessageReadDateTime": read},
    }
    page = await playing(chats={"value": [odd, {"id": "19:b@thread.v2"}]}).call(graph_list_chats)

    assert [(["somebody"], None, is_unread), ([], None, False)] == [
        (each.others, each.last_message, each.is_unread) for each in page.items
    ]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("#microsoft.graph.messagePinnedEventMessageDetail", "Somebody pinned a message."),
        ("#Microsoft.Teams.GraphSvc.messagePinnedEventMessageDetail", "Somebody pinned a message."),
        ("#microsoft.graph.tabUpdatedEventMessageDetail", "Somebody changed the tab unnamed."),
        ("#microsoft.graph.somethingNewEventMessageDetail", "Somebody: something new."),
        (None, "Somebody: something happened."),
    ],
)
async def test_events_are_told_whatever_their_namespace(kind: str | None, told: str):
    event = {
        "id": "1",
        "createdDateTime": "2026-08-18T07:00:00Z",
        "messageType": "systemEventMessage",
        "from": None,
        "body": {"contentType": "html", "content": "<systemEventMessage/>"},
        "eventDetail": {"@odata.type": kind, "initiator": {"user": {"id": "u", "displayName": None}}},
    }
    page = await playing(messages={"value": [event]}).call(graph_get_chat_messages, chat_id=CHAT)

    assert [told] == [each.event for each in page.items]


async def test_messages_show_emoji_and_code_apart():
    content = (
        '<p>Hi <emoji id="smile" alt="😀"></emoji><customemoji id="p" alt="Parrot" source="u"></customemoji>'
        '</p>See<codeblock class="Python"><code>a = 1<br>b = 2</code></codeblock>done'
    )
    message = {"id": "1", "createdDateTime": "2026-08-18T07:00:00Z", "body": {"contentType": "html"}}
    message["body"] = {"contentType": "html", "content": content}
    message["attachments"] = [None, {"id": None, "contentType": None, "name": None}]
    (read,) = (await playing(messages={"value": [message]}).call(graph_get_chat_messages, chat_id=CHAT)).items

    assert "Hi 😀[image: Parrot]\nSee\na = 1\nb = 2\ndone" == read.text.text
    assert [("other", None)] == [(each.kind, each.name) for each in read.attachments]


async def test_a_thread_whose_replies_have_no_next_page_has_no_more():
    message = {"id": "1", "createdDateTime": "2026-08-18T07:00:00Z", "replies@odata.nextLink": None}
    page = await playing(messages={"value": [{**message, "replies": [message]}]}).call(
        graph_get_channel_messages, channel=CHANNEL
    )

    assert [(1, False)] == [(len(each.replies), each.more_replies) for each in page.items]


@pytest.mark.parametrize(
    ("hits", "found"),
    [
        (None, []),
        ([{"summary": None, "resource": {"id": "1", "chatId": CHAT, "from": None}}], [("", None)]),
        (
            [{"summary": "a", "resource": {"id": "1", "from": {"user": {"displayName": "Ana"}}}}],
            [("a", "Ana")],
        ),
    ],
)
async def test_what_a_search_of_messages_leaves_out_is_missing(hits: Any, found: list[Any]):
    containers = [{"total": 0, "moreResultsAvailable": None, "hits": hits}]
    page = await playing(search={"value": [{"hitsContainers": containers}]}).call(
        graph_search_teams_messages, query="a"
    )

    assert found == [(each.excerpt, each.by) for each in page.items]


async def test_presence_that_the_service_does_not_know_is_not_known():
    ben = "2f5b0f0e-6f3c-4a0d-8d7e-9b1f1c2d3e4f"
    presences = [{"id": ben.upper(), "availability": "PresenceUnknown", "activity": "OffWork"}]
    person = {"id": ben, "mail": "ben@x.example", "userPrincipalName": "ben.osei@x.example"}
    graph = playing(getPresences={"value": presences}, users={"value": [person]})
    page = await graph.call(graph_get_presence, people="ben@x.example, ben.osei@x.example")

    assert [(None, "OffWork")] * 2 == [(each.availability, each.activity) for each in page.items]
    assert {"ids": [ben]} == graph.requests[-1].body


async def test_a_message_whose_time_does_not_come_back_was_sent():
    graph = PlayedGraph(lambda _: (201, {"id": "9", "createdDateTime": None, "webUrl": None}))
    sent = await graph.call(graph_send_teams_message, chat_id=CHAT, text="Hi")

    assert ("9", None) == (sent.message_id, sent.sent)


@pytest.mark.parametrize("status", [402, 405, 410, 413, 415, 422])
async def test_what_was_refused_in_any_way_was_not_carried_out(status: int):
    graph = PlayedGraph(lambda _: refusal(status, "Refused"))
    with pytest.raises(ToolError) as refused:
        await graph.call(graph_send_teams_message, chat_id=CHAT, text="Hi")

    assert "outcome" not in refused.value.details
    assert "may have been" not in refused.value.message
    assert (status == 413) == (refused.value.code == "invalid_argument")
