"""Serves changes of drives: new folders, moves, names, copies, deletion; and earlier versions of files."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from local.graph.denials import SHAREPOINT
from local.graph.drive import Drive
from local.graph.drive_items import DriveItem
from local.graph.errors import GraphError, bad_request, item_not_found, name_taken
from local.graph.files import (
    CONFLICT,
    ITEM,
    ITEM_PATHS,
    check_access,
    conflict_behaviour,
    expect,
    item_shown,
    on_items,
    the_item,
)
from local.graph.mailbox import utc
from local.graph.odata import EntityType, Resource
from local.graph.operations import Area, Call
from local.graph.sharepoint import identity
from local.graph.written import taken

area = Area(SHAREPOINT)

_VERSION = EntityType(
    "microsoft.graph.driveItemVersion",
    ("id", "lastModifiedBy", "lastModifiedDateTime", "publication", "size", "content"),
    page=200,
    always=frozenset(),
)
_WRITABLE = {"name": str, "folder": dict, "parentReference": dict, "description": str, "fileSystemInfo": dict}


@area.operation("POST", *on_items("/children"), permissions=("Files.ReadWrite",))
async def create_folder(call: Call) -> Response:
    """Returns the new folder."""
    drive, folder = the_item(call, "Files.ReadWrite.All", to_write=True)
    document = await call.document()
    given = taken(document, _WRITABLE, ITEM.name)
    if not isinstance(given.get("folder"), dict) or not given.get("name"):
        raise bad_request("A name and the facet of a folder are expected.", "invalidRequest")
    made = drive.make_folder(
        folder, given["name"], call.user, conflict_behaviour(document.get(CONFLICT, "fail"))
    )
    return JSONResponse(_of(call, drive) | item_shown(call, drive, made), 201)


@area.operation("PATCH", *ITEM_PATHS, permissions=("Files.ReadWrite",))
async def update_item(call: Call) -> Response:
    """Returns the item after it was moved or got another name; within its drive alone."""
    drive, item = the_item(call, "Files.ReadWrite.All", to_write=True)
    document = await call.document()
    given = taken(document, _WRITABLE, ITEM.name)
    expect(call, item)
    parent = drive.items.get(item.parent_id or "", drive.root)
    if reference := given.get("parentReference"):
        if reference.get("driveId", drive.id) != drive.id:
            raise bad_request("Items cannot be moved between drives.", "notSupported")
        # The word root is no id here (Move a DriveItem to a new folder).
        if reference.get("id", "root").casefold() == "root":
            raise bad_request("The id of the parent is expected.", "invalidRequest")
        parent = drive.item(reference["id"])
        check_access(call, drive, parent, to_write=True)
    conflict = conflict_behaviour(document.get(CONFLICT, "fail"))
    drive.move(item, parent, given.get("name") or item.name, call.user, conflict)
    return JSONResponse(_of(call, drive) | item_shown(call, drive, item))


@area.operation("DELETE", *ITEM_PATHS, permissions=("Files.ReadWrite",))
async def delete_item(call: Call) -> Response:
    """Puts the item, with all below it, into the recycle bin."""
    drive, item = the_item(call, "Files.ReadWrite.All", to_write=True)
    expect(call, item)
    drive.recycle(item)
    return Response(status_code=204)


@area.operation("POST", *on_items("/copy"), permissions=("Files.ReadWrite",))
async def copy_item(call: Call) -> Response:
    """Accepts a copy and returns where to see how it goes: on another host, which wants no token.

    Only there is it told that the name is taken, and only there what the copy is.
    """
    source, item = the_item(call, "Files.ReadWrite.All")
    document = await call.document()
    given = taken(document, {"name": str, "parentReference": dict}, "copy")
    drive, folder = _destination(call, source, item, given.get("parentReference"))
    conflict = conflict_behaviour(call.query.parameters.get(CONFLICT, "fail"))
    name = given.get("name") or item.name
    if folder is item or (drive is source and folder in drive.below(item)):
        raise bad_request("An item cannot be copied into itself.", "invalidRequest")
    drive.check_place(folder, name, is_folder=item.is_folder)

    def carry_out() -> str:
        existing = drive.child(folder, name)
        if existing is not None and conflict != "rename":
            raise name_taken()
        return drive.copy(item, source, folder, name if existing is None else f"{name} 1", call.user).id

    address = call.tenant.uploads.open_monitor(carry_out)
    return Response(status_code=202, headers={"Location": address})


def _destination(call: Call, source: Drive, item: DriveItem, reference: Any) -> tuple[Drive, DriveItem]:
    if reference is None:
        return source, source.items.get(item.parent_id or "", source.root)
    if not reference.get("driveId") or not reference.get("id"):
        raise bad_request("driveId and id of the parent are expected.", "invalidRequest")
    drive = call.tenant.drive(reference["driveId"], call.user)
    folder = drive.item(reference["id"])
    check_access(call, drive, folder, to_write=True)
    return drive, folder


@area.operation("GET", *on_items("/versions"), permissions=("Files.Read",))
async def list_versions(call: Call) -> Response:
    """Returns the versions of a file, newest first."""
    drive, item = the_item(call)
    if item.content is None:
        raise item_not_found()
    versions = [
        *((each.modified, each.editor, len(each.content)) for each in item.earlier),
        (item.modified, item.editor, len(item.content)),
    ]
    shown: list[Resource] = [
        {
            "id": f"{number}.0",
            "lastModifiedDateTime": utc(modified),
            "lastModifiedBy": identity(editor),
            "size": size,
        }
        for number, (modified, editor, size) in enumerate(versions, 1)
    ]
    context = call.context(f"drives('{drive.id}')/items('{item.id}')/versions")
    return call.many(shown[::-1], context, _VERSION)


@area.operation("GET", *on_items("/versions/{version}/content"), permissions=("Files.Read",))
async def get_version_content(call: Call) -> Response:
    """Returns a redirect to the bytes of an earlier version; of the present one they are not had here."""
    drive, item = the_item(call)
    number = call.arguments["version"].removesuffix(".0")
    if not number.isdecimal() or not 1 <= int(number) <= len(item.earlier) + 1 or item.is_folder:
        raise item_not_found()
    if int(number) == len(item.earlier) + 1:
        raise GraphError(
            400,
            "invalidRequest",
            "You cannot get the content of the current version.",
            inner_name="innererror",
        )
    content = item.earlier[int(number) - 1].content
    address = call.tenant.uploads.open_download(drive, item, call.tenant.clock(), earlier=content)
    return Response(status_code=302, headers={"Location": address})


def _of(call: Call, drive: Drive) -> Resource:
    return {"@odata.context": call.context(f"drives('{drive.id}')/items/$entity")}
