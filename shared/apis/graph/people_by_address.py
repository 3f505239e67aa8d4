"""Finds people of the directory by their email addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from shared.apis.literals import odata_string
from shared.apis.models import GraphModel
from shared.concurrency import run_all
from shared.errors import ToolError
from shared.text.content import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.apis.graph.graph_client import Graph


class DirectoryPerson(GraphModel):
    """Somebody of the directory."""

    id: str
    name: Line = Field("", validation_alias="displayName")
    user_principal_name: str | None = None

    @property
    def is_guest(self) -> bool:
        """Tells whether they come from another directory, which the name they sign in with shows."""
        return "#ext#" in (self.user_principal_name or "").casefold()


async def find_people(
    graph: Graph, addresses: Sequence[str], argument: str
) -> list[tuple[str, DirectoryPerson]]:
    """Returns who has each of these addresses; each address once, however it is written.

    Raises:
        ToolError: `invalid_argument`: nobody of the directory has one of them.
    """
    unique = list({each.casefold(): each for each in addresses}.values())
    found = await run_all(find_person(graph, each) for each in unique)
    if unknown := [address for address, person in zip(unique, found, strict=True) if person is None]:
        raise ToolError(
            "invalid_argument",
            f"{argument}: nobody in the organization has the address {', '.join(unknown)}.",
            "Look the address up with graph_search_people; chats with others are in graph_list_chats.",
        )
    return [(address, person) for address, person in zip(unique, found, strict=True) if person]


async def find_person(graph: Graph, address: str) -> DirectoryPerson | None:
    """Returns who has this address, or signs in with it; None if nobody does."""
    try:
        return await graph.get(DirectoryPerson, "/users/{}", address)
    except ToolError as error:
        if error.code != "not_found":
            raise
    # Guests, and others whose address is not the name they sign in with.
    page = await graph.page(DirectoryPerson, "/users", limit=2, filter=f"mail eq {odata_string(address)}")
    return page.items[0] if len(page.items) == 1 else None
