"""Defines how tools name files, folders and libraries, and how they show a file."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import unquote

from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BeforeValidator,
    Field,
    computed_field,
)
from pydantic_core import PydanticCustomError

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.graph_responses import SERVICE
from shared.apis.graph.resource_paths import ResourcePath
from shared.apis.graph.site_resolution import validate_site_reference
from shared.apis.graph.sites_and_drives import (
    ONEDRIVE,
    file_id,
    is_path,
    resolve_file,
    validate_file_reference,
)
from shared.apis.models import GraphModel
from shared.apis.requests import unexpected_form
from shared.caller import Caller
from shared.results.write_failures import after
from shared.text.content import Line
from shared.text.names import Name

_FORBIDDEN = re.compile(r'["*:<>?/\\|\x00-\x1f]')
# Restrictions and limitations in OneDrive and SharePoint: names it keeps for itself.
_KEPT = re.compile(r"\.lock|con|prn|aux|nul|(com|lpt)[0-9]|desktop\.ini|.*_vti_.*|~\$.*", re.IGNORECASE)


def _library(given: str) -> str:
    if given != ONEDRIVE:
        validate_site_reference(given)
    return given


def _new_name(given: str) -> str:
    if _FORBIDDEN.search(given) or given != given.strip() or given.endswith("."):
        raise PydanticCustomError(
            "name", 'Must not hold any of " * : < > ? / \\ |, begin or end with a space, or end with a dot'
        )
    if _KEPT.fullmatch(given):
        raise PydanticCustomError("kept_name", "Must not be a name that SharePoint keeps for itself")
    return given


def _known(given: str) -> str:
    if is_path(given):
        raise PydanticCustomError("no_path", "Must be an id that a tool gave, or a web address; not a path")
    return validate_file_reference(given)


def _folder_path(value: object) -> object:
    """Parses the path inside the library from Graph's form: /drives/{id}/root:/Reports."""
    return unquote(value.partition("root:")[2]) or "/" if isinstance(value, str) else value


LibraryName = Annotated[str, Field(min_length=1, max_length=1_000), AfterValidator(_library)]
Library = Annotated[
    LibraryName | None,
    Field(
        description="Whose files: a SharePoint site by id or address, or onedrive for the user's own; left "
        "out, your default site.",
    ),
]
FileName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2_000,
        description="The file by id, web address or path in the site's library (/Reports/plan.docx).",
    ),
    AfterValidator(validate_file_reference),
]
FolderName = Annotated[
    str,
    Field(
        min_length=1, max_length=2_000, description="The folder by id, web address or path in the library."
    ),
    AfterValidator(lambda given: validate_file_reference(given, "folder")),
]
KnownFile = Annotated[
    str,
    Field(min_length=1, max_length=2_000, description="File or folder by id or web address."),
    AfterValidator(_known),
]
"""A file that was looked at before it is changed."""
NewName = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_new_name)]


class File(GraphModel):
    """A file or folder; its id is what other tools take."""

    drive_id: str = Field(
        exclude=True,
        validation_alias=AliasChoices(
            AliasPath("remoteItem", "parentReference", "driveId"), AliasPath("parentReference", "driveId")
        ),
    )
    item_id: str = Field(exclude=True, validation_alias=AliasChoices(AliasPath("remoteItem", "id"), "id"))
    facet: dict[str, Any] | None = Field(
        None, exclude=True, validation_alias=AliasChoices("folder", AliasPath("remoteItem", "folder"))
    )
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
    def path(self) -> str | None:
        """Returns its path in the library; None where the service does not tell."""
        return None if self.folder is None else f"{self.folder.rstrip('/')}/{self.name}"

    @property
    def is_folder(self) -> bool:
        """Tells whether other files can be in it."""
        return self.facet is not None


class SparseFile(File):
    """A file as an answer tells that may leave out its drive, and after a change its version too."""

    drive_id: str = Field(
        "",
        exclude=True,
        validation_alias=AliasChoices(
            AliasPath("remoteItem", "parentReference", "driveId"), AliasPath("parentReference", "driveId")
        ),
    )


async def as_written(graph: Graph, written: SparseFile, drive_id: str) -> File:
    """Returns a file after a change, read again where the answer to the change left things out."""
    if written.drive_id and written.version:
        return written
    with after("It was written."):
        return await get_file(graph, ResourcePath("/drives/{}/items/{}", (drive_id, written.item_id)))


async def get_file(graph: Graph, place: ResourcePath) -> File:
    """Returns the file or folder at a place; its drive is that of the place where the answer does not tell.

    Raises:
        ToolError: There is none, or nothing tells its drive.
    """
    found = await graph.get(SparseFile, *place.to_read.address, headers=place.headers)
    if found.drive_id:
        return found
    if not place.path.startswith("/drives/{}/"):
        raise unexpected_form(SERVICE, "parentReference.driveId")
    return found.model_copy(update={"drive_id": str(place.segments[0])})


async def locate(caller: Caller, file: str, library: str | None) -> ResourcePath:
    """Resolves a file or folder; only a path needs a library, given or the caller's default."""
    return await resolve_file(caller.graph, file, await caller.site(library) if is_path(file) else None)


async def get_known(caller: Caller, file: str) -> File:
    """Returns a file or folder, given by id or address, where it is."""
    return await get_file(caller.graph, replace(await locate(caller, file, None), share=None))
