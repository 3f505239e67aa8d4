"""Reads teams, their channels, and the threads in these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from shared.apis.graph.teams_addresses import channel_id
from shared.apis.graph.teams_messages import MOST, READ, Thread, WholeThread
from shared.apis.models import GraphModel
from shared.errors import ToolError
from shared.text.content import Line

if TYPE_CHECKING:
    from shared.apis.graph.graph_client import Graph
    from shared.apis.graph.teams_addresses import TeamsPlace

_TEAMS = 1_000
_CHANNELS = 1_000
_SEARCHED_PAGES = 3
"""How many pages of threads are searched for a reply whose thread is not known."""


class TeamSummary(GraphModel):
    """A team; a list of teams fills no more than this."""

    id: str
    name: Line = Field("", validation_alias="displayName")
    description: Line | None = None


class _Channel(GraphModel):
    id: str
    display_name: Line = ""
    membership_type: str | None = None
    description: Line | None = None
    web_url: str | None = None


class ChannelSummary(BaseModel):
    """A channel of a team."""

    id: str = Field(description="As channel for the tools that take one.")
    name: Line
    kind: str = Field(description="standard, private or shared.")
    description: Line | None
    web_url: str | None


class _Ids(GraphModel):
    id: str
    replies: list[dict[str, Any]] = []


async def list_teams(graph: Graph) -> list[TeamSummary]:
    """Returns the teams the user is in. The service takes no parameters for this list."""
    teams, _ = await graph.list_all(TeamSummary, "/me/joinedTeams", most=_TEAMS, select="", top="")
    return teams


async def list_channels(graph: Graph, team_id: str) -> list[ChannelSummary]:
    """Returns the channels of a team that the user may see."""
    channels, _ = await graph.list_all(_Channel, "/teams/{}/channels", team_id, most=_CHANNELS, top="")
    return [
        ChannelSummary(
            id=channel_id(team_id, each.id),
            name=each.display_name,
            kind=each.membership_type or "standard",
            description=each.description,
            web_url=each.web_url,
        )
        for each in channels
    ]


async def find_thread(graph: Graph, place: TeamsPlace, message_id: str, offset: int) -> Thread:
    """Returns the message at the top of the thread in which a message is, its text from an offset on.

    A search finds replies without their thread, so a message that is at no top is looked for among the
    replies to the last active ones.

    Raises:
        ToolError: `not_found`: it is not there.
    """
    path = ("/teams/{}/channels/{}/messages", place.team, place.thread)
    try:
        return await _top(graph, place, message_id, offset)
    except ToolError as error:
        if error.code != "not_found":
            raise
        missing = error
    cursor: str | None = None
    for _ in range(_SEARCHED_PAGES):
        page = await graph.page(
            _Ids, *path, limit=MOST, cursor=cursor, headers=READ, select="", expand="replies"
        )
        for each in page.items:
            if message_id in {reply.get("id") for reply in each.replies}:
                return await _top(graph, place, each.id, offset)
        cursor = page.next_cursor
        if cursor is None:
            break
    raise missing


async def _top(graph: Graph, place: TeamsPlace, message_id: str, offset: int) -> Thread:
    path = ("/teams/{}/channels/{}/messages/{}", place.team, place.thread, message_id)
    if not offset:
        return await graph.get(Thread, *path, headers=READ, select="")
    return (await graph.get(WholeThread, *path, headers=READ, select="")).read_from(offset)
