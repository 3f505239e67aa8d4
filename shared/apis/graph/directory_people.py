"""Finds people of the directory: who they are by their email addresses, and their names by ids."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import Field

from shared.apis.literals import odata_string
from shared.apis.models import GraphModel
from shared.concurrency import run_all
from shared.errors import ToolError
from shared.text.content import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shared.apis.graph.graph_client import Graph

SCOPE = "User.ReadBasic.All"
LOOK_UP = "Look the address up with graph_search_people."
_CLAUSES = 15
"""The most values a filter on users compares with."""
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_GUEST = "#ext#"


class DirectoryPerson(GraphModel):
    """Somebody of the directory."""

    id: str
    name: Line | None = Field(None, validation_alias="displayName")
    mail: Line | None = None
    user_principal_name: Line | None = None

    @property
    def is_guest(self) -> bool:
        """Tells whether they come from another directory, which the name they sign in with shows."""
        return _GUEST in (self.user_principal_name or "").casefold()

    @property
    def addresses(self) -> set[str]:
        """Returns their addresses in lower case."""
        return {each.casefold() for each in (self.mail, self.user_principal_name) if each}

    @property
    def label(self) -> str:
        """Returns name and address on one line."""
        address = self.mail or self.user_principal_name
        return f"{self.name or self.id} <{address}>" if address else self.name or self.id


async def find_people(
    graph: Graph, addresses: Iterable[str], argument: str, remedy: str = LOOK_UP
) -> list[tuple[str, DirectoryPerson]]:
    """Returns who has each of these addresses, or signs in with it; each once, however it is written.

    Raises:
        ToolError: `invalid_argument`: nobody of the directory has one of them, or more than one has.
    """
    unique = list({each.casefold(): each for each in addresses}.values())
    found = await run_all(
        _users(graph, f"mail in ({_listed(part)}) or userPrincipalName in ({_listed(part)})")
        for part in _parts(unique, _CLAUSES // 2)
    )
    everyone = [person for people in found for person in people]
    people = [(address, _whose(address, everyone)) for address in unique]
    if unknown := [address for address, person in people if person is None]:
        raise ToolError(
            "invalid_argument",
            f"{argument}: nobody in the organization has the address {', '.join(unknown)}.",
            remedy,
        )
    return [(address, person) for address, person in people if person]


async def names_of(graph: Graph, ids: Iterable[str]) -> dict[str, str]:
    """Returns name and address of each of these users; who is no longer in the directory is left out."""
    wanted = sorted({each for each in ids if _GUID.fullmatch(each)})
    found = await run_all(_users(graph, f"id in ({_listed(part)})") for part in _parts(wanted, _CLAUSES))
    return {person.id: person.label for people in found for person in people}


def _whose(address: str, people: Iterable[DirectoryPerson]) -> DirectoryPerson | None:
    """Returns who signs in with an address, or else the only one who has it."""
    wanted = address.casefold()
    have_it = {each.id: each for each in people if wanted in each.addresses}.values()
    sign_in = [each for each in have_it if (each.user_principal_name or "").casefold() == wanted]
    candidates = sign_in or list(have_it)
    return candidates[0] if len(candidates) == 1 else None


async def _users(graph: Graph, condition: str) -> list[DirectoryPerson]:
    people, _ = await graph.list_all(DirectoryPerson, "/users", most=100, filter=condition)
    return people


def _parts(values: Sequence[str], size: int) -> list[Sequence[str]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def _listed(values: Sequence[str]) -> str:
    return ",".join(map(odata_string, values))
