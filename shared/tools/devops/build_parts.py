"""Reads what belongs to a build: its commits, its work items, its artifacts, the approvals it waits for."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AliasPath, BaseModel, Field

from shared.apis.devops.build_logs import BuildKey
from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.service_times import ServiceTime
from shared.apis.devops.timelines import Timeline
from shared.apis.models import DevOpsList, DevOpsModel
from shared.concurrency import run_all
from shared.results.paging import fitting
from shared.results.partial_results import Gap, capture_gap
from shared.text.content import Line

PART_LIMIT = 50
"""Entries of each part that are read."""
_PART_BUDGET = 5_000
_BUILD = "/{}/{}/_apis/build/builds/{}"

type Part = Literal["changes", "work_items", "artifacts"]

Parts = Annotated[
    list[Part] | None,
    Field(
        min_length=1,
        max_length=3,
        description="To read as well; commits are those since the build before.",
    ),
]


class Change(DevOpsModel):
    """A commit that a build contains and the one before did not."""

    id: str
    message: Line = ""
    message_truncated: bool = False
    author: Line | None = Field(None, validation_alias=AliasPath("author", "displayName"))
    time: ServiceTime = Field(None, validation_alias="timestamp")


class Artifact(DevOpsModel):
    """What a build published; `kind` is PipelineArtifact, Container or FilePath."""

    name: Line
    kind: str | None = Field(None, validation_alias=AliasPath("resource", "type"))
    bytes: int | None = Field(None, validation_alias=AliasPath("resource", "properties", "artifactsize"))


class _Reference(DevOpsModel):
    id: int


class WaitingApproval(BaseModel):
    """An approval that a stage waits for; `id` is what devops_decide_approval takes."""

    id: str
    stage: Line


class BuildParts(BaseModel):
    """What belongs to a build, as far as it was requested; null is what was not, or could not be read."""

    changes: list[Change] | None = None
    work_items: list[int] | None = None
    artifacts: list[Artifact] | None = None
    parts_note: str | None = Field(None, description="Which of these are cut short, if any are.")


async def read_parts(
    devops: DevOps, build: BuildKey, parts: Sequence[Part]
) -> tuple[dict[str, Any], list[Gap]]:
    """Returns the requested parts by the names of `BuildParts`, and what could not be read."""
    first: dict[str, Any] = {"$top": str(PART_LIMIT + 1)}

    async def read(part: Part) -> Sequence[Any]:
        match part:
            case "changes":
                listed = await devops.get(DevOpsList[Change], f"{_BUILD}/changes", *build, **first)
                return listed.value
            case "work_items":
                found = await devops.get(DevOpsList[_Reference], f"{_BUILD}/workitems", *build, **first)
                return [each.id for each in found.value]
            case "artifacts":
                return (await devops.get(DevOpsList[Artifact], f"{_BUILD}/artifacts", *build)).value

    wanted = list(dict.fromkeys(parts))
    answers = await run_all(capture_gap(part.replace("_", " "), read(part)) for part in wanted)
    values: dict[str, Any] = {}
    cut = []
    for part, found in zip(wanted, answers, strict=True):
        if isinstance(found, Gap):
            continue
        shown = list(found[:PART_LIMIT])
        if part != "work_items":
            shown = shown[: fitting(shown, _PART_BUDGET)]
        values[part] = shown
        if len(shown) < len(found):
            cut.append(part)
    if cut:
        values["parts_note"] = f"There are more than are shown of: {', '.join(cut)}."
    return values, [each for each in answers if isinstance(each, Gap)]


def waiting_approvals(timeline: Timeline) -> list[WaitingApproval]:
    """Returns the approvals that stages wait for: checkpoints of the timeline, whose ids are theirs."""
    return [
        WaitingApproval(id=each.id, stage=timeline.name_above(each, "Stage"))
        for each in timeline.ordered
        if each.type == "Checkpoint.Approval" and each.state != "completed"
    ]
