"""Parses the timeline of a build: the records of its steps."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import AliasPath, BeforeValidator, Field

from shared.apis.devops.build_logs import BuildKey
from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.service_times import ServiceTime
from shared.apis.models import DevOpsModel
from shared.text.content import Line

# The worst first: what is less bad explains a build only when nothing is worse.
_BAD_RESULTS = (
    frozenset({"failed", "abandoned"}),
    frozenset({"canceled"}),
    frozenset({"succeededWithIssues"}),
)


def _line_number(value: object) -> object:
    return value if str(value).isdecimal() else None


class Issue(DevOpsModel):
    """An error or warning of a step; `log_line` is where in the step's log it stands."""

    type: str = ""
    message: Line = ""
    log_line: Annotated[int | None, BeforeValidator(_line_number)] = Field(
        None, validation_alias=AliasPath("data", "logFileLineNumber")
    )

    def shortened(self, limit: int) -> Self:
        """Returns the issue, its message no longer than `limit` characters, and saying so if it was."""
        left_out = len(self.message) - limit
        if left_out <= 0:
            return self
        return self.model_copy(update={"message": f"{self.message[:limit]}… ({left_out:,} more characters)"})


class TimelineRecord(DevOpsModel):
    """A stage, phase, job or task of a build."""

    id: str
    parent_id: str | None = None
    type: str = ""
    name: Line = ""
    order: int | None = None
    state: str | None = None
    result: str | None = None
    issues: list[Issue] | None = None
    log_id: int | None = Field(None, validation_alias=AliasPath("log", "id"))
    started: ServiceTime = Field(None, validation_alias="startTime")
    finished: ServiceTime = Field(None, validation_alias="finishTime")
    attempt: int | None = None
    identifier: Line | None = None


class Timeline(DevOpsModel):
    """The records of a build, in no order."""

    records: list[TimelineRecord] | None = None

    @property
    def ordered(self) -> list[TimelineRecord]:
        """Returns the records in the order in which they run, each after what it is part of."""
        return sorted(self.records or [], key=lambda each: [one.order or 0 for one in self.lineage(each)])

    @property
    def retried(self) -> list[TimelineRecord]:
        """Returns the stages, or else jobs, that ran more than once, in order."""
        again = [each for each in self.ordered if (each.attempt or 1) > 1]
        return [each for each in again if each.type == "Stage"] or [
            each for each in again if each.type == "Job"
        ]

    def lineage(self, record: TimelineRecord) -> list[TimelineRecord]:
        """Returns the record, after all it is part of, the outermost first."""
        by_id = {each.id: each for each in self.records or []}
        line = [record]
        while (parent := by_id.get(line[0].parent_id or "")) and parent not in line:
            line.insert(0, parent)
        return line

    def name_above(self, record: TimelineRecord, kind: str) -> str:
        """Returns the name of the `Stage` (or another kind) a record is part of or is; or nothing."""
        return next((each.name for each in self.lineage(record) if each.type == kind), "")


async def read_timeline(devops: DevOps, build: BuildKey) -> Timeline:
    """Returns the timeline of a build; without records where it has none yet, or never had."""
    path = "/{}/{}/_apis/build/builds/{}/timeline"
    return await devops.get_optional(Timeline, path, *build) or Timeline()


def failed_steps(ordered: Sequence[TimelineRecord]) -> list[TimelineRecord]:
    """Returns the records that explain why a build did not succeed, in order.

    Of a failed task, job and stage the task is the one; but a job that ran out of time, or a stage
    that was not approved, says so itself.
    """
    for results in _BAD_RESULTS:
        bad = [each for each in ordered if each.result in results]
        blamed = {each.parent_id for each in bad}
        if bad:
            return [each for each in bad if each.issues or each.id not in blamed]
    return []
