"""Reads, creates and updates work items by id."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops import work_item_patch, work_item_rules
from local.devops.boards import board_fields
from local.devops.call import Call, Operation
from local.devops.errors import RefusalError, argument, binding, wrapped
from local.devops.paging import collection
from local.devops.times import parse, stamp
from local.devops.work_item import Update, Value, WorkItem
from local.devops.work_item_metadata import wanted_type
from local.devops.work_item_patch import not_found
from local.devops.work_item_types import process
from local.devops.work_item_view import link_view, url_of, value_view, work_item_view

_READ = ("vso.work",)
_WRITE = ("vso.work_write",)
_LARGEST_BATCH = 200
_MOST_REVISIONS = 10_000
_EXPANSIONS = ("none", "relations", "fields", "links", "all")


def get_work_item(call: Call) -> Response:
    """Returns one work item."""
    fields, expand = _shape(call, call.query.get("fields"), call.query.get("$expand"))
    item = _at(find(call, call.part("id")), _as_of(call.query.get("asOf")))
    return JSONResponse(work_item_view(call, item, fields=fields, expand=expand))


def list_work_items(call: Call) -> Response:
    """Returns several work items by the ids of the query string."""
    written = call.query.get("ids", "").split(",")
    if not all(each.strip().isdigit() for each in written):
        raise argument("ids", "Work item ids are whole numbers with commas between them.")
    fields, expand = _shape(call, call.query.get("fields"), call.query.get("$expand"))
    when = _as_of(call.query.get("asOf"))
    return _several(
        call, [int(each) for each in written], fields, expand, call.query.get("errorPolicy"), when
    )


def get_batch(call: Call) -> Response:
    """Returns several work items by the ids of the body, in the order of the ids."""
    body = call.json()
    ids = body.get("ids")
    if not isinstance(ids, list) or not ids or not all(isinstance(each, int) for each in ids):
        raise argument("ids", "A list of work item ids is needed.")
    fields = body.get("fields")
    if fields is not None and not (
        isinstance(fields, list) and all(isinstance(each, str) for each in fields)
    ):
        raise binding("fields is a list of field names.")
    chosen, expand = _shape(call, ",".join(fields) if fields else None, body.get("$expand"))
    return _several(call, ids, chosen, expand, body.get("errorPolicy"), _as_of(body.get("asOf")))


def create_work_item(call: Call) -> Response:
    """Returns a new work item of the type in the path; nothing is kept with `validateOnly`."""
    kind = wanted_type(call)
    document = _patch_document(call)
    items = call.organization.work_items
    draft = WorkItem(max(items, default=0) + 1, call.project.id, rev=1, fields={})
    defaults: dict[str, Value] = {
        "System.AreaPath": call.project.name,
        "System.TeamProject": call.project.name,
        "System.IterationPath": call.project.name,
        "System.WorkItemType": kind.name,
        "System.State": kind.states[0].name,
        "System.CreatedDate": call.now,
        "System.CreatedBy": call.user,
    }
    of_type = {field.ref for field in kind.fields}
    draft.fields = defaults | {ref: value for ref, value in process().defaults.items() if ref in of_type}
    return _finish(call, document, draft, None)


def update_work_item(call: Call) -> Response:
    """Returns a work item with a patch applied; nothing is kept with `validateOnly`."""
    document = _patch_document(call)
    before = find(call, call.part("id"))
    if before.rev >= _MOST_REVISIONS:
        raise wrapped(
            500,
            "VssServiceException",
            f"Work item {before.id} has {before.rev} revisions; the API updates work items of fewer.",
            event_id=3200,
        )
    return _finish(call, document, before.draft(), before)


def list_updates(call: Call) -> Response:
    """Returns what each revision changed, as far as this tenant saw it happen, the oldest first.

    The last one is dated to the year 9999, until it is revised.
    """
    item = find(call, call.part("id"))
    skip = call.number("$skip", 0)
    views = [
        {
            "id": number,
            "workItemId": item.id,
            "rev": update.rev,
            "revisedBy": update.by.reference(call.store.base_url, call.organization.name),
            "revisedDate": "9999-01-01T00:00:00Z" if number == len(item.updates) else stamp(update.when),
            **_changed_fields(call, update),
            **_changed_links(call, update),
            "url": f"{url_of(call, item.id)}/updates/{number}",
        }
        for number, update in enumerate(item.updates, start=1)
    ]
    return collection(views[skip : skip + min(call.number("$top", 200), 200)])


def _changed_fields(call: Call, update: Update) -> dict[str, Any]:
    changed = {
        ref: {
            name: value_view(call, value)
            for name, value in (("oldValue", old), ("newValue", new))
            if value is not None
        }
        for ref, (old, new) in update.fields.items()
    }
    return {"fields": changed} if changed else {}


def _changed_links(call: Call, update: Update) -> dict[str, Any]:
    named = {"added": update.added, "removed": update.removed}
    links = {name: [link_view(call, each) for each in listed] for name, listed in named.items() if listed}
    return {"relations": links} if links else {}


def find(call: Call, item_id: int) -> WorkItem:
    """Returns a work item of the organization, and of the project if the path names one.

    Raises:
        RefusalError: There is none with this id.
    """
    item = call.organization.work_items.get(item_id)
    if item is None or (call.project_or_none is not None and item.project_id != call.project_or_none.id):
        raise not_found(item_id)
    return item


def _several(
    call: Call,
    ids: list[int],
    fields: list[str] | None,
    expand: str,
    error_policy: str | None,
    when: datetime | None,
) -> Response:
    if len(ids) > _LARGEST_BATCH:
        raise wrapped(
            400, "VssPropertyValidationException", f"VS402336: {len(ids)} ids are more than {_LARGEST_BATCH}."
        )
    views: list[dict[str, Any] | None] = []
    for item_id in ids:
        try:
            views.append(work_item_view(call, _at(find(call, item_id), when), fields=fields, expand=expand))
        except RefusalError:
            if (error_policy or "fail").casefold() != "omit":
                raise
            views.append(None)
    return collection(views)


def _at(item: WorkItem, when: datetime | None) -> WorkItem:
    """Returns a work item as it was at a moment, now by default; 404 before it was created."""
    past = item if when is None else item.as_of(when)
    if past is None:
        raise not_found(item.id)
    return past


def _as_of(written: object) -> datetime | None:
    if written is None:
        return None
    try:
        return parse(str(written))
    except ValueError:
        raise binding(f"The value '{written}' is not valid for asOf.") from None


def _shape(call: Call, fields: str | None, expand: str | None) -> tuple[list[str] | None, str]:
    """Returns the fields and the expansion asked for, which exclude each other."""
    chosen = (expand or "none").casefold()
    if chosen not in _EXPANSIONS:
        raise binding(f"The value '{expand}' is not valid for $expand.")
    if not fields:
        return None, chosen
    if chosen != "none":
        raise argument("$expand", "VS402334: Fields and an expansion cannot be asked for together.")
    names = [name.strip() for name in fields.split(",")]
    of_boards = {field.ref.casefold() for field in board_fields(call.organization)}
    for name in names:
        if process().field(name) is None and name.casefold() not in of_boards:
            raise wrapped(400, "WorkItemFieldInvalidException", f"TF51535: There is no field {name}.")
    return names, chosen


def _patch_document(call: Call) -> object:
    content_type = call.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if content_type != "application/json-patch+json":
        body = {
            "count": 1,
            "value": {"Message": f"The media type '{content_type}' is not supported for this resource."},
        }
        raise RefusalError(415, body)
    return call.json(list)


def _finish(call: Call, document: object, draft: WorkItem, before: WorkItem | None) -> Response:
    work_item_patch.apply(document, draft, call)
    work_item_rules.check(draft, call)
    work_item_rules.settle(draft, before, call)
    if call.query.get("validateOnly", "").casefold() != "true":
        work_item_rules.save(draft, before, call)
        return JSONResponse(work_item_view(call, draft, expand="all"))
    view = work_item_view(call, draft)
    if before is None:
        view = {"fields": view["fields"]}
    return JSONResponse(view)


OPERATIONS = [
    Operation("GET", "wit/workitems", _READ, list_work_items),
    Operation("GET", "wit/workitems/{id}", _READ, get_work_item),
    Operation("POST", "wit/workitemsbatch", _READ, get_batch),
    Operation("POST", "wit/workitems/${type}", _WRITE, create_work_item),
    Operation("PATCH", "wit/workitems/{id}", _WRITE, update_work_item),
    Operation("GET", "wit/workitems/{id}/updates", _READ, list_updates),
]
