"""Validates what a request body may set on a resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.graph.errors import GraphError, bad_request
from local.graph.odata import Resource

type Shape = type | tuple[type, ...]


def taken(document: Resource, writable: Mapping[str, Shape], type_name: str) -> Resource:
    """Returns the properties a body sets, after checking that each exists and has the right JSON type.

    Annotations (`@odata.type` and the like) are left out.

    Raises:
        GraphError: A property is unknown, read-only or of the wrong type.
    """
    chosen = {}
    for name, value in document.items():
        if "@" in name:
            continue
        if name not in writable:
            raise bad_request(
                f"The property '{name}' does not exist on type '{type_name}' or cannot be written.",
                "RequestBodyRead",
            )
        if value is not None and not isinstance(value, writable[name]):
            raise bad_request(f"The value of property '{name}' has the wrong type.", "RequestBodyRead")
        chosen[name] = value
    return chosen


def argument(document: Resource, name: str, default: Any = None) -> Any:
    """Returns one parameter of an action. Their names are matched without case."""
    return next((value for key, value in document.items() if key.casefold() == name.casefold()), default)


def optional(document: Resource, name: str, shape: Shape, default: Any) -> Any:
    """Returns one parameter of an action, or its default if it is missing or null.

    Raises:
        GraphError: It is of another JSON type.
    """
    value = argument(document, name)
    if value is None:
        return default
    if not isinstance(value, shape):
        raise GraphError(400, "ErrorInvalidRequest", f"The parameter '{name}' has the wrong type.")
    return value


def required(document: Resource, name: str, shape: Shape) -> Any:
    """Returns one parameter of an action that must be there, of the right JSON type.

    Raises:
        GraphError: It is missing or of another type.
    """
    value = argument(document, name)
    if not isinstance(value, shape):
        raise GraphError(
            400, "ErrorInvalidRequest", f"The parameter '{name}' is missing or has the wrong type."
        )
    return value
