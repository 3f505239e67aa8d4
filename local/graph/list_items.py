"""Serves items of SharePoint lists, read and written by their columns."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from local.graph.denials import SHAREPOINT
from local.graph.errors import GraphError, bad_request, item_changed, item_not_found
from local.graph.filters import filter_paths, filtered
from local.graph.odata import EntityType, Resource, ordered, ordering
from local.graph.operations import Area, Call
from local.graph.sharepoint import BUILT_IN, SharePointList
from local.graph.sites import inside_site, the_site

area = Area(SHAREPOINT)

_ITEM = EntityType(
    "microsoft.graph.listItem",
    (
        "id", "contentType", "createdBy", "createdDateTime", "description", "eTag", "fields",
        "lastModifiedBy", "lastModifiedDateTime", "name", "parentReference", "sharepointIds",
        "webUrl", "deleted", "driveItem",
    ),
    page=200,
    limit=5000,
    always=frozenset(),
)  # fmt: skip
_HONOR = "HonorNonIndexedQueriesWarningMayFailRandomly"


def _owner(call: Call) -> SharePointList:
    return the_site(call).list_named(call.arguments["list"])


def _items(call: Call, owner: SharePointList) -> list[Resource]:
    """Returns the items of a list; those of a document library are its files and folders."""
    if owner.template != "documentLibrary":
        return list(owner.items.values())
    drive = call.tenant.library(the_site(call))
    numbered = enumerate(drive.below(drive.root), 1)
    return [_library_item(str(number), drive.shown(item)) for number, item in numbered]


def _item(call: Call) -> Resource:
    """Returns the item the path names.

    Raises:
        GraphError: There is none.
    """
    for item in _items(call, _owner(call)):
        if item["id"] == call.arguments["item"]:
            return item
    raise item_not_found()


def _library_item(item_id: str, file: Resource) -> Resource:
    kind = "Folder" if "folder" in file else "Document"
    etag = file["eTag"].replace("{", "").replace("}", "").lower()
    shared = ("createdDateTime", "lastModifiedDateTime", "createdBy", "lastModifiedBy", "webUrl")
    fields = {
        "@odata.etag": etag,
        "id": item_id,
        "FileLeafRef": file["name"],
        "ContentType": kind,
        "Created": file["createdDateTime"],
        "Modified": file["lastModifiedDateTime"],
    }
    described = {"@odata.etag": etag, "id": item_id, "eTag": etag, "fields": fields}
    content_type = {"id": "0x0120" if kind == "Folder" else "0x0101", "name": kind}
    return described | {name: file[name] for name in shared} | {"contentType": content_type}


def item_shown(call: Call, item: Resource) -> Resource:
    """Returns an item, with its columns only if they are expanded."""
    shown = {name: value for name, value in item.items() if name not in ("_version", "fields")}
    expand = call.query.expand
    if "fields" not in expand:
        return shown
    names = expand["fields"]
    fields = item["fields"]
    if names:
        kept = {name.casefold() for name in names} | {"@odata.etag"}
        fields = {name: value for name, value in fields.items() if name.casefold() in kept}
    context = call.context("sites/lists/items/fields/$entity")
    return shown | {"fields@odata.context": context, "fields": fields}


@area.operation("GET", *inside_site("/lists/{list}/items"), permissions=("Sites.Read.All",))
async def list_items(call: Call) -> Response:
    """Returns the items of a list that fit `$filter`, oldest first unless asked otherwise."""
    owner = _owner(call)
    condition, order = call.query.option("filter"), ordering(call.query.option("orderby"))
    for path in (*filter_paths(condition or ""), *(path for path, _ in order)):
        _check_column(call, owner, path)
    items = ordered(filtered(_items(call, owner), condition), order)
    context = call.context(f"sites('{the_site(call).id}')/lists('{owner.id}')/items")
    return call.many(items, context, _ITEM, lambda item: item_shown(call, item))


def _check_column(call: Call, owner: SharePointList, path: str) -> None:
    """Lets a query use a property of items, an indexed column, or any column at the client's own risk.

    Raises:
        GraphError: The column does not exist, or is not indexed and the risk not accepted.
    """
    root, _, name = path.partition("/")
    if root != "fields":
        return
    columns = owner.columns | {column.name: column for column in BUILT_IN}
    if name == "id":
        return
    if name not in columns:
        raise bad_request(f"Field '{name}' is not recognized", "invalidRequest")
    if not columns[name].indexed and call.preference(_HONOR) is None:
        raise bad_request(
            f"Field '{name}' is not indexed and cannot be used in filter or orderby. The header "
            f"'Prefer: {_HONOR}' allows it, but such queries may fail on large lists.",
            "invalidRequest",
        )


@area.operation("GET", *inside_site("/lists/{list}/items/{item}"), permissions=("Sites.Read.All",))
async def get_item(call: Call) -> Response:
    """Returns one item."""
    item = _item(call)
    return call.one(item_shown(call, item), call.context("sites/lists/items/$entity"), _ITEM)


@area.operation("GET", *inside_site("/lists/{list}/items/{item}/fields"), permissions=("Sites.Read.All",))
async def get_fields(call: Call) -> Response:
    """Returns the columns of one item."""
    return JSONResponse(_fields_shown(call, _item(call)))


def _fields_shown(call: Call, item: Resource) -> Resource:
    fields: Resource = item["fields"]
    return {"@odata.context": call.context("sites/lists/items/fields/$entity")} | fields


def _checked(owner: SharePointList, fields: object) -> Resource:
    """Returns columns of a request.

    Raises:
        GraphError: A column is unknown, read-only, or cannot hold the value.
    """
    if not isinstance(fields, dict):
        raise bad_request("The fields of the item are missing.", "invalidRequest")
    written = {name: value for name, value in fields.items() if "@" not in name}
    for name, value in written.items():
        column = owner.columns.get(name)
        if column is None:
            raise bad_request(f"Field '{name}' is not recognized", "invalidRequest")
        if column.read_only or not column.accepts(value):
            raise bad_request(f"The value of field '{name}' is not valid for it.", "invalidRequest")
    return written


@area.operation("POST", *inside_site("/lists/{list}/items"), permissions=("Sites.ReadWrite.All",))
async def create_item(call: Call) -> Response:
    """Returns the new item with all its columns."""
    owner = _owner(call)
    fields = _checked(owner, (await call.document()).get("fields"))
    missing = next(
        (name for name, each in owner.columns.items() if each.required and not fields.get(name)), None
    )
    if missing:
        raise bad_request(f"Field '{missing}' is required.", "invalidRequest")
    item = call.tenant.sharepoint.add_item(the_site(call), owner, call.user, fields)
    shown = {name: value for name, value in item.items() if name != "_version"}
    return JSONResponse({"@odata.context": call.context("sites/lists/items/$entity")} | shown, 201)


@area.operation(
    "PATCH", *inside_site("/lists/{list}/items/{item}/fields"), permissions=("Sites.ReadWrite.All",)
)
async def update_fields(call: Call) -> Response:
    """Returns the columns of the item after the change."""
    owner = _owner(call)
    item = owner.item(call.arguments["item"])
    _expect(call, item)
    fields = _checked(owner, await call.document())
    call.tenant.sharepoint.change_item(owner, item, call.user, fields)
    return JSONResponse(_fields_shown(call, item))


@area.operation("DELETE", *inside_site("/lists/{list}/items/{item}"), permissions=("Sites.ReadWrite.All",))
async def delete_item(call: Call) -> Response:
    """Puts the item into the recycle bin."""
    owner = _owner(call)
    item = owner.item(call.arguments["item"])
    _expect(call, item)
    owner.recycled[item["id"]] = owner.items.pop(item["id"])
    return Response(status_code=204)


def _expect(call: Call, item: Resource) -> None:
    error: GraphError = item_changed()
    wanted = call.header("if-match")
    if wanted is not None and wanted.strip().removeprefix("W/").strip('"') not in (
        item["eTag"].strip('"'),
        "*",
    ):
        raise error
