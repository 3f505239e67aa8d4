"""Lists the groups of the signed-in user, by id alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.apis.graph.graph_responses import SERVICE
from shared.apis.models import GraphModel
from shared.errors import ToolError

if TYPE_CHECKING:
    from shared.apis.graph.graph_client import Graph

SCOPE = "User.Read"
"""Enough for ids; names would need more ("List a user's memberships")."""
_AT_ONCE = 500
_PAGES = 50


class _Group(GraphModel):
    id: str


async def group_ids(graph: Graph) -> frozenset[str]:
    """Returns the ids of all groups the user is in, also through other groups.

    Raises:
        ToolError: Graph could not be reached, for one of the pages at least; or there are too many.
    """
    found: set[str] = set()
    cursor: str | None = None
    for _ in range(_PAGES):
        # The cast to groups is an advanced query ("Advanced query capabilities on directory objects").
        page = await graph.page(
            _Group,
            "/me/transitiveMemberOf/microsoft.graph.group",
            limit=_AT_ONCE,
            cursor=cursor,
            headers={"ConsistencyLevel": "eventual"},
            count="true",
        )
        found.update(each.id for each in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return frozenset(found)
    raise ToolError(
        "upstream_error",
        f"{SERVICE} lists more groups of yours than can be read.",
        "Ask an administrator to give you a role of the app in place of a group.",
    )
