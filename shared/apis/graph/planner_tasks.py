"""Reads plans, buckets and tasks of Planner, and builds what changes them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from pydantic import AliasPath, BeforeValidator, Field

from shared.apis.models import GraphModel
from shared.errors import ToolError
from shared.text.content import Line
from shared.text.names import Name

if TYPE_CHECKING:
    from shared.apis.graph.graph_client import Graph

type Importance = Literal["low", "normal", "high", "urgent"]
type Progress = Literal["notStarted", "inProgress", "completed"]

REPRESENTATION: Mapping[str, str] = {"Prefer": "return=representation"}
TASK = "/planner/tasks/{}"
DETAILS = "/planner/tasks/{}/details"
PERCENT: Mapping[str, int] = {"notStarted": 0, "inProgress": 50, "completed": 100}
PRIORITY: Mapping[str, int] = {"urgent": 1, "high": 3, "normal": 5, "low": 9}
"""What the app writes for its four priorities."""
_STEP = "#microsoft.graph.plannerChecklistItem"
_ASSIGNMENT = "#microsoft.graph.plannerAssignment"
_DUE_HOUR = time(10, tzinfo=UTC)
"""When a task is due on its day, as the app writes it."""
_PAUSES_S = (0.2, 0.6, 1.2)
"""What is waited for the details of a task that was created a moment ago."""


def _entries(value: object) -> object:
    """Returns the entries of an open type without its annotations."""
    if not isinstance(value, dict):
        return value or {}
    return {name: each for name, each in value.items() if "@" not in name and each is not None}


class Plan(GraphModel):
    """A plan, and the group it belongs to."""

    id: str
    title: Line = ""
    owner: str | None = None
    container_id: str | None = Field(None, validation_alias=AliasPath("container", "containerId"))
    container_type: str | None = Field(None, validation_alias=AliasPath("container", "type"))

    @property
    def group_id(self) -> str | None:
        """Returns the group it belongs to; a roster is none. `container` replaces `owner`."""
        return self.owner or (self.container_id if self.container_type == "group" else None)


class Bucket(GraphModel):
    """A column of a plan's board."""

    id: str
    name: Name = ""
    order_hint: str | None = None


class PlannerTask(GraphModel):
    """A task without its details."""

    id: str
    etag: str = Field("", validation_alias="@odata.etag")
    title: Line | None = None
    percent_complete: int | None = 0
    priority: int | None = 5
    due: datetime | None = Field(None, validation_alias="dueDateTime")
    plan_id: str | None = None
    bucket_id: str | None = None
    order_hint: str | None = None
    steps: int | None = Field(0, validation_alias="checklistItemCount")
    open_steps: int | None = Field(0, validation_alias="activeChecklistItemCount")
    assignments: Annotated[dict[str, Any], BeforeValidator(_entries)] = {}

    @property
    def progress(self) -> Progress:
        """Returns how it stands, of the three states that the app shows."""
        percent = self.percent_complete or 0
        return "completed" if percent == 100 else "inProgress" if percent else "notStarted"

    @property
    def importance(self) -> Importance:
        """Converts its priority: from 0, most urgent, to 10 (plannerTask resource type)."""
        priority = 5 if self.priority is None else self.priority
        if priority <= 1:
            return "urgent"
        if priority <= 4:
            return "high"
        return "normal" if priority <= 7 else "low"


class ChecklistItem(GraphModel):
    """A step of a task."""

    title: Line | None = None
    is_checked: bool | None = False
    order_hint: str | None = None


class Reference(GraphModel):
    """A link of a task; its address is the key it stands under."""

    alias: Line | None = None
    type: Line | None = None


class PlannerDetails(GraphModel):
    """What a task holds besides: in a resource with a version of its own."""

    etag: str = Field("", validation_alias="@odata.etag")
    description: str | None = None
    checklist: Annotated[dict[str, ChecklistItem], BeforeValidator(_entries)] = {}
    references: Annotated[dict[str, Reference], BeforeValidator(_entries)] = {}

    @property
    def steps(self) -> list[tuple[str, ChecklistItem]]:
        """Returns the steps in their order: hints sort by code point."""
        return sorted(self.checklist.items(), key=lambda each: (each[1].order_hint or "", each[0]))


async def read_details(graph: Graph, task_id: str) -> PlannerDetails:
    """Returns the details of a task that is there; for a moment after its creation they are not found."""
    for pause in _PAUSES_S:
        try:
            return await graph.get(PlannerDetails, DETAILS, task_id)
        except ToolError as error:
            if error.code != "not_found":
                raise
        await asyncio.sleep(pause)
    return await graph.get(PlannerDetails, DETAILS, task_id)


def join_versions(task: str, details: str) -> str:
    """Returns one version for a task and its details; an ETag holds no space (RFC 9110, 8.8.3)."""
    return f"{task} {details}"


def split_versions(version: str) -> tuple[str, str | None]:
    """Returns the version of a task, and that of its details if it was read with them."""
    task, _, details = version.partition(" ")
    return task, details or None


def due_moment(day: date, where: ZoneInfo) -> str:
    """Writes a day as the moment a task is due: as the app does, if that is on this day there."""
    usual = datetime.combine(day, _DUE_HOUR)
    if usual.astimezone(where).date() != day:
        usual = datetime.combine(day, time(12), where).astimezone(UTC)
    return usual.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def address_of(key: str) -> str:
    """Returns the address that a reference stands under, in which `.`, `:` and others are encoded."""
    return unquote(key)


def assignments(assign: Iterable[str], unassign: Iterable[str] = ()) -> dict[str, Any]:
    """Returns what assigns and unassigns users by their ids; all others stay."""
    added = {each: {"@odata.type": _ASSIGNMENT, "orderHint": " !"} for each in assign}
    return added | dict.fromkeys(unassign)


def new_steps(titles: Iterable[str], last: str = "") -> dict[str, Any]:
    """Returns steps to add, in this order, after the one with the last hint."""
    steps: dict[str, Any] = {}
    for title in titles:
        last = f"{last} !"
        steps[str(uuid.uuid4())] = {
            "@odata.type": _STEP,
            "title": title,
            "isChecked": False,
            "orderHint": last,
        }
    return steps


def checked_step(*, is_checked: bool) -> dict[str, Any]:
    """Returns what checks a step or unchecks it; its title stays."""
    return {"@odata.type": _STEP, "isChecked": is_checked}
