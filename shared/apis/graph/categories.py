"""Lists the categories of a mailbox, and adds those it lacks."""

import re
from collections.abc import Container, Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from shared.apis.models import GraphModel
from shared.errors import ToolError
from shared.text.names import Name

if TYPE_CHECKING:
    from shared.apis.graph.graph_client import Graph

_PATH = "/me/outlook/masterCategories"
_MOST = 500
_COLORS = 25
"""How many colors categories may have: `preset0` and so on."""


class Category(GraphModel):
    """A category that mail and events may have."""

    name: Name = Field(validation_alias="displayName")
    color: str | None = None


async def list_categories(graph: "Graph") -> list[Category]:
    """Returns the categories that the user has defined."""
    # No query option is documented for categories.
    return (await graph.list_all(Category, _PATH, most=_MOST, select="", top=""))[0]


def names_apart(names: Iterable[str], known: Container[str]) -> list[str]:
    """Returns names with those apart that one text lists; a name known as it stands, with commas, is one.

    Args:
        names: As given.
        known: Names without outer spaces, case folded.
    """
    apart = [[name] if name.strip().casefold() in known else re.split("[,;]", name) for name in names]
    return [part for each in apart for name in each if (part := name.strip())]


async def define_categories(graph: "Graph", names: Sequence[str]) -> list[str]:
    """Returns the categories of these names as the mailbox spells them; those that it lacks are added."""
    known = await list_categories(graph)
    spelt = {each.name.strip().casefold(): str(each.name) for each in known}
    names = names_apart(names, spelt)
    for number, name in enumerate(dict.fromkeys(names), start=len(known)):
        if name.casefold() in spelt:
            continue
        body = {"displayName": name, "color": f"preset{number % _COLORS}"}
        try:
            await graph.post(Category, _PATH, body=body)
        except ToolError as error:
            # Somebody else has added it meanwhile.
            if error.code != "conflict":
                raise
        spelt[name.casefold()] = name
    return [*dict.fromkeys(spelt[name.casefold()] for name in names)]
