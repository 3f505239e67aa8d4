"""Finds and reads files in SharePoint document libraries and OneDrive."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import unquote

from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    Field,
    computed_field,
)

from shared.apis.graph.resource_paths import ResourcePath
from shared.apis.graph.sites_and_drives import (
    ONEDRIVE,
    file_id,
    is_path,
    resolve_drive_id,
    resolve_file,
    validate_file_reference,
    validate_site_reference,
)
from shared.apis.literals import odata_string
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.result_limit import share
from shared.results.paging import Page
from shared.text.content import TEXT_LIMIT, Line, Quoted, quote
from shared.text.documents import LIMIT_BYTES, is_convertible, is_readable, read_document, why_unread
from shared.text.names import Name
from shared.tools.params import Cursor, Offset, PageSize

toolset = Toolset("files")

_LINK_LIFE = timedelta(minutes=5)
_SORTINGS = {"name": "name", "newest": "lastModifiedDateTime desc", "largest": "size desc"}


def _library(given: str) -> str:
    if given != ONEDRIVE:
        validate_site_reference(given)
    return given


def _folder_path(value: object) -> object:
    """Parses the path inside the library from Graph's form: /drives/{id}/root:/Reports."""
    return unquote(value.partition("root:")[2]) or "/" if isinstance(value, str) else value


LibraryName = Annotated[str, Field(min_length=1, max_length=1_000), AfterValidator(_library)]
Library = Annotated[
    LibraryName | None,
    Field(
        description="Whose files: a SharePoint site by id or address, such as "
        "https://contoso.sharepoint.com/sites/finance, or onedrive for the user's own; left out, the site "
        "set with set_preferences.",
    ),
]
_GIVEN = (
    "by id as another tool gave it, by its web address, or by its path in the library of the site, such as"
)
FileName = Annotated[
    str,
    Field(min_length=1, max_length=2_000, description=f"The file {_GIVEN} /Reports/plan.docx."),
    AfterValidator(validate_file_reference),
]
FolderName = Annotated[
    str,
    Field(
        min_length=1, max_length=2_000, description=f"The folder {_GIVEN} /Reports; / is the whole library."
    ),
    AfterValidator(lambda given: validate_file_reference(given, "folder")),
]


class File(GraphModel):
    """A file or folder; its id is what other tools take."""

    drive_id: str = Field(
        exclude=True,
        validation_alias=AliasChoices(
            AliasPath("remoteItem", "parentReference", "driveId"), AliasPath("parentReference", "driveId")
        ),
    )
    item_id: str = Field(exclude=True, validation_alias=AliasChoices(AliasPath("remoteItem", "id"), "id"))
    name: Name
    folder: Annotated[Name | None, BeforeValidator(_folder_path)] = Field(
        None,
        validation_alias=AliasPath("parentReference", "path"),
        description="Path of the folder it is in; null where the service does not tell.",
    )
    size: int | None = Field(None, description="In bytes; of a folder, of all that is in it.")
    media_type: str | None = Field(None, validation_alias=AliasPath("file", "mimeType"))
    children: int | None = Field(
        None,
        validation_alias=AliasChoices(
            AliasPath("folder", "childCount"), AliasPath("remoteItem", "folder", "childCount")
        ),
        description="How many files and folders are in a folder; null for a file.",
    )
    modified: datetime | None = Field(None, validation_alias="lastModifiedDateTime")
    modified_by: Line | None = Field(
        None, validation_alias=AliasPath("lastModifiedBy", "user", "displayName")
    )
    web_url: str | None = None
    version: str | None = Field(
        None, validation_alias="eTag", description="What a replacement of the file has to name."
    )

    @computed_field  # type: ignore[prop-decorator]
    @property
    def id(self) -> str:
        """What other tools take."""
        return file_id(self.drive_id, self.item_id)

    @property
    def is_folder(self) -> bool:
        """Tells whether other files can be in it."""
        return self.children is not None


class FileText(BaseModel):
    """A file with its text, or a part of it."""

    file: File
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

    New files are found after some minutes. To search all sites at once use graph_search; to see what
    a folder holds use sharepoint_list_files.
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
        Field(description="By name, by time of the last change, or by size."),
    ] = "name",
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[File]:
    """List the files and folders in a folder of a SharePoint library or of OneDrive.

    Give the id of a folder of the result as folder to look into it. To find a file by words use
    sharepoint_search_files.
    """
    place = await locate(caller, folder, site)
    return await caller.graph.page(
        File, *place.child("/children"), limit=limit, cursor=cursor, orderby=_SORTINGS[sort]
    )


@toolset.tool(scopes=["Files.Read.All"])
async def sharepoint_get_file(caller: Caller, file: FileName, site: Library = None) -> File:
    """Get what is known of one file or folder: name, size, type, last change, web address, version.

    For the text of a file use sharepoint_read_file, for its bytes sharepoint_download_file.
    """
    return await _file(caller, file, site)


@toolset.tool(scopes=["Files.Read.All"])
async def sharepoint_read_file(
    caller: Caller,
    file: FileName,
    site: Library = None,
    offset: Offset = 0,
    length: Annotated[
        int | None,
        Field(
            ge=1,
            le=1_000_000,
            description="How many characters to return at most; fewer if a result is full.",
        ),
    ] = None,
) -> FileText:
    """Read the text of a file: text, HTML, mail, calendar, Word, Excel, PowerPoint or PDF, up to 16 MB.

    Sheets come as lines with tabs; slides and pages are marked. What is not read is said at the end of
    the text. For other files, such as pictures, use sharepoint_download_file.
    """
    found = await _file(caller, file, site)
    _check_readable(found)
    text = await _text(caller, found)
    origin = f"file {found.name}, last changed by {found.modified_by or 'somebody unknown'}"
    longest = share(TEXT_LIMIT)
    limit = min(length or longest, longest)
    return FileText(file=found, content=quote(text, origin, offset=offset, limit=limit))


@toolset.tool(scopes=["Files.Read.All"])
async def sharepoint_download_file(caller: Caller, file: FileName, site: Library = None) -> DownloadLink:
    """Get a short-lived link from which the bytes of one file can be fetched without a sign-in.

    It is for a program that takes the file at once. Give people web_url of sharepoint_get_file instead,
    and read text with sharepoint_read_file.
    """
    found = await _file(caller, file, site)
    _check_file(found)
    url = await caller.graph.download_address("/drives/{}/items/{}/content", found.drive_id, found.item_id)
    return DownloadLink(
        name=found.name,
        size=found.size,
        media_type=found.media_type,
        url=url,
        use_before=datetime.now(UTC) + _LINK_LIFE,
    )


async def locate(caller: Caller, file: str, library: str | None) -> ResourcePath:
    """Resolves a file or folder; only a path needs a library, given or the caller's default."""
    return await resolve_file(caller.graph, file, await caller.site(library) if is_path(file) else None)


async def _text(caller: Caller, found: File) -> str:
    """Returns the text of a file; older Office formats and OpenDocument are read from the PDF of Graph."""
    path = ("/drives/{}/items/{}/content", found.drive_id, found.item_id)
    who = caller.principal.object_id
    if is_convertible(found.name):
        converted = await caller.graph.download(*path, format="pdf")
        return await read_document(converted, f"{found.name}.pdf", "application/pdf", caller=who)
    content = await caller.graph.download(*path)
    return await read_document(content, found.name, found.media_type or "", caller=who)


async def _file(caller: Caller, file: str, library: str | None) -> File:
    return await caller.graph.get(File, *(await locate(caller, file, library)).address)


def _check_file(found: File) -> None:
    if found.is_folder:
        raise ToolError(
            "invalid_argument",
            f"file: {found.name} is a folder.",
            "Look into it with sharepoint_list_files, and give one of its files.",
        )


def _check_readable(found: File) -> None:
    _check_file(found)
    if not is_readable(found.name, found.media_type or "") and not is_convertible(found.name):
        raise ToolError(
            "invalid_argument",
            f"file: {found.name} is of a type that has no text ({found.media_type or 'unknown'}).",
            f"{why_unread(found.name).remedy} Or get it with sharepoint_download_file, or open web_url.",
        )
    if (found.size or 0) > LIMIT_BYTES:
        raise ToolError(
            "invalid_argument",
            f"file: {found.name} has {found.size:,} bytes; up to {LIMIT_BYTES:,} can be read.",
            "Get it with sharepoint_download_file, or open web_url.",
        )
