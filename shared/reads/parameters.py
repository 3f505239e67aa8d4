"""Turns the query parameters that a client gave for a read into those that are sent."""

import difflib
from collections.abc import Mapping
from typing import Any

from shared.errors import ToolError
from shared.reads.read_index import Parameter, Read

RESERVED = frozenset(
    {
        "api-version", "continuationToken", "$top", "top", "$skip", "skip",
        "$format", "download", "fileName", "resolveLfs", "zipForUnix",
    }
)  # fmt: skip
"""Parameters that other arguments stand for, and those that ask for bytes: not the client's to give."""
LONGEST_VALUE = 2_000
MOST_PARAMETERS = 30


def given_parameters(read: Read) -> list[Parameter]:
    """Returns the parameters of a read that a client may give."""
    return [each for each in read.parameters if each.name not in RESERVED]


def query_of(read: Read, given: Mapping[str, Any]) -> dict[str, str]:
    """Returns the query for a read.

    Args:
        read: The read.
        given: Values by the names of its parameters, in any case; null and empty ones are not given.

    Raises:
        ToolError: `invalid_argument`: one is unknown, has no such value, or is missing.
    """
    known = {each.name.casefold(): each for each in given_parameters(read)}
    query = {}
    for name, value in list(given.items())[:MOST_PARAMETERS]:
        parameter = known.get(name.casefold())
        if parameter is None:
            near = difflib.get_close_matches(name, [each.name for each in known.values()], n=3, cutoff=0.4)
            allowed = near or [each.name for each in known.values()] or ["none"]
            raise _wrong(f"there is no {name[:80]}.", f"It has {', '.join(allowed)}.")
        if text := _text(parameter, value):
            query[parameter.name] = text
    missing = [each.name for each in known.values() if each.required and each.name not in query]
    if missing:
        raise _wrong(f"{missing[0]} is missing.", f"Give {', '.join(missing)}.")
    return query


def _text(parameter: Parameter, value: Any) -> str:
    if value is None or value in ("", [], {}):
        return ""
    match value:
        case bool():
            text = str(value).lower()
        case str() | int() | float():
            text = str(value)
        case list() if all(isinstance(each, str | int) for each in value):
            text = ",".join(map(str, value))
        case _:
            raise _wrong(
                f"{parameter.name} is neither a text nor a number.", "Give one value, or a list of values."
            )
    if len(text) > LONGEST_VALUE:
        raise _wrong(
            f"{parameter.name} has more than {LONGEST_VALUE:,} characters.", "Give fewer values at a time."
        )
    allowed = {each.casefold(): each for each in parameter.values}
    if allowed and any(each.strip().casefold() not in allowed for each in text.split(",")):
        raise _wrong(
            f"{parameter.name} cannot be {text[:80]}.", f"Give one of {', '.join(parameter.values)}."
        )
    return text


def _wrong(what: str, remedy: str) -> ToolError:
    return ToolError("invalid_argument", f"parameters: {what}", remedy)
