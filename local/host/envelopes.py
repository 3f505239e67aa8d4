"""The envelope in which a function returns more than a text: JSON that holds JSON as strings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.host import dotnet_json
from local.host.content_blocks import caseless_members
from local.host.dotnet_json import JsonError
from local.host.errors import InvocationError


@dataclass(frozen=True)
class Envelope:
    """The type a function names and, still unread, what it returns."""

    kind: str
    content: Any
    structured_content: Any

    @classmethod
    def parse(cls, value: Any) -> Envelope:
        """Parses a returned value; the names of its members count in any case.

        Raises:
            InvocationError: It is no envelope.
        """
        members = caseless_members(parsed(value, "the returned value", dict))
        kind = members.get("type")
        if not isinstance(kind, str) or not kind:
            raise InvocationError("the envelope has no type")
        return cls(kind, members.get("content"), members.get("structuredcontent"))


def parsed(text: Any, what: str, kind: type | None = None) -> Any:
    """Parses the JSON in a text, of this kind if one is given.

    Raises:
        InvocationError: It is no text, no JSON the extension reads, or JSON of another kind.
    """
    if not isinstance(text, str):
        raise InvocationError(f"{what} is not a string of JSON")
    try:
        value = dotnet_json.parse(text)
    except JsonError as error:
        raise InvocationError(f"{what} is not JSON: {error}") from error
    if kind is not None and not isinstance(value, kind):
        raise InvocationError(f"{what} does not hold a JSON {'object' if kind is dict else 'array'}")
    return value


def dotnet_text(value: Any) -> str:
    """Returns the text of a returned value: the host is .NET and calls ToString() on what it got."""
    return "System.Byte[]" if isinstance(value, bytes) else str(value)
