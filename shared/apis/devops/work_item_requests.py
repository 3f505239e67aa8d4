"""Azure DevOps work items: how to name, read, link and change them."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import batched, count
from typing import Any, Literal

from pydantic import Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.models import DevOpsList, DevOpsModel
from shared.apis.requests import quotable
from shared.concurrency import run_all, run_concurrently
from shared.errors import ToolError
from shared.guids import PATTERN as GUID
from shared.results.write_failures import report_unknown_outcome

BATCH = 200
"""Work items the service gives in one answer."""
COMMENTS_VERSION = "7.1-preview.4"

type LinkKind = Literal[
    "parent", "child", "related", "predecessor", "successor", "hyperlink", "build", "pull_request"
]
type TextFormat = Literal["markdown", "html"]
type Operation = Mapping[str, Any]

_WORK_ITEM_LINKS: Mapping[str, str] = {
    "parent": "System.LinkTypes.Hierarchy-Reverse",
    "child": "System.LinkTypes.Hierarchy-Forward",
    "related": "System.LinkTypes.Related",
    "predecessor": "System.LinkTypes.Dependency-Reverse",
    "successor": "System.LinkTypes.Dependency-Forward",
}
_KINDS = {rel: kind for kind, rel in _WORK_ITEM_LINKS.items()}
_SHORT = 100
_ARTIFACTS: Mapping[str, str] = {"build": "Build", "pull_request": "Pull Request"}
_WORK_ITEM_URL = re.compile(r".*/_apis/wit/workitems/(\d+)", re.IGNORECASE)
_ARTIFACT_ID = re.compile(r"vstfs:///(?:Build/Build/|Git/PullRequestId/.*(?:%2F|/))(\d+)", re.IGNORECASE)
_PULL_REQUEST = re.compile(
    rf"vstfs:///Git/PullRequestId/{GUID}(?:%2F|/){GUID}(?:%2F|/)[0-9]{{1,10}}", re.IGNORECASE
)
_LOOK = (
    "Look with devops_search_work_items or devops_get_work_item whether it is there, before you repeat it."
)


class Relation(DevOpsModel):
    """A link of a work item, to another one or to an address."""

    rel: str
    url: str
    attributes: dict[str, Any] = Field(default_factory=dict)

    @property
    def kind(self) -> str:
        """In the words of the tools where they have one, else in the service's."""
        name = str(self.attributes.get("name") or self.rel)
        return _KINDS.get(self.rel) or name.casefold().replace(" ", "_")

    @property
    def work_item_id(self) -> int | None:
        """The other work item, if it leads to one."""
        match = _WORK_ITEM_URL.fullmatch(self.url)
        return int(match[1]) if match else None

    @property
    def artifact_id(self) -> int | None:
        """The number of the build or the pull request, if it leads to one."""
        match = _ARTIFACT_ID.fullmatch(self.url)
        return int(match[1]) if match else None


class WorkItemDocument(DevOpsModel):
    """A work item as the service gives it."""

    id: int
    rev: int
    fields: dict[str, Any] = Field(default_factory=dict)
    relations: list[Relation] | None = None
    multiline_fields_format: dict[str, str] | None = None

    def is_markdown(self, field: str) -> bool:
        """Whether a long text is markdown; all others are HTML."""
        return (self.multiline_fields_format or {}).get(field, "").casefold() == "markdown"


class CommentDocument(DevOpsModel):
    """A comment as the service gives it."""

    id: int
    text: str = ""
    format: str | None = None
    created_by: dict[str, Any] = Field(default_factory=dict)
    created_date: datetime


class _Change(DevOpsModel):
    new_value: Any = None


class _Update(DevOpsModel):
    rev: int
    fields: dict[str, _Change] | None = None


def identify(devops: DevOps, reference: str) -> tuple[int, str | None]:
    """The id that a number, `#number` or a web address means, and the organization an address names.

    Raises:
        ToolError: `invalid_argument`: it is none of them.
    """
    link = devops.link(reference)
    written = reference.removeprefix("#")
    if link is not None:
        # Boards and backlogs name the open work item in the query.
        written = link.query.get("workitem") or (link.segments[-1] if link.segments else "")
    if not re.fullmatch(r"[0-9]{1,9}", written) or int(written) == 0:
        raise ToolError(
            "invalid_argument",
            f"{quotable(reference)!r} is not a work item.",
            "Give the id of a work item, or its address in the browser.",
        )
    return int(written), link.organization if link else None


async def fetch(
    devops: DevOps, organization: str, ids: Sequence[int], fields: Sequence[str] | None = None
) -> dict[int, WorkItemDocument]:
    """The work items there are, by id: with these fields, or else with all their fields and links."""
    shape = {"fields": list(dict.fromkeys(fields))} if fields else {"$expand": "relations"}
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
    """A work item with some of its fields."""
    return await devops.get(
        WorkItemDocument,
        "/{}/_apis/wit/workitems/{}",
        organization,
        work_item_id,
        fields=",".join(fields),
    )


async def create(
    devops: DevOps, organization: str, project: str, work_item_type: str, operations: Sequence[Operation]
) -> WorkItemDocument:
    """The new work item."""
    with report_unknown_outcome(_LOOK):
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
    """The work item as changed.

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
    try:
        with report_unknown_outcome(_LOOK):
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


async def comment(
    devops: DevOps, organization: str, project: str, work_item_id: int, text: str, text_format: TextFormat
) -> CommentDocument:
    """The new comment."""
    with report_unknown_outcome(_LOOK):
        return await devops.post(
            CommentDocument,
            "/{}/{}/_apis/wit/workItems/{}/comments",
            organization,
            project,
            work_item_id,
            body={"text": text},
            api_version=COMMENTS_VERSION,
            format=text_format,
        )


def field_operation(name: str, value: object) -> Operation:
    """Give a field a value, or take its value away with None. `add` also replaces."""
    path = f"/fields/{name}"
    return {"op": "remove", "path": path} if value is None else {"op": "add", "path": path, "value": value}


def text_operations(name: str, text: str, text_format: TextFormat) -> list[Operation]:
    """Give a long text its value. Once it is markdown, a field stays so."""
    operations = [field_operation(name, text)]
    if text_format == "markdown":
        operations.append({"op": "add", "path": f"/multilineFieldsFormat/{name}", "value": "Markdown"})
    return operations


def link_operation(
    devops: DevOps, organization: str, kind: LinkKind, target: str, comment_text: str | None
) -> Operation:
    """Add a link.

    Args:
        devops: As the caller.
        organization: Where both ends are.
        kind: Of the link.
        target: A work item or build by id or web address, a pull request by its artifact id, or for a
            hyperlink any web address.
        comment_text: Stands beside the link.

    Raises:
        ToolError: `invalid_argument`: the target is none of its kind.
    """
    attributes: dict[str, Any] = {"comment": comment_text} if comment_text else {}
    if kind in _WORK_ITEM_LINKS:
        work_item_id, elsewhere = identify(devops, target)
        if elsewhere and elsewhere.casefold() != organization.casefold():
            raise _unfit("work items are linked within one organization")
        url = devops.web_url("/{}/_apis/wit/workItems/{}", organization, work_item_id)
        value = {"rel": _WORK_ITEM_LINKS[kind], "url": url, "attributes": attributes}
    elif kind == "hyperlink":
        if not re.fullmatch(r"https?://[^\s/]\S*", target):
            raise _unfit("a hyperlink leads to an http or https address")
        value = {"rel": "Hyperlink", "url": target, "attributes": attributes}
    else:
        url = _build_artifact(devops, target) if kind == "build" else _pull_request_artifact(target)
        value = {"rel": "ArtifactLink", "url": url, "attributes": {"name": _ARTIFACTS[kind], **attributes}}
    return {"op": "add", "path": "/relations/-", "value": value}


def _build_artifact(devops: DevOps, target: str) -> str:
    link = devops.link(target)
    written = link.query.get("buildId", "") if link else target
    if not re.fullmatch(r"[0-9]{1,10}", written):
        raise _unfit("a build is named by its id or its address in the browser")
    return f"vstfs:///Build/Build/{written}"


def _pull_request_artifact(target: str) -> str:
    if not _PULL_REQUEST.fullmatch(target):
        raise _unfit("a pull request is named by its artifact_id, as devops_get_pull_request gives it")
    return target


def _unfit(problem: str) -> ToolError:
    return ToolError("invalid_argument", f"target: {problem}.", "Give the target in that form.")


async def _conflict(
    devops: DevOps, organization: str, work_item_id: int, operations: Sequence[Operation], rev: int
) -> ToolError:
    """The conflict of a change to a revision that is not the present one."""
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
            **{name: quotable(_shown(changed[name])) for name in differing},
        },
    )


async def _changed_since(devops: DevOps, organization: str, work_item_id: int, rev: int) -> dict[str, object]:
    """The present values of the fields that were changed after a revision."""
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
    """A value fit for details, which hold neither people nor long texts."""
    if isinstance(value, dict):
        return "(a person)"
    if isinstance(value, str) and len(value) > _SHORT:
        return "(a longer text)"
    return "(none)" if value is None else value
