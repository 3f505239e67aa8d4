"""Diagnoses failed builds: the failed steps with the ends of their logs, and any log by lines."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from shared.apis.devops.branches import branch_reference
from shared.apis.devops.build_logs import BuildKey, Log, LogPart, list_logs, read_log, read_log_end
from shared.apis.devops.timelines import Issue, Timeline, TimelineRecord, failed_steps, read_timeline
from shared.caller import Caller
from shared.concurrency import run_all, run_concurrently
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.result_limit import share
from shared.results.partial_results import Gap, capture_gap
from shared.text.content import Quoted, quote
from shared.tools.devops.build_params import (
    AnyDefinition,
    BranchName,
    BuildReference,
    definition_scope,
    resolve_build,
    resolve_definition,
)
from shared.tools.devops.builds import Build, RetriedPart, retried_parts
from shared.tools.params import Organization, Project, Reference

toolset = Toolset("builds")

STEPS = 8
"""Failed steps that are shown; the first is the cause more often than the last."""
LOGS_BUDGET = 18_000
"""Characters of the logs of all steps together."""
ISSUES = 5
ISSUE_LIMIT = 300


class FailedStep(BaseModel):
    """A step that went wrong; line numbers are those of its log."""

    stage: str
    job: str
    name: str
    kind: str = Field(description="Task, or the Job, Phase, Stage or Checkpoint that failed by itself.")
    result: str | None
    issues: Quoted | None = Field(description="Its errors and warnings, one on each line.")
    more_issues: int
    log: LogPart | None = Field(
        description="The end of its log; null when it wrote none, or it could not be read: see gaps."
    )


class BuildDiagnosis(BaseModel):
    """A build and what went wrong in it, in the order in which it happened."""

    build: Build
    problems: Quoted | None = Field(
        description="What is wrong with the YAML or the request, if the build failed on it."
    )
    failed_steps: list[FailedStep]
    complete: bool = Field(description="Whether all failed steps are here.")
    retried: list[RetriedPart] = Field(description="Stages that needed another attempt.")
    gaps: list[Gap] = Field(description="What could not be read, and why.")
    note: str | None


@toolset.tool(scopes=["vso.build"])
async def devops_diagnose_build(
    caller: Caller,
    build: Annotated[
        Reference | None,
        Field(description="Id (4711), number (20261127.3) or web address; else the one that failed last."),
    ] = None,
    definition: AnyDefinition = None,
    branch: BranchName = None,
    log_lines: Annotated[
        int,
        Field(ge=1, le=200, description="Last lines of each failed step's log."),
    ] = 40,
    organization: Organization = None,
    project: Project = None,
) -> BuildDiagnosis:
    """Diagnose a failed build: its failed steps in order, their errors, and the last lines of their logs.

    Without build it is the one that failed last, of definition and branch if given. More of a log:
    devops_get_build_log.
    """
    key = await _resolve_build_or_last_failed(caller, build, definition, branch, organization, project)
    found, timeline, logs = await run_concurrently(
        caller.devops.get(Build, "/{}/{}/_apis/build/builds/{}", *key),
        capture_gap("steps", read_timeline(caller.devops, key)),
        capture_gap("logs", list_logs(caller.devops, key)),
    )
    gaps = [each for each in (timeline, logs) if isinstance(each, Gap)]
    known = timeline if isinstance(timeline, Timeline) else Timeline()
    of_steps = logs if isinstance(logs, dict) else {}
    failed = failed_steps(known.ordered)
    shown = failed[:STEPS]
    limit = share(LOGS_BUDGET) // max(len(shown), 1)
    ends = await run_all(
        capture_gap(
            f"log of {each.name}", _log_end(caller, key, of_steps.get(each.log_id or 0), log_lines, limit)
        )
        for each in shown
    )
    return BuildDiagnosis(
        build=found,
        problems=found.problems,
        failed_steps=[
            _step(known, each, None if isinstance(end, Gap) else end)
            for each, end in zip(shown, ends, strict=True)
        ],
        complete=len(shown) == len(failed) and found.status == "completed" and not isinstance(timeline, Gap),
        retried=retried_parts(known),
        gaps=[*gaps, *(each for each in ends if isinstance(each, Gap))],
        note=_note(found, known, len(failed), has_steps=not isinstance(timeline, Gap)),
    )


@toolset.tool(scopes=["vso.build"])
async def devops_get_build_log(
    caller: Caller,
    build: BuildReference,
    log_id: Annotated[int, Field(ge=1, le=2_147_483_647, description="log_id of a step.")],
    first_line: Annotated[
        int | None,
        Field(
            ge=1,
            le=2_147_483_647,
            description="Counted from 1; else the end is read.",
        ),
    ] = None,
    line_count: Annotated[int, Field(ge=1, le=1_000, description="At most.")] = 200,
    organization: Organization = None,
    project: Project = None,
) -> LogPart:
    """Get lines of the log of one step of a build: the last ones, or from first_line on.

    Begin with devops_diagnose_build; log ids are there and in devops_get_build_status.
    """
    key = await resolve_build(caller, build, organization, project)
    log = (await list_logs(caller.devops, key)).get(log_id)
    if log is None:
        raise ToolError(
            "not_found", f"Build {key[2]} has no log {log_id}.", "Use a log_id of devops_get_build_status."
        )
    if first_line is None:
        return await read_log_end(caller.devops, key, log, count=line_count)
    if first_line > max(log.line_count, 1):
        raise ToolError(
            "invalid_argument",
            f"first_line: the log has {log.line_count} lines.",
            "Leave first_line out to read its end.",
        )
    return await read_log(caller.devops, key, log, first_line=first_line, count=line_count)


async def _resolve_build_or_last_failed(
    caller: Caller,
    build: str | None,
    definition: str | None,
    branch: str | None,
    organization: str | None,
    project: str | None,
) -> BuildKey:
    if build is None:
        scope = await definition_scope(caller, definition, organization, project)
        return *scope, await _last_failed(caller, *scope, definition, branch)
    if definition or branch:
        raise ToolError(
            "invalid_argument",
            "build: it names one build, so definition and branch have nothing to choose.",
            "Give either build, or definition and branch.",
        )
    return await resolve_build(caller, build, organization, project)


async def _last_failed(
    caller: Caller, organization: str, project: str, definition: str | None, branch: str | None
) -> int:
    chosen = await resolve_definition(caller, organization, project, definition) if definition else None
    builds = await caller.devops.page(
        Build,
        "/{}/{}/_apis/build/builds",
        organization,
        project,
        definitions=str(chosen.id) if chosen else "",
        branchName=branch_reference(branch) if branch else "",
        statusFilter="completed",
        resultFilter="failed",
        queryOrder="finishTimeDescending",
        limit=1,
    )
    if not builds.items:
        raise ToolError(
            "not_found",
            "There is no failed build of this definition and branch.",
            "See what there is with devops_list_builds.",
        )
    return builds.items[0].id


async def _log_end(caller: Caller, key: BuildKey, log: Log | None, count: int, limit: int) -> LogPart | None:
    return await read_log_end(caller.devops, key, log, count=count, limit=limit) if log else None


def _step(timeline: Timeline, record: TimelineRecord, log: LogPart | None) -> FailedStep:
    issues = record.issues or []
    # Errors before warnings, each in the order in which they came.
    first = sorted(issues, key=lambda issue: issue.type != "error")[:ISSUES]
    return FailedStep(
        stage=timeline.name_above(record, "Stage"),
        job=timeline.name_above(record, "Job"),
        name=record.name,
        kind=record.type,
        result=record.result,
        issues=_quoted_issues(record, first),
        more_issues=len(issues) - len(first),
        log=log,
    )


def _quoted_issues(record: TimelineRecord, issues: Sequence[Issue]) -> Quoted | None:
    """Returns errors and warnings, which quote what others wrote, in their envelope."""
    lines = [
        f"{each.type or 'issue'}{f' (log line {each.log_line})' if each.log_line else ''}: "
        f"{each.shortened(ISSUE_LIMIT).message}"
        for each in issues
    ]
    text = "\n".join(lines)
    return quote(text, f"issues of {record.name}", limit=len(text)) if lines else None


def _note(build: Build, timeline: Timeline, failed: int, *, has_steps: bool) -> str | None:
    if not has_steps:
        return "The steps could not be read: see gaps."
    if build.status == "completed" and not timeline.records:
        return build.without_steps
    if build.status != "completed":
        return "The build has not completed: more may fail."
    if failed > STEPS:
        return f"{failed - STEPS} more steps failed; devops_get_build_status lists them."
    if failed:
        return None
    return "No step failed in the last attempt: see retried." if timeline.retried else "No step failed."
