"""Changes many Azure DevOps work items in one request, each by a change of its own."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.devops_requests import API_VERSION
from shared.apis.devops.devops_responses import SERVICE, parse_response
from shared.apis.devops.work_item_documents import WorkItemDocument
from shared.apis.devops.work_item_links import Operation
from shared.apis.models import DevOpsModel
from shared.apis.requests import parse
from shared.errors import ToolError
from shared.http.messages import Response
from shared.results.write_failures import report_unknown_outcome

_PATCH_TYPE = "application/json-patch+json"
_LOOK = "Read the work items again with devops_get_work_item to see which were changed, before you repeat it."


class _Entry(DevOpsModel):
    code: int = 0
    body: Any = None


class _Answers(DevOpsModel):
    value: list[_Entry]


@dataclass(frozen=True)
class BatchChange:
    """Holds the change of one work item, made only if it is still at this revision."""

    work_item_id: int
    rev: int
    operations: Sequence[Operation]


async def change_many(
    devops: DevOps, organization: str, changes: Sequence[BatchChange]
) -> list[WorkItemDocument | ToolError]:
    """Returns for each change the work item as changed, or why it was not.

    It is no transaction: one that fails stops none ("Work item batch update").
    An entry of the response of which nothing can be said is `upstream_error` with `outcome: unknown`.
    """
    body = [
        {
            "method": "PATCH",
            "uri": f"/_apis/wit/workitems/{each.work_item_id}?api-version={API_VERSION}",
            "headers": {"Content-Type": _PATCH_TYPE},
            "body": [{"op": "test", "path": "/rev", "value": each.rev}, *each.operations],
        }
        for each in changes
    ]
    with report_unknown_outcome(_LOOK):
        answers = await devops.patch(_Answers, "/{}/_apis/wit/$batch", organization, body=body)
    entries: list[_Entry | None] = [*answers.value, *[None] * len(changes)]
    return [_outcome(change, entry) for change, entry in zip(changes, entries, strict=False)]


def _outcome(change: BatchChange, entry: _Entry | None) -> WorkItemDocument | ToolError:
    """Returns what one entry of the response says; its body is a document written as text."""
    if entry is None or not 100 <= entry.code < 600:
        return _unknown("gave no response for this work item")
    written = entry.body if isinstance(entry.body, str) else json.dumps(entry.body or {})
    try:
        document = parse_response(Response(entry.code, {}, written.encode()))
        changed = parse(WorkItemDocument, document, service=SERVICE)
    except ToolError as error:
        return error if entry.code >= 400 else _unknown("gave a response of an unexpected form")
    if changed.id != change.work_item_id:
        return _unknown("gave a response for another work item")
    return changed


def _unknown(what: str) -> ToolError:
    return ToolError("upstream_error", f"{SERVICE} {what}.", _LOOK, details={"outcome": "unknown"})
