"""Describes the columns of SharePoint lists, and values in the types that they hold."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import AliasPath, Field, model_validator

from shared.apis.graph.resource_paths import ResourcePath
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.mcp.normalization import normalized
from shared.text.names import Name
from shared.tools.typed_values import ValueType, typed

_COLUMNS = 500
_KINDS = (
    "text", "choice", "number", "boolean", "dateTime", "personOrGroup", "lookup", "currency",
    "hyperlinkOrPicture", "term", "calculated",
)  # fmt: skip
_PROPERTIES = ",".join(("name", "displayName", "required", "readOnly", "hidden", "indexed", *_KINDS))
_TYPES: Mapping[str, ValueType] = {
    "text": "text",
    "choice": "text",
    "number": "number",
    "currency": "number",
    "boolean": "boolean",
    "dateTime": "time",
}
_LOOKUP_ID = "LookupId"


class ListColumn(GraphModel):
    """A column of a list, as Graph describes it."""

    name: Name
    title: Name = Field("", validation_alias="displayName")
    kind: str
    required: bool = False
    read_only: bool = False
    hidden: bool = False
    indexed: bool = False
    choices: list[Name] | None = Field(None, validation_alias=AliasPath("choice", "choices"))
    shown_as: str | None = Field(None, validation_alias=AliasPath("choice", "displayAs"))
    output_type: str | None = Field(None, validation_alias=AliasPath("calculated", "outputType"))

    @model_validator(mode="before")
    @classmethod
    def _with_kind(cls, document: dict[str, Any]) -> dict[str, Any]:
        """Finds the kind of a column, which Graph tells by which one of many properties is there."""
        return document | {"kind": next((each for each in _KINDS if document.get(each) is not None), "other")}

    @property
    def value_type(self) -> ValueType | None:
        """Returns the type of its values; None where it is not known, or where they are none of these."""
        return _TYPES.get(self.output_type or "text" if self.kind == "calculated" else self.kind)

    @property
    def holds_several(self) -> bool:
        """Tells whether it is a choice of several."""
        return self.shown_as == "checkBoxes"


async def read_columns(caller: Caller, site: ResourcePath, list_id: str) -> list[ListColumn]:
    """Returns the columns of a list by its id or title, also those SharePoint keeps itself."""
    columns, _ = await caller.graph.list_all(
        ListColumn, *site.child("/lists/{}/columns", list_id), most=_COLUMNS, select=_PROPERTIES
    )
    return columns


class ListColumns:
    """Reads the columns of a list when they are first needed, once for a call.

    Args:
        caller: Who reads them.
        site: The site of the list.
        list_name: The id or title of the list.
    """

    def __init__(self, caller: Caller, site: ResourcePath, list_name: str) -> None:
        self._read = partial(read_columns, caller, site, list_name)
        self._columns: list[ListColumn] | None = None

    async def get(self) -> list[ListColumn]:
        """Returns the columns."""
        if self._columns is None:
            self._columns = await self._read()
        return self._columns


async def typed_fields(columns: ListColumns, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns values by columns, each in the type of its column.

    Raises:
        ToolError: `invalid_argument`: a value cannot be of its column's type.
    """
    if not fields:
        return {}
    known = await columns.get()
    types, several = value_types(known), {each.name for each in known if each.holds_several}
    return {
        name: _listed(value) if name in several else _typed(name, value, types.get(name))
        for name, value in fields.items()
    }


def value_types(columns: list[ListColumn]) -> dict[str, ValueType]:
    """Returns the types of values by the names under which columns are written and compared."""
    types = {each.name: each.value_type for each in columns if each.value_type}
    lookups: dict[str, ValueType] = {
        f"{each.name.removesuffix(_LOOKUP_ID)}{_LOOKUP_ID}": "integer"
        for each in columns
        if each.kind in ("lookup", "personOrGroup")
    }
    return {**types, **lookups}


def _typed(name: str, value: Any, wanted: ValueType | None) -> Any:
    # What nobody tells the type of, or what may be several people, is the service's to judge.
    if wanted is None or (isinstance(value, list) and name.endswith(_LOOKUP_ID)):
        return value
    return typed(f"fields.{name}", value, wanted)


def _listed(value: Any) -> Any:
    return normalized(value, {"type": "array", "items": {"type": "string"}})
