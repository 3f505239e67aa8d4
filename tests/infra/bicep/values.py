"""What an expression of Bicep can give besides a JSON value: a resource, and what only Azure will know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

OPENS = "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}"
CLOSES = "\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}"


class BicepError(Exception):
    """An expression that cannot be right, with its file and line."""


class Shape(Protocol):
    """What the type table knows of a value."""

    def member(self, key: str) -> Shape | None:
        """The shape of a member; None where nothing is known of it.

        Raises:
            KeyError: There is no such member.
        """

    def accepts(self, value: Any) -> bool:
        """Whether a value of another shape could be one of this."""


@dataclass(frozen=True)
class Runtime:
    """A value that only Azure knows, by where it will come from."""

    path: str
    shape: Shape | None = field(default=None, compare=False)

    def __str__(self) -> str:
        """A text that shows where the value would stand."""
        return f"{OPENS}{self.path}{CLOSES}"


def is_partly_unknown(value: str) -> bool:
    """Whether a string holds a value that only Azure knows."""
    return OPENS in value


@dataclass(eq=False)
class Resource:
    """A resource of a deployment.

    Attributes:
        place: `file symbol`, for findings.
        type: Such as `Microsoft.Web/sites`, in full for children too.
        version: Its API version.
        existing: Whether it is only referred to.
        deployed: Whether its condition, and those of the modules around it, hold.
        scope: The id of what it is deployed to.
        id: Its id; a `Runtime` for objects of Microsoft Graph.
        body: Its properties; values that only Azure knows are `Runtime`.
        shape: What the type table knows of it.
        waits_for: The symbols it names in `dependsOn`.
        parent: The resource it is a part of, where it names one.
    """

    place: str
    type: str
    version: str
    existing: bool
    deployed: bool
    scope: str
    id: str | Runtime
    body: dict[str, Any]
    shape: Shape | None
    waits_for: frozenset[str] = frozenset()
    parent: Resource | None = None

    @property
    def symbol(self) -> str:
        """What the file calls it."""
        return self.place.partition(" ")[2]

    @property
    def name(self) -> Any:
        """What Azure calls it, without its parents' names."""
        return self.body.get("name", self.body.get("uniqueName", self.body.get("appId")))

    @property
    def key(self) -> str:
        """What is the same for two declarations of one object."""
        return f"{self.type} {self.name}" if isinstance(self.id, Runtime) else self.id

    def property(self, path: str) -> Any:
        """The value at a dotted path; None where there is none on the way."""
        value: Any = self.body
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value


@runtime_checkable
class Deployed(Protocol):
    """A module as the file around it sees it."""

    path: str
    deployed: bool

    @property
    def outputs(self) -> dict[str, Any]:
        """What it gives back."""


@dataclass(frozen=True)
class Member:
    """A member of a resource: perhaps written in it, perhaps only Azure knows it."""

    resource: Resource
    path: str
    written: Any
    shape: Shape | None

    def collapsed(self) -> Any:
        """Its value."""
        if self.written is not None:
            return self.written
        return Runtime(f"{self.resource.key} {self.path}", self.shape)
