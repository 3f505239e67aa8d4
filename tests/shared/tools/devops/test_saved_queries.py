"""Saved queries: listed, and run by what people call them."""

from typing import Any

import pytest

from local.devops.data_files import named_id
from shared.errors import ToolError
from shared.tools.devops.saved_queries import devops_list_queries
from shared.tools.devops.work_items import devops_search_work_items
from tests.shared.tools.devops_calls import BOOKING, pages, requests
from tests.shared.tools.sandbox import Sandbox

ADDRESS = "https://dev.azure.com/larkspur/Booking/_queries"
DEEP = "Shared Queries/Platform/Cache/What the cache still needs"


async def test_all_queries_are_listed_those_in_deep_folders_too(sandbox: Sandbox):
    found = await pages(sandbox, devops_list_queries, limit=2, **BOOKING)

    assert [
        "My Queries/Mine without an estimate",
        "Shared Queries/Open bugs",
        DEEP,
        "Shared Queries/Platform/This sprint",
        "Shared Queries/Platform/Tree of the peak",
    ] == sorted(each.path for each in found)
    assert {"My Queries/Mine without an estimate"} == {each.path for each in found if not each.shared}
    assert {"flat", "tree"} == {each.kind for each in found}


async def test_queries_of_another_user_are_not_there(sandbox: Sandbox):
    found = await sandbox.call(devops_list_queries, user="ben", **BOOKING)

    assert not [each for each in found.items if not each.shared]


async def test_a_part_of_the_name_chooses(sandbox: Sandbox):
    found = await sandbox.call(devops_list_queries, contains="CACHE", **BOOKING)

    assert ([DEEP], True) == ([each.path for each in found.items], found.complete)


async def test_more_queries_than_the_service_tells_are_said(sandbox: Sandbox):
    more = {"count": 1, "hasMore": True, "value": [{"id": "a", "name": "x", "path": "Shared Queries/x"}]}
    await sandbox.fail("devops", path="*/queries", status=200, json=more)

    found = await sandbox.call(devops_list_queries, contains="x", **BOOKING)

    assert "more than could be listed" in found.note


@pytest.mark.parametrize(
    "saved_query",
    [
        "Open bugs", "open BUGS", "Shared Queries/Open bugs", "Shared Queries\\Open bugs",
        "/Shared Queries/Open bugs/",
        f"{ADDRESS}?path=Shared%20Queries%2FOpen%20bugs",
    ],
)  # fmt: skip
async def test_a_saved_query_is_run_by_what_people_call_it(sandbox: Sandbox, saved_query: str):
    found = await sandbox.call(devops_search_work_items, saved_query=saved_query, limit=5, **BOOKING)

    assert found.total > 10
    assert ["System.Title", "System.State"] == [*found.items[0].columns][:2]


@pytest.mark.parametrize(
    "form", ["{id}", "{address}/query/{id}/", "{address}/query-edit/{id}", "{address}?id={id}"]
)
async def test_a_saved_query_is_run_by_id_and_by_address(sandbox: Sandbox, form: str):
    known = await sandbox.call(devops_list_queries, contains="cache", **BOOKING)
    reference = form.format(id=known.items[0].id, address=ADDRESS)
    scope: dict[str, Any] = {} if "address" in form else BOOKING

    found = await sandbox.call(devops_search_work_items, saved_query=reference, **scope)

    assert found.total > 0
    assert {"New", "Active"} >= {each.columns["System.State"] for each in found.items}


async def test_the_team_says_which_sprint_is_the_current_one(sandbox: Sandbox):
    found = await sandbox.call(
        devops_search_work_items, saved_query="This sprint", team="Platform", limit=5, **BOOKING
    )

    assert found.total > 3
    (asked,) = [each for each in await requests(sandbox, "POST") if each["path"].endswith("wiql")]
    assert "/Booking/Platform/" in asked["path"]


async def test_a_query_for_links_shows_where_they_lead(sandbox: Sandbox):
    found = await sandbox.call(devops_search_work_items, saved_query="Tree of the peak", **BOOKING)

    assert 1004 in {each.linked_from for each in found.items}


@pytest.mark.parametrize(
    ("reference", "code", "says"),
    [
        ("No such query", "not_found", "devops_list_queries"),
        ("Shared Queries/No such", "not_found", ""),
        ("open", "not_found", "Shared Queries/Open bugs"),
        ("Shared Queries/Platform", "not_found", "folders cannot be run"),
        ("https://dev.azure.com/larkspur/Booking/_build?definitionId=12", "invalid_argument", "Queries"),
        ("Shared Queries/../Open bugs", "not_found", "Shared Queries/Open bugs"),
    ],
)
async def test_a_reference_that_is_none_is_said_so(sandbox: Sandbox, reference: str, code: str, says: str):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_search_work_items, saved_query=reference, **BOOKING)

    assert (code, True) == (refused.value.code, says in refused.value.remedy)


async def test_a_folder_by_its_id_is_no_query(sandbox: Sandbox):
    folder = named_id("query", "2c7e91d4-6b58-4a3f-9e0d-7f1a2b3c4d5e", "", "Shared Queries/Platform")

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_search_work_items, saved_query=folder, **BOOKING)

    assert ("invalid_argument", True) == (refused.value.code, "is a folder" in refused.value.message)


async def test_a_name_of_two_queries_is_asked_back(sandbox: Sandbox):
    twice = [
        {"id": "a", "name": "Open", "path": "Shared Queries/Open"},
        {"id": "b", "name": "Open", "path": "My Queries/Open"},
    ]
    await sandbox.fail("devops", path="*/queries", status=200, json={"count": 2, "value": twice})

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_search_work_items, saved_query="open", **BOOKING)

    assert "Shared Queries/Open, My Queries/Open" in refused.value.message


@pytest.mark.parametrize("arguments", [{}, {"query": "cache", "saved_query": "Open bugs"}])
async def test_a_search_takes_either_a_query_or_a_saved_one(sandbox: Sandbox, arguments: dict[str, str]):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_search_work_items, **arguments, **BOOKING)

    assert ("invalid_argument", "query: give either it or saved_query.") == (
        refused.value.code,
        refused.value.message,
    )


async def test_a_saved_query_of_all_projects_is_none(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(
            devops_search_work_items, saved_query="Open bugs", project="*", organization="larkspur"
        )

    assert refused.value.message.startswith("project: ")
