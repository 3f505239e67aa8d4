"""Finds and reads files in SharePoint document libraries and OneDrive."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.apis.graph.resource_paths import Address, ResourcePath
from shared.apis.graph.sites_and_drives import resolve_drive_id
from shared.apis.literals import odata_string
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.result_limit import share
from shared.results.paging import Page
from shared.text.content import TEXT_LIMIT, Quoted, quote
from shared.text.documents import LIMIT_BYTES, is_convertible, is_readable, read_document, why_unread
from shared.tools.microsoft365.file_details import FileDetails, FileVersion, read_versions, with_details
from shared.tools.microsoft365.file_params import File, FileName, FolderName, Library, get_file, locate
from shared.tools.params import Cursor, Offset, PageSize

toolset = Toolset("files")

_LINK_LIFE = timedelta(minutes=5)
_SORTINGS = {"name": "name", "newest": "lastModifiedDateTime desc", "largest": "size desc"}


class FileText(BaseModel):
    """A file with its text, or a part of it."""

    file: File
    version_id: str | None = Field(
        None, description="Of the earlier version that was read; null for the present one."
    )
    content: Quoted


class DownloadLink(BaseModel):
    """Where a file can be fetched from for a short time, without a sign-in."""

    name: str
    size: int | None = Field(description="In bytes.")
    media_type: str | None
    url: str = Field(description="Whoever has it can fetch the file: pass it on to nobody else.")
    use_before: datetime
    expiry: str = (
        "Microsoft does not say when a link ends: it works for some minutes, for an hour at most. Use it at "
        "once, and ask for a new one after use_before."
    )


@toolset.tool(scopes=["Files.Read.All"])
async def sharepoint_search_files(
    caller: Caller,
    query: Annotated[
        str, Field(min_length=1, max_length=200, pattern=r"\w", description="Words of the name or the text.")
    ],
    site: Library = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[File]:
    """Search the files and folders of one SharePoint site or of the user's own OneDrive by words.

    New files are found after some minutes. To search all sites at once use graph_search.
    """
    drive = await resolve_drive_id(caller.graph, await caller.site(site))
    words = odata_string(query)[1:-1]  # the path has the quotes around it
    return await caller.graph.page(
        File, "/drives/{}/root/search(q='{}')", drive, words, limit=limit, cursor=cursor
    )


@toolset.tool(scopes=["Files.Read.All"])
async def sharepoint_list_files(
    caller: Caller,
    folder: FolderName = "/",
    site: Library = None,
    sort: Annotated[
        Literal["name", "newest", "largest"],
        Field(description="newest: by time of the last change."),
    ] = "name",
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[File]:
    """List the files and folders in a folder of a SharePoint library or of OneDrive.

    To find a file by words use sharepoint_search_files.
    """
    place = await locate(caller, folder, site)
    return await caller.graph.page(
        File, *place.child("/children"), limit=limit, cursor=cursor, orderby=_SORTINGS[sort]
    )


@toolset.tool(scopes=["Files.Read.All"])
async def sharepoint_get_file(
    caller: Caller,
    file: FileName,
    site: Library = None,
    include: Annotated[
        Sequence[Literal["versions", "access"]],
        Field(max_length=2, description="Also its versions, or who has access."),
    ] = (),
) -> FileDetails:
    """Get what is known of one file or folder: name, size, type, last change, web address, version.

    For its text use sharepoint_read_file, for its bytes sharepoint_download_file.
    """
    found, _ = await _file(caller, file, site)
    return await with_details(caller.graph, found, include)


@toolset.tool(scopes=["Files.Read.All"])
async def sharepoint_read_file(
    caller: Caller,
    file: FileName,
    site: Library = None,
    offset: Offset = 0,
    length: Annotated[
        int | None,
        Field(ge=1, le=1_000_000, description="Characters at most."),
    ] = None,
    version_id: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=100,
            description="An earlier version, by id from include versions of sharepoint_get_file.",
        ),
    ] = None,
) -> FileText:
    """Read the text of a file: text, HTML, mail, calendar, Word, Excel, PowerPoint or PDF, up to 16 MB.

    Sheets come as lines with tabs. For other files, such as pictures, use sharepoint_download_file.
    """
    found, place = await _file(caller, file, site)
    _check_file(found)
    earlier = await _earlier(caller, found, version_id) if version_id else None
    _check_readable(found, earlier.size if earlier else found.size)
    text = await (_text_then(caller, found, earlier) if earlier else _text(caller, found, place))
    by = (earlier or found).modified_by or "somebody unknown"
    origin = f"file {found.name}, {f'version {earlier.id}, ' if earlier else ''}last changed by {by}"
    longest = share(TEXT_LIMIT)
    limit = min(length or longest, longest)
    return FileText(
        file=found,
        version_id=earlier.id if earlier else None,
        content=quote(text, origin, offset=offset, limit=limit),
    )


@toolset.tool(scopes=["Files.Read.All"])
async def sharepoint_download_file(caller: Caller, file: FileName, site: Library = None) -> DownloadLink:
    """Get a short-lived link from which the bytes of one file can be fetched without a sign-in.

    It is for a program. Give people web_url of sharepoint_get_file, and read text with sharepoint_read_file.
    """
    found, place = await _file(caller, file, site)
    _check_file(found)
    url = await caller.graph.download_address(*_content(found, place), headers=place.headers)
    return DownloadLink(
        name=found.name,
        size=found.size,
        media_type=found.media_type,
        url=url,
        use_before=datetime.now(UTC) + _LINK_LIFE,
    )


def _content(found: File, place: ResourcePath) -> Address:
    """Addresses the bytes of a file: by the link that led to it, if one did."""
    if place.share:
        return place.to_read.child("/content")
    return ("/drives/{}/items/{}/content", found.drive_id, found.item_id)


async def _text(caller: Caller, found: File, place: ResourcePath) -> str:
    """Returns the text of a file; older Office formats and OpenDocument are read from the PDF of Graph."""
    who = caller.principal.object_id
    if is_convertible(found.name):
        path = ("/drives/{}/items/{}/content", found.drive_id, found.item_id)
        converted = await caller.graph.download(*path, format="pdf")
        return await read_document(converted, f"{found.name}.pdf", "application/pdf", caller=who)
    content = await caller.graph.download(*_content(found, place), headers=place.headers)
    return await read_document(content, found.name, found.media_type or "", caller=who)


async def _text_then(caller: Caller, found: File, earlier: FileVersion) -> str:
    """Returns the text of an earlier version of a file."""
    if is_convertible(found.name):
        raise ToolError(
            "invalid_argument",
            f"version_id: no text of earlier versions of {found.name} can be had: the format is an old one.",
            "Leave version_id out, or open web_url and look at its version history.",
        )
    path = ("/drives/{}/items/{}/versions/{}/content", found.drive_id, found.item_id, earlier.id)
    content = await caller.graph.download(*path)
    return await read_document(content, found.name, found.media_type or "", caller=caller.principal.object_id)


async def _earlier(caller: Caller, found: File, version_id: str) -> FileVersion | None:
    """Returns an earlier version of a file; None for the present one, which Graph does not give so.

    Raises:
        ToolError: `not_found`: it has no such version.
    """
    versions = await read_versions(caller.graph, found)
    for position, each in enumerate(versions):
        if each.id == version_id:
            return each if position else None
    raise ToolError(
        "not_found",
        f"{found.name} has no version of this id.",
        "Look its versions up with sharepoint_get_file and include versions.",
    )


async def _file(caller: Caller, file: str, library: str | None) -> tuple[File, ResourcePath]:
    """Returns a file or folder, and where to read it."""
    place = await locate(caller, file, library)
    return await get_file(caller.graph, place), place


def _check_file(found: File) -> None:
    if found.is_folder:
        raise ToolError(
            "invalid_argument",
            f"file: {found.name} is a folder.",
            "Look into it with sharepoint_list_files, and give one of its files.",
        )


def _check_readable(found: File, size: int | None) -> None:
    if not is_readable(found.name, found.media_type or "") and not is_convertible(found.name):
        raise ToolError(
            "invalid_argument",
            f"file: {found.name} is of a type that has no text ({found.media_type or 'unknown'}).",
            f"{why_unread(found.name).remedy} Or get it with sharepoint_download_file, or open web_url.",
        )
    if size and size > LIMIT_BYTES:
        raise ToolError(
            "invalid_argument",
            f"file: {found.name} has {size:,} bytes; up to {LIMIT_BYTES:,} can be read.",
            "Get it with sharepoint_download_file, or open web_url.",
        )
