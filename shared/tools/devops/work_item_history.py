"""Shows who changed what of a work item, and when."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.work_item_documents import WorkItemDocument
from shared.apis.devops.work_item_links import Relation
from shared.apis.devops.work_item_updates import FieldUpdate, UpdateDocument, newest_updates
from shared.results.paging import Page, fitting
from shared.results.partial_results import Gap, capture_gap
from shared.text.content import Quoted, clean_line
from shared.tools.devops.work_item_values import FieldTypes, Value, column_value, field_types, person
from shared.tools.devops.work_item_views import Change, ChangedValue, Link, WorkItem

BUDGET = 12_000
"""Characters of JSON of the changes in a result of the usual length."""

# What the service keeps of every change by itself, and counts of links and comments.
_SYSTEM = (
    "Id Rev AuthorizedAs AuthorizedDate ChangedBy ChangedDate RevisedDate PersonId Watermark NodeName AreaId "
    "IterationId CommentCount AttachedFileCount ExternalLinkCount HyperLinkCount RelatedLinkCount "
    "RemoteLinkCount AreaLevel1 AreaLevel2 AreaLevel3 IterationLevel1 IterationLevel2 IterationLevel3"
)
_KEPT_BY_ITSELF = frozenset(
    ["Microsoft.VSTS.Common.StateChangeDate", *(f"System.{name}" for name in _SYSTEM.split())]
)
_BOARD_FIELDS = "WEF_"


async def history_or_gap(
    devops: DevOps, organization: str, item: WorkItemDocument, *, limit: int, cursor: str | None
) -> Page[Change] | Gap:
    """Returns the changes of a work item, or why they could not be read."""
    read = _history(devops, organization, item, limit=limit, cursor=cursor)
    # Whoever reads on in the history wants nothing else.
    return await read if cursor else await capture_gap("history", read)


def with_history(item: WorkItem, changes: Page[Change] | Gap) -> WorkItem:
    """Returns a work item with its changes, or with the gap in their place."""
    if isinstance(changes, Gap):
        return item.model_copy(update={"gaps": [*item.gaps, changes]})
    return item.model_copy(update={"history": changes})


async def _history(
    devops: DevOps, organization: str, item: WorkItemDocument, *, limit: int, cursor: str | None
) -> Page[Change]:
    """Returns a page of the changes of a work item, the newest first."""
    key = f"history {organization} {item.id}"
    before = int(devops.cursors.open(key, cursor)["before"]) if cursor else None
    begin, updates = await newest_updates(devops, organization, item.id, item.rev, limit=limit, before=before)
    changed = [each for update in updates for each in _as_items(item, update)]
    types = await field_types(devops, organization, changed)
    changes = await asyncio.to_thread(lambda: [_change(item, each, types) for each in updates])
    fits = fitting(changes, BUDGET)
    begin += len(changes) - fits
    note = "There are older ones." if fits == len(changes) else "The rest would make the result too large."
    return Page(
        items=changes[:fits],
        complete=begin == 0,
        next_cursor=devops.cursors.seal(key, {"before": begin}) if begin else None,
        note=note if begin else None,
    )


def _shown(update: UpdateDocument) -> dict[str, FieldUpdate]:
    """Returns the fields that somebody changed."""
    return {
        name: each
        for name, each in update.fields.items()
        if each is not None and name not in _KEPT_BY_ITSELF and not name.startswith(_BOARD_FIELDS)
    }


def _as_items(item: WorkItemDocument, update: UpdateDocument) -> Sequence[WorkItemDocument]:
    """Returns the values of a change as those of work items, which tell the types that are needed."""
    shown = _shown(update)
    old: Mapping[str, Any] = {name: each.old_value for name, each in shown.items()}
    new: Mapping[str, Any] = {name: each.new_value for name, each in shown.items()}
    return [item.model_copy(update={"fields": dict(values)}) for values in (old, new)]


def _change(item: WorkItemDocument, update: UpdateDocument, types: FieldTypes) -> Change:
    def value(name: str, given: Any) -> Value | Quoted | None:
        return None if given is None else column_value(item.id, item, name, given, types)

    return Change(
        rev=update.rev,
        by=person(update.revised_by) or "",
        when=update.when,
        fields={
            name: ChangedValue(old=value(name, each.old_value), new=value(name, each.new_value))
            for name, each in _shown(update).items()
        },
        links_added=[_link(each) for each in update.relations.added],
        links_removed=[_link(each) for each in update.relations.removed],
        links_changed=[_link(each) for each in update.relations.updated],
    )


def _link(relation: Relation) -> Link:
    comment = relation.attributes.get("comment")
    return Link(
        kind=clean_line(relation.kind),
        id=relation.work_item_id or relation.artifact_id,
        title=relation.file_name,
        url=clean_line(relation.url),
        comment=comment if isinstance(comment, str) else None,
    )
