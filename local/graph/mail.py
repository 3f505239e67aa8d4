"""Serves messages, folders and attachments."""

from __future__ import annotations

import base64
import re

from starlette.responses import Response

from local.graph.bodies import in_format
from local.graph.denials import OUTLOOK
from local.graph.errors import GraphError, bad_request
from local.graph.filters import filter_paths, filtered
from local.graph.item_attachments import ITEM_ATTACHMENT
from local.graph.kql import parse_kql, syntax_error
from local.graph.mailbox import Attachment
from local.graph.odata import EntityType, Resource, ordered, ordering, selected
from local.graph.operations import Call
from local.graph.shared_mailboxes import MailboxArea, mailbox

area = MailboxArea(OUTLOOK)

MESSAGE = EntityType(
    "microsoft.graph.message",
    (
        "id", "createdDateTime", "lastModifiedDateTime", "changeKey", "categories", "receivedDateTime",
        "sentDateTime", "hasAttachments", "internetMessageId", "internetMessageHeaders", "subject",
        "bodyPreview", "importance", "parentFolderId", "conversationId", "conversationIndex",
        "isDeliveryReceiptRequested", "isReadReceiptRequested", "isRead", "isDraft", "webLink",
        "inferenceClassification", "body", "uniqueBody", "sender", "from", "toRecipients", "ccRecipients",
        "bccRecipients", "replyTo", "flag", "attachments",
    ),
)  # fmt: skip
_FOLDER = EntityType(
    "microsoft.graph.mailFolder",
    (
        "id", "displayName", "parentFolderId", "childFolderCount", "unreadItemCount", "totalItemCount",
        "sizeInBytes", "isHidden",
    ),
)  # fmt: skip
ATTACHMENT = EntityType(
    "microsoft.graph.attachment",
    (
        "id", "lastModifiedDateTime", "name", "contentType", "size", "isInline", "contentId",
        "contentLocation", "contentBytes", "item", "sourceUrl", "providerType",
    ),
)  # fmt: skip
_SEARCHED_AT_MOST = 1000
_UNSHOWN_TO_BASIC = ("body", "bodyPreview", "uniqueBody", "attachments")


def shown(call: Call, message: Resource) -> Resource:
    """Returns the message as this request wants to see it."""
    wanted = call.preference("outlook.body-content-type")
    resource = message | {"body": in_format(message["body"], wanted)}
    if "uniqueBody" in (call.query.select or []):
        resource["uniqueBody"] = resource["body"]
    if "attachments" in call.query.expand:
        names = call.query.expand["attachments"]
        attached = mailbox(call).attachments[message["id"]]
        resource["attachments"] = [selected(attachment_shown(each), names, ATTACHMENT) for each in attached]
    if not (call.may("Mail.Read") or call.may("Mail.Read.Shared")):
        resource = {name: value for name, value in resource.items() if name not in _UNSHOWN_TO_BASIC}
    return resource


def answered(call: Call, message: Resource, status: int = 200) -> Response:
    """Returns an answer that is one message."""
    response = call.one(shown(call, message), call.mine("messages/$entity"), MESSAGE, status)
    return _preferred(call, response)


def _preferred(call: Call, response: Response) -> Response:
    applied = [
        f'{name}="{value}"'
        for name in ("outlook.body-content-type", "IdType")
        if (value := call.preference(name))
    ]
    if applied:
        response.headers["Preference-Applied"] = ", ".join(applied)
    return response


@area.operation("GET", "/me/messages", permissions=("Mail.ReadBasic",))
@area.operation("GET", "/me/mailFolders/{folder}/messages", permissions=("Mail.ReadBasic",))
async def list_messages(call: Call) -> Response:
    """Returns the messages of the mailbox or of one folder, newest first unless asked otherwise."""
    box = mailbox(call)
    messages = list(box.messages.values())
    # All messages at once are those of the root, which only who may see everything may list.
    folder_id = box.folder_id(call.arguments.get("folder", "msgfolderroot"))
    if "folder" in call.arguments:
        messages = [each for each in messages if each["parentFolderId"] == folder_id]
    search = call.query.option("search")
    found = _searched(call, messages, search) if search is not None else _chosen(call, messages)
    response = call.many(found, call.mine("messages"), MESSAGE, lambda message: shown(call, message))
    return _preferred(call, response)


def _chosen(call: Call, messages: list[Resource]) -> list[Resource]:
    condition, order = call.query.option("filter"), ordering(call.query.option("orderby"))
    paths = list(dict.fromkeys(filter_paths(condition or "")))
    order_paths = [path for path, _ in order]
    # Graph's "List messages": what is ordered by must be filtered by first, in the same order.
    if condition and order and paths[: len(order_paths)] != order_paths:
        raise bad_request(
            "The restriction or sort order is too complex for this operation.", "InefficientFilter"
        )
    return ordered(filtered(messages, condition), order or [("receivedDateTime", True)])


def _searched(call: Call, messages: list[Resource], search: str) -> list[Resource]:
    query = call.query
    if query.option("filter"):
        raise bad_request(
            "The query parameter '$filter' is not supported with '$search'.", "SearchWithFilter"
        )
    if query.option("orderby"):
        raise bad_request(
            "The query parameter '$orderby' is not supported with '$search'.", "SearchWithOrderBy"
        )
    if query.counts or query.option("skip"):
        raise bad_request("'$count' and '$skip' are not supported with '$search'.", "ErrorInvalidRequest")
    quoted = re.fullmatch(r'\s*"((?:[^"\\]|\\.)*)"\s*', search, re.DOTALL)
    if not quoted and not re.fullmatch(r"\s*\w+\s*", search):
        raise syntax_error(search)
    text = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else search
    predicate = parse_kql(text, call.tenant.clock())
    box = mailbox(call)
    found = [each for each in messages if predicate(box.searchable(each))]
    return ordered(found, [("sentDateTime", True)])[:_SEARCHED_AT_MOST]


@area.operation("GET", "/me/messages/{message}", permissions=("Mail.ReadBasic",))
@area.operation("GET", "/me/mailFolders/{folder}/messages/{message}", permissions=("Mail.ReadBasic",))
async def get_message(call: Call) -> Response:
    """Returns one message."""
    return answered(call, mailbox(call).message(call.arguments["message"]))


@area.operation("GET", "/me/mailFolders", permissions=("Mail.ReadBasic",))
@area.operation("GET", "/me/mailFolders/{folder}/childFolders", permissions=("Mail.ReadBasic",))
async def list_folders(call: Call) -> Response:
    """Returns the folders at the top, or inside another."""
    box = mailbox(call)
    parent = box.folder_id(call.arguments.get("folder", "msgfolderroot"))
    inside = [box.folder(each["id"]) for each in box.folders.values() if each["parentFolderId"] == parent]
    return _folders(call, inside)


def _folders(call: Call, folders: list[Resource]) -> Response:
    chosen = ordered(filtered(folders, call.query.option("filter")), ordering(call.query.option("orderby")))
    return call.many(chosen, call.mine("mailFolders"), _FOLDER, lambda folder: _shown(call, folder))


def _shown(call: Call, folder: Resource) -> Resource:
    """Returns a folder, with its size only where that is selected."""
    sized = "sizeInBytes" in (call.query.select or [])
    return folder if sized else {name: value for name, value in folder.items() if name != "sizeInBytes"}


@area.operation("GET", "/me/mailFolders/{folder}", permissions=("Mail.ReadBasic",))
async def get_folder(call: Call) -> Response:
    """Returns one folder, by id or well-known name."""
    box = mailbox(call)
    folder = box.folder(box.folder_id(call.arguments["folder"]))
    return call.one(_shown(call, folder), call.mine("mailFolders/$entity"), _FOLDER)


def attachment_shown(attachment: Attachment) -> Resource:
    """Returns an attachment with its content, as it is shown when nothing else is selected."""
    if not attachment.is_file:
        return attachment.properties
    content = {"contentBytes": base64.b64encode(attachment.content).decode()}
    return {"@odata.mediaContentType": attachment.properties["contentType"]} | attachment.properties | content


@area.operation("GET", "/me/messages/{message}/attachments", permissions=("Mail.Read",))
async def list_attachments(call: Call) -> Response:
    """Returns the attachments of a message, with their bytes unless `$select` leaves them out."""
    box = mailbox(call)
    message = box.message(call.arguments["message"])
    attached = [attachment_shown(each) for each in box.attachments[message["id"]]]
    return call.many(attached, call.mine(f"messages('{message['id']}')/attachments"), ATTACHMENT)


@area.operation("GET", "/me/messages/{message}/attachments/{attachment}", permissions=("Mail.Read",))
async def get_attachment(call: Call) -> Response:
    """Returns one attachment."""
    box = mailbox(call)
    message = box.message(call.arguments["message"])
    attachment = box.attachment(message, call.arguments["attachment"])
    context = call.mine(f"messages('{message['id']}')/attachments/$entity")
    return call.one(attachment_shown(attachment), context, ATTACHMENT)


@area.operation("GET", "/me/messages/{message}/attachments/{attachment}/$value", permissions=("Mail.Read",))
async def get_attachment_content(call: Call) -> Response:
    """Returns the bytes of an attachment."""
    box = mailbox(call)
    attachment = box.attachment(box.message(call.arguments["message"]), call.arguments["attachment"])
    if attachment.properties["@odata.type"] == ITEM_ATTACHMENT:
        return Response(attachment.content, media_type="text/plain")
    if not attachment.is_file:
        raise GraphError(405, "ErrorInvalidRequest", "A reference attachment has no content here.")
    content_type = attachment.properties.get("contentType") or "application/octet-stream"
    return Response(attachment.content, media_type=content_type)
