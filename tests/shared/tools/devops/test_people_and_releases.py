"""People of an organization, and classic releases, as a caller of the tools finds them."""

from typing import Any

import pytest

from shared.tools.devops.devops_people import devops_search_people
from shared.tools.devops.releases import devops_list_releases
from tests.shared.tools.devops_calls import BOOKING, pages
from tests.shared.tools.sandbox import Sandbox

LARKSPUR = {"organization": "larkspur"}


@pytest.mark.parametrize("query", ["Ana", "ana du", "Duarte", "ana.duarte@larkspur.example", " ANA.Duarte@"])
async def test_a_person_is_found_by_name_or_address(sandbox: Sandbox, query: str):
    found = await sandbox.call(devops_search_people, query=query, **LARKSPUR)

    (person,) = found.items
    assert ("Ana Duarte", "Ana Duarte <ana.duarte@larkspur.example>") == (person.name, person.assign_as)
    assert "1f0e9d8c-7b6a-4594-8372-6150f4e3d2c1" == person.id
    assert (found.complete, person.is_group, person.active) == (True, False, True)


@pytest.mark.parametrize("query", ["Nobody", "eva.lindqvist@larkspur.example"])
async def test_who_never_signed_in_is_not_there(sandbox: Sandbox, query: str):
    found = await sandbox.call(devops_search_people, query=query, **LARKSPUR)

    assert ([], True) == (found.items, found.complete)


@pytest.mark.parametrize(
    "properties", [None, {}, {"Mail": {"$type": "x"}}, {"Account": {"$value": "[x]\\Team"}}]
)
async def test_a_group_has_no_address(sandbox: Sandbox, properties: Any):
    name = "[Booking]\\Platform"
    group = {"id": "g", "providerDisplayName": name, "isContainer": True, "properties": properties}
    answer = {"count": 2, "value": [None, group]}
    await sandbox.fail("devops_identities", path="*/identities", status=200, json=answer)

    found = await sandbox.call(devops_search_people, query="platform", **LARKSPUR)

    assert [(name, None, True)] == [(each.assign_as, each.address, each.is_group) for each in found.items]


async def test_releases_come_newest_first_with_their_stages(sandbox: Sandbox):
    found = await pages(sandbox, devops_list_releases, limit=2, **BOOKING)

    assert [78, 77, 76] == [each.id for each in found]
    assert [("Test", "succeeded"), ("Production", "inProgress")] == [
        (each.name, each.status) for each in found[0].stages
    ]
    assert ("Prices rounded once", None) == (found[0].description.text, found[1].description)


async def test_a_part_of_the_name_chooses(sandbox: Sandbox):
    found = await sandbox.call(devops_list_releases, contains="-77", **BOOKING)

    assert [77] == [each.id for each in found.items]


async def test_a_release_may_tell_little(sandbox: Sandbox):
    bare = {"id": 1, "environments": None, "releaseDefinition": None}
    answer = {"count": 1, "value": [bare]}
    await sandbox.fail("devops_releases", path="*/releases", status=200, json=answer)

    found = await sandbox.call(devops_list_releases, **BOOKING)

    assert [(1, [], None)] == [(each.id, each.stages, each.description) for each in found.items]
