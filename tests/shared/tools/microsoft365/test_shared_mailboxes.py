"""Mailboxes of others: read, organized, drafted in and sent from, with the scopes for shared ones alone."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.mcp.tool import Tool
from shared.tools.microsoft365 import mail, mail_organizing, mail_writing
from shared.tools.microsoft365.mail import (
    graph_get_attachment,
    graph_get_email,
    graph_get_email_thread,
    graph_get_emails,
    graph_list_mail_folders,
    graph_search_emails,
)
from shared.tools.microsoft365.mail_organizing import graph_organize_email
from shared.tools.microsoft365.mail_writing import graph_create_draft, graph_send_draft, graph_send_email
from tests.shared.tools.mailroom import requests
from tests.shared.tools.played_graph import PlayedGraph
from tests.shared.tools.sandbox import Sandbox

FINANCE = "finance@larkspur.example"
BERTHS = "berths@larkspur.example"
CHIARA = "chiara.rossi@larkspur.example"
TOMASZ = "tomasz.wojcik@cachewell.example"
BEN = "ben.osei@larkspur.example"
NOTE = {"text": "Paid on Monday.", "name": "payment.txt"}
TOOLS = [*mail.toolset, *mail_writing.toolset, *mail_organizing.toolset]


async def refusal(sandbox: Sandbox, function: Any, user: str = "ana", **arguments: Any) -> ToolError:
    with pytest.raises(ToolError) as refused:
        await sandbox.call(function, user=user, **arguments)
    return refused.value


async def reminder(sandbox: Sandbox) -> Any:
    """The email in the inbox of finance."""
    return (await sandbox.call(graph_get_emails, mailbox=FINANCE)).items[0]


async def newest(sandbox: Sandbox, user: str = "ana", **where: Any) -> Any:
    found = (await sandbox.call(graph_get_emails, user=user, limit=1, **where)).items[0]
    more = {"mailbox": where["mailbox"]} if "mailbox" in where else {}
    return await sandbox.call(graph_get_email, user=user, message_id=found.id, **more)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_no_call_about_ones_own_mailbox_needs_a_scope_for_shared_ones(tool: Tool):
    assert not [scope for scope in tool.scopes if scope.endswith(".Shared")]
    assert [scope for scope in tool.optional_scopes if scope.endswith(".Shared")]
    assert "mailbox" in tool.input_schema["properties"]


async def test_a_shared_mailbox_is_read_by_every_tool(read_only: Sandbox):
    listed = await reminder(read_only)
    found = (await read_only.call(graph_search_emails, query="2217", mailbox=FINANCE)).items
    email = await read_only.call(graph_get_email, message_id=listed.id, mailbox=FINANCE)
    thread = await read_only.call(
        graph_get_email_thread, conversation_id=listed.conversation_id, mailbox=FINANCE
    )
    (attached,) = email.attachments
    text = await read_only.call(
        graph_get_attachment, message_id=listed.id, attachment_id=attached.id, mailbox=FINANCE
    )
    folders = await read_only.call(graph_list_mail_folders, mailbox=FINANCE)

    assert [listed.id] == [each.id for each in found] == [each.id for each in thread.items]
    assert "due in three weeks" in email.body.text
    assert "Amount: 5,400.00 EUR" in text.text.text
    assert "Inbox" in [each.name for each in folders.items]
    assert not [each for each in await requests(read_only) if each["path"].startswith("/v1.0/me/mess")]


async def test_dates_are_in_the_users_own_zone(read_only: Sandbox):
    await read_only.call(graph_get_emails, mailbox=FINANCE, since="yesterday")

    asked = [each["path"] for each in await requests(read_only)]
    assert "/v1.0/me/mailboxSettings" in asked
    assert f"/v1.0/users/{FINANCE}/mailFolders/inbox/messages" in asked


async def test_an_email_of_a_shared_mailbox_is_organized(sandbox: Sandbox):
    listed = await reminder(sandbox)
    done = await sandbox.call(
        graph_organize_email, message_id=listed.id, move_to="archive", mark="read", mailbox=FINANCE
    )

    assert (listed.id, True) == (done.id, done.is_read)
    assert listed.id == (await newest(sandbox, folder="archive", mailbox=FINANCE)).id


async def test_a_reply_from_a_shared_mailbox_is_in_its_name_and_kept_there(sandbox: Sandbox):
    listed = await reminder(sandbox)
    draft = await sandbox.call(
        graph_create_draft,
        kind="reply",
        message_id=listed.id,
        body="It is.",
        cc=[BEN],
        attachments=[NOTE],
        mailbox=FINANCE,
    )
    sending = await sandbox.call(graph_send_draft, draft_id=draft.id, version=draft.version, mailbox=FINANCE)
    copy = await newest(sandbox, folder="sentitems", mailbox=FINANCE)
    arrived = await newest(sandbox, user="ben")

    assert ["Tomasz Wojcik (Cachewell) <tomasz.wojcik@cachewell.example>"] == draft.to
    assert sending.message_id == copy.id
    assert f"Sent Items of {FINANCE}" in sending.note
    assert f"Larkspur Finance <{FINANCE}>" == arrived.sender == copy.sender
    assert ["payment.txt"] == [each.name for each in arrived.attachments]
    assert "Reminder: invoice 2217" not in str((await newest(sandbox, folder="sentitems")).subject)


async def test_an_email_is_sent_at_once_from_a_shared_mailbox(sandbox: Sandbox):
    sending = await sandbox.call(
        graph_send_email, to=[BEN], subject="Paid", body="Paid.", attachments=[NOTE], mailbox=FINANCE
    )

    assert f"of {FINANCE}" in sending.note
    assert "Paid" == (await newest(sandbox, folder="sentitems", mailbox=FINANCE)).subject
    assert f"Larkspur Finance <{FINANCE}>" == (await newest(sandbox, user="ben")).sender


async def test_an_attachment_in_a_shared_mailbox_is_attached_to_what_it_sends(sandbox: Sandbox):
    listed = await reminder(sandbox)
    (held,) = (await sandbox.call(graph_get_email, message_id=listed.id, mailbox=FINANCE)).attachments
    sending = await sandbox.call(
        graph_send_email,
        to=[BEN],
        subject="Paid?",
        body="Paid?",
        attachments=[{"message_id": listed.id, "attachment_id": held.id}],
        mailbox=FINANCE,
    )

    assert ["reminder-2217.txt"] == sending.attachments


async def test_who_may_not_send_in_a_mailboxs_name_is_told_that(sandbox: Sandbox):
    draft = await sandbox.call(graph_create_draft, body="x", subject="x", to=[BEN], mailbox=BERTHS)
    by_draft = await refusal(
        sandbox, graph_send_draft, draft_id=draft.id, version=draft.version, mailbox=BERTHS
    )
    at_once = await refusal(sandbox, graph_send_email, to=[BEN], subject="x", body="x", mailbox=BERTHS)

    for refused in (by_draft, at_once):
        assert ("forbidden", "ErrorSendAsDenied") == (refused.code, refused.details["graph_error"])
        assert "send in that name" in refused.message
        assert "not shared with you" not in refused.message


@pytest.mark.parametrize(
    ("user", "mailbox"),
    [("ana", "nobody@larkspur.example"), ("ana", BEN), ("ben", FINANCE), ("ana", CHIARA)],
)
async def test_what_is_not_shared_may_be_there_or_not(read_only: Sandbox, user: str, mailbox: str):
    for function, arguments in (
        (graph_get_emails, {"folder": "all"}),
        (graph_list_mail_folders, {}),
        (graph_get_emails, {"folder": "sentitems"}),
        (graph_create_draft, {"body": "x"}),
        (graph_send_email, {"to": [TOMASZ], "subject": "x", "body": "x"}),
    ):
        refused = await refusal(read_only, function, user=user, mailbox=mailbox, **arguments)

        assert refused.code in ("forbidden", "not_found")
        assert f"mailbox: {mailbox}, or what you ask for in it, is not there or not shared" in refused.message


async def test_a_folder_that_is_shared_alone_is_read_by_its_name(read_only: Sandbox):
    page = await read_only.call(graph_get_emails, mailbox=CHIARA)
    email = await read_only.call(graph_get_email, message_id=page.items[0].id, mailbox=CHIARA)

    assert page.items[0].subject == email.subject


async def test_ids_and_cursors_belong_to_their_mailbox(read_only: Sandbox):
    own = await read_only.call(graph_get_emails, limit=1)
    others = await reminder(read_only)
    wrong = [
        await refusal(read_only, graph_get_email, message_id=own.items[0].id, mailbox=FINANCE),
        await refusal(read_only, graph_get_email, message_id=others.id),
    ]
    cursor = await refusal(read_only, graph_get_emails, limit=1, cursor=own.next_cursor, mailbox=FINANCE)

    assert ["not_found"] * 2 == [each.code for each in wrong]
    assert "ids that come from this mailbox" in wrong[0].remedy
    assert ("invalid_argument", True) == (cursor.code, cursor.message.startswith("cursor: "))


@pytest.mark.parametrize(
    ("function", "arguments", "missing"),
    [
        (graph_get_emails, {}, "Mail.Read.Shared"),
        (graph_get_email, {"message_id": "AAMkAD1"}, "Mail.Read.Shared"),
    ],
)
async def test_consent_is_asked_for_the_scope_that_is_missing(
    read_only: Sandbox, function: Any, arguments: dict[str, Any], missing: str
):
    refused = await refusal(read_only, function, user="eva", mailbox=FINANCE, **arguments)

    assert ("consent_required", missing) == (refused.code, refused.details["missing_scopes"])
    assert (await read_only.call(graph_get_emails, user="eva", limit=1)).items


@pytest.mark.parametrize("mailbox", ["", None, "  "])
async def test_no_mailbox_is_ones_own(read_only: Sandbox, mailbox: Any):
    page = await read_only.call(graph_get_emails, mailbox=mailbox, limit=1)

    assert page.items == (await read_only.call(graph_get_emails, limit=1)).items


@pytest.mark.parametrize("mailbox", ["finance", "a@b/../me", "Ana <ana@larkspur.example>"])
async def test_what_is_no_address_is_no_mailbox(read_only: Sandbox, mailbox: str):
    refused = await refusal(read_only, graph_get_emails, mailbox=mailbox)

    assert "invalid_argument" == refused.code


async def test_what_is_written_in_a_mailbox_names_it_as_its_author():
    drafted = {
        "@odata.etag": 'W/"d"',
        "id": "D1",
        "isDraft": True,
        "lastModifiedDateTime": "2030-01-01T00:00:00Z",
    }
    graph = PlayedGraph(lambda sent: (202, {}) if sent.path.endswith("sendMail") else (201, drafted))
    await graph.call(graph_create_draft, body="x", mailbox=FINANCE)
    await graph.call(graph_create_draft, body="x", kind="reply", message_id="M1", mailbox=FINANCE)
    await graph.call(graph_send_email, body="x", subject="x", to=[BEN], mailbox=FINANCE)
    author = {"emailAddress": {"address": FINANCE}}
    posted = [each for each in graph.requests if each.method == "POST"]

    assert [
        f"/users/{FINANCE}/messages",
        f"/users/{FINANCE}/messages/M1/createReply",
        f"/users/{FINANCE}/sendMail",
    ] == [each.path for each in posted]
    assert [author] * 3 == [each.body.get("message", each.body)["from"] for each in posted]
    assert not [each for each in posted if "sender" in each.body.get("message", each.body)]
