"""Makes folders, and moves, renames, copies and deletes files."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.item_copies import begin_copy, watch_copy
from shared.apis.graph.resource_paths import ResourcePath
from shared.apis.graph.sites_and_drives import in_drive, is_path, validate_file_reference
from shared.apis.requests import quotable
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.write_failures import report_unknown_outcome
from shared.tools.microsoft365.file_conflicts import TAKEN, explained, name_taken
from shared.tools.microsoft365.file_params import (
    File,
    FolderName,
    KnownFile,
    Library,
    NewName,
    SparseFile,
    as_written,
    get_file,
    get_known,
    locate,
)
from shared.tools.params import Version

toolset = Toolset("files")

_LONGEST_PATH = 400
_CONFLICT = "@microsoft.graph.conflictBehavior"
_LOOK = "Look with sharepoint_list_files how it is before you repeat the call."
_ITEM = "/drives/{}/items/{}"


class OrganizedFile(BaseModel):
    """The file where it is now, or the copy."""

    file: File | None = Field(description="Null while a copy is not finished.")
    note: str | None


class DeletedFile(BaseModel):
    """What was put into the recycle bin."""

    id: str
    name: str
    children: int | None = Field(
        description="How many files and folders were directly in it; null for a file."
    )
    note: str = (
        "It is in the recycle bin of the site or OneDrive, with all that was in it. It can be restored there "
        "in a browser; no tool of this server does."
    )


@toolset.tool(scopes=["Files.ReadWrite.All"], writes=True)
async def sharepoint_create_folder(
    caller: Caller,
    name: Annotated[NewName, Field(description="Of the new folder.")],
    folder: FolderName = "/",
    site: Library = None,
) -> File:
    """Create a folder in a folder of a SharePoint library or of OneDrive; others see it at once."""
    parent = await get_file(caller.graph, await locate(caller, folder, site))
    _check_folder(parent)
    _check_length(parent.path or "/", name)
    async with explained(caller.graph, folder=parent, name=name):
        with report_unknown_outcome(_LOOK):
            made = await caller.graph.post(
                SparseFile,
                f"{_ITEM}/children",
                parent.drive_id,
                parent.item_id,
                body={"name": name, "folder": {}, _CONFLICT: "fail"},
            )
    return await as_written(caller.graph, made, parent.drive_id)


@toolset.tool(scopes=["Files.ReadWrite.All"], writes=True)
async def sharepoint_organize_file(
    caller: Caller,
    file: KnownFile,
    action: Annotated[Literal["move", "copy"], Field(description="move also renames.")],
    folder: Annotated[
        Annotated[
            str,
            Field(min_length=1, max_length=2_000),
            AfterValidator(lambda given: validate_file_reference(given, "folder")),
        ]
        | None,
        Field(description="Where to: id, web address, or path in the same library; left out, where it is."),
    ] = None,
    name: Annotated[NewName | None, Field(description="New name; left out, the same.")] = None,
    version: Annotated[
        Version | None, Field(description="From sharepoint_get_file; needed to move or rename.")
    ] = None,
) -> OrganizedFile:
    """Move, rename or copy a file or folder; others see it at once, and nothing is overwritten.

    A move keeps links, versions and sharing, and stays in one library; a copy can go to any.
    """
    _check_arguments(action, folder, name, version)
    found = await get_known(caller, file)
    if action == "move" and folder is None:
        # Whom only the file is shared with renames it without access to its folder.
        _check_length(found.folder or "/", name or "")
        return await _move(caller.graph, found, None, name, version or "")
    parent = await _target(caller, found, folder)
    _check_folder(parent)
    _check_length(parent.path or "/", name or found.name)
    if action == "copy":
        return await _copy(caller.graph, found, parent, name, version)
    return await _move(caller.graph, found, parent, name, version or "")


@toolset.tool(scopes=["Files.ReadWrite.All"], writes=True)
async def sharepoint_delete_file(
    caller: Caller,
    file: KnownFile,
    version: Version,
    with_contents: Annotated[
        bool, Field(description="Needed for a folder that is not empty: all in it goes too.")
    ] = False,
) -> DeletedFile:
    """Delete a file or folder for everybody: it goes to the recycle bin, where people can restore it."""
    found = await get_known(caller, file)
    # A folder may come without the count of what is in it.
    if found.is_folder and found.children != 0 and not with_contents:
        items = "an unknown number of" if found.children is None else found.children
        raise ToolError(
            "invalid_argument",
            f"file: {found.name} is a folder that holds {items} items, {found.size or 0:,} bytes.",
            "Ask the user whether all of that is to go; then call again with with_contents true.",
        )
    async with explained(caller.graph, changed=found, version=version):
        with report_unknown_outcome(_LOOK):
            await caller.graph.delete(_ITEM, found.drive_id, found.item_id, version=version)
    return DeletedFile(id=found.id, name=found.name, children=found.children)


async def _target(caller: Caller, found: File, folder: str | None) -> File:
    """Returns the folder to move or copy to: that which is named, or else the one the file is in."""
    if folder is None:
        place = in_drive(found.drive_id, found.folder or "/")
    elif is_path(folder):
        place = in_drive(found.drive_id, folder)
    else:
        place = await locate(caller, folder, None)
    return await get_file(caller.graph, place)


async def _move(
    graph: Graph, found: File, parent: File | None, name: str | None, version: str
) -> OrganizedFile:
    if parent and found.drive_id != parent.drive_id:
        raise ToolError(
            "invalid_argument",
            "folder: is in another library, and a move stays in one.",
            "Copy it there with action copy, look at the copy, then delete this one with "
            "sharepoint_delete_file.",
        )
    body: dict[str, Any] = {_CONFLICT: "fail"}
    wanted: dict[str, object] = {}
    if parent:
        body["parentReference"] = {"id": parent.item_id}
        wanted["folder"] = parent.path or "/"
    if name:
        body["name"] = wanted["name"] = name
    meeting = explained(
        graph, folder=parent, name=name or found.name, changed=found, version=version, wanted=wanted
    )
    async with meeting:
        with report_unknown_outcome(_LOOK):
            moved = await graph.patch(
                SparseFile, _ITEM, found.drive_id, found.item_id, body=body, version=version
            )
    return OrganizedFile(file=await as_written(graph, moved, found.drive_id), note=None)


async def _copy(
    graph: Graph, found: File, parent: File, name: str | None, version: str | None
) -> OrganizedFile:
    if version is not None and version != found.version:
        raise ToolError(
            "conflict",
            f"{found.name} has changed since you read it, and was not copied.",
            "Read it again, or leave version out to copy what is there now.",
            details={"current_version": found.version or ""},
        )
    target = name or found.name
    async with explained(graph, folder=parent, name=target):
        with report_unknown_outcome(_LOOK):
            monitor = await begin_copy(
                graph,
                found.drive_id,
                found.item_id,
                to_drive=parent.drive_id,
                to_folder=parent.item_id,
                name=name,
            )
    progress = await watch_copy(graph, monitor)
    if progress is None or not (progress.is_done or progress.has_failed):
        how_far = f" ({progress.percentage:.0f} %)" if progress and progress.percentage is not None else ""
        return OrganizedFile(
            file=None,
            note=f"The copy was begun and goes on by itself{how_far}. Look for {target} in the folder with "
            "sharepoint_list_files in a while, and do not begin it again before.",
        )
    if progress.has_failed:
        failure = progress.error
        if failure and failure.code.casefold() == TAKEN.casefold():
            raise await name_taken(graph, parent, target)
        said = f": {quotable(failure.message or failure.code)}" if failure else ""
        raise ToolError(
            "upstream_error",
            f"Microsoft Graph did not finish the copy{said or '.'}",
            "Look with sharepoint_list_files whether a part of it is there before you copy again.",
        )
    if progress.resource_id:
        place = ResourcePath(_ITEM, (parent.drive_id, progress.resource_id))
    else:
        place = in_drive(parent.drive_id, f"{parent.path or ''}/{target}")
    return OrganizedFile(file=await get_file(graph, place), note="Earlier versions are not copied.")


def _check_arguments(action: str, folder: str | None, name: str | None, version: str | None) -> None:
    if folder is None and name is None:
        raise ToolError(
            "invalid_argument",
            "folder, name: neither is given, so there is nothing to do.",
            "Give the folder to move or copy to, a new name, or both.",
        )
    if action == "move" and version is None:
        raise ToolError(
            "invalid_argument",
            "version: is needed to move or rename.",
            "Give the version that sharepoint_get_file tells.",
        )


def _check_folder(parent: File) -> None:
    if not parent.is_folder:
        raise ToolError(
            "invalid_argument", f"folder: {parent.name} is a file.", "Give a folder of sharepoint_list_files."
        )


def _check_length(folder: str, name: str) -> None:
    # The library's own path counts too, so the service may refuse a shorter one.
    if len(f"{folder.rstrip('/')}/{name}") > _LONGEST_PATH:
        raise ToolError(
            "invalid_argument",
            f"name: with its folders it has more than {_LONGEST_PATH} characters, which SharePoint refuses.",
            "Give a shorter name, or choose a folder nearer to the top.",
        )
