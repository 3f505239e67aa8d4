"""Cancels builds, and runs their failed stages again."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.apis.devops.build_logs import BuildKey
from shared.apis.devops.timelines import TimelineRecord, read_timeline
from shared.apis.requests import quotable
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.write_failures import report_unknown_outcome
from shared.text.content import Line
from shared.tools.devops.build_params import BuildReference, resolve_build
from shared.tools.devops.builds import Build, BuildSummary
from shared.tools.params import Organization, Project

_BUILD = "/{}/{}/_apis/build/builds/{}"
_LOOK = "Look with devops_get_build_status how the build stands before you repeat the call."
# What a stage can be run again after (Stages, Update).
_FAILED = frozenset({"failed", "canceled", "abandoned"})

toolset = Toolset("builds")


class ChangedBuild(BaseModel):
    """What was requested of a build, and how the build stood right after."""

    action: Literal["cancel", "retry"]
    stages: list[Line] = Field(description="The stages it was requested for; empty for the whole build.")
    build: BuildSummary


@toolset.tool(scopes=["vso.build_execute"], writes=True)
async def devops_change_build(
    caller: Caller,
    build: BuildReference,
    action: Annotated[
        Literal["cancel", "retry"], Field(description="Cancel what runs, or retry what failed.")
    ],
    stage: Annotated[
        str | None,
        Field(min_length=1, max_length=200, description="By name; else the whole build."),
    ] = None,
    organization: Organization = None,
    project: Project = None,
) -> ChangedBuild:
    """Cancel a running build, or retry its failed stages: at once, and everybody sees it.

    A retry may deploy again. Follow it with devops_get_build_status.
    """
    key = await resolve_build(caller, build, organization, project)
    devops = caller.devops
    before = await devops.get(Build, _BUILD, *key)
    over = before.status == "completed"
    if stage is None:
        _check(key, action, before, over=over)
        with report_unknown_outcome(_LOOK):
            if action == "cancel":
                changed = await devops.patch(BuildSummary, _BUILD, *key, body={"status": "cancelling"})
            else:
                changed = await devops.patch(BuildSummary, _BUILD, *key, body={}, retry="true")
        return ChangedBuild(action=action, stages=[], build=changed)
    chosen = _stage(
        stage, [each for each in (await read_timeline(devops, key)).ordered if each.type == "Stage"]
    )
    _check_stage(action, chosen)
    body = {"state": "cancel"} if action == "cancel" else {"state": "retry", "forceRetryAllJobs": False}
    with report_unknown_outcome(_LOOK):
        await devops.command(
            "PATCH", f"{_BUILD}/stages/{{}}", *key, chosen.identifier or chosen.name, body=body
        )
    after = await devops.get(BuildSummary, _BUILD, *key)
    return ChangedBuild(action=action, stages=[chosen.name], build=after)


def _check(key: BuildKey, action: str, build: Build, *, over: bool) -> None:
    """Raises where a build is not in a state that the action is for."""
    if action == "cancel" and over:
        raise ToolError(
            "conflict", f"Build {key[2]} has ended already ({build.result}).", "There is nothing to cancel."
        )
    if action == "retry" and not over:
        raise ToolError(
            "conflict",
            f"Build {key[2]} has not ended ({build.status}).",
            "Wait until it has ended, or cancel it first.",
        )
    if action == "retry" and build.result == "succeeded":
        raise ToolError(
            "conflict",
            f"Build {key[2]} has succeeded: nothing of it failed.",
            "To run it anew, use devops_trigger_build.",
        )


def _check_stage(action: str, stage: TimelineRecord) -> None:
    """Raises where a stage is not in a state that the action is for."""
    ended = stage.state == "completed"
    if action == "cancel" and ended:
        raise ToolError(
            "conflict",
            f"Stage {stage.name} has ended already ({stage.result}).",
            "There is nothing to cancel.",
        )
    if action == "retry" and (not ended or stage.result not in _FAILED):
        raise ToolError(
            "conflict",
            f"Stage {stage.name} did not fail ({stage.result or stage.state}).",
            "Retry a stage that failed; devops_get_build_status tells which.",
        )


def _stage(wanted: str, stages: list[TimelineRecord]) -> TimelineRecord:
    """Returns the stage of a name or identifier, in any case.

    Raises:
        ToolError: `not_found`: there is none.
    """
    folded = wanted.casefold()
    found = [each for each in stages if folded == (each.identifier or "").casefold()] or [
        each for each in stages if folded == each.name.casefold()
    ]
    if len(found) == 1:
        return found[0]
    known = ", ".join(quotable(each.identifier or each.name) for each in stages)
    raise ToolError(
        "invalid_argument" if found else "not_found",
        f"stage: several have the name {quotable(wanted)}."
        if found
        else f"stage: there is no {quotable(wanted)}.",
        f"Name one of: {known}." if known else "The build has no stages yet.",
    )
