"""Variable groups, environments, what was deployed to these; tags, policies and suites by their case."""

from __future__ import annotations

import httpx
import pytest

from tests.local.devops.conftest import READ, ClientFor

BOOKING = "/larkspur/Booking/_apis"
TASKS = f"{BOOKING}/distributedtask"


async def test_variable_groups_are_those_of_the_name_the_newest_first(ana: httpx.AsyncClient) -> None:
    every = (await ana.get(f"{TASKS}/variablegroups")).json()["value"]
    named = (await ana.get(f"{TASKS}/variablegroups?groupName=booking-*")).json()["value"]
    by_id = (await ana.get(f"{TASKS}/variablegroups?groupIds=1,2&queryOrder=idAscending")).json()["value"]
    elsewhere = (await ana.get("/larkspur/Harbour%20Ops/_apis/distributedtask/variablegroups")).json()

    assert [3, 2, 1] == [each["id"] for each in every]
    assert ["booking-api-prod", "booking-api-test"] == [each["name"] for each in named]
    assert [1, 2] == [each["id"] for each in by_id]
    assert 0 == elsewhere["count"]


async def test_a_secret_variable_has_no_value(ana: httpx.AsyncClient) -> None:
    variables = (await ana.get(f"{TASKS}/variablegroups/3")).json()["variables"]

    assert {"value": None, "isSecret": True} == variables["PAYMENT_KEY"]
    assert {"value": "half-even"} == variables["PRICE_ROUNDING"]


async def test_deployments_are_paged_by_a_limit_without_a_dollar(ana: httpx.AsyncClient) -> None:
    path = f"{TASKS}/environments/7/environmentdeploymentrecords"
    first = await ana.get(f"{path}?top=2")
    token = first.headers["x-ms-continuationtoken"]
    second = await ana.get(f"{path}?top=2&continuationToken={token}")

    assert ["succeeded", "failed"] == [each["result"] for each in first.json()["value"]]
    assert [897] == [each["id"] for each in second.json()["value"]]
    assert "x-ms-continuationtoken" not in second.headers


@pytest.mark.parametrize(
    "path",
    ["variablegroups/99", "environments/99", "environments/99/environmentdeploymentrecords"],
)
async def test_what_is_not_there_is_not_found(path: str, ana: httpx.AsyncClient) -> None:
    assert 404 == (await ana.get(f"{TASKS}/{path}")).status_code


@pytest.mark.parametrize(
    ("path", "scope"),
    [("variablegroups", "variablegroups_read"), ("environments", "environment_manage")],
)
async def test_each_needs_its_own_scope(path: str, scope: str, client_for: ClientFor) -> None:
    without = client_for(scopes=READ.replace(f"vso.{scope}", ""))

    assert 403 == (await without.get(f"{TASKS}/{path}")).status_code


async def test_tags_are_those_of_the_projects_work_items(ana: httpx.AsyncClient) -> None:
    tags = (await ana.get(f"{BOOKING}/wit/tags")).json()["value"]
    names = [each["name"] for each in tags]
    one = next(each for each in tags if each["name"] == "cache")

    assert sorted(names, key=str.casefold) == names
    assert one == (await ana.get(f"{BOOKING}/wit/tags/CACHE")).json()
    assert one == (await ana.get(f"{BOOKING}/wit/tags/{one['id']}")).json()
    assert 404 == (await ana.get(f"{BOOKING}/wit/tags/nothing")).status_code


async def test_policies_are_those_of_one_type_where_it_is_named(ana: httpx.AsyncClient) -> None:
    every = (await ana.get(f"{BOOKING}/policy/configurations")).json()["value"]
    wanted = every[0]["type"]["id"]
    some = (await ana.get(f"{BOOKING}/policy/configurations?policyType={wanted}")).json()["value"]

    assert [41, 42, 43, 44] == [each["id"] for each in every]
    assert [41] == [each["id"] for each in some]
    assert 404 == (await ana.get(f"{BOOKING}/policy/configurations/1")).status_code


async def test_suites_are_found_by_the_case_they_hold(ana: httpx.AsyncClient) -> None:
    found = (await ana.get("/larkspur/_apis/testplan/suites?testCaseId=1402")).json()["value"]

    assert [("Cache restart", "Summer timetable", "Booking")] == [
        (each["name"], each["plan"]["name"], each["project"]["name"]) for each in found
    ]
    assert 0 == (await ana.get("/larkspur/_apis/testplan/suites?testCaseId=1")).json()["count"]
    assert 400 == (await ana.get("/larkspur/_apis/testplan/suites")).status_code
