"""Defines the errors of Graph, and their bodies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass
class GraphError(Exception):
    """Raised to answer with an error response, with Graph's own code.

    Codes differ in style from one workload to the next, and Planner leaves them empty.
    `inner_code` is the more specific code some workloads nest.
    """

    status: int
    code: str
    message: str
    inner_code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    inner_name: str = "innerError"

    def body(self, request_id: str, client_request_id: str) -> dict[str, Any]:
        """Returns the JSON of the error, stamped with the ids of the request it answers."""
        inner: dict[str, Any] = {"code": self.inner_code} if self.inner_code else {}
        inner |= {
            "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": client_request_id,
        }
        return {"error": {"code": self.code, "message": self.message, self.inner_name: inner}}


def bad_request(message: str, code: str = "BadRequest") -> GraphError:
    """Returns the error for an invalid request."""
    return GraphError(400, code, message)


def directory_not_found(name: str) -> GraphError:
    """Returns the error for a missing directory object."""
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{name}' does not exist or one of its queried reference-property objects are not present.",
    )


def mailbox_item_not_found() -> GraphError:
    """Returns the error for a missing message, event, folder or task."""
    return GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def mailbox_item_changed() -> GraphError:
    """Returns the error for an `If-Match` of another version of a message or event."""
    return GraphError(
        412,
        "ErrorIrresolvableConflict",
        "The send or update operation could not be performed because the change key passed in the "
        "request does not match the current change key for the item.",
    )


def item_not_found() -> GraphError:
    """Returns the error for a SharePoint or OneDrive item that is missing or hidden from this user."""
    return GraphError(404, "itemNotFound", "The resource could not be found.")


def item_changed() -> GraphError:
    """Returns the error for an `If-Match` of another version of a list item or file."""
    return GraphError(
        412,
        "resourceModified",
        "ETag does not match current item's value",
        inner_code="entityTagDoesNotMatch",
    )


def name_taken() -> GraphError:
    """Returns the error for a name that another item of the folder has."""
    return GraphError(
        409, "nameAlreadyExists", "An item with the same name already exists under the parent",
        inner_name="innererror",
    )  # fmt: skip


def item_locked() -> GraphError:
    """Returns the error for a change of a file that somebody has open."""
    return GraphError(423, "resourceLocked", "The resource you are attempting to access is locked.")
