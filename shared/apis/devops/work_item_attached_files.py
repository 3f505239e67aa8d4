"""Finds, reads and uploads files attached to Azure DevOps work items."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.work_item_links import Operation, Relation
from shared.apis.models import DevOpsModel
from shared.apis.requests import quotable
from shared.errors import ToolError
from shared.guids import PATTERN as GUID

ATTACHED_FILE = "AttachedFile"
MOST_ATTACHMENTS = 100
"""Files of one work item (Work item tracking limits)."""

_ID = re.compile(rf"(?:.*/)?_apis/wit/attachments/({GUID})(?:[/?#].*)?", re.IGNORECASE)
_SHOWN = 20


class _Uploaded(DevOpsModel):
    id: str = ""
    url: str


@dataclass(frozen=True)
class AttachedFile:
    """Holds what a link tells of a file; `project` is where its address says it is, if it does."""

    id: str
    name: str
    size: int | None
    comment: str | None
    project: str | None


def attached_files(devops: DevOps, relations: Sequence[Relation]) -> list[AttachedFile]:
    """Returns the files among links, in the service's order."""
    found = []
    for relation in relations:
        match = _ID.fullmatch(relation.url) if relation.rel == ATTACHED_FILE else None
        if match is None:
            continue
        size, comment = relation.attributes.get("resourceSize"), relation.attributes.get("comment")
        link = devops.parse_link(relation.url)
        found.append(
            AttachedFile(
                id=match[1],
                name=relation.file_name or match[1],
                size=size if isinstance(size, int) and not isinstance(size, bool) else None,
                comment=comment if isinstance(comment, str) else None,
                project=link.project or None if link else None,
            )
        )
    return found


def find_attached_file(files: Sequence[AttachedFile], wanted: str | None) -> AttachedFile:
    """Returns the file that a name, an id or an address means; without one, the only one there is.

    Raises:
        ToolError: `not_found`: there is none; `invalid_argument`: several could be meant.
    """
    if wanted is None:
        found = [*files]
    else:
        match = _ID.fullmatch(wanted.strip())
        key = (match[1] if match else wanted.strip()).casefold()
        found = [each for each in files if key == each.id.casefold()] or [
            each for each in files if key == each.name.casefold()
        ]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{quotable(each.name)} ({each.id})" for each in (found or files)[:_SHOWN]) or "none"
    if not found:
        what = "attachment" if wanted is None else f"attachment {quotable(wanted)}"
        raise ToolError(
            "not_found",
            f"The work item has no {what}; it has: {listed}.",
            "Name one of its attachments, as links of kind attached_file in devops_get_work_item.",
        )
    raise ToolError(
        "invalid_argument", f"attachment: the work item has several: {listed}.", "Give the id of one."
    )


async def download(devops: DevOps, organization: str, file: AttachedFile) -> bytes:
    """Returns the bytes of an attached file."""
    if file.project:
        path, places = "/{}/{}/_apis/wit/attachments/{}", (organization, file.project)
        return await devops.content(path, *places, file.id, fileName=file.name, download="true")
    path = "/{}/_apis/wit/attachments/{}"
    return await devops.content(path, organization, file.id, fileName=file.name, download="true")


async def upload(devops: DevOps, organization: str, name: str, content: bytes) -> tuple[str, str]:
    """Uploads a file, which is then in no work item yet; returns its id and its address.

    Raises:
        ToolError: `upstream_error`: the address is none of an attachment.
    """
    path = "/{}/_apis/wit/attachments"
    uploaded = await devops.upload(_Uploaded, path, organization, content=content, fileName=name)
    match = _ID.fullmatch(uploaded.url)
    if match is None:
        raise ToolError(
            "upstream_error",
            "Azure DevOps gave no address of an attachment.",
            "Report it to the people who run this server.",
        )
    return match[1], uploaded.url


def attach_operation(url: str, comment: str | None) -> Operation:
    """Returns the operation that attaches an uploaded file."""
    attributes = {"attributes": {"comment": comment}} if comment else {}
    return {
        "op": "add",
        "path": "/relations/-",
        "value": {"rel": ATTACHED_FILE, "url": url, **attributes},
    }
