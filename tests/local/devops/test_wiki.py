from __future__ import annotations

import re

import pytest

WIKIS = "/larkspur/Booking/_apis/wiki/wikis"
PAGES = f"{WIKIS}/Booking.wiki/pages"
BUILD_PAGE = {"path": "/Runbooks/Booking API build"}


async def test_wikis_are_those_of_the_project_or_of_all(ana):
    here = (await ana.get(WIKIS)).json()["value"]
    everywhere = (await ana.get("/larkspur/_apis/wiki/wikis")).json()["value"]

    assert ["Booking.wiki"] == [wiki["name"] for wiki in here]
    names = ["Booking.wiki", "Harbour Ops.wiki", "Handbook", "Releases"]
    assert names == [wiki["name"] for wiki in everywhere]


async def test_a_code_wiki_is_written_to_in_a_branch_it_has_only(ana):
    pages = "/larkspur/Harbour%20Ops/_apis/wiki/wikis/Releases/pages"
    statuses = [
        (await ana.put(pages, params={"path": "/New", **version}, json={"content": "x"})).status_code
        for version in (
            {},
            {"versionDescriptor.version": "moon"},
            {"versionDescriptor.version": "main", "versionDescriptor.versionType": "branch"},
        )
    ]

    assert [400, 404, 201] == statuses


async def test_a_page_has_its_version_in_the_etag_only(ana):
    response = await ana.get(PAGES, params={**BUILD_PAGE, "includeContent": "true"})

    assert re.fullmatch(r'"[0-9a-f]{40}"', response.headers["etag"])
    assert response.headers["etag"].strip('"') not in response.text
    assert response.json()["content"].startswith("# Booking API build\n")
    assert "/Runbooks/Booking-API-build.md" == response.json()["gitItemPath"]


async def test_content_comes_only_when_asked_for(ana):
    assert "content" not in (await ana.get(PAGES, params=BUILD_PAGE)).json()


async def test_accepting_text_gets_the_markdown_itself(ana):
    response = await ana.get(PAGES, params=BUILD_PAGE, headers={"accept": "text/plain"})

    assert response.headers["content-type"].startswith("text/plain")
    assert response.text.startswith("# Booking API build\n")
    assert "etag" in response.headers


async def test_a_page_has_a_number_too(ana):
    number = (await ana.get(PAGES, params=BUILD_PAGE)).json()["id"]

    assert BUILD_PAGE["path"] == (await ana.get(f"{PAGES}/{number}")).json()["path"]


@pytest.mark.parametrize(
    ("level", "names"), [("none", []), ("oneLevel", ["Gates"]), ("full", ["Gates", "Manual opening"])]
)
async def test_recursion_goes_as_deep_as_asked(ana, level, names):
    url = "/larkspur/_apis/wiki/wikis/Harbour%20Ops.wiki/pages"
    page, found = (await ana.get(url, params={"recursionLevel": level})).json(), []
    while page["subPages"]:
        page = next(each for each in page["subPages"] if each["path"].startswith("/Gates"))
        found.append(page["path"].rpartition("/")[2])

    assert names == found


async def test_children_keep_their_order_and_parents_are_marked(ana):
    root = (await ana.get(PAGES, params={"recursionLevel": "oneLevel"})).json()

    assert ["/Home", "/Architecture", "/Runbooks"] == [page["path"] for page in root["subPages"]][:3]
    assert [None, True, True] == [page.get("isParentPage") for page in root["subPages"]][:3]


async def test_creating_needs_a_parent_and_answers_201(ana):
    orphan = await ana.put(PAGES, params={"path": "/Nowhere/New"}, json={"content": "x"})
    created = await ana.put(PAGES, params={"path": "/Runbooks/New one"}, json={"content": "# New"})
    page = await ana.get(PAGES, params={"path": "/runbooks/new one", "includeContent": "true"})

    assert (404, "WikiAncestorPageNotFoundException") == (orphan.status_code, orphan.json()["typeKey"])
    assert (201, created.headers["etag"]) == (created.status_code, page.headers["etag"])
    assert ("/Runbooks/New one", "# New") == (page.json()["path"], page.json()["content"])


async def test_creating_what_exists_is_a_500_with_a_type(ana):
    refused = await ana.put(PAGES, params=BUILD_PAGE, json={"content": "x"})

    assert (500, "WikiPageAlreadyExistsException") == (refused.status_code, refused.json()["typeKey"])


async def test_an_update_needs_the_newest_version(ana):
    etag = (await ana.get(PAGES, params=BUILD_PAGE)).headers["etag"]
    updated = await ana.put(PAGES, params=BUILD_PAGE, json={"content": "one"}, headers={"if-match": etag})
    stale = await ana.put(PAGES, params=BUILD_PAGE, json={"content": "two"}, headers={"if-match": etag})
    page = await ana.get(PAGES, params={**BUILD_PAGE, "includeContent": "true"})

    assert (200, 412) == (updated.status_code, stale.status_code)
    assert "WikiPageHasConflictsException" == stale.json()["typeKey"]
    assert etag != updated.headers["etag"] == page.headers["etag"]
    assert "one" == page.json()["content"]


async def test_going_back_to_an_old_text_is_a_new_version(ana):
    first = await ana.get(PAGES, params={**BUILD_PAGE, "includeContent": "true"})
    etag = first.headers["etag"]
    for content in ("other", first.json()["content"]):
        answer = await ana.put(
            PAGES, params=BUILD_PAGE, json={"content": content}, headers={"if-match": etag}
        )
        etag = answer.headers["etag"]

    assert first.headers["etag"] != etag


@pytest.mark.parametrize(
    ("path", "if_match", "status", "type_key"),
    [
        ("/Runbooks/Nothing", '"' + "0" * 40 + '"', 404, "WikiPageNotFoundException"),
        (BUILD_PAGE["path"], '"newest"', 400, "InvalidArgumentValueException"),
        (BUILD_PAGE["path"], "*", 400, "InvalidArgumentValueException"),
    ],
)
async def test_bad_updates_are_told_apart(ana, path, if_match, status, type_key):
    headers = {"if-match": if_match}
    refused = await ana.put(PAGES, params={"path": path}, json={"content": "x"}, headers=headers)

    assert (status, type_key) == (refused.status_code, refused.json()["typeKey"])


async def test_an_update_by_number_names_a_version(ana):
    page = await ana.get(PAGES, params=BUILD_PAGE)
    url = f"{PAGES}/{page.json()['id']}"
    without = await ana.patch(url, json={"content": "x"})
    updated = await ana.patch(url, json={"content": "x"}, headers={"if-match": page.headers["etag"]})

    assert [400, 200] == [without.status_code, updated.status_code]


@pytest.mark.parametrize("path", ["", "/", "/a#b", "/a//b", "/.hidden", "/Notes.md", "/" + "x" * 240])
async def test_paths_that_cannot_be_are_refused(ana, path):
    refused = await ana.put(PAGES, params={"path": path}, json={"content": "x"})

    assert (400, "InvalidArgumentValueException") == (refused.status_code, refused.json()["typeKey"])


async def test_batches_list_all_pages_and_continue_from_the_body(ana):
    body, seen = {"top": 15}, []
    while True:
        page = await ana.post(f"{WIKIS}/Booking.wiki/pagesbatch", json=body)
        seen += [each["path"] for each in page.json()["value"]]
        if "x-ms-continuationtoken" not in page.headers:
            break
        body["continuationToken"] = page.headers["x-ms-continuationtoken"]

    assert len(seen) == len(set(seen)) == 32
    assert BUILD_PAGE["path"] in seen


@pytest.mark.parametrize("top", [0, 101, "all"])
async def test_a_batch_has_a_size(ana, top):
    refused = await ana.post(f"{WIKIS}/Booking.wiki/pagesbatch", json={"top": top})

    assert (400, "ArgumentException") == (refused.status_code, refused.json()["typeKey"])


@pytest.mark.parametrize(
    ("path", "type_key"),
    [
        (f"{WIKIS}/Harbour%20Ops.wiki", "WikiNotFoundException"),
        (f"{PAGES}/9999", "WikiPageNotFoundException"),
        (f"{PAGES}?path=/Nothing", "WikiPageNotFoundException"),
    ],
)
async def test_what_is_missing_is_a_404(ana, path, type_key):
    refused = await ana.get(path)

    assert (404, type_key) == (refused.status_code, refused.json()["typeKey"])
