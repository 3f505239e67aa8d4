"""Describes every read of an API: its path, what it returns, its parameters, and the scopes that allow it.

The data is made from what Microsoft publishes: for Graph the v1.0 metadata (msgraph-metadata, f54f11b6) and
the permissions of Graph's developer experience (microsoft-graph-devx-content, 6cbd6bbd), for Azure DevOps the
7.1 specifications (vsts-rest-api-specs, adb28786). Of several operations with one path these keep the last:
ten paths that people ask for have the parameters of all, by the reference. It is loaded on first use.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from shared.reads.areas import graph_area

type Api = Literal["graph", "devops"]
type Form = Literal["one", "list", "bytes"]

_DATA = Path(__file__).with_name("data")
_FORMS: Sequence[Form] = ("one", "list", "bytes")
# Graph says so of what is no JSON.
_STREAM = "Edm.Stream"
_DEEPEST_BASE = 12


@dataclass(frozen=True, slots=True)
class Parameter:
    """Describes a query parameter of a read."""

    name: str
    kind: str
    required: bool = False
    values: tuple[str, ...] = ()


# The metadata does not tell ("List calendarView" in the reference of Graph).
_OF_WINDOW = re.compile(r"/calendarView(/delta\(\))?$")
_WINDOW = (Parameter("startDateTime", "date-time", True), Parameter("endDateTime", "date-time", True))


@dataclass(frozen=True, slots=True)
class Read:
    """Describes one read.

    Attributes:
        api: The API.
        template: Its path as it is published, with a name in braces for each id.
        returns: The name of the type of what comes back, or of each item.
        form: Whether that is one thing, a list, or bytes, which are not read here.
        scopes: The delegated permissions, any one of which allows it; the least first.
        area: The part of the API it belongs to, as `READ_MORE` names it.
        host: The host of Azure DevOps that answers it; empty for Graph.
        parameters: The query parameters that Azure DevOps publishes, and those few that Graph needs.
    """

    api: Api
    template: str
    returns: str
    form: Form
    scopes: tuple[str, ...]
    area: str
    host: str = ""
    parameters: tuple[Parameter, ...] = ()

    @property
    def segments(self) -> list[str]:
        """Returns the segments of the template."""
        return self.template.strip("/").split("/")


@dataclass(frozen=True, slots=True)
class RecordType:
    """Describes the properties of a type, with those of its bases.

    Attributes:
        name: The type's name.
        properties: The type of each property by its name.
        navigations: The names of what Graph can expand.
        bases: The names of its bases, the nearest first.
    """

    name: str
    properties: Mapping[str, str]
    navigations: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadIndex:
    """Holds all reads of an API, and the types of what they return."""

    api: Api
    reads: Sequence[Read]
    _types: Mapping[str, Sequence[str]] = field(repr=False)
    _plain: str = field(repr=False)

    def type_of(self, read: Read) -> RecordType:
        """Returns the type of what a read returns; without properties where none are published."""
        return self.type(read.returns)

    def type(self, name: str) -> RecordType:
        """Returns a type by its name; without properties where none are published."""
        properties: dict[str, str] = {}
        navigations: list[str] = []
        bases: list[str] = []
        at = name
        for _ in range(_DEEPEST_BASE):
            described = self._types.get(at)
            if described is None:
                break
            base, own, *more = described
            properties = {**self._parsed(own), **properties}
            navigations += [each for each in (more[0].split(",") if more else ()) if each]
            # A base of Azure DevOps is named without its area.
            at = base if base in self._types or self.api == "graph" else f"{at.partition('.')[0]}.{base}"
            bases += [base] if base else []
        return RecordType(name, properties, tuple(navigations), tuple(bases))

    def _parsed(self, properties: str) -> dict[str, str]:
        pairs = [each.partition(":") for each in properties.split(",") if each]
        return {name: kind or self._plain for name, _, kind in pairs}


@cache
def read_index(api: Api) -> ReadIndex:
    """Returns the reads of an API, loaded once."""
    document: Mapping[str, Any] = json.loads((_DATA / f"{api}.json").read_text(encoding="utf-8"))
    make = _graph_read if api == "graph" else _devops_read
    reads = [make(document, *entry) for entry in document["reads"]]
    return ReadIndex(api, reads, document["types"], "String" if api == "graph" else "string")


def _graph_read(
    document: Mapping[str, Any], template: str, returns: str, is_list: int, least: list[int], also: list[int]
) -> Read:
    names = document["scopes"]
    return Read(
        "graph",
        template,
        returns,
        "bytes" if returns == _STREAM else _FORMS[is_list],
        tuple(names[at] for at in (*least, *also)),
        graph_area(template),
        parameters=_WINDOW if _OF_WINDOW.search(template) else (),
    )


def _devops_read(
    document: Mapping[str, Any],
    template: str,
    returns: str,
    form: int,
    scopes: list[int],
    area: int,
    host: int,
    parameters: list[list[Any]],
) -> Read:
    names = document["scopes"]
    of = document["areas"][area]
    return Read(
        "devops",
        template.rstrip("/"),
        f"{of}.{returns}" if f"{of}.{returns}" in document["types"] else returns,
        _FORMS[form],
        tuple(names[at] for at in scopes),
        of,
        document["hosts"][host],
        tuple(
            Parameter(name.removesuffix("*"), kind, name.endswith("*"), tuple(values[0]) if values else ())
            for name, kind, *values in parameters
        ),
    )
