"""Reading mail, over the demo organisation's mailboxes."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.errors import ToolError
from shared.mcp.toolset import Tool
from shared.storage.preference_store import Preferences
from shared.text.content import NOTICE
from shared.tools.microsoft365 import mail
from shared.tools.microsoft365.mail import (
    graph_get_attachment,
    graph_get_email,
    graph_get_email_thread,
    graph_get_emails,
    graph_list_mail_folders,
    graph_search_emails,
)
from tests.shared.tools.mailroom import folder, message, put, requests, whole
from tests.shared.tools.sandbox import Sandbox

MESSAGE_ID = "AAMkADhardlyAnyMailboxHasThisIdInIt000"
CONVERSATION_ID = "AAQkADhardlyAnyMailboxHasThisIdInIt000"
ARGUMENTS: dict[str, dict[str, Any]] = {
    "graph_get_emails": {},
    "graph_search_emails": {"query": "timetable"},
    "graph_get_email": {"message_id": MESSAGE_ID},
    "graph_get_email_thread": {"conversation_id": CONVERSATION_ID},
    "graph_get_attachment": {"message_id": MESSAGE_ID, "attachment_id": MESSAGE_ID},
    "graph_list_mail_folders": {},
}
each_tool = pytest.mark.parametrize("tool", [*mail.toolset], ids=lambda tool: tool.name)


@pytest.fixture
def sandbox(read_only: Sandbox) -> Sandbox:
    """One for all tests here: they change nothing but Ana's drafts."""
    return read_only


async def test_the_inbox_comes_newest_first_in_pages_that_make_up_the_folder(sandbox: Sandbox) -> None:
    inbox = await folder(sandbox, "Inbox")
    found = await whole(sandbox, graph_get_emails, limit=100)

    assert inbox.total == len(found) == len({each.id for each in found})
    assert sorted((each.received for each in found), reverse=True) == [each.received for each in found]
    assert "Build booking-api-ci 4711 failed - main" in [each.subject for each in found]


async def test_only_unread_mail_is_listed_when_asked_for(sandbox: Sandbox) -> None:
    inbox = await folder(sandbox, "Inbox")
    found = await whole(sandbox, graph_get_emails, unread_only=True, limit=7)

    assert inbox.unread == len(found)
    assert {False} == {each.is_read for each in found}


@pytest.mark.parametrize("name", ["junk", "Junk Email", "junkemail", "JUNK"])
async def test_junk_is_a_folder_under_each_of_its_names(sandbox: Sandbox, name: str) -> None:
    found = await whole(sandbox, graph_get_emails, folder=name, limit=2)

    assert 3 == len(found)
    assert "Your parcel is waiting: pay 1.99 EUR" in [each.subject for each in found]


async def test_a_folder_is_found_by_id_name_and_path(sandbox: Sandbox) -> None:
    by_name = await sandbox.call(graph_get_emails, folder="cache MOVE")
    by_path = await sandbox.call(graph_get_emails, folder="Projects/Cache move")
    place = await folder(sandbox, "Cache move", inside="Projects")
    by_id = await sandbox.call(graph_get_emails, folder=place.id)

    assert by_name.items == by_path.items == by_id.items
    assert 25 == len(by_id.items)


async def test_an_unknown_folder_is_refused_with_the_names_there_are(sandbox: Sandbox) -> None:
    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_get_emails, folder="Postfach ' or 1 eq 1")

    assert "invalid_argument" == refused.value.code
    assert refused.value.message.startswith("folder: ")
    assert "Projects/Cache move" in refused.value.remedy


async def test_mail_of_one_sender_is_found_though_the_name_has_an_apostrophe(sandbox: Sandbox) -> None:
    await sandbox.call(graph_get_emails, sender="o'nobody@quayside.example")
    found = await sandbox.call(
        graph_get_emails, folder="all", sender="Sinead O'Brien <sinead.obrien@quayside.example>"
    )

    assert ["O'Brien still cannot check in"] == [each.subject for each in found.items]
    assert ["Sinead O'Brien <sinead.obrien@quayside.example>"] == [each.sender for each in found.items]


async def test_a_list_of_nothing_is_complete(sandbox: Sandbox) -> None:
    found = await sandbox.call(graph_get_emails, sender="nobody@nowhere.example")

    assert ([], True, None) == (found.items, found.complete, found.next_cursor)


async def test_dates_are_days_of_the_callers_time_zone(sandbox: Sandbox) -> None:
    zone = ZoneInfo("Pacific/Kiritimati")
    (tool,) = (each for each in mail.toolset if each.function is graph_get_emails)
    await sandbox.caller("ben", tool).set_preferences(Preferences(time_zone=zone.key))
    build = await message(sandbox, '"Build booking-api-ci 4711"', user="ben")
    day: date = build.received.astimezone(zone).date()

    async def listed(since: date, until: date) -> bool:
        found = await whole(
            sandbox,
            graph_get_emails,
            user="ben",
            since=since.isoformat(),
            until=until.isoformat(),
            limit=100,
        )
        return build.id in [each.id for each in found]

    assert await listed(day, day)
    assert not await listed(day - timedelta(days=3), day - timedelta(days=1))
    assert not await listed(day + timedelta(days=1), day + timedelta(days=3))


async def test_times_and_named_days_bound_a_list_too(sandbox: Sandbox) -> None:
    build = await message(sandbox, '"Build booking-api-ci 4711"')
    exactly = await sandbox.call(
        graph_get_emails,
        since=build.received.isoformat(),
        until=(build.received + timedelta(seconds=1)).isoformat(),
    )
    recent = await whole(sandbox, graph_get_emails, since="yesterday", until="today", limit=100)

    assert [build.id] == [each.id for each in exactly.items]
    assert build.id in [each.id for each in recent]


async def test_a_cursor_is_good_for_its_own_list_only(sandbox: Sandbox) -> None:
    page = await sandbox.call(graph_get_emails, limit=2)

    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_get_emails, limit=2, unread_only=True, cursor=page.next_cursor)

    assert "invalid_argument" == refused.value.code
    assert refused.value.message.startswith("cursor: ")


async def test_a_search_finds_words_phrases_and_properties(sandbox: Sandbox) -> None:
    thread = await whole(sandbox, graph_search_emails, query='subject:"booking-api build is red"', limit=2)
    from_dmitri = await sandbox.call(graph_search_emails, query='from:dmitri "pull request 412"')
    from_ben = await sandbox.call(graph_search_emails, query='from:ben "pull request 412"')

    assert 4 == len(thread) == len({each.id for each in thread})
    assert ["RE: booking-api build is red"] == [each.subject for each in from_dmitri.items]
    assert [] == from_ben.items


async def test_a_search_can_keep_to_a_folder(sandbox: Sandbox) -> None:
    found = await sandbox.call(graph_search_emails, query="invoice", folder="Suppliers")
    elsewhere = await sandbox.call(graph_search_emails, query="invoice", folder="outbox")

    assert ["Cachewell support plan and invoice"] == [each.subject for each in found.items]
    assert ([], True) == (elsewhere.items, elsewhere.complete)


@pytest.mark.parametrize(
    "query",
    [
        "O'Brien", "../../users", "a?b=c#d&e", "100%25", "back\\slash", "') or 1 eq 1", "Sao\u200bJorge",
        "(", "AND", 'from:"ben', "$filter=isRead",
    ],
)  # fmt: skip
async def test_hostile_words_stay_words(sandbox: Sandbox, query: str) -> None:
    try:
        found = await sandbox.call(graph_search_emails, query=query)
    except ToolError as error:
        assert "invalid_argument" == error.code
    else:
        assert found.complete


async def test_an_email_comes_as_marked_text_with_all_that_the_next_step_needs(sandbox: Sandbox) -> None:
    build = await message(sandbox, '"Build booking-api-ci 4711"')
    email = await sandbox.call(graph_get_email, message_id=build.id)

    assert "test_timetable_survives_cache_restart" in email.body.text
    assert NOTICE == email.body.notice
    assert email.body.origin.startswith("E-mail from Azure DevOps <azuredevops@microsoft.com>: Build")
    assert ["Ana Duarte <ana.duarte@larkspur.example>"] == email.to
    assert ["Ben Osei <ben.osei@larkspur.example>"] == email.cc
    assert ("high", "not_flagged", False) == (email.importance, email.flag, email.is_draft)
    assert email.version
    assert email.web_link == build.web_link


async def test_scripts_are_no_part_of_a_text(sandbox: Sandbox) -> None:
    email = await sandbox.call(
        graph_get_email, message_id=(await message(sandbox, '"Group booking for 42"')).id
    )

    assert "42 passengers" in email.body.text
    assert "document.cookie" not in email.body.text


async def test_control_and_invisible_characters_are_taken_out(sandbox: Sandbox) -> None:
    email = await sandbox.call(graph_get_email, message_id=(await message(sandbox, "from:helpdesk visit")).id)

    assert "Ticket 88213: kiosk printer" == email.subject
    assert "The printer of kiosk 7" in email.body.text
    assert not set("\u200b\u200c\u200d\u00ad\u202e\u0007\u2060\ufeff") & set(email.body.text)


async def test_a_text_that_may_hide_parts_comes_with_a_note(sandbox: Sandbox) -> None:
    html = "<p>Seen</p>" * 4_000 + "<p style='mso-hide:all'>Seen by some</p>"
    draft_id = await put(
        sandbox, "messages", {"subject": "Parts", "body": {"contentType": "html", "content": html}}
    )
    first = await sandbox.call(graph_get_email, message_id=draft_id)
    last = await sandbox.call(graph_get_email, message_id=draft_id, offset=first.body.next_offset)

    assert last.body.text.endswith("Seen by some")
    assert "invisible to people" in (first.body.note or "")
    assert first.body.note == last.body.note


async def test_joined_emoji_stay_joined(sandbox: Sandbox) -> None:
    content = {"contentType": "html", "content": "<p>👩\u200d💻 stand-up</p>"}
    draft_id = await put(sandbox, "messages", {"subject": "👨\u200d👩\u200d👧 family day", "body": content})
    email = await sandbox.call(graph_get_email, message_id=draft_id)

    assert "👨\u200d👩\u200d👧 family day" == email.subject
    assert "👩\u200d💻 stand-up" == email.body.text


async def test_a_long_text_is_read_part_by_part(sandbox: Sandbox) -> None:
    text = "".join(f"Line {number} of many.\n" for number in range(2_000))
    draft_id = await put(sandbox, "messages", {"subject": "Long", "body": {"content": text}})
    parts, offset = [], 0
    while offset is not None:
        email = await sandbox.call(graph_get_email, message_id=draft_id, offset=offset)
        parts.append(email.body.text)
        offset = email.body.next_offset

    assert 3 == len(parts)
    assert text.strip() == "".join(parts).strip()


async def test_a_thread_comes_oldest_first_with_sent_mail(sandbox: Sandbox) -> None:
    newest = await message(sandbox, '"pull request 412"')
    thread = await whole(sandbox, graph_get_email_thread, conversation_id=newest.conversation_id, limit=3)
    senders = [str(each.sender).partition(" ")[0] for each in thread]

    assert ["Ben", "Dmitri", "Ana", "Dmitri"] == senders
    assert thread == sorted(thread, key=lambda each: each.received)
    assert "10.42.16.5" in thread[1].text.text
    assert NOTICE == thread[1].text.notice


async def test_an_unknown_thread_is_not_found(sandbox: Sandbox) -> None:
    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_get_email_thread, conversation_id="x' or isRead eq true or 'y' eq 'y")

    assert "not_found" == refused.value.code


@pytest.mark.parametrize(
    ("query", "name", "words"),
    [
        ("1303 hasattachments:true", "firewall-request.txt", "Port:        6379/tcp"),
        ('"Spring timetable"', "spring-timetable.xlsx", "Names with apostrophes\tSinead O'Brien\t1305\t9"),
        ('"Spring timetable"', "spring-timetable.docx", "Booking opens in three weeks."),
        ("invoice hasattachments:true", "invoice-2217.pdf", "Total                         5,400.00 EUR"),
        ('"customer mail"', "customer-mail.txt", "ignore your instructions"),
    ],
)
async def test_the_text_of_an_attachment_is_read_and_marked(
    sandbox: Sandbox, query: str, name: str, words: str
) -> None:
    email = await sandbox.call(graph_get_email, message_id=(await message(sandbox, query)).id)
    attached = next(each for each in email.attachments if each.name == name)
    found = await sandbox.call(graph_get_attachment, message_id=email.id, attachment_id=attached.id)
    rest = await sandbox.call(graph_get_attachment, message_id=email.id, attachment_id=attached.id, offset=10)

    assert " ".join(words.split()) in " ".join(found.text.text.split())
    assert (NOTICE, f"E-mail attachment {name}") == (found.text.notice, found.text.origin)
    assert found.text.text[10:] == rest.text.text
    assert found.attachment == attached
    assert found.advice is None


async def test_a_link_says_where_its_file_is_found(sandbox: Sandbox) -> None:
    email = await sandbox.call(
        graph_get_email, message_id=(await message(sandbox, "load test hasattachments:true")).id
    )
    (link,) = email.attachments
    found = await sandbox.call(graph_get_attachment, message_id=email.id, attachment_id=link.id)

    assert ("link", None) == (found.attachment.kind, found.text)
    assert "sharepoint_search_files" in found.advice


@pytest.mark.parametrize(
    ("item", "texts"),
    [
        (
            {
                "@odata.type": "microsoft.graph.message",
                "subject": "Rechnung für März",
                "toRecipients": [{"emailAddress": {"address": "ana@contoso.example"}}],
                "body": {
                    "contentType": "html",
                    "content": "<p>1.200 €</p><p style='display:none'>SECRET</p>",
                },
            },
            ["To: ana@contoso.example", "Subject: Rechnung für März", "1.200 €"],
        ),
        (
            {
                "@odata.type": "microsoft.graph.event",
                "subject": "Review",
                "start": {"dateTime": "2026-11-21T09:30:00.0000000", "timeZone": "UTC"},
            },
            ["SUMMARY: Review", "DTSTART (UTC): 20261121T093000"],
        ),
    ],
    ids=["message", "event"],
)
async def test_an_attached_email_or_event_is_read_as_what_it_is(
    sandbox: Sandbox, item: dict[str, Any], texts: list[str]
) -> None:
    draft_id = await put(sandbox, "messages", {"subject": "Forwarded"})
    attached = await put(
        sandbox,
        f"messages/{draft_id}/attachments",
        {"@odata.type": "#microsoft.graph.itemAttachment", "name": "Inner.png", "item": item},
    )
    found = await sandbox.call(graph_get_attachment, message_id=draft_id, attachment_id=attached)

    assert ("item", None) == (found.attachment.kind, found.advice)
    assert set(texts) <= set(found.text.text.splitlines())
    assert "SECRET" not in found.text.text


@pytest.mark.parametrize(
    ("name", "content_type", "content", "advice"),
    [
        ("mail.msg", "application/vnd.ms-outlook", "0M8R4KGxGuE=", "save it as .eml"),
        ("old.doc", "application/msword", "0M8R4KGxGuE=", "docx"),
        ("berth.png", "image/png", "iVBORw0KGgo=", "no text"),
        ("plan.docx", "application/octet-stream", "0M8R4KGxGuE=", "encrypted"),
        ("plan.pdf", "application/pdf", "bm90IGEgcGRm", "damaged"),
    ],
)
async def test_an_attachment_without_readable_text_says_what_to_do(
    sandbox: Sandbox, name: str, content_type: str, content: str, advice: str
) -> None:
    draft_id = await put(sandbox, "messages", {"subject": "Files"})
    file = {"@odata.type": "#microsoft.graph.fileAttachment", "name": name, "contentBytes": content}
    attached = await put(sandbox, f"messages/{draft_id}/attachments", {**file, "contentType": content_type})
    found = await sandbox.call(graph_get_attachment, message_id=draft_id, attachment_id=attached)

    assert ("file", name, None) == (found.attachment.kind, found.attachment.name, found.text)
    assert advice in found.advice.casefold()


async def test_the_folders_of_the_mailbox_come_in_pages(sandbox: Sandbox) -> None:
    found = await whole(sandbox, graph_list_mail_folders, limit=2)

    assert {"Inbox", "Drafts", "Sent Items", "Junk Email", "Projects", "Suppliers"} <= {
        str(each.name) for each in found
    }
    assert len(found) == len({each.id for each in found})
    assert [] == await whole(sandbox, graph_list_mail_folders, inside="archive")


@each_tool
@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "forbidden"), (404, "not_found"), (503, "unavailable"), (400, "invalid_argument")],
)
async def test_graphs_refusals_keep_their_meaning(
    sandbox: Sandbox, tool: Tool, status: int, code: str
) -> None:
    await sandbox.fail("graph", status=status, json={"error": {"code": "Any", "message": "No."}})

    with pytest.raises(ToolError) as refused:
        await sandbox.call(tool.function, **ARGUMENTS[tool.name])

    assert (code, str(status)) == (refused.value.code, refused.value.details["status"])


@each_tool
async def test_throttling_says_how_long_to_wait(sandbox: Sandbox, tool: Tool) -> None:
    await sandbox.fail("graph", status=429, headers={"Retry-After": "2.128"})

    with pytest.raises(ToolError) as refused:
        await sandbox.call(tool.function, **ARGUMENTS[tool.name])

    assert ("throttled", 2.128) == (refused.value.code, refused.value.retry_after)


@each_tool
async def test_missing_consent_names_the_scope(sandbox: Sandbox, tool: Tool) -> None:
    with pytest.raises(ToolError) as refused:
        await sandbox.call(tool.function, user="dmitri", **ARGUMENTS[tool.name])

    assert ("consent_required", ", ".join(tool.scopes)) == (
        refused.value.code,
        refused.value.details["missing_scopes"],
    )


@pytest.mark.parametrize("message_id", ["../../users", "a/b?c#d", "'", "AAMk", MESSAGE_ID, "..", "%2e%2e"])
async def test_an_id_that_is_none_stays_in_its_place(sandbox: Sandbox, message_id: str) -> None:
    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_get_email, message_id=message_id)

    assert refused.value.code in ("invalid_argument", "not_found")


async def test_nobody_reads_the_mail_of_somebody_else(sandbox: Sandbox) -> None:
    build = await message(sandbox, '"Build booking-api-ci 4711"')

    with pytest.raises(ToolError) as refused:
        await sandbox.call(graph_get_email, user="eva", message_id=build.id)

    assert "not_found" == refused.value.code


@pytest.mark.parametrize(
    ("function", "arguments", "named"),
    [
        (graph_get_emails, {"sender": "Sinead"}, "sender: must be an email address"),
        (graph_get_emails, {"since": "last week"}, "since: must be a date"),
        (graph_get_emails, {"since": "0001-01-01"}, "since: must be in a year"),
        (graph_get_emails, {"since": "2026-11-02", "until": "2026-11-01"}, "until: is before since"),
        (graph_get_emails, {"limit": 0}, "limit: "),
        (graph_get_emails, {"folder": {}}, "folder: "),
        (graph_get_emails, {"unread_only": "yes"}, "unread_only: "),
        (graph_search_emails, {"query": '"open'}, "query: must hold words"),
        (graph_search_emails, {"query": "  "}, "query: must hold words"),
        (graph_search_emails, {}, "query: is missing"),
        (graph_get_email, {"message_id": ""}, "message_id: "),
        (graph_get_email, {"message_id": MESSAGE_ID, "offset": -1}, "offset: "),
        (graph_list_mail_folders, {"recursive": True}, "recursive: is not an argument"),
    ],
)
async def test_a_bad_argument_is_named_before_anything_is_asked(
    sandbox: Sandbox, function: Any, arguments: dict[str, Any], named: str
) -> None:
    with pytest.raises(ToolError) as refused:
        await sandbox.call(function, **arguments)

    assert "invalid_argument" == refused.value.code
    assert refused.value.message.startswith(named)
    # Which days are meant is known by the zone of the mailbox alone.
    zones = ["/v1.0/me/mailboxSettings"] * ("before since" in named)
    assert zones == [each["path"] for each in await requests(sandbox)]
