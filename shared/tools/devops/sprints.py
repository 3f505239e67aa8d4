"""Shows the sprints of a team, and the areas and iterations of a project."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.apis.devops import team_planning as teams
from shared.apis.devops.classification_nodes import NodePath, in_area_of_team, node_paths
from shared.apis.devops.team_planning import IterationDocument, MemberCapacity, TeamScope, TimeFrame
from shared.apis.devops.work_item_documents import WorkItemDocument, fetch
from shared.apis.devops.work_item_states import ended_states
from shared.caller import Caller
from shared.concurrency import run_concurrently
from shared.mcp.toolset import Toolset
from shared.results.paging import CountedPage, KeyedList, fitting
from shared.results.partial_results import Gap, capture_gap
from shared.text.content import Line, clean_line
from shared.tools.devops.planning_views import (
    REMAINING,
    SprintItem,
    assignee,
    fetch_planned,
    has_ended,
    number,
    sprint_item,
)
from shared.tools.devops.team_params import (
    SprintReference,
    TeamName,
    choose_sprint,
    resolve_sprint,
    resolve_team,
    sprint_after,
    sprint_before,
)
from shared.tools.devops.work_item_views import SUMMARY_FIELDS, WorkItemSummary, summary
from shared.tools.params import Cursor, Organization, PageSize, Project

_SLIPPED_LIMIT = 25
"""Work items left behind that a sprint shows; all of them are counted."""
_PART_BUDGET = 4_000
"""Characters of JSON that the people of a sprint may take, and as many what slipped."""

toolset = Toolset("boards")


class PlanningPath(BaseModel):
    """An area or an iteration, as fields of work items take it; iterations may have dates."""

    path: Line
    start: date | None
    finish: date | None
    time_frame: TimeFrame | None
    of_team: bool | None = Field(description="Whether it is the team's; null where that is not known.")


class Member(BaseModel):
    """A person in a sprint, or nobody: their open work against the hours they have."""

    name: Line | None = Field(description="Null for what is assigned to nobody.")
    items: int
    open_items: int
    remaining_hours: float
    hours_per_day: float
    days_off: int = Field(description="Working days of the sprint on which they alone are off.")
    capacity_hours: float
    capacity_hours_left: float


class Slipped(BaseModel):
    """What is still open in the sprint before."""

    sprint: Line
    total: int
    items: list[WorkItemSummary]


class Sprint(CountedPage[SprintItem]):
    """A sprint of a team: its days, who has how much to do, its work items, and what slipped."""

    name: Line
    path: Line
    start: date | None
    finish: date | None
    time_frame: TimeFrame | None
    previous: Line | None = Field(description="The path of the sprint before.")
    next: Line | None = Field(description="The path of the sprint after.")
    working_days: int | None
    working_days_left: int | None = Field(description="From today (UTC) on.")
    by_state: dict[str, int]
    remaining_hours: float
    capacity_hours_left: float
    members: list[Member]
    more_members: int = Field(description="How many people are left out; their hours are in the sums.")
    slipped: Slipped | None
    gaps: list[Gap] = Field(default_factory=list, description="What could not be read, and why.")


@dataclass(frozen=True)
class _Days:
    """Holds the working days of a sprint, and those of them that are not over."""

    all: Sequence[date]
    left: Sequence[date]


@dataclass
class _Load:
    """Sums up what one person has to do."""

    name: str
    items: int = 0
    open_items: int = 0
    remaining: float = 0
    capacity: MemberCapacity = field(default_factory=MemberCapacity)


@toolset.tool(scopes=["vso.work"])
async def devops_list_paths(
    caller: Caller,
    kind: Annotated[Literal["areas", "iterations"], Field(description="Which of the two.")],
    contains: Annotated[
        str | None, Field(min_length=1, max_length=100, description="Part of the path.")
    ] = None,
    team: TeamName = None,
    project: Project = None,
    organization: Organization = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> CountedPage[PlanningPath]:
    """List the area or iteration paths of a project, to choose from, with dates and which are the team's."""
    scope = await resolve_team(caller, team, project, organization)
    pages = KeyedList(caller.devops.cursors, f"{scope} {kind} {contains}", cursor)
    wanted = (contains or "").casefold()
    nodes = await node_paths(caller.devops, scope.organization, scope.project, kind)
    found = {each.path: each for each in nodes if wanted in each.path.casefold()}
    own = await capture_gap("the team's own", _own_paths(caller, scope, kind, list(found)))

    async def read(paths: Sequence[str]) -> list[PlanningPath]:
        chosen = None if isinstance(own, Gap) else own
        return [_planning_path(found[path], None if chosen is None else path in chosen) for path in paths]

    page = await pages.page(list(found), read, limit=limit)
    if not isinstance(own, Gap):
        return page
    note = f"Which are the team's could not be read: {own.message}"
    return page.model_copy(update={"note": " ".join(filter(None, [page.note, note]))})


@toolset.tool(scopes=["vso.work"])
async def devops_get_sprint(
    caller: Caller,
    sprint: SprintReference = "current",
    team: TeamName = None,
    project: Project = None,
    organization: Organization = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Sprint:
    """Get a team's sprint: work items by state and person, capacity, days off, and what slipped.

    To move an item, give devops_update_work_item another iteration_path.
    """
    key = await resolve_sprint(caller, sprint, team, project, organization)
    scope, devops = key.scope, caller.devops
    pages = KeyedList(devops.cursors, f"{scope} sprint {key.wanted}", cursor)
    known = await teams.iterations(devops, scope)
    chosen = choose_sprint(key.wanted, known)
    before, after = sprint_before(chosen, known), sprint_after(chosen, known)
    ids, ended = await run_concurrently(
        teams.iteration_work_items(devops, scope, chosen.id),
        capture_gap("which states count as ended", ended_states(devops, scope.organization, scope.project)),
    )
    states = None if isinstance(ended, Gap) else ended
    items, (days, capacities, gaps), slipped = await run_concurrently(
        fetch_planned(devops, scope.organization, ids),
        _capacity(caller, scope, chosen),
        capture_gap("what slipped", _slipped(caller, scope, before, states)),
    )
    there = [each for each in ids if each in items]

    async def read(wanted: Sequence[int]) -> list[SprintItem]:
        return [sprint_item(devops, scope.organization, items[each], states) for each in wanted]

    members = _members([items[each] for each in there], states, capacities, days)
    shown = fitting(members, _PART_BUDGET)
    return Sprint(
        **dict(await pages.page(there, read, limit=limit)),
        name=chosen.name,
        path=chosen.path,
        start=chosen.start,
        finish=chosen.finish,
        time_frame=chosen.time_frame(_today()),
        previous=before.path if before else None,
        next=after.path if after else None,
        working_days=len(days.all) if days else None,
        working_days_left=len(days.left) if days else None,
        by_state=Counter(clean_line(str(items[each].fields.get("System.State"))) for each in there),
        remaining_hours=sum(each.remaining_hours for each in members),
        capacity_hours_left=sum(each.capacity_hours_left for each in members),
        members=members[:shown],
        more_members=len(members) - shown,
        slipped=None if isinstance(slipped, Gap) else slipped,
        gaps=[*gaps, *(each for each in (ended, slipped) if isinstance(each, Gap))],
    )


async def _own_paths(caller: Caller, scope: TeamScope, kind: str, paths: list[str]) -> set[str] | None:
    if kind == "areas":
        return await in_area_of_team(caller.devops, scope, paths)
    return {each.path for each in await teams.iterations(caller.devops, scope)}


def _planning_path(node: NodePath, of_team: bool | None) -> PlanningPath:
    return PlanningPath(
        path=node.path,
        start=node.start,
        finish=node.finish,
        time_frame=teams.time_frame(node.start, node.finish, _today()),
        of_team=of_team,
    )


async def _capacity(
    caller: Caller, scope: TeamScope, sprint: IterationDocument
) -> tuple[_Days | None, list[MemberCapacity], list[Gap]]:
    """Returns the working days of a sprint (None without dates) and who has which capacity."""
    read = await run_concurrently(
        capture_gap("the capacity of the members", teams.capacities(caller.devops, scope, sprint.id)),
        capture_gap("the team's days off", teams.team_days_off(caller.devops, scope, sprint.id)),
        capture_gap("the team's working days", teams.settings(caller.devops, scope)),
    )
    members, days_off, settings = read
    gaps = [each for each in read if isinstance(each, Gap)]
    days = None
    if sprint.start and sprint.finish:
        weekdays = [] if isinstance(settings, Gap) else settings.working_days
        off = frozenset[date]() if isinstance(days_off, Gap) else teams.all_days(days_off)
        worked = teams.working_days(sprint.start, sprint.finish, weekdays=weekdays, off=off)
        days = _Days(worked, [day for day in worked if day >= _today()])
    return days, [] if isinstance(members, Gap) else members, gaps


async def _slipped(
    caller: Caller,
    scope: TeamScope,
    before: IterationDocument | None,
    ended: Mapping[str, Sequence[str]] | None,
) -> Slipped | None:
    """Returns the work items that are open in the sprint before; None where there is none, or no states."""
    if before is None or ended is None:
        return None
    devops = caller.devops
    ids = await teams.iteration_work_items(devops, scope, before.id)
    items = await fetch(devops, scope.organization, ids, SUMMARY_FIELDS)
    left = [items[each] for each in ids if each in items and not has_ended(items[each], ended)]
    shown = [summary(devops, scope.organization, each) for each in left[:_SLIPPED_LIMIT]]
    return Slipped(sprint=before.path, total=len(left), items=shown[: fitting(shown, _PART_BUDGET)])


def _members(
    items: Sequence[WorkItemDocument],
    ended: Mapping[str, Sequence[str]] | None,
    capacities: Sequence[MemberCapacity],
    days: _Days | None,
) -> list[Member]:
    """Returns who has how much to do, those with the most open work first."""
    loads: dict[str, _Load] = {}
    for each in capacities:
        who = each.team_member
        key = (who.id or who.display_name).casefold()
        loads[key] = _Load(
            clean_line(f"{who.display_name} <{who.unique_name}>" if who.unique_name else who.display_name)
        )
        loads[key].capacity = each
    for item in items:
        key, name = assignee(item)
        load = loads.setdefault(key, _Load(name))
        load.items += 1
        if not has_ended(item, ended):
            load.open_items += 1
            load.remaining += number(item.fields, REMAINING) or 0
    members = [_member(load, days) for load in loads.values() if load.items or load.capacity.hours_per_day]
    return sorted(members, key=lambda each: (-each.remaining_hours, -each.open_items, each.name or ""))


def _member(load: _Load, days: _Days | None) -> Member:
    off = teams.all_days(load.capacity.days_off)
    hours = load.capacity.hours_per_day
    worked, left = (days.all, days.left) if days else ((), ())
    return Member(
        name=load.name or None,
        items=load.items,
        open_items=load.open_items,
        remaining_hours=load.remaining,
        hours_per_day=hours,
        days_off=sum(day in off for day in worked),
        capacity_hours=hours * sum(day not in off for day in worked),
        capacity_hours_left=hours * sum(day not in off for day in left),
    )


def _today() -> date:
    return datetime.now(UTC).date()
