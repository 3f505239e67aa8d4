"""Finds and reads what Azure DevOps has and no other tool returns."""

import asyncio
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import Field

from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.reads.parameters import query_of
from shared.reads.paths import FittedPath
from shared.reads.read_index import Read, read_index
from shared.reads.records import few, records, shallow, size
from shared.result_limit import share
from shared.results.paging import PAGE_BUDGET
from shared.text.time_zones import zone
from shared.tools.found_reads import About, FoundReads, Limit, Path, chosen_read, find_reads
from shared.tools.graph_reads import Records
from shared.tools.params import Cursor, Organization, PageSize, Project

toolset = Toolset("reads")

_WITHOUT_ORGANIZATION = ("_apis/accounts", "_apis/profile/", "_apis/status/")
"""What is read of the user or the whole service."""
_KEYS = ("value", "results", "members", "items")
_ABOUT_A_LIST = ("count", "totalCount", "continuationToken", "hasMore", "_links", "nextLink", "isLastBatch")


@dataclass(frozen=True, slots=True)
class Position:
    """Tells where a list goes on.

    Attributes:
        top: How many items the service is asked for at a time, where it lets itself be asked.
        token: The service's own token of its page; empty for the first.
        skip: How many items of the whole list come before that page.
        within: How many items of that page come before.
    """

    top: int
    token: str = ""
    skip: int = 0
    within: int = 0


@toolset.tool(scopes=[], reads="devops")
async def devops_find_reads(
    caller: Caller,
    about: About,
    area: Annotated[str | None, Field(max_length=40, description="Only of this area, such as git.")] = None,
    limit: Limit = 8,
) -> FoundReads:
    """Find what else of Azure DevOps the signed-in user can read, for questions no other tool answers.

    Each path goes to devops_read; where better names a tool, use that one.
    """
    known = {read.area.casefold(): read.area for read in read_index("devops").reads}
    if area and area.casefold() not in known:
        names = ", ".join(sorted(known.values()))
        raise ToolError("invalid_argument", f"area: there is no {area}.", f"Give one of {names}.")
    chosen = known[area.casefold()] if area else None
    return await find_reads(caller, "devops", about, limit=limit, area=chosen)


@toolset.tool(scopes=[], reads="devops")
async def devops_read(
    caller: Caller,
    path: Path,
    parameters: Annotated[
        dict[str, Any], Field(description="Query parameters by name, as devops_find_reads lists them.")
    ] = {},  # noqa: B006 - is not changed
    project: Project = None,
    organization: Organization = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Records:
    """Read one path of Azure DevOps as the signed-in user, as devops_find_reads gives it.

    {project} may stay in the path. Reading only, one request. Use another tool where one answers.
    """
    fitted, scope = await chosen_read(caller, "devops", await _whole(caller, path, organization, project))
    query = query_of(fitted.read, parameters)
    devops = caller.devops.with_scopes(scope)
    of = f"{fitted.read.host}{fitted.path} {fitted.ids} {sorted(query.items())}"
    position = Position(**devops.cursors.open(of, cursor)) if cursor else Position(top=limit)
    names = {each.name for each in fitted.read.parameters}
    document, onward = await devops.read(
        fitted.path, *fitted.ids, host=fitted.read.host, query={**query, **_paging(names, position)}
    )
    documents, is_list = _items(fitted.read, document)
    rest = documents[position.within : position.within + limit]
    items = await _records(zone(await caller.time_zone(None)), fitted, rest, is_list=is_list)
    items = items[: _fitting(items)]
    following = _following(names, position, len(documents), position.within + len(items), onward)
    cut_off = following is None and _ends_at_top(names) and len(documents) >= position.top
    notes = [
        "There are more." if following else "",
        "There may be more: raise limit, or narrow it by parameters." if cut_off else "",
        "" if items or position.within else "There is nothing.",
    ]
    return Records(
        items=items,
        complete=not following and not cut_off,
        next_cursor=devops.cursors.seal(of, asdict(following)) if following else None,
        note=" ".join(filter(None, notes)) or None,
        path=fitted.read.template,
    )


async def _whole(caller: Caller, path: str, organization: str | None, project: str | None) -> str:
    """Returns the path with the organization before it, and the project where it names none."""
    inner = path.removeprefix("/")
    if inner.startswith("{organization}/"):
        inner = inner.removeprefix("{organization}/")
    if inner.startswith(_WITHOUT_ORGANIZATION):
        return f"/{inner}"
    if "{project}" in inner:
        inner = inner.replace("{project}", quote(await caller.project(project), safe=""))
    if "{" in inner:
        raise ToolError(
            "invalid_argument", "path: has a name in braces.", "Put the id in its place, braces included."
        )
    return f"/{quote(await caller.organization(organization), safe='')}/{inner}"


def _paging(names: set[str], position: Position) -> dict[str, str]:
    query = {}
    for top, skip in (("$top", "$skip"), ("top", "skip")):
        if top in names:
            query[top] = str(position.top)
        if skip in names and position.skip:
            query[skip] = str(position.skip)
    if position.token:
        query["continuationToken"] = position.token
    return query


def _ends_at_top(names: set[str]) -> bool:
    """Tells whether a list is cut by the service, which lets nobody read on."""
    return bool(names & {"$top", "top"}) and not names & {"$skip", "skip", "continuationToken"}


def _following(
    names: set[str], position: Position, number: int, end: int, onward: str | None
) -> Position | None:
    """Returns where the list goes on after the first items of what the service returned; None at its end."""
    if end < number:
        return replace(position, within=end)
    if onward:
        return Position(top=position.top, token=onward)
    # A list that is skipped through does not say whether there is more: a full page suggests it.
    if names & {"$skip", "skip"} and number >= position.top:
        return Position(top=position.top, skip=position.skip + number)
    return None


def _items(read: Read, document: Any) -> tuple[list[Any], bool]:
    """Returns what was read as a list, and whether it is one."""
    if document is None:
        return [], False
    if isinstance(document, list):
        return document, True
    if isinstance(document, dict):
        key = next((each for each in _KEYS if isinstance(document.get(each), list)), None)
        # What has more to say than its items is a record itself.
        if key and (read.form == "list" or document.keys() <= {key, *_ABOUT_A_LIST}):
            return list(document[key]), True
    return [document], False


def _fitting(items: list[dict[str, Any]]) -> int:
    """Counts the records, from the first on, that fit a page: at least one."""
    total = 0
    for count, item in enumerate(items):
        total += size(item)
        if total > share(PAGE_BUDGET) and count:
            return count
    return len(items)


async def _records(
    own: ZoneInfo, fitted: FittedPath, documents: list[Any], *, is_list: bool
) -> list[dict[str, Any]]:
    described = read_index("devops").type_of(fitted.read)
    origin = f"Azure DevOps, {fitted.read.template}"

    def made() -> list[dict[str, Any]]:
        names = [name for each in documents if isinstance(each, dict) for name in each]
        chosen = few(names, described) if is_list and names else None
        # Each by itself: how many fit a page is decided afterwards.
        return [
            item
            for each in documents
            for item in records([shallow(each)], zone=own, origin=origin, chosen=chosen)
        ]

    return await asyncio.to_thread(made)
