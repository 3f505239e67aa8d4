from __future__ import annotations

import pytest

WIKI = "http://search.test/larkspur/_apis/search/wikisearchresults"
ITEMS = "http://search.test/larkspur/_apis/search/workitemsearchresults"
IN_HARBOUR = "http://search.test/larkspur/Harbour%20Ops/_apis/search/workitemsearchresults"


@pytest.fixture
def search(ana):
    async def run(url, text, **more):
        return await ana.post(url, json={"searchText": text, **more})

    return run


async def item_ids(response):
    return [int(each["fields"]["system.id"]) for each in response.json()["results"]]


async def test_wiki_hits_mark_the_words_and_leave_out_the_content(search):
    found = (await search(WIKI, "booking-api-ci unit")).json()

    hit = found["results"][0]
    assert ("/Runbooks/Booking-API-build.md", "Booking-API-build.md") == (hit["path"], hit["fileName"])
    assert "<highlighthit>booking-api-ci</highlighthit>" in hit["hits"][0]["highlights"][0]
    assert "content" not in hit


async def test_all_words_must_occur(search):
    both = (await search(WIKI, "redis snet-data-02")).json()
    neither = (await search(WIKI, "redis zeppelin")).json()

    assert ["/Architecture/Caching.md"] == [each["path"] for each in both["results"]]
    assert (0, 0) == (neither["count"], neither["infoCode"])


async def test_titles_come_first(search):
    found = (await search(WIKI, "caching")).json()["results"]

    assert "/Architecture/Caching.md" == found[0]["path"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("O'Brien", [1305]),
        ("invisible mail", [1307]),
        ("timetable t:Bug restart", [1304]),
        ('s:Resolved "snet-data-02"', [1302]),
        ('a:"Farid Haddad" password', [1311]),
        ("unus*", [1312]),
        ("1310", [1310]),
        ("zeppelin", []),
    ],
)
async def test_work_items_are_found_by_words_and_shortcuts(search, text, expected):
    assert expected == await item_ids(await search(ITEMS, text))


async def test_the_project_of_the_path_and_the_filters_limit_the_search(search):
    filters = {"System.State": ["Active"], "System.WorkItemType": ["Feature", "Epic"]}
    here = await search(IN_HARBOUR, "manifest", filters=filters)
    nowhere = await search(IN_HARBOUR, "cache", filters={"System.TeamProject": ["Booking"]})

    assert [1006] == await item_ids(here)
    assert [] == await item_ids(nowhere)


async def test_values_are_text_under_lower_case_names(search):
    fields = (await search(ITEMS, "O'Brien")).json()["results"][0]["fields"]

    assert "Sinead O'Brien <sinead.obrien@quayside.example>" == fields["system.assignedto"]
    assert {str} == {type(value) for value in fields.values()}


async def test_pages_of_results_do_not_overlap(search):
    first = await search(ITEMS, "cache", **{"$top": 5})
    second = await search(ITEMS, "cache", **{"$top": 5, "$skip": 5})

    assert first.json()["count"] == second.json()["count"] > 10
    assert not set(await item_ids(first)) & set(await item_ids(second))


async def test_facets_count_what_was_found(search):
    found = (await search(ITEMS, "O'Brien", includeFacets=True)).json()

    assert [{"name": "Bug", "id": "Bug", "resultCount": 1}] == found["facets"]["System.WorkItemType"]


async def test_info_codes_tell_why_a_result_is_not_all(search):
    trimmed = (await search(ITEMS, "cache", **{"$top": 1001})).json()
    wildcard = (await search(ITEMS, "*che")).json()

    assert (8, 4, 0) == (trimmed["infoCode"], wildcard["infoCode"], wildcard["count"])


@pytest.mark.parametrize(
    "body",
    [{}, {"searchText": " "}, {"searchText": "x", "filters": {"Colour": ["red"]}}],
    ids=["nothing", "blank", "unknown filter"],
)
async def test_searches_that_make_no_sense_are_refused(ana, body):
    refused = await ana.post(ITEMS, json=body)

    assert (400, "ArgumentException") == (refused.status_code, refused.json()["typeKey"])


@pytest.mark.parametrize("body", [{"searchText": "x", "$top": "5"}, {"searchText": "x", "$skip": -1}, ["x"]])
async def test_bodies_of_the_wrong_form_are_binding_errors(ana, body):
    refused = await ana.post(ITEMS, json=body)

    assert (400, ["Message"]) == (refused.status_code, list(refused.json()["value"]))
