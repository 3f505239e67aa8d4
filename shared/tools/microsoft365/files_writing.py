"""Uploads files to SharePoint document libraries and OneDrive."""

import base64
import binascii
import mimetypes
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.resource_paths import ResourcePath
from shared.apis.graph.upload import IfThere, write_file
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.conflicts import conflict
from shared.results.write_failures import report_unknown_outcome
from shared.tools.microsoft365.file_params import (
    File,
    FolderName,
    Library,
    NewName,
    SparseFile,
    as_written,
    get_file,
    locate,
)
from shared.tools.params import Version

toolset = Toolset("files")

_LONGEST_TEXT = 4_000_000
_LONGEST_BASE64 = 28_000_000
_LOOK = "Look with sharepoint_list_files whether the file is there, before you upload it again."


def _is_base64(value: str) -> str:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PydanticCustomError("base64", "Must be base64 (RFC 4648, section 4), with padding") from error
    return value


@toolset.tool(scopes=["Files.ReadWrite.All"], writes=True)
async def sharepoint_upload_file(
    caller: Caller,
    name: Annotated[NewName, Field(description="With its suffix, such as plan.docx.")],
    folder: FolderName = "/",
    site: Library = None,
    text: Annotated[
        str | None, Field(max_length=_LONGEST_TEXT, description="The content, if it is text; saved as UTF-8.")
    ] = None,
    content_base64: Annotated[
        Annotated[str, Field(max_length=_LONGEST_BASE64), AfterValidator(_is_base64)] | None,
        Field(description="The content in base64, if it is not text; 20 MB at most."),
    ] = None,
    on_conflict: Annotated[
        Literal["fail", "replace", "rename"],
        Field(
            description="If the folder has a file of that name: fail, replace it (version is needed), or "
            "give the new one a free name."
        ),
    ] = "fail",
    version: Annotated[
        Version | None, Field(description="Of the file that is replaced, from sharepoint_get_file.")
    ] = None,
) -> File:
    """Upload a file to a folder of a SharePoint library or of OneDrive, as text or in base64.

    Give either text or content_base64. The folder must exist. A file is replaced only if it still has
    the version given.
    """
    content = _content(text, content_base64)
    _check_version(on_conflict, version)
    parent = await get_file(caller.graph, await locate(caller, folder, site))
    named = ResourcePath("/drives/{}/items/{}:/{}", (parent.drive_id, parent.item_id, name), ":")
    if on_conflict != "replace":
        return await _create(caller.graph, parent.drive_id, named, content, _media_type(name), on_conflict)
    existing = await get_file(caller.graph, named)
    return await _replace(caller.graph, existing, content, _media_type(name), version or "")


async def _create(
    graph: Graph, drive_id: str, place: ResourcePath, content: bytes, media_type: str, if_there: IfThere
) -> File:
    try:
        with report_unknown_outcome(_LOOK):
            written = await write_file(
                graph, SparseFile, place.child(""), content, content_type=media_type, if_there=if_there
            )
    except ToolError as error:
        if error.code != "conflict":
            raise
        there = await graph.get(File, *place.address)
        raise ToolError(
            "conflict",
            f"The folder has a file of the name {there.name} already, and it was left as it is.",
            "Choose another name, or call again with on_conflict rename, or with replace and the version.",
            details={"current_version": there.version or "", "current_id": there.id},
        ) from error
    return await as_written(graph, written, drive_id)


async def _replace(graph: Graph, existing: File, content: bytes, media_type: str, version: str) -> File:
    place = ResourcePath("/drives/{}/items/{}", (existing.drive_id, existing.item_id))
    try:
        with report_unknown_outcome(_LOOK):
            written = await write_file(
                graph, SparseFile, place.child(""), content, content_type=media_type, version=version
            )
    except ToolError as error:
        if error.code != "conflict":
            raise
        current = await graph.get(File, *place.address)
        if current.version == version:
            raise
        differs = {
            "size": (current.size, len(content)),
            "modified": (current.modified and current.modified.isoformat(), None),
        }
        raise conflict(current.name, version=current.version or "", differs=differs) from error
    return await as_written(graph, written, existing.drive_id)


def _content(text: str | None, content_base64: str | None) -> bytes:
    if (text is None) == (content_base64 is None):
        raise ToolError(
            "invalid_argument",
            "text, content_base64: exactly one of them is needed.",
            "Give the content as text, or else as content_base64.",
        )
    return text.encode() if text is not None else base64.b64decode(content_base64 or "")


def _check_version(on_conflict: str, version: str | None) -> None:
    if (on_conflict == "replace") != (version is not None):
        raise ToolError(
            "invalid_argument",
            "version: is needed to replace a file, and for nothing else.",
            "Give on_conflict replace together with the version that sharepoint_get_file gives, or neither.",
        )


def _media_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
