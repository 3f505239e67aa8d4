"""Reads files and folders of Git repositories of Azure DevOps."""

import asyncio
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.apis.devops.git_files import (
    FILE_LIMIT_BYTES,
    Item,
    TreeEntry,
    blob_content,
    blob_size,
    find_item,
    large_file,
    list_folder,
    repository_path,
)
from shared.apis.devops.git_repositories import RepositoryKey, Version
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.paging import fitting
from shared.text.content import Line, Quoted
from shared.text.decoding import Decoded, decode_text
from shared.text.line_ranges import LineRange, quote_lines
from shared.tools.devops.git_params import (
    RepositoryReference,
    VersionName,
    place_of_address,
    resolve_repository,
)
from shared.tools.params import Organization, Project

toolset = Toolset("repos")

_ENTRIES_BUDGET = 20_000
_LONG_BYTES = 32 * 1024
_LAST_LINE = 100_000_000


class Entry(BaseModel):
    """What stands in a folder."""

    name: Line
    kind: Literal["file", "folder", "symlink", "submodule"]
    size_bytes: int | None


class RepositoryItem(BaseModel):
    """A file with some of its lines, or a folder with what stands in it."""

    repository: Line
    path: Line
    kind: Literal["file", "folder", "symlink", "submodule"]
    version: str | None = Field(description="Branch, tag or commit; null: the default branch.")
    commit_id: str | None = Field(description="The commit that was read.")
    size_bytes: int | None = None
    encoding: str | None = None
    lines: LineRange | None = None
    content: Quoted | None = Field(None, description="null for a folder, and where note says why.")
    entries: list[Entry] | None = Field(None, description="Of a folder.")
    next_offset: int | None = Field(None, description="Give it as offset to read on; null at the end.")
    note: str | None = None
    web_url: str


@toolset.tool(scopes=["vso.code"])
async def devops_read_file(
    caller: Caller,
    path: Annotated[
        str,
        Field(
            min_length=1,
            max_length=2_000,
            description="Such as /src/app.py, or / for the root; or a web address, which says the rest too.",
        ),
    ],
    repository: RepositoryReference = None,
    version: VersionName = None,
    first_line: Annotated[int | None, Field(ge=1, le=_LAST_LINE, description="Lines count from 1.")] = None,
    last_line: Annotated[int | None, Field(ge=1, le=_LAST_LINE, description="Inclusive.")] = None,
    offset: Annotated[
        int,
        Field(ge=0, description="next_offset of the result before."),
    ] = 0,
    organization: Organization = None,
    project: Project = None,
) -> RepositoryItem:
    """Read a file of an Azure DevOps Git repository, whole or by lines; a folder's path lists the folder.

    Of binary and very large files only the size is told. Who changed it: devops_list_commits.
    """
    place = await place_of_address(caller, "path", path.strip(), project)
    if place is None:
        chosen = await resolve_repository(caller, repository, organization, project)
        key, wanted, at = chosen.key, path, version or chosen.version
    else:
        key, wanted, at = place.key, place.path or "/", version or place.version
        if first_line is None and last_line is None:
            first_line, last_line = place.first_line, place.last_line
    if first_line and last_line and last_line < first_line:
        raise ToolError(
            "invalid_argument", "last_line: it is before first_line.", "Give the lines from first to last."
        )
    item, meant = await find_item(caller.devops, key, repository_path(wanted), at)
    found = RepositoryItem(
        repository=key[2],
        path=item.path,
        kind="file",
        version=meant.name if meant else None,
        commit_id=item.commit_id,
        web_url=file_url(caller, key, item.path, meant, first_line, last_line),
    )
    if item.is_tree:
        return await _folder(caller, key, item, found, offset)
    if item.type == "commit":
        note = f"A submodule: another repository at commit {item.object_id}; it is not read from here."
        return found.model_copy(update={"kind": "submodule", "note": note})
    return await _file(caller, key, item, found, (first_line or 1, last_line), offset)


def file_url(
    caller: Caller,
    key: RepositoryKey,
    path: str,
    version: Version | None,
    first_line: int | None = None,
    last_line: int | None = None,
) -> str:
    """Returns the browser's address of a file, of lines in it where some are given."""
    query = {"path": path, **({"version": version.in_address} if version else {})}
    if first_line:
        # The portal marks up to the beginning of the line after.
        end = (last_line or first_line) + 1
        query |= {"line": str(first_line), "lineEnd": str(end), "lineStartColumn": "1", "lineEndColumn": "1"}
    return caller.devops.web_url("/{}/{}/_git/{}", *key, **query)


async def _folder(
    caller: Caller, key: RepositoryKey, item: Item, found: RepositoryItem, offset: int
) -> RepositoryItem:
    listed = await list_folder(caller.devops, key, item.object_id or "")
    entries = [_entry(each) for each in listed[offset:]]
    fits = fitting(entries, _ENTRIES_BUDGET)
    following = offset + fits if fits < len(entries) else None
    note = f"{len(entries) - fits} more entries: give next_offset as offset." if following else None
    return found.model_copy(
        update={"kind": "folder", "entries": entries[:fits], "next_offset": following, "note": note}
    )


def _entry(entry: TreeEntry) -> Entry:
    return Entry(name=entry.name, kind=entry.kind, size_bytes=entry.size)


async def _file(
    caller: Caller,
    key: RepositoryKey,
    item: Item,
    found: RepositoryItem,
    lines: tuple[int, int | None],
    offset: int,
) -> RepositoryItem:
    kind = "symlink" if item.is_sym_link else "file"
    size = await blob_size(caller.devops, key, item.object_id) if item.object_id else None
    if item.is_binary:
        note = "A binary file: its content is not shown. See web_url."
        return found.model_copy(update={"size_bytes": size, "note": note})
    if size is not None and size > FILE_LIMIT_BYTES:
        note = f"Larger than {FILE_LIMIT_BYTES // 1024 // 1024} MB: its content is not shown. See web_url."
        return found.model_copy(update={"size_bytes": size, "note": note})
    if item.content is None and item.object_id:
        content = await blob_content(caller.devops, key, item.object_id)
    else:
        content = (item.content or "").encode()
    work = (content, item.code_page, f"{key[2]}{item.path}", lines, offset)
    # To clean a long text takes a while, in which others wait.
    read = await asyncio.to_thread(_read, *work) if len(content) > _LONG_BYTES else _read(*work)
    if read is None:
        note = "A binary file: its content is not shown. See web_url."
        return found.model_copy(update={"size_bytes": len(content), "note": note})
    decoded, shown, quoted = read
    notes = [
        large_file(decoded.text),
        "A symbolic link: this is where it points." if item.is_sym_link else None,
    ]
    if decoded.is_guess:
        notes.append("The encoding is a guess.")
    if shown.first_line > shown.total_lines and shown.total_lines:
        notes.append(f"The file ends at line {shown.total_lines}.")
    elif lines[1] is not None and lines[1] > shown.total_lines:
        notes.append(f"The file ends at line {shown.total_lines}: last_line is beyond it.")
    return found.model_copy(
        update={
            "kind": kind,
            "size_bytes": len(content),
            "encoding": decoded.encoding,
            "lines": shown,
            "content": quoted,
            "next_offset": quoted.next_offset,
            "note": " ".join(filter(None, notes)) or None,
        }
    )


def _read(
    content: bytes, code_page: int | None, origin: str, lines: tuple[int, int | None], offset: int
) -> tuple[Decoded, LineRange, Quoted] | None:
    """Returns the text of a file and the lines of it that are shown, None where it is binary."""
    decoded = decode_text(content, code_page)
    if decoded is None:
        return None
    shown, quoted = quote_lines(decoded.text, f"file {origin}", *lines, offset=offset)
    return decoded, shown, quoted
