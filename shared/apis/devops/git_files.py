"""Reads files and folders of Git repositories, with sizes known before contents are fetched."""

from typing import Any

from pydantic import AliasPath, Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.git_repositories import (
    ONE,
    RepositoryKey,
    Version,
    descriptor,
    nearest,
    suggestion,
    with_version,
)
from shared.apis.models import DevOpsList, DevOpsModel
from shared.apis.requests import quotable
from shared.errors import ToolError

FILE_LIMIT_BYTES = 4 * 1024 * 1024
"""The largest file that is fetched to show a part of it."""
_NO_ITEM = "GitItemNotFoundException"
_LFS = "version https://git-lfs.github.com/spec/v1"
_SYMLINK, _SUBMODULE = "120000", "160000"


class Item(DevOpsModel):
    """What stands at a path of a version, without its size, which the service does not tell there."""

    path: str
    object_id: str | None = None
    type: str = Field("blob", validation_alias="gitObjectType")
    commit_id: str | None = None
    is_folder: bool = False
    is_sym_link: bool = False
    content: str | None = None
    is_binary: bool = Field(False, validation_alias=AliasPath("contentMetadata", "isBinary"))
    code_page: int | None = Field(None, validation_alias=AliasPath("contentMetadata", "encoding"))

    @property
    def is_tree(self) -> bool:
        """Tells whether it is a folder."""
        return self.is_folder or self.type == "tree"


class TreeEntry(DevOpsModel):
    """What stands in a folder."""

    name: str = Field(validation_alias="relativePath")
    type: str = Field("blob", validation_alias="gitObjectType")
    mode: str = ""
    size: int | None = None
    object_id: str | None = None

    @property
    def kind(self) -> str:
        """Returns what it is: file, folder, symlink or submodule."""
        if self.mode == _SYMLINK:
            return "symlink"
        if self.mode == _SUBMODULE or self.type == "commit":
            return "submodule"
        return "folder" if self.type == "tree" else "file"


class _Tree(DevOpsModel):
    entries: list[TreeEntry] = Field(default_factory=list, validation_alias="treeEntries")


class _Blob(DevOpsModel):
    size: int | None = None


def repository_path(written: str) -> str:
    """Returns a path as the API takes it: a slash at its beginning, none at its end."""
    return "/" + written.strip().replace("\\", "/").strip("/")


async def find_item(
    devops: DevOps, key: RepositoryKey, path: str, version: str | None
) -> tuple[Item, Version | None]:
    """Returns what stands at a path, and the version that was meant.

    Raises:
        ToolError: `not_found`: there is no such path, version or repository; near ones are named.
    """

    async def item_at(at: Version | None) -> Item:
        try:
            return await _get_item(devops, key, path, at)
        except ToolError as error:
            if error.details.get("devops_error") != _NO_ITEM:
                raise
            raise await _missing_path(devops, key, path, at, error) from error

    return await with_version(devops, key, version, item_at)


async def list_folder(devops: DevOps, key: RepositoryKey, tree: str) -> list[TreeEntry]:
    """Returns what stands in a folder: folders first, then the rest, each by name."""
    found = await devops.get(_Tree, f"{ONE}/trees/{{}}", *key, tree)
    return sorted(found.entries, key=lambda each: (each.kind != "folder", each.name.casefold()))


async def blob_size(devops: DevOps, key: RepositoryKey, blob: str) -> int | None:
    """Returns the size of a blob in bytes, None where the service does not tell it."""
    as_json: dict[str, Any] = {"$format": "json"}
    return (await devops.get(_Blob, f"{ONE}/blobs/{{}}", *key, blob, **as_json)).size


async def blob_content(devops: DevOps, key: RepositoryKey, blob: str) -> bytes:
    """Returns the bytes of a blob; look at its size first."""
    raw: dict[str, Any] = {"$format": "octetStream"}
    return await devops.content(f"{ONE}/blobs/{{}}", *key, blob, **raw)


def large_file(text: str) -> str | None:
    """Returns what to say of a pointer of Git LFS, None where a text is none."""
    if not text.startswith(_LFS):
        return None
    fields = dict(line.split(" ", 1) for line in text.splitlines()[:10] if " " in line)
    size = fields.get("size", "")
    told = f", {int(size):,} bytes" if size.isascii() and size.isdigit() else ""
    return f"Git LFS keeps the content elsewhere{told}; this is the pointer to it."


async def _get_item(devops: DevOps, key: RepositoryKey, path: str, version: Version | None) -> Item:
    return await devops.get(
        Item,
        f"{ONE}/items",
        *key,
        path=path,
        includeContentMetadata="true",
        host="organizations",
        **descriptor(version),
    )


async def _missing_path(
    devops: DevOps, key: RepositoryKey, path: str, version: Version | None, error: ToolError
) -> ToolError:
    """Returns the failure of a path at which nothing stands, with what is near it."""
    folders = path.strip("/").split("/")[:-1]
    for depth in (len(folders), 0) if folders else (0,):
        folder = "/" + "/".join(folders[:depth])
        query: dict[str, Any] = {"scopePath": folder, "recursionLevel": "oneLevel", **descriptor(version)}
        try:
            listed = await devops.get(DevOpsList[Item], f"{ONE}/items", *key, **query)
        except ToolError:
            continue
        inside = [each.path for each in listed.value if each.path.strip("/") != folder.strip("/")]
        wanted = path if depth == len(folders) else "/" + folders[0]
        near = nearest(wanted, inside)
        return ToolError(
            "not_found",
            f"path: nothing stands at {quotable(path)} in this version.{suggestion(near)}",
            f"Read the folder {quotable(folder)} to see what is in it, or use devops_search_code.",
            details=error.details,
        )
    return error
