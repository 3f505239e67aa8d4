"""Azure DevOps projects and teams."""

import pytest

from shared.errors import ToolError
from shared.tools.devops.projects import devops_list_projects
from shared.tools.preferences import set_preferences
from tests.shared.tools.sandbox import Sandbox


async def test_projects_come_with_their_teams(read_only: Sandbox):
    page = await read_only.call(devops_list_projects, organization="larkspur")

    assert {"Booking": ["Booking Web", "Platform"], "Harbour Ops": ["Harbour Ops Team"]} == {
        project.name: [team.name for team in project.teams] for project in page.items
    }
    assert [True, True] == [project.teams_complete for project in page.items]
    assert page.items[1].web_url == f"{read_only.layout.devops}/larkspur/Harbour%20Ops"
    assert page.complete
    assert page.next_cursor is None


async def test_following_the_cursor_gives_each_project_once(read_only: Sandbox):
    names, cursor = [], None
    for _ in range(5):
        page = await read_only.call(devops_list_projects, organization="larkspur", limit=1, cursor=cursor)
        names += [project.name for project in page.items]
        if page.complete:
            break
        assert page.note == "There are more."
        cursor = page.next_cursor

    assert ["Booking", "Harbour Ops"] == names


async def test_the_preferred_organization_is_used(sandbox: Sandbox):
    await sandbox.call(set_preferences, organization="larkspur-labs")
    page = await sandbox.call(devops_list_projects)

    assert ["Prototypes"] == [project.name for project in page.items]


async def test_without_any_organization_it_says_so(read_only: Sandbox):
    with pytest.raises(ToolError) as refused:
        await read_only.call(devops_list_projects)

    assert ("invalid_argument", True) == (
        refused.value.code,
        refused.value.message.startswith("organization:"),
    )


async def test_a_cursor_of_another_organization_is_refused(read_only: Sandbox):
    page = await read_only.call(devops_list_projects, organization="larkspur", limit=1)

    with pytest.raises(ToolError) as refused:
        await read_only.call(
            devops_list_projects, organization="larkspur-labs", limit=1, cursor=page.next_cursor
        )

    assert ("invalid_argument", "cursor") == (refused.value.code, refused.value.message.partition(":")[0])


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "forbidden"), (404, "not_found"), (429, "throttled"), (503, "unavailable")],
)
async def test_teams_that_cannot_be_read_are_a_gap_of_their_project(
    read_only: Sandbox, status: int, code: str
):
    await read_only.fail("devops", path="*/teams", status=status, headers={"retry-after": "7.5"}, json={})

    page = await read_only.call(devops_list_projects, organization="larkspur")

    assert {"Booking", "Harbour Ops"} <= {each.name for each in page.items}
    for project in page.items:
        assert [(f"teams of {project.name}", code)] == [(each.source, each.code) for each in project.gaps]
        assert ([], False) == (project.teams, project.teams_complete)


async def test_it_needs_consent(read_only: Sandbox):
    with pytest.raises(ToolError) as refused:
        await read_only.call(devops_list_projects, user="dmitri", organization="larkspur")

    assert "consent_required" == refused.value.code


@pytest.mark.parametrize("organization", ["../larkspur", "larkspur?x=1", "larkspur#", "nobody's"])
async def test_an_organization_stays_one_segment(read_only: Sandbox, organization: str):
    with pytest.raises(ToolError) as refused:
        await read_only.call(devops_list_projects, organization=organization)

    assert ("invalid_argument" if "../" in organization else "sign_in_required") == refused.value.code
