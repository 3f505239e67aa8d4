"""Serves the chats of the signed-in user, their members and messages."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote

from starlette.responses import JSONResponse, Response

from local.graph.conversations import WEB, Chat, Conversations, Person, stamp, teams_not_found
from local.graph.denials import TEAMS
from local.graph.errors import GraphError, bad_request
from local.graph.filters import filtered
from local.graph.odata import EntityType, Resource, ordering
from local.graph.operations import Area, Call
from local.graph.teams_messages import listed, only, send, shown
from local.graph.written import Shape, taken
from local.organisation import User, organisation

area = Area(TEAMS)

_CHAT = EntityType("microsoft.graph.chat", (), page=20, limit=50)
_MEMBER = EntityType("microsoft.graph.conversationMember", (), page=100, limit=999)
_EXPANDABLE = frozenset({"members", "lastMessagePreview"})
_EXPANDED_MEMBERS = 25
_NEWEST = ("lastMessagePreview/createdDateTime", True)
_ORDERS = (("lastModifiedDateTime", True), ("createdDateTime", True))
_COMPARISON = re.compile(r"(\w+)\s+(\w+)\s+\S+")
_ALLOWED = {"lastModifiedDateTime": ("gt", "lt"), "createdDateTime": ("lt",)}
_BOUND = re.compile(r".*/users(?:\('(?P<quoted>[^']+)'\)|/(?P<plain>[^/]+))")
_WRITABLE: dict[str, Shape] = {"chatType": str, "topic": str, "members": list}


def _described(chat: Chat, user: User) -> Resource:
    last = chat.messages[-1] if chat.messages else None
    read = chat.read.get(user.object_id) or chat.created
    return {
        "id": chat.id,
        "topic": chat.topic,
        "createdDateTime": stamp(chat.created),
        "lastUpdatedDateTime": last["createdDateTime"] if last else stamp(chat.created),
        "chatType": chat.kind,
        "webUrl": f"{WEB}/chat/{quote(chat.id, safe='')}/0?tenantId={organisation().tenant_id}",
        "tenantId": organisation().tenant_id,
        "onlineMeetingInfo": None,
        "viewpoint": {"isHidden": False, "lastMessageReadDateTime": stamp(read)},
    }


def _member(chat: Chat, person: Person) -> Resource:
    return {
        "@odata.type": "#microsoft.graph.aadUserConversationMember",
        "id": f"{chat.id[3:15]}{person.id}",
        "roles": ["owner"] if person.identity == "aadUser" else [],
        "displayName": person.name,
        "visibleHistoryStartDateTime": "0001-01-01T00:00:00Z",
        "userId": person.id,
        "email": person.address,
        "tenantId": person.tenant_id,
    }


def _preview(call: Call, chat: Chat) -> Resource | None:
    if not chat.messages:
        return None
    message = shown(call, chat.messages[-1])
    kept = ("id", "createdDateTime", "messageType", "eventDetail", "body", "from")
    return {name: message[name] for name in kept} | {"isDeleted": message["deletedDateTime"] is not None}


@area.operation("GET", "/me/chats", permissions=("Chat.ReadBasic",))
async def list_chats(call: Call) -> Response:
    """Returns the chats of the signed-in user; last messages need the permission to read messages."""
    only(call, "top", "expand", "orderby", "filter")
    expanded = set(call.query.expand)
    if unknown := expanded - _EXPANDABLE:
        raise bad_request(f"Could not find a property named '{unknown.pop()}' to expand.")
    if "lastMessagePreview" in expanded:
        call.require("Chat.Read")
    order = ordering(call.query.option("orderby"))
    if order not in ([], [_NEWEST]):
        raise bad_request("The orderby expression is not supported.")
    chats = call.tenant.conversations.chats_of(call.user)
    if order:
        chats.sort(
            key=lambda each: each.messages[-1]["createdDateTime"] if each.messages else "", reverse=True
        )
    found = []
    for chat in chats:
        members = [_member(chat, each) for each in chat.members[:_EXPANDED_MEMBERS]]
        parts: Resource = {"members": members, "lastMessagePreview": _preview(call, chat)}
        found.append(_described(chat, call.user) | {name: parts[name] for name in sorted(expanded)})
    found = filtered(found, call.query.option("filter"))
    return listed(call, found, f"users('{call.user.object_id}')/chats", _CHAT)


@area.operation("GET", "/chats/{chat}", permissions=("Chat.ReadBasic",))
async def get_chat(call: Call) -> Response:
    """Returns one chat."""
    only(call)
    return JSONResponse(
        {"@odata.context": call.context("chats/$entity")} | _described(_chat(call), call.user)
    )


@area.operation("GET", "/chats/{chat}/members", permissions=("Chat.ReadBasic",))
async def list_members(call: Call) -> Response:
    """Returns who is in a chat."""
    chat = _chat(call)
    members = [_member(chat, each) for each in chat.members]
    return listed(call, members, f"chats('{chat.id}')/members", _MEMBER)


@area.operation("POST", "/chats", permissions=("Chat.Create",))
async def create_chat(call: Call) -> Response:
    """Returns the new chat; of two people the one there is already."""
    given = taken(await call.document(), _WRITABLE, "microsoft.graph.chat")
    kind, members = given.get("chatType"), given.get("members") or []
    if kind not in ("oneOnOne", "group"):
        raise bad_request("The chat type is missing or cannot be created.")
    people = {person.id: person for person in (_bound(call.tenant.conversations, each) for each in members)}
    if call.user.object_id not in people:
        raise GraphError(403, "Forbidden", "The caller must be one of the members.")
    if len(people) < 2 or (kind == "oneOnOne" and (len(members) != 2 or given.get("topic"))):
        raise bad_request("A chat of this type has other members, or no topic.")
    chat = call.tenant.conversations.add_chat(
        kind, people.values(), topic=given.get("topic"), created=call.tenant.clock()
    )
    body = {"@odata.context": call.context("chats/$entity")} | _described(chat, call.user)
    return JSONResponse(body, 201)


def _bound(conversations: Conversations, member: Any) -> Person:
    """Returns the person a new member stands for."""
    given = member if isinstance(member, dict) else {}
    match = _BOUND.fullmatch(str(given.get("user@odata.bind") or ""))
    is_user = given.get("@odata.type") == "#microsoft.graph.aadUserConversationMember"
    if match is None or not is_user or given.get("roles") not in (["owner"], ["guest"]):
        raise bad_request("Bad Request: a member needs its type, a role and a user.")
    wanted = unquote(match["quoted"] or match["plain"]).casefold()
    for person in conversations.people.values():
        if wanted in (person.id, person.address):
            return person
    raise teams_not_found("User")


@area.operation("GET", "/chats/{chat}/messages", permissions=("Chat.Read",))
async def list_messages(call: Call) -> Response:
    """Returns the messages of a chat, newest first; a filter counts only with its own order."""
    only(call, "top", "orderby", "filter")
    chat = _chat(call)
    order = ordering(call.query.option("orderby")) or [_ORDERS[0]]
    if order not in ([each] for each in _ORDERS):
        raise bad_request(
            "The orderby expression is not supported: only lastModifiedDateTime desc or createdDateTime desc."
        )
    name = order[0][0]
    condition = call.query.option("filter")
    for path, operator in _COMPARISON.findall(condition or ""):
        if operator not in _ALLOWED.get(path, ()):
            raise bad_request(f"The filter '{path} {operator}' is not supported.")
    if condition and {path for path, _ in _COMPARISON.findall(condition)} != {name}:
        condition = None
    messages = filtered(sorted(chat.messages, key=lambda each: str(each[name]), reverse=True), condition)
    return listed(call, [shown(call, each) for each in messages], f"chats('{chat.id}')/messages")


@area.operation("GET", "/chats/{chat}/messages/{message}", permissions=("Chat.Read",))
async def get_message(call: Call) -> Response:
    """Returns one message of a chat."""
    only(call)
    found = next((each for each in _chat(call).messages if each["id"] == call.arguments["message"]), None)
    if found is None:
        raise teams_not_found("Message")
    return JSONResponse({"@odata.context": call.context("chatMessages/$entity")} | shown(call, found))


@area.operation("POST", "/chats/{chat}/messages", permissions=("ChatMessage.Send",))
async def send_message(call: Call) -> Response:
    """Returns the message sent."""
    chat = _chat(call)
    message = send(call, chat.messages, await call.document(), {"chatId": chat.id})
    return JSONResponse({"@odata.context": call.context("chatMessages/$entity")} | message, 201)


def _chat(call: Call) -> Chat:
    return call.tenant.conversations.chat(call.arguments["chat"], call.user)
