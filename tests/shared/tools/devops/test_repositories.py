"""Repositories, branches and tags, as a caller of the tools finds them."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.devops.repositories import devops_list_branches, devops_list_repositories
from tests.shared.tools.devops_calls import BOOKING, pages
from tests.shared.tools.sandbox import Sandbox

API = {"repository": "booking-api", **BOOKING}


async def test_repositories_come_by_name_with_what_is_to_know(read_only: Sandbox):
    page = await read_only.call(devops_list_repositories, **BOOKING)

    assert [
        ("booking-api", "main", False),
        ("booking-legacy", None, True),
        ("booking-loadtest", None, False),
        ("booking-web", "main", False),
    ] == [(each.name, each.default_branch, each.is_disabled) for each in page.items]
    assert (4, True) == (page.total, page.complete)
    assert page.items[0].web_url.endswith("/larkspur/Booking/_git/booking-api")


async def test_repositories_are_chosen_by_name_and_come_in_pages(read_only: Sandbox):
    found = await read_only.call(devops_list_repositories, name="WEB", **BOOKING)
    every = await pages(read_only, devops_list_repositories, limit=1, **BOOKING)

    assert ["booking-web"] == [each.name for each in found.items]
    assert 4 == len(every)


async def test_branches_tell_commit_creator_and_the_default_one(read_only: Sandbox):
    found = await read_only.call(devops_list_branches, **API)

    assert ["ana/warm-cache", "ben/prices", "dmitri/cache-subnet", "main"] == [
        each.name for each in found.items
    ]
    assert ("main", []) == (found.default_branch, found.gaps)
    assert ("Ben Osei", "branch", None) == (
        found.items[1].creator,
        found.items[1].kind,
        found.items[1].ahead,
    )


async def test_pages_of_branches_hold_each_once(read_only: Sandbox):
    every = await pages(read_only, devops_list_branches, limit=1, **API)

    assert 4 == len({each.name for each in every}) == len(every)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"name": "CACHE"}, ["ana/warm-cache", "dmitri/cache-subnet"]),
        ({"mine": True}, ["ana/warm-cache", "main"]),
        ({"mine": True, "name": "warm"}, ["ana/warm-cache"]),
        ({"kind": "tags"}, ["nightly", "v2.3.0"]),
        ({"kind": "tags", "name": "night"}, ["nightly"]),
    ],
    ids=str,
)
async def test_branches_and_tags_are_chosen(
    read_only: Sandbox, arguments: dict[str, Any], expected: list[str]
):
    found = await read_only.call(devops_list_branches, **arguments, **API)

    assert expected == [each.name for each in found.items]


async def test_a_tag_is_at_its_commit_whether_annotated_or_not(read_only: Sandbox):
    found = await read_only.call(devops_list_branches, kind="tags", **API)
    compared = await read_only.call(devops_list_branches, compare=True, base="v2.3.0", **API)

    assert ["tag", "tag"] == [each.kind for each in found.items]
    # The base is at the annotated tag's commit, so main is only ahead of it.
    main = next(each for each in compared.items if each.name == "main")
    assert (3, 0) == (main.ahead, main.behind)


async def test_branches_are_compared_with_the_default_one(read_only: Sandbox):
    found = await read_only.call(devops_list_branches, compare=True, **API)

    subnet = next(each for each in found.items if each.name == "dmitri/cache-subnet")
    assert (1, 0, "Point booking-api at the new cache subnet", "Dmitri Volkov") == (
        subnet.ahead,
        subnet.behind,
        subnet.last_commit,
        subnet.last_author,
    )


async def test_what_cannot_be_compared_is_a_gap(read_only: Sandbox):
    await read_only.fail("devops", path="*/stats/branches", status=403, json={"message": "no"})
    found = await read_only.call(devops_list_branches, compare=True, **API)

    assert ([None] * 4, ["comparison"]) == (
        [each.ahead for each in found.items],
        [each.source for each in found.gaps],
    )


async def test_an_empty_repository_has_no_branches_and_a_disabled_one_refuses(read_only: Sandbox):
    found = await read_only.call(devops_list_branches, repository="booking-loadtest", compare=True, **BOOKING)
    with pytest.raises(ToolError) as refused:
        await read_only.call(devops_list_branches, repository="booking-legacy", **BOOKING)

    assert ([], None, []) == (found.items, found.default_branch, found.gaps)
    assert "is disabled" in refused.value.message


async def test_a_null_default_branch_is_none(read_only: Sandbox):
    repository = {"id": "1", "name": "r", "defaultBranch": None, "project": None, "size": None}
    await read_only.fail("devops", path="*/repositories", status=200, json={"value": [repository]})
    page = await read_only.call(devops_list_repositories, **BOOKING)

    assert [("r", None, None, None)] == [
        (each.name, each.default_branch, each.project, each.size_bytes) for each in page.items
    ]
