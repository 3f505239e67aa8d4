"""Converts values to the types a service knows: of a column of a list, or of a field of a work item."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from shared.errors import ToolError
from shared.mcp.normalization import is_left_out, kind

type ValueType = Literal["text", "integer", "number", "boolean", "time"]

_WANTED: Mapping[ValueType, str] = {
    "text": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "time": "a time in ISO 8601, such as 2026-11-01T00:00:00Z",
}
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_BOOLEANS = {"true": True, "false": False}


def typed(argument: str, value: Any, wanted: ValueType) -> Any:
    """Returns a value in the type that its column or field has.

    Args:
        argument: The argument that holds it, for the refusal.
        value: What was sent; clients may have made a text of it.
        wanted: The type.

    Raises:
        ToolError: `invalid_argument`: it cannot be of that type.
    """
    found = _converted(value, wanted)
    if found is None:
        raise ToolError(
            "invalid_argument",
            f"{argument}: should be {_WANTED[wanted]}; got {kind(value)}.",
            f"Give {_WANTED[wanted]}, as its type asks for.",
        )
    return found


def _converted(value: Any, wanted: ValueType) -> Any:
    match wanted, value:
        case "text", str():
            return value
        case "boolean", bool():
            return value
        case "boolean", str():
            return _BOOLEANS.get(value.strip().casefold())
        case _, bool():
            return None
        case "text", int() | float():
            return str(int(value) if float(value).is_integer() else value)
        case (("integer" | "number"), _):
            number = _number(value)
            return None if wanted == "integer" and isinstance(number, float) else number
        case "time", str():
            return value if _is_time(value.strip()) else None
    return None


def _number(value: Any) -> int | float | None:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value) if re.search("[.eE]", value) else int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value if isinstance(value, int | float) else None


def _is_time(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    # Others would take it for a number.
    return "-" in value


def refuse_empty(argument: str, values: Mapping[str, Any]) -> None:
    """Refuses values that could be meant to erase: what is to be emptied is named in `clear`.

    Args:
        argument: The argument that holds them; empty if they are arguments themselves.
        values: Each by its name.

    Raises:
        ToolError: `invalid_argument`, naming the values.
    """
    empty = [name for name, value in values.items() if is_left_out(value) or value in ([], ())]
    if empty:
        prefix = f"{argument}." if argument else ""
        raise ToolError(
            "invalid_argument",
            " ".join(f"{prefix}{name}: is empty; got {kind(values[name])}." for name in empty),
            f"Leave it out to keep it as it is. To empty it, name it in clear: {', '.join(empty)}.",
        )


def refuse_both(given: Mapping[str, Any], clear: Sequence[str]) -> None:
    """Refuses to clear what is given a value in the same call.

    Raises:
        ToolError: `invalid_argument`, naming what is in both.
    """
    names = {name.casefold() for name in given}
    both = [name for name in clear if name.casefold() in names]
    if both:
        raise ToolError(
            "invalid_argument",
            f"clear: {', '.join(both)} is given a value too.",
            "Give it a value, or name it in clear, not both.",
        )
