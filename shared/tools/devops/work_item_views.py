"""Shows work items at a glance: models of results, summaries and rows of queries."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from shared.apis.devops import wiql
from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.wiql import QueryHit
from shared.apis.devops.work_item_documents import WorkItemDocument
from shared.apis.devops.work_item_links import Relation
from shared.results.paging import Page
from shared.results.partial_results import Gap
from shared.text.content import Line, Quoted
from shared.tools.devops.work_item_values import FieldTypes, Value, column_value, moment, person

SUMMARY_FIELDS = (
    "System.Id", "System.Rev", "System.WorkItemType", "System.Title", "System.State", "System.TeamProject",
    "System.AssignedTo", "Microsoft.VSTS.Common.Priority", "System.ChangedDate",
)  # fmt: skip
"""What a summary is made of."""


class WorkItemSummary(BaseModel):
    """A work item at a glance; `rev` is what a change needs."""

    id: int
    rev: int
    type: Line
    title: Line
    state: Line
    project: Line
    assigned_to: Line | None
    priority: int | None
    changed: datetime | None
    web_url: str


class FoundWorkItem(BaseModel):
    """A work item with the columns a query selects, by reference name, as far as they have a value."""

    id: int
    web_url: str
    columns: dict[str, Value | Quoted]
    linked_from: int | None = Field(
        None, description="In a query for links: the work item at their beginning."
    )
    link: str | None = Field(None, description="In a query for links: their type.")


class Link(BaseModel):
    """A link of a work item; `id` is that of the work item, build or pull request it leads to."""

    kind: str
    id: int | None = None
    type: Line | None = None
    title: Line | None = None
    state: Line | None = None
    url: str | None = None
    comment: Line | None = None


class Comment(BaseModel):
    """A comment of the discussion of a work item."""

    id: int
    author: Line
    created: datetime | None
    text: Quoted


class ChangedValue(BaseModel):
    """The value of a field before and after a change; null where it had none."""

    old: Value | Quoted | None
    new: Value | Quoted | None


class Change(BaseModel):
    """A change of a work item: fields by reference name, and links."""

    rev: int
    by: Line
    when: datetime | None = Field(description="Null where the service does not tell, as of links alone.")
    fields: dict[str, ChangedValue]
    links_added: list[Link]
    links_removed: list[Link]
    links_changed: list[Link]


class WorkItem(WorkItemSummary):
    """A work item: its other fields by reference name, long texts apart, with its links and comments."""

    fields: dict[str, Value]
    texts: dict[str, Quoted]
    links: list[Link]
    links_note: str | None = Field(None, description="What is missing of the links, if anything is.")
    comments: Page[Comment] | None = Field(
        None, description="The newest first; null when they were not read."
    )
    history: Page[Change] | None = Field(None, description="The newest first; null when it was not read.")
    gaps: list[Gap] = Field(
        default_factory=list,
        description="What of it could not be read, and why: titles of links, comments, history.",
    )


def summary(devops: DevOps, organization: str, item: WorkItemDocument) -> WorkItemSummary:
    """Returns a work item at a glance."""
    return WorkItemSummary(**summary_values(devops, organization, item))


def missing_work_item(work_item_id: int) -> WorkItemDocument:
    """Returns what stands for a work item that a query found and that is not there any more."""
    return WorkItemDocument(id=work_item_id, rev=0, fields={"System.Title": "(not there any more)"})


def row(
    devops: DevOps,
    organization: str,
    hit: QueryHit,
    item: WorkItemDocument | None,
    columns: Sequence[str],
    types: FieldTypes,
) -> FoundWorkItem:
    """Returns a row of a query's result; without columns where the work item is not there any more."""
    values = wiql.row(item.fields, columns) if item else {}
    kind = Relation(rel=hit.link, url="").kind if hit.link else None
    return FoundWorkItem(
        id=hit.id,
        web_url=web_url(devops, organization, hit.id, item.fields if item else {}),
        columns={
            name: column_value(hit.id, item, name, value, types) for name, value in values.items() if item
        },
        linked_from=hit.linked_from,
        link=kind,
    )


def summary_values(devops: DevOps, organization: str, item: WorkItemDocument) -> dict[str, Any]:
    """Returns what a summary holds, by name. A value of an odd type is left out, not the work item."""
    fields = item.fields
    lines = {
        "type": "System.WorkItemType",
        "title": "System.Title",
        "state": "System.State",
        "project": "System.TeamProject",
    }
    priority = fields.get("Microsoft.VSTS.Common.Priority")
    return {
        "id": item.id,
        "rev": item.rev,
        **{name: str(fields.get(field) or "") for name, field in lines.items()},
        "assigned_to": person(fields.get("System.AssignedTo")),
        "priority": priority if isinstance(priority, int) else None,
        "changed": moment(fields.get("System.ChangedDate")),
        "web_url": web_url(devops, organization, item.id, fields),
    }


def web_url(devops: DevOps, organization: str, work_item_id: int, fields: Mapping[str, Any]) -> str:
    """Returns the browser's address of a work item."""
    project = fields.get("System.TeamProject")
    scope = [organization, str(project)] if project else [organization]
    return devops.web_url("/{}/_workitems/edit/{}", scope, work_item_id)
