"""Renders a work item, its links and its comments."""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any

from local.devops.boards import board_values
from local.devops.call import Call
from local.devops.people import Identity
from local.devops.times import stamp
from local.devops.work_item import LINK_TYPES, Comment, Link, Value, WorkItem
from local.devops.work_item_types import process

_COMPUTED = ("System.CommentCount", "System.Parent")


def url_of(call: Call, item_id: int) -> str:
    """Returns the address of a work item's resource."""
    return call.store.url(call.organization, "_apis/wit/workItems", item_id)


def value_view(call: Call, value: Value | None) -> Any:
    """Returns a field's value: identities as references, times as text, the rest as it is."""
    if isinstance(value, Identity):
        return value.reference(call.store.base_url, call.organization.name)
    if isinstance(value, datetime):
        return stamp(value)
    return value


def work_item_view(
    call: Call, item: WorkItem, *, fields: list[str] | None = None, expand: str = "none"
) -> dict[str, Any]:
    """Returns the work item with the selected fields (by default all that are set) and what `expand` adds."""
    if fields is None:
        names = [*item.fields, *_COMPUTED]
        if expand in ("fields", "all"):
            names += ["System.Id", "System.Rev"]
    else:
        names = [field.ref for written in fields if (field := process().field(written))]
    values = {name: value_view(call, item.value(name)) for name in names if item.value(name) is not None}
    wanted = None if fields is None else {each.casefold() for each in fields}
    values |= {
        name: value
        for name, value in board_values(call, item).items()
        if wanted is None or name.casefold() in wanted
    }
    view: dict[str, Any] = {"id": item.id, "rev": item.rev, "fields": values}
    if item.markdown:
        view["multilineFieldsFormat"] = dict.fromkeys(sorted(item.markdown), "markdown")
    if expand in ("relations", "all") and item.links:
        view["relations"] = [link_view(call, link) for link in item.links]
    if expand in ("links", "all"):
        view["_links"] = _links(call, item)
    view["url"] = url_of(call, item.id)
    return view


def link_view(call: Call, link: Link) -> dict[str, Any]:
    """Returns one entry of `relations`."""
    attributes: dict[str, Any] = {}
    if link.target is not None:
        attributes = {"isLocked": False, "name": LINK_TYPES[link.rel][0]}
    elif link.name:
        attributes = {"name": link.name}
        if link.rel == "AttachedFile":
            attributes["resourceSize"] = link.size
    if link.comment:
        attributes["comment"] = link.comment
    address = link.url if link.target is None else url_of(call, link.target)
    return {"rel": link.rel, "url": address, "attributes": attributes}


def comment_view(call: Call, item: WorkItem, comment: Comment, *, rendered: bool) -> dict[str, Any]:
    """Returns one comment; with the text as HTML beside it when asked for."""
    author = comment.author.reference(call.store.base_url, call.organization.name)
    view = {
        "workItemId": item.id,
        "id": comment.id,
        "version": comment.version,
        "text": comment.text,
        "format": comment.format,
        "createdBy": author,
        "createdDate": stamp(comment.created),
        "modifiedBy": author,
        "modifiedDate": stamp(comment.modified or comment.created),
        "url": call.store.url(
            call.organization, item.project_id, "_apis/wit/workItems", item.id, "comments", comment.id
        ),
    }
    if comment.deleted:
        view["isDeleted"] = True
    if rendered:
        view["renderedText"] = comment.text if comment.format == "html" else _as_html(comment.text)
    return view


def _as_html(markdown: str) -> str:
    escaped = html.escape(markdown, quote=False)
    return f"<p>{re.sub(r'\*\*(.+?)\*\*', r'<strong>\1</strong>', escaped)}</p>"


def _links(call: Call, item: WorkItem) -> dict[str, Any]:
    address = url_of(call, item.id)
    kind = str(item.fields["System.WorkItemType"]).replace(" ", "%20")
    project = call.store.url(call.organization, item.project_id)
    return {
        "self": {"href": address},
        "workItemUpdates": {"href": f"{address}/updates"},
        "workItemRevisions": {"href": f"{address}/revisions"},
        "workItemComments": {"href": f"{project}/_apis/wit/workItems/{item.id}/comments"},
        "html": {"href": f"{project}/_workitems/edit/{item.id}"},
        "workItemType": {"href": f"{project}/_apis/wit/workItemTypes/{kind}"},
        "fields": {"href": call.store.url(call.organization, "_apis/wit/fields")},
    }
