"""Files of work items: read as text or named, attached from a library or from text."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.devops.work_item_attachments import (
    devops_attach_to_work_item,
    devops_get_work_item_attachment,
)
from shared.tools.devops.work_items import devops_get_work_item
from shared.tools.microsoft365.files import sharepoint_search_files
from tests.shared.tools.devops_calls import requests
from tests.shared.tools.sandbox import Sandbox

LARKSPUR = {"organization": "larkspur"}
ENGINEERING = "https://larkspur.sharepoint.com/sites/engineering"
TASK = {**LARKSPUR, "work_item_id": 1311}


async def task(sandbox: Sandbox) -> Any:
    return (await sandbox.call(devops_get_work_item, work_item_ids=[1311], **LARKSPUR)).items[0]


async def refusal(sandbox: Sandbox, function: Any, **arguments: Any) -> ToolError:
    with pytest.raises(ToolError) as refused:
        await sandbox.call(function, **arguments)
    return refused.value


async def test_a_log_is_read_as_text_of_others(read_only: Sandbox):
    log = await read_only.call(devops_get_work_item_attachment, attachment="Cache-Clients.LOG", **TASK)

    assert "client=kiosk-genoa" in log.text.text
    assert "Attachment cache-clients.log of work item 1311" == log.text.origin
    assert (None, "Who still signs in with the old one") == (log.advice, log.comment)
    assert len(log.text.text.encode()) + len("\n") == log.size_bytes
    assert log.web_url.endswith("/_workitems/edit/1311")


async def test_a_part_of_a_log_is_read_from_an_offset(read_only: Sandbox):
    whole = await read_only.call(devops_get_work_item_attachment, attachment="cache-clients.log", **TASK)
    part = await read_only.call(
        devops_get_work_item_attachment, attachment="cache-clients.log", offset=20, **TASK
    )

    assert whole.text.text[20:] == part.text.text


async def test_a_picture_is_named_and_not_fetched(read_only: Sandbox):
    picture = await read_only.call(devops_get_work_item_attachment, attachment="cache-clients.png", **TASK)

    assert (None, "image/png", 70) == (picture.text, picture.media_type, picture.size_bytes)
    assert "picture" in picture.advice and picture.web_url in picture.advice
    assert [] == [each for each in await requests(read_only) if "/attachments/" in each["path"]]


async def test_an_attachment_is_named_by_id_and_by_its_links_address(read_only: Sandbox):
    link = next(each for each in (await task(read_only)).links if each.title == "cache-clients.log")
    given = [link.url, link.url.rsplit("/", 1)[-1], f"{link.url}?fileName=other.txt"]
    found = [await read_only.call(devops_get_work_item_attachment, attachment=each, **TASK) for each in given]

    assert ["cache-clients.log"] * 3 == [each.name for each in found]


@pytest.mark.parametrize(
    ("attachment", "code"),
    [
        (None, "invalid_argument"),
        ("other.log", "not_found"),
        ("https://evil.example/_apis/wit/attachments/11111111-2222-4333-8444-555555555555", "not_found"),
    ],
)
async def test_what_names_none_or_several_is_answered_with_those_there_are(
    read_only: Sandbox, attachment: str | None, code: str
):
    refused = await refusal(read_only, devops_get_work_item_attachment, attachment=attachment, **TASK)

    assert code == refused.code
    assert "cache-clients.log" in refused.message and "cache-clients.png" in refused.message


async def test_a_work_item_without_attachments_is_said_so(read_only: Sandbox):
    refused = await refusal(read_only, devops_get_work_item_attachment, work_item_id=1305, **LARKSPUR)

    assert ("not_found", True) == (refused.code, "it has: none" in refused.message)


async def test_what_is_too_large_is_not_fetched(sandbox: Sandbox):
    url = "https://devops.test/larkspur/_apis/wit/attachments/11111111-2222-4333-8444-555555555555"
    attributes = {"name": "dump.txt", "resourceSize": 17_000_000}
    relations = [{"rel": "AttachedFile", "url": url, "attributes": attributes}]
    body = {"id": 1311, "rev": 1, "fields": {}, "relations": relations}
    await sandbox.fail("devops", path="*/workitems/1311", status=200, json=body)

    found = await sandbox.call(devops_get_work_item_attachment, **TASK)

    assert ("dump.txt", None, True) == (found.name, found.text, "too large" in found.advice)


async def test_an_address_tells_the_project_and_nothing_else(sandbox: Sandbox):
    url = "https://evil.example/larkspur/_apis/wit/attachments/11111111-2222-4333-8444-555555555555"
    relations = [
        {"rel": "AttachedFile", "url": url, "attributes": {"name": None, "resourceSize": None}},
        {"rel": "AttachedFile", "url": "no address", "attributes": None},
        {"rel": None, "url": None},
    ]
    body = {"id": 1311, "rev": 1, "fields": None, "relations": relations}
    await sandbox.fail("devops", path="*/workitems/1311", status=200, json=body)

    found = await sandbox.call(devops_get_work_item_attachment, **TASK)

    assert ("11111111-2222-4333-8444-555555555555", None) == (found.name, found.size_bytes)
    assert found.advice


async def test_a_text_is_attached_to_the_revision_that_was_read(sandbox: Sandbox):
    before = await task(sandbox)
    attached = await sandbox.call(
        devops_attach_to_work_item,
        rev=before.rev,
        text="line one\nline two",
        name="trace ä.log",
        comment="From the kiosk",
        **TASK,
    )
    read = await sandbox.call(devops_get_work_item_attachment, attachment=attached.id, **TASK)

    assert (before.rev + 1, 17) == (attached.work_item.rev, attached.size_bytes)
    assert ("trace ä.log", "From the kiosk") == (read.name, read.comment)
    assert "line one\nline two" == read.text.text


async def test_a_file_of_a_library_is_attached_with_its_name_or_another(sandbox: Sandbox):
    found = (await sandbox.call(sharepoint_search_files, query="release", site=ENGINEERING)).items
    file = next(each for each in found if each.media_type)
    first = await sandbox.call(
        devops_attach_to_work_item, rev=(await task(sandbox)).rev, file=file.id, **TASK
    )
    second = await sandbox.call(
        devops_attach_to_work_item, rev=first.work_item.rev, file=file.id, name="plan.bin", **TASK
    )

    assert (file.name, file.size) == (first.name, first.size_bytes)
    assert "plan.bin" == second.name
    assert {file.name, "plan.bin"} <= {each.title for each in (await task(sandbox)).links}


async def test_to_another_revision_nothing_is_uploaded(sandbox: Sandbox):
    rev = (await task(sandbox)).rev - 1
    refused = await refusal(
        sandbox, devops_attach_to_work_item, rev=rev, text="late", name="late.txt", **TASK
    )

    assert ("conflict", str(rev + 1)) == (refused.code, refused.details["current_version"])
    assert [] == [each for each in await requests(sandbox, "POST") if "attachments" in each["path"]]


async def test_a_change_between_upload_and_attaching_is_a_conflict(sandbox: Sandbox):
    before = await task(sandbox)
    await sandbox.fail("devops", method="PATCH", status=412, json={"message": "VS403351: rev"})
    refused = await refusal(
        sandbox, devops_attach_to_work_item, rev=before.rev, text="late", name="late.txt", **TASK
    )

    assert "conflict" == refused.code
    assert refused.message.startswith("The file was uploaded.")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "file:"),
        ({"text": "", "file": None, "name": None}, "file:"),
        ({"text": "a", "file": "/plan.docx", "name": "a.txt"}, "file:"),
        ({"text": "a"}, "name:"),
        ({"text": "a", "name": "../a.txt"}, "name"),
        ({"text": "a", "name": "a."}, "name"),
    ],
)
async def test_what_cannot_be_attached_is_refused_at_once(
    read_only: Sandbox, given: dict[str, Any], named: str
):
    refused = await refusal(read_only, devops_attach_to_work_item, rev=1, **given, **TASK)

    assert ("invalid_argument", True) == (refused.code, named in refused.message)
    assert [] == await requests(read_only)


async def test_a_work_item_with_a_hundred_attachments_takes_no_more(sandbox: Sandbox):
    url = "https://devops.test/larkspur/_apis/wit/attachments/11111111-2222-4333-8444-5555555555"
    relations = [{"rel": "AttachedFile", "url": f"{url}{number:02}"} for number in range(100)]
    body = {"id": 1311, "rev": 1, "fields": {}, "relations": relations}
    await sandbox.fail("devops", path="*/workitems/1311", status=200, json=body)
    refused = await refusal(sandbox, devops_attach_to_work_item, rev=1, text="a", name="a.txt", **TASK)

    assert ("invalid_argument", True) == (refused.code, "100 attachments" in refused.message)


async def test_a_text_over_the_bound_is_refused_in_bytes(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shared.tools.devops.work_item_attachments.LIMIT_BYTES", 3)
    rev = (await task(sandbox)).rev
    refused = await refusal(sandbox, devops_attach_to_work_item, rev=rev, text="ää", name="a.txt", **TASK)

    assert ("invalid_argument", True) == (refused.code, "4 bytes" in refused.message)
