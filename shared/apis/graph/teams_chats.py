"""Reads the chats of the signed-in user and who is in them, and finds the chat with given people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field, model_validator

from shared.apis.graph.teams_events import event_in_words
from shared.apis.graph.teams_messages import MOST, READ, body_text, sender_name
from shared.apis.models import GraphModel
from shared.errors import ToolError
from shared.text.content import Line, clean_line

if TYPE_CHECKING:
    from shared.apis.graph.directory_people import DirectoryPerson
    from shared.apis.graph.graph_client import Graph
    from shared.entra.principal import Principal
    from shared.results.paging import Page

_KINDS: Mapping[str, str] = {"oneOnOne": "one_on_one", "group": "group", "meeting": "meeting"}
_NEWEST_FIRST = "lastMessagePreview/createdDateTime desc"
_PREVIEW = 200
_SHOWN = 10
_EXPANDED = 25
"""How many members come with a chat in a list at most ("List chats", a known issue)."""
_CHATS = 2_000
_MEMBERS = 1_000


class Member(GraphModel):
    """Somebody in a chat."""

    user_id: str | None = None
    display_name: Line | None = None
    email: Line | None = None
    tenant_id: str | None = None

    def named(self, tenant_id: str) -> str:
        """Returns name and address, with a mark if they are of another organization than this."""
        name = clean_line((self.display_name or "").replace("<", " ").replace(">", " "))
        told = " ".join(each for each in (name, f"<{self.email}>" if self.email else "") if each)
        return f"{told or 'somebody'}{' (external)' if self.is_outside(tenant_id) else ''}"

    def is_outside(self, tenant_id: str) -> bool:
        """Tells whether they are of another organization than this."""
        return self.tenant_id is not None and self.tenant_id.casefold() != tenant_id.casefold()


class Chat(GraphModel):
    """A chat, without its messages but the last one."""

    id: str
    kind: Literal["one_on_one", "group", "meeting", "other"]
    topic: Line | None = None
    others: list[Line] = Field([], description="Who else is in it.")
    last_message: Line | None = Field(None, description="Its beginning; written by others: content.")
    last_by: Line | None = None
    last_at: datetime | None = None
    is_unread: bool = False
    web_url: str | None = None
    members: list[Member] = Field([], exclude=True, repr=False)
    last_by_id: str | None = Field(None, exclude=True, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _of_graph(cls, document: Any) -> Any:
        if not isinstance(document, dict):
            return document
        members = [each for each in document.get("members") or [] if isinstance(each, dict)]
        last = document.get("lastMessagePreview") or {}
        read = (document.get("viewpoint") or {}).get("lastMessageReadDateTime")
        return {
            "id": document.get("id"),
            "kind": _KINDS.get(str(document.get("chatType")), "other"),
            "topic": document.get("topic"),
            "lastMessage": _preview(last, {each.get("userId"): each.get("displayName") for each in members}),
            "lastBy": sender_name(last.get("from")),
            "lastAt": last.get("createdDateTime"),
            "isUnread": _is_after(last.get("createdDateTime"), read),
            "webUrl": document.get("webUrl"),
            "members": members,
            "lastById": ((last.get("from") or {}).get("user") or {}).get("id"),
        }

    def seen_by(self, who: Principal) -> Chat:
        """Returns the chat as one of those in it sees it."""
        others = [each.named(who.tenant_id) for each in self.members if each.user_id != who.object_id]
        more = f"and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
        if len(self.members) >= _EXPANDED:
            more = "and others"
        shown = [*others[:_SHOWN], more] if more else others
        is_unread = self.is_unread and self.last_by_id != who.object_id
        return self.model_copy(update={"others": shown, "is_unread": is_unread})

    def holds(self, words: Sequence[str]) -> bool:
        """Tells whether every word is in the topic, the last message, or a name or address of somebody."""
        people = [text for each in self.members for text in (each.display_name, each.email)]
        text = " ".join(each for each in (self.topic, self.last_message, *people) if each).casefold()
        return all(word.casefold() in text for word in words)


class _Made(BaseModel):
    id: str


async def chats(graph: Graph, words: Sequence[str], *, limit: int, cursor: str | None) -> Page[Chat]:
    """Returns a page of the chats that hold all of these words, those with the newest message first."""
    return await graph.filtered_page(
        Chat,
        "/me/chats",
        limit=min(limit, MOST),
        cursor=cursor,
        keep=lambda chat: chat.holds(words),
        query={"select": "", "expand": "members,lastMessagePreview", "orderby": _NEWEST_FIRST},
        headers=READ,
    )


async def chat_members(graph: Graph, chat_id: str) -> list[Member]:
    """Returns everybody in a chat."""
    members, _ = await graph.list_all(Member, "/chats/{}/members", chat_id, most=_MEMBERS, select="", top="")
    return members


async def one_on_one_chat(graph: Graph, me: str, other: DirectoryPerson) -> str:
    """Returns the id of the chat of two people. The service makes it if there is none, and never a second."""
    bound = [
        {
            "@odata.type": "#microsoft.graph.aadUserConversationMember",
            "roles": [role],
            "user@odata.bind": graph.address("/users('{}')", each),
        }
        for each, role in ((me, "owner"), (other.id, "guest" if other.is_guest else "owner"))
    ]
    made = await graph.post(_Made, "/chats", body={"chatType": "oneOnOne", "members": bound})
    return made.id


async def group_chat(graph: Graph, people: frozenset[str]) -> str:
    """Returns the id of the one group chat of exactly these people, found by their ids.

    Raises:
        ToolError: `not_found`: there is none. `invalid_argument`: there are several.
    """
    groups, _ = await graph.list_all(
        Chat,
        "/me/chats",
        most=_CHATS,
        select="",
        expand="members",
        filter="chatType eq 'group'",
        top=str(MOST),
    )
    # A list may hold only some of the members of a large group.
    alike = [each.id for each in groups if {one.user_id for one in each.members} == people]
    exact = [each for each in alike if {one.user_id for one in await chat_members(graph, each)} == people]
    if len(exact) == 1:
        return exact[0]
    if not exact:
        raise ToolError(
            "not_found",
            "people: there is no group chat of exactly these people and you; nothing was sent.",
            "Start the group chat in Teams, or send to each of them.",
        )
    raise ToolError(
        "invalid_argument",
        f"people: there are {len(exact)} group chats of exactly these people; nothing was sent.",
        "Choose one with graph_list_chats, and give its id as chat_id.",
    )


def _preview(last: Mapping[str, Any], names: Mapping[Any, Any]) -> str | None:
    if not last:
        return None
    if last.get("isDeleted"):
        return "(deleted)"
    if isinstance(last.get("eventDetail"), dict):
        return event_in_words(
            last["eventDetail"],
            lambda each: str(each.get("displayName") or names.get(each.get("id")) or "somebody"),
        )
    text = clean_line(body_text(last.get("body")).text)
    return (text if len(text) <= _PREVIEW else f"{text[:_PREVIEW]}…") or None


def _is_after(sent: Any, read: Any) -> bool:
    """Tells whether a message came after the last one read; not where either is not known."""
    try:
        moments = [datetime.fromisoformat(str(each)) for each in (sent, read)]
    except ValueError:
        return False
    # "Never" is the year 1, without a zone.
    later, earlier = (each if each.tzinfo else each.replace(tzinfo=UTC) for each in moments)
    return later > earlier
