"""Searches messages of Teams with Microsoft Search."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import AliasChoices, AliasPath, BaseModel, Field

from shared.apis.graph.graph_responses import SERVICE
from shared.apis.graph.microsoft_search import without_marks
from shared.apis.graph.teams_addresses import channel_id
from shared.apis.models import GraphModel
from shared.apis.requests import parse
from shared.results.paging import Page, fitting
from shared.text.content import Line

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


class _Hit(GraphModel):
    summary: str = ""
    resource: dict[str, Any]


class _Resource(GraphModel):
    """A message as a search tells it: with a sender as e-mails have."""

    id: str
    chat_id: str | None = None
    team_id: str | None = Field(None, validation_alias=AliasPath("channelIdentity", "teamId"))
    channel_id: str | None = Field(None, validation_alias=AliasPath("channelIdentity", "channelId"))
    name: Line | None = Field(
        None,
        validation_alias=AliasChoices(
            AliasPath("from", "emailAddress", "name"),
            AliasPath("from", "user", "displayName"),
            AliasPath("from", "application", "displayName"),
        ),
    )
    address: Line | None = Field(None, validation_alias=AliasPath("from", "emailAddress", "address"))
    created_date_time: datetime | None = None
    subject: Line | None = None


class _Container(GraphModel):
    hits: list[_Hit] = []
    more: bool = Field(False, validation_alias="moreResultsAvailable")


class _Response(GraphModel):
    containers: list[_Container] = Field([], validation_alias="hitsContainers")


class _SearchResponse(GraphModel):
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
    facts = parse(_Resource, hit.resource, service=SERVICE)
    address = f"<{facts.address}>" if facts.address else ""
    # The place of a message in a chat is empty.
    return FoundMessage(
        message_id=facts.id,
        chat_id=facts.chat_id,
        channel=channel_id(facts.team_id, facts.channel_id) if facts.team_id and facts.channel_id else None,
        by=" ".join(each for each in (facts.name, address) if each) or None,
        sent=facts.created_date_time,
        subject=facts.subject or None,
        excerpt=without_marks(hit.summary),
    )
