"""Puts work items together with the titles of their links and with their discussion."""

import asyncio
from collections.abc import Mapping, Sequence

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.work_item_discussion import CommentDocument, list_comments
from shared.apis.devops.work_item_documents import WorkItemDocument, fetch
from shared.apis.devops.work_item_links import Relation
from shared.concurrency import run_all, run_concurrently
from shared.result_limit import share
from shared.results.paging import Page
from shared.results.partial_results import Gap, capture_gap
from shared.text.content import clean_line, fair_limit, quote
from shared.text.html import HtmlText, html_to_text
from shared.tools.devops.work_item_values import (
    FieldTypes,
    Value,
    field_types,
    is_long,
    person,
    short_value,
    text_of,
)
from shared.tools.devops.work_item_views import (
    SUMMARY_FIELDS,
    Comment,
    Link,
    WorkItem,
    summary_values,
    web_url,
)

TEXTS_BUDGET = 14_000
"""Characters that all long texts of a page share."""
LEAST_TEXT = 400
LINKS_LIMIT = 40

_FLATTENED = frozenset({"System.Id", "System.Rev", "System.CommentCount", "System.Parent"})
# What a board of each team keeps of a card, by a name nobody knows: System.BoardColumn says it in words.
_BOARD_FIELDS = "WEF_"


async def details(
    devops: DevOps,
    organization: str,
    items: Sequence[WorkItemDocument],
    *,
    comments: int,
    cursor: str | None,
    offset: int,
) -> list[WorkItem]:
    """Returns work items with all their fields, resolved links and comments.

    Args:
        devops: As the caller.
        organization: Where they are.
        items: With all that is to be shown.
        comments: How many comments of each to read; 0 is none.
        cursor: Where to begin with the comments, of a single work item.
        offset: Where to begin with each long text.
    """
    targets, discussions, types = await run_concurrently(
        capture_gap("titles of links", _targets(devops, organization, items)),
        run_all(_discussion_or_gap(devops, organization, item, comments, cursor) for item in items),
        field_types(devops, organization, items),
    )
    # Converting their HTML may take long, so it runs off the event loop.
    return await asyncio.to_thread(
        _whole,
        devops,
        organization,
        items,
        targets=targets,
        discussions=discussions,
        types=types,
        offset=offset,
    )


def _whole(
    devops: DevOps,
    organization: str,
    items: Sequence[WorkItemDocument],
    *,
    targets: Mapping[int, WorkItemDocument] | Gap,
    discussions: Sequence[Page[CommentDocument] | Gap | None],
    types: FieldTypes,
    offset: int,
) -> list[WorkItem]:
    texts = [_texts(item, types) for item in items]
    lengths = [len(each.text) - offset for long in texts for each in long.values()]
    pages = [each for each in discussions if isinstance(each, Page)]
    lengths += [len(_plain(each).text) - offset for page in pages for each in page.items]
    limit = max(share(LEAST_TEXT), fair_limit((max(0, length) for length in lengths), share(TEXTS_BUDGET)))
    return [
        WorkItem(
            **summary_values(devops, organization, item),
            fields=_short_fields(item, long),
            texts={
                name: quote(
                    each.text, f"{name} of work item {item.id}", offset=offset, limit=limit, note=each.note
                )
                for name, each in long.items()
            },
            links=_links(devops, organization, item, {} if isinstance(targets, Gap) else targets),
            links_note=_links_note(item),
            comments=_quoted(item, discussion, offset, limit) if isinstance(discussion, Page) else None,
            gaps=_gaps(item, targets, discussion),
        )
        for item, long, discussion in zip(items, texts, discussions, strict=True)
    ]


def _gaps(item: WorkItemDocument, targets: object, discussion: object) -> list[Gap]:
    has_targets = any(each.work_item_id for each in _shown_relations(item))
    missing = (targets if has_targets else None, discussion)
    return [each for each in missing if isinstance(each, Gap)]


def _texts(item: WorkItemDocument, types: FieldTypes) -> dict[str, HtmlText]:
    return {
        name: text_of(item, name, value, types)
        for name, value in item.fields.items()
        if is_long(item, name, value, types)
    }


def _short_fields(item: WorkItemDocument, long: Mapping[str, HtmlText]) -> dict[str, Value]:
    """Returns what is neither in the summary nor a long text."""
    apart = {*SUMMARY_FIELDS, *_FLATTENED, *long}
    return {
        name: short_value(value)
        for name, value in item.fields.items()
        if name not in apart and value is not None and not name.startswith(_BOARD_FIELDS)
    }


async def _targets(
    devops: DevOps, organization: str, items: Sequence[WorkItemDocument]
) -> dict[int, WorkItemDocument]:
    """Returns the work items that shown links lead to."""
    ids = [each.work_item_id for item in items for each in _shown_relations(item)]
    wanted = [each for each in ids if each is not None]
    return await fetch(devops, organization, wanted, SUMMARY_FIELDS) if wanted else {}


async def _discussion_or_gap(
    devops: DevOps, organization: str, item: WorkItemDocument, limit: int, cursor: str | None
) -> Page[CommentDocument] | Gap | None:
    read = _discussion(devops, organization, item, limit, cursor)
    # Whoever reads on in a discussion wants nothing else.
    return await read if cursor else await capture_gap("comments", read)


async def _discussion(
    devops: DevOps, organization: str, item: WorkItemDocument, limit: int, cursor: str | None
) -> Page[CommentDocument] | None:
    project = str(item.fields.get("System.TeamProject") or "")
    if not limit or not project:
        return None
    if not item.fields.get("System.CommentCount"):
        return Page(items=[], complete=True)
    return await list_comments(devops, (organization, project, item.id), limit=limit, cursor=cursor)


def _shown_relations(item: WorkItemDocument) -> list[Relation]:
    return (item.relations or [])[:LINKS_LIMIT]


def _links(
    devops: DevOps, organization: str, item: WorkItemDocument, targets: Mapping[int, WorkItemDocument]
) -> list[Link]:
    return [_link(devops, organization, each, targets) for each in _shown_relations(item)]


def _link(
    devops: DevOps, organization: str, relation: Relation, targets: Mapping[int, WorkItemDocument]
) -> Link:
    comment = _line(relation.attributes.get("comment"))
    work_item_id = relation.work_item_id
    if work_item_id is None:
        return Link(
            kind=clean_line(relation.kind),
            id=relation.artifact_id,
            title=relation.file_name,
            url=clean_line(relation.url),
            comment=comment,
        )
    fields = targets[work_item_id].fields if work_item_id in targets else {}
    return Link(
        kind=clean_line(relation.kind),
        id=work_item_id,
        type=_line(fields.get("System.WorkItemType")),
        title=_line(fields.get("System.Title")),
        state=_line(fields.get("System.State")),
        url=web_url(devops, organization, work_item_id, fields),
        comment=comment,
    )


def _line(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _links_note(item: WorkItemDocument) -> str | None:
    count = len(item.relations or ())
    if count <= LINKS_LIMIT:
        return None
    return (
        f"The first {LINKS_LIMIT} of {count} links. To find all children, use devops_search_work_items "
        f"with the condition [System.Parent] = {item.id}."
    )


def _plain(comment: CommentDocument) -> HtmlText:
    return HtmlText(comment.text) if comment.format == "markdown" else html_to_text(comment.text)


def _quoted(
    item: WorkItemDocument, discussion: Page[CommentDocument], offset: int, limit: int
) -> Page[Comment]:
    def comment(each: CommentDocument) -> Comment:
        text, author = _plain(each), person(each.created_by)
        origin = f"Comment of {author} on work item {item.id}"
        return Comment(
            id=each.id,
            author=author or "",
            created=each.created_date,
            text=quote(text.text, origin, offset=offset, limit=limit, note=text.note),
        )

    return Page(
        items=[comment(each) for each in discussion.items],
        complete=discussion.complete,
        next_cursor=discussion.next_cursor,
        note=discussion.note,
    )
