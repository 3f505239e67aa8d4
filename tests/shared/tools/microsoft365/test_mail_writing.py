"""Drafting, sending and organizing mail, over the demo organisation's mailboxes."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.mcp.toolset import Tool
from shared.tools.microsoft365 import mail_organizing, mail_writing
from shared.tools.microsoft365.mail import graph_get_email, graph_get_emails
from shared.tools.microsoft365.mail_organizing import graph_organize_email
from shared.tools.microsoft365.mail_writing import (
    graph_create_draft,
    graph_send_draft,
    graph_send_email,
)
from tests.shared.tools.mailroom import folder, message, put, requests, whole
from tests.shared.tools.played_graph import PlayedGraph
from tests.shared.tools.sandbox import Sandbox

BEN = "Ben Osei <ben.osei@larkspur.example>"
BEN_BARE = "ben.osei@larkspur.example"
DMITRI = "Dmitri Volkov <dmitri.volkov@larkspur.example>"
FARID = "farid.haddad@larkspur.example"
EVA = "eva.lindqvist@larkspur.example"
MESSAGE_ID = "AAMkADhardlyAnyMailboxHasThisIdInIt000"
ARGUMENTS: dict[str, dict[str, Any]] = {
    "graph_create_draft": {"body": "Hello"},
    "graph_send_draft": {"draft_id": MESSAGE_ID, "version": "1"},
    "graph_send_email": {"to": [BEN], "subject": "Hello", "body": "Hello"},
    "graph_organize_email": {"message_id": MESSAGE_ID, "mark": "read"},
}
each_tool = pytest.mark.parametrize(
    "tool", [*mail_writing.toolset, *mail_organizing.toolset], ids=lambda tool: tool.name
)


async def subjects(sandbox: Sandbox, place: str, user: str = "ana") -> list[str]:
    """The subjects in a folder, newest first."""
    page = await sandbox.call(graph_get_emails, user=user, folder=place, limit=10)
    return [str(each.subject) for each in page.items]


async def writes(sandbox: Sandbox) -> list[tuple[str, str]]:
    """What was changed."""
    return [
        (each["method"], each["path"].rpartition("/")[2])
        for each in await requests(sandbox)
        if each["event"] == "answered" and each["method"] != "GET" and each["status"] < 300
    ]


async def test_a_new_draft_waits_with_all_its_people(sandbox: Sandbox) -> None:
    draft = await sandbox.call(
        graph_create_draft,
        subject="Rota for O'Brien",
        body="Who?\n<b>Not HTML</b>",
        to=[BEN, FARID],
        cc=[EVA],
        bcc=[DMITRI],
        importance="high",
    )
    email = await sandbox.call(graph_get_email, message_id=draft.id)

    assert ("Rota for O'Brien", "high", True) == (draft.subject, draft.importance, draft.is_draft)
    assert ([BEN, FARID], [EVA], [DMITRI]) == (draft.to, draft.cc, draft.bcc)
    assert "Who?\n<b>Not HTML</b>" == email.body.text
    assert (draft.version, True) == (email.version, email.is_draft)
    assert ["Rota for O'Brien"] == await subjects(sandbox, "drafts")
    assert [("POST", "messages")] == await writes(sandbox)


async def test_a_reply_goes_to_the_sender_and_to_those_added(sandbox: Sandbox) -> None:
    asked = await message(sandbox, '"Dmitri moved it two days ago"')
    reply = await sandbox.call(
        graph_create_draft, kind="reply", message_id=asked.id, body="On it.", cc=[FARID, BEN_BARE], bcc=[EVA]
    )
    email = await sandbox.call(graph_get_email, message_id=reply.id)

    assert "RE: booking-api build is red" == reply.subject
    assert ([BEN], [FARID], [EVA]) == (reply.to, reply.cc, reply.bcc)
    assert asked.conversation_id == email.conversation_id
    assert email.body.text.startswith("On it.")
    assert "nobody can release until it is green" in email.body.text


@pytest.mark.parametrize("kind", ["reply", "reply_all", "forward"])
async def test_what_is_written_above_a_message_is_seen_as_it_was_written(sandbox: Sandbox, kind: str) -> None:
    asked = await message(sandbox, '"Dmitri moved it two days ago"')
    body = "Hi Ben,\r\n\r\nif a < b && c > d it <b>fails</b>, see &lt;\n\nAna  Duarte"
    draft = await sandbox.call(
        graph_create_draft, kind=kind, message_id=asked.id, body=body, to=[EVA] if kind == "forward" else []
    )
    lines = (await sandbox.call(graph_get_email, message_id=draft.id)).body.text.splitlines()

    assert "Hi Ben," == lines[0]
    assert "if a < b && c > d it <b>fails</b>, see &lt;" in lines
    assert "Ana Duarte" in [" ".join(line.split()) for line in lines]


async def test_a_reply_to_all_keeps_everybody_and_adds_more(sandbox: Sandbox) -> None:
    asked = await message(sandbox, '"Dmitri moved it two days ago"')
    plain = await sandbox.call(graph_create_draft, kind="reply_all", message_id=asked.id, body="On it.")
    more = await sandbox.call(
        graph_create_draft, kind="reply_all", message_id=asked.id, body="On it.", to=[EVA], cc=[FARID]
    )

    assert ([BEN], [DMITRI]) == (plain.to, plain.cc)
    assert ([BEN, EVA], [DMITRI, FARID]) == (more.to, more.cc)


async def test_a_forward_takes_the_attachments_along(sandbox: Sandbox) -> None:
    rule = await message(sandbox, "1303 hasattachments:true")
    forward = await sandbox.call(
        graph_create_draft,
        kind="forward",
        message_id=rule.id,
        body="FYI",
        subject="Please sign",
        to=[EVA],
        cc=[BEN],
        importance="low",
    )
    email = await sandbox.call(graph_get_email, message_id=forward.id)

    assert ([EVA], [BEN], []) == (forward.to, forward.cc, forward.bcc)
    assert ("Please sign", "low") == (forward.subject, forward.importance)
    assert ["firewall-request.txt"] == [each.name for each in email.attachments]


async def test_a_draft_that_got_no_added_recipients_is_named(sandbox: Sandbox) -> None:
    asked = await message(sandbox, '"Dmitri moved it two days ago"')
    await sandbox.fail("graph", method="PATCH", status=503)

    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_create_draft, kind="reply", message_id=asked.id, body="On it.", cc=[FARID])
    (draft,) = (await sandbox.call(graph_get_emails, folder="drafts")).items

    assert "unavailable" == refused.value.code
    assert f"There is a draft now, with id {draft.id}" in refused.value.message


async def test_a_draft_is_sent_as_it_was_read_and_keeps_its_id(sandbox: Sandbox) -> None:
    draft = await sandbox.call(graph_create_draft, subject="Rota", body="Who?", to=[BEN], bcc=[EVA])
    sending = await sandbox.call(graph_send_draft, draft_id=draft.id, version=draft.version)
    sent = await sandbox.call(graph_get_email, message_id=sending.message_id)

    assert ("accepted", "Rota", [BEN], [EVA]) == (sending.status, sending.subject, sending.to, sending.bcc)
    assert ("Rota", False) == (sent.subject, sent.is_draft)
    assert [] == await subjects(sandbox, "drafts")
    assert "Rota" in await subjects(sandbox, "sentitems")
    assert "Rota" == (await subjects(sandbox, "inbox", user="ben"))[0]


async def test_a_draft_that_has_changed_is_not_sent(sandbox: Sandbox) -> None:
    draft = await sandbox.call(graph_create_draft, subject="Rota", body="Who?", to=[BEN])
    await sandbox.call(graph_organize_email, message_id=draft.id, flag="flagged")

    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_send_draft, draft_id=draft.id, version=draft.version)
    present = await sandbox.call(graph_get_email, message_id=draft.id)

    assert ("conflict", present.version) == (refused.value.code, refused.value.details["current_version"])
    assert ["Rota"] == await subjects(sandbox, "drafts")
    assert "Rota" not in await subjects(sandbox, "inbox", user="ben")


async def test_what_is_no_draft_or_has_no_recipients_is_not_sent(sandbox: Sandbox) -> None:
    empty = await sandbox.call(graph_create_draft, subject="To nobody", body="Hello?")
    received = await message(sandbox, '"Build booking-api-ci 4711"')
    found = await sandbox.call(graph_get_email, message_id=received.id)
    for draft_id, version, said in (
        (empty.id, empty.version, "draft_id: the draft has no recipients"),
        (found.id, found.version, "draft_id: is not a draft"),
    ):
        with pytest.raises(ToolError) as refused:
            await sandbox.call(graph_send_draft, draft_id=draft_id, version=version)

        assert "invalid_argument" == refused.value.code
        assert refused.value.message.startswith(said)
    assert [("POST", "messages")] == await writes(sandbox)


async def test_an_email_is_sent_at_once(sandbox: Sandbox) -> None:
    sending = await sandbox.call(
        graph_send_email,
        to=["Osei, Ben <ben.osei@larkspur.example>"],
        cc=[EVA],
        subject="Fish?",
        body="12:30?",
    )

    assert ("accepted", None) == (sending.status, sending.message_id)
    assert "Fish?" == (await subjects(sandbox, "sentitems"))[0]
    assert "Fish?" == (await subjects(sandbox, "inbox", user="ben"))[0]
    assert "Fish?" == (await subjects(sandbox, "inbox", user="eva"))[0]
    assert [("POST", "sendMail")] == await writes(sandbox)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_send_without_a_plain_answer_is_not_repeated_and_says_so(
    sandbox: Sandbox, status: int
) -> None:
    draft = await sandbox.call(graph_create_draft, subject="Rota", body="Who?", to=[BEN])
    await sandbox.fail("graph", method="POST", status=status, body="<html>Bad gateway</html>")
    for function, arguments in (
        (graph_send_email, ARGUMENTS["graph_send_email"]),
        (graph_send_draft, {"draft_id": draft.id, "version": draft.version}),
    ):
        with pytest.raises(ToolError) as refused:
            await sandbox.call(function, **arguments)

        assert ("unavailable", "unknown") == (refused.value.code, refused.value.details["outcome"])
        assert "may have been carried out all the same; it was not repeated" in refused.value.message
        assert "sentitems" in refused.value.remedy
    assert 2 == len([each for each in await requests(sandbox) if each["event"] == "fault"])


async def test_a_send_that_was_refused_says_plainly_that_it_was(sandbox: Sandbox) -> None:
    await sandbox.fail(
        "graph", method="POST", status=403, json={"error": {"code": "ErrorSendAsDenied", "message": "No."}}
    )

    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_send_email, **ARGUMENTS["graph_send_email"])

    assert ("forbidden", "ErrorSendAsDenied") == (refused.value.code, refused.value.details["graph_error"])
    assert "outcome" not in refused.value.details


async def test_an_email_is_moved_flagged_and_marked_at_once_and_keeps_its_id(sandbox: Sandbox) -> None:
    build = await message(sandbox, '"Build booking-api-ci 4711"')
    place = await folder(sandbox, "Cache move", inside="Projects")
    done = await sandbox.call(
        graph_organize_email, message_id=build.id, move_to="cache move", flag="flagged", mark="read"
    )
    email = await sandbox.call(graph_get_email, message_id=build.id)

    assert (build.id, place.id, "flagged", True) == (done.id, done.folder_id, done.flag, done.is_read)
    assert (place.id, "flagged", True) == (email.folder_id, email.flag, email.is_read)


async def test_an_email_is_archived_and_marked_unread_and_unflagged(sandbox: Sandbox) -> None:
    build = await message(sandbox, '"Build booking-api-ci 4711"')
    await sandbox.call(graph_organize_email, message_id=build.id, move_to="archive")
    await sandbox.call(graph_organize_email, message_id=build.id, flag="complete", mark="read")
    done = await sandbox.call(graph_organize_email, message_id=build.id, flag="not_flagged", mark="unread")

    assert build.id in [each.id for each in await whole(sandbox, graph_get_emails, folder="archive")]
    assert ("not_flagged", False) == (done.flag, done.is_read)


async def test_an_email_that_was_only_moved_says_so(sandbox: Sandbox) -> None:
    build = await message(sandbox, '"Build booking-api-ci 4711"')
    await sandbox.fail("graph", method="PATCH", status=429, headers={"Retry-After": "1.5"})

    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_organize_email, message_id=build.id, move_to="archive", mark="read")

    assert ("throttled", 1.5) == (refused.value.code, refused.value.retry_after)
    assert refused.value.message.startswith("The email was moved.")


async def test_nothing_is_written_when_the_folder_is_unknown(sandbox: Sandbox) -> None:
    build = await message(sandbox, '"Build booking-api-ci 4711"')

    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_organize_email, message_id=build.id, move_to="Nowhere", mark="read")

    assert "invalid_argument" == refused.value.code
    assert refused.value.message.startswith("move_to: ")
    assert [] == await writes(sandbox)


@each_tool
async def test_reading_consent_is_not_enough_to_write(read_only: Sandbox, tool: Tool) -> None:
    with pytest.raises(ToolError) as refused:
        await read_only.call(tool.function, user="chiara", **ARGUMENTS[tool.name])

    assert "consent_required" == refused.value.code
    assert ", ".join(tool.scopes) == refused.value.details["missing_scopes"]
    assert [] == await requests(read_only)


@each_tool
@pytest.mark.parametrize(
    ("status", "code"), [(403, "forbidden"), (404, "not_found"), (429, "throttled"), (503, "unavailable")]
)
async def test_graphs_refusals_keep_their_meaning_and_nothing_is_written_twice(
    read_only: Sandbox, tool: Tool, status: int, code: str
) -> None:
    await read_only.fail("graph", status=status, json={"error": {"code": "Any", "message": "No."}})

    with pytest.raises(ToolError) as refused:
        await read_only.call(tool.function, **ARGUMENTS[tool.name])

    assert (code, str(status)) == (refused.value.code, refused.value.details["status"])
    written = [each for each in await requests(read_only) if each["method"] != "GET"]
    assert (0 if tool.function is graph_send_draft else 1) == len(written)


@pytest.mark.parametrize("message_id", ["../../sendMail", "a/send?x#y", "'", MESSAGE_ID, "."])
async def test_an_id_that_is_none_changes_nothing(read_only: Sandbox, message_id: str) -> None:
    for function, arguments in (
        (graph_organize_email, {"message_id": message_id, "move_to": "archive"}),
        (graph_send_draft, {"draft_id": message_id, "version": "1"}),
        (graph_create_draft, {"kind": "reply", "message_id": message_id, "body": "x"}),
    ):
        with pytest.raises(ToolError) as refused:
            await read_only.call(function, **arguments)

        assert refused.value.code in ("invalid_argument", "not_found")
    assert [] == await writes(read_only)


@pytest.mark.parametrize(
    ("function", "arguments", "named"),
    [
        (graph_create_draft, {"body": "x", "to": ["Ben"]}, "to.0: must be an email address"),
        (graph_create_draft, {"body": "x", "kind": "reply"}, "message_id: is missing"),
        (graph_create_draft, {"body": "x", "message_id": MESSAGE_ID}, "message_id: is not for a new email"),
        (
            graph_create_draft,
            {"body": "x", "kind": "forward", "message_id": MESSAGE_ID},
            "to: is missing",
        ),
        (graph_create_draft, {"body": "x", "subject": "two\nlines"}, "subject: must be one line"),
        (graph_create_draft, {"body": "x", "importance": "urgent"}, "importance: "),
        (graph_send_draft, {"draft_id": MESSAGE_ID}, "version: is missing"),
        (graph_send_email, {"to": [], "subject": "x", "body": "x"}, "to: "),
        (graph_send_email, {"to": ["a@b\nBcc: c@d"], "subject": "x", "body": "x"}, "to.0: must be an email"),
        (graph_send_email, {"to": [BEN], "subject": "x", "body": "x", "from": EVA}, "from: is not an arg"),
        (graph_organize_email, {"message_id": MESSAGE_ID}, "move_to: is missing"),
        (graph_organize_email, {"message_id": MESSAGE_ID, "mark": "done"}, "mark: "),
        (graph_organize_email, {"message_id": MESSAGE_ID, "flag": "red"}, "flag: "),
    ],
)
async def test_a_bad_argument_is_named_before_anything_is_asked(
    read_only: Sandbox, function: Any, arguments: dict[str, Any], named: str
) -> None:
    with pytest.raises(ToolError) as refused:
        await read_only.call(function, **arguments)

    assert "invalid_argument" == refused.value.code
    assert refused.value.message.startswith(named)
    assert [] == await requests(read_only)


async def test_a_draft_edited_in_outlook_meanwhile_is_not_sent(sandbox: Sandbox) -> None:
    draft_id = await put(
        sandbox, "messages", {"subject": "Mine", "toRecipients": [{"emailAddress": {"address": BEN_BARE}}]}
    )
    read = await sandbox.call(graph_get_email, message_id=draft_id)
    await sandbox.call(graph_organize_email, message_id=draft_id, mark="unread")

    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_send_draft, draft_id=draft_id, version=read.version)

    assert "conflict" == refused.value.code
    assert "after you read it; it was not sent" in refused.value.message


@pytest.mark.parametrize(
    ("change", "method"), [({"move_to": "archive"}, "POST"), ({"mark": "read", "flag": ""}, "PATCH")]
)
async def test_a_change_without_a_plain_answer_is_not_repeated_and_says_so(
    sandbox: Sandbox, change: dict[str, Any], method: str
) -> None:
    build = await message(sandbox, '"Build booking-api-ci 4711"')
    await sandbox.fail("graph", method=method, path="*/messages/*", status=504, carried_out=True)
    with pytest.raises(ToolError) as failed:
        await sandbox.call(graph_organize_email, message_id=build.id, **change)

    assert ("unavailable", "unknown") == (failed.value.code, failed.value.details["outcome"])
    assert [method] == [each["method"] for each in await requests(sandbox) if each["event"] == "fault"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("ben@x.example, Ana <ana@x.example>", ["ben@x.example", "ana@x.example"]),
        ("Ana <ana@x.example>, ben@x.example", ["ana@x.example", "ben@x.example"]),
        ("ben@x.example; ana@x.example", ["ben@x.example", "ana@x.example"]),
        ("Osei, Ben <ben@x.example>; Duarte, Ana <ana@x.example>", ["ben@x.example", "ana@x.example"]),
        ("Duarte, Ana <ana@x.example>", ["ana@x.example"]),
        ("ana@x.example <ana@x.example>", ["ana@x.example"]),
    ],
)
async def test_everybody_named_in_one_text_is_written_to(given: str, expected: list[str]) -> None:
    graph = PlayedGraph(lambda sent: (202, None) if sent.method == "POST" else {"value": []})
    await graph.call(graph_send_email, to=given, subject="S", body="B")
    (sent,) = (each.body["message"] for each in graph.requests if each.method == "POST")

    assert expected == [each["emailAddress"]["address"] for each in sent["toRecipients"]]


@pytest.mark.parametrize(
    "given", [["ben@x.example, Ana <ana@x.example>"], "Ben <ben@x.example> ana@x.example"]
)
async def test_two_people_are_never_taken_for_one(given: Any) -> None:
    graph = PlayedGraph(lambda _: {"value": []})
    with pytest.raises(ToolError) as refused:
        await graph.call(graph_send_email, to=given, subject="S", body="B")

    assert ("invalid_argument", []) == (refused.value.code, graph.requests)
