"""Reads the signed-in user's chats, teams and channels in Microsoft Teams."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from shared.apis.graph.mail_messages import PERSON, address_of
from shared.apis.graph.teams_addresses import (
    TeamsPlace,
    parse_channel,
    parse_chat,
    parse_message,
    parse_thread,
)
from shared.apis.graph.teams_channels import (
    ChannelSummary,
    TeamSummary,
    find_thread,
    list_channels,
    list_teams,
)
from shared.apis.graph.teams_chats import Chat, chat_members, chats
from shared.apis.graph.teams_messages import MOST, READ, TeamsMessage, Thread, WholeMessage, names_in
from shared.apis.graph.teams_search import FoundMessage, search_messages
from shared.apis.literals import odata_time
from shared.caller import Caller
from shared.concurrency import run_all
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.paging import Page
from shared.results.partial_results import Gap, capture_gap
from shared.text import time_zones, times
from shared.text.content import Line
from shared.tools.microsoft365.mail_params import one_sentence
from shared.tools.params import Cursor, Id, Offset, PageSize, RecentDay, day_after, day_meant

toolset = Toolset("chats")

_CHAT = "id of the chat, or its link."
_CHANNEL = "id of the channel, from graph_list_teams, or its link."

ChatId = Annotated[Id, Field(description=_CHAT)]
ChannelId = Annotated[Id, Field(description=_CHANNEL)]


def _bare(person: str) -> str:
    if not re.fullmatch(PERSON, person):
        raise PydanticCustomError("address", "Must be an address")
    return address_of(person)


Colleague = Annotated[
    str,
    Field(max_length=400, pattern="^([^@;]*<)?[^@<,;]+@[^@,;]+$"),
    AfterValidator(_bare),
    one_sentence("an email address: ana@contoso.com"),
]
"""The address of somebody in the directory, also as a list of chats shows it, behind their name."""
OneChat = Annotated[Id | None, Field(description=_CHAT)]
OneChannel = Annotated[Id | None, Field(description=_CHANNEL)]


class TeamWithChannels(BaseModel):
    """A team of the signed-in user with the channels they may see."""

    id: str
    name: Line
    description: Line | None
    channels: list[ChannelSummary]


class Teams(Page[TeamWithChannels]):
    """Teams; `gaps` names those whose channels could not be read."""

    gaps: list[Gap] = Field(description="What is missing, and why.")


@toolset.tool(scopes=["Chat.Read"])
async def graph_list_chats(
    caller: Caller,
    query: Annotated[
        str | None,
        Field(
            max_length=200,
            description="Only chats with these words in topic, last message, names or addresses.",
        ),
    ] = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[Chat]:
    """List the signed-in user's Teams chats with people, topic and last message, the newest first.

    For words in earlier messages use graph_search_teams_messages.
    """
    page = await chats(caller.graph, (query or "").split(), limit=limit, cursor=cursor)
    return page.model_copy(update={"items": [each.seen_by(caller.principal) for each in page.items]})


@toolset.tool(scopes=["Team.ReadBasic.All", "Channel.ReadBasic.All"])
async def graph_list_teams(caller: Caller, limit: PageSize = 20, cursor: Cursor = None) -> Teams:
    """List the teams the signed-in user is in, with their channels."""
    teams = caller.graph.paginate(await list_teams(caller.graph), "teams", limit=limit, cursor=cursor)
    found = await run_all(
        capture_gap(f"channels of {team.name}", list_channels(caller.graph, team.id)) for team in teams.items
    )
    gaps = [each for each in found if isinstance(each, Gap)]
    return Teams(
        items=[_with_channels(*each) for each in zip(teams.items, found, strict=True)],
        complete=teams.complete and not gaps,
        next_cursor=teams.next_cursor,
        note=teams.note or ("Channels are missing: see gaps." if gaps else None),
        gaps=gaps,
    )


@toolset.tool(scopes=["Chat.Read"])
async def graph_get_chat_messages(
    caller: Caller,
    chat_id: ChatId,
    since: Annotated[
        RecentDay | None,
        Field(description="Only sent then or later: a date or time, in your default zone or UTC."),
    ] = None,
    until: Annotated[
        RecentDay | None, Field(description="Only sent before this time; a date counts to its end.")
    ] = None,
    message_id: Annotated[Id | None, Field(description="Only this message, with all of its text.")] = None,
    offset: Offset = 0,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[TeamsMessage]:
    """Get the messages of one Teams chat as text, newest first; times in UTC.

    A text over 4,000 characters is cut, which its next_offset shows: read it with message_id.
    """
    place = parse_chat(chat_id)
    one = parse_message(message_id, "message_id") if message_id else place.message
    _check_offset(one, offset)
    if one:
        path = ("/chats/{}/messages/{}", place.thread, one)
        message = await caller.graph.get(WholeMessage, *path, headers=READ, select="")
        return Page(items=await _told(caller, place.thread, [message.read_from(offset)]), complete=True)
    zone = time_zones.zone(await caller.time_zone(None) if since or until else "UTC")
    end = times.moment(day_after(day_meant(until, zone)), zone) if until else None
    first = times.moment(day_meant(since, zone), zone) if since else None
    _check_order(first, end)
    page = await caller.graph.page(
        TeamsMessage,
        "/chats/{}/messages",
        place.thread,
        limit=min(limit, MOST),
        cursor=cursor,
        headers=READ,
        select="",
        # A filter counts only with this order ("List messages in a chat"), and there is none for `since`.
        orderby="createdDateTime desc",
        filter=f"createdDateTime lt {odata_time(end)}" if end else "",
    )
    items = [each for each in page.items if not first or each.sent >= first]
    told = await _told(caller, place.thread, items)
    if len(items) < len(page.items):
        return Page(items=told, complete=True)
    return page.model_copy(update={"items": told})


@toolset.tool(scopes=["ChannelMessage.Read.All"])
async def graph_get_channel_messages(
    caller: Caller,
    channel: ChannelId,
    message_id: Annotated[
        Id | None,
        Field(description="Only the thread of this message: its top, then its replies."),
    ] = None,
    offset: Offset = 0,
    limit: PageSize = 20,
    cursor: Cursor = None,
) -> Page[Thread]:
    """Get the threads of one Teams channel as text, each with its last replies, last active first.

    A longer reply is cut: read it with message_id. offset reads on in the text at the top.
    """
    place = parse_channel(channel)
    wanted = parse_thread(message_id, "message_id") if message_id else place.root or place.message
    _check_offset(wanted, offset)
    if wanted:
        return await _thread(caller, place, wanted, offset, limit=min(limit, MOST), cursor=cursor)
    page = await caller.graph.page(
        Thread,
        "/teams/{}/channels/{}/messages",
        place.team,
        place.thread,
        limit=min(limit, MOST),
        cursor=cursor,
        headers=READ,
        select="",
        expand="replies",
    )
    return page.model_copy(update={"items": _told_by_themselves(page.items)})


@toolset.tool(scopes=["Chat.Read"], optional_scopes=["ChannelMessage.Read.All"])
async def graph_search_teams_messages(
    caller: Caller,
    query: Annotated[
        str,
        Field(
            min_length=1,
            max_length=1_000,
            pattern=r"\w",
            description='Words, all of which must be there, or KQL: "a phrase", from:ben, sent>2026-11-01, '
            "hasAttachment:true, IsMentioned:true.",
        ),
    ],
    channels: Annotated[
        bool, Field(description="Search channels too, which needs an administrator's consent.")
    ] = False,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[FoundMessage]:
    """Search the messages of the signed-in user's Teams chats by words, the best first.

    Read on around one with graph_get_chat_messages, or graph_get_channel_messages where it has a channel.
    """
    scopes = ["Chat.Read", *(["ChannelMessage.Read.All"] if channels else [])]
    graph = caller.with_scopes(*scopes).graph
    return await search_messages(graph, query, limit=limit, cursor=cursor)


def _with_channels(team: TeamSummary, channels: Sequence[ChannelSummary] | Gap) -> TeamWithChannels:
    found = [] if isinstance(channels, Gap) else [*channels]
    return TeamWithChannels(id=team.id, name=team.name, description=team.description, channels=found)


async def _told(caller: Caller, chat_id: str, messages: Sequence[TeamsMessage]) -> list[TeamsMessage]:
    """Returns the messages with their events told; whom these name by id alone, the chat's members tell."""
    names = names_in(messages)
    if {each for message in messages for each in message.unnamed()} - names.keys():
        members = await capture_gap("members", chat_members(caller.graph, chat_id))
        for each in [] if isinstance(members, Gap) else members:
            if each.user_id and each.display_name:
                names.setdefault(each.user_id, each.display_name)
    return [each.told_with(names) for each in messages]


def _told_by_themselves(threads: Sequence[Thread]) -> list[Thread]:
    """Returns the threads with their events told, as far as they name people themselves."""
    names = names_in([message for each in threads for message in (each, *each.replies)])
    return [each.told_with(names) for each in threads]


async def _thread(
    caller: Caller, place: TeamsPlace, message_id: str, offset: int, *, limit: int, cursor: str | None
) -> Page[Thread]:
    """Returns the message at the top of a thread, and a page of the replies; only these on later pages."""
    root = await find_thread(caller.graph, place, message_id, offset)
    if offset:
        return Page(items=_told_by_themselves([root]), complete=True)
    replies = await caller.graph.page(
        Thread,
        "/teams/{}/channels/{}/messages/{}/replies",
        place.team,
        place.thread,
        root.id,
        limit=limit,
        cursor=cursor,
        headers=READ,
        select="",
    )
    items = [*([] if cursor else [root]), *replies.items]
    return replies.model_copy(update={"items": _told_by_themselves(items)})


def _check_offset(message_id: str | None, offset: int) -> None:
    if offset and not message_id:
        raise ToolError(
            "invalid_argument", "offset: is for the text of one message.", "Give its id as message_id."
        )


def _check_order(first: datetime | None, end: datetime | None) -> None:
    if first and end and end <= first:
        raise ToolError("invalid_argument", "until: is before since.", "Give an until that is after since.")
