from __future__ import annotations

import pytest

PROJECTS = "/larkspur/_apis/projects"


def names(response):
    return [each["name"] for each in response.json()["value"]]


async def test_projects_come_in_pages_whose_end_has_no_token(ana):
    first = await ana.get(PROJECTS, params={"$top": 1})
    token = first.headers["x-ms-continuationtoken"]
    second = await ana.get(PROJECTS, params={"$top": 1, "continuationToken": token})

    assert ["Booking"] == names(first)
    assert ["Harbour Ops"] == names(second)
    assert "x-ms-continuationtoken" not in second.headers


async def test_a_made_up_token_is_refused(ana):
    refused = await ana.get(PROJECTS, params={"continuationToken": "next"})

    assert (400, "ArgumentException") == (refused.status_code, refused.json()["typeKey"])


async def test_a_top_that_is_no_number_is_a_binding_error(ana):
    refused = await ana.get(PROJECTS, params={"$top": "many"})

    assert refused.status_code == 400
    assert {"count": 1, "value": {"Message": "The value 'many' is not valid for $top."}} == refused.json()


@pytest.mark.parametrize(
    "written", ["Harbour%20Ops", "harbour%20ops", "5fa1c407-9e8b-4d62-a130-a24d5e6f7081"]
)
async def test_a_project_is_found_by_name_in_any_case_and_by_id(ana, written):
    project = (await ana.get(f"{PROJECTS}/{written}")).json()

    assert ("Harbour Ops", "Harbour Ops Team") == (project["name"], project["defaultTeam"]["name"])


@pytest.mark.parametrize(
    ("written", "type_key"),
    [
        ("Nowhere", "ProjectDoesNotExistWithNameException"),
        ("00000000-0000-4000-8000-000000000000", "ProjectDoesNotExistException"),
    ],
)
@pytest.mark.parametrize("path", ["/larkspur/_apis/projects/{}", "/larkspur/{}/_apis/wit/fields"])
async def test_a_missing_project_is_named_in_the_404(ana, path, written, type_key):
    refused = await ana.get(path.format(written))

    assert (404, type_key) == (refused.status_code, refused.json()["typeKey"])
    assert written in refused.json()["message"]


@pytest.mark.parametrize("organization", ["larkspur-labs", "northwind"])
async def test_organizations_one_is_no_member_of_look_like_unknown_ones(client_for, organization):
    refused = await client_for("ben").get(f"/{organization}/_apis/projects")

    assert (401, "UnauthorizedRequestException") == (refused.status_code, refused.json()["typeKey"])


async def test_a_member_of_two_organizations_sees_each_ones_projects(ana):
    assert ["Prototypes"] == names(await ana.get("/larkspur-labs/_apis/projects"))


async def test_teams_can_be_limited_to_the_callers_own(client_for):
    teams = await client_for("dmitri").get(f"{PROJECTS}/Booking/teams", params={"$mine": "true"})

    assert ["Platform"] == names(teams)


async def test_all_teams_are_in_preview(ana):
    refused = await ana.get("/larkspur/_apis/teams")
    teams = await ana.get("/larkspur/_apis/teams", params={"api-version": "7.1-preview.3"})

    assert "VssInvalidPreviewVersionException" == refused.json()["typeKey"]
    assert ["Booking Web", "Platform", "Harbour Ops Team"] == names(teams)


async def test_members_of_a_team_say_who_administers_it(ana):
    members = (await ana.get(f"{PROJECTS}/Booking/teams/Platform/members")).json()["value"]

    assert [True, None, None, None] == [member.get("isTeamAdmin") for member in members]
    assert "Ben Osei" == members[0]["identity"]["displayName"]


async def test_a_missing_team_is_a_404(ana):
    listed = await ana.get(f"{PROJECTS}/Booking/teams/Pirates")
    in_path = await ana.get("/larkspur/Booking/Pirates/_apis/work/teamsettings")

    assert ["TeamNotFoundException"] * 2 == [listed.json()["typeKey"], in_path.json()["typeKey"]]


async def test_the_current_iteration_holds_today(ana):
    iterations = (
        await ana.get(
            "/larkspur/Booking/_apis/work/teamsettings/iterations", params={"$timeframe": "current"}
        )
    ).json()

    assert ["Booking\\Sprint 47"] == [each["path"] for each in iterations["value"]]
    attributes = iterations["value"][0]["attributes"]
    assert ("2026-11-10T00:00:00Z", "2026-11-23T00:00:00Z", "current") == tuple(attributes.values())


async def test_other_time_frames_cannot_be_asked_for(ana):
    refused = await ana.get(
        "/larkspur/Booking/_apis/work/teamsettings/iterations", params={"$timeframe": "past"}
    )

    assert (400, "ArgumentException") == (refused.status_code, refused.json()["typeKey"])


async def test_an_iterations_work_items_are_those_of_the_teams_area(ana):
    url = "/larkspur/Booking/Platform/_apis/work/teamsettings/iterations"
    current = (await ana.get(url, params={"$timeframe": "current"})).json()["value"][0]["id"]
    relations = (await ana.get(f"{url}/{current}/workitems")).json()["workItemRelations"]

    ids = {each["target"]["id"] for each in relations}
    assert {1302, 1303} <= ids
    assert 1304 not in ids  # of the API's area
