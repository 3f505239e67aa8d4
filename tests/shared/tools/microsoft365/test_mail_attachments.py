"""Files on outgoing mail: where they come from, how they get there, and what becomes of one that fails."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.microsoft365.mail import graph_get_attachment, graph_get_email, graph_get_emails
from shared.tools.microsoft365.mail_writing import graph_create_draft, graph_send_draft, graph_send_email
from tests.shared.tools.mailroom import message, put, requests
from tests.shared.tools.sandbox import Sandbox

BEN = "ben.osei@larkspur.example"
FINANCE = "finance@larkspur.example"
ENGINEERING = "https://larkspur.sharepoint.com/sites/engineering"
RUNBOOK = {"file": "/Runbooks/booking-api-build.md", "site": ENGINEERING}
NOTE = {"text": "redis-cache: connection refused\n", "name": "trace.log"}
THREE_MEGABYTES = 3 * 1024 * 1024
MAIL = {"to": [BEN], "subject": "The trace", "body": "See below."}


def text(size: int, name: str = "big.txt") -> dict[str, str]:
    """A text of a size in bytes."""
    return {"text": "x" * size, "name": name}


async def refusal(sandbox: Sandbox, function: Any, **arguments: Any) -> ToolError:
    with pytest.raises(ToolError) as refused:
        await sandbox.call(function, **arguments)
    return refused.value


async def asked(sandbox: Sandbox) -> list[tuple[str, str]]:
    """What Graph was asked that is no reading, as method and end of the path."""
    journal = (await sandbox.control("GET", "graph", "journal")).json()
    return [
        (each["method"], each.get("path", each["event"]).rpartition("/")[2])
        for each in journal
        if each["event"] in ("answered", "attachment") and each["method"] != "GET" and each["status"] < 300
    ]


async def arrived(sandbox: Sandbox, user: str = "ben") -> Any:
    """The newest email in an inbox."""
    newest = (await sandbox.call(graph_get_emails, user=user, limit=1)).items[0]
    return await sandbox.call(graph_get_email, user=user, message_id=newest.id)


async def drafts(sandbox: Sandbox) -> list[str]:
    return [str(each.subject) for each in (await sandbox.call(graph_get_emails, folder="drafts")).items]


async def test_a_draft_has_a_file_a_text_and_an_attachment_of_another_email(sandbox: Sandbox):
    rule = await message(sandbox, "1303 hasattachments:true")
    (request,) = (await sandbox.call(graph_get_email, message_id=rule.id)).attachments
    draft = await sandbox.call(
        graph_create_draft,
        attachments=[RUNBOOK, NOTE, {"message_id": rule.id, "attachment_id": request.id}],
        **MAIL,
    )
    sending = await sandbox.call(graph_send_draft, draft_id=draft.id, version=draft.version)
    email = await arrived(sandbox)
    texts = [
        await sandbox.call(graph_get_attachment, user="ben", message_id=email.id, attachment_id=each.id)
        for each in email.attachments
    ]

    names = ["booking-api-build.md", "trace.log", "firewall-request.txt"]
    assert names == [each.name for each in draft.attachments] == sending.attachments
    assert ["text/markdown", "text/plain", "text/plain"] == [each.content_type for each in email.attachments]
    for words, read in zip(("# Booking API build", NOTE["text"], "10.42.8.0/24"), texts, strict=True):
        assert words.strip() in read.text.text


async def test_small_files_of_an_email_go_in_one_request(sandbox: Sandbox):
    sending = await sandbox.call(graph_send_email, attachments=[RUNBOOK, NOTE], **MAIL)
    email = await arrived(sandbox)

    assert [("POST", "sendMail")] == await asked(sandbox)
    assert ["booking-api-build.md", "trace.log"] == sending.attachments
    assert sending.attachments == [each.name for each in email.attachments]


async def test_a_file_is_attached_under_another_name(sandbox: Sandbox):
    draft = await sandbox.call(graph_create_draft, attachments=[{**RUNBOOK, "name": "runbook.txt"}], **MAIL)

    assert [("runbook.txt", "text/plain")] == [(each.name, each.content_type) for each in draft.attachments]


@pytest.mark.parametrize(
    ("size", "requests_made"),
    [
        (THREE_MEGABYTES - 1, [("POST", "messages"), ("POST", "attachments")]),
        (
            THREE_MEGABYTES,
            [("POST", "messages"), ("POST", "createUploadSession"), ("PUT", "attachment")],
        ),
        (
            THREE_MEGABYTES + 1,
            [("POST", "messages"), ("POST", "createUploadSession"), *[("PUT", "attachment")] * 2],
        ),
    ],
)
async def test_from_three_megabytes_on_a_file_is_sent_in_parts(
    sandbox: Sandbox, size: int, requests_made: list[tuple[str, str]]
):
    draft = await sandbox.call(graph_create_draft, attachments=[text(size)], **MAIL)

    assert sorted(requests_made) == sorted(await asked(sandbox))
    assert [("big.txt", size)] == [(each.name, each.size_bytes) for each in draft.attachments]


async def test_an_email_with_large_files_is_sent_as_a_draft_that_has_them_all(sandbox: Sandbox):
    files = [text(THREE_MEGABYTES, "one.txt"), text(100, "two.txt")]
    sending = await sandbox.call(graph_send_email, attachments=files, **MAIL)
    email = await arrived(sandbox)
    copy = await sandbox.call(graph_get_email, message_id=sending.message_id)

    assert [("one.txt", THREE_MEGABYTES), ("two.txt", 100)] == [
        (each.name, each.size_bytes) for each in email.attachments
    ]
    assert ("The trace", False) == (copy.subject, copy.is_draft)
    assert [] == await drafts(sandbox)


async def test_several_files_that_are_too_much_for_a_request_are_sent_one_by_one(sandbox: Sandbox):
    files = [text(THREE_MEGABYTES // 2, f"{number}.txt") for number in range(3)]
    await sandbox.call(graph_send_email, attachments=files, **MAIL)

    assert 3 == len((await arrived(sandbox)).attachments)
    assert 3 == [path for _, path in await asked(sandbox)].count("attachments")


@pytest.mark.parametrize("function", [graph_create_draft, graph_send_email])
async def test_nothing_is_sent_and_no_draft_is_left_when_one_file_fails(sandbox: Sandbox, function: Any):
    fault = {"path": "*/createUploadSession", "status": 503}
    await sandbox.fail("graph", **fault)
    refused = await refusal(sandbox, function, attachments=[NOTE, text(THREE_MEGABYTES)], **MAIL)

    assert "unavailable" == refused.code
    assert "Nothing was sent, and the draft that was begun was deleted." in refused.message
    assert [] == await drafts(sandbox)
    assert "The trace" != (await arrived(sandbox)).subject


async def test_a_part_that_fails_leaves_no_draft(sandbox: Sandbox):
    await sandbox.control("PUT", "graph", "faults", [{"path": "/attachment/*", "status": 500}])
    refused = await refusal(sandbox, graph_send_email, attachments=[text(THREE_MEGABYTES)], **MAIL)

    assert "Nothing was sent" in refused.message
    assert [] == await drafts(sandbox)


async def test_a_draft_that_cannot_be_deleted_is_named(sandbox: Sandbox):
    await sandbox.control(
        "PUT",
        "graph",
        "faults",
        [{"path": "*/attachments", "status": 503}, {"method": "DELETE", "status": 503}],
    )
    refused = await refusal(sandbox, graph_create_draft, attachments=[NOTE], **MAIL)
    (draft,) = (await sandbox.call(graph_get_emails, folder="drafts")).items

    assert f"there is a draft now, with id {draft.id}, that is not complete" in refused.message


async def test_what_may_have_been_sent_is_not_deleted(sandbox: Sandbox):
    await sandbox.fail("graph", path="*/send", status=504, carried_out=True)
    refused = await refusal(sandbox, graph_send_email, attachments=[text(THREE_MEGABYTES)], **MAIL)
    sent = (await sandbox.call(graph_get_emails, folder="sentitems", limit=1)).items[0]

    assert "unknown" == refused.details["outcome"]
    assert "The trace" == sent.subject == (await arrived(sandbox)).subject


async def test_what_was_refused_leaves_no_draft(sandbox: Sandbox):
    denied = {"error": {"code": "ErrorSendAsDenied", "message": "No."}}
    await sandbox.fail("graph", path="*/send", status=403, json=denied)
    refused = await refusal(sandbox, graph_send_email, attachments=[text(THREE_MEGABYTES)], **MAIL)

    assert ("forbidden", "ErrorSendAsDenied") == (refused.code, refused.details["graph_error"])
    assert [] == await drafts(sandbox)


async def test_a_forward_keeps_or_drops_the_attachments(sandbox: Sandbox):
    rule = await message(sandbox, "1303 hasattachments:true")
    kept, dropped = [
        await sandbox.call(
            graph_create_draft,
            kind="forward",
            message_id=rule.id,
            body="FYI",
            to=[BEN],
            attachments=[NOTE],
            drop_attachments=drop,
        )
        for drop in (False, True)
    ]
    original = await sandbox.call(graph_get_email, message_id=rule.id)

    assert ["firewall-request.txt", "trace.log"] == [each.name for each in kept.attachments]
    assert ["trace.log"] == [each.name for each in dropped.attachments]
    assert ["firewall-request.txt"] == [each.name for each in original.attachments]
    sending = await sandbox.call(graph_send_draft, draft_id=dropped.id, version=dropped.version)
    assert (
        ["trace.log"] == sending.attachments == [each.name for each in (await arrived(sandbox)).attachments]
    )


async def test_a_picture_inside_the_text_stays_when_attachments_are_dropped(sandbox: Sandbox):
    file = {"@odata.type": "#microsoft.graph.fileAttachment", "contentBytes": "YQ=="}
    original = await put(
        sandbox,
        "messages",
        {
            "subject": "Chart",
            "attachments": [{**file, "name": "chart.png", "isInline": True}, {**file, "name": "a.txt"}],
        },
    )
    draft = await sandbox.call(
        graph_create_draft,
        kind="forward",
        message_id=original,
        body="FYI",
        to=[BEN],
        drop_attachments=True,
    )

    assert ["chart.png"] == [each.name for each in draft.attachments]


async def test_an_email_attached_to_an_email_is_attached_as_a_file(sandbox: Sandbox):
    item = {
        "@odata.type": "#microsoft.graph.itemAttachment",
        "name": "Question",
        "item": {
            "@odata.type": "microsoft.graph.message",
            "subject": "Question",
            "body": {"content": "Why?"},
        },
    }
    original = await put(sandbox, "messages", {"subject": "Carrier", "attachments": [item]})
    (held,) = (await sandbox.call(graph_get_email, message_id=original)).attachments
    draft = await sandbox.call(
        graph_create_draft, attachments=[{"message_id": original, "attachment_id": held.id}], **MAIL
    )
    (attached,) = draft.attachments
    read = await sandbox.call(graph_get_attachment, message_id=draft.id, attachment_id=attached.id)

    assert ("Question.eml", "message/rfc822") == (attached.name, attached.content_type)
    assert "Why?" in read.text.text


async def test_a_link_is_not_attached(sandbox: Sandbox):
    shared = await message(sandbox, '"Shared folder with the load test results"')
    (link,) = (await sandbox.call(graph_get_email, message_id=shared.id)).attachments
    refused = await refusal(
        sandbox,
        graph_create_draft,
        attachments=[{"message_id": shared.id, "attachment_id": link.id}],
        **MAIL,
    )

    assert "invalid_argument" == refused.code
    assert "is a link to a file" in refused.message
    assert [] == await asked(sandbox)


@pytest.mark.parametrize(
    ("attachments", "said"),
    [
        ([{"file": "/Runbooks", "site": ENGINEERING}], "file: Runbooks is a folder."),
        ([{"file": "/Runbooks/none.md", "site": ENGINEERING}], "found no such item"),
        ([{}], "attachments: each needs one of file, text and attachment_id."),
        ([{**RUNBOOK, **NOTE}], "attachments: each needs one of file, text and attachment_id."),
        ([{"text": "x"}], "attachments: name is needed with text."),
        ([{"attachment_id": "AAMkAD1"}], "attachments: message_id and attachment_id go together."),
        ([{**NOTE, "message_id": "AAMkAD1"}], "attachments: message_id and attachment_id go together."),
        ([{"text": "x", "name": "../etc/passwd"}], "attachments.0.name: "),
        ([{"text": "x", "name": "a.txt", "path": "/etc"}], "attachments.0.path: "),
        ([NOTE] * 21, "attachments: "),
        ([text(3_700_000)] * 8, "text: it has 3,700,000 bytes; up to 314,400 bytes are taken."),
    ],
)
async def test_what_cannot_be_attached_is_refused_before_anything_is_written(
    read_only: Sandbox, attachments: Any, said: str
):
    for function in (graph_create_draft, graph_send_email):
        refused = await refusal(read_only, function, attachments=attachments, **MAIL)

        assert said in refused.message
    assert [] == await asked(read_only)


async def test_a_file_that_is_too_large_is_not_fetched(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shared.tools.microsoft365.mail_attachments.LIMIT_BYTES", 10)
    refused = await refusal(sandbox, graph_create_draft, attachments=[RUNBOOK], **MAIL)

    assert "up to 10 bytes are taken" in refused.message
    assert "web_url" in refused.remedy
    assert not [each for each in await requests(sandbox) if each["path"].endswith("/content")]


async def test_a_forward_alone_drops_attachments(read_only: Sandbox):
    refused = await refusal(read_only, graph_create_draft, body="x", drop_attachments=True)

    assert refused.message.startswith("drop_attachments: is for a forward.")


@pytest.mark.parametrize("nothing", ["", [], None])
async def test_no_attachments_are_none(sandbox: Sandbox, nothing: Any):
    draft = await sandbox.call(graph_create_draft, attachments=nothing, **MAIL)

    assert [] == draft.attachments
    assert [("POST", "messages")] == await asked(sandbox)


async def test_one_attachment_needs_no_list_and_empty_members_are_none(sandbox: Sandbox):
    draft = await sandbox.call(
        graph_create_draft, attachments={**NOTE, "file": "", "site": None, "message_id": ""}, **MAIL
    )

    assert ["trace.log"] == [each.name for each in draft.attachments]


async def test_large_files_in_a_shared_mailbox_are_refused_with_the_reason(sandbox: Sandbox):
    refused = await refusal(
        sandbox, graph_create_draft, attachments=[text(THREE_MEGABYTES)], mailbox=FINANCE, **MAIL
    )
    left = (await sandbox.call(graph_get_emails, folder="drafts", mailbox=FINANCE)).items

    assert "invalid_argument" == refused.code
    assert "3 MB and more can often not be attached in a shared mailbox" in refused.message
    assert [] == left
