"""Finds the people of Planner's assignments: their names by ids, and their ids by addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from shared.apis.literals import odata_string
from shared.apis.models import GraphModel
from shared.concurrency import run_all
from shared.errors import ToolError
from shared.text.content import Line

if TYPE_CHECKING:
    from shared.apis.graph.graph_client import Graph

SCOPE = "User.ReadBasic.All"
_CLAUSES = 15
"""The most values a filter on users compares with."""
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Person(GraphModel):
    """A user of the directory, by name and address."""

    id: str
    display_name: Line | None = None
    mail: Line | None = None
    user_principal_name: Line | None = None

    @property
    def label(self) -> str:
        """Returns name and address on one line."""
        address = self.mail or self.user_principal_name
        return f"{self.display_name or self.id} <{address}>" if address else self.display_name or self.id


async def names_of(graph: Graph, ids: Iterable[str]) -> dict[str, str]:
    """Returns name and address of each of these users; who is no longer in the directory is left out."""
    wanted = sorted({each for each in ids if _GUID.fullmatch(each)})
    found = await run_all(_users(graph, f"id in ({_listed(part)})") for part in _parts(wanted, _CLAUSES))
    return {person.id: person.label for people in found for person in people}


async def ids_of(graph: Graph, addresses: Iterable[str], argument: str) -> dict[str, str]:
    """Returns the id of the user of each address.

    Raises:
        ToolError: `invalid_argument`: somebody is not in the directory.
    """
    wanted = list(dict.fromkeys(addresses))
    found = await run_all(
        _users(graph, f"mail in ({_listed(part)}) or userPrincipalName in ({_listed(part)})")
        for part in _parts(wanted, _CLAUSES // 2)
    )
    ids: dict[str, str] = {}
    for person in (person for people in found for person in people):
        for address in (person.user_principal_name, person.mail):
            ids[(address or "").casefold()] = person.id
    if unknown := [each for each in wanted if each.casefold() not in ids]:
        raise ToolError(
            "invalid_argument",
            f"{argument}: nobody in the directory has the address {', '.join(unknown)}.",
            "Look the address up with graph_search_people.",
        )
    return {each: ids[each.casefold()] for each in wanted}


async def _users(graph: Graph, condition: str) -> list[Person]:
    people, _ = await graph.list_all(Person, "/users", most=100, filter=condition)
    return people


def _parts(values: Sequence[str], size: int) -> list[Sequence[str]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def _listed(values: Sequence[str]) -> str:
    return ",".join(map(odata_string, values))
