"""Parses the OData query parameters of a request, and applies them to resources."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from local.graph.errors import GraphError, bad_request

type Resource = dict[str, Any]

_SYSTEM = ("select", "filter", "orderby", "top", "skip", "expand", "count", "search", "skiptoken")
_EXPANSION = re.compile(r"(?P<name>[\w./]+)(?:\((?P<options>.*)\))?")


@dataclass(frozen=True)
class EntityType:
    """Describes a type of resource: the properties it can have, and how its collections are paged.

    Outlook answers with the `id` whatever is selected; the directory and SharePoint do not.
    """

    name: str
    properties: tuple[str, ...]
    page: int = 10
    limit: int = 1000
    always: frozenset[str] = frozenset({"id"})

    @classmethod
    def of_directory(cls, name: str, properties: tuple[str, ...]) -> EntityType:
        """Returns a type of the directory, whose collections are all paged alike."""
        return cls(name, properties, page=100, limit=999, always=frozenset())


@dataclass(frozen=True)
class Query:
    """Holds the parameters of one request by name; system ones with their `$`, however they were sent."""

    parameters: dict[str, str]

    @classmethod
    def parse(cls, query_string: str) -> Query:
        """Returns the parameters of a query string.

        Raises:
            GraphError: A parameter is given twice.
        """
        pairs = parse_qsl(query_string, keep_blank_values=True)
        parameters = dict(pairs)
        if len(parameters) != len(pairs):
            raise bad_request("A query option was specified more than once.")
        return cls(parameters)

    def option(self, name: str) -> str | None:
        """Returns the text of a system parameter. Version 1.0 takes most without the dollar sign too."""
        found = self.parameters.get(f"${name}")
        return found if found is not None else self.parameters.get(name)

    def integer(self, name: str) -> int | None:
        """Returns a system parameter that must be a number of at least zero."""
        text = self.option(name)
        if text is None:
            return None
        if not text.isascii() or not text.isdigit():
            raise bad_request(f"Invalid value '{text}' for ${name} query option found.")
        return int(text)

    @property
    def select(self) -> list[str] | None:
        """Returns the properties to answer with; none means the default ones."""
        text = self.option("select")
        return [name.strip() for name in text.split(",") if name.strip()] if text else None

    @property
    def shown(self) -> list[str] | None:
        """Returns what `$select` and `$expand` show of a resource; none means the default properties."""
        return [*self.select, *self.expand] if self.select else None

    @property
    def counts(self) -> bool:
        """Tells whether `@odata.count` is wanted."""
        return (self.option("count") or "").casefold() == "true"

    @property
    def expand(self) -> dict[str, list[str] | None]:
        """Returns what to expand, each with its nested `$select`."""
        expansions: dict[str, list[str] | None] = {}
        for part in split_outside(self.option("expand") or "", ","):
            match = _EXPANSION.fullmatch(part.strip())
            if match is None:
                raise bad_request(f"Term '{part}' is not valid in a $select or $expand expression.")
            nested = re.search(r"\$?select=([^;]*)", match["options"] or "", re.IGNORECASE)
            expansions[match["name"]] = nested[1].replace(" ", "").split(",") if nested else None
        return expansions


def split_outside(text: str, separator: str) -> list[str]:
    """Returns the parts of a text between separators that are not inside parentheses or quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for index, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(character, 0)
            if character == separator and depth == 0:
                parts.append(text[start:index])
                start = index + 1
    return [part for part in [*parts, text[start:]] if part.strip()]


def selected(resource: Resource, names: list[str] | None, entity: EntityType) -> Resource:
    """Returns the resource with the chosen properties and its annotations.

    Raises:
        GraphError: A chosen property does not exist on the type.
    """
    if not names:
        return dict(resource)
    by_folded = {name.casefold(): name for name in entity.properties}
    wanted = set(entity.always)
    for name in names:
        base = name if name.startswith("@") else name.partition("/")[0]
        if base != "*" and not base.startswith("@") and base.casefold() not in by_folded:
            raise bad_request(
                f"Could not find a property named '{base}' on type '{entity.name}'.",
                "RequestBroker--ParseUri",
            )
        wanted.add(by_folded.get(base.casefold(), base))
    if "*" in wanted:
        return dict(resource)
    return {
        name: value
        for name, value in resource.items()
        if name in wanted or name.startswith("@odata") or "@odata." in name
    }


def value_at(resource: Any, path: str) -> Any:
    """Returns the value at a path such as `from/emailAddress/address`; None where there is none."""
    for step in path.split("/"):
        if not isinstance(resource, dict):
            return None
        resource = resource.get(step)
    return resource


def ordering(text: str | None) -> list[tuple[str, bool]]:
    """Returns paths of `$orderby`, each with whether it is descending.

    Raises:
        GraphError: It is not a list of properties with `asc` or `desc`.
    """
    order = []
    for part in (text or "").split(","):
        words = part.split()
        if not words and not (text or "").strip():
            continue
        if len(words) not in (1, 2) or (len(words) == 2 and words[1].casefold() not in ("asc", "desc")):
            raise bad_request(f"Syntax error in the $orderby expression '{text}'.", "RequestBroker--ParseUri")
        order.append((words[0], len(words) == 2 and words[1].casefold() == "desc"))
    return order


def ordered(resources: list[Resource], order: list[tuple[str, bool]]) -> list[Resource]:
    """Returns the resources in this order; text ignores case, and missing values come first."""

    def key(resource: Resource, path: str) -> tuple[bool, Any]:
        value = value_at(resource, path)
        return (value is not None, value.casefold() if isinstance(value, str) else value or 0)

    for path, descending in reversed(order):
        resources = sorted(resources, key=lambda resource: key(resource, path), reverse=descending)
    return resources


def unsupported_query(message: str) -> GraphError:
    """Returns a directory query that needs `ConsistencyLevel: eventual`, or that the directory cannot do."""
    return bad_request(message, "Request_UnsupportedQuery")
