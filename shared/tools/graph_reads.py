"""Finds and reads what Microsoft Graph has and no other tool returns."""

import asyncio
import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from shared.apis.graph.graph_client import Graph
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.reads.parameters import query_of
from shared.reads.paths import FittedPath
from shared.reads.read_index import RecordType, read_index
from shared.reads.records import HEAVY, few, records, shallow
from shared.results.paging import Page
from shared.text.time_zones import zone
from shared.tools.expanded_reads import check_expansion
from shared.tools.found_reads import About, FoundReads, Limit, Path, chosen_read, find_reads
from shared.tools.params import Cursor, PageSize

toolset = Toolset("reads")

_DIRECTORY = "directoryObject"
_UNKNOWN_PROPERTY = re.compile(r"(?:property named|Could not find a property named|property) '([\w.]+)'")
_ABOUT_TOP = re.compile(r"\$?\btop\b", re.IGNORECASE)


class Record(GraphModel):
    """Something of Graph as it came."""

    model_config = ConfigDict(extra="allow", frozen=True, alias_generator=to_camel)

    @model_validator(mode="before")
    @classmethod
    def _of_anything(cls, document: Any) -> Any:
        # Some lists are of texts or numbers.
        return shallow(document) if isinstance(document, dict) else {"value": shallow(document)}


class ListedRecord(Record):
    """Something of a list, without what a list does not show: many of these fit a page."""

    @model_validator(mode="before")
    @classmethod
    def _of_anything(cls, document: Any) -> Any:
        if not isinstance(document, dict):
            return {"value": shallow(document)}
        return shallow({name: each for name, each in document.items() if name not in HEAVY})


class Records(Page[dict[str, Any]]):
    """What was read: one record or a page of them."""

    path: str = Field(description="The read that was used.")


@toolset.tool(scopes=[], reads="graph")
async def graph_find_reads(caller: Caller, about: About, limit: Limit = 8) -> FoundReads:
    """Find what else of Microsoft Graph the signed-in user can read, for questions no other tool answers.

    Each path goes to graph_read; where better names a tool, use that one.
    """
    return await find_reads(caller, "graph", about, limit=limit)


@toolset.tool(scopes=[], reads="graph")
async def graph_read(
    caller: Caller,
    path: Path,
    select: Annotated[
        Sequence[Annotated[str, Field(pattern=r"^[A-Za-z_][\w/.]{0,99}$")]],
        Field(max_length=50, description="Only these properties; left out, the most telling."),
    ] = (),
    filter: Annotated[
        str | None, Field(max_length=1_000, description="OData, such as isRead eq false.")
    ] = None,
    search: Annotated[
        str | None, Field(max_length=500, description="Words, where the path has a search.")
    ] = None,
    order_by: Annotated[
        str | None, Field(max_length=200, description="Such as createdDateTime desc.")
    ] = None,
    expand: Annotated[
        str | None, Field(max_length=200, description="Related records to include, by name.")
    ] = None,
    parameters: Annotated[
        dict[str, Any], Field(description="Query parameters by name, as graph_find_reads lists them.")
    ] = {},  # noqa: B006 - is not changed
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Records:
    """Read one path of Microsoft Graph as the signed-in user, as graph_find_reads gives it.

    Reading only, one request. Use another tool where one answers the question.
    """
    fitted, scope = await chosen_read(caller, "graph", path)
    described = read_index("graph").type_of(fitted.read)
    graph = caller.graph.with_scopes(scope)
    query = {
        "select": ",".join(select),
        "filter": filter or "",
        "odata_search": _quoted(search),
        "orderby": order_by or "",
        "expand": await check_expansion(caller, fitted.read, expand),
        **query_of(fitted.read, parameters),
    }
    headers = _headers(described, query)
    try:
        page = await _page(graph, fitted, query, headers, limit, cursor)
    except ToolError as refused:
        raise _explained(refused, described) from refused
    return await _records(caller, fitted, page, described, select)


async def _page(
    graph: Graph,
    fitted: FittedPath,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    limit: int,
    cursor: str | None,
) -> Page[Any]:
    if fitted.read.form == "one":
        found = await graph.read(fitted.path, *fitted.ids, headers=headers, **query)
        items = [] if found is None else [await asyncio.to_thread(Record.model_validate, found)]
        return Page(items=items, complete=True)
    more = {"count": "true"} if "ConsistencyLevel" in headers else {}
    model = Record if query["select"] else ListedRecord
    try:
        return await graph.page(
            model, fitted.path, *fitted.ids, limit=limit, cursor=cursor, headers=headers, **query, **more
        )
    except ToolError as refused:
        # Some collections take no `$top`, and say so; a cursor of such a one is of a list without it.
        other = refused.message.startswith("cursor:") if cursor else _ABOUT_TOP.search(refused.message)
        if refused.code != "invalid_argument" or not other:
            raise
        return await graph.page(
            model,
            fitted.path,
            *fitted.ids,
            limit=limit,
            cursor=cursor,
            headers=headers,
            **{**query, **more, "top": ""},
        )


def _headers(described: RecordType, query: Mapping[str, str]) -> dict[str, str]:
    """Returns what the directory needs for a search, and for most filters ("Advanced query capabilities")."""
    of_directory = _DIRECTORY in (described.name, *described.bases)
    asked = query["filter"] or query["odata_search"] or query["orderby"]
    return {"ConsistencyLevel": "eventual"} if of_directory and asked else {}


def _quoted(search: str | None) -> str:
    """Returns the words of a search in the quotes that Graph wants around them."""
    if not search:
        return ""
    return search if search.startswith('"') else '"{}"'.format(search.replace('"', '\\"'))


async def _records(
    caller: Caller, fitted: FittedPath, page: Page[Any], described: RecordType, select: Sequence[str]
) -> Records:
    own = zone(await caller.time_zone(None))
    origin = f"Microsoft Graph, {fitted.read.template}"
    by_choice = fitted.read.form == "list"

    def made() -> list[dict[str, Any]]:
        documents = [item.model_dump(mode="json", by_alias=True) for item in page.items]
        names = [name for document in documents for name in document if "@" not in name]
        chosen = select or (few(names, described) if by_choice else None)
        return records(documents, zone=own, origin=origin, chosen=chosen)

    # Texts become plain ones: those of many records would hold up everybody else's calls.
    items = await asyncio.to_thread(made)
    unknown = [name for name in select if described.properties and not _is_known(name, described)]
    notes = [
        page.note,
        None if items else "There is nothing.",
        *(_no_property(name, described) for name in unknown),
    ]
    return Records(
        items=items,
        complete=page.complete,
        next_cursor=page.next_cursor,
        note=" ".join(filter(None, notes)) or None,
        path=fitted.read.template,
    )


def _is_known(name: str, described: RecordType) -> bool:
    known = {each.casefold() for each in (*described.properties, *described.navigations)}
    return name.partition("/")[0].casefold() in known


def _no_property(name: str, described: RecordType) -> str:
    near = difflib.get_close_matches(name, described.properties, n=3, cutoff=0.5)
    advice = f" Near it: {', '.join(near)}." if near else ""
    return f"{described.name} has no property {name} that is published.{advice}"


def _explained(refused: ToolError, described: RecordType) -> ToolError:
    """Returns a refusal with the nearest names where a property is unknown."""
    named = _UNKNOWN_PROPERTY.search(refused.message)
    if refused.code != "invalid_argument" or not named or not described.properties:
        return refused
    return ToolError(
        refused.code,
        refused.message,
        f"{_no_property(named[1], described)} {refused.remedy}",
        retry_after=refused.retry_after,
        details=refused.details,
        reason=refused.reason,
    )
