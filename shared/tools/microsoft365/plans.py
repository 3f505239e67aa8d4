"""Shows plans of Planner: their buckets in order, with the tasks of everybody."""

import re
from collections import Counter
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from shared.apis.graph.directory_people import SCOPE, find_people, names_of
from shared.apis.graph.graph_client import Graph
from shared.apis.graph.planner_tasks import Bucket, Importance, Plan, PlannerTask
from shared.caller import Caller
from shared.concurrency import run_all, run_concurrently
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.paging import Page, fitting
from shared.results.partial_results import Gap, capture_gap, error_from_gaps
from shared.text.content import Line
from shared.text.names import Name
from shared.text.time_zones import zone
from shared.tools.params import Cursor, PageSize

toolset = Toolset("tasks")

MOST_TASKS = 2_000
"""Tasks read of one plan."""
MOST_BUCKETS = 500
BUCKET_BUDGET = 8_000
"""Characters of JSON for the buckets of a plan in a result of the usual length."""
_MOST_PLANS = 500
_MOST_OTHERS = 20
"""Plans read one by one since the user has tasks in them."""
_ID = re.compile(r"[A-Za-z0-9_-]{16,}")
_NOT_ALL = (
    "Plans that are not shared with you, and in which you have no task, are listed by group only "
    "(graph_list_my_groups)."
)


class PlanSummary(BaseModel):
    """A plan."""

    id: str
    title: Line
    group_id: str | None = Field(description="The group it belongs to.")


class BucketSummary(BaseModel):
    """A bucket of the plan, in the order of its board."""

    id: str
    name: Name
    tasks: int = Field(description="How many of the tasks asked for it holds.")


class PlanTask(BaseModel):
    """A task of a plan."""

    id: str
    version: str
    title: Line
    bucket: Name | None
    assignees: list[Line] = Field(description="By name and address.")
    due: date | None
    percent: int
    importance: Importance
    steps: int = Field(description="Steps of its checklist.")
    steps_done: int


class PlanView(BaseModel):
    """The user's plans, or one plan; `gaps` names what could not be read."""

    plans: Page[PlanSummary] | None = Field(None, description="Where no plan is named.")
    plan: PlanSummary | None = None
    buckets: list[BucketSummary] = []
    buckets_left_out: int = Field(0, description="Buckets without room here; bucket asks for one.")
    tasks: Page[PlanTask] | None = Field(None, description="Bucket by bucket, completed ones last.")
    gaps: list[Gap] = Field(description="What is missing, and why.")


@toolset.tool(scopes=["Tasks.Read", SCOPE, "MailboxSettings.Read"])
async def graph_get_plan(
    caller: Caller,
    plan: Annotated[str | None, Field(description="Title or id; left out, your plans.")] = None,
    bucket: Annotated[str | None, Field(description="By name or id.")] = None,
    assignee: Annotated[str | None, Field(description="Only tasks of this address.")] = None,
    open_only: Annotated[bool, Field(description="No completed ones.")] = False,
    group: Annotated[str | None, Field(description="Id of a group: its plans.")] = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> PlanView:
    """Get a Planner plan: its buckets with everybody's tasks; or the signed-in user's plans.

    Use graph_list_tasks for the user's own tasks.
    """
    if plan is None:
        given = {"bucket": bucket, "assignee": assignee, "open_only": open_only or None}
        if wrong := next((name for name, value in given.items() if value is not None), None):
            raise ToolError("invalid_argument", f"{wrong}: needs a plan.", "Name the plan too.")
        return await _plans(caller, group, limit, cursor)
    where = zone(await caller.time_zone(None))
    found = await resolve_plan(caller.graph, plan, group)
    (tasks, whole), (all_buckets, _) = await run_concurrently(
        caller.graph.list_all(PlannerTask, "/planner/plans/{}/tasks", found.id, most=MOST_TASKS),
        caller.graph.list_all(Bucket, "/planner/plans/{}/buckets", found.id, most=MOST_BUCKETS),
    )
    buckets = in_order(all_buckets)
    if bucket:
        chosen = bucket_named(buckets, bucket)
        buckets, tasks = [chosen], [each for each in tasks if each.bucket_id == chosen.id]
    if assignee:
        [(_, person)] = await find_people(caller.graph, [assignee], "assignee")
        tasks = [each for each in tasks if person.id in each.assignments]
    if open_only:
        tasks = [each for each in tasks if each.progress != "completed"]
    ranks = {each.id: rank for rank, each in enumerate(buckets)}
    tasks.sort(key=lambda each: _rank(each, ranks))
    key = f"plan {found.id} {bucket} {assignee} {open_only}"
    page = caller.graph.paginate(tasks, key, limit=limit, cursor=cursor)
    people = await capture_gap(
        "names of people", names_of(caller.graph, (who for each in page.items for who in each.assignments))
    )
    names = {} if isinstance(people, Gap) else people
    counts = Counter(task.bucket_id for task in tasks)
    summaries = [BucketSummary(id=each.id, name=each.name, tasks=counts[each.id]) for each in buckets]
    shown = summaries[: fitting(summaries, BUCKET_BUDGET)]
    return PlanView(
        plan=_summary(found),
        buckets=shown,
        buckets_left_out=len(summaries) - len(shown),
        tasks=_page(page, {each.id: each.name for each in buckets}, names, where, whole=whole),
        gaps=[people] if isinstance(people, Gap) else [],
    )


async def resolve_plan(graph: Graph, given: str, group: str | None = None) -> Plan:
    """Finds a plan by its id, or by its title among the user's.

    Raises:
        ToolError: `invalid_argument`: there is none of this title, or several.
    """
    refused = None
    if _ID.fullmatch(given):
        try:
            return await graph.get(Plan, "/planner/plans/{}", given)
        except ToolError as error:
            # A title may look like an id, and Planner denies what it does not know.
            if error.code not in ("not_found", "invalid_argument", "forbidden"):
                raise
            refused = error if error.code == "forbidden" else None
    plans, _, _ = await _find_plans(graph, group)
    named = [each for each in plans if each.title.casefold() == given.casefold()]
    if len(named) == 1:
        return named[0]
    if refused and not named:
        raise refused
    if named:
        ids = ", ".join(each.id for each in named)
        raise ToolError("invalid_argument", "plan: several have this title.", f"Give one by its id: {ids}.")
    titles = ", ".join(sorted(each.title for each in plans)[:50]) or "none"
    raise ToolError(
        "invalid_argument",
        "plan: there is no plan of this title among yours.",
        f"Those found are: {titles}. {_NOT_ALL}",
    )


def in_order(buckets: list[Bucket]) -> list[Bucket]:
    """Returns buckets as their board shows them: order hints sort by code point."""
    return sorted(buckets, key=lambda each: (each.order_hint or "", each.id))


def bucket_named(buckets: list[Bucket], given: str) -> Bucket:
    """Finds a bucket of a plan by its id or name.

    Raises:
        ToolError: `invalid_argument`: there is none, or several have this name.
    """
    named = [each for each in buckets if each.id == given] or [
        each for each in buckets if each.name.casefold() == given.casefold()
    ]
    if len(named) == 1:
        return named[0]
    problem = "several have this name" if named else "the plan has none of this name"
    told = ", ".join(f"{each.name} ({each.id})" if named else each.name for each in named or buckets)
    raise ToolError("invalid_argument", f"bucket: {problem}.", f"Its buckets are: {told or 'none'}.")


async def _plans(caller: Caller, group: str | None, limit: int, cursor: str | None) -> PlanView:
    plans, gaps, whole = await _find_plans(caller.graph, group)
    found = sorted((_summary(each) for each in plans), key=lambda each: (each.title.casefold(), each.id))
    page = caller.graph.paginate(found, f"plans {group}", limit=limit, cursor=cursor)
    notes = [page.note, None if whole else "Not all plans were read.", None if group else _NOT_ALL]
    note = " ".join(each for each in notes if each) or None
    complete = page.complete and whole and not gaps and group is not None
    return PlanView(plans=page.model_copy(update={"note": note, "complete": complete}), gaps=gaps)


async def _find_plans(graph: Graph, group: str | None) -> tuple[list[Plan], list[Gap], bool]:
    """Returns the plans of a group, or those shared with the user and those they have tasks in."""
    if group:
        plans, whole = await graph.list_all(Plan, "/groups/{}/planner/plans", group, most=_MOST_PLANS)
        return plans, [], whole
    shared, tasks = await run_concurrently(
        capture_gap("plans shared with you", graph.list_all(Plan, "/me/planner/plans", most=_MOST_PLANS)),
        capture_gap("plans of your tasks", graph.list_all(PlannerTask, "/me/planner/tasks", most=MOST_TASKS)),
    )
    gaps = [each for each in (shared, tasks) if isinstance(each, Gap)]
    if len(gaps) == 2:
        raise error_from_gaps(gaps)
    found, whole = ([], True) if isinstance(shared, Gap) else shared
    mine, all_mine = ([], True) if isinstance(tasks, Gap) else tasks
    known = {each.id for each in found}
    others = list(dict.fromkeys(each.plan_id for each in mine if each.plan_id and each.plan_id not in known))
    read = await run_all(
        capture_gap(f"plan {each}", graph.get(Plan, "/planner/plans/{}", each))
        for each in others[:_MOST_OTHERS]
    )
    gaps += [each for each in read if isinstance(each, Gap)]
    plans = [*found, *(each for each in read if not isinstance(each, Gap))]
    return plans, gaps, whole and all_mine and len(others) <= _MOST_OTHERS


def _rank(task: PlannerTask, ranks: dict[str, int]) -> tuple[object, ...]:
    place = ranks.get(task.bucket_id or "", len(ranks))
    return place, task.progress == "completed", task.order_hint or "", task.id


def _page(
    page: Page[PlannerTask], buckets: dict[str, str], names: dict[str, str], where: ZoneInfo, *, whole: bool
) -> Page[PlanTask]:
    items = [
        PlanTask(
            id=f"planner:{each.id}",
            version=each.etag,
            title=each.title or "",
            bucket=buckets.get(each.bucket_id or ""),
            assignees=sorted(names.get(who, who) for who in each.assignments),
            due=each.due.astimezone(where).date() if each.due else None,
            percent=each.percent_complete or 0,
            importance=each.importance,
            steps=each.steps or 0,
            steps_done=(each.steps or 0) - (each.open_steps or 0),
        )
        for each in page.items
    ]
    left_out = None if whole else f"At most {MOST_TASKS:,} tasks of a plan are read."
    note = " ".join(each for each in (page.note, left_out) if each) or None
    return Page(items=items, complete=note is None, next_cursor=page.next_cursor, note=note)


def _summary(plan: Plan) -> PlanSummary:
    return PlanSummary(id=plan.id, title=plan.title, group_id=plan.group_id)
