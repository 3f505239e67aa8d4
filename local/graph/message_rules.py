"""Serves the rules of the user's inbox, and applies them to what arrives."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from local.graph.bodies import as_text
from local.graph.denials import OUTLOOK
from local.graph.errors import GraphError, bad_request, mailbox_item_not_found
from local.graph.mailbox import Mailbox, check_id, checked_recipients
from local.graph.odata import EntityType, Resource
from local.graph.operations import Area, Call
from local.graph.outlook_settings import own_settings
from local.graph.own_settings import OwnSettings
from local.graph.shared_mailboxes import mailbox
from local.graph.written import Shape, taken

area = Area(OUTLOOK)

_RULES = "/me/mailFolders/inbox/messageRules"
_RULE = EntityType(
    "microsoft.graph.messageRule",
    (
        "id", "displayName", "sequence", "isEnabled", "hasError", "isReadOnly", "conditions", "exceptions",
        "actions",
    ),
)  # fmt: skip
_WRITABLE: dict[str, Shape] = {
    "displayName": str, "sequence": int, "isEnabled": bool, "conditions": dict, "exceptions": dict,
    "actions": dict,
}  # fmt: skip
_PREDICATES: dict[str, Shape] = {
    **dict.fromkeys(
        (
            "bodyContains", "bodyOrSubjectContains", "categories", "fromAddresses", "headerContains",
            "recipientContains", "senderContains", "sentToAddresses", "subjectContains",
        ),
        list,
    ),
    **dict.fromkeys(
        (
            "hasAttachments", "isApprovalRequest", "isAutomaticForward", "isAutomaticReply", "isEncrypted",
            "isMeetingRequest", "isMeetingResponse", "isNonDeliveryReport", "isPermissionControlled",
            "isReadReceipt", "isSigned", "isVoicemail", "notSentToMe", "sentCcMe", "sentOnlyToMe", "sentToMe",
            "sentToOrCcMe",
        ),
        bool,
    ),
    "importance": str, "messageActionFlag": str, "sensitivity": str, "withinSizeRange": dict,
}  # fmt: skip
_ACTIONS: dict[str, Shape] = {
    "assignCategories": list, "copyToFolder": str, "delete": bool, "forwardAsAttachmentTo": list,
    "forwardTo": list, "markAsRead": bool, "markImportance": str, "moveToFolder": str,
    "permanentDelete": bool, "redirectTo": list, "stopProcessingRules": bool,
}  # fmt: skip
_PEOPLE = ("fromAddresses", "sentToAddresses", "forwardAsAttachmentTo", "forwardTo", "redirectTo")
_FOLDERS = ("moveToFolder", "copyToFolder")


@area.operation("GET", _RULES, permissions=("MailboxSettings.Read",))
async def list_rules(call: Call) -> Response:
    """Returns the rules of the inbox in the order they are applied."""
    rules = sorted(own_settings(call).rules.values(), key=lambda each: each["sequence"])
    return call.many(rules, call.mine("mailFolders('inbox')/messageRules"), _RULE)


@area.operation("POST", _RULES, permissions=("MailboxSettings.ReadWrite",))
async def create_rule(call: Call) -> Response:
    """Returns the new rule."""
    properties = _properties(call, await call.document())
    if not properties.get("displayName") or not properties.get("actions"):
        raise bad_request("A rule needs a displayName and actions.", "ErrorInvalidRequest")
    rule = own_settings(call).add_rule(properties)
    return call.one(rule, call.mine("mailFolders('inbox')/messageRules/$entity"), _RULE, 201)


@area.operation("PATCH", f"{_RULES}/{{rule}}", permissions=("MailboxSettings.ReadWrite",))
async def update_rule(call: Call) -> Response:
    """Returns the rule after the change."""
    rule = _changeable(call)
    rule |= _properties(call, await call.document())
    return call.one(rule, call.mine("mailFolders('inbox')/messageRules/$entity"), _RULE)


@area.operation("DELETE", f"{_RULES}/{{rule}}", permissions=("MailboxSettings.ReadWrite",))
async def delete_rule(call: Call) -> Response:
    """Deletes a rule."""
    del own_settings(call).rules[_changeable(call)["id"]]
    return Response(status_code=204)


def _changeable(call: Call) -> Resource:
    rule = own_settings(call).rule(call.arguments["rule"])
    if rule["isReadOnly"]:
        raise GraphError(403, "ErrorAccessDenied", "The rule is read-only and cannot be changed here.")
    return rule


def _properties(call: Call, document: Resource) -> Resource:
    chosen = taken(document, _WRITABLE, _RULE.name)
    for name in ("conditions", "exceptions"):
        if chosen.get(name) is not None:
            chosen[name] = taken(chosen[name], _PREDICATES, "microsoft.graph.messageRulePredicates")
    if chosen.get("actions") is not None:
        chosen["actions"] = taken(chosen["actions"], _ACTIONS, "microsoft.graph.messageRuleActions")
    for part in (chosen.get(name) or {} for name in ("conditions", "exceptions", "actions")):
        for name, value in part.items():
            if name in _PEOPLE:
                checked_recipients(value)
            elif name in _FOLDERS:
                _check_folder(mailbox(call), str(value))
    return chosen


def _check_folder(box: Mailbox, folder_id: str) -> None:
    """Refuses what is no id of a folder: rules take no well-known names."""
    check_id(folder_id)
    if folder_id not in box.folders:
        raise mailbox_item_not_found()


def apply_rules(settings: OwnSettings, box: Mailbox, message: Resource) -> Resource:
    """Returns a message that arrived, after the rules of the inbox; what they forward stays here."""
    for rule in sorted(settings.rules.values(), key=lambda each: each["sequence"]):
        if not rule["isEnabled"] or rule["hasError"] or not _applies(rule, message):
            continue
        message = _carried_out(rule["actions"], box, message)
        if rule["actions"].get("stopProcessingRules"):
            break
    return message


def _applies(rule: Resource, message: Resource) -> bool:
    conditions, exceptions = rule.get("conditions") or {}, rule.get("exceptions") or {}
    return all(_met(name, value, message) for name, value in conditions.items()) and not any(
        _met(name, value, message) for name, value in exceptions.items()
    )


def _met(name: str, wanted: Any, message: Resource) -> bool:
    sender = (message["from"] or {}).get("emailAddress", {})
    texts = {
        "senderContains": f"{sender.get('name', '')} {sender.get('address', '')}",
        "subjectContains": message["subject"],
        "bodyContains": as_text(message["body"]),
        "bodyOrSubjectContains": f"{message['subject']}\n{as_text(message['body'])}",
    }
    match name:
        case "fromAddresses":
            known = {each["emailAddress"]["address"].casefold() for each in wanted}
            return str(sender.get("address", "")).casefold() in known
        case "hasAttachments":
            return bool(message["hasAttachments"] == wanted)
        case "importance":
            return bool(message["importance"] == wanted)
        case _ if name in texts:
            return any(str(word).casefold() in str(texts[name]).casefold() for word in wanted)
    return False


def _carried_out(actions: Resource, box: Mailbox, message: Resource) -> Resource:
    if actions.get("assignCategories"):
        both = [*message["categories"], *actions["assignCategories"]]
        box.change(message, {"categories": list(dict.fromkeys(both))})
    if actions.get("markAsRead"):
        box.change(message, {"isRead": True})
    if actions.get("markImportance"):
        box.change(message, {"importance": actions["markImportance"]})
    if actions.get("moveToFolder"):
        return box.move(message, actions["moveToFolder"], keep_id=True)
    if actions.get("delete"):
        return box.move(message, box.folder_id("deleteditems"), keep_id=True)
    return message
