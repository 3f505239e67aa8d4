"""Lists Azure DevOps projects and their teams."""

from typing import Any

from pydantic import Field

from shared.apis.devops.service_times import ServiceTime
from shared.apis.models import DevOpsList, DevOpsModel
from shared.caller import Caller
from shared.mcp.toolset import Toolset
from shared.results.paging import Page
from shared.results.partial_results import Gap, capture_gap
from shared.text.content import Line
from shared.tools.params import Cursor, Organization, PageSize

TEAMS_LIMIT = 100

toolset = Toolset("projects")


class Team(DevOpsModel):
    """A team of a project."""

    id: str
    name: Line
    description: Line | None = None


class Project(DevOpsModel):
    """A project of an organization; `name` is what other tools take."""

    id: str
    name: Line
    description: Line | None = None
    visibility: str | None = None
    last_updated: ServiceTime = Field(None, validation_alias="lastUpdateTime")
    web_url: str = ""
    teams: list[Team] = Field(default_factory=list)
    teams_complete: bool = Field(
        True, description=f"False where it has more than {TEAMS_LIMIT} teams, or they could not be read."
    )
    gaps: list[Gap] = Field(default_factory=list, description="What could not be read, and why.")


@toolset.tool(scopes=["vso.project"])
async def devops_list_projects(
    caller: Caller, organization: Organization = None, limit: PageSize = 25, cursor: Cursor = None
) -> Page[Project]:
    """List the projects of an Azure DevOps organization that the signed-in user can see, with their teams.

    get_user_context lists the organizations.
    """
    chosen = await caller.organization(organization)
    one_more: dict[str, Any] = {"$top": str(TEAMS_LIMIT + 1)}

    async def with_teams(project: Project) -> Project:
        found = await capture_gap(
            f"teams of {project.name}",
            caller.devops.get(
                DevOpsList[Team],
                "/{}/_apis/projects/{}/teams",
                chosen,
                project.id,
                **one_more,
            ),
        )
        teams = [] if isinstance(found, Gap) else found.value
        return project.model_copy(
            update={
                "web_url": caller.devops.web_url("/{}/{}", chosen, project.name),
                "teams": teams[:TEAMS_LIMIT],
                "teams_complete": not isinstance(found, Gap) and len(teams) <= TEAMS_LIMIT,
                "gaps": [found] if isinstance(found, Gap) else [],
            }
        )

    return await caller.devops.page(
        Project,
        "/{}/_apis/projects",
        chosen,
        limit=limit,
        cursor=cursor,
        completed=with_teams,
        stateFilter="wellFormed",
    )
