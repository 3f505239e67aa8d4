"""Sharing files, who has access to them, and their versions."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.microsoft365.files import (
    sharepoint_download_file,
    sharepoint_get_file,
    sharepoint_read_file,
)
from shared.tools.microsoft365.files_organizing import sharepoint_organize_file
from shared.tools.microsoft365.files_sharing import sharepoint_share_file
from shared.tools.microsoft365.files_writing import sharepoint_upload_file
from tests.shared.tools.mailroom import requests
from tests.shared.tools.played_graph import PlayedGraph, Sent
from tests.shared.tools.sandbox import Sandbox

HOST = "https://larkspur.sharepoint.com"
SITE = f"{HOST}/sites/engineering"
BEN, GRACE = "ben.osei@larkspur.example", "grace.kim@larkspur.example"
OUTSIDE = "kim@quayside.example"


async def refused(sandbox: Sandbox, function: Any, user: str = "ana", **arguments: Any) -> ToolError:
    with pytest.raises(ToolError) as caught:
        await sandbox.call(function, user=user, **arguments)
    return caught.value


async def got(sandbox: Sandbox, file: str = "/notes.md", site: str = "onedrive", **arguments: Any) -> Any:
    return await sandbox.call(sharepoint_get_file, file=file, site=site, **arguments)


async def posted(sandbox: Sandbox) -> list[str]:
    return [
        each["path"].rpartition("/")[2] for each in await requests(sandbox) if each.get("method") == "POST"
    ]


async def test_a_file_is_shared_with_named_people_who_then_read_it(sandbox: Sandbox) -> None:
    file = await got(sandbox)
    before = await refused(sandbox, sharepoint_get_file, user="ben", file=file.id)
    shared = await sandbox.call(
        sharepoint_share_file, file=file.id, people=[BEN, GRACE], message="For the review."
    )
    read = await sandbox.call(sharepoint_read_file, user="ben", file=file.web_url)

    assert "forbidden" == before.code
    assert [(BEN, False), (GRACE, False)] == [(each.address, each.outside) for each in shared.invited]
    assert [("Ben Osei", BEN, ["read"]), ("Grace Kim", GRACE, ["read"])] == [
        (each.who, each.address, each.roles) for each in shared.access
    ]
    assert ("notes.md", None, []) == (shared.file, shared.link, shared.problems)
    assert "Sinead O'Brien" in read.content.text


async def test_who_may_only_read_what_was_shared_does_not_change_it(sandbox: Sandbox) -> None:
    file = await got(sandbox)
    await sandbox.call(sharepoint_share_file, file=file.id, people=BEN)
    change = {"file": file.id, "action": "move", "name": "x.md", "version": file.version}
    error = await refused(sandbox, sharepoint_organize_file, user="ben", **change)
    await sandbox.call(sharepoint_share_file, file=file.id, people=BEN, role="edit")
    done = await sandbox.call(sharepoint_organize_file, user="ben", **change)

    assert ("forbidden", "x.md") == (error.code, done.file.name)


async def test_people_outside_are_marked_and_need_a_word(sandbox: Sandbox) -> None:
    file = await got(sandbox)
    error = await refused(sandbox, sharepoint_share_file, file=file.id, people=[BEN, OUTSIDE])
    before = await posted(sandbox)
    shared = await sandbox.call(sharepoint_share_file, file=file.id, people=[BEN, OUTSIDE], outsiders=True)

    assert ("invalid_argument", []) == (error.code, before)
    assert error.message.startswith("people.1: no member of the organization's directory")
    assert OUTSIDE not in f"{error.message}{error.remedy}{error.details}"
    assert [False, True] == [each.outside for each in shared.invited]
    assert OUTSIDE in [each.address for each in shared.access]


async def test_a_guest_of_the_directory_is_outside() -> None:
    def play(sent: Sent) -> Any:
        if sent.path == "/users":
            return {"value": [{"id": "1", "userPrincipalName": "kim_quayside.example#EXT#@contoso.example"}]}
        return {"id": "01X", "name": "a.txt", "parentReference": {"driveId": "b!x"}}

    graph = PlayedGraph(play)
    with pytest.raises(ToolError) as error:
        await graph.call(sharepoint_share_file, file="b!x:01X", people=["kim@quayside.example"])

    assert error.value.message.startswith("people.0: ")
    assert ["/drives/b!x/items/01X", "/users"] == [each.path for each in graph.requests]


async def test_who_is_named_twice_is_invited_once(sandbox: Sandbox) -> None:
    file = await got(sandbox)
    shared = await sandbox.call(sharepoint_share_file, file=file.id, people=f"{BEN}, {GRACE}, {BEN.upper()}")

    assert [BEN, GRACE] == [each.address.lower() for each in shared.invited]


async def test_whom_the_service_does_not_let_in_is_named(sandbox: Sandbox) -> None:
    file = await got(sandbox)
    people = [BEN, "x@blocked.invalid"]
    shared = await sandbox.call(sharepoint_share_file, file=file.id, people=people, outsiders=True)

    assert ["x@blocked.invalid: Account verification needed to unblock sharing."] == shared.problems
    assert ["Ben Osei"] == [each.who for each in shared.access]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"people": []},
        {"people": "", "organization_link": ""},
        {"people": [BEN], "organization_link": True},
        {"people": ["Ben"]},
        {"people": [BEN], "role": "owner"},
        {"people": [BEN], "message": "x" * 2_001},
        {"organization_link": "anyone"},
    ],
)
async def test_what_says_too_little_shares_nothing(read_only: Sandbox, arguments: dict[str, Any]) -> None:
    file = (await got(read_only)).id
    error = await refused(read_only, sharepoint_share_file, file=file, **arguments)

    assert ("invalid_argument", []) == (error.code, await posted(read_only))


async def test_a_sign_in_is_always_required_and_links_are_never_for_anyone() -> None:
    def play(sent: Sent) -> Any:
        match sent.method, sent.path.rpartition("/")[2]:
            case "POST", "invite":
                return {"value": []}
            case "POST", "createLink":
                link = {"type": "view", "scope": "organization", "webUrl": "https://x.example/s"}
                return 201, {"id": "1", "roles": ["read"], "link": link}
            case _, "users":
                return {"value": [{"id": "1", "userPrincipalName": BEN}]}
        return {"id": "01X", "name": "a.txt", "parentReference": {"driveId": "b!x"}}

    graph = PlayedGraph(play)
    await graph.call(sharepoint_share_file, file="b!x:01X", people=[BEN], role="edit")
    await graph.call(sharepoint_share_file, file="b!x:01X", organization_link=True)
    invitation, link = [each.body for each in graph.requests if each.method == "POST"]

    assert {
        "recipients": [{"email": BEN}],
        "roles": ["write"],
        "requireSignIn": True,
        "sendInvitation": True,
    } == invitation
    assert {"type": "view", "scope": "organization"} == link


async def test_a_link_of_another_kind_than_asked_for_is_not_shown() -> None:
    def play(sent: Sent) -> Any:
        if sent.method == "GET":
            return {"id": "01X", "name": "a.txt", "parentReference": {"driveId": "b!x"}}
        link = {"type": "view", "scope": "anonymous", "webUrl": "https://secret.example/s"}
        return 201, {"id": "1", "roles": ["read"], "link": link}

    with pytest.raises(ToolError) as error:
        await PlayedGraph(play).call(sharepoint_share_file, file="b!x:01X", organization_link=True)

    assert "upstream_error" == error.value.code
    assert "secret.example" not in f"{error.value.message}{error.value.remedy}{error.value.details}"


async def test_a_link_for_the_organization_opens_the_file_to_who_has_it(sandbox: Sandbox) -> None:
    file = await got(sandbox)
    shared = await sandbox.call(sharepoint_share_file, file=file.id, organization_link=True)
    again = await sandbox.call(sharepoint_share_file, file=file.id, organization_link=True)
    by_id = await refused(sandbox, sharepoint_get_file, user="grace", file=file.id)
    read = await sandbox.call(sharepoint_read_file, user="grace", file=f"{shared.link}?e=AbC")
    link = await sandbox.call(sharepoint_download_file, user="grace", file=shared.link)

    assert shared.link == again.link
    assert ["everyone in the organization who has the link"] == [each.who for each in shared.access]
    assert ("forbidden", "# Notes") == (by_id.code, read.content.text[:7])
    assert b"# Notes" == (await sandbox.http.get(link.url)).content[:7]


async def test_an_invitation_without_an_answer_says_so_and_is_not_repeated(sandbox: Sandbox) -> None:
    file = await got(sandbox)
    await sandbox.fail("graph", method="POST", status=503)
    error = await refused(sandbox, sharepoint_share_file, file=file.id, people=[BEN])

    assert ("unavailable", "unknown") == (error.code, error.details["outcome"])
    assert "include access" in error.remedy


async def test_access_and_versions_come_where_they_are_asked_for(read_only: Sandbox) -> None:
    bare = await got(read_only, "/Runbooks/booking-api-build.md", SITE)
    full = await got(read_only, "/Runbooks/booking-api-build.md", SITE, include=["versions", "access"])

    assert (None, None, []) == (bare.versions, bare.access, bare.gaps)
    assert [("3.0", "Ana Duarte"), ("2.0", "Ana Duarte"), ("1.0", "Dmitri Volkov")] == [
        (each.id, each.modified_by) for each in full.versions
    ]
    assert [("Owners", True), ("Members", True), ("Visitors", True)] == [
        (each.who, each.inherited) for each in full.access
    ]
    assert bare.version == full.version


@pytest.mark.parametrize("include", ["access", ["access", "versions"]])
async def test_a_folder_tells_its_access_and_has_no_versions(read_only: Sandbox, include: Any) -> None:
    folder = await got(read_only, "/Documents", include=include)

    assert (None, [], ["Ana Duarte"]) == (folder.versions, folder.gaps, [each.who for each in folder.access])


async def test_what_was_shared_shows_on_the_file_and_comes_from_its_folder(sandbox: Sandbox) -> None:
    folder = await got(sandbox, "/Documents")
    await sandbox.call(sharepoint_share_file, file=folder.id, people=[GRACE], role="edit")
    file = await got(sandbox, "/Documents/objectives.docx", include=["access"])

    assert [
        ("Ben Osei", ["read"], False),
        ("Grace Kim", ["write"], True),
        ("Ana Duarte", ["owner"], True),
    ] == [(each.who, each.roles, each.inherited) for each in file.access]


async def test_a_part_that_cannot_be_read_is_a_named_gap(read_only: Sandbox) -> None:
    await read_only.fail("graph", path="*/permissions", status=403)
    file = await got(read_only, include=["versions", "access"])

    assert (["1.0"], None) == ([each.id for each in file.versions], file.access)
    assert [("access", "forbidden")] == [(each.source, each.code) for each in file.gaps]


async def test_an_earlier_version_is_read(read_only: Sandbox) -> None:
    file = {"file": "/Runbooks/booking-api-build.md", "site": SITE}
    first = await read_only.call(sharepoint_read_file, **file, version_id="1.0")
    present = await read_only.call(sharepoint_read_file, **file, version_id="3.0")
    error = await refused(read_only, sharepoint_read_file, **file, version_id="9.0")

    assert ("1.0", "# Booking API build\n\nAsk Dmitri.") == (first.version_id, first.content.text)
    assert "version 1.0, last changed by Dmitri Volkov" in first.content.origin
    assert (None, True) == (present.version_id, "redis-cache:6379" in present.content.text)
    assert "not_found" == error.code


async def test_a_replaced_file_keeps_what_it_was(sandbox: Sandbox) -> None:
    file = await got(sandbox)
    change = {"name": "notes.md", "site": "onedrive", "text": "New\n", "version": file.version}
    await sandbox.call(sharepoint_upload_file, **change, on_conflict="replace")
    then = await sandbox.call(sharepoint_read_file, file=file.id, version_id="1.0")
    now = await got(sandbox, include=["versions"])

    assert ["2.0", "1.0"] == [each.id for each in now.versions]
    assert then.content.text.startswith("# Notes")
