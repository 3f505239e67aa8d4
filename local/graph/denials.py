"""Defines how each workload of this Graph words a missing permission."""

from dataclasses import dataclass

from local.graph.errors import GraphError


@dataclass(frozen=True)
class Denial:
    """Describes how one workload words a missing permission, and how it spells the inner error."""

    code: str
    message: str
    inner_name: str = "innerError"

    def error(self) -> GraphError:
        """Returns the 403 of this workload."""
        return GraphError(403, self.code, self.message, inner_name=self.inner_name)


DIRECTORY = Denial("Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
OUTLOOK = Denial("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
PLANNER = Denial("", "You do not have the required permissions to access this item.")
ONENOTE = Denial(
    "40004",
    "The OAuth token provided does not have the necessary scopes to complete the request.",
)
SHAREPOINT = Denial("accessDenied", "Access denied", inner_name="innererror")
TEAMS = Denial("Forbidden", "Missing scope permissions on the request.")
