"""Responses of Azure DevOps in another form than documented: named, never an internal error."""

import json
from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.devops.build_diagnosis import devops_diagnose_build
from shared.tools.devops.builds import devops_get_build_status, devops_list_builds
from shared.tools.devops.code_search import devops_search_code
from shared.tools.devops.commits import devops_list_commits
from shared.tools.devops.diffs import devops_get_diff
from shared.tools.devops.projects import devops_list_projects
from shared.tools.devops.repos import devops_get_pull_request, devops_list_pull_requests
from shared.tools.devops.repositories import devops_list_branches, devops_list_repositories
from shared.tools.devops.repository_files import devops_read_file
from shared.tools.devops.wiki import devops_get_wiki_page, devops_list_wikis, devops_search_wiki
from shared.tools.devops.work_items import (
    devops_get_work_item,
    devops_get_work_item_type,
    devops_list_my_work_items,
    devops_search_work_items,
)
from tests.shared.tools.devops_calls import BOOKING
from tests.shared.tools.sandbox import Sandbox

LARKSPUR = {"organization": "larkspur"}
BUILD = {"id": 1, "status": "completed", "definition": {"id": 2, "name": "ci"}}
READS: list[tuple[Any, dict[str, Any], str]] = [
    (devops_list_builds, BOOKING, "*/builds"),
    (devops_get_build_status, {**BOOKING, "build": 4711}, "*/builds/4711"),
    (devops_diagnose_build, {**BOOKING, "build": 4711}, "*/builds/4711"),
    (devops_list_projects, LARKSPUR, "*/projects"),
    (devops_list_pull_requests, BOOKING, "*/pullrequests"),
    (devops_list_repositories, BOOKING, "*/repositories"),
    (devops_list_branches, {**BOOKING, "repository": "booking-api"}, "*/refs"),
    (devops_read_file, {**BOOKING, "repository": "booking-api", "path": "/README.md"}, "*/items"),
    (devops_read_file, {**BOOKING, "repository": "booking-api", "path": "/"}, "*/trees/*"),
    (
        devops_list_commits,
        {**BOOKING, "repository": "booking-api", "version": "refs/heads/main"},
        "*/commits",
    ),
    (
        devops_get_diff,
        {**BOOKING, "repository": "booking-api", "target": "dmitri/cache-subnet"},
        "*/diffs/commits",
    ),
    (devops_search_code, {**BOOKING, "query": "cache"}, "*/codesearchresults"),
    (devops_get_pull_request, {**BOOKING, "pull_request": 412}, "*/pullrequests/412"),
    (devops_list_wikis, BOOKING, "*/wikis"),
    (devops_search_wiki, {**BOOKING, "query": "cache"}, "*/wikisearchresults"),
    (devops_get_wiki_page, {**BOOKING, "page": "/Home", "wiki": "Booking.wiki"}, "*/pages"),
    (devops_search_work_items, {**LARKSPUR, "query": "redis"}, "*/wiql"),
    (devops_list_my_work_items, LARKSPUR, "*/wiql"),
    (devops_get_work_item, {**LARKSPUR, "work_item_ids": [1302]}, "*/workitemsbatch"),
    (devops_get_work_item_type, {**BOOKING, "work_item_type": "Bug"}, "*/workitemtypes/Bug"),
]
ODD: list[object] = ["x", [5], {"x": [5]}]
KEYS = (
    *("value", "results", "count", "infoCode", "workItems", "columns", "id", "path", "definition", "status"),
    *("repository", "states", "subPages", "treeEntries", "changes", "changeCounts", "objectId", "content"),
    *("contentMetadata", "isFolder"),
)


@pytest.mark.parametrize(
    ("function", "arguments", "path"), READS, ids=[f"{each[0].__name__} {each[2]}" for each in READS]
)
async def test_a_value_of_another_type_is_an_unexpected_form_or_is_left_out(
    read_only: Sandbox, function: Any, arguments: dict[str, Any], path: str
):
    for key in KEYS:
        for odd in ODD:
            body = {**BUILD, "value": [], "results": [], key: odd}
            await read_only.fail("devops", path=path, status=200, json=body)
            try:
                await read_only.call(function, **arguments)
            except ToolError as error:
                assert error.code in ("upstream_error", "not_found"), (key, odd, error.message)


@pytest.mark.parametrize("body", [5, [], "x", None, [1], {"value": {"a": 1}}, {"value": "abc"}])
async def test_a_list_in_another_form_names_what_is_odd(read_only: Sandbox, body: object):
    await read_only.fail("devops", path="*/builds", status=200, body=json.dumps(body))

    with pytest.raises(ToolError) as refused:
        await read_only.call(devops_list_builds, **BOOKING)

    assert "upstream_error" == refused.value.code
    assert not isinstance(body, dict) or "(value)" in refused.value.message


async def test_one_odd_item_does_not_lose_the_list(read_only: Sandbox):
    builds = [BUILD, {"id": "seven"}, {**BUILD, "id": 3}]
    await read_only.fail("devops", path="*/builds", status=200, json={"count": 3, "value": builds})

    page = await read_only.call(devops_list_builds, **BOOKING)

    assert [1, 3] == [each.id for each in page.items]
    assert page.note and page.note.startswith("1 item could not be read: Azure DevOps ")
    assert "seven" not in page.note


async def test_a_full_page_with_an_odd_item_leads_on(read_only: Sandbox):
    pulls = [{"pullRequestId": number} for number in range(2)]
    whole = await read_only.call(devops_list_pull_requests, limit=1, **BOOKING)
    good = {
        "pullRequestId": 7,
        "title": "A",
        "status": "active",
        "repository": {"name": "r"},
        "sourceRefName": "refs/heads/a",
        "targetRefName": "refs/heads/b",
    }
    body = {"count": 2, "value": [good, pulls[0]]}
    await read_only.fail("devops", path="*/pullrequests", status=200, json=body)

    page = await read_only.call(devops_list_pull_requests, limit=2, **BOOKING)

    assert whole.items and [7] == [each.id for each in page.items]
    assert page.next_cursor


async def test_null_is_what_is_absent(read_only: Sandbox):
    build = {**BUILD, "buildNumber": None, "_links": None, "requestedFor": {"displayName": None}}
    await read_only.fail("devops", path="*/builds", status=200, json={"count": 1, "value": [build]})

    page = await read_only.call(devops_list_builds, **BOOKING)

    assert [(1, None, None)] == [(each.id, each.number, each.requested_for) for each in page.items]


async def test_a_time_that_is_not_set_is_none_and_one_without_zone_is_utc(read_only: Sandbox):
    build = {**BUILD, "queueTime": "2026-11-20T10:00:00", "finishTime": "0001-01-01T00:00:00"}
    await read_only.fail("devops", path="*/builds", status=200, json={"count": 1, "value": [build]})

    page = await read_only.call(devops_list_builds, **BOOKING)

    assert ("2026-11-20T10:00:00+00:00", None) == (page.items[0].queued.isoformat(), page.items[0].finished)
