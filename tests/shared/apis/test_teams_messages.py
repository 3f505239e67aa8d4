"""Messages, events and links of Teams, in the forms the demo organisation does not have."""

import json
from typing import Any

import pytest

from shared.apis.graph.teams_addresses import parse_channel, parse_chat, parse_message, parse_thread
from shared.apis.graph.teams_chats import Chat
from shared.apis.graph.teams_events import event_in_words
from shared.apis.graph.teams_messages import Mentioned, TeamsMessage, Thread, message_properties
from shared.errors import ToolError

TEAM = "4f0c6182-a3b4-4d5e-8f70-819203142536"
AT = "2026-11-21T09:30:00.5Z"


def message(**given: Any) -> TeamsMessage:
    document = {"id": "1", "createdDateTime": AT, "body": {"contentType": "html", "content": "<p>x</p>"}}
    return TeamsMessage.model_validate({**document, **given})


def attachment(kind: str, **given: Any) -> Any:
    return message(attachments=[{"id": "1", "contentType": kind, **given}]).attachments[0]


@pytest.mark.parametrize(
    ("sender", "by"),
    [
        (None, None),
        ({"user": None, "application": None, "device": None}, None),
        ({"user": {"id": "1", "displayName": "Ben\u202e Osei", "userIdentityType": "aadUser"}}, "Ben Osei"),
        ({"user": {"displayName": "Ben"}}, "Ben"),
        ({"user": {"displayName": "Nora", "userIdentityType": "emailUser"}}, "Nora (external)"),
        ({"user": {"displayName": None, "userIdentityType": "aadUser"}}, "somebody without a name"),
        ({"application": {"displayName": "Workflows"}}, "Workflows (app)"),
        ({"device": {"displayName": "Room 1"}}, "Room 1 (app)"),
    ],
)
def test_who_wrote_a_message_is_told(sender: Any, by: str | None):
    assert by == message(**{"from": sender}).by


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"contentType": "text", "content": "a < b\n<p>c"}, "a < b\n<p>c"),
        ({"contentType": "html", "content": None}, ""),
        (None, ""),
        (
            {"contentType": "html", "content": '<p><at id="0">B</at>&nbsp;<at id="1">O</at>?</p>'},
            "@B\u00a0@O?",
        ),
        ({"contentType": "html", "content": '<p>a</p><attachment id="1"></attachment>'}, "a"),
        ({"contentType": "html", "content": '<img src="https://x/1/$value" alt="plan">'}, "[image: plan]"),
        ({"contentType": "html", "content": '<p>a<span style="display:none">b</span></p>'}, "a"),
    ],
)
def test_the_body_of_a_message_is_text(body: Any, text: str):
    assert text == message(body=body).text.text


def test_a_system_message_of_an_unknown_kind_is_an_event():
    unknown = message(messageType="unknownFutureValue", body={"content": "<systemEventMessage/>"})
    new = message(eventDetail={"@odata.type": "#microsoft.graph.meetingPolicyUpdatedEventMessageDetail"})

    assert ("event", None, "Something happened.") == (unknown.state, unknown.text, unknown.event)
    assert "Somebody: something happened." == unknown.told_with({}).event
    assert "Somebody: meeting policy updated." == new.told_with({}).event
    assert message() == message().told_with({"1": "Ben"})


@pytest.mark.parametrize(
    ("kind", "facts", "told"),
    [
        (
            "membersDeleted",
            {"members": [{"id": "2"}, {"displayName": "Eva"}]},
            "Ben removed somebody and Eva.",
        ),
        ("membersAdded", {"members": None}, "Ben added somebody."),
        ("membersJoined", {"members": [{"displayName": str(n)} for n in range(12)]}, None),
        ("chatRenamed", {"chatDisplayName": "a{by}\nb"}, "Ben renamed the chat to “a{by} b”."),
        ("channelAdded", {"channelDisplayName": None}, "Ben added the channel unnamed."),
        ("callEnded", {"callDuration": "P1DT2H"}, "The call ended after 1 d 2 h."),
        ("callEnded", {"callDuration": None}, "The call ended after an unknown time."),
        ("callEnded", {"callDuration": "soon"}, "The call ended after an unknown time."),
    ],
)
def test_events_are_told_in_words(kind: str, facts: dict[str, Any], told: str | None):
    detail = {
        "@odata.type": f"#microsoft.graph.{kind}EventMessageDetail",
        "initiator": {"user": {"id": "1"}},
        **facts,
    }
    names = {"1": "Ben"}
    sentence = event_in_words(
        detail, lambda each: str(each.get("displayName") or names.get(str(each.get("id"))) or "somebody")
    )

    assert (told or "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more joined.") == sentence


def test_attachments_are_named_by_what_they_are():
    quoted = {"messagePreview": "x" * 900, "messageSender": {"user": {"displayName": "Ben"}}}
    card = {"type": "AdaptiveCard", "body": [{"items": [{"type": "TextBlock", "text": "Red"}, {"value": 7}]}]}

    assert (505, "Ben: xx") == (
        len(attachment("messageReference", content=json.dumps(quoted)).text) + 4,
        attachment("messageReference", content=json.dumps(quoted)).text[:7],
    )
    assert "Red" == attachment("application/vnd.microsoft.card.adaptive", content=json.dumps(card)).text
    assert ("card", None) == (
        attachment("application/vnd.microsoft.card.adaptive", content="{").kind,
        attachment("application/vnd.microsoft.card.adaptive", content="{").text,
    )
    assert ("other", "meetingReference") == (
        attachment("meetingReference").kind, attachment("meetingReference").name,
    )  # fmt: skip
    assert "other" == attachment("messageReference", content="[").kind


def test_reactions_are_counted():
    kinds = [("like", None), ("👍", None), ("like", None), ("custom", "party parrot")]
    reacted = message(reactions=[{"reactionType": kind, "displayName": name} for kind, name in kinds])

    assert "like 2, 👍 1, party parrot 1" == reacted.reactions


def test_a_thread_shows_its_last_replies_and_says_that_there_are_more():
    replies = [
        {
            "id": str(n),
            "createdDateTime": f"2026-11-21T10:{n:02}:00Z",
            "body": {"content": str(n)},
            "webUrl": "https://x",
        }
        for n in range(12)
    ]
    document = {"id": "0", "createdDateTime": AT, "body": {"content": "top"}, "webUrl": "https://x"}
    many = Thread.model_validate({**document, "replies": [*reversed(replies)]})
    few = Thread.model_validate({**document, "replies": replies[:2], "replies@odata.nextLink": "https://x"})

    assert ([str(n) for n in range(2, 12)], True) == ([each.id for each in many.replies], many.more_replies)
    assert (2, True) == (len(few.replies), few.more_replies)
    assert few.replies[0].text.text == "0"
    assert ("https://x", None) == (many.web_url, many.replies[0].web_url)


def test_a_thread_of_long_messages_fits_a_result():
    long = {"id": "1", "createdDateTime": AT, "body": {"content": "word " * 5_000}}
    thread = Thread.model_validate({**long, "replies": [long] * 30})

    assert [1_000] * 10 == [len(each.text.text) for each in thread.replies]
    assert 1_000 == thread.replies[0].text.next_offset
    assert 20_000 > len(thread.model_dump_json())


def test_a_chat_of_a_service_that_leaves_things_out_is_read():
    chat = Chat.model_validate({"id": "1", "chatType": "unknownFutureValue", "members": None})
    gone = {"createdDateTime": AT, "isDeleted": True, "from": None, "body": {"content": "x"}}
    deleted = Chat.model_validate({"id": "1", "chatType": "group", "lastMessagePreview": gone})

    assert ("other", None, [], False) == (chat.kind, chat.last_message, chat.others, chat.is_unread)
    assert ("(deleted)", None) == (deleted.last_message, deleted.last_by)


def test_mentions_that_look_alike_are_told_apart():
    people = [
        Mentioned(id="1", name="A & B", address="a.b@x.test"),
        Mentioned(id="2", name="C", address="a.b@x.test.br"),
    ]
    sent = message_properties("@a.b@x.test.br and @A.B@X.test and again @a.b@x.test", people)

    assert (
        '<p><at id="0">C</at> and <at id="1">A &amp; B</at> and again <at id="2">A &amp; B</at></p>'
    ) == sent["body"]["content"]
    assert [(0, "C", "2"), (1, "A & B", "1"), (2, "A & B", "1")] == [
        (each["id"], each["mentionText"], each["mentioned"]["user"]["id"]) for each in sent["mentions"]
    ]
    assert {"body": {"contentType": "html", "content": "<p>x</p>"}} == message_properties("x", [])


def test_who_is_named_in_a_link_alone_is_mentioned_at_the_beginning():
    sent = message_properties(
        "See https://x.test/@a@x.test", [Mentioned(id="1", name="A", address="a@x.test")]
    )
    link = '<a href="https://x.test/@a@x.test">https://x.test/@a@x.test</a>'

    assert f'<p><at id="0">A</at></p>\n<p>See {link}</p>' == sent["body"]["content"]


@pytest.mark.parametrize(
    ("given", "message_id", "root"),
    [
        (f"{TEAM}/19:c@thread.tacv2", None, None),
        (f"https://teams.microsoft.com/l/channel/19%3Ac%40thread.tacv2/A%2FB?groupId={TEAM}", None, None),
        (
            f"https://teams.cloud.microsoft/l/message/19:c@thread.tacv2/17?groupId={TEAM}&parentMessageId=16",
            "17",
            "16",
        ),
    ],
)
def test_a_channel_is_known_by_id_and_links(given: str, message_id: str | None, root: str | None):
    place = parse_channel(given)

    assert ("19:c@thread.tacv2", TEAM, message_id, root) == (
        place.thread,
        place.team,
        place.message,
        place.root,
    )
    assert f"{TEAM}/19:c@thread.tacv2" == place.channel


@pytest.mark.parametrize(
    "given",
    [
        "",
        "x",
        f"{TEAM}/",
        f"{TEAM}/a/b",
        "https://[",
        "https://teams.microsoft.com/l/channel//x?groupId=1",
        f"https://teams.microsoft.com.evil.test/l/channel/19:c/x?groupId={TEAM}",
        "https://teams.microsoft.com/",
    ],
)
def test_what_names_no_channel_is_refused(given: str):
    with pytest.raises(ToolError):
        parse_channel(given)


def test_messages_are_known_by_id_and_links():
    link = "https://teams.microsoft.com/l/message/19:c@thread.tacv2/17?groupId=x&parentMessageId=16"

    assert ("17", "16", "17") == (
        parse_message(link, "m"),
        parse_thread(link, "m"),
        parse_thread(" 17 ", "m"),
    )
    assert "19:x@thread.v2" == parse_chat(" 19:x@thread.v2 ").thread
    for wrong in ("", "x", "../1", "https://teams.microsoft.com/l/chat/19:x/0"):
        with pytest.raises(ToolError):
            parse_message(wrong, "m")
