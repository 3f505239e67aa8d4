"""Reads Azure DevOps work items: the documents of the service, and fetching them by id."""

from collections.abc import Sequence
from itertools import batched
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.work_item_links import Relation
from shared.apis.models import DevOpsList, DevOpsModel
from shared.concurrency import run_all

BATCH = 200
"""Work items the service returns in one response."""


class WorkItemDocument(DevOpsModel):
    """A work item as the service gives it."""

    id: int
    rev: int
    fields: dict[str, Any] = Field(default_factory=dict)
    relations: list[Relation] | None = None
    multiline_fields_format: dict[str, Any] | None = None

    def format_of(self, field: str) -> str | None:
        """Returns the format of a long text, `markdown` or `html`, where the service tells it."""
        formats = {name.casefold(): value for name, value in (self.multiline_fields_format or {}).items()}
        return str(formats.get(field.casefold()) or "").casefold() or None


def _person(value: object) -> object:
    """Returns a person as a document: some responses have only the text that names them."""
    return {"displayName": value} if isinstance(value, str) else value


type PersonDocument = Annotated[dict[str, Any], BeforeValidator(_person)]
"""Who did something, as the service names people."""


async def fetch(
    devops: DevOps,
    organization: str,
    ids: Sequence[int],
    fields: Sequence[str] | None = None,
    *,
    as_of: str | None = None,
) -> dict[int, WorkItemDocument]:
    """Returns the work items there are, by id: with these fields, or else with all their fields and links.

    With a moment, they are as they were then.
    """
    shape: dict[str, Any] = {"fields": list(dict.fromkeys(fields))} if fields else {"$expand": "relations"}
    if as_of:
        shape["asOf"] = as_of
    batches = await run_all(
        devops.post(
            DevOpsList[WorkItemDocument | None],
            "/{}/_apis/wit/workitemsbatch",
            organization,
            body={"ids": list(chunk), "errorPolicy": "omit", **shape},
            reads=True,
        )
        for chunk in batched(dict.fromkeys(ids), BATCH, strict=False)
    )
    return {item.id: item for batch in batches for item in batch.value if item is not None}


async def fetch_one(
    devops: DevOps, organization: str, work_item_id: int, fields: Sequence[str]
) -> WorkItemDocument:
    """Returns a work item with some of its fields, or all of them where none is named."""
    return await devops.get(
        WorkItemDocument,
        "/{}/_apis/wit/workitems/{}",
        organization,
        work_item_id,
        fields=",".join(fields),
    )


async def fetch_relations(devops: DevOps, organization: str, work_item_id: int) -> WorkItemDocument:
    """Returns a work item with all its links, in the order by which the service counts them."""
    expanded: dict[str, Any] = {"$expand": "relations"}
    return await devops.get(
        WorkItemDocument, "/{}/_apis/wit/workitems/{}", organization, work_item_id, **expanded
    )
