"""Shows work items as those who plan see them: with sprint, effort, remaining work and place on the board."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.work_item_documents import WorkItemDocument, fetch
from shared.apis.devops.work_item_fields import fetch_fields
from shared.errors import ToolError
from shared.text.content import Line
from shared.tools.devops.work_item_values import person
from shared.tools.devops.work_item_views import SUMMARY_FIELDS, WorkItemSummary, summary_values

REMAINING = "Microsoft.VSTS.Scheduling.RemainingWork"
# What the processes Agile, Scrum and CMMI call the effort of a backlog item.
_EFFORTS = tuple(f"Microsoft.VSTS.Scheduling.{name}" for name in ("StoryPoints", "Effort", "Size"))
_ITERATION, _PARENT = "System.IterationPath", "System.Parent"
PLANNING_FIELDS = (*SUMMARY_FIELDS, _ITERATION, _PARENT, REMAINING, *_EFFORTS)
"""What a planned work item is made of, without its place on a board."""


class PlannedWorkItem(WorkItemSummary):
    """A work item as those who plan see it; points are story points, effort or size, by the process."""

    iteration: Line | None
    parent: int | None
    points: float | None
    remaining_hours: float | None


class SprintItem(PlannedWorkItem):
    """A work item of a sprint."""

    ended: bool | None = Field(description="Whether its state counts as ended; null where that is not known.")


class BacklogItem(PlannedWorkItem):
    """A work item of a backlog, with where it is on the team's board."""

    column: Line | None
    lane: Line | None
    column_done: bool | None = Field(description="In a split column: whether it is in the half for done.")


async def fetch_planned(
    devops: DevOps, organization: str, ids: Sequence[int], more: Sequence[str] = ()
) -> dict[int, WorkItemDocument]:
    """Returns work items with the fields of planning and some more, as far as the organization has them.

    A process of its own may lack some of them, for which the service may refuse the request.
    """
    fields = [*PLANNING_FIELDS, *more]
    try:
        return await fetch(devops, organization, ids, fields)
    except ToolError as error:
        if error.code != "invalid_argument":
            raise
        known = await fetch_fields(devops, organization)
    return await fetch(devops, organization, ids, [each for each in fields if each.casefold() in known])


def planned_values(devops: DevOps, organization: str, item: WorkItemDocument) -> dict[str, Any]:
    """Returns what a planned work item holds, by name."""
    fields = item.fields
    parent = fields.get(_PARENT)
    return {
        **summary_values(devops, organization, item),
        "iteration": _text(fields.get(_ITERATION)),
        "parent": parent if isinstance(parent, int) else None,
        "points": next((hours for name in _EFFORTS if (hours := number(fields, name)) is not None), None),
        "remaining_hours": number(fields, REMAINING),
    }


def sprint_item(
    devops: DevOps, organization: str, item: WorkItemDocument, ended: Mapping[str, Sequence[str]] | None
) -> SprintItem:
    """Returns a work item of a sprint.

    Args:
        devops: The caller's client.
        organization: Of the work item.
        item: The work item.
        ended: The states that count as ended, by type; None where they could not be read.
    """
    return SprintItem(**planned_values(devops, organization, item), ended=has_ended(item, ended))


def has_ended(item: WorkItemDocument, ended: Mapping[str, Sequence[str]] | None) -> bool | None:
    """Tells whether the state of a work item counts as ended, as far as that is known."""
    kind, state = item.fields.get("System.WorkItemType"), item.fields.get("System.State")
    if ended is None or not isinstance(kind, str) or kind not in ended:
        return None
    return state in ended[kind]


def assignee(item: WorkItemDocument) -> tuple[str, str]:
    """Returns whom a work item is assigned to: an id to compare, and a name; both empty for nobody."""
    value = item.fields.get("System.AssignedTo")
    name = person(value) or ""
    key = value.get("id") if isinstance(value, dict) else None
    return str(key or name).casefold(), name


def number(fields: Mapping[str, Any], name: str) -> float | None:
    """Returns the number a field holds, None where it holds none."""
    value = fields.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
