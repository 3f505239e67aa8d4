"""Serves projects, their teams and the teams' members."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.errors import missing_project, wrapped
from local.devops.paging import collection, page_by_offset
from local.devops.store import Project, Team

_READ = ("vso.profile", "vso.project")
_LARGEST_PAGE = 1000


def list_projects(call: Call) -> Response:
    """Returns the projects of the organization, by name."""
    projects = sorted(call.organization.projects, key=lambda project: project.name)
    if call.query.get("stateFilter", "wellFormed").casefold() not in ("wellformed", "all"):
        projects = []
    top = min(call.number("$top", 100), _LARGEST_PAGE)
    page, following = page_by_offset(
        projects[call.number("$skip", 0) :], top, call.query.get("continuationToken")
    )
    return collection(
        [call.store.project_reference(call.organization, project) for project in page], following
    )


def get_project(call: Call) -> Response:
    """Returns one project, with its default team; with its process when capabilities are asked for."""
    project = _project(call)
    described = call.store.project_reference(call.organization, project)
    described["defaultTeam"] = _team_reference(call, project, project.teams[0])
    described["_links"] = {
        "self": {"href": described["url"]},
        "web": {"href": call.store.url(call.organization, project.name.replace(" ", "%20"))},
    }
    if call.query.get("includeCapabilities", "").casefold() == "true":
        described["capabilities"] = {
            "processTemplate": {"templateName": "Agile"},
            "versioncontrol": {"sourceControlType": "Git"},
        }
    return JSONResponse(described)


def list_teams(call: Call) -> Response:
    """Returns the teams of a project, or of all projects; only the caller's own with `$mine`."""
    projects = [_project(call)] if "project" in call.parts else call.organization.projects
    mine = call.query.get("$mine", "").casefold() == "true"
    teams = [
        (project, team)
        for project in projects
        for team in project.teams
        if not mine or call.user.alias in team.members
    ]
    start = call.number("$skip", 0)
    shown = teams[start : start + call.number("$top", 100)]
    return collection([_team(call, project, team) for project, team in shown])


def get_team(call: Call) -> Response:
    """Returns one team."""
    project = _project(call)
    return JSONResponse(_team(call, project, _team_of(call, project)))


def list_members(call: Call) -> Response:
    """Returns the members of a team."""
    team = _team_of(call, _project(call))
    start = call.number("$skip", 0)
    aliases = team.members[start : start + call.number("$top", 100)]
    return collection(
        [
            {
                "identity": call.store.identity(alias, call.organization),
                **({"isTeamAdmin": True} if alias == team.members[0] else {}),
            }
            for alias in aliases
        ]
    )


def _project(call: Call) -> Project:
    written = call.parts["project"]
    project = call.organization.project(written)
    if project is None:
        raise missing_project(written)
    return project


def _team_of(call: Call, project: Project) -> Team:
    team = project.team(call.parts["team"])
    if team is None:
        raise wrapped(
            404, "TeamNotFoundException", f"The team '{call.parts['team']}' is not in {project.name}."
        )
    return team


def _team_reference(call: Call, project: Project, team: Team) -> dict[str, Any]:
    url = call.store.url(call.organization, "_apis/projects", project.id, "teams", team.id)
    return {"id": team.id, "name": team.name, "url": url}


def _team(call: Call, project: Project, team: Team) -> dict[str, Any]:
    return {
        **_team_reference(call, project, team),
        "description": team.description,
        "identityUrl": call.store.url(call.organization, "_apis/Identities", team.id),
        "projectName": project.name,
        "projectId": project.id,
    }


OPERATIONS = [
    Operation("GET", "projects", _READ, list_projects),
    Operation("GET", "projects/{project}", _READ, get_project),
    Operation("GET", "projects/{project}/teams", _READ, list_teams),
    Operation("GET", "projects/{project}/teams/{team}", _READ, get_team),
    Operation("GET", "projects/{project}/teams/{team}/members", _READ, list_members),
    Operation("GET", "teams", ("vso.project",), list_teams, preview="7.1-preview.3"),
]
