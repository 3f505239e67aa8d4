"""Resource types as published for the Bicep compiler: what has which properties, of which types.

The format is that of Azure/bicep-types: a list in which `{"$ref": "#/7"}` points to the item of that index.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

REQUIRED = 1
READ_ONLY = 2
_STRINGS = {"StringType", "StringLiteralType"}


class TypeTable:
    """The types by name and version."""

    def __init__(self, entries: list[Mapping[str, Any]]) -> None:
        self.entries = entries
        self._resources = {
            entry["name"].casefold(): entry for entry in entries if entry["$type"] == "ResourceType"
        }

    @classmethod
    def load(cls, path: Path) -> TypeTable:
        """The table of a file."""
        return cls(json.loads(path.read_text()))

    def shape(self, type_: str, version: str) -> TableShape | None:
        """The shape of a resource; None where the table has no such type or version."""
        entry = self._resources.get(f"{type_}@{version}".casefold())
        return TableShape(self, entry["body"]) if entry else None

    def knows(self, type_: str) -> bool:
        """Whether the table has the type in any version."""
        return any(name.startswith(f"{type_}@".casefold()) for name in self._resources)

    def spelling(self, type_: str, version: str) -> str:
        """How the table writes the type and version."""
        return str(self._resources[f"{type_}@{version}".casefold()]["name"])


@dataclass(frozen=True)
class TableShape:
    """A type of the table."""

    table: TypeTable
    reference: Mapping[str, str]

    @cached_property
    def entry(self) -> Mapping[str, Any]:
        """The table's own description of it."""
        return self.table.entries[int(self.reference["$ref"].removeprefix("#/"))]

    @property
    def kind(self) -> str:
        """Such as `ObjectType`."""
        return str(self.entry["$type"])

    def of(self, reference: Mapping[str, str]) -> TableShape:
        """Another type that this one refers to."""
        return TableShape(self.table, reference)

    def member(self, key: str) -> TableShape | None:
        """The shape of a member; None where nothing is known of it.

        Raises:
            KeyError: There is no such member.
        """
        match self.kind:
            case "ObjectType":
                known = self.entry["properties"].get(key)
                reference = known["type"] if known else self.entry.get("additionalProperties")
                if reference is None:
                    raise KeyError(key)
                return self.of(reference)
            case "DiscriminatedObjectType" | "AnyType":
                return None
            case "UnionType" if "ObjectType" in self.kinds():
                return None
            case _:
                raise KeyError(key)

    def elements(self) -> list[TableShape]:
        """The alternatives: those of a union, or the type itself."""
        if self.kind != "UnionType":
            return [self]
        return [each for item in self.entry["elements"] for each in self.of(item).elements()]

    def kinds(self) -> set[str]:
        """The JSON types it can have, as kinds of the table."""
        return {"StringType" if each.kind in _STRINGS else each.kind for each in self.elements()}

    def accepts(self, value: Any) -> bool:
        """Whether a value of another shape could be one of this."""
        others = value.kinds()
        return "AnyType" in self.kinds() | others or bool(_plain(self.kinds()) & _plain(others))


def _plain(kinds: set[str]) -> set[str]:
    return {"ObjectType" if kind == "DiscriminatedObjectType" else kind for kind in kinds}
