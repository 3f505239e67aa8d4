"""Finds and reads what Azure DevOps has and no other tool returns."""

import asyncio
import difflib
from collections.abc import Mapping
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.reads.paths import FittedPath
from shared.reads.read_index import Parameter, Read, read_index
from shared.reads.records import few, record
from shared.text.time_zones import zone
from shared.tools.found_reads import About, FoundReads, Limit, Path, chosen_read, find_reads
from shared.tools.graph_reads import Records
from shared.tools.params import Cursor, Organization, PageSize, Project

toolset = Toolset("reads")

_LONG_CHARACTERS = 32_000
_OURS = frozenset({"api-version", "continuationToken", "$top", "top", "$skip", "skip"})
"""Parameters that the other arguments stand for."""
_WITHOUT_ORGANIZATION = ("_apis/accounts", "_apis/profile/", "_apis/status/")
"""What is read of the user or the whole service."""
_KEYS = ("value", "results", "members", "items")


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
    query = _query(fitted.read, parameters)
    devops = caller.devops.with_scopes(scope)
    of = f"{fitted.path} {fitted.ids} {sorted(query.items())}"
    position = devops.cursors.open(of, cursor) if cursor else {}
    names = {each.name for each in fitted.read.parameters}
    start = int(position.get("start", 0))
    document, onward = await devops.read(
        fitted.path,
        *fitted.ids,
        host=fitted.read.host,
        query={**query, **_paging(names, limit, position)},
    )
    documents, is_list = _items(document)
    # What the service gives whole is cut here; what it cuts goes on by its token or by skipping.
    by_service = "$top" in names or "top" in names
    shown = documents if by_service else documents[start : start + limit]
    items = await _records(zone(await caller.time_zone(None)), fitted, shown, is_list=is_list)
    rest = _rest(names, documents, limit, start, onward)
    return Records(
        items=items,
        complete=rest is None,
        next_cursor=devops.cursors.seal(of, rest) if rest else None,
        note="There are more." if rest else None,
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
        inner = inner.replace("{project}", await caller.project(project))
    if "{" in inner:
        raise ToolError(
            "invalid_argument", "path: has a name in braces.", "Put the id in its place, braces included."
        )
    return f"/{await caller.organization(organization)}/{inner}"


def _query(read: Read, given: Mapping[str, Any]) -> dict[str, str]:
    known = {each.name.casefold(): each for each in read.parameters if each.name not in _OURS}
    query = {}
    for name, value in given.items():
        parameter = known.get(name.casefold())
        if parameter is None:
            near = difflib.get_close_matches(name, [each.name for each in known.values()], n=3, cutoff=0.4)
            allowed = near or [each.name for each in known.values()] or ["none"]
            raise ToolError(
                "invalid_argument", f"parameters: there is no {name}.", f"It has {', '.join(allowed)}."
            )
        if text := _text(parameter, value):
            query[parameter.name] = text
    missing = [each.name for each in known.values() if each.required and each.name not in query]
    if missing:
        raise ToolError(
            "invalid_argument", f"parameters: {missing[0]} is missing.", f"Give {', '.join(missing)}."
        )
    return query


def _text(parameter: Parameter, value: Any) -> str:
    match value:
        case None | "" | [] | {}:
            return ""
        case bool():
            text = str(value).lower()
        case str() | int() | float():
            text = str(value)
        case list() if all(isinstance(each, str | int) for each in value):
            text = ",".join(map(str, value))
        case _:
            raise ToolError(
                "invalid_argument",
                f"parameters: {parameter.name} is neither a text nor a number.",
                "Give one value, or a list of values.",
            )
    allowed = {each.casefold(): each for each in parameter.values}
    if allowed and any(each.strip().casefold() not in allowed for each in text.split(",")):
        raise ToolError(
            "invalid_argument",
            f"parameters: {parameter.name} cannot be {text[:80]}.",
            f"Give one of {', '.join(parameter.values)}.",
        )
    return text


def _paging(names: set[str], limit: int, position: Mapping[str, Any]) -> dict[str, str]:
    query = {}
    for top, skip in (("$top", "$skip"), ("top", "skip")):
        if top in names:
            query[top] = str(limit)
        if skip in names and position.get("start"):
            query[skip] = str(position["start"])
    if position.get("token"):
        query["continuationToken"] = str(position["token"])
    return query


def _rest(
    names: set[str], documents: list[Any], limit: int, start: int, onward: str | None
) -> dict[str, Any] | None:
    """Returns where the list goes on; None at its end."""
    if onward:
        return {"token": onward}
    end = start + limit
    if "$skip" in names or "skip" in names:
        # Such a list does not say whether there is more: a full page suggests it.
        return {"start": end} if len(documents) >= limit else None
    if "$top" in names or "top" in names:
        return None
    return {"start": end} if len(documents) > end else None


def _items(document: Mapping[str, Any]) -> tuple[list[Any], bool]:
    for key in _KEYS:
        if isinstance(document.get(key), list):
            return list(document[key]), True
    return [document], False


async def _records(
    own: ZoneInfo, fitted: FittedPath, documents: list[Any], *, is_list: bool
) -> list[dict[str, Any]]:
    described = read_index("devops").type_of(fitted.read)
    origin = f"Azure DevOps, {fitted.read.template}"

    def made() -> list[dict[str, Any]]:
        names = [name for each in documents if isinstance(each, dict) for name in each]
        chosen = few(names, described) if is_list else None
        return [record(each, zone=own, origin=origin, chosen=chosen) for each in documents]

    size = sum(len(str(each)) for each in documents)
    return made() if size < _LONG_CHARACTERS else await asyncio.to_thread(made)
