"""Creates branches in Git repositories of Azure DevOps."""

from typing import Annotated

from pydantic import BaseModel, Field

from shared.apis.devops.git_repositories import resolve_commit
from shared.apis.devops.ref_updates import create_branch
from shared.apis.requests import quotable
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.text.content import Line, clean_line
from shared.tools.devops.git_params import RepositoryName, VersionName, resolve_repository
from shared.tools.params import Organization, Project

toolset = Toolset("repos")

_BRANCHES = "refs/heads/"


class CreatedBranch(BaseModel):
    """The branch that was created."""

    name: Line
    commit_id: str
    web_url: str


@toolset.tool(scopes=["vso.code_write"], writes=True)
async def devops_create_branch(
    caller: Caller,
    repository: RepositoryName,
    name: Annotated[str, Field(min_length=1, max_length=200, description="Such as ana/fix-cache.")],
    source: VersionName = None,
    organization: Organization = None,
    project: Project = None,
) -> CreatedBranch:
    """Create a branch in an Azure DevOps repository, at the commit of source: others see it at once.

    A name that is taken is refused.
    """
    short = name.strip().removeprefix(_BRANCHES)
    if not short or short.startswith("refs/"):
        raise ToolError(
            "invalid_argument",
            f"name: {quotable(name)!r} is no name of a branch.",
            "Give the short name, such as ana/fix-cache.",
        )
    place = await resolve_repository(caller, repository, organization, project)
    commit, _ = await resolve_commit(caller.devops, place.key, source or place.version)
    await create_branch(caller.devops, place.key, short, commit)
    return CreatedBranch(
        name=clean_line(short),
        commit_id=commit,
        web_url=caller.devops.web_url("/{}/{}/_git/{}", *place.key, version=f"GB{short}"),
    )
