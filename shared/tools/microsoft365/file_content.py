"""Reads the bytes of a file of OneDrive or SharePoint that is to be attached somewhere."""

from typing import Annotated, NamedTuple

from pydantic import Field

from shared.caller import Caller
from shared.errors import ToolError
from shared.tools.microsoft365.file_params import File, locate

_FORBIDDEN = r'"*:<>?/\\|\x00-\x1f'

AttachedName = Annotated[str, Field(max_length=255, pattern=rf"^[^{_FORBIDDEN}]*[^\s.{_FORBIDDEN}]$")]
"""The name of a file that is attached: one that every system can store."""


class FileContent(NamedTuple):
    """Holds a file: its name and its bytes."""

    name: str
    content: bytes


async def read_file_content(
    caller: Caller, file: str, site: str | None, *, too_large: str, limit_bytes: int
) -> FileContent:
    """Returns the bytes of a file, read with the optional scope `Files.Read.All`.

    Args:
        caller: Who reads it.
        file: As `sharepoint_read_file` takes it.
        site: Whose library a path is in; None for the caller's default.
        too_large: The remedy for a file that is too large.
        limit_bytes: What is taken at most; no more than one response can have.

    Raises:
        ToolError: `invalid_argument`: it is a folder, empty or too large.
    """
    reader = caller.with_scopes("Files.Read.All")
    found = await reader.graph.get(File, *(await locate(reader, file, site)).address)
    if found.is_folder:
        raise ToolError(
            "invalid_argument",
            f"file: {found.name} is a folder.",
            "Look into it with sharepoint_list_files, and give one of its files.",
        )
    if (found.size or 0) > limit_bytes:
        raise ToolError(
            "invalid_argument",
            f"file: {found.name} has {found.size:,} bytes; up to {limit_bytes:,} bytes are taken.",
            too_large,
        )
    content = await reader.graph.download("/drives/{}/items/{}/content", found.drive_id, found.item_id)
    if not content:
        raise ToolError("invalid_argument", "file: it is empty.", "Give a file with something in it.")
    return FileContent(found.name, content)


def check_text_content(text: str, *, limit_bytes: int) -> bytes:
    """Returns the bytes of a text that is to become a file.

    Raises:
        ToolError: `invalid_argument`: it is too long.
    """
    content = text.encode()
    if len(content) > limit_bytes:
        raise ToolError(
            "invalid_argument",
            f"text: it has {len(content):,} bytes; up to {limit_bytes:,} bytes are taken.",
            "Give a shorter text.",
        )
    return content
