"""Runs queries and returns ids of work items, or pairs of linked ones."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.errors import argument, wrapped
from local.devops.people import Identity
from local.devops.times import stamp
from local.devops.wiql import Query, parse
from local.devops.wiql_links import Relation, relations
from local.devops.wiql_match import Candidate, Matcher, moment_of
from local.devops.work_item import WorkItem
from local.devops.work_item_types import Field
from local.devops.work_item_view import url_of

_LARGEST_RESULT = 20_000


def query_by_wiql(call: Call) -> Response:
    """Returns what a query finds: ids only, whatever it selects."""
    text = call.json().get("query")
    if not isinstance(text, str) or not text.strip():
        raise argument("query", "TF51006: The query is empty.")
    query = parse(text)
    top = call.number("$top", _LARGEST_RESULT + 1)
    precise = call.query.get("timePrecision", "").casefold() == "true"
    matcher = Matcher(call, time_precision=precise)
    when = moment_of(query.as_of, time_precision=precise) if query.as_of is not None else None
    items = [
        past
        for item in call.organization.work_items.values()
        if (past := item if when is None else item.as_of(when)) is not None
    ]
    view: dict[str, Any] = {
        "queryType": "flat",
        "queryResultType": "workItem",
        "asOf": stamp(when or call.now),
        "columns": [_field_reference(call, field) for field in query.columns],
        "sortColumns": [
            {"field": _field_reference(call, field), "descending": descending}
            for field, descending in query.order
        ],
    }
    if query.mode is None:
        found = _sorted(query, [item for item in items if matcher.matches(query.where, Candidate(item))])
        _check_size(found[:top])
        view["workItems"] = [_reference(call, item) for item in found[:top]]
    else:
        ordered = {item.id: item for item in _sorted(query, items)}
        found_links = list(relations(ordered, query.where, query.mode, matcher))[:top]
        _check_size(found_links)
        view["queryType"] = "tree" if query.mode == "recursive" else "oneHop"
        view["queryResultType"] = "workItemLink"
        view["workItemRelations"] = [_relation(call, each) for each in found_links]
    return JSONResponse(view)


def _check_size(found: list[Any]) -> None:
    if len(found) > _LARGEST_RESULT:
        raise wrapped(
            400,
            "WorkItemTrackingQueryResultSizeLimitExceededException",
            f"VS402337: The query finds more than {_LARGEST_RESULT} work items.",
        )


def _relation(call: Call, relation: Relation) -> dict[str, Any]:
    return {
        "rel": relation.link_type,
        "source": None if relation.source is None else _reference(call, relation.source),
        "target": _reference(call, relation.target),
    }


def _sorted(query: Query, items: list[WorkItem]) -> list[WorkItem]:
    ordered = sorted(items, key=lambda item: item.id)
    for field, descending in reversed(query.order):
        ordered.sort(key=lambda item, field=field: _sort_key(item, field), reverse=descending)  # type: ignore[misc]
    return ordered


def _sort_key(item: WorkItem, field: Field) -> tuple[int, Any]:
    value = item.value(field.ref)
    if value is None:
        return (0, 0)
    if isinstance(value, Identity):
        return (1, value.display_name.casefold())
    if isinstance(value, datetime):
        return (1, value.timestamp())
    return (1, value.casefold() if isinstance(value, str) else value)


def _reference(call: Call, item: WorkItem) -> dict[str, Any]:
    return {"id": item.id, "url": url_of(call, item.id)}


def _field_reference(call: Call, field: Field) -> dict[str, Any]:
    return {
        "referenceName": field.ref,
        "name": field.name,
        "url": call.store.url(call.organization, "_apis/wit/fields", field.ref),
    }


OPERATIONS = [Operation("POST", "wit/wiql", ("vso.work",), query_by_wiql)]
