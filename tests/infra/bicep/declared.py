"""What a parameter or output is declared to be, and values that are not."""

from __future__ import annotations

from typing import Any

from tests.infra.bicep.values import Runtime

LIMITS = ("allowed", "minLength", "maxLength", "minValue", "maxValue")
"""The decorators that limit a parameter's value."""

_TYPES = {"string": str, "int": int, "bool": bool, "object": dict, "array": list}


def type_refusals(declared: str, value: Any) -> list[str]:
    """Why a value is not of a declared type; empty where it is, or only Azure knows it."""
    base = declared.rstrip("?")
    if isinstance(value, Runtime) or (value is None and declared.endswith("?")):
        return []
    if base.endswith("[]"):
        if not isinstance(value, list):
            return [f"is {value!r}, which is no {base}"]
        return [refusal for each in value for refusal in type_refusals(base.removesuffix("[]"), each)]
    expected = _TYPES.get(base, object)
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        return [f"is {value!r}, which is no {base}"]
    return []


def is_within(key: str, limit: Any, value: Any) -> bool:
    """Whether a value keeps to the limit of a decorator."""
    match key:
        case "allowed":
            return all(each in limit for each in (value if isinstance(value, list) else [value]))
        case "minLength":
            return bool(len(value) >= limit)
        case "maxLength":
            return bool(len(value) <= limit)
        case "minValue":
            return bool(value >= limit)
        case _:
            return bool(value <= limit)
