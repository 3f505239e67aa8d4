"""Reads who changed what of an Azure DevOps work item, and when, the newest change first."""

from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.work_item_documents import BATCH, PersonDocument
from shared.apis.devops.work_item_links import Relation
from shared.apis.models import DevOpsList, DevOpsModel

_CHANGED_DATE = "System.ChangedDate"


class FieldUpdate(DevOpsModel):
    """The old and the new value of a field; None where it has none."""

    old_value: Any = None
    new_value: Any = None


class RelationUpdates(DevOpsModel):
    """Links that came, went or got another comment."""

    added: list[Relation] = Field(default_factory=list)
    removed: list[Relation] = Field(default_factory=list)
    updated: list[Relation] = Field(default_factory=list)


class UpdateDocument(DevOpsModel):
    """A change as the service gives it; one of links alone has no fields.

    Its `revisedDate` is not the time of the change: that of the last one is in the year 9999.
    """

    id: int = 0
    rev: int = 0
    revised_by: PersonDocument = Field(default_factory=dict)
    fields: dict[str, FieldUpdate | None] = Field(default_factory=dict)
    relations: RelationUpdates = Field(default_factory=RelationUpdates)

    @property
    def when(self) -> datetime | None:
        """Returns when it was made, where the service tells."""
        changed = self.fields.get(_CHANGED_DATE)
        if changed is None or not isinstance(changed.new_value, str):
            return None
        try:
            moment = datetime.fromisoformat(changed.new_value)
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def newest_updates(
    devops: DevOps, organization: str, work_item_id: int, rev: int, *, limit: int, before: int | None
) -> tuple[int, list[UpdateDocument]]:
    """Returns changes of a work item, the newest first, and the place of the oldest of them.

    The service gives the oldest first and does not tell how many there are: about one for each revision.

    Args:
        devops: As the caller.
        organization: Where the work item is.
        work_item_id: Which it is.
        rev: Its present revision.
        limit: How many changes to return.
        before: The place before which to end; None is the end of all.
    """
    if before is None:
        begin, found = await _last_updates(devops, organization, work_item_id, max(0, rev - BATCH))
        begin += max(0, len(found) - limit)
        return begin, found[-limit:][::-1]
    begin = max(0, before - limit)
    found = await _updates(devops, organization, work_item_id, begin, before - begin)
    return begin, found[: before - begin][::-1]


async def _last_updates(
    devops: DevOps, organization: str, work_item_id: int, start: int
) -> tuple[int, list[UpdateDocument]]:
    """Returns the last changes with the place of the first of them, from about a place on."""
    found = await _updates(devops, organization, work_item_id, start, BATCH)
    while not found and start:
        # There are fewer changes than revisions.
        start = max(0, start - BATCH)
        found = await _updates(devops, organization, work_item_id, start, BATCH)
    page = found
    while len(page) == BATCH:
        page = await _updates(devops, organization, work_item_id, start + len(found), BATCH)
        found += page
    return start, found


async def _updates(
    devops: DevOps, organization: str, work_item_id: int, skip: int, top: int
) -> list[UpdateDocument]:
    part: dict[str, Any] = {"$top": str(top), **({"$skip": str(skip)} if skip else {})}
    path = "/{}/_apis/wit/workItems/{}/updates"
    listed = await devops.get(DevOpsList[UpdateDocument], path, organization, work_item_id, **part)
    return [*listed.value]
