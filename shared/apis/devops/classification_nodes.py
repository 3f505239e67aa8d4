"""Reads the areas and iterations of a project, as paths that fields of work items take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.service_times import ServiceTime
from shared.apis.devops.team_planning import TeamScope
from shared.apis.models import DevOpsModel

type Kind = Literal["areas", "iterations"]

_DEPTH = 14
"""Levels a project's areas and iterations can have (Azure Boards limits)."""


class _Attributes(DevOpsModel):
    start_date: ServiceTime = None
    finish_date: ServiceTime = None


class _Node(DevOpsModel):
    name: str
    attributes: _Attributes = Field(default_factory=_Attributes)
    children: list[_Node] = Field(default_factory=list)


class _FieldReference(DevOpsModel):
    reference_name: str = ""


class _FieldValue(DevOpsModel):
    value: str
    include_children: bool = False


class _FieldValues(DevOpsModel):
    field: _FieldReference = Field(default_factory=_FieldReference)
    values: list[_FieldValue] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NodePath:
    """A path as fields of work items take it; an iteration may have a first and a last day."""

    path: str
    start: date | None = None
    finish: date | None = None


async def node_paths(devops: DevOps, organization: str, project: str, kind: Kind) -> list[NodePath]:
    """Returns all areas or iterations of a project, each before those below it.

    The service names nodes by other paths than fields take: theirs have the kind as second segment.
    """
    deep: dict[str, Any] = {"$depth": str(_DEPTH)}
    path = "/{}/{}/_apis/wit/classificationnodes/{}"
    root = await devops.get(_Node, path, organization, project, kind, **deep)
    return list(_walk(root, ""))


async def in_area_of_team(devops: DevOps, scope: TeamScope, paths: list[str]) -> set[str] | None:
    """Returns those of the areas that are the team's; None for a team that is told by another field."""
    found = await devops.get(_FieldValues, "/{}/_apis/work/teamsettings/teamfieldvalues", scope.segments)
    if found.field.reference_name not in ("", "System.AreaPath"):
        return None
    return {
        path
        for path in paths
        for each in found.values
        if path.casefold() == each.value.casefold()
        or (each.include_children and path.casefold().startswith(f"{each.value}\\".casefold()))
    }


def _walk(node: _Node, above: str) -> Iterator[NodePath]:
    path = f"{above}\\{node.name}" if above else node.name
    dates = node.attributes
    yield NodePath(
        path,
        dates.start_date.date() if dates.start_date else None,
        dates.finish_date.date() if dates.finish_date else None,
    )
    for child in node.children:
        yield from _walk(child, path)
