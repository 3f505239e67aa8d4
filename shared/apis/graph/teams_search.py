"""Searches messages of Teams with Microsoft Search."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from shared.apis.graph.microsoft_search import without_marks
from shared.apis.graph.teams_addresses import channel_id
from shared.results.paging import Page, fitting
from shared.text.content import Line, clean_line

if TYPE_CHECKING:
    from shared.apis.graph.graph_client import Graph

_LARGEST_REQUEST = 25


class FoundMessage(BaseModel):
    """A message that was found, and where: in a chat or in a channel."""

    message_id: str
    chat_id: str | None = None
    channel: str | None = Field(None, description="Where it has one: for graph_get_channel_messages.")
    by: Line | None = None
    sent: datetime | None = None
    subject: Line | None = None
    excerpt: Line = Field(description="Where the words were found, as others wrote it: content.")


class _Hit(BaseModel):
    summary: str = ""
    resource: dict[str, Any]


class _Container(BaseModel):
    hits: list[_Hit] = []
    more: bool = Field(False, validation_alias="moreResultsAvailable")


class _Response(BaseModel):
    containers: list[_Container] = Field([], validation_alias="hitsContainers")


class _SearchResponse(BaseModel):
    value: list[_Response] = []


async def search_messages(graph: Graph, query: str, *, limit: int, cursor: str | None) -> Page[FoundMessage]:
    """Returns a page of the messages that a query in KQL finds, the best first.

    The service searches messages of Teams in a request of their own, and does not count or sort them.
    """
    asked = f"Teams messages {query}"
    start = int(graph.cursors.open(asked, cursor).get("start", 0)) if cursor else 0
    request = {
        "entityTypes": ["chatMessage"],
        "query": {"queryString": query},
        "from": start,
        "size": min(limit, _LARGEST_REQUEST),
    }
    response = await graph.post(_SearchResponse, "/search/query", body={"requests": [request]}, reads=True)
    container = next((each for one in response.value for each in one.containers), _Container())
    items = [_found(each) for each in container.hits][:limit]
    items = items[: fitting(items)]
    more = len(items) < len(container.hits) or (container.more and bool(items))
    return Page(
        items=items,
        complete=not more,
        next_cursor=graph.cursors.seal(asked, {"start": start + len(items)}) if more else None,
        note="There are more." if more else None,
    )


def _found(hit: _Hit) -> FoundMessage:
    facts = hit.resource
    # That of a message in a chat is empty.
    place = facts.get("channelIdentity") or {}
    sender = (facts.get("from") or {}).get("emailAddress") or {}
    name, address = (clean_line(str(sender.get(each) or "")) for each in ("name", "address"))
    return FoundMessage(
        message_id=str(facts.get("id") or ""),
        chat_id=facts.get("chatId"),
        channel=channel_id(place["teamId"], place["channelId"]) if place.get("channelId") else None,
        by=" ".join(each for each in (name, f"<{address}>" if address else "") if each) or None,
        sent=facts.get("createdDateTime"),
        subject=facts.get("subject") or None,
        excerpt=without_marks(hit.summary),
    )
