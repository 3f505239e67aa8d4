"""What is sent as nothing adds nothing to a message, and whoever is named in any usual way is meant."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.mcp.toolset import ToolFunction
from shared.tools import CATALOGUE
from shared.tools.microsoft365.chat_writing import graph_send_teams_message
from shared.tools.microsoft365.chats import graph_get_channel_messages, graph_get_chat_messages
from shared.tools.microsoft365.mail_organizing import graph_organize_email
from shared.tools.microsoft365.mail_writing import graph_create_draft, graph_send_draft, graph_send_email
from shared.tools.microsoft365.presence import graph_get_presence
from tests.shared.tools.played_graph import PlayedGraph, Sent

ANA, BEN = "ana@x.example", "ben@x.example"
BEN_ID = "2f5b0f0e-6f3c-4a0d-8d7e-9b1f1c2d3e4f"
CHAT = "19:aa11bb22cc33dd44@thread.v2"
TEAM = "0f7c2c58-0e3d-4d8c-9d4f-2a1f7b4e6c01"
CHANNEL = f"{TEAM}/19:c@thread.tacv2"
MESSAGE = {
    "@odata.etag": 'W/"1"',
    "id": "M",
    "isDraft": True,
    "lastModifiedDateTime": "2026-11-01T09:00:00Z",
    "createdDateTime": "2026-11-01T09:00:00Z",
    "toRecipients": [{"emailAddress": {"address": ANA}}],
    "body": {"contentType": "html", "content": "<body>Hi<hr>Old</body>"},
}
TO_ANA = [{"emailAddress": {"address": ANA}}]
HI = {"contentType": "text", "content": "Hi"}


def play(sent: Sent) -> Any:
    if sent.path.startswith("/users"):
        return {"value": [{"id": BEN_ID, "displayName": "Ben", "mail": BEN}]}
    return (201 if sent.method == "POST" else 200, MESSAGE)


@pytest.mark.parametrize("nothing", [None, "", " \n", []])
@pytest.mark.parametrize(
    ("function", "given", "expected"),
    [
        (graph_create_draft, {"body": "Hi"}, {"subject": "", "body": HI, "importance": "normal"}),
        (graph_create_draft, {"body": "Hi", "kind": "reply", "message_id": "M"}, {"comment": "Hi"}),
        (graph_create_draft, {"body": "Hi", "kind": "reply_all", "message_id": "M"}, {"comment": "Hi"}),
        (
            graph_create_draft,
            {"body": "Hi", "kind": "forward", "message_id": "M", "to": ANA},
            {"comment": "Hi", "toRecipients": TO_ANA},
        ),
        (
            graph_send_email,
            {"body": "Hi", "to": ANA, "subject": "S"},
            {
                "message": {"subject": "S", "body": HI, "importance": "normal", "toRecipients": TO_ANA},
                "saveToSentItems": True,
            },
        ),
        (graph_send_draft, {"draft_id": "M", "version": 'W/"1"'}, None),
        (graph_organize_email, {"message_id": "M", "mark": "unread"}, {"isRead": False}),
        (graph_organize_email, {"message_id": "M", "flag": "complete"}, {"flag": {"flagStatus": "complete"}}),
        (graph_organize_email, {"message_id": "M", "move_to": "archive"}, {"destinationId": "archive"}),
        (
            graph_send_teams_message,
            {"text": "Hi", "chat_id": CHAT},
            {"body": {"contentType": "html", "content": "<p>Hi</p>"}},
        ),
        (
            graph_send_teams_message,
            {"text": "Hi", "channel": CHANNEL},
            {"body": {"contentType": "html", "content": "<p>Hi</p>"}},
        ),
    ],
)
async def test_nothing_but_what_was_given_is_sent_and_that_once(
    function: ToolFunction, given: dict[str, Any], expected: Any, nothing: Any
):
    (tool,) = (tool for tool in CATALOGUE if tool.function is function)
    optional = {
        name: nothing
        for name, schema in tool.input_schema["properties"].items()
        if name not in given and (nothing != [] or schema.get("type") == "array")
    }
    graph = PlayedGraph(play)
    await graph.call(function, **{**optional, **given})
    writes = [each for each in graph.requests if each.method not in ("GET", "HEAD")]

    assert [expected] == [each.body for each in writes]


@pytest.mark.parametrize(
    "people",
    [
        BEN,
        f"Ben Osei <{BEN}>",
        [f"Osei, Ben <{BEN}>"],
        f'["{BEN}"]',
    ],
)
async def test_a_colleague_is_named_by_their_address_or_as_a_list_shows_them(people: Any):
    graph = PlayedGraph(play)
    await graph.call(graph_get_presence, people=people)

    assert f"mail in ('{BEN}') or userPrincipalName in ('{BEN}')" == graph.requests[0].query["$filter"]
    (asked,) = [each.body for each in graph.requests if "getPresences" in each.path]
    assert {"ids": [BEN_ID]} == asked


@pytest.mark.parametrize("people", ["Ben", "Ben <ben>", [f"{BEN}, {ANA}"], f"{BEN} {ANA}", f"<{BEN}"])
async def test_what_is_no_address_is_refused_in_one_sentence(people: Any):
    graph = PlayedGraph(play)
    with pytest.raises(ToolError) as refused:
        await graph.call(graph_send_teams_message, people=people, text="Hi")

    assert "people.0: must be an email address: ana@contoso.com; got a text." == refused.value.message
    assert [] == graph.requests


async def test_an_id_copied_out_of_a_link_is_the_id():
    graph = PlayedGraph(lambda _: {"value": []})
    await graph.call(graph_get_chat_messages, chat_id="19%3aaa%40thread.v2")
    await graph.call(graph_get_channel_messages, channel=f"{TEAM}/19%3Ac%40thread.tacv2")

    assert [
        "/chats/19:aa@thread.v2/messages",
        f"/teams/{TEAM}/channels/19:c@thread.tacv2/messages",
    ] == [each.path for each in graph.requests]
