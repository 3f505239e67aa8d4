"""Searches with Microsoft Search, and merges the hits of several requests into pages."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Annotated, Any, Literal

from pydantic import AliasPath, BaseModel, BeforeValidator, Field

from shared.apis.graph.graph_client import Graph
from shared.concurrency import run_all
from shared.results.paging import Page, fitting

type Kind = Literal["mail", "events", "files", "list_items", "sites"]

SCOPES: Mapping[Kind, str] = {
    "mail": "Mail.Read",
    "events": "Calendars.Read",
    "files": "Files.Read.All",
    "list_items": "Sites.Read.All",
    "sites": "Sites.Read.All",
}
"""What each kind needs."""

_ENTITIES: Mapping[Kind, str] = {
    "mail": "message",
    "events": "event",
    "files": "driveItem",
    "list_items": "listItem",
    "sites": "site",
}
_KINDS: Mapping[str, Kind] = {f"#microsoft.graph.{entity}": kind for kind, entity in _ENTITIES.items()}
# Those of SharePoint may share a request; messages and events may not (Search API overview).
_ALONE: Sequence[Kind] = ("mail", "events")
_LARGEST_REQUEST = 25
_REST_ID = str.maketrans("/+", "-_")
_MARKS = re.compile(r"</?c0>")


class Hit(BaseModel):
    """One thing found; `resource` is what the service tells of it."""

    kind: Annotated[Kind, BeforeValidator(lambda entity: _KINDS.get(str(entity)))] = Field(
        validation_alias=AliasPath("resource", "@odata.type")
    )
    hit_id: str = Field("", validation_alias="hitId")
    summary: str = ""
    resource: dict[str, Any]

    @property
    def id(self) -> str:
        """Returns the id that requests take.

        Mail and events are found with the id of Exchange Web Services, which differs in two characters.
        """
        if self.kind in _ALONE:
            return self.hit_id.translate(_REST_ID)
        return self.hit_id

    @property
    def excerpt(self) -> str:
        """Returns the summary without its highlighting marks."""
        return without_marks(self.summary)


class _Container(BaseModel):
    hits: list[Hit] = []
    more: bool = Field(False, validation_alias="moreResultsAvailable")


class _Response(BaseModel):
    containers: list[_Container] = Field([], validation_alias="hitsContainers")


class _SearchResponse(BaseModel):
    value: list[_Response] = []


def without_marks(summary: str) -> str:
    """Returns the summary of a hit without the marks of what was found and left out."""
    return _MARKS.sub("", summary).replace("<ddd/>", "…")


async def search[M: BaseModel](
    graph: Graph,
    query: str,
    kinds: Sequence[Kind],
    shown: Callable[[Hit], M],
    *,
    limit: int,
    cursor: str | None,
) -> Page[M]:
    """Returns a page of hits, the best of each request in turn, each request from where the last page ended.

    Args:
        graph: As the caller.
        query: In KQL.
        kinds: What to search, at least one.
        shown: Makes an item of a hit.
        limit: How many items to request.
        cursor: Of the page before, from the same call.
    """
    asked = f"search {query} {sorted(kinds)}"
    groups = [[kind] for kind in _ALONE if kind in kinds]
    if together := [kind for kind in _ENTITIES if kind in kinds and kind not in _ALONE]:
        groups.append(together)
    positions = graph.cursors.open(asked, cursor) if cursor else {_name(group): 0 for group in groups}
    open_groups = [group for group in groups if _name(group) in positions]
    containers = await run_all(
        _request_hits(graph, query, group, positions[_name(group)], limit) for group in open_groups
    )
    turns = [
        (_name(group), shown(hit))
        for round_ in zip_longest(*(container.hits for container in containers))
        for group, hit in zip(open_groups, round_, strict=True)
        if hit is not None
    ][:limit]
    turns = turns[: fitting([item for _, item in turns])]
    rest = {}
    for group, container in zip(open_groups, containers, strict=True):
        taken = sum(name == _name(group) for name, _ in turns)
        if taken < len(container.hits) or (container.more and container.hits):
            rest[_name(group)] = positions[_name(group)] + taken
    return Page(
        items=[item for _, item in turns],
        complete=not rest,
        next_cursor=graph.cursors.seal(asked, rest) if rest else None,
        note="There are more." if rest else None,
    )


async def _request_hits(
    graph: Graph, query: str, kinds: Sequence[Kind], start: int, limit: int
) -> _Container:
    request = {
        "entityTypes": [_ENTITIES[kind] for kind in kinds],
        "query": {"queryString": query},
        "from": start,
        "size": min(limit, _LARGEST_REQUEST),
    }
    response = await graph.post(_SearchResponse, "/search/query", body={"requests": [request]}, reads=True)
    return next((each for response in response.value for each in response.containers), _Container())


def _name(group: Sequence[Kind]) -> str:
    return "+".join(group)
