"""Creates the chats, teams and channels of the demo tenant."""

from __future__ import annotations

import json
import re
import uuid
from datetime import datetime
from typing import Any

from local.graph.conversations import (
    Channel,
    Conversations,
    Person,
    Team,
    channel_link,
    mentioned,
    new_message,
    sent_by,
    stamp,
)
from local.graph.demo_text import data, dates, filled
from local.graph.odata import Resource
from local.graph.store import Tenant
from local.organisation import organisation
from local.relative_time import at

_MENTION = re.compile(r"\{@(\w+)\}")
_NAMES = uuid.UUID("1d5e8f20-7a3b-4c6d-9e0f-2b4c6d8e0f1a")


def fill_conversations(tenant: Tenant) -> None:
    """Makes what `teams.json` tells of."""
    document = data("teams")
    filler = _Filler(tenant.conversations, tenant.clock(), document)
    for alias, (availability, activity) in document["presence"].items():
        tenant.conversations.presence[filler.person(alias).id] = (availability, activity)
    for chat in document["chats"]:
        filler.add_chat(chat)
    for team in document["teams"]:
        filler.add_team(team)


class _Filler:
    """Fills the conversations from the document, as old as the clock says."""

    def __init__(self, conversations: Conversations, now: datetime, document: dict[str, Any]) -> None:
        self.conversations = conversations
        self.now = now
        self.external = document["external"]
        self.values = dates(now)

    def person(self, alias: str) -> Person:
        if alias not in self.external:
            return Person.of(organisation().user(alias))
        known = self.external[alias]
        person = Person(known["id"], known["name"], known["address"], known["tenant"], known["identity"])
        self.conversations.people[person.id] = person
        return person

    def add_chat(self, described: dict[str, Any]) -> None:
        chat = self.conversations.add_chat(
            described["kind"],
            [self.person(alias) for alias in described["members"]],
            topic=described.get("topic"),
            created=at(described["created"], self.now),
        )
        chat.read = {
            self.person(alias).id: at(when, self.now) for alias, when in described.get("read", {}).items()
        }
        for each in described["messages"]:
            self._add(chat.messages, each, {"chatId": chat.id})

    def add_team(self, described: dict[str, Any]) -> None:
        members = frozenset(self.person(alias).id for alias in described["members"])
        team = Team(described["id"], described["name"], described["description"], members)
        self.conversations.teams[team.id] = team
        for each in described["channels"]:
            own = frozenset(self.person(alias).id for alias in each.get("members", described["members"]))
            channel = Channel(
                f"19:{uuid.uuid5(_NAMES, team.name + each['name']).hex}@thread.tacv2",
                each["name"],
                each.get("description"),
                each.get("kind", "standard"),
                at(each["created"], self.now),
                own,
            )
            team.channels[channel.id] = channel
            for message in each["messages"]:
                self._add_thread(team, channel, message)

    def _add_thread(self, team: Team, channel: Channel, described: dict[str, Any]) -> None:
        root = self._add(channel.messages, described, {})
        root |= channel_link(team, channel, root["id"], None)
        for each in described.get("replies", []):
            replies = channel.replies.setdefault(root["id"], [])
            reply = self._add(replies, each, {"replyToId": root["id"]})
            reply |= channel_link(team, channel, reply["id"], root["id"])

    def _add(self, thread: list[Resource], described: dict[str, Any], place: Resource) -> Resource:
        moment = at(described["at"], self.now)
        if "event" in described:
            return new_message(
                thread,
                moment,
                None,
                messageType="systemEventMessage",
                body={"contentType": "html", "content": "<systemEventMessage/>"},
                eventDetail=self._event(described),
                **place,
            )
        properties = self._content(described) | place
        for name in ("subject", "importance"):
            if name in described:
                properties[name] = described[name]
        if "edited" in described:
            properties["lastEditedDateTime"] = stamp(at(described["edited"], self.now))
            properties["lastModifiedDateTime"] = properties["lastEditedDateTime"]
        if "deleted" in described:
            when = stamp(at(described["deleted"], self.now))
            properties |= {"deletedDateTime": when, "lastModifiedDateTime": when, "attachments": []}
            properties |= {"body": {"contentType": "html", "content": ""}, "mentions": []}
        return new_message(thread, moment, self._sender(described), **properties)

    def _sender(self, described: dict[str, Any]) -> Resource:
        if "app" not in described:
            return sent_by(self.person(described["from"]))
        app = {"id": str(uuid.uuid5(_NAMES, described["app"])), "displayName": described["app"]}
        return {"application": app, "device": None, "user": None}

    def _content(self, described: dict[str, Any]) -> Resource:
        if "text" in described:
            return {"body": {"contentType": "text", "content": described["text"]}}
        content = described["html"]
        mentions: list[Resource] = []

        def mention(match: re.Match[str]) -> str:
            person = self.person(match[1])
            number = len(mentions)
            mentions.append({"id": number, "mentionText": person.name, "mentioned": mentioned(person)})
            return f'<at id="{number}">{person.name}</at>'

        content = _MENTION.sub(mention, content)
        attachments, placed = self._attachments(described)
        if "long" in described:
            placed["long"] = "\n".join([described["long"]["line"]] * described["long"]["times"])
        return {
            "body": {"contentType": "html", "content": filled(content, placed | self.values)},
            "mentions": mentions,
            "attachments": attachments,
            "reactions": [
                self._reaction(kind, alias, described)
                for kind, aliases in described.get("reactions", {}).items()
                for alias in aliases
            ],
        }

    def _attachments(self, described: dict[str, Any]) -> tuple[list[Resource], dict[str, str]]:
        """Returns the attachments, and the id of each that the body names."""
        empty = {"contentUrl": None, "content": None, "name": None, "thumbnailUrl": None, "teamsAppId": None}
        if "file" in described:
            file = described["file"]
            given = {"contentType": "reference", "contentUrl": file["url"], "name": file["name"]}
            return [{"id": str(uuid.uuid5(_NAMES, file["url"]))} | empty | given], {}
        if "quotes" in described:
            quoted = described["quotes"]
            content = {
                "messageId": "1",
                "messagePreview": quoted["text"],
                "messageSender": {"application": None, "device": None}
                | {"user": self.person(quoted["from"]).identified()},
            }
            given = {"contentType": "messageReference", "content": json.dumps(content)}
            return [{"id": "1"} | empty | given], {"quote": "1"}
        if "card" in described:
            card = {name: filled(text, self.values) for name, text in described["card"].items()}
            content = {
                "title": card["title"],
                "text": card["text"],
                "buttons": [{"type": "openUrl", "title": "View results", "value": card["link"]}],
            }
            given = {
                "contentType": "application/vnd.microsoft.card.thumbnail",
                "content": json.dumps(content),
            }
            card_id = uuid.uuid5(_NAMES, card["title"]).hex
            return [{"id": card_id} | empty | given], {"card": card_id}
        return [], {}

    def _reaction(self, kind: str, alias: str, described: dict[str, Any]) -> Resource:
        user = self.person(alias).identified(named=False)
        return {
            "reactionType": kind,
            "displayName": kind.capitalize(),
            "reactionContentUrl": None,
            "createdDateTime": stamp(at(described["at"], self.now)),
            "user": {"application": None, "device": None, "user": user},
        }

    def _event(self, described: dict[str, Any]) -> Resource:
        initiator = {"application": None, "device": None} | {
            "user": self.person(described["by"]).identified(named=False)
        }
        detail: Resource = {
            "@odata.type": f"#microsoft.graph.{described['event']}EventMessageDetail",
            "initiator": initiator,
        }
        match described["event"]:
            case "membersAdded":
                detail["visibleHistoryStartDateTime"] = "0001-01-01T00:00:00Z"
                detail["members"] = [self.person(alias).identified(named=False) for alias in described["who"]]
            case "chatRenamed":
                detail["chatDisplayName"] = described["name"]
            case "callStarted":
                detail |= {"callId": None, "callEventType": "meeting"}
            case "callEnded":
                detail |= {"callId": None, "callEventType": "call", "callDuration": described["duration"]}
                detail["callParticipants"] = []
        return detail
