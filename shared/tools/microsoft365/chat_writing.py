"""Sends messages to the signed-in user's chats and channels in Microsoft Teams."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from shared.apis.graph.directory_people import LOOK_UP, SCOPE, find_people
from shared.apis.graph.teams_addresses import parse_channel, parse_chat, parse_thread
from shared.apis.graph.teams_chats import group_chat, one_on_one_chat
from shared.apis.graph.teams_messages import Mentioned, message_properties
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.write_failures import report_unknown_outcome
from shared.tools.microsoft365.chats import Colleague, OneChannel, OneChat
from shared.tools.params import Id

toolset = Toolset("chats")

_LOOK = "Read the last messages there before you send it again."

type Place = tuple[str, ...]
"""A path with `{}` for ids, and these."""


class SentMessage(BaseModel):
    """A message that was sent."""

    message_id: str
    chat_id: str | None = None
    channel: str | None = None
    thread_id: str | None = Field(None, description="In a channel: id of the message at the top.")
    sent: datetime | None
    web_url: str | None = None


class _Sent(GraphModel):
    id: str
    created_date_time: datetime | None = None
    web_url: str | None = None


@toolset.tool(
    scopes=["ChatMessage.Send"],
    optional_scopes=["Chat.Create", "Chat.ReadBasic", "ChannelMessage.Send", "User.ReadBasic.All"],
    writes=True,
)
async def graph_send_teams_message(
    caller: Caller,
    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=20_000,
            pattern=r"\S",
            description="The message: Markdown (emphasis, code, lists, quotes, links); no HTML.",
        ),
    ],
    chat_id: OneChat = None,
    people: Annotated[
        Sequence[Colleague],
        Field(
            max_length=20,
            description="In place of chat_id: the other's address, or those of all others in a group.",
        ),
    ] = (),
    channel: OneChannel = None,
    reply_to: Annotated[
        Id | None, Field(description="In a channel: id of the message at the top of the thread to reply to.")
    ] = None,
    subject: Annotated[
        str | None, Field(max_length=255, pattern=r"^[^\r\n]+$", description="Of a new thread in a channel.")
    ] = None,
    mentions: Annotated[
        Sequence[Colleague],
        Field(
            max_length=20,
            description="Addresses of those to notify; where the text has @address, their name stands there.",
        ),
    ] = (),
) -> SentMessage:
    """Send a Teams message as the signed-in user, at once and once: others see it, it cannot be called back.

    Give one of chat_id, people and channel. Use it only for what the user has agreed to word by word.
    """
    _check(chat_id, people, channel, reply_to, subject)
    mentioned = await _mentioned(caller, mentions)
    properties = message_properties(text, mentioned, subject)
    if channel:
        return await _post(caller, channel, reply_to, properties)
    chat = parse_chat(chat_id).thread if chat_id else await _chat_with(caller, people)
    graph = caller.with_scopes("ChatMessage.Send").graph
    with report_unknown_outcome(_LOOK):
        sent = await graph.post(_Sent, "/chats/{}/messages", chat, body=properties)
    return SentMessage(message_id=sent.id, chat_id=chat, sent=sent.created_date_time, web_url=sent.web_url)


async def _post(
    caller: Caller, channel: str, reply_to: str | None, properties: dict[str, object]
) -> SentMessage:
    place = parse_channel(channel)
    root = parse_thread(reply_to, "reply_to") if reply_to else None
    path = "/teams/{}/channels/{}/messages" + ("/{}/replies" if root else "")
    graph = caller.with_scopes("ChannelMessage.Send").graph
    with report_unknown_outcome(_LOOK):
        sent = await graph.post(
            _Sent, path, place.team, place.thread, *([root] if root else []), body=properties
        )
    return SentMessage(
        message_id=sent.id,
        channel=place.channel,
        thread_id=root or sent.id,
        sent=sent.created_date_time,
        web_url=sent.web_url,
    )


async def _chat_with(caller: Caller, people: Sequence[str]) -> str:
    """Returns the id of the chat of these people and the caller."""
    me = caller.principal.object_id
    directory = caller.with_scopes(SCOPE).graph
    remedy = f"{LOOK_UP[:-1]}; chats with others are in graph_list_chats."
    named = await find_people(directory, people, "people", remedy)
    found = {person.id: person for _, person in named}
    others = [person for person in found.values() if person.id != me]
    if not others:
        raise ToolError(
            "invalid_argument",
            "people: is nobody but you.",
            "Give the address of somebody else, or a chat_id.",
        )
    if len(others) == 1:
        return await one_on_one_chat(caller.with_scopes("Chat.Create").graph, me, *others)
    return await group_chat(
        caller.with_scopes("Chat.ReadBasic").graph, frozenset({me, *(each.id for each in others)})
    )


async def _mentioned(caller: Caller, addresses: Sequence[str]) -> list[Mentioned]:
    if not addresses:
        return []
    found = await find_people(caller.with_scopes(SCOPE).graph, addresses, "mentions")
    return [
        Mentioned(id=person.id, name=person.name or address, address=address) for address, person in found
    ]


def _check(
    chat_id: str | None, people: Sequence[str], channel: str | None, reply_to: str | None, subject: str | None
) -> None:
    """Refuses arguments that do not name one place, or that the place does not have."""
    given = [
        name for name, value in (("chat_id", chat_id), ("people", people), ("channel", channel)) if value
    ]
    if len(given) != 1:
        raise ToolError(
            "invalid_argument",
            f"{given[1]}: is given besides {given[0]}." if given else "chat_id: is missing.",
            "Give one of chat_id, people and channel.",
        )
    only_in_channel = ("reply_to", reply_to), ("subject", subject)
    if not channel and (wrong := next((name for name, value in only_in_channel if value), None)):
        raise ToolError(
            "invalid_argument", f"{wrong}: is for channels only.", "Leave it out, or name a channel."
        )
    if reply_to and subject:
        raise ToolError("invalid_argument", "subject: a reply has none.", "Leave it out.")
