"""Searches and reads Azure DevOps work items."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from shared.apis.devops import wiql
from shared.apis.devops.query_hierarchy import find_query
from shared.apis.devops.wiql import QueryHit, QueryScope
from shared.apis.devops.work_item_documents import fetch
from shared.apis.devops.work_item_states import not_ended_conditions
from shared.caller import Caller
from shared.concurrency import run_concurrently
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.paging import CountedPage, KeyedList
from shared.tools.devops.saved_query_params import resolve_query
from shared.tools.devops.work_item_details import details
from shared.tools.devops.work_item_history import history_or_gap, with_history
from shared.tools.devops.work_item_params import FieldName, Team, WorkItemType, resolve_work_items
from shared.tools.devops.work_item_types import TypeDescription, describe_type
from shared.tools.devops.work_item_values import field_types
from shared.tools.devops.work_item_views import (
    SUMMARY_FIELDS,
    FoundWorkItem,
    WorkItem,
    WorkItemSummary,
    missing_work_item,
    row,
    summary,
)
from shared.tools.params import Cursor, Offset, Organization, PageSize, Project, Reference

WITH_COMMENTS = 25
"""Work items read at once where the comments of each are read too."""

toolset = Toolset("work_items")

Scope = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=100,
        description="Name or id, * for all; else your default, or all.",
    ),
]


class WorkItems(CountedPage[WorkItem]):
    """The requested work items; `missing` do not exist, or the caller has no access to them."""

    missing: list[int]


@toolset.tool(scopes=["vso.work"])
async def devops_search_work_items(
    caller: Caller,
    query: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=32_000,
            description='Words, all of which must occur ("so" as a phrase) in title, description, repro '
            "steps or tags; a number is an id too. Or WIQL: SELECT [System.Title], "
            "[System.State] FROM WorkItems WHERE [System.WorkItemType] = 'Bug' AND "
            "[System.TeamProject] = @Project AND [System.ChangedDate] > @Today - 7 ORDER BY "
            "[System.ChangedDate] DESC; a quote in a text is doubled: 'O''Brien'.",
        ),
    ] = None,
    saved_query: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=2_000,
            description="In place of query: name, path, id or web address.",
        ),
    ] = None,
    project: Scope = None,
    team: Team = None,
    organization: Organization = None,
    limit: Annotated[int, Field(ge=1, le=400, description="Items at most.")] = 50,
    cursor: Cursor = None,
) -> CountedPage[FoundWorkItem]:
    """Search the work items of Azure DevOps by words, WIQL or a saved query, with its columns filled in.

    Words find the latest changed first. WIQL is for all that is exact: states, dates, people (@Me), paths
    (UNDER), sprints (@CurrentIteration needs team), links (FROM WorkItemLinks); project is then @Project,
    and restricts nothing. `total` is 20,000 at most. Long texts are cut: see devops_get_work_item. The
    user's own: devops_list_my_work_items.
    """
    scope, wiql_text = await _query_text(caller, query, saved_query, organization, project, team)
    pages = KeyedList(caller.devops.cursors, f"{scope} {wiql_text}", cursor)
    found = await wiql.run_query(caller.devops, scope, wiql_text)
    columns = wiql.selected(found)

    async def read(hits: Sequence[QueryHit]) -> list[FoundWorkItem]:
        items = await fetch(
            caller.devops,
            scope.organization,
            [hit.id for hit in hits],
            [*columns, "System.TeamProject"],
            as_of=found.as_of,
        )
        types = await field_types(caller.devops, scope.organization, items.values())
        # Columns may be long HTML: not where everybody else's calls wait.
        return await asyncio.to_thread(
            lambda: [
                row(caller.devops, scope.organization, hit, items.get(hit.id), columns, types) for hit in hits
            ]
        )

    return await pages.page(found.hits, read, limit=limit)


@toolset.tool(scopes=["vso.work"])
async def devops_list_my_work_items(
    caller: Caller,
    include_ended: Annotated[bool, Field(description="List closed, done and removed ones too.")] = False,
    project: Scope = None,
    organization: Organization = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> CountedPage[WorkItemSummary]:
    """List the work items assigned to the signed-in user, the latest changed first.

    Any others: devops_search_work_items.
    """
    scope = await _query_scope(caller, organization, project, None)
    pages = KeyedList(caller.devops.cursors, f"{scope} assigned to me {include_ended}", cursor)
    conditions, gaps = ([], []) if include_ended else await not_ended_conditions(caller.devops, scope)
    wiql_text = wiql.assigned_to_me_query(SUMMARY_FIELDS, scope, conditions=conditions)
    found = await wiql.run_query(caller.devops, scope, wiql_text)

    async def read(hits: Sequence[QueryHit]) -> list[WorkItemSummary]:
        ids = [hit.id for hit in hits]
        items = await fetch(caller.devops, scope.organization, ids, SUMMARY_FIELDS)
        return [
            summary(caller.devops, scope.organization, items.get(each) or missing_work_item(each))
            for each in ids
        ]

    page = await pages.page(found.hits, read, limit=limit)
    notes = [f"{gap.source} could not be read, so ended ones are listed too: {gap.message}" for gap in gaps]
    return page.model_copy(update={"note": " ".join(filter(None, [page.note, *notes])) or None})


@toolset.tool(scopes=["vso.work"])
async def devops_get_work_item(
    caller: Caller,
    work_item_ids: Annotated[
        list[Reference],
        Field(min_length=1, max_length=200, description="Ids or web addresses."),
    ],
    fields: Annotated[
        list[FieldName] | None,
        Field(
            min_length=1,
            max_length=50,
            description="Only these, by reference name such as System.Description, and no links; else all "
            "that are set.",
        ),
    ] = None,
    comments: Annotated[
        int | None,
        Field(
            ge=0,
            le=25,
            description="How many, the newest first; else 10 for one work item without fields.",
        ),
    ] = None,
    history: Annotated[
        int,
        Field(
            ge=0,
            le=50,
            description="How many changes of one work item, the newest first.",
        ),
    ] = 0,
    offset: Offset = 0,
    organization: Organization = None,
    cursor: Cursor = None,
) -> WorkItems:
    """Get Azure DevOps work items by id, one or up to 200: fields, long texts, links with titles, comments.

    The texts of a call share its room: to read one to its end, request that work item and field alone, with
    offset. Older comments or changes: their next_cursor as cursor, with that one id (and history).
    """
    chosen, ids = await resolve_work_items(caller, organization, work_item_ids)
    if history and len(ids) > 1:
        raise ToolError(
            "invalid_argument", "history: is of one work item.", "Request one work item at a time with it."
        )
    shown = (10 if len(ids) == 1 and (cursor or not fields) else 0) if comments is None else comments
    of_history = cursor if history else None
    # Whoever reads on in the history wants no comments.
    shown = 0 if of_history else shown
    of_comments = cursor if len(ids) == 1 and shown else None
    onward = None if of_comments or of_history else cursor
    pages = KeyedList(caller.devops.cursors, f"{chosen} {ids} {fields}", onward)
    selected = [*SUMMARY_FIELDS, "System.CommentCount", *fields] if fields else None
    items = await fetch(caller.devops, chosen, ids, selected)
    if not items:
        raise _not_found(ids)

    async def read(wanted: Sequence[int]) -> list[WorkItem]:
        found = [items[each] for each in wanted]
        read = details(caller.devops, chosen, found, comments=shown, cursor=of_comments, offset=offset)
        if not history:
            return await read
        (whole,), changes = await run_concurrently(
            read, history_or_gap(caller.devops, chosen, found[0], limit=history, cursor=of_history)
        )
        return [with_history(whole, changes)]

    there = [each for each in ids if each in items]
    page = await pages.page(there, read, limit=WITH_COMMENTS if shown else len(there))
    return WorkItems(**dict(page), missing=[each for each in ids if each not in items])


@toolset.tool(scopes=["vso.work"])
async def devops_get_work_item_type(
    caller: Caller,
    work_item_type: WorkItemType,
    field: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=100,
            description="Part of a field's name, to see more of its values.",
        ),
    ] = None,
    project: Project = None,
    organization: Organization = None,
) -> TypeDescription:
    """Get what a type of work item allows in a project: its states, and its fields with allowed values.

    A wrong type is answered with the types there are.
    """
    chosen = await caller.organization(organization)
    return await describe_type(caller.devops, chosen, await caller.project(project), work_item_type, field)


async def _query_text(
    caller: Caller,
    query: str | None,
    saved_query: str | None,
    organization: str | None,
    project: str | None,
    team: str | None,
) -> tuple[QueryScope, str]:
    """Returns the WIQL of a search, and its scope.

    Raises:
        ToolError: `invalid_argument`: neither query nor saved_query is given, or both are.
    """
    if (query is None) == (saved_query is None):
        raise ToolError(
            "invalid_argument",
            "query: give either it or saved_query.",
            "Give words or WIQL as query, or name a saved query.",
        )
    if saved_query is not None:
        key = await resolve_query(caller, saved_query, project, organization)
        text = await find_query(caller.devops, key.organization, key.project, key.wanted)
        return await _query_scope(caller, key.organization, key.project, team), text
    scope = await _query_scope(caller, organization, project, team)
    words = query or ""
    return scope, words if wiql.is_query(words) else wiql.full_text_query(words, scope)


async def _query_scope(
    caller: Caller, organization: str | None, project: str | None, team: str | None
) -> QueryScope:
    """Returns the scope of a query; preferences apply only to their own organization and project."""
    preferred = await caller.preferences()
    chosen = await caller.organization(organization)
    if project is None and organization in (None, preferred.organization):
        project = preferred.project
    if project is None or project == "*":
        if team is not None:
            raise ToolError(
                "invalid_argument", "team: needs a project.", "Name the project of the team as well."
            )
        return QueryScope(chosen)
    return QueryScope(chosen, project, await caller.team(team, chosen, project))


def _not_found(ids: Sequence[int]) -> ToolError:
    return ToolError(
        "not_found",
        f"There is no work item {', '.join(map(str, ids[:10]))}, or you have no access to it.",
        "Look the id up with devops_search_work_items.",
    )
