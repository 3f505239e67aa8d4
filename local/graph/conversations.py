"""Keeps the chats of Teams, and the teams with their channels and threads."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from local.graph.errors import GraphError
from local.graph.odata import Resource
from local.organisation import User, organisation

WEB = "https://teams.microsoft.com/l"
_NAMES = uuid.UUID("2e6f9031-8b4c-4d7e-8f10-3c5d7e9f102b")


@dataclass(frozen=True)
class Person:
    """Describes somebody who writes: of this organisation, or of another."""

    id: str
    name: str
    address: str
    tenant_id: str
    identity: str = "aadUser"

    @classmethod
    def of(cls, user: User) -> Person:
        """Returns a user of this organisation."""
        return cls(user.object_id, user.display_name, user.user_principal_name, organisation().tenant_id)

    def identified(self, *, named: bool = True) -> Resource:
        """Returns the identity as messages and their events have it; events often leave the name out."""
        return {
            "@odata.type": "#microsoft.graph.teamworkUserIdentity",
            "id": self.id,
            "displayName": self.name if named else None,
            "userIdentityType": self.identity,
        }


@dataclass
class Chat:
    """Holds a chat: who is in it, and its messages in the order they were sent."""

    id: str
    kind: str
    topic: str | None
    created: datetime
    members: list[Person]
    read: dict[str, datetime] = field(default_factory=dict)
    messages: list[Resource] = field(default_factory=list)

    def has(self, user: User) -> bool:
        """Tells whether somebody is in the chat."""
        return user.object_id in {each.id for each in self.members}


@dataclass
class Channel:
    """Holds a channel: its root messages in the order they were sent, and the replies to each by its id."""

    id: str
    name: str
    description: str | None
    kind: str
    created: datetime
    members: frozenset[str]
    messages: list[Resource] = field(default_factory=list)
    replies: dict[str, list[Resource]] = field(default_factory=dict)


@dataclass
class Team:
    """Holds a team: who is in it, and its channels."""

    id: str
    name: str
    description: str
    members: frozenset[str]
    channels: dict[str, Channel] = field(default_factory=dict)


class Conversations:
    """Holds chats and teams by id, and who is present."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.people = {user.object_id: Person.of(user) for user in organisation().users}
        self.chats: dict[str, Chat] = {}
        self.teams: dict[str, Team] = {}
        self.presence: dict[str, tuple[str, str]] = {}

    def chats_of(self, user: User) -> list[Chat]:
        """Returns the chats somebody is in."""
        return [each for each in self.chats.values() if each.has(user)]

    def chat(self, chat_id: str, user: User) -> Chat:
        """Returns a chat of somebody.

        Raises:
            GraphError: There is none, or they are not in it.
        """
        found = self.chats.get(chat_id)
        if found is None or not found.has(user):
            raise teams_not_found("Chat")
        return found

    def add_chat(
        self, kind: str, members: Iterable[Person], *, topic: str | None = None, created: datetime
    ) -> Chat:
        """Makes a chat; of two people there is one chat only, which comes back where there is one already."""
        members = list(members)
        ids = sorted(each.id for each in members)
        if kind == "oneOnOne":
            chat_id = f"19:{ids[0]}_{ids[-1]}@unq.gbl.spaces"
            if chat_id in self.chats:
                return self.chats[chat_id]
        else:
            unique = uuid.uuid5(_NAMES, f"{kind} {len(self.chats)} {topic} {ids}").hex
            chat_id = f"19:{'meeting_' if kind == 'meeting' else ''}{unique}@thread.v2"
        self.chats[chat_id] = Chat(chat_id, kind, topic, created, members)
        return self.chats[chat_id]

    def teams_of(self, user: User) -> list[Team]:
        """Returns the teams somebody is in."""
        return [each for each in self.teams.values() if user.object_id in each.members]

    def team(self, team_id: str, user: User) -> Team:
        """Returns a team of somebody.

        Raises:
            GraphError: There is none, or they are not in it.
        """
        found = self.teams.get(team_id.casefold())
        if found is None:
            raise teams_not_found("Team")
        if user.object_id not in found.members:
            raise GraphError(403, "Forbidden", "User is not in the roster of the team.")
        return found

    def channel(self, team_id: str, channel_id: str, user: User) -> Channel:
        """Returns a channel of a team of somebody; private ones are for their members.

        Raises:
            GraphError: There is none, or they may not see it.
        """
        found = self.team(team_id, user).channels.get(channel_id)
        if found is None or user.object_id not in found.members:
            raise teams_not_found("Channel")
        return found


def teams_not_found(what: str) -> GraphError:
    """Returns the error for a chat, team, channel or message that is missing or hidden."""
    return GraphError(404, "NotFound", f"{what} not found.")


def stamp(moment: datetime) -> str:
    """Returns a moment as Teams writes it, with milliseconds."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def new_message(thread: list[Resource], moment: datetime, sender: Resource | None, **given: Any) -> Resource:
    """Adds a message to a thread, and returns it; its id is the millisecond, and unique in the thread."""
    taken = {each["id"] for each in thread}
    number = int(moment.timestamp() * 1000)
    while str(number) in taken:
        number += 1
    message: Resource = {
        "id": str(number),
        "replyToId": None,
        "etag": str(number),
        "messageType": "message",
        "createdDateTime": stamp(moment),
        "lastModifiedDateTime": stamp(moment),
        "lastEditedDateTime": None,
        "deletedDateTime": None,
        "subject": None,
        "summary": None,
        "chatId": None,
        "importance": "normal",
        "locale": "en-us",
        "webUrl": None,
        "channelIdentity": None,
        "policyViolation": None,
        "eventDetail": None,
        "from": sender,
        "body": {"contentType": "html", "content": ""},
        "attachments": [],
        "mentions": [],
        "reactions": [],
    }
    message |= given
    thread.append(message)
    return message


def sent_by(person: Person) -> Resource:
    """Returns `from` of a person's message."""
    return {"application": None, "device": None, "user": person.identified()}


def mentioned(person: Person) -> Resource:
    """Returns whom a mention means."""
    return {"application": None, "device": None, "conversation": None, "user": person.identified()}


def channel_link(team: Team, channel: Channel, message_id: str, parent_id: str | None) -> Resource:
    """Returns what a message of a channel tells of its place."""
    link = f"{WEB}/message/{quote(channel.id, safe='')}/{message_id}?groupId={team.id}"
    return {
        "webUrl": f"{link}&tenantId={organisation().tenant_id}&parentMessageId={parent_id or message_id}",
        "channelIdentity": {"teamId": team.id, "channelId": channel.id},
    }
