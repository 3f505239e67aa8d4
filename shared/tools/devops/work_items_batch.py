"""Changes many Azure DevOps work items at once."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.apis.devops.work_item_batches import BatchChange, change_many
from shared.apis.devops.work_item_changes import TAGS
from shared.apis.devops.work_item_documents import WorkItemDocument, fetch
from shared.apis.devops.work_item_fields import fetch_fields
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.normalization import is_left_out
from shared.mcp.toolset import Toolset
from shared.text.content import Line
from shared.tools.devops.work_item_change_params import TagNames
from shared.tools.devops.work_item_field_changes import Changes, requested_changes
from shared.tools.devops.work_item_params import FieldName, resolve_work_items
from shared.tools.devops.work_item_views import web_url
from shared.tools.params import Organization, Reference, Scalar

toolset = Toolset("work_items")

_PROJECT = "System.TeamProject"


class WorkItemUpdate(BaseModel):
    """A change of one work item."""

    model_config = ConfigDict(extra="forbid", strict=True)

    work_item_id: Reference
    rev: Annotated[int, Field(ge=1, le=2_147_483_647)]
    fields: Annotated[
        dict[FieldName, Scalar | None] | None,
        Field(max_length=50, description="By reference name, such as System.State; long texts in Markdown."),
    ] = None
    add_tags: TagNames | None = None
    remove_tags: TagNames | None = None


class UpdateResult(BaseModel):
    """What became of the change of one work item."""

    work_item_id: int
    outcome: Literal["updated", "unchanged", "refused", "unknown"] = Field(
        description="unchanged: it was so already; refused: nothing was written; unknown: read it again."
    )
    rev: int | None = Field(description="Its present revision, where it is known.")
    code: str | None = None
    error: Line | None = None
    remedy: str | None = None
    web_url: str


class UpdateResults(BaseModel):
    """What became of every change, in their order."""

    updated: int
    not_updated: int = Field(description="How many were refused, or have an unknown outcome.")
    results: list[UpdateResult]


@toolset.tool(scopes=["vso.work_write"], writes=True)
async def devops_update_work_items(
    caller: Caller,
    updates: Annotated[
        list[WorkItemUpdate],
        Field(min_length=1, max_length=50, description="Each with the rev you read."),
    ],
    organization: Organization = None,
) -> UpdateResults:
    """Update up to 50 Azure DevOps work items in one request, with a result for each.

    No transaction: each is changed if it is still at its rev, whatever becomes of the others. Descriptions,
    and fields to empty: devops_update_work_item.
    """
    references = [each.work_item_id for each in updates]
    changes = [_requested(number, each) for number, each in enumerate(updates)]
    chosen, ids = await resolve_work_items(caller, organization, references)
    if len(ids) != len(updates):
        raise ToolError(
            "invalid_argument",
            "updates: a work item is named twice.",
            "Put all changes of a work item into one.",
        )
    present = await fetch(caller.devops, chosen, ids, ["System.Rev", _PROJECT, TAGS])
    types = await fetch_fields(caller.devops, chosen) if any(each.needs_types for each in changes) else {}
    outcomes: dict[int, WorkItemDocument | ToolError] = {}
    to_send: list[BatchChange] = []
    for number, (item, update, wanted) in enumerate(zip(ids, updates, changes, strict=True)):
        found = present.get(item)
        with_types = wanted.with_types(types, found, f"updates[{number}].")
        if found is None:
            outcomes[item] = _missing(item)
        elif found.rev != update.rev:
            outcomes[item] = _stale(item, update.rev, found.rev)
        elif not with_types:
            outcomes[item] = found
        else:
            to_send.append(BatchChange(item, update.rev, with_types))
    sent = await change_many(caller.devops, chosen, to_send) if to_send else []
    written = {each.work_item_id for each in to_send}
    outcomes |= {each.work_item_id: outcome for each, outcome in zip(to_send, sent, strict=True)}
    results = [
        _result(
            item,
            outcomes[item],
            was_sent=item in written,
            present=present.get(item),
            address=web_url(caller.devops, chosen, item, present[item].fields if item in present else {}),
        )
        for item in ids
    ]
    bad = sum(each.outcome in ("refused", "unknown") for each in results)
    return UpdateResults(
        updated=sum(each.outcome == "updated" for each in results), not_updated=bad, results=results
    )


def _requested(number: int, update: WorkItemUpdate) -> Changes:
    """Returns the change of one entry.

    Raises:
        ToolError: `invalid_argument`, for the whole call: it changes nothing, or could be meant to erase.
    """
    fields: Mapping[str, object] = update.fields or {}
    if empty := [name for name, value in fields.items() if is_left_out(value)]:
        raise ToolError(
            "invalid_argument",
            f"updates[{number}].fields: {', '.join(empty)} is empty; nothing was changed.",
            "Leave it out to keep it as it is; to empty it, use clear of devops_update_work_item.",
        )
    changes = requested_changes(
        {},
        fields,
        tags=None,
        add_tags=update.add_tags or (),
        remove_tags=update.remove_tags or (),
        text_format="markdown",
    )
    if not changes:
        raise ToolError(
            "invalid_argument",
            f"updates[{number}]: nothing is to be changed.",
            "Give fields, add_tags or remove_tags for each work item.",
        )
    return changes


def _missing(item: int) -> ToolError:
    return ToolError(
        "not_found",
        f"There is no work item {item}, or you have no access to it.",
        "Look the id up with devops_search_work_items.",
    )


def _stale(item: int, rev: int, present: int) -> ToolError:
    return ToolError(
        "conflict",
        f"Work item {item} is at revision {present}, not {rev}.",
        "Read it again, decide whether the change is still right, then repeat it with the present rev.",
    )


def _result(
    item: int,
    outcome: WorkItemDocument | ToolError,
    *,
    was_sent: bool,
    present: WorkItemDocument | None,
    address: str,
) -> UpdateResult:
    if isinstance(outcome, WorkItemDocument):
        state: Literal["updated", "unchanged"] = "updated" if was_sent else "unchanged"
        return UpdateResult(work_item_id=item, outcome=state, rev=outcome.rev, web_url=address)
    is_unknown = outcome.code in ("timeout", "unavailable", "upstream_error")
    return UpdateResult(
        work_item_id=item,
        outcome="unknown" if is_unknown else "refused",
        # After a refusal of the service it may be another one: it is what that is about.
        rev=present.rev if present and not was_sent else None,
        code=outcome.code,
        error=outcome.message,
        remedy=outcome.remedy,
        web_url=address,
    )
