"""Making folders, moving, renaming, copying and deleting files, over the demo organisation's libraries."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.http.deadline import deadline
from shared.tools.microsoft365.file_params import File
from shared.tools.microsoft365.files import sharepoint_get_file, sharepoint_list_files, sharepoint_read_file
from shared.tools.microsoft365.files_organizing import (
    sharepoint_create_folder,
    sharepoint_delete_file,
    sharepoint_organize_file,
)
from tests.shared.tools.mailroom import requests
from tests.shared.tools.sandbox import Sandbox

HOST = "https://larkspur.sharepoint.com"
SITE = f"{HOST}/sites/engineering"
HARBOUR = f"{HOST}/sites/harbour-ops"


async def refused(sandbox: Sandbox, function: Any, user: str = "ana", **arguments: Any) -> ToolError:
    with pytest.raises(ToolError) as caught:
        await sandbox.call(function, user=user, **arguments)
    return caught.value


async def got(sandbox: Sandbox, file: str, site: str = SITE) -> Any:
    return await sandbox.call(sharepoint_get_file, file=file, site=site)


async def names(sandbox: Sandbox, folder: str = "/", site: str = SITE) -> list[str]:
    page = await sandbox.call(sharepoint_list_files, folder=folder, site=site, limit=100)
    return [each.name for each in page.items]


async def changes(sandbox: Sandbox) -> list[tuple[str, int]]:
    """The requests that could change something, with what became of them."""
    return [
        (each["method"], each["status"])
        for each in await requests(sandbox)
        if each["event"] == "answered" and each["method"] != "GET"
    ]


async def test_a_folder_is_made_where_it_is_wanted(sandbox: Sandbox) -> None:
    made: File = await sandbox.call(
        sharepoint_create_folder, name="2026-Q4", folder="/Release notes", site=SITE
    )

    assert ("2026-Q4", "/Release notes", 0) == (made.name, made.folder, made.children)
    assert made.id == (await got(sandbox, f"{SITE}/Shared Documents/Release notes/2026-Q4")).id


async def test_a_folder_that_is_there_is_left_and_told(sandbox: Sandbox) -> None:
    there = await got(sandbox, "/Runbooks")
    error = await refused(sandbox, sharepoint_create_folder, name="runbooks", site=SITE)

    assert {"current_id": there.id, "current_version": there.version} == error.details
    assert ("conflict", 4) == (error.code, (await got(sandbox, "/Runbooks")).children)


@pytest.mark.parametrize(
    "name", ["CON", "lpt9", ".lock", "Desktop.ini", "x_vti_y", "~$plan.docx", "end.", " x", "a/b", "a:b", "."]
)
async def test_names_that_sharepoint_does_not_take_are_refused_unsent(read_only: Sandbox, name: str) -> None:
    error = await refused(read_only, sharepoint_create_folder, name=name, site=SITE)

    assert ("invalid_argument", "name: ") == (error.code, error.message[:6])
    assert [] == await changes(read_only)


async def test_a_path_that_is_too_long_is_refused_unsent(sandbox: Sandbox) -> None:
    folder = await sandbox.call(sharepoint_create_folder, name="x" * 200, site=SITE)
    before = await changes(sandbox)
    error = await refused(sandbox, sharepoint_create_folder, name="y" * 200, folder=folder.id)

    assert "more than 400 characters" in error.message
    assert before == await changes(sandbox)


async def test_a_file_is_no_place_for_a_folder(read_only: Sandbox) -> None:
    error = await refused(read_only, sharepoint_create_folder, name="x", folder="/glossary.csv", site=SITE)

    assert ("invalid_argument", "folder: glossary.csv is a file.") == (error.code, error.message)


async def test_a_file_is_renamed_in_the_version_that_was_read(sandbox: Sandbox) -> None:
    file = await got(sandbox, "/glossary.csv")
    done = await sandbox.call(
        sharepoint_organize_file, file=file.id, action="move", name="words.csv", version=file.version
    )

    assert (file.id, "words.csv", "/") == (done.file.id, done.file.name, done.file.folder)
    assert "words.csv" in await names(sandbox)


@pytest.mark.parametrize("by", ["path", "id", "address"])
async def test_a_file_is_moved_to_a_folder_and_renamed_at_once(sandbox: Sandbox, by: str) -> None:
    file, folder = await got(sandbox, "/glossary.csv"), await got(sandbox, "/Architecture")
    to = {"path": "/Architecture", "id": folder.id, "address": folder.web_url}[by]
    change = {"folder": to, "name": "words.csv", "version": file.version}
    done = await sandbox.call(sharepoint_organize_file, file=file.web_url, action="move", **change)

    assert (file.id, "/Architecture", "words.csv") == (done.file.id, done.file.folder, done.file.name)
    assert "glossary.csv" not in await names(sandbox)


async def test_a_file_is_moved_to_the_top_of_its_library(sandbox: Sandbox) -> None:
    file = await got(sandbox, "/Architecture/overview.md")
    done = await sandbox.call(
        sharepoint_organize_file, file=file.id, action="move", folder="/", version=file.version
    )

    assert "/" == done.file.folder


async def test_a_name_that_is_taken_is_left_alone(sandbox: Sandbox) -> None:
    file, there = await got(sandbox, "/glossary.csv"), await got(sandbox, "/Architecture/overview.md")
    change = {"file": file.id, "name": "overview.md", "folder": "/Architecture"}
    moved = await refused(sandbox, sharepoint_organize_file, action="move", version=file.version, **change)
    copied = await refused(sandbox, sharepoint_organize_file, action="copy", **change)
    renamed = await refused(
        sandbox,
        sharepoint_organize_file,
        file=file.id,
        action="move",
        name="pipeline.yml",
        version=file.version,
    )

    assert ["conflict"] * 3 == [each.code for each in (moved, copied, renamed)]
    assert there.id == moved.details["current_id"] == copied.details["current_id"]
    assert there == await got(sandbox, "/Architecture/overview.md")


async def test_another_version_is_neither_moved_nor_deleted(sandbox: Sandbox) -> None:
    old = await got(sandbox, "/glossary.csv")
    change = {"file": old.id, "action": "move", "version": old.version}
    newer = (await sandbox.call(sharepoint_organize_file, **change, name="words.csv")).file
    moved = await refused(sandbox, sharepoint_organize_file, **change, name="terms.csv")
    deleted = await refused(sandbox, sharepoint_delete_file, file=old.id, version=old.version)

    assert ["conflict"] * 2 == [moved.code, deleted.code]
    assert (newer.version, "words.csv") == (moved.details["current_version"], moved.details["current_name"])
    assert (newer.version, "Ana Duarte") == (
        deleted.details["current_version"],
        deleted.details["current_modified_by"],
    )
    assert "words.csv" in await names(sandbox)


async def test_a_file_that_somebody_has_open_is_said_to_be_locked(sandbox: Sandbox) -> None:
    file = await got(sandbox, "/Timetable/spring.csv", HARBOUR)
    change = {"file": file.id, "version": file.version}
    errors = [
        await refused(sandbox, sharepoint_organize_file, **change, action="move", name="x.csv"),
        await refused(sandbox, sharepoint_delete_file, **change),
    ]

    assert [("conflict", "423")] * 2 == [(each.code, each.details["status"]) for each in errors]
    assert all("locked" in each.message for each in errors)


async def test_a_move_stays_in_its_library(sandbox: Sandbox) -> None:
    file, folder = await got(sandbox, "/glossary.csv"), await got(sandbox, "/Berths", HARBOUR)
    error = await refused(
        sandbox,
        sharepoint_organize_file,
        file=file.id,
        action="move",
        folder=folder.id,
        version=file.version,
    )

    assert "invalid_argument" == error.code
    assert "sharepoint_delete_file" in error.remedy
    assert [] == await changes(sandbox)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"action": "move"}, "folder, name: "),
        ({"action": "copy"}, "folder, name: "),
        ({"action": "move", "name": "x.csv"}, "version: "),
        ({"action": "move", "folder": "", "name": " ", "version": "1"}, "folder, name: "),
        ({"action": "erase", "name": "x.csv"}, "action: "),
        ({"action": "copy", "name": "NUL"}, "name: "),
        ({"action": "copy", "folder": "/glossary.csv"}, "folder: glossary.csv is a file."),
        ({"action": "copy", "folder": "/../x"}, "folder: "),
    ],
)
async def test_what_says_too_little_changes_nothing(
    read_only: Sandbox, change: dict[str, Any], said: str
) -> None:
    file = (await got(read_only, "/glossary.csv")).id
    error = await refused(read_only, sharepoint_organize_file, file=file, **change)

    assert "invalid_argument" == error.code
    assert error.message.startswith(said)
    assert [] == await changes(read_only)


async def test_a_path_does_not_say_which_file_was_looked_at(read_only: Sandbox) -> None:
    error = await refused(read_only, sharepoint_delete_file, file="/glossary.csv", version='"1"')

    assert ("invalid_argument", "file: ") == (error.code, error.message[:6])


async def test_a_copy_goes_to_another_library_with_all_that_is_in_it(sandbox: Sandbox) -> None:
    folder, to = await got(sandbox, "/Runbooks"), await got(sandbox, "/Berths", HARBOUR)
    done = await sandbox.call(
        sharepoint_organize_file, file=folder.id, action="copy", folder=to.id, name="Copied"
    )

    assert ("Copied", "/Berths", 4) == (done.file.name, done.file.folder, done.file.children)
    assert await names(sandbox, "/Runbooks") == await names(sandbox, "/Berths/Copied", HARBOUR)
    assert "Earlier versions" in done.note


async def test_a_copy_can_stay_in_the_folder_under_another_name(sandbox: Sandbox) -> None:
    file = await got(sandbox, "/Architecture/overview.md")
    change = {"file": file.id, "action": "copy", "name": "overview (old).md"}
    stale = await refused(sandbox, sharepoint_organize_file, **change, version='"old,1"')
    done = await sandbox.call(sharepoint_organize_file, **change, version=file.version)

    assert ("conflict", file.version) == (stale.code, stale.details["current_version"])
    assert ("overview (old).md", "/Architecture") == (done.file.name, done.file.folder)
    assert file.id != done.file.id


async def test_a_copy_that_takes_long_is_said_to_go_on(sandbox: Sandbox) -> None:
    file = await got(sandbox, "/glossary.csv")
    running = {"operation": "ItemCopy", "percentageComplete": 27.8, "status": "inProgress"}
    await sandbox.fail("graph_files", path="/monitor/*", status=202, json=running)
    async with deadline(10.4):
        done = await sandbox.call(sharepoint_organize_file, file=file.id, action="copy", name="slow.csv")

    assert done.file is None
    assert "goes on by itself (28 %)" in done.note


@pytest.mark.parametrize("status", [404, 500])
async def test_a_copy_that_cannot_be_watched_is_said_to_go_on(sandbox: Sandbox, status: int) -> None:
    file = await got(sandbox, "/glossary.csv")
    await sandbox.fail("graph_files", path="/monitor/*", status=status)
    done = await sandbox.call(sharepoint_organize_file, file=file.id, action="copy", name="slow.csv")

    assert (None, True) == (done.file, "goes on by itself" in done.note)


async def test_a_copy_that_is_done_elsewhere_is_found_by_its_name(sandbox: Sandbox) -> None:
    file = await got(sandbox, "/glossary.csv")
    await sandbox.call(sharepoint_organize_file, file=file.id, action="copy", name="done.csv")
    await sandbox.fail(
        "graph_files", path="/monitor/*", status=303, headers={"Location": "https://x.example/"}
    )
    done = await sandbox.call(sharepoint_organize_file, file=file.id, action="copy", name="done.csv")

    assert "done.csv" == done.file.name


async def test_a_copy_that_failed_says_why(sandbox: Sandbox) -> None:
    file = await got(sandbox, "/glossary.csv")
    failure = {"status": "failed", "error": {"code": "quotaLimitReached", "message": "No room."}}
    await sandbox.fail("graph_files", path="/monitor/*", status=200, json=failure)
    error = await refused(sandbox, sharepoint_organize_file, file=file.id, action="copy", name="x.csv")

    assert ("upstream_error", "Microsoft Graph did not finish the copy: No room.") == (
        error.code,
        error.message,
    )


async def test_a_copy_refused_at_once_for_its_name_tells_what_is_there(sandbox: Sandbox) -> None:
    file, there = await got(sandbox, "/glossary.csv"), await got(sandbox, "/pipeline.yml")
    taken = {"error": {"code": "nameAlreadyExists", "message": "Name already exists"}}
    await sandbox.fail("graph", path="*/copy", status=409, json=taken)
    error = await refused(sandbox, sharepoint_organize_file, file=file.id, action="copy", name=there.name)

    assert ("conflict", there.id) == (error.code, error.details["current_id"])


async def test_a_copy_without_an_answer_says_so_and_is_not_repeated(sandbox: Sandbox) -> None:
    file = await got(sandbox, "/glossary.csv")
    await sandbox.fail("graph", method="POST", status=503)
    error = await refused(sandbox, sharepoint_organize_file, file=file.id, action="copy", name="x.csv")

    assert ("unavailable", "unknown") == (error.code, error.details["outcome"])
    assert "sharepoint_list_files" in error.remedy


@pytest.mark.parametrize(
    "location", [None, "http://graph-files.test/monitor/x", "https://evil.example/monitor/x", "/monitor/x"]
)
async def test_no_other_host_is_asked_how_a_copy_goes(sandbox: Sandbox, location: str | None) -> None:
    file = await got(sandbox, "/glossary.csv")
    headers = {"Location": location} if location else {}
    await sandbox.fail("graph", method="POST", path="*/copy", status=202, headers=headers)
    error = await refused(sandbox, sharepoint_organize_file, file=file.id, action="copy", name="x.csv")

    assert "upstream_error" == error.code


async def test_a_monitor_gets_no_token(sandbox: Sandbox) -> None:
    """It answers 401 to who sends one."""
    file = await got(sandbox, "/glossary.csv")
    await sandbox.call(sharepoint_organize_file, file=file.id, action="copy", name="x.csv")
    journal = (await sandbox.control("GET", "graph", "journal")).json()

    assert [202, 200] == [each["status"] for each in journal if each["event"] == "monitor"]


async def test_a_deleted_file_is_in_the_recycle_bin(sandbox: Sandbox) -> None:
    file = await got(sandbox, "/glossary.csv")
    done = await sandbox.call(sharepoint_delete_file, file=file.id, version=file.version)

    assert (file.id, "glossary.csv", None) == (done.id, done.name, done.children)
    assert "recycle bin" in done.note
    assert "glossary.csv" not in await names(sandbox)


async def test_a_folder_with_something_in_it_needs_a_word(sandbox: Sandbox) -> None:
    folder = await got(sandbox, "/Runbooks")
    change = {"file": folder.id, "version": folder.version}
    error = await refused(sandbox, sharepoint_delete_file, **change)
    nothing = await refused(sandbox, sharepoint_delete_file, **change, with_contents="")
    before = await changes(sandbox)
    done = await sandbox.call(sharepoint_delete_file, **change, with_contents=True)

    assert "holds 4 items" in error.message
    assert ([], error.message) == (before, nothing.message)
    assert (4, "Runbooks") == (done.children, done.name)
    assert "Runbooks" not in await names(sandbox)


async def test_an_empty_folder_needs_none(sandbox: Sandbox) -> None:
    folder = await sandbox.call(sharepoint_create_folder, name="Empty", site=SITE)
    await sandbox.call(sharepoint_delete_file, file=folder.id, version=folder.version)

    assert "Empty" not in await names(sandbox)


async def test_a_deletion_without_an_answer_says_so(sandbox: Sandbox) -> None:
    file = await got(sandbox, "/glossary.csv")
    await sandbox.fail("graph", method="DELETE", status=503)
    error = await refused(sandbox, sharepoint_delete_file, file=file.id, version=file.version)

    assert ("unavailable", "unknown") == (error.code, error.details["outcome"])


@pytest.mark.parametrize("user", ["eva", "chiara"])
async def test_who_may_only_read_changes_nothing(sandbox: Sandbox, user: str) -> None:
    file = await got(sandbox, "/glossary.csv")
    error = await refused(sandbox, sharepoint_delete_file, user=user, file=file.id, version=file.version)

    assert "consent_required" == error.code
    assert await sandbox.call(sharepoint_read_file, file=file.id)


@pytest.mark.parametrize("name", ["a:b", " lead", "trail\u3000", "x.", "a\tb", 'say "x"', "a/b", "."])
async def test_a_name_that_sharepoint_does_not_take_is_refused_in_words(
    read_only: Sandbox, name: str
) -> None:
    error = await refused(read_only, sharepoint_create_folder, name=name, site=SITE)

    assert error.message.startswith(
        'name: must not hold any of " * : < > ? / \\ |, begin or end with a space'
    )
    assert [] == await changes(read_only)
