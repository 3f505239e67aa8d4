"""Names, reads, adds and removes links of Azure DevOps work items."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote

from pydantic import Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.devops_links import DevOpsLink
from shared.apis.models import DevOpsModel
from shared.apis.requests import quotable
from shared.errors import ToolError
from shared.guids import PATTERN as GUID

type LinkKind = Literal[
    "parent",
    "child",
    "related",
    "predecessor",
    "successor",
    "duplicate",
    "duplicate_of",
    "tests",
    "tested_by",
    "hyperlink",
    "build",
    "pull_request",
    "branch",
    "tag",
    "commit",
    "wiki_page",
]
type Operation = Mapping[str, Any]

_WORK_ITEM_LINKS: Mapping[str, str] = {
    "parent": "System.LinkTypes.Hierarchy-Reverse",
    "child": "System.LinkTypes.Hierarchy-Forward",
    "related": "System.LinkTypes.Related",
    "predecessor": "System.LinkTypes.Dependency-Reverse",
    "successor": "System.LinkTypes.Dependency-Forward",
    "duplicate": "System.LinkTypes.Duplicate-Forward",
    "duplicate_of": "System.LinkTypes.Duplicate-Reverse",
    "tests": "Microsoft.VSTS.Common.TestedBy-Reverse",
    "tested_by": "Microsoft.VSTS.Common.TestedBy-Forward",
}
_ATTACHED_FILE = "AttachedFile"
_KINDS = {
    **{rel: kind for kind, rel in _WORK_ITEM_LINKS.items()},
    "Hyperlink": "hyperlink",
    _ATTACHED_FILE: "attached_file",
}
_ID = r"[0-9]{1,10}"
_SLASH = r"(?:%2F|/)"


class _Artifact(NamedTuple):
    """Describes how an artifact link is written: its name, the form of its id, and how to get the id."""

    name: str
    pattern: re.Pattern[str]
    form: str


def _artifact(name: str, pattern: str, form: str) -> _Artifact:
    return _Artifact(name, re.compile(pattern, re.IGNORECASE), form)


_ARTIFACTS: Mapping[str, _Artifact] = {
    "build": _artifact("Build", rf"vstfs:///Build/Build/{_ID}", "a build is named by its id or its address"),
    "pull_request": _artifact(
        "Pull Request",
        rf"vstfs:///Git/PullRequestId/{GUID}{_SLASH}{GUID}{_SLASH}{_ID}",
        "a pull request is named by its id, its address or its artifact_id",
    ),
    "branch": _artifact(
        "Branch",
        rf"vstfs:///Git/Ref/{GUID}{_SLASH}{GUID}{_SLASH}GB[^\s?#]+",
        "a branch is named by its address, with version=GB, or by its vstfs address",
    ),
    "tag": _artifact(
        "Tag",
        rf"vstfs:///Git/Ref/{GUID}{_SLASH}{GUID}{_SLASH}GT[^\s?#]+",
        "a Git tag is named by its address, with version=GT, or by its vstfs address",
    ),
    "commit": _artifact(
        "Fixed in Commit",
        rf"vstfs:///Git/Commit/{GUID}{_SLASH}{GUID}{_SLASH}[0-9a-f]{{40}}",
        "a commit is named by its address, by repository@id, or by its vstfs address",
    ),
    "wiki_page": _artifact(
        "Wiki Page",
        rf"vstfs:///Wiki/WikiPage/{GUID}{_SLASH}{GUID}{_SLASH}[^\s?#]+",
        "a wiki page is named by its address, or by its vstfs address",
    ),
}
_ARTIFACT_KINDS = {artifact.name: kind for kind, artifact in _ARTIFACTS.items()}
_WORK_ITEM_URL = re.compile(r".*/_apis/wit/workitems/(\d+)", re.IGNORECASE)
_ARTIFACT_ID = re.compile(r"vstfs:///(?:Build/Build/|Git/PullRequestId/.*(?:%2F|/))(\d+)", re.IGNORECASE)
_WORK_ITEM = re.compile(
    r"(?:(?:AB)?#)?([0-9]{1,9})|vstfs:///WorkItemTracking/WorkItem/([0-9]{1,9})", re.IGNORECASE
)
# Areas of the portal that show work items; in all others only the open one of the query is meant.
_WORK_ITEM_AREAS = frozenset({"_workitems", "_boards", "_backlogs", "_sprints", "_queries", "_apis"})


class Relation(DevOpsModel):
    """A link of a work item, to another one or to an address."""

    rel: str = ""
    url: str = ""
    attributes: dict[str, Any] = Field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Names the kind in the words of the tools where they have one, else in the service's."""
        name = str(self.attributes.get("name") or self.rel)
        return _KINDS.get(self.rel) or _ARTIFACT_KINDS.get(name) or name.casefold().replace(" ", "_")

    @property
    def file_name(self) -> str | None:
        """Returns the name of the attached file, if it is one."""
        name = self.attributes.get("name")
        return name if self.rel == _ATTACHED_FILE and isinstance(name, str) else None

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
    """Returns the id a reference means, and the organization an address names.

    References are a number, `#1302` or `AB#1302`, an artifact id, and addresses of the portal or the API.

    Raises:
        ToolError: `invalid_argument`: it is none of them.
    """
    written = reference.strip()
    link = devops.parse_link(written)
    match = _WORK_ITEM.fullmatch(_work_item_in(link) if link else written)
    work_item_id = int(match[1] or match[2]) if match else 0
    if work_item_id == 0:
        raise ToolError(
            "invalid_argument",
            f"{quotable(reference)!r} is not a work item.",
            "Give the id of a work item, or its address in the browser.",
        )
    return work_item_id, link.organization if link else None


def _work_item_in(link: DevOpsLink) -> str:
    """Returns the id an address names, or nothing."""
    # Boards and backlogs name the open work item in the query.
    if opened := link.query.get("workitem"):
        return opened
    area = link.area.casefold()
    if area not in _WORK_ITEM_AREAS:
        return ""
    if area == "_apis":
        return link.after("workitems") or ""
    last = link.segments[-1] if link.segments else ""
    return link.query.get("id") or link.after("edit") or last


def link_operation(
    devops: DevOps, organization: str, kind: LinkKind, target: str, comment_text: str | None
) -> Operation:
    """Returns the operation that adds a link.

    Args:
        devops: As the caller.
        organization: Where both ends are.
        kind: Of the link.
        target: A work item or build by id or web address, another artifact by its vstfs address, or for
            a hyperlink any web address.
        comment_text: Stands beside the link.

    Raises:
        ToolError: `invalid_argument`: the target is none of its kind.
    """
    rel, url = _end(devops, organization, kind, target)
    attributes: dict[str, Any] = {"comment": comment_text} if comment_text else {}
    if kind in _ARTIFACTS:
        attributes = {"name": _ARTIFACTS[kind].name, **attributes}
    value: dict[str, Any] = {"rel": rel, "url": url}
    return {
        "op": "add",
        "path": "/relations/-",
        "value": {**value, "attributes": attributes} if attributes else value,
    }


def removal_operations(
    devops: DevOps, relations: Sequence[Relation], links: Sequence[tuple[str, str]]
) -> list[Operation]:
    """Returns the operations that remove links, the last first so that no index shifts.

    Args:
        devops: As the caller.
        relations: All links the work item has, in the service's order.
        links: Kind and target of each link to remove.

    Raises:
        ToolError: `not_found`: the work item has no such link.
    """
    indexes = {_index(devops, relations, kind, target) for kind, target in links}
    return [{"op": "remove", "path": f"/relations/{index}"} for index in sorted(indexes, reverse=True)]


def _index(devops: DevOps, relations: Sequence[Relation], kind: str, target: str) -> int:
    number, written = _number_of(devops, target), _comparable(target)
    for index, relation in enumerate(relations):
        ids = {relation.work_item_id, relation.artifact_id} - {None}
        if relation.kind == kind and (number in ids or written == _comparable(relation.url)):
            return index
    raise ToolError(
        "not_found",
        f"The work item has no link of kind {quotable(kind)} to {quotable(target)}; nothing was removed.",
        "Read its links with devops_get_work_item, and name kind and target as they stand there.",
    )


def _number_of(devops: DevOps, target: str) -> int | None:
    """Returns the number of the work item, build or pull request that a target means, if it has one."""
    if link := devops.parse_link(target):
        number = link.query.get("buildId") or link.after("pullrequest", "pullrequests") or ""
        if re.fullmatch(_ID, number):
            return int(number)
    if match := re.fullmatch(r"!?([0-9]{1,10})", target.strip()):
        return int(match[1])
    try:
        return parse_work_item_reference(devops, target)[0]
    except ToolError:
        return None


def _comparable(url: str) -> str:
    """Returns an address as it is compared: clients quote those of artifacts in several ways."""
    written = url.strip().casefold()
    return unquote(written) if written.startswith("vstfs:") else written.replace("%2f", "/")


def _end(devops: DevOps, organization: str, kind: LinkKind, target: str) -> tuple[str, str]:
    if kind in _WORK_ITEM_LINKS:
        work_item_id = _work_item_of(devops, organization, target)
        return _WORK_ITEM_LINKS[kind], devops.web_url(
            "/{}/_apis/wit/workItems/{}", organization, work_item_id
        )
    if kind == "hyperlink":
        if not re.fullmatch(r"https?://[^\s/]\S*", target):
            raise _unfit("a hyperlink leads to an http or https address")
        return "Hyperlink", target
    if kind == "build":
        return "ArtifactLink", _build_artifact(devops, target)
    artifact = _ARTIFACTS[kind]
    if not artifact.pattern.fullmatch(target):
        raise _unfit(artifact.form)
    return "ArtifactLink", target


def _work_item_of(devops: DevOps, organization: str, target: str) -> int:
    work_item_id, elsewhere = parse_work_item_reference(devops, target)
    if elsewhere and elsewhere.casefold() != organization.casefold():
        raise _unfit("work items are linked within one organization")
    return work_item_id


def _build_artifact(devops: DevOps, target: str) -> str:
    link = devops.parse_link(target)
    written = (link.query.get("buildId") or link.after("builds") or "") if link else target
    written = re.sub(r"^vstfs:///Build/Build/", "", written, flags=re.IGNORECASE)
    if not re.fullmatch(_ID, written):
        raise _unfit(_ARTIFACTS["build"].form)
    return f"vstfs:///Build/Build/{written}"


def _unfit(problem: str) -> ToolError:
    return ToolError("invalid_argument", f"target: {problem}.", "Give the target in that form.")
