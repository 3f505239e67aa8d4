"""Serves Microsoft Search: one query over mail, events, files, lists and sites."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from local.graph.bodies import as_text, preview
from local.graph.calendar import agenda
from local.graph.conversations import Conversations
from local.graph.denials import SHAREPOINT
from local.graph.drive import Drive
from local.graph.drive_items import DriveItem
from local.graph.errors import bad_request
from local.graph.files import drive_shown
from local.graph.kql import Searchable, parse_kql, plain_words
from local.graph.odata import Resource
from local.graph.operations import Area, Call
from local.graph.shared_mailboxes import mailbox
from local.graph.sites import list_shown, site_shown
from local.graph.time_zones import written

area = Area(SHAREPOINT)

_PERMISSIONS = {
    "message": "Mail.Read",
    "chatMessage": "",
    "event": "Calendars.Read",
    "driveItem": "Files.Read.All",
    "drive": "Files.Read.All",
    "site": "Sites.Read.All",
    "list": "Sites.Read.All",
    "listItem": "Sites.Read.All",
}
_COMBINABLE = frozenset({"driveItem", "drive", "site", "list", "listItem"})
_SIZE_LIMITS = {"message": 25, "event": 25, "chatMessage": 25}
_SIZE_LIMIT = 500
_SUMMARY = 160


@dataclass(frozen=True)
class _Candidate:
    """Holds a possible hit: what is shown of it, and what the query looks at."""

    id: str
    resource: Resource
    searchable: Searchable
    text: str
    changed: datetime | str

    @property
    def hit_id(self) -> str:
        """Returns the id as a hit shows it: of mail and events in the form of Exchange Web Services."""
        exchange = self.resource["@odata.type"].rpartition(".")[2] in _SIZE_LIMITS
        return self.id.replace("-", "/").replace("_", "+") if exchange else self.id


@area.operation("POST", "/search/query", permissions=())
async def search(call: Call) -> Response:
    """Returns the hits of one request, best first, without the `hits` member when there are none."""
    requests = (await call.document()).get("requests")
    if not isinstance(requests, list) or len(requests) != 1 or not isinstance(requests[0], dict):
        raise bad_request("Exactly one search request is expected.", "BadRequest")
    request = requests[0]
    kinds = _kinds(request.get("entityTypes"))
    call.require(*{_PERMISSIONS[kind] for kind in kinds} - {""})
    if "chatMessage" in kinds and not (call.may("Chat.Read") or call.may("ChannelMessage.Read.All")):
        raise call.denial.error()
    text = (request.get("query") or {}).get("queryString")
    start, size = request.get("from", 0), request.get("size", 25)
    limit = min(_SIZE_LIMITS.get(kind, _SIZE_LIMIT) for kind in kinds)
    if not isinstance(text, str) or not isinstance(start, int) or not isinstance(size, int):
        raise bad_request("A query string, and numbers for from and size, are expected.", "BadRequest")
    if start < 0 or not 1 <= size <= limit:
        raise bad_request(f"The size must be from 1 to {limit}, and from at least 0.", "BadRequest")
    predicate = parse_kql("*" if text.strip() == "*" else text, call.tenant.clock())
    everything = text.strip() == "*"
    words = plain_words(text)
    found = [each for each in _candidates(call, kinds) if everything or predicate(each.searchable)]
    found.sort(key=lambda each: (_rank(each, words), str(each.changed)), reverse=True)
    hits = [
        {"hitId": each.hit_id, "rank": rank, "summary": _summary(each.text, words), "resource": each.resource}
        for rank, each in enumerate(found[start : start + size], start + 1)
    ]
    # Of messages of Teams only those of the page are counted.
    total = len(hits) if kinds == ["chatMessage"] else len(found)
    container: Resource = {"total": total, "moreResultsAvailable": start + size < len(found)}
    if hits:
        container = {"hits": hits} | container
    answer = {"searchTerms": words, "hitsContainers": [container]}
    context = call.context("Collection(microsoft.graph.searchResponse)")
    return JSONResponse({"@odata.context": context, "value": [answer]})


def _kinds(value: Any) -> list[str]:
    if not isinstance(value, list) or not value:
        raise bad_request("Entity types are expected.", "BadRequest")
    unknown = next((each for each in value if each not in _PERMISSIONS), None)
    if unknown is not None:
        raise bad_request(f"Requested value '{unknown}' was not found among the entity types.", "BadRequest")
    if len(value) > 1 and not set(value) <= _COMBINABLE:
        raise bad_request("The combination of entity types is not supported.", "BadRequest")
    return list(value)


def _rank(candidate: _Candidate, words: list[str]) -> int:
    title = str(candidate.searchable.fields.get("title", "")).casefold()
    return sum(word in title for word in words)


def _summary(text: str, words: list[str]) -> str:
    """Returns the text around the first word found, marked as the service marks it."""
    text = re.sub(r"\s+", " ", text).strip()
    pattern = re.compile("|".join(rf"\b{re.escape(word)}\w*" for word in words) or r"(?!)", re.IGNORECASE)
    match = pattern.search(text)
    start = max(0, match.start() - _SUMMARY // 2) if match else 0
    excerpt = pattern.sub(lambda found: f"<c0>{found[0]}</c0>", text[start : start + _SUMMARY])
    return ("<ddd/>" if start else "") + excerpt + ("<ddd/>" if start + _SUMMARY < len(text) else "")


def _candidates(call: Call, kinds: list[str]) -> Iterator[_Candidate]:
    sources = {
        "message": _messages,
        "chatMessage": _chat_messages,
        "event": _events,
        "driveItem": _files,
        "drive": _drives,
        "site": _sites,
        "list": _lists,
        "listItem": _list_items,
    }
    for kind in kinds:
        for candidate in sources[kind](call):
            candidate.resource["@odata.type"] = f"#microsoft.graph.{kind}"
            yield candidate


def _messages(call: Call) -> Iterator[_Candidate]:
    shown = (
        "createdDateTime", "lastModifiedDateTime", "receivedDateTime", "sentDateTime", "hasAttachments",
        "subject", "bodyPreview", "importance", "isRead", "isDraft", "webLink", "internetMessageId",
        "conversationId", "sender", "from", "replyTo", "parentFolderId",
    )  # fmt: skip
    box = mailbox(call)
    for message in box.messages.values():
        seen = box.searchable(message)
        fields = {**seen.fields, "title": message["subject"]}
        resource = {name: message[name] for name in shown}
        text = as_text(message["body"])
        yield _Candidate(
            message["id"], resource, Searchable(fields, seen.everywhere), text, message["sentDateTime"]
        )


def _chat_messages(call: Call) -> Iterator[_Candidate]:
    conversations = call.tenant.conversations
    for chat in conversations.chats_of(call.user) if call.may("Chat.Read") else ():
        for message in chat.messages:
            yield from _chat_message(conversations, message, {"chatId": chat.id, "channelIdentity": {}})
    for team in conversations.teams_of(call.user) if call.may("ChannelMessage.Read.All") else ():
        for channel in team.channels.values():
            if call.user.object_id in channel.members:
                place = {"channelIdentity": {"teamId": team.id, "channelId": channel.id}}
                for root in channel.messages:
                    for message in (root, *channel.replies.get(root["id"], [])):
                        yield from _chat_message(conversations, message, place)


def _chat_message(conversations: Conversations, message: Resource, place: Resource) -> Iterator[_Candidate]:
    user = (message["from"] or {}).get("user")
    if not user or message["deletedDateTime"]:
        return
    person = conversations.people[user["id"]]
    text = as_text(message["body"])
    fields = {
        "title": message["subject"],
        "subject": message["subject"],
        "body": text,
        "from": f"{person.name} {person.address}",
        "sent": datetime.fromisoformat(message["createdDateTime"]),
        "hasattachment": bool(message["attachments"]),
        "mentions": " ".join(
            each["mentioned"]["user"]["id"].replace("-", "") for each in message["mentions"]
        ),
    }
    kept = ("id", "createdDateTime", "lastModifiedDateTime", "importance", "etag")
    resource = {name: message[name] for name in kept} | {
        "subject": message["subject"] or "",
        "webLink": f"https://outlook.office365.com/owa/?ItemID={message['id']}&exvsurl=1",
        "from": {"emailAddress": {"name": person.name, "address": person.address}},
    }
    # The hit has an id of Exchange, which no request about messages of Teams takes.
    exchange_id = f"AAMkAD-{message['id']}_{'chatId' in place}="
    seen = Searchable(fields, ("subject", "body", "from"))
    yield _Candidate(exchange_id, resource | place, seen, text, message["createdDateTime"])


def _events(call: Call) -> Iterator[_Candidate]:
    for event in agenda(call).events.values():
        properties = event.properties
        organizer = properties["organizer"]["emailAddress"]
        text = as_text(properties["body"])
        fields = {
            "title": properties["subject"],
            "subject": properties["subject"],
            "body": text,
            "location": properties["location"]["displayName"],
            "organizer": f"{organizer['name']} {organizer['address']}",
            "start": event.start,
            "end": event.end,
        }
        resource = {
            "subject": properties["subject"],
            "bodyPreview": preview(properties["body"]),
            "start": written(event.start),
            "end": written(event.end),
            "isAllDay": properties["isAllDay"],
            "iCalUId": properties["iCalUId"],
            "organizer": properties["organizer"],
            "location": properties["location"],
            "type": properties["type"],
            "webLink": properties["webLink"],
        }
        everywhere = ("subject", "body", "location", "organizer")
        yield _Candidate(event.id, resource, Searchable(fields, everywhere), text, event.start)


def _drives_of(call: Call) -> list[Drive]:
    return [call.tenant.one_drive(call.user), *call.tenant.libraries(call.user)]


def _files(call: Call) -> Iterator[_Candidate]:
    for drive in _drives_of(call):
        for item in drive.below(drive.root):
            yield _file(drive, item)


def _file(drive: Drive, item: DriveItem) -> _Candidate:
    shown = drive.shown(item)
    kept = (
        "id", "name", "size", "webUrl", "createdDateTime", "lastModifiedDateTime", "createdBy",
        "lastModifiedBy", "file", "folder", "fileSystemInfo",
    )  # fmt: skip
    resource = {name: shown[name] for name in kept if name in shown}
    resource["parentReference"] = {
        name: value for name, value in shown["parentReference"].items() if name != "path"
    }
    fields = {
        "title": item.name,
        "filename": item.name,
        "filetype": item.name.rpartition(".")[2] if not item.is_folder else "",
        "author": item.author.display_name,
        "path": shown["webUrl"],
        "body": item.text,
        "size": shown["size"],
        "created": item.created,
        "lastmodifiedtime": item.modified,
        "isdocument": not item.is_folder,
    }
    return _Candidate(
        item.id, resource, Searchable(fields, ("title", "body", "author")), item.text, item.modified
    )


def _drives(call: Call) -> Iterator[_Candidate]:
    for drive in _drives_of(call):
        fields = {"title": drive.name, "path": drive.web_url}
        yield _Candidate(drive.id, drive_shown(drive), Searchable(fields, ("title", "path")), drive.name, "")


def _sites(call: Call) -> Iterator[_Candidate]:
    for site in call.tenant.sharepoint.visible(call.user):
        fields = {"title": site.title, "description": site.description, "path": site.web_url}
        seen = Searchable(fields, ("title", "description", "path"))
        yield _Candidate(site.id, site_shown(site), seen, site.description, site.created)


def _lists(call: Call) -> Iterator[_Candidate]:
    for site in call.tenant.sharepoint.visible(call.user):
        for each in site.lists.values():
            if not each.hidden:
                fields = {"title": each.title, "description": each.description, "path": each.web_url}
                seen = Searchable(fields, ("title", "description"))
                yield _Candidate(each.id, list_shown(site, each), seen, each.description, each.created)


def _list_items(call: Call) -> Iterator[_Candidate]:
    for site in call.tenant.sharepoint.visible(call.user):
        for owner in site.lists.values():
            for item in owner.items.values():
                columns = {name: value for name, value in item["fields"].items() if name in owner.columns}
                text = " ".join(str(value) for value in columns.values())
                folded = {name.casefold(): value for name, value in columns.items()}
                fields = folded | {"path": item["webUrl"], "body": text}
                kept = (
                    "id",
                    "webUrl",
                    "createdDateTime",
                    "lastModifiedDateTime",
                    "createdBy",
                    "lastModifiedBy",
                )
                resource = {name: item[name] for name in kept} | {
                    "parentReference": {
                        "siteId": site.id,
                        "id": owner.id,
                        "sharepointIds": {"listId": owner.id, "listItemId": item["id"]},
                    },
                    "fields": {name[0].lower() + name[1:]: value for name, value in columns.items()},
                }
                hit_id = item["eTag"].strip('"').partition(",")[0]
                changed = item["lastModifiedDateTime"]
                yield _Candidate(hit_id, resource, Searchable(fields, ("body",)), text, changed)
