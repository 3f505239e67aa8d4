"""Computes the timeline of a build: the records of its steps at a point in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.devops.build import Build, Job, Stage, Step
from local.devops.data_files import named_id


@dataclass
class Record:
    """Describes a stage, phase, job or task; without times when it was skipped."""

    id: str
    parent: str | None
    type: str
    name: str
    order: int
    result: str
    started: datetime | None = None
    finished: datetime | None = None
    log: str = ""
    log_id: int | None = None
    issues: list[dict[str, Any]] = field(default_factory=list)
    stage: str = ""
    identifier: str | None = None

    def state(self, now: datetime, build: Build) -> str:
        """Returns `pending`, `inProgress` or `completed`; what is skipped is known when the build is over."""
        if self.started is None or self.finished is None:
            return "completed" if build.status(now) == "completed" else "pending"
        if self.finished <= now:
            return "completed"
        return "inProgress" if self.started <= now else "pending"


def records(build: Build) -> list[Record]:
    """Returns all records of a build, as they will be when it is over; parents come before children."""
    if build.never_ran:
        return []
    found: list[Record] = []
    moments = _Moments(build)
    broken = False
    for number, stage in enumerate(build.definition.stages, start=1):
        skipped = broken or stage.name.replace(" ", "_") in build.skipped
        below = list(_of_stage(build, stage, moments, skipped=skipped, order=number))
        for record in below:
            record.stage = stage.name
        broken = broken or below[0].result in ("failed", "canceled")
        found += below
    log_id = 0
    for record in found:
        if record.type == "Task" and record.started is not None:
            log_id += 1
            record.log_id = log_id
    return found


class _Moments:
    """Hands out the time of a build to its steps, in proportion to what each usually takes."""

    def __init__(self, build: Build) -> None:
        self.now = build.started
        self.end = build.finished
        usual = sum(step.seconds for step, runs in _steps(build) if runs)
        self._pace = (build.planned - build.started).total_seconds() / usual

    def take(self, step: Step) -> tuple[datetime, datetime] | None:
        """Returns from when to when the step runs, None when the build is over before."""
        if self.now >= self.end:
            return None
        began = self.now
        self.now = min(self.end, began + timedelta(seconds=step.seconds * self._pace))
        return began, self.now


def _steps(build: Build) -> Iterator[tuple[Step, bool]]:
    """Returns every step, and whether it runs."""
    broken = False
    for stage in build.definition.stages:
        skipped = broken or stage.name.replace(" ", "_") in build.skipped
        for job in stage.jobs:
            for step in job.steps:
                yield step, not skipped and (step.always or not broken)
                broken = broken or _breaks(build, step)


def _breaks(build: Build, step: Step) -> bool:
    return build.failure is not None and build.failure.step == step.name and build.failure.result == "failed"


def _of_stage(
    build: Build, stage: Stage, moments: _Moments, *, skipped: bool, order: int
) -> Iterator[Record]:
    stage_record = Record(
        named_id(build.id, stage.name),
        None,
        "Stage",
        stage.name,
        order,
        "skipped",
        identifier=stage.name.replace(" ", "_"),
    )
    below: list[Record] = []
    for number, job in enumerate(stage.jobs, start=1):
        phase = Record(
            named_id(build.id, stage.name, "phase", job.name),
            stage_record.id,
            "Phase",
            job.name,
            number,
            "skipped",
        )
        below.append(phase)
        if not skipped:
            in_job = list(_of_job(build, stage, job, moments, phase.id))
            _sum_up(phase, in_job)
            below += in_job
    _sum_up(stage_record, below)
    yield stage_record
    yield from below


def _of_job(build: Build, stage: Stage, job: Job, moments: _Moments, parent: str) -> Iterator[Record]:
    job_record = Record(
        named_id(build.id, stage.name, "job", job.name), parent, "Job", job.name, 1, "skipped"
    )
    tasks: list[Record] = []
    broken = False
    for number, step in enumerate(job.steps, start=1):
        task = Record(
            named_id(build.id, stage.name, job.name, step.name),
            job_record.id,
            "Task",
            step.name,
            number,
            "skipped",
        )
        tasks.append(task)
        times = moments.take(step) if step.always or not broken else None
        if times is None:
            continue
        task.started, task.finished = times
        task.result, task.log = "succeeded", step.log
        if build.failure is not None and build.failure.step == step.name:
            task.result, task.log = build.failure.result, build.failure.log
            task.issues = [dict(issue) for issue in build.failure.issues]
            broken = broken or task.result == "failed"
        elif build.outcome == "canceled" and task.finished >= build.finished:
            task.result = "canceled"
    _sum_up(job_record, tasks)
    yield job_record
    yield from tasks


def _sum_up(record: Record, below: list[Record]) -> None:
    """Gives a parent the span and the worst result of what ran below it."""
    ran = [each for each in below if each.started is not None and each.finished is not None]
    if not ran:
        return
    record.started = min(each.started for each in ran if each.started)
    record.finished = max(each.finished for each in ran if each.finished)
    results = {each.result for each in ran}
    ranking = ("canceled", "failed", "succeededWithIssues", "succeeded")
    record.result = next(result for result in ranking if result in results)
