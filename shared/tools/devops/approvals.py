"""Lists the approvals that stages of pipelines wait for, and decides them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AliasPath, BaseModel, Field

from shared.apis.devops.connected_user import connected_user
from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.service_times import ServiceTime
from shared.apis.models import DevOpsList, DevOpsModel
from shared.caller import Caller
from shared.concurrency import run_concurrently
from shared.errors import ToolError
from shared.guids import PATTERN
from shared.mcp.toolset import Toolset
from shared.results.partial_results import Gap, capture_gap
from shared.results.write_failures import report_unknown_outcome
from shared.text.content import Line, Quoted, quote
from shared.tools.params import Organization, PageSize, Project

_APPROVALS = "/{}/{}/_apis/pipelines/approvals"
_WITH_STEPS: Mapping[str, Any] = {"$expand": "steps"}

toolset = Toolset("builds")


class _Person(DevOpsModel):
    id: str = ""
    display_name: Line = ""


class _Step(DevOpsModel):
    assigned_approver: _Person = Field(default_factory=_Person)
    status: str = ""
    comment: str | None = None


class _Approval(DevOpsModel):
    id: str
    status: str = ""
    created: ServiceTime = Field(None, validation_alias="createdOn")
    min_required_approvers: int | None = None
    instructions: str | None = None
    permissions: str | None = None
    steps: list[_Step] = Field(default_factory=list)
    pipeline: Line | None = Field(None, validation_alias=AliasPath("pipeline", "name"))
    build_id: int | None = Field(None, validation_alias=AliasPath("pipeline", "owner", "id"))
    build: Line | None = Field(None, validation_alias=AliasPath("pipeline", "owner", "name"))


class Approver(BaseModel):
    """A person or group that can decide, and what they decided."""

    name: Line
    status: str
    comment: Quoted | None


class Approval(BaseModel):
    """What a stage waits for; `yours` is null where that depends on a group, or could not be read."""

    id: str
    status: str
    yours: bool | None
    created: ServiceTime
    pipeline: Line | None
    build: Line | None
    build_id: int | None
    approvers: list[Approver]
    approvers_needed: int | None
    instructions: Quoted | None


class Approvals(BaseModel):
    """The approvals that wait, those of the caller first."""

    items: list[Approval]
    complete: bool
    gaps: list[Gap] = Field(default_factory=list, description="What could not be read, and why.")


@toolset.tool(scopes=["vso.build", "vso.profile"])
async def devops_list_approvals(
    caller: Caller, project: Project = None, organization: Organization = None, limit: PageSize = 25
) -> Approvals:
    """List the approvals that pipelines of a project wait for, the user's own first.

    What would run: devops_get_build_status.
    """
    chosen, in_project = await caller.organization(organization), await caller.project(project)
    query: dict[str, Any] = {**_WITH_STEPS, "state": "pending", "top": str(limit + 1)}
    listed, user = await run_concurrently(
        caller.devops.get(DevOpsList[_Approval], _APPROVALS, chosen, in_project, **query),
        capture_gap("whose approvals they are", connected_user(caller.devops, chosen)),
    )
    mine = "" if isinstance(user, Gap) else user
    shown = [_shown(each, mine) for each in listed.value]
    shown.sort(key=lambda each: (each.yours is not True, each.yours is False))
    return Approvals(
        items=shown[:limit],
        complete=len(shown) <= limit,
        gaps=[user] if isinstance(user, Gap) else [],
    )


@toolset.tool(scopes=["vso.build_execute", "vso.pipelineresources_use", "vso.profile"], writes=True)
async def devops_decide_approval(
    caller: Caller,
    approval_id: Annotated[str, Field(pattern=f"^{PATTERN}$", description="id of devops_list_approvals.")],
    decision: Annotated[Literal["approve", "reject"], Field(description="What to decide.")],
    comment: Annotated[
        str | None, Field(min_length=1, max_length=2_000, description="Why, for all to see.")
    ] = None,
    project: Project = None,
    organization: Organization = None,
) -> Approval:
    """Approve or reject what a pipeline's stage waits for: the stage runs, or ends, at once.

    It cannot be taken back: show the user what would run, and ask, before.
    """
    chosen, in_project = await caller.organization(organization), await caller.project(project)
    before = await _read(caller.devops, chosen, in_project, approval_id)
    if before.status != "pending":
        raise ToolError(
            "conflict",
            f"The approval is not pending any more ({before.status}).",
            "devops_list_approvals lists those that are.",
        )
    status = "approved" if decision == "approve" else "rejected"
    update = {"approvalId": approval_id, "status": status, **({"comment": comment} if comment else {})}
    with report_unknown_outcome(
        "Look with devops_list_approvals whether it is pending before you repeat it."
    ):
        decided = await caller.devops.patch(
            DevOpsList[_Approval], _APPROVALS, chosen, in_project, body=[update]
        )
    user = await capture_gap("whose approval it is", connected_user(caller.devops, chosen))
    after = next((each for each in decided.value if each.id.casefold() == approval_id.casefold()), None)
    if after is None or not after.steps:
        after = await _read(caller.devops, chosen, in_project, approval_id)
    return _shown(after, "" if isinstance(user, Gap) else user)


async def _read(devops: DevOps, organization: str, project: str, approval_id: str) -> _Approval:
    return await devops.get(
        _Approval, f"{_APPROVALS}/{{}}", organization, project, approval_id, **_WITH_STEPS
    )


def _shown(approval: _Approval, user: str) -> Approval:
    return Approval(
        id=approval.id,
        status=approval.status,
        yours=_is_mine(approval, user),
        created=approval.created,
        pipeline=approval.pipeline,
        build=approval.build,
        build_id=approval.build_id,
        approvers=[
            Approver(
                name=each.assigned_approver.display_name,
                status=each.status,
                comment=quote(each.comment, f"comment on approval {approval.id}") if each.comment else None,
            )
            for each in approval.steps
        ],
        approvers_needed=approval.min_required_approvers,
        instructions=(
            quote(approval.instructions, f"instructions of approval {approval.id}")
            if approval.instructions
            else None
        ),
    )


def _is_mine(approval: _Approval, user: str) -> bool | None:
    """Tells whether an approval waits for the user; a group's may, which is not known from here."""
    waiting = [each.assigned_approver.id.casefold() for each in approval.steps if each.status == "pending"]
    if approval.permissions in ("update", "reassign", "resourceAdmin") or (
        user and user.casefold() in waiting
    ):
        return True
    return None
