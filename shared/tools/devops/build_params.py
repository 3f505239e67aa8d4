"""Declares the arguments that name builds and build definitions, and resolves them."""

from typing import Annotated

from pydantic import Field

from shared.apis.devops.build_logs import BuildKey
from shared.apis.models import DevOpsList, DevOpsModel
from shared.caller import Caller
from shared.errors import ToolError
from shared.text.content import Line
from shared.tools.params import Reference, number_of

BuildReference = Annotated[
    Reference,
    Field(
        description="The build: its id, such as 4711, or its address in the browser, which then also "
        "says the organization and project."
    ),
]
DefinitionReference = Annotated[
    Reference, Field(description="The build definition (pipeline): its id, or its name in any case.")
]
AnyDefinition = Annotated[
    Reference | None,
    Field(
        description="The build definition (pipeline): its id, or its name in any case; left out, all of "
        "the project."
    ),
]
BranchName = Annotated[
    str | None,
    Field(min_length=1, max_length=400, description="Branch, such as main or refs/pull/412/merge."),
]


class DefinitionSummary(DevOpsModel):
    """A build definition, as far as it is needed to use it."""

    id: int
    name: Line
    path: Line = "\\"
    queue_status: str | None = None


async def resolve_build(
    caller: Caller, build: str, organization: str | None, project: str | None
) -> BuildKey:
    """Resolves an argument to the key of a build.

    Raises:
        ToolError: `invalid_argument`: it is neither an id nor the address of a build.
    """
    build_id = number_of(build)
    if build_id is not None:
        return await caller.organization(organization), await caller.project(project), build_id
    link = caller.devops.parse_link(build)
    build_id = number_of(link.query.get("buildId", "")) if link and link.area == "_build" else None
    if link is None or build_id is None:
        raise ToolError(
            "invalid_argument",
            "build: it is neither the id of a build nor its address in Azure DevOps.",
            "Use an id of devops_list_builds, or an address with buildId= in it.",
        )
    return link.organization, link.project, build_id


async def resolve_definition(
    caller: Caller, organization: str, project: str, definition: str
) -> DefinitionSummary:
    """Resolves an argument to a build definition.

    Raises:
        ToolError: There is none of this id or name, or several have the name.
    """
    path = "/{}/{}/_apis/build/definitions"
    definition_id = number_of(definition)
    if definition_id is not None:
        return await caller.devops.get(DefinitionSummary, path + "/{}", organization, project, definition_id)
    listed = await caller.devops.get(
        DevOpsList[DefinitionSummary], path, organization, project, name=definition
    )
    # A star in the name stands for anything: here the name is meant as it is.
    found = [each for each in listed.value if each.name.casefold() == definition.casefold()]
    if not found:
        raise ToolError(
            "not_found",
            "definition: the project has no build definition of this name, or you have no access to it.",
            "Find the name with devops_list_build_definitions.",
        )
    if len(found) > 1:
        raise ToolError(
            "invalid_argument",
            f"definition: {len(found)} build definitions have this name: "
            + ", ".join(f"{each.id} in {each.path}" for each in found),
            "Use the id of the one you mean.",
        )
    return found[0]
