"""Resolves references to saved queries of work items."""

from dataclasses import dataclass

from shared.caller import Caller
from shared.errors import ToolError


@dataclass(frozen=True, slots=True)
class QueryKey:
    """Names a saved query: where it is, and its id, path or name."""

    organization: str
    project: str
    wanted: str


async def resolve_query(
    caller: Caller, reference: str, project: str | None, organization: str | None
) -> QueryKey:
    """Resolves a reference to a saved query; an address also says organization and project.

    Raises:
        ToolError: `invalid_argument`: the address is none of a saved query, or no one project is named.
    """
    link = caller.devops.parse_link(reference)
    if link is None:
        if project == "*":
            raise ToolError(
                "invalid_argument",
                "project: a saved query is in one project.",
                "Name the project of the saved query.",
            )
        return QueryKey(await caller.organization(organization), await caller.project(project), reference)
    # .../_queries/query/{id}/, .../_queries?id={id}, and .../_workitems?path={path}
    wanted = link.after("query", "query-edit") or link.query.get("id") or link.query.get("path")
    if link.area.casefold() not in ("_queries", "_workitems") or not wanted or not link.project:
        raise ToolError(
            "invalid_argument",
            "saved_query: the address is none of a saved query.",
            "Give the address of a query under Boards, Queries, or its name.",
        )
    return QueryKey(link.organization, link.project, wanted)
