"""Serves many changes of work items in one request, each with a status of its own."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from starlette.datastructures import Headers, QueryParams
from starlette.responses import JSONResponse, Response

from local.devops import api_version
from local.devops.call import Call, Operation
from local.devops.errors import RefusalError, binding, missing_project, wrapped
from local.devops.work_items import create_work_item, update_work_item

_LARGEST = 200
_URI = re.compile(
    r"/(?:(?P<project>[^/?]+)/)?_apis/wit/workitems/(?:(?P<id>[0-9]+)|\$(?P<type>[^/?]+))(?:\?(?P<query>.*))?",
    re.IGNORECASE,
)


def run_batch(call: Call) -> Response:
    """Returns what each change of the body came to, in their order; one that fails stops none."""
    entries = call.json(list)
    if len(entries) > _LARGEST:
        raise wrapped(
            400, "VssPropertyValidationException", f"VS403474: {len(entries)} requests are over {_LARGEST}."
        )
    if not all(isinstance(each, dict) for each in entries):
        raise binding("The request body does not have the form this operation takes.")
    answers = [_answer(call, each) for each in entries]
    return JSONResponse({"count": len(answers), "value": answers})


def _answer(call: Call, entry: dict[str, Any]) -> dict[str, Any]:
    try:
        response = _run(call, entry)
    except RefusalError as refusal:
        response = refusal.response()
    return {
        "code": response.status_code,
        "headers": {"Content-Type": "application/json; charset=utf-8"},
        "body": bytes(response.body).decode(),
    }


def _run(call: Call, entry: dict[str, Any]) -> Response:
    match = _URI.fullmatch(str(entry.get("uri", "")))
    if match is None or entry.get("method") != "PATCH" or not isinstance(entry.get("headers"), dict):
        raise wrapped(400, "VssPropertyValidationException", "The request of the batch is none it takes.")
    project = call.organization.project(unquote(match["project"])) if match["project"] else None
    if match["project"] and project is None:
        raise missing_project(unquote(match["project"]))
    query = QueryParams(match["query"] or "")
    api_version.check(query.get("api-version"), "PATCH", None)
    inner = replace(
        call,
        query=query,
        headers=Headers(entry["headers"]),
        body=json.dumps(entry.get("body")).encode(),
        parts={"id": match["id"] or "", "type": unquote(match["type"] or "")},
        project_or_none=project,
    )
    return update_work_item(inner) if match["id"] else create_work_item(inner)


OPERATIONS = [Operation("PATCH", "wit/$batch", ("vso.work_write",), run_batch)]
