"""Reads what a team plans with: its iterations, days off, capacities, backlogs and boards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import AliasChoices, Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.service_times import ServiceTime
from shared.apis.models import DevOpsList, DevOpsModel

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MOST_DAYS = 400
"""Days of a range that are counted: no sprint is longer, and a range may be any two dates."""

type TimeFrame = Literal["past", "current", "future"]


@dataclass(frozen=True, slots=True)
class TeamScope:
    """Names a team; without a name, the service takes the default team of the project."""

    organization: str
    project: str
    team: str | None = None

    @property
    def segments(self) -> Sequence[str]:
        """Returns the beginning of a path."""
        return [each for each in (self.organization, self.project, self.team) if each]


class _Attributes(DevOpsModel):
    start_date: ServiceTime = None
    finish_date: ServiceTime = None
    time_frame: str | None = None


class IterationDocument(DevOpsModel):
    """An iteration that a team has selected; it may have no dates."""

    id: str
    name: str
    path: str = ""
    attributes: _Attributes = Field(default_factory=_Attributes)

    @property
    def start(self) -> date | None:
        """Returns the first day, which the service writes as midnight in UTC."""
        return self.attributes.start_date.date() if self.attributes.start_date else None

    @property
    def finish(self) -> date | None:
        """Returns the last day, which belongs to the iteration."""
        return self.attributes.finish_date.date() if self.attributes.finish_date else None

    def time_frame(self, today: date) -> TimeFrame | None:
        """Returns what the service says, or else the dates; None where neither tells."""
        match self.attributes.time_frame:
            case "past" | "current" | "future" as said:
                return said
            case _:
                return time_frame(self.start, self.finish, today)


class DaysOff(DevOpsModel):
    """A range of days, both of which belong to it."""

    start: ServiceTime = None
    end: ServiceTime = None

    def days(self) -> frozenset[date]:
        """Returns the days of the range."""
        if self.start is None or self.end is None:
            return frozenset()
        return frozenset(days_between(self.start.date(), self.end.date()))


class _Activity(DevOpsModel):
    name: str = ""
    capacity_per_day: float = 0


class _Member(DevOpsModel):
    id: str = ""
    display_name: str = ""
    unique_name: str | None = None


class MemberCapacity(DevOpsModel):
    """What a member of the team has set: hours a day by activity, and days off."""

    team_member: _Member = Field(default_factory=_Member)
    activities: list[_Activity] = Field(default_factory=list)
    days_off: list[DaysOff] = Field(default_factory=list)

    @property
    def hours_per_day(self) -> float:
        """Returns the hours of all activities together."""
        return sum(each.capacity_per_day for each in self.activities)


class _Capacities(DevOpsModel):
    # With totals they are below teamMembers, without these in a list like any other. Neither is no capacity:
    # nobody is said to have no hours because of an answer that cannot be read.
    team_members: list[MemberCapacity] = Field(validation_alias=AliasChoices("teamMembers", "value"))


class _TeamDaysOff(DevOpsModel):
    days_off: list[DaysOff] = Field(default_factory=list)


class TeamSettings(DevOpsModel):
    """Which days of the week the team works, by their English names."""

    working_days: list[str] = Field(default_factory=list)


class _Reference(DevOpsModel):
    id: int


class _Relation(DevOpsModel):
    target: _Reference | None = None


class _IterationWorkItems(DevOpsModel):
    work_item_relations: list[_Relation] = Field(default_factory=list)


class _BacklogWorkItems(DevOpsModel):
    work_items: list[_Relation] = Field(default_factory=list)


class _TypeReference(DevOpsModel):
    name: str


class BacklogDocument(DevOpsModel):
    """A level of the backlog: `type` is portfolio, requirement or task."""

    id: str
    name: str = ""
    rank: int = 0
    type: str = ""
    is_hidden: bool = False
    work_item_types: list[_TypeReference] = Field(default_factory=list)


class BoardColumnDocument(DevOpsModel):
    """A column of a board: `state_mappings` has the state by type of work item."""

    name: str = ""
    item_limit: int = 0
    is_split: bool = False
    state_mappings: dict[str, str] = Field(default_factory=dict)
    column_type: str | None = None
    description: str | None = None


class _BoardRow(DevOpsModel):
    name: str | None = None


class _BoardField(DevOpsModel):
    reference_name: str | None = None


class _BoardFields(DevOpsModel):
    column_field: _BoardField = Field(default_factory=_BoardField)
    row_field: _BoardField = Field(default_factory=_BoardField)
    done_field: _BoardField = Field(default_factory=_BoardField)


class BoardDocument(DevOpsModel):
    """A board, with the fields of work items that tell where a card is."""

    id: str
    name: str = ""
    columns: list[BoardColumnDocument] = Field(default_factory=list)
    rows: list[_BoardRow] = Field(default_factory=list)
    fields: _BoardFields = Field(default_factory=_BoardFields)


async def iterations(devops: DevOps, scope: TeamScope) -> list[IterationDocument]:
    """Returns the iterations the team has selected, in the order of the service.

    All of them: the service's own filter for the current one is refused between two sprints.
    """
    path = "/{}/_apis/work/teamsettings/iterations"
    return (await devops.get(DevOpsList[IterationDocument], path, scope.segments)).value


async def iteration_work_items(devops: DevOps, scope: TeamScope, iteration_id: str) -> list[int]:
    """Returns the ids of the work items of the team in an iteration, each once."""
    path = "/{}/_apis/work/teamsettings/iterations/{}/workitems"
    found = await devops.get(_IterationWorkItems, path, scope.segments, iteration_id)
    return _ids(found.work_item_relations)


async def capacities(devops: DevOps, scope: TeamScope, iteration_id: str) -> list[MemberCapacity]:
    """Returns what each member has set for an iteration."""
    path = "/{}/_apis/work/teamsettings/iterations/{}/capacities"
    return (await devops.get(_Capacities, path, scope.segments, iteration_id)).team_members


async def team_days_off(devops: DevOps, scope: TeamScope, iteration_id: str) -> list[DaysOff]:
    """Returns when the whole team is off in an iteration."""
    path = "/{}/_apis/work/teamsettings/iterations/{}/teamdaysoff"
    return (await devops.get(_TeamDaysOff, path, scope.segments, iteration_id)).days_off


async def settings(devops: DevOps, scope: TeamScope) -> TeamSettings:
    """Returns the settings of the team."""
    return await devops.get(TeamSettings, "/{}/_apis/work/teamsettings", scope.segments)


async def backlogs(devops: DevOps, scope: TeamScope) -> list[BacklogDocument]:
    """Returns the levels of the team's backlog, the highest first."""
    found = await devops.get(DevOpsList[BacklogDocument], "/{}/_apis/work/backlogs", scope.segments)
    return sorted(found.value, key=lambda each: -each.rank)


async def backlog_work_items(devops: DevOps, scope: TeamScope, backlog_id: str) -> list[int]:
    """Returns the ids of the open work items of a level, in the order of the backlog."""
    path = "/{}/_apis/work/backlogs/{}/workItems"
    return _ids((await devops.get(_BacklogWorkItems, path, scope.segments, backlog_id)).work_items)


async def board(devops: DevOps, scope: TeamScope, name: str) -> BoardDocument:
    """Returns the board of a name, which is that of its backlog level."""
    return await devops.get(BoardDocument, "/{}/_apis/work/boards/{}", scope.segments, name)


def time_frame(start: date | None, finish: date | None, today: date) -> TimeFrame | None:
    """Tells where a day is from the first and last day of an iteration; None without both."""
    if start is None or finish is None:
        return None
    return "past" if finish < today else "current" if start <= today else "future"


def days_between(first: date, last: date) -> list[date]:
    """Returns the days from the first to the last, both included; none when the last comes before."""
    count = min((last - first).days + 1, _MOST_DAYS)
    return [first + timedelta(days=number) for number in range(count)]


def working_days(first: date, last: date, *, weekdays: Sequence[str], off: frozenset[date]) -> list[date]:
    """Returns the days of a range on which a team works.

    Args:
        first: The first day.
        last: The last day.
        weekdays: The team's working days by English name; none means Monday to Friday.
        off: Days on which nobody works.
    """
    named = {each.casefold() for each in weekdays} & set(WEEKDAYS) or set(WEEKDAYS[:5])
    return [day for day in days_between(first, last) if WEEKDAYS[day.weekday()] in named and day not in off]


def all_days(ranges: Sequence[DaysOff]) -> frozenset[date]:
    """Returns the days of several ranges."""
    return frozenset[date]().union(*(each.days() for each in ranges))


def _ids(relations: Sequence[Any]) -> list[int]:
    return list(dict.fromkeys(each.target.id for each in relations if each.target))
