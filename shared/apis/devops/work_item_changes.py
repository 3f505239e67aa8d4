"""Creates and changes Azure DevOps work items."""

from collections.abc import Sequence
from itertools import count
from typing import Any, Literal

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.work_item_documents import (
    BATCH,
    WorkItemDocument,
    fetch_one,
)
from shared.apis.devops.work_item_links import Operation
from shared.apis.models import DevOpsList, DevOpsModel
from shared.apis.requests import quotable
from shared.concurrency import run_concurrently
from shared.errors import ToolError
from shared.results.write_failures import report_unknown_outcome
from shared.text.content import NOTICE

type TextFormat = Literal["markdown", "html"]

TAGS = "System.Tags"

_SHORT = 100
CHECK_BEFORE_REPEATING = (
    "Look with devops_search_work_items or devops_get_work_item whether it is there, before you repeat it."
)


class _Change(DevOpsModel):
    new_value: Any = None


class _Update(DevOpsModel):
    rev: int
    fields: dict[str, _Change] | None = None


async def create(
    devops: DevOps, organization: str, project: str, work_item_type: str, operations: Sequence[Operation]
) -> WorkItemDocument:
    """Returns the new work item."""
    with report_unknown_outcome(CHECK_BEFORE_REPEATING):
        return await devops.patch_document(
            WorkItemDocument,
            "POST",
            "/{}/{}/_apis/wit/workitems/${}",
            organization,
            project,
            work_item_type,
            operations=operations,
        )


async def change(
    devops: DevOps, organization: str, work_item_id: int, operations: Sequence[Operation], *, rev: int | None
) -> WorkItemDocument:
    """Returns the work item as changed.

    Args:
        devops: As the caller.
        organization: Where the work item is.
        work_item_id: Which it is.
        operations: JSON Patch, of which all is done or nothing.
        rev: The revision it must have; None where the operations only add.

    Raises:
        ToolError: `conflict`: it has another revision; the message names the fields among those of
            the operations that were changed meanwhile.
    """
    tests = [] if rev is None else [{"op": "test", "path": "/rev", "value": rev}]
    if not operations:
        return await _unchanged(devops, organization, work_item_id, rev)
    try:
        with report_unknown_outcome(CHECK_BEFORE_REPEATING):
            return await devops.patch_document(
                WorkItemDocument,
                "PATCH",
                "/{}/_apis/wit/workitems/{}",
                organization,
                work_item_id,
                operations=[*tests, *operations],
            )
    except ToolError as error:
        if error.code != "conflict" or rev is None:
            raise
        raise await _conflict(devops, organization, work_item_id, operations, rev) from error


async def _unchanged(
    devops: DevOps, organization: str, work_item_id: int, rev: int | None
) -> WorkItemDocument:
    """Returns a work item that is as wanted already: there is nothing to write."""
    present = await fetch_one(devops, organization, work_item_id, [])
    if rev not in (None, present.rev):
        raise await _conflict(devops, organization, work_item_id, [], rev or 0)
    return present


def field_operation(name: str, value: object) -> Operation:
    """Returns the operation that sets a field, or empties it where the value is None. `add` also replaces."""
    path = f"/fields/{_pointer(name)}"
    return {"op": "remove", "path": path} if value is None else {"op": "add", "path": path, "value": value}


def tags_operations(wanted: Sequence[str], present: object) -> list[Operation]:
    """Returns the operations that leave exactly the wanted tags: `add` would merge them with the others."""
    path, value = f"/fields/{TAGS}", "; ".join(wanted)
    if present:
        return [{"op": "replace", "path": path, "value": value}]
    return [{"op": "add", "path": path, "value": value}] if wanted else []


def tags_of(present: object) -> list[str]:
    """Returns the tags that a work item has, from the one text they are."""
    return [tag for each in str(present or "").split(";") if (tag := each.strip())]


def changed_tags(present: object, add: Sequence[str], remove: Sequence[str]) -> list[str]:
    """Returns the tags with some added and some taken away; case does not tell tags apart."""
    gone = {tag.strip().casefold() for tag in remove}
    kept = [tag for tag in tags_of(present) if tag.casefold() not in gone]
    known = {tag.casefold() for tag in kept}
    return kept + list(
        {tag.strip().casefold(): tag.strip() for tag in add if tag.strip().casefold() not in known}.values()
    )


def long_text_operations(name: str, text: str, text_format: TextFormat) -> list[Operation]:
    """Returns the operations that set a long text. Once it is Markdown, a field stays so."""
    operations = [field_operation(name, text)]
    if text_format == "markdown":
        operations.append(
            {"op": "add", "path": f"/multilineFieldsFormat/{_pointer(name)}", "value": "Markdown"}
        )
    return operations


def _pointer(name: str) -> str:
    """Returns a name as a part of a JSON Pointer (RFC 6901, 3)."""
    return name.replace("~", "~0").replace("/", "~1")


async def _conflict(
    devops: DevOps, organization: str, work_item_id: int, operations: Sequence[Operation], rev: int
) -> ToolError:
    """Returns the conflict of a change to a revision that is not the present one."""
    current, changed = await run_concurrently(
        fetch_one(devops, organization, work_item_id, ["System.Rev"]),
        _changed_since(devops, organization, work_item_id, rev),
    )
    wanted = {str(each["path"]).rpartition("/")[2].casefold() for each in operations}
    differing = [name for name in changed if name.casefold() in wanted]
    what = (
        f"Changed since, of what you change: {', '.join(differing)}."
        if differing
        else "Nothing of what you change was changed since."
    )
    return ToolError(
        "conflict",
        f"Work item {work_item_id} is at revision {current.rev}, not {rev}. {what} Nothing was written.",
        "Read it again, decide whether the change is still right, then repeat it with the present rev.",
        details={
            "current_version": str(current.rev),
            "differs": ", ".join(differing),
            # The present values are by others.
            **({"notice": NOTICE} if differing else {}),
            **{name: quotable(_shown(changed[name])) for name in differing},
        },
    )


async def _changed_since(devops: DevOps, organization: str, work_item_id: int, rev: int) -> dict[str, object]:
    """Returns the present values of the fields that were changed after a revision."""
    changed: dict[str, object] = {}
    for skip in count(0, BATCH):
        part: dict[str, Any] = {"$top": str(BATCH), "$skip": str(skip)}
        page = await devops.get(
            DevOpsList[_Update],
            "/{}/_apis/wit/workItems/{}/updates",
            organization,
            work_item_id,
            **part,
        )
        for update in page.value:
            if update.rev > rev:
                changed |= {name: each.new_value for name, each in (update.fields or {}).items()}
        if len(page.value) < BATCH:
            break
    return changed


def _shown(value: object) -> object:
    """Returns a value fit for details, which hold neither people nor long texts."""
    if isinstance(value, dict):
        return "(a person)"
    if isinstance(value, str) and len(value) > _SHORT:
        return "(a longer text)"
    return "(none)" if value is None else value
