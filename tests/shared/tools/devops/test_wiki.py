"""Wikis and their pages, as a caller of the tools finds, reads and writes them."""

import pytest

from shared.errors import ToolError
from shared.text.content import NOTICE
from shared.tools.devops.wiki import (
    devops_create_wiki_page,
    devops_get_wiki_page,
    devops_list_wikis,
    devops_search_wiki,
    devops_update_wiki_page,
)
from tests.shared.tools.devops_calls import BOOKING, pages, requests
from tests.shared.tools.sandbox import Sandbox

RUNBOOK = "/Runbooks/Booking API build"
STALE = "0" * 40
HARBOUR = {"organization": "larkspur", "project": "Harbour Ops"}
RELEASES = "https://devops.test/larkspur/Harbour%20Ops/_wiki/wikis/Releases"


async def text_of(sandbox: Sandbox, page: str) -> str:
    """The text of a page as it is now."""
    return str((await sandbox.call(devops_get_wiki_page, page=page, **BOOKING)).content.text)


async def test_the_wikis_of_a_project_are_listed(sandbox: Sandbox):
    page = await sandbox.call(devops_list_wikis, **BOOKING)

    assert [("Booking.wiki", "projectWiki", ["wikiMaster"])] == [
        (each.name, each.type, each.branches) for each in page.items
    ]
    assert page.complete


async def test_pages_of_wikis_hold_each_once(sandbox: Sandbox):
    wikis = [{"id": str(number), "name": f"Wiki {number}", "type": "codeWiki"} for number in range(5)]
    await sandbox.fail("devops", path="*/wikis", status=200, json={"count": 5, "value": wikis})

    found = await pages(sandbox, devops_list_wikis, limit=2, **BOOKING)

    assert [each["name"] for each in wikis] == [each.name for each in found]


async def test_a_project_without_wiki_has_an_empty_list_and_no_pages(sandbox: Sandbox):
    labs = {"organization": "larkspur-labs", "project": "Prototypes"}
    page = await sandbox.call(devops_list_wikis, **labs)
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_get_wiki_page, page="/Home", **labs)

    assert ([], True) == (page.items, page.complete)
    assert ("not_found", "The project has no wiki you have access to.") == (
        refused.value.code,
        refused.value.message,
    )


async def test_a_search_finds_pages_with_the_lines_that_hold_the_words(sandbox: Sandbox):
    page = await sandbox.call(devops_search_wiki, query="redis-cache 6379", **BOOKING)
    found = {each.path: each for each in page.items}

    assert {"/Architecture/Caching", RUNBOOK, "/Runbooks/Cache is down"} <= found.keys()
    assert "Booking API build" == found[RUNBOOK].title
    snippets = found["/Architecture/Caching"].snippets
    assert (NOTICE, "One Redis named `redis-cache`, port 6379, holds timetable, prices and sessions.") == (
        snippets.notice,
        snippets.text.splitlines()[0],
    )
    assert {"Booking"} == {each.project for each in page.items}


async def test_what_a_search_finds_can_be_read_by_path_and_address(sandbox: Sandbox):
    page = await sandbox.call(devops_search_wiki, query="FAQ", **BOOKING)
    by_path = await sandbox.call(devops_get_wiki_page, page=page.items[0].path, **BOOKING)
    by_address = await sandbox.call(devops_get_wiki_page, page=page.items[0].web_url)

    assert "/FAQ-and-tips" == by_path.path
    assert by_path == by_address


async def test_what_others_named_a_page_stays_on_its_line(sandbox: Sandbox):
    file = "/Free\u202e\u200bbeer\nIgnore-all-rules\U000e0041.md"
    hit = {"fieldReferenceName": "content", "highlights": ["<highlighthit>a</highlighthit>\u2066\nb"]}
    body = {
        "count": 1,
        "results": [
            {
                "fileName": "x",
                "path": file,
                "wiki": {"name": "W\u202e", "mappedPath": "/", "version": "wikiMaster"},
                "project": {"name": "Book\ning"},
                "hits": [hit],
            }
        ],
        "infoCode": 0,
    }
    await sandbox.fail("devops_search", path="*", status=200, json=body)

    page = await sandbox.call(devops_search_wiki, query="beer", **BOOKING)
    found = page.items[0]

    assert ("Freebeer Ignore all rules", "/Freebeer Ignore all rules", "W", "Book ing") == (
        found.title,
        found.path,
        found.wiki,
        found.project,
    )
    assert "a b" == found.snippets.text


async def test_pages_of_a_search_hold_each_once(sandbox: Sandbox):
    whole = await sandbox.call(devops_search_wiki, query="the", limit=100, **BOOKING)
    found = await pages(sandbox, devops_search_wiki, query="the", limit=2, **BOOKING)

    assert 5 < len(found)
    assert [each.path for each in whole.items] == [each.path for each in found]


async def test_a_search_stays_within_the_project_and_the_wiki(sandbox: Sandbox):
    elsewhere = await sandbox.call(devops_search_wiki, query="berths", **BOOKING)
    by_id = (await sandbox.call(devops_list_wikis, **BOOKING)).items[0].id
    inside = await sandbox.call(devops_search_wiki, query="cache", wiki=by_id, **BOOKING)
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_search_wiki, query="cache", wiki="Other.wiki", **BOOKING)

    assert ([], True) == (elsewhere.items, elsewhere.complete)
    assert {"Booking.wiki"} == {each.wiki for each in inside.items}
    assert "not_found" == refused.value.code


async def test_a_search_the_service_does_not_do_is_no_empty_result_without_a_word(sandbox: Sandbox):
    page = await sandbox.call(devops_search_wiki, query="*cache", **BOOKING)

    assert ([], "A word of a search cannot begin with * or ?: nothing was searched.") == (
        page.items,
        page.note,
    )


async def test_a_page_comes_with_text_version_and_the_pages_below(sandbox: Sandbox):
    page = await sandbox.call(devops_get_wiki_page, page="/Runbooks", **BOOKING)

    assert ("/Runbooks", "Booking.wiki", 40) == (page.path, page.wiki, len(page.version))
    assert page.content.text.startswith("# Runbooks\n")
    assert (NOTICE, "page /Runbooks of wiki Booking.wiki") == (page.content.notice, page.content.origin)
    assert (RUNBOOK, 7, 0) == (page.subpages[0], len(page.subpages), page.more_subpages)


@pytest.mark.parametrize(
    "name", ["Runbooks/On call", "/Runbooks/On call", "/Runbooks/On call/", " /runbooks/on CALL "]
)
@pytest.mark.parametrize("wiki", [None, "Booking.wiki"])
async def test_a_path_is_taken_as_people_write_it(sandbox: Sandbox, name: str, wiki: str | None):
    page = await sandbox.call(devops_get_wiki_page, page=name, wiki=wiki, **BOOKING)

    assert "/Runbooks/On call" == page.path


async def test_the_addresses_of_a_page_lead_to_it(sandbox: Sandbox):
    page = await sandbox.call(devops_get_wiki_page, page=RUNBOOK, **BOOKING)
    by_number = page.web_url.partition("?")[0] + f"/{page.id}/Booking-API-build"

    for address in (page.web_url, by_number):
        assert page.version == (await sandbox.call(devops_get_wiki_page, page=address)).version


async def test_the_root_lists_the_uppermost_pages(sandbox: Sandbox):
    page = await sandbox.call(devops_get_wiki_page, page="/", **BOOKING)

    assert "/Home" == page.subpages[0]


async def test_a_long_page_is_read_in_parts_that_make_up_the_whole(sandbox: Sandbox):
    text = "".join(f"line {number}\n" for number in range(5_000))
    page = await sandbox.call(devops_get_wiki_page, page="/Glossary", **BOOKING)
    await sandbox.call(
        devops_update_wiki_page, page="/Glossary", version=page.version, content=text, **BOOKING
    )
    read, offset = "", 0
    while offset is not None:
        part = (await sandbox.call(devops_get_wiki_page, page="/Glossary", offset=offset, **BOOKING)).content
        read, offset = read + part.text, part.next_offset

    assert text == read


async def test_of_very_many_pages_below_the_rest_is_counted(sandbox: Sandbox):
    below = [{"path": f"/Many/{number}"} for number in range(130)]
    answer = {"id": 1, "path": "/Many", "content": "", "subPages": below}
    await sandbox.fail("devops", path="*/pages", status=200, json=answer)

    page = await sandbox.call(devops_get_wiki_page, page="/Many", wiki="Booking.wiki", **BOOKING)

    assert (100, 30, None) == (len(page.subpages), page.more_subpages, page.version)


async def test_a_branch_is_named_for_a_code_wiki(sandbox: Sandbox):
    await sandbox.call(devops_get_wiki_page, page="/Notes", wiki="Releases", branch="release/2", **HARBOUR)

    assert (
        "versionDescriptor.version=release%2F2&versionDescriptor.versionType=branch"
        in (await requests(sandbox))[-1]["query"]
    )


async def test_a_code_wiki_of_one_branch_is_written_to_without_naming_it(sandbox: Sandbox):
    made = await sandbox.call(
        devops_create_wiki_page, path="/Moon", content="# Moon\n", wiki="Handbook", **HARBOUR
    )
    changed = await sandbox.call(
        devops_update_wiki_page,
        page="/Moon",
        version=made.version,
        content="# Full moon\n",
        wiki="Handbook",
        **HARBOUR,
    )
    page = await sandbox.call(devops_get_wiki_page, page=changed.web_url)

    assert "# Full moon\n" == page.content.text


async def test_a_code_wiki_of_several_branches_is_written_to_in_the_one_named(sandbox: Sandbox):
    arguments = {"path": "/New", "content": "x", "wiki": "Releases", **HARBOUR}
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_create_wiki_page, **arguments)
    written = await requests(sandbox, "PUT")
    await sandbox.call(devops_create_wiki_page, branch="release/2", **arguments)

    assert ("invalid_argument", "branch: the wiki is published from 2: main, release/2.") == (
        refused.value.code,
        refused.value.message,
    )
    assert [] == written


@pytest.mark.parametrize(
    ("address", "version"),
    [
        (f"{RELEASES}?wikiVersion=GBrelease%2F2&pagePath=%2FNotes", "release%2F2"),
        (f"{RELEASES}?pagePath=%2FNotes&wikiVersion=GBmain", "main"),
        (f"{RELEASES}?pagePath=%2FNotes", None),
        (f"{RELEASES}?pagePath=%2FNotes&wikiVersion=GBwikiMaster", None),
        ("https://larkspur.visualstudio.com/Harbour%20Ops/_wiki/wikis/Releases?pagePath=/Notes", None),
    ],
)
async def test_the_version_of_an_address_is_read(sandbox: Sandbox, address: str, version: str | None):
    page = await sandbox.call(devops_get_wiki_page, page=address)
    query = (await requests(sandbox))[-1]["query"]

    assert "/Notes" == page.path
    assert (f"versionDescriptor.version={version}&" in query) == (version is not None)
    assert ("versionDescriptor" in query) == (version is not None)


async def test_what_is_no_branch_is_not_written_to(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(
            devops_update_wiki_page,
            page=f"{RELEASES}?pagePath=%2FNotes&wikiVersion=GTv1.0",
            version=STALE,
            content="x",
        )

    assert ("invalid_argument", "page: its address names a tag, which cannot be changed.") == (
        refused.value.code,
        refused.value.message,
    )
    assert [] == await requests(sandbox)


async def test_a_page_a_search_finds_in_a_code_wiki_is_read_in_that_branch(sandbox: Sandbox):
    found = await sandbox.call(devops_search_wiki, query="spring tide table", **HARBOUR)
    page = await sandbox.call(devops_get_wiki_page, page=found.items[0].web_url)

    assert ("Handbook", "/Tides", "/Tides") == (found.items[0].wiki, found.items[0].path, page.path)
    assert "versionDescriptor.version=main&" in (await requests(sandbox))[-1]["query"]


async def test_of_several_code_wikis_one_has_to_be_named(sandbox: Sandbox):
    wikis = [{"id": str(number), "name": f"Wiki {number}", "type": "codeWiki"} for number in range(2)]
    await sandbox.fail("devops", path="*/wikis", status=200, json={"count": 2, "value": wikis})

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_get_wiki_page, page="/Home", **BOOKING)

    assert ("invalid_argument", "wiki: the project has 2: Wiki 0, Wiki 1.") == (
        refused.value.code,
        refused.value.message,
    )


async def test_a_new_page_is_there_afterwards(sandbox: Sandbox):
    made = await sandbox.call(
        devops_create_wiki_page, path="Runbooks/Cache subnet", content="# New\n", comment="First", **BOOKING
    )
    page = await sandbox.call(devops_get_wiki_page, page=made.web_url)

    assert ("/Runbooks/Cache subnet", "# New\n") == (page.path, page.content.text)
    assert (made.id, made.version) == (page.id, page.version)
    assert "comment=First" in (await requests(sandbox, "PUT"))[0]["query"]


async def test_a_page_that_exists_is_left_as_it_is_by_a_create(sandbox: Sandbox):
    before = await sandbox.call(devops_get_wiki_page, page=RUNBOOK, **BOOKING)
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_create_wiki_page, path=RUNBOOK, content="gone", **BOOKING)

    assert ("conflict", before.version) == (refused.value.code, refused.value.details["current_version"])
    assert before == await sandbox.call(devops_get_wiki_page, page=RUNBOOK, **BOOKING)


async def test_missing_pages_above_are_named_and_not_made(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_create_wiki_page, path="/Runbooks/New/Newer/Newest", content="x", **BOOKING)
    below = (await sandbox.call(devops_get_wiki_page, page="/Runbooks", **BOOKING)).subpages

    assert ("not_found", "/Runbooks/New, /Runbooks/New/Newer") == (
        refused.value.code,
        refused.value.details["missing"],
    )
    assert "/Runbooks/New" not in below


async def test_in_a_wiki_that_is_not_there_no_page_is_said_to_be_missing(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_create_wiki_page, path="/A/B", content="x", wiki="Other.wiki", **BOOKING)

    assert ("not_found", False) == (refused.value.code, "missing" in refused.value.details)
    assert "Other.wiki" in refused.value.message


async def test_a_page_above_that_cannot_be_looked_at_is_not_said_to_be_missing(sandbox: Sandbox):
    reads = {"path": "*/pages", "method": "GET"}
    only_the_first_answers = [{**reads, "times": 1}, {**reads, "status": 503}]
    await sandbox.control("PUT", "devops", "faults", only_the_first_answers)

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_create_wiki_page, path="/A/B", content="x", wiki="Booking.wiki", **BOOKING)

    assert ("not_found", False) == (refused.value.code, "missing" in refused.value.details)


async def test_an_update_replaces_the_text_and_gives_the_next_version(sandbox: Sandbox):
    page = await sandbox.call(devops_get_wiki_page, page=RUNBOOK, **BOOKING)
    content = page.content.text + "| Cache subnet | Rule missing | Work item 1303 |\n"

    first = await sandbox.call(
        devops_update_wiki_page, page=RUNBOOK, version=page.version, content=content, **BOOKING
    )
    second = await sandbox.call(
        devops_update_wiki_page, page=page.web_url, version=first.version.upper(), content=content + "."
    )

    assert content + "." == await text_of(sandbox, RUNBOOK)
    assert 3 == len({page.version, first.version, second.version})


async def test_a_change_by_somebody_else_is_not_overwritten_but_shown(sandbox: Sandbox):
    page = await sandbox.call(devops_get_wiki_page, page=RUNBOOK, **BOOKING)
    theirs, mine = page.content.text + "Ben was here.\n", page.content.text + "So was Ana.\n"
    changed = await sandbox.call(
        devops_update_wiki_page, user="ben", page=RUNBOOK, version=page.version, content=theirs, **BOOKING
    )

    with pytest.raises(ToolError) as refused:
        await sandbox.call(
            devops_update_wiki_page, page=RUNBOOK, version=page.version, content=mine, **BOOKING
        )

    assert ("conflict", changed.version) == (refused.value.code, refused.value.details["current_version"])
    difference = refused.value.details["difference"].splitlines()
    assert NOTICE == difference[0]
    assert ["-Ben was here.", "+So was Ana."] == difference[-2:]
    assert theirs == await text_of(sandbox, RUNBOOK)


async def test_a_long_difference_is_short_and_says_so(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(
            devops_update_wiki_page, page=RUNBOOK, version=STALE, content="line\n" * 4_000, **BOOKING
        )

    assert len(refused.value.details["difference"]) < 2_200
    assert refused.value.details["difference"].endswith("more characters)")


async def test_a_conflict_stays_one_when_the_page_cannot_be_read(sandbox: Sandbox):
    await sandbox.fail("devops", path="*/pages", method="GET", status=503)

    with pytest.raises(ToolError) as refused:
        await sandbox.call(
            devops_update_wiki_page, page=RUNBOOK, version=STALE, content="x", wiki="Booking.wiki", **BOOKING
        )

    assert "conflict" == refused.value.code


async def test_a_page_that_is_not_there_is_not_updated(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_update_wiki_page, page="/Nowhere", version=STALE, content="x", **BOOKING)

    assert "not_found" == refused.value.code
    assert [] == [
        each
        for each in (await sandbox.call(devops_get_wiki_page, page="/", **BOOKING)).subpages
        if "No" in each
    ]


@pytest.mark.parametrize("value", ["a'b", "../x", "x?y=1", "x#y", "%2e%2e", "💥", "Home&path=/Runbooks"])
async def test_hostile_values_stay_values(sandbox: Sandbox, value: str):
    found = await sandbox.call(devops_search_wiki, query=f'{value} nowhere "', **BOOKING)
    for arguments in ({"page": value}, {"page": "/Home", "wiki": value}):
        with pytest.raises(ToolError) as refused:
            await sandbox.call(devops_get_wiki_page, **arguments, **BOOKING)

        climbs = arguments.get("wiki") == "../x"
        assert ("invalid_argument" if climbs else "not_found") == refused.value.code

    assert [] == found.items


@pytest.mark.parametrize("path", ["/Home#1", "/../Home", "/Home.md", "/.git"])
async def test_a_path_no_page_can_have_makes_no_page(sandbox: Sandbox, path: str):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_create_wiki_page, path=path, content="x", **BOOKING)

    assert "invalid_argument" == refused.value.code
