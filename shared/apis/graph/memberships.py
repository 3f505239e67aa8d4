"""Lists the groups of the signed-in user, by id alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.apis.models import GraphModel

if TYPE_CHECKING:
    from shared.apis.graph.graph_client import Graph

SCOPE = "User.Read"
"""Enough for ids; names would need more ("List a user's memberships")."""
_AT_ONCE = 500


class _Group(GraphModel):
    id: str


async def group_ids(graph: Graph) -> frozenset[str]:
    """Returns the ids of all groups the user is in, also through other groups.

    Raises:
        ToolError: Graph could not be reached, for one of the pages at least.
    """
    found: set[str] = set()
    cursor: str | None = None
    while True:
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
