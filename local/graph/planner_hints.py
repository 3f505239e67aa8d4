"""Places things of Planner in order: hints of clients say between which two, values of the service sort."""

from __future__ import annotations

import re

from local.graph.errors import GraphError
from local.graph.odata import Resource

_HINT = re.compile(r"(?P<before>[!-~ ]*?) (?P<after>[!-~]*)!")


def placed(hint: str) -> str:
    """Returns the value for a hint of the form `<previous> <next>!`; values sort by code point.

    The previous may be a hint itself, of a thing that the same request adds.

    Raises:
        GraphError: It has another form.
    """
    before, separator, after = hint[:-1].rpartition(" ")
    if not _HINT.fullmatch(hint) or not separator:
        raise GraphError(400, "", f"The order hint '{hint}' is not of the form '<previous> <next>!'.")
    if before.endswith("!"):
        before = placed(before)
    if not after:
        return f"{before}P" if before else "8585P"
    value = f"{before}#" if before else f"{after[:-1]}{chr(ord(after[-1]) - 1)}P"
    if not before < value < after:
        raise GraphError(400, "", f"The order hint '{hint}' names a previous and a next in the wrong order.")
    return value


def in_order(value: Resource, present: Resource | None, fresh: str) -> Resource:
    """Returns a value of a map with its place: where its hint says, where it is, or at a fresh one."""
    known = (present or {}).get("orderHint")
    hint = value.get("orderHint")
    kept = known or fresh if hint is None or hint == known else placed(str(hint))
    return (present or {}) | value | {"orderHint": kept}
