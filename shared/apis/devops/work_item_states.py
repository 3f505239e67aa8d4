"""Reads which states of work items count as ended, and writes the conditions that leave them out."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from shared.apis.devops import wiql
from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.wiql import QueryScope
from shared.apis.devops.work_item_documents import BATCH, fetch
from shared.apis.literals import wiql_string
from shared.apis.models import DevOpsList, DevOpsModel
from shared.concurrency import run_all
from shared.results.partial_results import Gap, capture_gap

_PROJECT = "System.TeamProject"
_MOST_PROJECTS = 50
# Names of states are free, categories are a closed set (Work Item Type States REST reference).
_ENDED_CATEGORIES = frozenset({"Completed", "Removed"})


class StateDocument(DevOpsModel):
    """A state as the service returns it."""

    name: str
    category: str = ""


class _Type(DevOpsModel):
    name: str
    states: list[StateDocument] = Field(default_factory=list)


async def not_ended_conditions(devops: DevOps, scope: QueryScope) -> tuple[list[str], list[Gap]]:
    """Returns conditions of WIQL for work items of the caller that have not ended.

    Which states count as ended depends on the type of the work item and on its project's process. The
    projects whose states cannot be read are gaps: nothing of them is left out.
    """
    projects = [scope.project] if scope.project else await _projects(devops, scope)
    read = await run_all(
        capture_gap(f"The states of project {each}", ended_states(devops, scope.organization, each))
        for each in projects
    )
    gaps = [each for each in read if isinstance(each, Gap)]
    conditions = []
    for project, ended in zip(projects, read, strict=True):
        if isinstance(ended, Gap):
            continue
        only = [] if scope.project else [f"[{_PROJECT}] <> {wiql_string(project)}"]
        for states, types in _grouped(ended).items():
            parts = [
                *only,
                f"[System.WorkItemType] NOT IN ({', '.join(map(wiql_string, types))})",
                f"[System.State] NOT IN ({', '.join(map(wiql_string, states))})",
            ]
            conditions.append(f"({' OR '.join(parts)})")
    return conditions, gaps


async def _projects(devops: DevOps, scope: QueryScope) -> list[str]:
    """Returns the projects in which work items are assigned to the caller.

    Each round reads the latest of the projects not known yet, so that few rounds find them all.
    """
    known: list[str] = []
    while len(known) < _MOST_PROJECTS:
        others = [f"[{_PROJECT}] <> {wiql_string(each)}" for each in known]
        query = wiql.assigned_to_me_query([_PROJECT], scope, conditions=others)
        found = await wiql.run_query(devops, scope, query, limit=BATCH)
        items = await fetch(devops, scope.organization, [hit.id for hit in found.hits], [_PROJECT])
        named = [each.fields.get(_PROJECT) for each in items.values()]
        new = list(dict.fromkeys(each for each in named if isinstance(each, str) and each not in known))
        if not new:
            break
        known += new
        if len(found.hits) < BATCH:
            break
    return known


async def ended_states(devops: DevOps, organization: str, project: str) -> dict[str, tuple[str, ...]]:
    """Returns the states that count as ended, by type, without the types of which the service tells none."""
    types = await devops.get(DevOpsList[_Type], "/{}/{}/_apis/wit/workitemtypes", organization, project)
    return {
        each.name: tuple(state.name for state in each.states if state.category in _ENDED_CATEGORIES)
        for each in types.value
        if each.states and all(state.category for state in each.states)
    }


def _grouped(ended: Mapping[str, Sequence[Any]]) -> dict[tuple[str, ...], list[str]]:
    """Returns the types that have the same ended states, by these."""
    grouped: dict[tuple[str, ...], list[str]] = {}
    for name, states in ended.items():
        if states:
            grouped.setdefault(tuple(sorted(states)), []).append(name)
    return grouped
