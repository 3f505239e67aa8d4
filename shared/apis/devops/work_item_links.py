"""Names, reads and adds links of Azure DevOps work items."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.models import DevOpsModel
from shared.apis.requests import quotable
from shared.errors import ToolError
from shared.guids import PATTERN as GUID

type LinkKind = Literal[
    "parent", "child", "related", "predecessor", "successor", "hyperlink", "build", "pull_request"
]
type Operation = Mapping[str, Any]

_WORK_ITEM_LINKS: Mapping[str, str] = {
    "parent": "System.LinkTypes.Hierarchy-Reverse",
    "child": "System.LinkTypes.Hierarchy-Forward",
    "related": "System.LinkTypes.Related",
    "predecessor": "System.LinkTypes.Dependency-Reverse",
    "successor": "System.LinkTypes.Dependency-Forward",
}
_KINDS = {rel: kind for kind, rel in _WORK_ITEM_LINKS.items()}
_ARTIFACTS: Mapping[str, str] = {"build": "Build", "pull_request": "Pull Request"}
_WORK_ITEM_URL = re.compile(r".*/_apis/wit/workitems/(\d+)", re.IGNORECASE)
_ARTIFACT_ID = re.compile(r"vstfs:///(?:Build/Build/|Git/PullRequestId/.*(?:%2F|/))(\d+)", re.IGNORECASE)
_PULL_REQUEST = re.compile(
    rf"vstfs:///Git/PullRequestId/{GUID}(?:%2F|/){GUID}(?:%2F|/)[0-9]{{1,10}}", re.IGNORECASE
)


class Relation(DevOpsModel):
    """A link of a work item, to another one or to an address."""

    rel: str
    url: str
    attributes: dict[str, Any] = Field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Names the kind in the words of the tools where they have one, else in the service's."""
        name = str(self.attributes.get("name") or self.rel)
        return _KINDS.get(self.rel) or name.casefold().replace(" ", "_")

    @property
    def work_item_id(self) -> int | None:
        """Returns the other work item, if it leads to one."""
        match = _WORK_ITEM_URL.fullmatch(self.url)
        return int(match[1]) if match else None

    @property
    def artifact_id(self) -> int | None:
        """Returns the number of the build or the pull request, if it leads to one."""
        match = _ARTIFACT_ID.fullmatch(self.url)
        return int(match[1]) if match else None


def parse_work_item_reference(devops: DevOps, reference: str) -> tuple[int, str | None]:
    """Returns the id that a number, `#number` or a web address means, and the organization an address names.

    Raises:
        ToolError: `invalid_argument`: it is none of them.
    """
    link = devops.parse_link(reference)
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


def link_operation(
    devops: DevOps, organization: str, kind: LinkKind, target: str, comment_text: str | None
) -> Operation:
    """Returns the operation that adds a link.

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
        work_item_id, elsewhere = parse_work_item_reference(devops, target)
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
    link = devops.parse_link(target)
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
