"""Runs build definitions of Azure DevOps, and previews what would run."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from shared.apis.devops.branches import branch_reference
from shared.apis.models import DevOpsModel
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.write_failures import report_unknown_outcome
from shared.text.content import Quoted, quote
from shared.tools.devops.build_params import (
    BranchName,
    DefinitionReference,
    DefinitionSummary,
    definition_scope,
    resolve_definition,
)
from shared.tools.devops.builds import BuildSummary, ValidationResult
from shared.tools.params import Offset, Organization, Project

toolset = Toolset("builds")


_LOOK = "Look with devops_list_builds whether the build is there before you repeat the call."


class _QueuedRun(DevOpsModel):
    id: int


class Preview(DevOpsModel):
    """What a run would be made of."""

    final_yaml: str = ""


class QueuedBuild(BuildSummary):
    """A build just queued, with what the service remarked."""

    validation_results: list[ValidationResult] | None = None


class TriggeredBuild(BaseModel):
    """A build that was queued, or what would run."""

    mode: Literal["preview", "queue"]
    definition_id: int
    definition: str
    branch: str | None = Field(description="null: the default branch of the definition.")
    parameters: dict[str, str]
    variables: dict[str, str]
    stages_to_skip: list[str]
    warnings: list[str]
    build: BuildSummary | None = Field(description="The queued build; null in a preview.")
    final_yaml: Quoted | None = Field(description="What would run; null when it was queued.")


@toolset.tool(scopes=["vso.build_execute"], writes=True)
async def devops_trigger_build(
    caller: Caller,
    definition: DefinitionReference,
    mode: Annotated[
        Literal["preview", "queue"],
        Field(description="preview shows what would run, and starts nothing."),
    ] = "preview",
    branch: BranchName = None,
    parameters: Annotated[
        dict[Annotated[str, Field(max_length=200)], Annotated[str, Field(max_length=4_000)]] | None,
        Field(
            max_length=100,
            description='Template parameters, values as text, such as "true"; others keep their defaults.',
        ),
    ] = None,
    variables: Annotated[
        dict[Annotated[str, Field(max_length=200)], Annotated[str, Field(max_length=4_000)]] | None,
        Field(max_length=100, description="By name, those that may be set at queue time."),
    ] = None,
    stages_to_skip: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200)]] | None,
        Field(max_length=50, description="By their names in the YAML."),
    ] = None,
    ignore_warnings: Annotated[bool, Field(description="Only after you have seen the warnings.")] = False,
    offset: Offset = 0,
    organization: Organization = None,
    project: Project = None,
) -> TriggeredBuild:
    """Run a build definition (pipeline) on a branch, or preview the YAML that would run.

    Preview first: it changes nothing and checks branch and parameters. Each queue starts another build: if
    the outcome is unknown, look at devops_list_builds.
    """
    scope = await definition_scope(caller, definition, organization, project)
    chosen = await resolve_definition(caller, *scope, definition)
    triggered = TriggeredBuild(
        mode=mode,
        definition_id=chosen.id,
        definition=chosen.name,
        branch=branch,
        parameters=parameters or {},
        variables=variables or {},
        stages_to_skip=stages_to_skip or [],
        warnings=_warnings(chosen),
        build=None,
        final_yaml=None,
    )
    if mode == "preview":
        preview = await _preview(caller, scope, triggered)
        yaml = quote(preview.final_yaml, f"YAML of {chosen.name}", offset=offset)
        return triggered.model_copy(update={"final_yaml": yaml})
    queued = await _queue(caller, scope, triggered, ignore_warnings=ignore_warnings)
    remarks = [each.message for each in queued.validation_results or [] if each.result != "ok"]
    return triggered.model_copy(update={"build": queued, "warnings": triggered.warnings + remarks})


def _warnings(definition: DefinitionSummary) -> list[str]:
    match definition.queue_status:
        case "disabled":
            return ["The definition is disabled: no build of it can be queued."]
        case "paused":
            return ["The definition is paused: a queued build waits until somebody resumes it."]
        case _:
            return []


def _run(requested: TriggeredBuild) -> dict[str, Any]:
    """Returns a run as the pipelines API takes it; values that are not given are not sent."""
    run: dict[str, Any] = {"templateParameters": requested.parameters}
    if requested.branch:
        run["resources"] = {"repositories": {"self": {"refName": branch_reference(requested.branch)}}}
    if requested.variables:
        run["variables"] = {
            name: {"value": value, "isSecret": False} for name, value in requested.variables.items()
        }
    if requested.stages_to_skip:
        run["stagesToSkip"] = requested.stages_to_skip
    return run


async def _preview(caller: Caller, scope: tuple[str, str], requested: TriggeredBuild) -> Preview:
    body = {"previewRun": True, **_run(requested)}
    return await caller.devops.post(
        Preview, "/{}/{}/_apis/pipelines/{}/preview", *scope, requested.definition_id, body=body
    )


async def _queue(
    caller: Caller, scope: tuple[str, str], requested: TriggeredBuild, *, ignore_warnings: bool
) -> QueuedBuild:
    body: dict[str, Any] = {
        "definition": {"id": requested.definition_id},
        "templateParameters": requested.parameters,
    }
    if requested.branch:
        body["sourceBranch"] = branch_reference(requested.branch)
    if requested.variables:
        body["parameters"] = json.dumps(requested.variables)
    try:
        with report_unknown_outcome(_LOOK):
            if requested.stages_to_skip:
                # Only the pipelines API leaves out stages; it has no warnings to ignore.
                return await _run_stages(caller, scope, requested)
            return await caller.devops.post(
                QueuedBuild,
                "/{}/{}/_apis/build/builds",
                *scope,
                body=body,
                ignoreWarnings="true" if ignore_warnings else "",
            )
    except ToolError as error:
        if error.code != "conflict":
            raise
        raise ToolError(
            "conflict",
            f"No build was queued, as Azure DevOps warns: {error.details.get('findings') or error.message}",
            "If the warnings do not matter, repeat the call with ignore_warnings true.",
            details=error.details,
        ) from error


async def _run_stages(caller: Caller, scope: tuple[str, str], requested: TriggeredBuild) -> QueuedBuild:
    """Runs a pipeline without some of its stages; the id of a run is that of its build."""
    path = "/{}/{}/_apis/pipelines/{}/runs"
    run = await caller.devops.post(_QueuedRun, path, *scope, requested.definition_id, body=_run(requested))
    return await caller.devops.get(QueuedBuild, "/{}/{}/_apis/build/builds/{}", *scope, run.id)
