"""Serves drives and their items: lists, searches, downloads and uploads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from local.graph.conversion import converted_to_pdf
from local.graph.denials import SHAREPOINT
from local.graph.drive import Drive
from local.graph.drive_items import DriveItem
from local.graph.errors import GraphError, bad_request, item_changed, name_taken
from local.graph.kql import contains
from local.graph.mailbox import utc
from local.graph.odata import EntityType, Resource, ordered, ordering
from local.graph.operations import Area, Call
from local.graph.sites import inside_site, the_site
from local.graph.written import optional

area = Area(SHAREPOINT)

ITEM = EntityType(
    "microsoft.graph.driveItem",
    (
        "id", "audio", "cTag", "content", "createdBy", "createdDateTime", "deleted", "description", "eTag",
        "file", "fileSystemInfo", "folder", "image", "lastModifiedBy", "lastModifiedDateTime", "location",
        "malware", "name", "package", "parentReference", "pendingOperations", "photo", "publication",
        "remoteItem", "root", "searchResult", "shared", "sharepointIds", "size", "specialFolder", "video",
        "webDavUrl", "webUrl", "children", "listItem",
        "content.downloadUrl",
    ),
    page=200,
    limit=999,
    always=frozenset({"@microsoft.graph.downloadUrl"}),
)  # fmt: skip
_DRIVE = EntityType(
    "microsoft.graph.drive",
    (
        "id", "createdBy", "createdDateTime", "description", "driveType", "lastModifiedBy",
        "lastModifiedDateTime", "name", "owner", "parentReference", "quota", "sharepointIds", "system",
        "webUrl",
    ),
    page=200,
    always=frozenset(),
)  # fmt: skip
_DRIVES = ("/me/drive", "/drives/{drive}", *inside_site("/drive"))
_FOLDERS = ("/root", "/items/{item}")
_DOWNLOAD_URL = "@microsoft.graph.downloadUrl"
CONFLICT = "@microsoft.graph.conflictBehavior"
_SMALL_LIMIT_BYTES = 250 * 1024 * 1024


def on_items(suffix: str) -> tuple[str, ...]:
    """Returns the templates of an item in any drive: by id, by path from the root, by path from a folder."""
    return tuple(
        template
        for drive in _DRIVES
        for place in _FOLDERS
        for template in (f"{drive}{place}{suffix}", f"{drive}{place}:/{{file*}}:{suffix}")
    )


ITEM_PATHS = (
    *on_items(""),
    *(f"{drive}{place}:/{{file*}}" for drive in _DRIVES for place in _FOLDERS),
)


def the_drive(call: Call, wider: str) -> Drive:
    """Returns the drive the path names; one that is not the user's own needs the wider permission.

    Raises:
        GraphError: There is none, or the user or the token may not see it.
    """
    if "drive" in call.arguments:
        drive = call.tenant.drive(call.arguments["drive"], call.user)
    elif "site" in call.arguments or "host" in call.arguments:
        drive = call.tenant.library(the_site(call))
    else:
        return call.tenant.one_drive(call.user)
    if drive is not call.tenant.one_drive(call.user):
        call.require(wider)
    return drive


def the_item(call: Call, wider: str = "Files.Read.All", *, to_write: bool = False) -> tuple[Drive, DriveItem]:
    """Returns the item the path names, and its drive.

    Raises:
        GraphError: There is none, or the user or the token may not see it, or write it.
    """
    drive = the_drive(call, wider)
    start = drive.item(call.arguments.get("item", "root"))
    item = drive.at(start, call.arguments["file"]) if "file" in call.arguments else start
    check_access(call, drive, item, to_write=to_write)
    return drive, item


def check_access(call: Call, drive: Drive, item: DriveItem, *, to_write: bool = False) -> None:
    """Checks that the user may read an item, or write it.

    Raises:
        GraphError: They may not: it is in a drive of somebody else, who did not share it so.
    """
    if not call.tenant.is_open(drive, call.user) and not drive.shared_with(
        call.user, item, to_write=to_write
    ):
        raise SHAREPOINT.error()


def item_shown(call: Call, drive: Drive, item: DriveItem) -> Resource:
    """Returns an item as Graph shows it, with a fresh download address for a file."""
    shown = drive.shown(item)
    wanted = call.query.select
    if item.content is not None and (wanted is None or {_DOWNLOAD_URL, "content.downloadUrl"} & set(wanted)):
        address = call.tenant.uploads.open_download(drive, item, call.tenant.clock())
        shown = {_DOWNLOAD_URL: address} | shown
    return shown


def drive_shown(drive: Drive) -> Resource:
    """Returns a drive as Graph shows it."""
    used = drive.size(drive.root)
    total = 1_099_511_627_776
    owner = {
        "email": drive.owner.user_principal_name,
        "id": drive.owner.object_id,
        "displayName": drive.owner.display_name,
    }
    return {
        "id": drive.id,
        "createdDateTime": utc(drive.root.created),
        "lastModifiedDateTime": utc(max(each.modified for each in drive.items.values())),
        "name": drive.name,
        "description": "",
        "webUrl": drive.web_url,
        "driveType": drive.kind,
        "owner": {"user": owner},
        "quota": {"deleted": 0, "remaining": total - used, "state": "normal", "total": total, "used": used},
    }


@area.operation("GET", *_DRIVES, permissions=("Files.Read",))
async def get_drive(call: Call) -> Response:
    """Returns one drive."""
    return call.one(drive_shown(the_drive(call, "Files.Read.All")), call.context("drives/$entity"), _DRIVE)


@area.operation("GET", *inside_site("/drives"), "/me/drives", permissions=("Files.Read",))
async def list_drives(call: Call) -> Response:
    """Returns the document libraries of a site, or the OneDrive of the signed-in user."""
    return call.many([drive_shown(the_drive(call, "Files.Read.All"))], call.context("drives"), _DRIVE)


@area.operation("GET", *ITEM_PATHS, permissions=("Files.Read",))
async def get_item(call: Call) -> Response:
    """Returns one file or folder, by id or path."""
    drive, item = the_item(call)
    shown = item_shown(call, drive, item)
    return call.one(shown, call.context(f"drives('{drive.id}')/items/$entity"), ITEM)


@area.operation("GET", *on_items("/children"), permissions=("Files.Read",))
async def list_children(call: Call) -> Response:
    """Returns what a folder holds, by name unless asked otherwise."""
    drive, folder = the_item(call)
    order = ordering(call.query.option("orderby")) or [("name", False)]
    children = ordered([drive.shown(each) for each in drive.children(folder)], order)
    context = call.context(f"drives('{drive.id}')/items('{folder.id}')/children")
    return _listed(call, children, context, lambda shown: item_shown(call, drive, drive.item(shown["id"])))


def _listed(
    call: Call, items: list[Resource], context: str, shape: Callable[[Resource], Resource]
) -> Response:
    if call.query.option("filter"):
        raise GraphError(
            501, "notSupported", "Filtering drive items is not supported.", inner_name="innererror"
        )
    return call.many(items, context, ITEM, shape)


@area.operation(
    "GET",
    *(f"{drive}{place}/search(q='{{words}}')" for drive in _DRIVES for place in ("", *_FOLDERS)),
    permissions=("Files.Read",),
)
async def search_drive(call: Call) -> Response:
    """Returns the items whose name or content has the words. For one's own drive, shared ones too."""
    words = call.arguments["words"].replace("''", "'")
    drive, folder = the_item(call)
    places = [(drive, each) for each in drive.below(folder)]
    if "drive" not in call.arguments and drive.site_id is None and call.may("Files.Read.All"):
        places += [
            (other, each) for other in call.tenant.libraries(call.user) for each in other.below(other.root)
        ]
    by_id = {
        item.id: (owner, item) for owner, item in places if all(_has(item, word) for word in words.split())
    }
    found = [owner.shown(item) for owner, item in by_id.values()]
    found = ordered(found, ordering(call.query.option("orderby")) or [("lastModifiedDateTime", True)])

    def shape(shown: Resource) -> Resource:
        # Hits of the index come without the path of their folder and without a download address.
        place = {name: value for name, value in shown["parentReference"].items() if name != "path"}
        return shown | {"parentReference": place, "searchResult": {}}

    return _listed(call, found, call.context("Collection(driveItem)"), shape)


def _has(item: DriveItem, word: str) -> bool:
    return word.casefold() in item.name.casefold() or contains(item.text, word)


@area.operation("GET", *on_items("/content"), permissions=("Files.Read",))
async def get_content(call: Call) -> Response:
    """Returns a redirect to a short-lived address on another host, which wants no token."""
    return redirected(call, *the_item(call))


def redirected(call: Call, drive: Drive, item: DriveItem) -> Response:
    """Returns a redirect to the bytes of a file, converted if that is asked for.

    Raises:
        GraphError: It is a folder, or is not converted.
    """
    if item.is_folder:
        raise bad_request("A folder has no content to download.", "invalidRequest")
    converted = None
    if "format" in call.query.parameters:
        is_pdf = call.query.parameters["format"] == "pdf"
        converted = converted_to_pdf(item.name, item.content or b"") if is_pdf else None
        if converted is None:
            raise GraphError(
                406, "notSupported", "The conversion is not supported here.", inner_name="innererror"
            )
    address = call.tenant.uploads.open_download(drive, item, call.tenant.clock(), converted)
    return Response(status_code=302, headers={"Location": address})


@area.operation("PUT", *on_items("/content"), permissions=("Files.ReadWrite",))
async def put_content(call: Call) -> Response:
    """Returns the file after writing it: 201 if it is new, 200 if it replaced another."""
    conflict = conflict_behaviour(call.query.parameters.get(CONFLICT, "replace"))
    content = await call.request.body()
    if len(content) > _SMALL_LIMIT_BYTES:
        raise GraphError(
            413, "invalidRequest", "The file is too large for one request.", inner_name="innererror"
        )
    drive, save = _target(call, conflict)
    item, new = save(content)
    shown = item_shown(call, drive, item)
    return call.one(shown, call.context(f"drives('{drive.id}')/items/$entity"), ITEM, 201 if new else 200)


def conflict_behaviour(behaviour: Any) -> str:
    """Returns what to do about a name that is taken: fail, replace or rename.

    Raises:
        GraphError: It is none of these.
    """
    if behaviour not in ("fail", "replace", "rename"):
        raise bad_request(f"The conflict behaviour '{behaviour}' is not valid.", "invalidRequest")
    return str(behaviour)


def _target(call: Call, conflict: str) -> tuple[Drive, Callable[[bytes], tuple[DriveItem, bool]]]:
    """Returns where the path says to write, and a function that writes there.

    Raises:
        GraphError: It cannot be written there, or `If-Match` names another version.
    """
    drive = the_drive(call, "Files.ReadWrite.All")
    start = drive.item(call.arguments.get("item", "root"))
    check_access(call, drive, start, to_write=True)
    if "file" not in call.arguments:
        if start.is_folder:
            raise bad_request("A folder has no content.", "invalidRequest")
        expect(call, start)

        def replace(content: bytes) -> tuple[DriveItem, bool]:
            drive.write(start, content, call.user)
            return start, False

        return drive, replace
    folder, name = drive.folder_for(start, call.arguments["file"], call.user)
    existing = drive.child(folder, name)
    if existing is not None:
        expect(call, existing)
    return drive, lambda content: drive.put(folder, name, content, call.user, conflict)


def expect(call: Call, item: DriveItem) -> None:
    """Refuses when `If-Match` names another version of an item.

    Raises:
        GraphError: It does.
    """
    call.expect(item.etag, item_changed())


@area.operation("POST", *on_items("/createUploadSession"), permissions=("Files.ReadWrite",))
async def create_upload_session(call: Call) -> Response:
    """Returns an address on another host to send the fragments of a file to."""
    described = optional(await call.parameters(), "item", dict, {})
    conflict = conflict_behaviour(described.get(CONFLICT, "replace"))
    drive, save = _target(call, conflict)
    if conflict == "fail" and "file" in call.arguments:
        _refuse_taken(call, drive)

    def commit(content: bytes) -> tuple[Resource, int]:
        item, new = save(content)
        return drive.shown(item), 201 if new else 200

    session = call.tenant.uploads.open_file(commit, call.tenant.clock())
    return JSONResponse(
        {
            "@odata.context": call.context("microsoft.graph.uploadSession"),
            "uploadUrl": session.url,
            "expirationDateTime": utc(session.expires),
            "nextExpectedRanges": ["0-"],
        }
    )


def _refuse_taken(call: Call, drive: Drive) -> None:
    folder, name = drive.folder_for(
        drive.item(call.arguments.get("item", "root")), call.arguments["file"], call.user
    )
    if drive.child(folder, name) is not None:
        raise name_taken()
