"""Shows the backlogs of a team, in their order, and where their work items are on its board."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from shared.apis.devops import team_planning as teams
from shared.apis.devops.team_planning import BacklogDocument, BoardDocument
from shared.apis.devops.work_item_documents import WorkItemDocument
from shared.apis.requests import quotable
from shared.caller import Caller
from shared.concurrency import run_concurrently
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.paging import CountedPage, KeyedList
from shared.results.partial_results import Gap, capture_gap
from shared.text.content import Line
from shared.tools.devops.planning_views import BacklogItem, fetch_planned, planned_values
from shared.tools.devops.team_params import TeamName, named_team, resolve_team
from shared.tools.devops.work_item_views import missing_work_item
from shared.tools.params import Cursor, Organization, PageSize, Project

toolset = Toolset("boards")


class Level(BaseModel):
    """A level of the backlog, such as Epics, Features, Stories; `types` are those of its work items."""

    name: Line
    types: list[Line]
    hidden: bool


class Column(BaseModel):
    """A column of the board, with the state of each type that stands for it; a limit of null is none."""

    name: Line
    limit: int | None
    split: bool
    states: dict[str, Line]
    definition_of_done: Line | None


class Backlog(CountedPage[BacklogItem]):
    """A level of a team's backlog, the first to do first: open work items only, and the board's columns."""

    level: Line
    levels: list[Level]
    columns: list[Column]
    lanes: list[Line]
    gaps: list[Gap] = Field(default_factory=list, description="What could not be read, and why.")


@toolset.tool(scopes=["vso.work", "vso.project"])
async def devops_get_backlog(
    caller: Caller,
    level: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=200,
            description="Or a type of it, such as Features; else that of requirements.",
        ),
    ] = None,
    team: TeamName = None,
    project: Project = None,
    organization: Organization = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Backlog:
    """Get a team's backlog in its order, with the columns of its board and where each work item is.

    Ended ones are not in it. A card moves with its state: devops_update_work_item.
    """
    scope = await named_team(caller, await resolve_team(caller, team, project, organization))
    devops = caller.devops
    pages = KeyedList(devops.cursors, f"{scope} backlog {level}", cursor)
    levels = await teams.backlogs(devops, scope)
    chosen = _level(level, levels)
    ids, board = await run_concurrently(
        teams.backlog_work_items(devops, scope, chosen.id),
        capture_gap(f"the board {chosen.name}", teams.board(devops, scope, chosen.name)),
    )
    columns = None if isinstance(board, Gap) else board

    async def read(wanted: Sequence[int]) -> list[BacklogItem]:
        items = await fetch_planned(devops, scope.organization, wanted, _fields(columns))
        return [
            BacklogItem(
                **planned_values(devops, scope.organization, items.get(each) or missing_work_item(each)),
                **_place(columns, items.get(each)),
            )
            for each in wanted
        ]

    return Backlog(
        **dict(await pages.page(ids, read, limit=limit)),
        level=chosen.name,
        levels=[
            Level(name=each.name, types=[kind.name for kind in each.work_item_types], hidden=each.is_hidden)
            for each in levels
        ],
        columns=[
            Column(
                name=each.name,
                limit=each.item_limit or None,
                split=each.is_split,
                states=each.state_mappings,
                definition_of_done=each.description,
            )
            for each in (columns.columns if columns else ())
        ],
        lanes=[each.name for each in (columns.rows if columns else ()) if each.name],
        gaps=[board] if isinstance(board, Gap) else [],
    )


def _level(wanted: str | None, levels: Sequence[BacklogDocument]) -> BacklogDocument:
    """Returns the level that an argument names, or else the one of requirements.

    Raises:
        ToolError: `not_found`: there is none.
    """
    if wanted is None:
        found = [each for each in levels if each.type == "requirement"] or list(levels)
    else:
        folded = wanted.casefold()
        found = [each for each in levels if folded in (each.name.casefold(), each.id.casefold())] or [
            each for each in levels if folded in {kind.name.casefold() for kind in each.work_item_types}
        ]
    if found:
        return found[0]
    known = ", ".join(quotable(each.name) for each in levels)
    raise ToolError(
        "not_found",
        f"level: the team has none such ({quotable(wanted or 'requirements')}).",
        f"Name one of: {known}." if known else "The team has no backlog.",
    )


def _fields(board: BoardDocument | None) -> list[str]:
    """Returns the fields of work items that tell where they are on the board."""
    if board is None:
        return []
    where = board.fields
    names = (where.column_field, where.row_field, where.done_field)
    return [each.reference_name for each in names if each.reference_name]


def _place(board: BoardDocument | None, item: WorkItemDocument | None) -> dict[str, object]:
    """Returns where a work item is on the board."""
    fields = item.fields if item else {}
    where = board.fields if board else BoardDocument(id="").fields
    column = fields.get(where.column_field.reference_name or "")
    lane = fields.get(where.row_field.reference_name or "")
    done = fields.get(where.done_field.reference_name or "")
    return {
        "column": column if isinstance(column, str) else None,
        "lane": lane if isinstance(lane, str) else None,
        "column_done": done if isinstance(done, bool) else None,
    }
