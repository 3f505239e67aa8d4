"""Serves the backlogs of a team and its boards, and the fields that tell where a card is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.data_files import named_id
from local.devops.errors import wrapped
from local.devops.paging import collection
from local.devops.store import Organization, Project, Team
from local.devops.work_item import WorkItem
from local.devops.work_item_types import Field, process

_READ = ("vso.work",)
_DEFAULT_ROW = "00000000-0000-0000-0000-000000000000"
_ENDED = ("Completed", "Removed")


@dataclass(frozen=True)
class Level:
    """Describes a level of the Agile backlog: the board of a level has its name."""

    id: str
    name: str
    rank: int
    kind: str
    types: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """Describes a column of a board, and the states that put a card into it."""

    name: str
    kind: str
    states: tuple[str, ...]
    limit: int = 0
    split: bool = False
    done: str = ""


_LEVELS = (
    Level("Microsoft.EpicCategory", "Epics", 40, "portfolio", ("Epic",)),
    Level("Microsoft.FeatureCategory", "Features", 30, "portfolio", ("Feature",)),
    Level("Microsoft.RequirementCategory", "Stories", 20, "requirement", ("User Story", "Bug")),
)
_COLUMNS = (
    Column("New", "incoming", ("New",)),
    Column("Doing", "inProgress", ("Active", "Resolved"), limit=5, split=True, done="Reviewed and tested"),
    Column("Closed", "outgoing", ("Closed", "Removed")),
)


def list_backlogs(call: Call) -> Response:
    """Returns the levels of the team's backlog."""
    _ = _named_team(call)
    return collection([_level(call, each) for each in _LEVELS])


def list_backlog_work_items(call: Call) -> Response:
    """Returns the open work items of a level in the team's area, by priority: never those that have ended."""
    team = _named_team(call)
    wanted = call.parts["backlog"].casefold()
    level = next((each for each in _LEVELS if each.id.casefold() == wanted), None)
    if level is None:
        raise wrapped(404, "BacklogDoesNotExistException", f"VS403358: There is no backlog level '{wanted}'.")
    items = [
        each
        for each in call.organization.work_items.values()
        if each.value("System.WorkItemType") in level.types and _in_area(each, team) and not _ended(each)
    ]
    items.sort(key=lambda each: (int(each.text("Microsoft.VSTS.Common.Priority") or 9), each.id))
    return JSONResponse(
        {
            "workItems": [
                {
                    "rel": None,
                    "source": None,
                    "target": {
                        "id": each.id,
                        "url": call.store.url(call.organization, "_apis/wit/workItems", each.id),
                    },
                }
                for each in items
            ]
        }
    )


def list_boards(call: Call) -> Response:
    """Returns the boards of the team, one a level."""
    return collection(
        [
            {"id": _board_id(call.team, each), "name": each.name, "url": _board_url(call, each)}
            for each in _LEVELS
        ]
    )


def get_board(call: Call) -> Response:
    """Returns a board by id or name: its columns, rows and the fields that hold the place of a card."""
    wanted = call.parts["board"].casefold()
    level = next(
        (each for each in _LEVELS if wanted in (each.name.casefold(), _board_id(call.team, each))), None
    )
    if level is None:
        raise wrapped(404, "BoardDoesNotExistException", f"TF400409: There is no board '{wanted}'.")
    field = _field(call.project, call.team, level)
    url = call.store.url(call.organization, "_apis/wit/fields")
    return JSONResponse(
        {
            "id": _board_id(call.team, level),
            "name": level.name,
            "revision": 1,
            "isValid": True,
            "canEdit": True,
            "columns": [_column(call.team, level, each) for each in _COLUMNS],
            "rows": [
                {"id": _DEFAULT_ROW, "name": None, "color": None},
                {"id": named_id("lane", call.team.id, level.id), "name": "Expedite", "color": "e60017"},
            ],
            "fields": {
                name: {"referenceName": f"{field}{suffix}", "url": f"{url}/{field}{suffix}"}
                for name, suffix in (
                    ("columnField", ".Column"),
                    ("rowField", ".Lane"),
                    ("doneField", ".Column.Done"),
                )
            },
            "url": _board_url(call, level),
        }
    )


def board_values(call: Call, item: WorkItem) -> dict[str, Any]:
    """Returns the fields that tell where a work item is on the boards of the teams it belongs to."""
    project = call.organization.project_by_id(item.project_id)
    level = next((each for each in _LEVELS if item.value("System.WorkItemType") in each.types), None)
    column = next((each for each in _COLUMNS if item.value("System.State") in each.states), None)
    if level is None or column is None:
        return {}
    values: dict[str, Any] = {}
    for team in project.teams:
        if _in_area(item, team):
            field = _field(project, team, level)
            values[f"{field}.Column"] = column.name
            values[f"{field}.Column.Done"] = column.split and item.value("System.State") == "Resolved"
            if item.value("Microsoft.VSTS.Common.Priority") == 1:
                values[f"{field}.Lane"] = "Expedite"
    return values


def board_fields(organization: Organization) -> list[Field]:
    """Returns the fields of an organization that its boards keep their cards' places in."""
    kinds = ((".Column", "string"), (".Column.Done", "boolean"), (".Lane", "string"))
    return [
        Field(f"{_field(project, team, level)}{suffix}", f"{level.name}{suffix}", kind)
        for project in organization.projects
        for team in project.teams
        for level in _LEVELS
        for suffix, kind in kinds
    ]


def _named_team(call: Call) -> Team:
    """Returns the team of the path, which backlogs cannot do without."""
    if call.team_or_none is None:
        raise wrapped(404, "VssResourceNotFoundException", "VS404: The path names no team.")
    return call.team_or_none


def _level(call: Call, level: Level) -> dict[str, Any]:
    url = call.store.url(call.organization, call.project.id, "_apis/wit/workItemTypes")
    types = [{"name": each, "url": f"{url}/{each.replace(' ', '%20')}"} for each in level.types]
    return {
        "id": level.id,
        "name": level.name,
        "rank": level.rank,
        "workItemCountLimit": 1000,
        "type": level.kind,
        "color": "009CCC",
        "isHidden": level.id == "Microsoft.EpicCategory",
        "workItemTypes": types,
        "defaultWorkItemType": types[0],
    }


def _column(team: Team, level: Level, column: Column) -> dict[str, Any]:
    view: dict[str, Any] = {
        "id": named_id("column", team.id, level.id, column.name),
        "name": column.name,
        "itemLimit": column.limit,
        "stateMappings": dict.fromkeys(level.types, column.states[0]),
        "columnType": column.kind,
    }
    if column.split:
        view |= {"isSplit": True, "description": column.done}
    return view


def _ended(item: WorkItem) -> bool:
    kind = process().type(item.text("System.WorkItemType"))
    state = kind.state(item.text("System.State")) if kind else None
    return state is not None and state.category in _ENDED


def _in_area(item: WorkItem, team: Team) -> bool:
    return f"{item.text('System.AreaPath')}\\".startswith(f"{team.area}\\")


def _field(project: Project, team: Team, level: Level) -> str:
    return f"WEF_{named_id('board', project.id, team.id, level.id).replace('-', '').upper()}_Kanban"


def _board_id(team: Team, level: Level) -> str:
    return named_id("board", team.id, level.id)


def _board_url(call: Call, level: Level) -> str:
    board = _board_id(call.team, level)
    return call.store.url(call.organization, call.project.id, call.team.id, "_apis/work/boards", board)


OPERATIONS = [
    Operation("GET", "work/backlogs", _READ, list_backlogs),
    Operation("GET", "work/backlogs/{backlog}/workitems", _READ, list_backlog_work_items),
    Operation("GET", "work/boards", _READ, list_boards),
    Operation("GET", "work/boards/{board}", _READ, get_board),
]
