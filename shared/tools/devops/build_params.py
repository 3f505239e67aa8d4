"""Declares the arguments that name builds and build definitions, and resolves them."""

import re
from typing import Annotated, Any

from pydantic import AliasPath, Field

from shared.apis.devops.build_logs import BuildKey
from shared.apis.models import DevOpsList, DevOpsModel
from shared.apis.requests import quotable
from shared.caller import Caller
from shared.errors import ToolError
from shared.text.content import Line
from shared.tools.params import Reference, number_of

BuildReference = Annotated[
    Reference,
    Field(description="Id (4711), number (20261127.3) or web address."),
]
DefinitionReference = Annotated[
    Reference,
    Field(description="Pipeline by id, name or web address."),
]
AnyDefinition = Annotated[
    Reference | None,
    Field(description="Pipeline by id, name or web address; else all."),
]
BranchName = Annotated[
    str | None,
    Field(min_length=1, max_length=400, description="Such as main or refs/pull/412/merge."),
]


# What numbers of builds cannot hold is left out (Run and build numbers).
_BUILD_NUMBER = re.compile(r"#?[^\W_][^\x00-\x1f\"/:<>\\|?@*]{0,254}")
_BUILD_ID = re.compile(r"(?:vstfs:///Build/Build/)?([0-9]{1,10})", re.IGNORECASE | re.ASCII)


class DefinitionSummary(DevOpsModel):
    """A build definition, as far as it is needed to use it."""

    id: int
    name: Line
    path: Line = "\\"
    queue_status: str | None = None


class _NumberedBuild(DevOpsModel):
    id: int
    number: Line = Field("", validation_alias="buildNumber")
    definition: Line = Field("", validation_alias=AliasPath("definition", "name"))


async def resolve_build(
    caller: Caller, build: str, organization: str | None, project: str | None
) -> BuildKey:
    """Resolves an argument to the key of a build.

    Raises:
        ToolError: `invalid_argument`: it is neither an id nor a number nor the address of a build, or
            several builds have the number. `not_found`: none has it.
    """
    written = build.strip()
    link = caller.devops.parse_link(written)
    if link is not None:
        build_id = number_of(link.query.get("buildId") or link.after("builds", "runs") or "")
        if link.area in ("_build", "_apis", "_permalink") and build_id is not None:
            in_project = link.project or link.query.get("projectId") or await caller.project(project)
            return link.organization, in_project, build_id
    elif match := _BUILD_ID.fullmatch(written):
        return await caller.organization(organization), await caller.project(project), int(match[1])
    elif _BUILD_NUMBER.fullmatch(written) and re.search("[0-9]", written):
        scope = await caller.organization(organization), await caller.project(project)
        return *scope, await _numbered(caller, *scope, written.removeprefix("#"))
    raise ToolError(
        "invalid_argument",
        "build: it is neither the id of a build, nor its number, nor its address in Azure DevOps.",
        "Use an id of devops_list_builds, or an address with buildId= in it.",
    )


async def _numbered(caller: Caller, organization: str, project: str, number: str) -> int:
    """Returns the id of the build with this number."""
    limit: dict[str, Any] = {"$top": "50"}
    listed = await caller.devops.get(
        DevOpsList[_NumberedBuild],
        "/{}/{}/_apis/build/builds",
        organization,
        project,
        buildNumber=number,
        statusFilter="all",
        queryOrder="queueTimeDescending",
        **limit,
    )
    # A star in the number stands for anything: here the number is meant as it is.
    found = [each for each in listed.value if each.number.casefold() == number.casefold()]
    if not found:
        if (build_id := number_of(number)) is not None:
            return build_id
        raise ToolError(
            "not_found",
            f"build: the project has no build number {quotable(number)}, or you have no access to it.",
            "Use an id of devops_list_builds.",
        )
    if len(found) > 1:
        raise ToolError(
            "invalid_argument",
            f"build: {len(found)} builds have this number: "
            + ", ".join(f"{each.id} of {each.definition}" for each in found[:10]),
            "Use the id of the one you mean.",
        )
    return found[0].id


async def resolve_definition(
    caller: Caller, organization: str, project: str, definition: str
) -> DefinitionSummary:
    """Resolves an argument to a build definition.

    Raises:
        ToolError: There is none of this id or name, or several have the name.
    """
    path = "/{}/{}/_apis/build/definitions"
    definition_id = number_of(definition)
    if link := caller.devops.parse_link(definition):
        # Its organization and project are those of the scope: see `definition_scope`.
        definition_id = number_of(
            link.query.get("definitionId") or link.after("definitions", "pipelines") or ""
        )
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


async def definition_scope(
    caller: Caller, definition: str | None, organization: str | None, project: str | None
) -> tuple[str, str]:
    """Returns the organization and the project of a definition: an address names its own."""
    link = caller.devops.parse_link(definition) if definition else None
    if link is None:
        return await caller.organization(organization), await caller.project(project)
    return link.organization, link.project or await caller.project(project)
