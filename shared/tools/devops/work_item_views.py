"""What tools show of work items, and how it is made of the service's documents."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from shared.apis.devops import wiql, work_item_requests
from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.work_item_requests import CommentDocument, Relation, WorkItemDocument
from shared.concurrency import run_all, run_concurrently
from shared.result_limit import share
from shared.results.paging import Page
from shared.text.content import Line, Quoted, clean_line, fair_limit, html_to_text, quote

SUMMARY_FIELDS = (
    "System.Id", "System.Rev", "System.WorkItemType", "System.Title", "System.State", "System.TeamProject",
    "System.AssignedTo", "Microsoft.VSTS.Common.Priority", "System.ChangedDate",
)  # fmt: skip
"""What a summary is made of."""

TEXTS_BUDGET = 14_000
"""Characters that all long texts of a page share."""
LEAST_TEXT = 400
COLUMN_TEXT = 300
"""Characters of a long text in a row of a query."""
LINKS_LIMIT = 40

_LONGEST_LINE = 255
_HTML = re.compile(
    r"\s*<(?:div|p|span|br|ul|ol|table|h[1-6]|b|strong|i|em|a|img|pre|code|blockquote|steps)\b"
)
_LONG_FIELDS = frozenset(
    {
        "System.Description",
        "System.History",
        "Microsoft.VSTS.TCM.ReproSteps",
        "Microsoft.VSTS.TCM.SystemInfo",
        "Microsoft.VSTS.Common.AcceptanceCriteria",
    }
)
_FLATTENED = frozenset({"System.Id", "System.Rev", "System.CommentCount", "System.Parent"})

type Value = str | int | float | bool


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
    created: datetime
    text: Quoted


class WorkItem(WorkItemSummary):
    """A work item: its other fields by reference name, long texts apart, with its links and comments."""

    fields: dict[str, Value]
    texts: dict[str, Quoted]
    links: list[Link]
    links_note: str | None = Field(None, description="What is missing of the links, if anything is.")
    comments: Page[Comment] | None = Field(
        None, description="The newest first; null when they were not read."
    )


def summary(devops: DevOps, organization: str, item: WorkItemDocument) -> WorkItemSummary:
    """A work item at a glance."""
    return WorkItemSummary(**_summary(devops, organization, item))


def absent(work_item_id: int) -> WorkItemDocument:
    """What stands for a work item that a query found and that is not there any more."""
    return WorkItemDocument(id=work_item_id, rev=0, fields={"System.Title": "(not there any more)"})


def row(
    devops: DevOps, organization: str, hit: wiql.Hit, item: WorkItemDocument | None, columns: Sequence[str]
) -> FoundWorkItem:
    """A row of a query's result; without columns where the work item is not there any more."""
    values = wiql.row(item.fields, columns) if item else {}
    kind = Relation(rel=hit.link, url="").kind if hit.link else None
    return FoundWorkItem(
        id=hit.id,
        web_url=_web_url(devops, organization, hit.id, item.fields if item else {}),
        columns={name: _column(hit.id, item, name, value) for name, value in values.items() if item},
        linked_from=hit.linked_from,
        link=kind,
    )


async def details(
    devops: DevOps,
    organization: str,
    items: Sequence[WorkItemDocument],
    *,
    comments: int,
    cursor: str | None,
    offset: int,
) -> list[WorkItem]:
    """Work items whole, with links resolved.

    Args:
        devops: As the caller.
        organization: Where they are.
        items: With all that is to be shown.
        comments: How many comments of each to read; 0 is none.
        cursor: Where to begin with the comments, of a single work item.
        offset: Where to begin with each long text.
    """
    targets, discussions = await run_concurrently(
        _targets(devops, organization, items),
        run_all(_discussion(devops, organization, item, comments, cursor) for item in items),
    )
    # Their HTML may take long to read: not where everybody else's calls wait.
    return await asyncio.to_thread(
        _whole, devops, organization, items, targets=targets, discussions=discussions, offset=offset
    )


def _whole(
    devops: DevOps,
    organization: str,
    items: Sequence[WorkItemDocument],
    *,
    targets: Mapping[int, WorkItemDocument],
    discussions: Sequence[Page[CommentDocument] | None],
    offset: int,
) -> list[WorkItem]:
    texts = [_texts(item) for item in items]
    lengths = [len(text) - offset for each in texts for text in each.values()]
    lengths += [len(_plain(each)) - offset for page in discussions if page for each in page.items]
    limit = max(share(LEAST_TEXT), fair_limit((max(0, length) for length in lengths), share(TEXTS_BUDGET)))
    return [
        WorkItem(
            **_summary(devops, organization, item),
            fields=_short_fields(item, long),
            texts={
                name: quote(text, f"{name} of work item {item.id}", offset=offset, limit=limit)
                for name, text in long.items()
            },
            links=_links(devops, organization, item, targets),
            links_note=_links_note(item),
            comments=_quoted(item, discussion, offset, limit) if discussion else None,
        )
        for item, long, discussion in zip(items, texts, discussions, strict=True)
    ]


def person(identity: object) -> str | None:
    """A person as `Name <address>`, the form in which work items are assigned."""
    match identity:
        case {"displayName": str(name), "uniqueName": str(address)}:
            return clean_line(f"{name} <{address}>")
        case {"displayName": str(name)}:
            return clean_line(name)
        case str():
            return clean_line(identity)
        case _:
            return None


def _summary(devops: DevOps, organization: str, item: WorkItemDocument) -> dict[str, Any]:
    fields = item.fields
    return {
        "id": item.id,
        "rev": item.rev,
        "type": fields.get("System.WorkItemType", ""),
        "title": fields.get("System.Title", ""),
        "state": fields.get("System.State", ""),
        "project": fields.get("System.TeamProject", ""),
        "assigned_to": person(fields.get("System.AssignedTo")),
        "priority": fields.get("Microsoft.VSTS.Common.Priority"),
        "changed": fields.get("System.ChangedDate"),
        "web_url": _web_url(devops, organization, item.id, fields),
    }


def _web_url(devops: DevOps, organization: str, work_item_id: int, fields: Mapping[str, Any]) -> str:
    project = fields.get("System.TeamProject")
    place = [organization, str(project)] if project else [organization]
    return devops.web_url("/{}/_workitems/edit/{}", place, work_item_id)


def _column(work_item_id: int, item: WorkItemDocument, name: str, value: Any) -> Value | Quoted:
    if not _is_long(name, value):
        return _short(value)
    return quote(_text(item, name, value), f"{name} of work item {work_item_id}", limit=share(COLUMN_TEXT))


def _is_long(name: str, value: object) -> bool:
    """Whether a value is a text of any length, HTML or not: the answer does not tell the types of fields."""
    return isinstance(value, str) and (
        name in _LONG_FIELDS or len(value) > _LONGEST_LINE or "\n" in value or bool(_HTML.match(value))
    )


def _text(item: WorkItemDocument, name: str, value: str) -> str:
    return value if item.is_markdown(name) else html_to_text(value)


def _texts(item: WorkItemDocument) -> dict[str, str]:
    return {name: _text(item, name, value) for name, value in item.fields.items() if _is_long(name, value)}


def _short(value: object) -> Value:
    match value:
        case bool() | int() | float():
            return value
        case dict():
            return person(value) or "(an object)"
        case _:
            return clean_line(str(value))


def _short_fields(item: WorkItemDocument, long: Mapping[str, str]) -> dict[str, Value]:
    """What is neither in the summary nor a long text."""
    apart = {*SUMMARY_FIELDS, *_FLATTENED, *long}
    return {
        name: _short(value) for name, value in item.fields.items() if name not in apart and value is not None
    }


async def _targets(
    devops: DevOps, organization: str, items: Sequence[WorkItemDocument]
) -> dict[int, WorkItemDocument]:
    """The work items that shown links lead to."""
    ids = [each.work_item_id for item in items for each in _shown_relations(item)]
    wanted = [each for each in ids if each is not None]
    return await work_item_requests.fetch(devops, organization, wanted, SUMMARY_FIELDS) if wanted else {}


async def _discussion(
    devops: DevOps, organization: str, item: WorkItemDocument, limit: int, cursor: str | None
) -> Page[CommentDocument] | None:
    project = item.fields.get("System.TeamProject")
    if not limit or not project:
        return None
    if not item.fields.get("System.CommentCount"):
        return Page(items=[], complete=True)
    return await devops.page(
        CommentDocument,
        "/{}/{}/_apis/wit/workItems/{}/comments",
        organization,
        project,
        item.id,
        limit=limit,
        cursor=cursor,
        key="comments",
        api_version=work_item_requests.COMMENTS_VERSION,
        order="desc",
    )


def _shown_relations(item: WorkItemDocument) -> list[Relation]:
    return (item.relations or [])[:LINKS_LIMIT]


def _links(
    devops: DevOps, organization: str, item: WorkItemDocument, targets: Mapping[int, WorkItemDocument]
) -> list[Link]:
    return [_link(devops, organization, each, targets) for each in _shown_relations(item)]


def _link(
    devops: DevOps, organization: str, relation: Relation, targets: Mapping[int, WorkItemDocument]
) -> Link:
    comment = relation.attributes.get("comment")
    work_item_id = relation.work_item_id
    if work_item_id is None:
        return Link(
            kind=relation.kind, id=relation.artifact_id, url=clean_line(relation.url), comment=comment
        )
    fields = targets[work_item_id].fields if work_item_id in targets else {}
    return Link(
        kind=relation.kind,
        id=work_item_id,
        type=fields.get("System.WorkItemType"),
        title=fields.get("System.Title"),
        state=fields.get("System.State"),
        url=_web_url(devops, organization, work_item_id, fields),
        comment=comment,
    )


def _links_note(item: WorkItemDocument) -> str | None:
    count = len(item.relations or ())
    if count <= LINKS_LIMIT:
        return None
    return (
        f"The first {LINKS_LIMIT} of {count} links. To find all children, use devops_search_work_items "
        f"with the condition [System.Parent] = {item.id}."
    )


def _plain(comment: CommentDocument) -> str:
    return comment.text if comment.format == "markdown" else html_to_text(comment.text)


def _quoted(
    item: WorkItemDocument, discussion: Page[CommentDocument], offset: int, limit: int
) -> Page[Comment]:
    return Page(
        items=[
            Comment(
                id=each.id,
                author=person(each.created_by) or "",
                created=each.created_date,
                text=quote(
                    _plain(each),
                    f"Comment of {person(each.created_by)} on work item {item.id}",
                    offset=offset,
                    limit=limit,
                ),
            )
            for each in discussion.items
        ],
        complete=discussion.complete,
        next_cursor=discussion.next_cursor,
        note=discussion.note,
    )
