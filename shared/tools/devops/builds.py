"""Lists build definitions and builds of Azure DevOps, and gets the status of a build."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import AliasPath, BaseModel, Field

from shared.apis.devops.branches import Branch, branch_reference
from shared.apis.devops.service_times import ServiceTime
from shared.apis.devops.timelines import Timeline, read_timeline
from shared.apis.models import DevOpsModel
from shared.caller import Caller
from shared.concurrency import run_concurrently
from shared.mcp.toolset import Toolset
from shared.results.paging import Page, fitting
from shared.results.partial_results import Gap, capture_gap
from shared.text import time_zones, times
from shared.text.content import Line, Quoted, quote
from shared.text.times import Named
from shared.tools.devops.build_params import (
    AnyDefinition,
    BranchName,
    BuildReference,
    definition_scope,
    resolve_build,
    resolve_definition,
)
from shared.tools.devops.build_parts import (
    BuildParts,
    Parts,
    WaitingApproval,
    read_parts,
    waiting_approvals,
)
from shared.tools.params import Cursor, Organization, PageSize, Project, When

toolset = Toolset("builds")

STEPS_BUDGET = 16_000
"""Characters of JSON the steps of a build may take."""


class Definition(DevOpsModel):
    """A build definition: a pipeline."""

    id: int
    name: Line
    folder: Line = Field("\\", validation_alias="path")
    queue_status: str | None = Field(
        None, description="enabled; paused: builds wait; disabled: none can be queued."
    )
    last_completed_build_id: int | None = Field(
        None, validation_alias=AliasPath("latestCompletedBuild", "id")
    )
    last_result: str | None = Field(None, validation_alias=AliasPath("latestCompletedBuild", "result"))
    last_finished: ServiceTime = Field(None, validation_alias=AliasPath("latestCompletedBuild", "finishTime"))
    web_url: str | None = Field(None, validation_alias=AliasPath("_links", "web", "href"))


class BuildSummary(DevOpsModel):
    """A build."""

    id: int
    number: Line | None = Field(None, validation_alias="buildNumber")
    definition: Line = Field(validation_alias=AliasPath("definition", "name"))
    status: str
    result: str | None = Field(None, description="null until the build has completed.")
    branch: Branch | None = Field(None, validation_alias="sourceBranch")
    requested_for: Line | None = Field(None, validation_alias=AliasPath("requestedFor", "displayName"))
    queued: ServiceTime = Field(None, validation_alias="queueTime")
    finished: ServiceTime = Field(None, validation_alias="finishTime")
    web_url: str | None = Field(None, validation_alias=AliasPath("_links", "web", "href"))


class ValidationResult(DevOpsModel):
    """What the service remarked about a build."""

    result: str = ""
    message: Line = ""


class Build(BuildSummary):
    """A build with what it was run for."""

    definition_id: int = Field(validation_alias=AliasPath("definition", "id"))
    reason: str | None = None
    started: ServiceTime = Field(None, validation_alias="startTime")
    commit: str | None = Field(None, validation_alias="sourceVersion")
    commit_message: Line | None = Field(None, validation_alias=AliasPath("triggerInfo", "ci.message"))
    pull_request: Line | None = Field(None, validation_alias=AliasPath("triggerInfo", "pr.number"))
    validation_results: list[ValidationResult] | None = Field(None, exclude=True)

    @property
    def problems(self) -> Quoted | None:
        """Returns what is wrong with the YAML or the request of the build, in its envelope."""
        remarks = [
            each.message for each in self.validation_results or () if each.result != "ok" and each.message
        ]
        return quote("\n".join(remarks), f"validation of build {self.id}") if remarks else None

    @property
    def without_steps(self) -> str:
        """Returns why the build has no steps, by its status."""
        match self.status:
            case "completed" if self.problems:
                return "The build failed before any step ran: see problems."
            case "completed" if self.result == "canceled":
                return "The build was canceled before any step ran."
            case "completed":
                return "The build ended without running any step."
            case "inProgress" | "cancelling":
                return "The build has started, but has no steps yet."
            case _:
                return "The build has not started yet."


class Step(BaseModel):
    """A step of a build; `log_id` is what devops_get_build_log takes, once the step has ended."""

    stage: str
    job: str
    name: str
    state: str | None
    result: str | None
    log_id: int | None
    after: int | None = Field(description="Seconds from the build's start to that of the step.")
    seconds: int | None = Field(description="How long it took; null until it has ended.")


class RetriedPart(BaseModel):
    """A stage or job that ran more than once; steps are those of its last attempt."""

    kind: str
    name: Line
    attempt: int = Field(description="Which attempt the last one is.")
    result: str | None


class BuildStatus(BuildParts):
    """A build and its steps in the order in which they run."""

    build: Build
    problems: Quoted | None = Field(
        description="What is wrong with the YAML or the request, if the build failed on it."
    )
    steps: list[Step]
    steps_complete: bool
    retried: list[RetriedPart] = Field(description="Stages that needed another attempt.")
    waiting_for: list[WaitingApproval] = Field(description="Approvals that its stages wait for.")
    gaps: list[Gap] = Field(description="What could not be read, and why.")
    note: str | None = Field(description="Why steps are missing, if some are.")


@toolset.tool(scopes=["vso.build"])
async def devops_list_build_definitions(
    caller: Caller,
    name: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=400,
            description="Only of this name; * stands for any characters.",
        ),
    ] = None,
    folder: Annotated[
        str | None,
        Field(min_length=1, max_length=400, description="Only right in this folder, such as \\Booking."),
    ] = None,
    organization: Organization = None,
    project: Project = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[Definition]:
    """List the build definitions (pipelines) of an Azure DevOps project by name, with how each ended last."""
    return await caller.devops.page(
        Definition,
        "/{}/{}/_apis/build/definitions",
        await caller.organization(organization),
        await caller.project(project),
        name=name or "",
        path="\\" + folder.replace("/", "\\").strip("\\") if folder else "",
        includeLatestBuilds="true",
        queryOrder="definitionNameAscending",
        limit=limit,
        cursor=cursor,
    )


@toolset.tool(scopes=["vso.build"])
async def devops_list_builds(
    caller: Caller,
    definition: AnyDefinition = None,
    branch: BranchName = None,
    status: Annotated[
        Literal["all", "notStarted", "inProgress", "cancelling", "postponed", "completed"],
        Field(description="Only these."),
    ] = "all",
    result: Annotated[
        Literal["succeeded", "partiallySucceeded", "failed", "canceled"] | None,
        Field(description="Of completed ones; partiallySucceeded: with warnings."),
    ] = None,
    requested_for: Annotated[
        str | None,
        Field(min_length=1, max_length=320, description="Person, by address or full name."),
    ] = None,
    since: Annotated[When | None, Field(description="Only queued since this date, time or name.")] = None,
    organization: Organization = None,
    project: Project = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[BuildSummary]:
    """List builds of an Azure DevOps project, the last queued first, running ones included.

    Why one failed: devops_diagnose_build; how far one is: devops_get_build_status.
    """
    scope = await definition_scope(caller, definition, organization, project)
    chosen = await resolve_definition(caller, *scope, definition) if definition else None
    return await caller.devops.page(
        BuildSummary,
        "/{}/{}/_apis/build/builds",
        *scope,
        definitions=str(chosen.id) if chosen else "",
        branchName=branch_reference(branch) if branch else "",
        statusFilter=status,
        resultFilter=result or "",
        requestedFor=requested_for or "",
        minTime=await _begin(caller, since) if since else "",
        queryOrder="queueTimeDescending",
        limit=limit,
        cursor=cursor,
    )


@toolset.tool(scopes=["vso.build"])
async def devops_get_build_status(
    caller: Caller,
    build: BuildReference,
    include: Parts = None,
    organization: Organization = None,
    project: Project = None,
) -> BuildStatus:
    """Get how far a build is or how it ended: state, result, commit, and each step with its log's id.

    Why it failed: devops_diagnose_build.
    """
    key = await resolve_build(caller, build, organization, project)
    found, timeline, (parts, missing) = await run_concurrently(
        caller.devops.get(Build, "/{}/{}/_apis/build/builds/{}", *key),
        capture_gap("steps", read_timeline(caller.devops, key)),
        read_parts(caller.devops, key, include or ()),
    )
    unread = [timeline] if isinstance(timeline, Gap) else []
    known = timeline if isinstance(timeline, Timeline) else Timeline()
    steps = _steps(known, found.started)
    shown = steps[: fitting(steps, STEPS_BUDGET)]
    left_out = len(steps) - len(shown)
    note = f"{left_out} more steps are too many to show; see web_url." if left_out else None
    if unread:
        note = "The steps could not be read: see gaps."
    elif not known.records:
        note = found.without_steps
    return BuildStatus(
        build=found,
        problems=found.problems,
        steps=shown,
        steps_complete=note is None,
        retried=retried_parts(known),
        waiting_for=waiting_approvals(known),
        gaps=[*unread, *missing],
        note=note,
        **parts,
    )


async def _begin(caller: Caller, since: Named | date) -> str:
    zone = time_zones.zone(await caller.time_zone(None))
    return times.span(since, None, zone, now=datetime.now(UTC)).start.isoformat()


def retried_parts(timeline: Timeline) -> list[RetriedPart]:
    """Returns the stages or jobs of a build that ran more than once."""
    return [
        RetriedPart(kind=each.type, name=each.name, attempt=each.attempt or 1, result=each.result)
        for each in timeline.retried
    ]


def _steps(timeline: Timeline, started: datetime | None) -> list[Step]:
    """Returns what ran or will run, without what only holds other records."""
    return [
        Step(
            stage=timeline.name_above(record, "Stage"),
            job=timeline.name_above(record, "Job"),
            name=record.name,
            state=record.state,
            result=record.result,
            log_id=record.log_id,
            after=_seconds(started, record.started),
            seconds=_seconds(record.started, record.finished),
        )
        for record in timeline.ordered
        if record.type == "Task"
    ]


def _seconds(begin: datetime | None, end: datetime | None) -> int | None:
    """Returns whole seconds from one time to another; None where one is not known, or comes too early."""
    if begin is None or end is None or end < begin:
        return None
    return round((end - begin).total_seconds())
