"""Reads which files differ between two commits, and their texts."""

import asyncio
from typing import Any

from pydantic import AliasChoices, AliasPath, BaseModel, Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.git_files import Item, blob_content, blob_size, large_file
from shared.apis.devops.git_repositories import ONE, RepositoryKey, Version, descriptor
from shared.apis.devops.service_times import ServiceTime
from shared.apis.models import DevOpsList, DevOpsModel
from shared.concurrency import run_concurrently
from shared.text.content import Line
from shared.text.decoding import decode_text
from shared.text.line_diff import unified_diff

SIDE_LIMIT_BYTES = 512 * 1024
"""The largest version of a file that is compared."""


class Change(DevOpsModel):
    """A changed file as the service gives it; `change_type` may be several, such as `edit, rename`."""

    path: str = Field("", validation_alias=AliasPath("item", "path"))
    type: str = Field("blob", validation_alias=AliasPath("item", "gitObjectType"))
    is_folder: bool = Field(False, validation_alias=AliasPath("item", "isFolder"))
    object_id: str | None = Field(None, validation_alias=AliasPath("item", "objectId"))
    original_object_id: str | None = Field(None, validation_alias=AliasPath("item", "originalObjectId"))
    original_path: str | None = Field(None, validation_alias=AliasChoices("sourceServerItem", "originalPath"))
    change_type: str = ""

    @property
    def kinds(self) -> set[str]:
        """Returns what happened to the file, in lower case."""
        return {each.strip().casefold() for each in self.change_type.split(",") if each.strip()}

    @property
    def is_shown(self) -> bool:
        """Tells whether it is a file, and not what another was renamed from."""
        return not (self.is_folder or self.type == "tree" or "sourcerename" in self.kinds)


class Changes(DevOpsModel):
    """Changed files of a commit, or between two."""

    changes: list[Change] = Field(default_factory=list)
    counts: dict[str, int] = Field(default_factory=dict, validation_alias="changeCounts")
    all_included: bool | None = Field(None, validation_alias="allChangesIncluded")
    base_commit: str | None = None
    target_commit: str | None = None
    common_commit: str | None = None
    ahead_count: int | None = None
    behind_count: int | None = None


class CommitDetail(DevOpsModel):
    """A commit with its whole message."""

    commit_id: str
    comment: str = ""
    author: Line | None = Field(None, validation_alias=AliasPath("author", "name"))
    written: ServiceTime = Field(None, validation_alias=AliasPath("author", "date"))
    parents: list[str] = Field(default_factory=list)


class Iteration(DevOpsModel):
    """A push to the source branch of a pull request, with what it was compared with."""

    id: int
    source: str | None = Field(None, validation_alias=AliasPath("sourceRefCommit", "commitId"))
    target: str | None = Field(None, validation_alias=AliasPath("targetRefCommit", "commitId"))
    common: str | None = Field(None, validation_alias=AliasPath("commonRefCommit", "commitId"))


class TextDiff(BaseModel):
    """The difference of a file, or why there is none to show."""

    text: str | None
    note: str | None


async def get_commit(devops: DevOps, key: RepositoryKey, commit: str) -> CommitDetail:
    """Returns a commit."""
    return await devops.get(CommitDetail, f"{ONE}/commits/{{}}", *key, commit)


async def commit_changes(devops: DevOps, key: RepositoryKey, commit: str, *, top: int, skip: int) -> Changes:
    """Returns what a commit changes against its first parent, folders among it."""
    # The only list whose parameters have no dollar sign.
    page = {"top": str(top), "skip": str(skip) if skip else ""}
    path = f"{ONE}/commits/{{}}/changes"
    return await devops.get(Changes, path, *key, commit, host="organizations", **page)


async def changes_between(
    devops: DevOps, key: RepositoryKey, base: str, target: str, *, top: int, skip: int
) -> Changes:
    """Returns what a commit changes since it and another had the same history."""
    query: dict[str, Any] = {
        **_named("base", base),
        **_named("target", target),
        "diffCommonCommit": "true",
        "$top": str(top),
        "$skip": str(skip) if skip else "",
    }
    return await devops.get(Changes, f"{ONE}/diffs/commits", *key, **query)


def _named(side: str, commit: str) -> dict[str, str]:
    return {f"{side}Version": commit, f"{side}VersionType": "commit"}


async def last_iteration(devops: DevOps, key: RepositoryKey, pull_request: int) -> Iteration | None:
    """Returns the last push to a pull request, None where there was none."""
    path = f"{ONE}/pullRequests/{{}}/iterations"
    listed = await devops.get(DevOpsList[Iteration], path, *key, pull_request)
    return max(listed.value, key=lambda each: each.id, default=None)


async def text_diff(devops: DevOps, key: RepositoryKey, change: Change, base: str | None) -> TextDiff:
    """Returns the unified difference of a changed file."""
    kinds = change.kinds
    if change.type == "commit":
        return TextDiff(text=None, note=f"A submodule, now at commit {change.object_id}.")
    if change.object_id is None and "delete" not in kinds:
        # Nothing is said to be the same for want of knowing it.
        return TextDiff(text=None, note="The service does not name the content: devops_read_file shows it.")
    new = None if "delete" in kinds else change.object_id
    old = await _former_id(devops, key, change, base)
    if old == new:
        return TextDiff(text=None, note="The content is the same: the name or the mode changed.")
    sizes = await run_concurrently(_size(devops, key, old), _size(devops, key, new))
    if max(sizes) > SIDE_LIMIT_BYTES:
        return TextDiff(text=None, note=f"Too large to compare here: {max(sizes):,} bytes.")
    before, after = await run_concurrently(_content(devops, key, old), _content(devops, key, new))
    return await asyncio.to_thread(_difference, before, after)


async def _former_id(devops: DevOps, key: RepositoryKey, change: Change, base: str | None) -> str | None:
    """Returns the blob a file was before; some lists do not tell it."""
    if "add" in change.kinds or base is None:
        return None
    if change.original_object_id:
        return change.original_object_id
    if "delete" in change.kinds and change.object_id:
        return change.object_id
    path = change.original_path or change.path
    query = {"path": path, **descriptor(Version(base, "commit"))}
    return (await devops.get(Item, f"{ONE}/items", *key, host="organizations", **query)).object_id


async def _size(devops: DevOps, key: RepositoryKey, blob: str | None) -> int:
    return (await blob_size(devops, key, blob) if blob else None) or 0


async def _content(devops: DevOps, key: RepositoryKey, blob: str | None) -> bytes:
    return await blob_content(devops, key, blob) if blob else b""


def _difference(before: bytes, after: bytes) -> TextDiff:
    old, new = decode_text(before), decode_text(after)
    if old is None or new is None:
        return TextDiff(text=None, note="A binary file.")
    # Only line ends changed: every line would be shown as replaced.
    plain = [each.text.replace("\r\n", "\n") for each in (old, new)]
    if plain[0] == plain[1]:
        return TextDiff(text=None, note="Only line ends, the encoding or its mark changed.")
    return TextDiff(text=unified_diff(*plain), note=large_file(new.text) or large_file(old.text))
