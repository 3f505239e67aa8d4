"""Commits, as a caller of the tool finds them."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.devops.commits import devops_list_commits
from tests.shared.tools.devops_calls import BOOKING, pages, requests
from tests.shared.tools.sandbox import Sandbox

API = {"repository": "booking-api", **BOOKING}


async def messages(sandbox: Sandbox, **arguments: Any) -> list[str]:
    return [each.message for each in (await sandbox.call(devops_list_commits, **arguments)).items]


async def test_commits_come_newest_first(read_only: Sandbox):
    page = await read_only.call(devops_list_commits, limit=2, **API)

    assert [
        ("Answer the timetable from memory while the cache restarts", "Ana Duarte", 1),
        ("Merged PR 408: Move the cache settings out of the image", "Dmitri Volkov", 3),
    ] == [(each.message, each.author, each.changed_files) for each in page.items]
    assert page.items[0].web_url.endswith(f"/_git/booking-api/commit/{page.items[0].commit_id}")


@pytest.mark.parametrize("version", [None, "v2.3.0", "ben/prices"])
async def test_pages_of_commits_hold_each_once(read_only: Sandbox, version: str | None):
    whole = await read_only.call(devops_list_commits, limit=100, version=version, **API)
    found = await pages(read_only, devops_list_commits, limit=1, version=version, **API)

    assert [each.commit_id for each in whole.items] == [each.commit_id for each in found]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"path": "/Dockerfile"}, ["Move the cache settings out of the image", "Begin booking-api"]),
        ({"path": "deploy/prod"}, ["Move the cache settings out of the image", "Begin booking-api"]),
        ({"author": "dmitri.volkov", "path": "/Dockerfile"}, ["Move the cache settings out of the image"]),
        (
            {"version": "dmitri/cache-subnet", "path": "/scripts"},
            ["Point booking-api at the new cache subnet"],
        ),
        ({"since": "2020-01-01", "until": "2020-12-31"}, []),
        (
            {"version": "ben/prices", "path": "/src/prices.py"},
            ["Try prices in whole cents", "Begin booking-api"],
        ),
    ],
    ids=str,
)
async def test_commits_are_chosen(read_only: Sandbox, arguments: dict[str, Any], expected: list[str]):
    assert expected == await messages(read_only, **arguments, **API)


async def test_times_are_sent_as_instants(sandbox: Sandbox):
    await messages(sandbox, since="2026-11-20", until="2026-11-21T10:00:00Z", **API)

    query = (await requests(sandbox))[-1]["query"]
    assert "searchCriteria.toDate=2026-11-21T10%3A00%3A00%2B00%3A00" in query
    assert "searchCriteria.fromDate=2026-11-20T00%3A00%3A00%2B00%3A00" in query


async def test_a_cut_message_says_so(read_only: Sandbox):
    page = await read_only.call(devops_list_commits, path="/Dockerfile", **API)

    assert [True, False] == [each.message_is_cut for each in page.items]


async def test_the_address_of_a_branch_or_file_chooses_it(read_only: Sandbox):
    address = (
        "https://dev.azure.com/larkspur/Booking/_git/booking-api?path=/src/prices.py&version=GBben/prices"
    )

    assert "Try prices in whole cents" == (await messages(read_only, repository=address))[0]


async def test_an_empty_repository_has_none_and_a_missing_version_is_said(read_only: Sandbox):
    with pytest.raises(ToolError) as refused:
        await messages(read_only, version="mian", **API)

    assert [] == await messages(read_only, repository="booking-loadtest", **BOOKING)
    assert "Near it are: main." in refused.value.message


async def test_absent_and_null_members_lose_nothing(read_only: Sandbox):
    body = {
        "count": 2,
        "value": [
            {"commitId": "1" * 40, "author": None, "comment": None, "changeCounts": None},
            {"commitId": "2" * 40},
        ],
    }
    await read_only.fail("devops", path="*/commits", status=200, json=body)
    page = await read_only.call(devops_list_commits, **API)

    assert [("", None, None)] * 2 == [(each.message, each.author, each.changed_files) for each in page.items]
