"""Reads and writes the discussion of Azure DevOps work items."""

from pydantic import Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.service_times import ServiceTime
from shared.apis.devops.work_item_changes import CHECK_BEFORE_REPEATING, TextFormat
from shared.apis.devops.work_item_documents import PersonDocument
from shared.apis.models import DevOpsModel
from shared.results.paging import Page
from shared.results.write_failures import report_unknown_outcome

type WorkItemKey = tuple[str, str, int]
"""Organization, project and id of a work item."""

_ALL = "/{}/{}/_apis/wit/workItems/{}/comments"
_ONE = f"{_ALL}/{{}}"
_VERSION = "7.1-preview.4"


class CommentDocument(DevOpsModel):
    """A comment as the service gives it."""

    id: int
    text: str = ""
    format: str | None = None
    created_by: PersonDocument = Field(default_factory=dict)
    created_date: ServiceTime = None


async def list_comments(
    devops: DevOps, key: WorkItemKey, *, limit: int, cursor: str | None
) -> Page[CommentDocument]:
    """Returns a page of the comments, the newest first."""
    return await devops.page(
        CommentDocument,
        _ALL,
        *key,
        limit=limit,
        cursor=cursor,
        key="comments",
        api_version=_VERSION,
        order="desc",
    )


async def read_comment(devops: DevOps, key: WorkItemKey, comment_id: int) -> CommentDocument:
    """Returns one comment."""
    return await devops.get(CommentDocument, _ONE, *key, comment_id, api_version=_VERSION)


async def add_comment(
    devops: DevOps, key: WorkItemKey, text: str, text_format: TextFormat
) -> CommentDocument:
    """Returns the new comment."""
    with report_unknown_outcome(CHECK_BEFORE_REPEATING):
        return await devops.post(
            CommentDocument, _ALL, *key, body={"text": text}, api_version=_VERSION, format=text_format
        )


async def edit_comment(
    devops: DevOps, key: WorkItemKey, comment_id: int, text: str, text_format: TextFormat
) -> CommentDocument:
    """Returns a comment with its new text."""
    with report_unknown_outcome(CHECK_BEFORE_REPEATING):
        return await devops.patch(
            CommentDocument,
            _ONE,
            *key,
            comment_id,
            body={"text": text},
            api_version=_VERSION,
            format=text_format,
        )


async def delete_comment(devops: DevOps, key: WorkItemKey, comment_id: int) -> None:
    """Deletes a comment."""
    with report_unknown_outcome(CHECK_BEFORE_REPEATING):
        await devops.command("DELETE", _ONE, *key, comment_id, api_version=_VERSION)
