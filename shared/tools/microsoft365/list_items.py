"""Reads and writes items of SharePoint lists."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, AliasPath, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from shared.apis.graph.column_names import (
    SYSTEM_COLUMNS,
    internal_name,
    resolve_columns,
    spelled,
    titles_too,
    with_either_spelling,
)
from shared.apis.graph.resource_paths import Address
from shared.apis.graph.site_resolution import resolve_site
from shared.apis.literals import odata_string
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.normalization import is_left_out
from shared.mcp.toolset import Toolset
from shared.result_limit import share
from shared.results.conflicts import conflict
from shared.results.paging import Page
from shared.results.write_failures import after, report_unknown_outcome
from shared.text.content import Line, Quoted, quote
from shared.text.names import clean_name
from shared.tools.microsoft365.list_columns import ListColumns, typed_fields, value_types
from shared.tools.microsoft365.sites import ListName, SiteName
from shared.tools.params import Cursor, Id, Offset, PageSize, Scalar, Version
from shared.tools.typed_values import ValueType, refuse_both, refuse_empty, typed

toolset = Toolset("sites")

_LONG_TEXT = 255
"""SharePoint's bound of a line of text; what is longer comes in the envelope of texts by others."""
_LONG_TEXT_PART = 4_000
_UNINDEXED_TOO = {"Prefer": "HonorNonIndexedQueriesWarningMayFailRandomly"}
_LOOK = "Look with sharepoint_get_list_items whether it was, before you repeat it."

type Value = str | int | float | bool | None
type Shown = Value | Quoted | list[Any] | dict[str, Any]

ColumnName = Annotated[
    str,
    Field(
        pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$",
        max_length=255,
        description="Name or title of a column.",
    ),
]


def _field_value(value: object) -> object:
    if not (
        value is None
        or isinstance(value, str | int | float)
        or (isinstance(value, list) and all(isinstance(each, str) for each in value))
    ):
        raise PydanticCustomError("field", "Must be a text, a number, true or false, or a list of texts")
    return value


FieldValue = Annotated[Any, AfterValidator(_field_value)]
Fields = Annotated[
    dict[ColumnName, FieldValue],
    Field(max_length=100, description="Values by columns, as sharepoint_create_list_item takes them."),
]
ItemId = Annotated[Id, Field(description="id from sharepoint_get_list_items.")]


class Condition(BaseModel):
    """What an item must meet."""

    model_config = ConfigDict(extra="forbid")

    column: ColumnName
    operator: Annotated[
        Literal["eq", "ne", "lt", "le", "gt", "ge", "startswith"],
        Field(description="startswith is for texts."),
    ] = "eq"
    value: Annotated[
        Scalar,
        Field(description="A time in ISO 8601, such as 2026-11-01T00:00:00Z."),
    ]


class ListItem(BaseModel):
    """An item of a list; its columns in fields, long texts in an envelope."""

    id: str
    version: str | None = Field(
        description="What a change of the item has to name; null where the service does not tell."
    )
    web_url: str | None = None
    created: datetime | None = None
    modified: datetime | None = None
    modified_by: str | None = None
    fields: dict[str, Shown]


class _Item(GraphModel):
    id: str
    version: str | None = Field(None, validation_alias=AliasChoices("eTag", "@odata.etag"))
    web_url: str | None = None
    created: datetime | None = Field(None, validation_alias="createdDateTime")
    modified: datetime | None = Field(None, validation_alias="lastModifiedDateTime")
    modified_by: Line | None = Field(
        None, validation_alias=AliasPath("lastModifiedBy", "user", "displayName")
    )
    fields: dict[str, Any] = {}


class _Fields(BaseModel):
    model_config = ConfigDict(extra="allow")

    version: str | None = Field(None, validation_alias="@odata.etag")


@toolset.tool(scopes=["Sites.Read.All"])
async def sharepoint_get_list_items(
    caller: Caller,
    list_name: ListName,
    site: SiteName = None,
    where: Annotated[
        Sequence[Condition],
        Field(max_length=10, description="All of it must be met."),
    ] = (),
    columns: Annotated[
        list[ColumnName] | None,
        Field(min_length=1, max_length=50, description="Left out, all."),
    ] = None,
    order_by: Annotated[ColumnName | None, Field(description="Left out, the oldest item is first.")] = None,
    descending: Annotated[bool, Field(description="For order_by.")] = False,
    offset: Offset = 0,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[ListItem]:
    """Get items of a SharePoint list with their columns, those that meet conditions.

    Columns come from sharepoint_list_lists. Sorting or filtering by one that is not indexed may fail on
    lists of more than 5,000 items: add a condition on one that is.
    """
    place = await resolve_site(caller.graph, await caller.site(site))
    given = [
        *(("columns", each) for each in columns or ()),
        *(("where", each.column) for each in where),
        *([("order_by", order_by)] if order_by else []),
    ]
    known = ListColumns(caller, place, list_name)
    names = await resolve_columns(given, known.get)
    if where:
        names = titles_too(names, await known.get())
    chosen = [names[each] for each in columns or ()]
    conditions = [each.model_copy(update={"column": names[each.column]}) for each in where]
    types = value_types(await known.get()) if where else {}

    async def request(prefix: str) -> Page[_Item]:
        own = {each: spelled(name, prefix) for each, name in names.items()}
        return await caller.graph.page(
            _Item,
            *place.child("/lists/{}/items", list_name),
            limit=limit,
            cursor=cursor,
            headers=_UNINDEXED_TOO,
            expand=f"fields($select={','.join(spelled(each, prefix) for each in chosen)})"
            if chosen
            else "fields",
            filter=" and ".join(
                _condition(number, each, types, prefix) for number, each in enumerate(conditions)
            ),
            orderby=f"fields/{own[order_by]}{' desc' if descending else ''}" if order_by else "",
        )

    found = await with_either_spelling(names.values(), request)
    items = [_shown(each, list_name, columns=chosen, offset=offset) for each in found.items]
    return Page[ListItem](items=items, **found.model_dump(exclude={"items"}))


@toolset.tool(scopes=["Sites.ReadWrite.All"], writes=True)
async def sharepoint_create_list_item(
    caller: Caller,
    list_name: ListName,
    fields: Annotated[
        Fields,
        Field(
            min_length=1,
            description='By columns, such as {"Title": "Gate 3", "Status": "Open"}. Times in ISO 8601 with '
            "offset; a lookup or person by id under NameLookupId; a list of texts for several choices.",
        ),
    ],
    site: SiteName = None,
) -> ListItem:
    """Create an item in a SharePoint list.

    Names, kinds and choices of the columns come from sharepoint_list_lists.
    """
    place = await resolve_site(caller.graph, await caller.site(site))
    given = {name: value for name, value in fields.items() if not is_left_out(value)}
    columns = ListColumns(caller, place, list_name)
    values = await typed_fields(columns, await _resolve_fields(columns, given))

    async def request(prefix: str) -> _Item:
        body = {"fields": _written(values, prefix)}
        return await caller.graph.post(_Item, *place.child("/lists/{}/items", list_name), body=body)

    with report_unknown_outcome(_LOOK):
        created = await with_either_spelling(values, request)
    if created.version is None:
        created = await _reread(caller, place.child("/lists/{}/items/{}", list_name, created.id))
    return _shown(created, list_name)


@toolset.tool(scopes=["Sites.ReadWrite.All"], writes=True)
async def sharepoint_update_list_item(
    caller: Caller,
    list_name: ListName,
    item_id: ItemId,
    version: Version,
    fields: Fields = {},  # noqa: B006 - a default of the schema, which nobody changes
    clear: Annotated[list[ColumnName], Field(max_length=100, description="Columns to empty.")] = [],  # noqa: B006 - likewise
    site: SiteName = None,
) -> ListItem:
    """Update columns of an item of a SharePoint list; columns not named stay as they are.

    If the item has changed since, nothing is written, and the error tells what it holds now.
    """
    refuse_empty("fields", fields)
    refuse_both(fields, clear)
    if not fields and not clear:
        raise ToolError(
            "invalid_argument",
            "fields: nothing is to be changed.",
            "Give a value, or name a column in clear.",
        )
    place = await resolve_site(caller.graph, await caller.site(site))
    columns = ListColumns(caller, place, list_name)
    own = await _resolve_fields(columns, {**fields, **dict.fromkeys(clear)})
    given = {name: value for name, value in own.items() if value is not None}
    values = {**own, **await typed_fields(columns, given)}

    async def request(prefix: str) -> _Fields:
        path = place.child("/lists/{}/items/{}/fields", list_name, item_id)
        return await caller.graph.patch(_Fields, *path, body=_written(values, prefix), version=version)

    try:
        with report_unknown_outcome(_LOOK):
            changed = await with_either_spelling(values, request)
    except ToolError as error:
        if error.code != "conflict":
            raise
        current = await caller.graph.get(
            _Item, *place.child("/lists/{}/items/{}", list_name, item_id), expand="fields"
        )
        raise _met(current, version, values) or error from error
    if changed.version is None:
        path = place.child("/lists/{}/items/{}", list_name, item_id)
        return _shown(await _reread(caller, path), list_name)
    item = _Item.model_validate({"id": item_id, "eTag": changed.version, "fields": changed.model_extra})
    return _shown(item, list_name)


async def _reread(caller: Caller, address: Address) -> _Item:
    """Returns an item after a change whose answer did not tell its version."""
    with after("It was written."):
        return await caller.graph.get(_Item, *address, expand="fields")


def _met(current: _Item, version: str, fields: Mapping[str, Any]) -> ToolError | None:
    """Returns the error of a change that met a newer version; None if it did not fail for that."""
    if current.version == version:
        return None
    present = {internal_name(name): value for name, value in current.fields.items()}
    differs = {name: (present.get(name), wanted) for name, wanted in fields.items()}
    return conflict(f"Item {current.id}", version=current.version or "", differs=differs)


async def _resolve_fields(columns: ListColumns, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the values by the internal names of their columns.

    Raises:
        ToolError: `invalid_argument`: there is no such column, or one is given twice.
    """
    names = await resolve_columns((("fields", each) for each in fields), columns.get)
    names = titles_too(names, await columns.get())
    own = {names[each]: value for each, value in fields.items()}
    if len(own) < len(fields):
        raise ToolError(
            "invalid_argument", "fields: a column is given twice.", "Give each by its name or its title."
        )
    return own


def _condition(number: int, condition: Condition, types: Mapping[str, ValueType], prefix: str) -> str:
    column, argument = condition.column, f"where.{number}.value ({condition.column})"
    wanted = types.get(column)
    if condition.operator == "startswith" and wanted not in (None, "text"):
        raise ToolError(
            "invalid_argument",
            f"where.{number}.operator: startswith is for texts, and {column} holds none.",
            "Compare with eq, ne, lt, le, gt or ge.",
        )
    value = typed(argument, condition.value, wanted) if wanted else condition.value
    literal = odata_string(value) if isinstance(value, str) else json.dumps(value)
    column = spelled(column, prefix)
    if condition.operator == "startswith":
        return f"startswith(fields/{column},{literal})"
    return f"fields/{column} {condition.operator} {literal}"


def _written(fields: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Returns the columns as Graph takes them: a list needs its type beside it."""
    own = {spelled(name, prefix): value for name, value in fields.items()}
    kinds = {
        f"{name}@odata.type": "Collection(Edm.String)"
        for name, value in own.items()
        if isinstance(value, list)
    }
    return {**kinds, **own}


def _shown(item: _Item, list_name: str, *, columns: Sequence[str] = (), offset: int = 0) -> ListItem:
    values = {internal_name(name): value for name, value in item.fields.items()}
    names = [name for name in values if name in columns or not (name in SYSTEM_COLUMNS or "@" in name)]
    origin = f"item {item.id} of the SharePoint list {list_name}"
    fields = {name: _value(values[name], f"{name} of {origin}", offset) for name in names}
    return ListItem(**item.model_dump(exclude={"fields"}), fields=fields)


def _value(value: Any, origin: str, offset: int) -> Any:
    match value:
        case str() if len(value) > _LONG_TEXT or "\n" in value:
            return quote(value, origin, offset=offset, limit=share(_LONG_TEXT_PART))
        case str():
            return clean_name(value)
        case list():
            return [_value(each, origin, offset) for each in value]
        case dict():
            return {clean_name(name): _value(each, origin, offset) for name, each in value.items()}
    return value
