"""Runs queries over links: which pairs of work items match, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from local.devops.wiql import LINK_TYPE, Condition, Expression, Group, Negation
from local.devops.wiql_match import Candidate, Matcher
from local.devops.work_item import WorkItem


@dataclass(frozen=True)
class Relation:
    """Represents a line of the result: a link, or without source and type a work item at the top."""

    target: WorkItem
    source: WorkItem | None = None
    link_type: str | None = None


def relations(
    items: dict[int, WorkItem], where: Expression | None, mode: str, matcher: Matcher
) -> Iterator[Relation]:
    """Returns the links a query finds, each work item at the top followed by its own.

    Conditions on the source choose what is at the top, the others which links count. In a tree the
    links of linked work items follow too, and nothing is at the top that is below something else.
    """
    on_source, on_link = _split(where)
    tops = [item for item in items.values() if matcher.matches(on_source, Candidate(item))]
    links = {
        item.id: [
            (link.rel, items[link.target])
            for link in item.links
            if link.target is not None
            and matcher.matches(on_link, Candidate(item, items[link.target], link.rel))
        ]
        for item in (items.values() if mode == "recursive" else tops)
    }
    if mode == "recursive":
        chosen = {item.id for item in tops}
        below = {target.id for item_id in chosen for _, target in links[item_id]}
        for item in tops:
            if item.id not in below and links.get(item.id):
                yield Relation(item)
                yield from _descend(item, links)
        return
    for item in tops:
        if mode == "maycontain" or bool(links[item.id]) == (mode == "mustcontain"):
            yield Relation(item)
            yield from (Relation(target, item, rel) for rel, target in links[item.id])


def _descend(item: WorkItem, links: dict[int, list[tuple[str, WorkItem]]]) -> Iterator[Relation]:
    """Returns what is below a work item; each one's links are followed once, so that circles end."""
    for rel, target in links.pop(item.id, ()):
        yield Relation(target, item, rel)
        yield from _descend(target, links)


def _split(where: Expression | None) -> tuple[Expression | None, Expression | None]:
    """Returns the conditions on the source alone, and all others."""
    members = (
        where.members if isinstance(where, Group) and where.all_of else () if where is None else (where,)
    )
    on_source = tuple(member for member in members if _is_on_source(member))
    on_link = tuple(member for member in members if not _is_on_source(member))
    return Group(True, on_source), Group(True, on_link)


def _is_on_source(expression: Expression) -> bool:
    match expression:
        case Condition(field, _, _, side):
            return side != "target" and field is not LINK_TYPE
        case Negation(of):
            return _is_on_source(of)
        case Group(_, members):
            return all(_is_on_source(member) for member in members)
