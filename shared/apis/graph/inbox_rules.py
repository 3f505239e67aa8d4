"""Defines the rules of an inbox: what they say in words, which are a danger, and how to write one."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field
from pydantic.alias_generators import to_snake

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.mail_messages import PERSON, recipients
from shared.apis.models import GraphModel
from shared.errors import ToolError
from shared.text.content import Line, clean_line
from shared.text.names import Name

RULES = "/me/mailFolders/inbox/messageRules"
RULE = f"{RULES}/{{}}"

_MOST = 500
_VALUES = 10
"""Values of one condition or action that are named."""
_SENDING = ("forwardTo", "forwardAsAttachmentTo", "redirectTo")
_DELETING = ("delete", "permanentDelete")
_FOLDERS = ("moveToFolder", "copyToFolder")
_WORDS: Mapping[str, str] = {
    "fromAddresses": "it is from",
    "senderContains": "the sender has",
    "subjectContains": "the subject has",
    "bodyContains": "the text has",
    "bodyOrSubjectContains": "subject or text has",
    "recipientContains": "a recipient has",
    "sentToAddresses": "it is sent to",
    "headerContains": "the headers have",
    "categories": "its category is",
    "importance": "its importance is",
    "sensitivity": "its sensitivity is",
    "messageActionFlag": "it is flagged for",
    "withinSizeRange": "its size in KB is",
    "hasAttachments": "it has attachments",
    "moveToFolder": "move it to",
    "copyToFolder": "copy it to",
    "assignCategories": "categorize it as",
    "markAsRead": "mark it as read",
    "markImportance": "mark its importance as",
    "delete": "delete it",
    "permanentDelete": "delete it for good",
    "forwardTo": "forward it to",
    "forwardAsAttachmentTo": "forward it as an attachment to",
    "redirectTo": "redirect it to",
    "stopProcessingRules": "apply no further rules",
}


class InboxRule(BaseModel):
    """A rule that the inbox applies to each email that arrives."""

    id: str
    name: Name
    enabled: bool
    when: Line
    does: Line
    warning: str | None = Field(description="What is dangerous or wrong about it.")


class HeldRule(GraphModel):
    """A rule as the mailbox holds it."""

    id: str
    name: Name = Field("", validation_alias="displayName")
    sequence: int | None = None
    is_enabled: bool | None = None
    has_error: bool | None = None
    is_read_only: bool | None = None
    conditions: dict[str, Any] | None = None
    exceptions: dict[str, Any] | None = None
    actions: dict[str, Any] | None = None

    @property
    def folder_ids(self) -> set[str]:
        """Returns the folders that its actions name."""
        return {str(value) for name, value in (self.actions or {}).items() if name in _FOLDERS and value}

    @property
    def danger(self) -> str | None:
        """Returns what the rule does that attackers use rules for: to send mail out, or to make it vanish."""
        actions = {name for name, value in (self.actions or {}).items() if value}
        if actions.intersection(_SENDING):
            return "It sends mail on to other addresses."
        if actions.intersection(_DELETING):
            return "It deletes mail."
        return None

    def described(self, folders: Mapping[str, str] = {}) -> InboxRule:
        """Returns the rule in words; a folder without a name is named by its id."""
        conditions = [*_phrases(self.conditions), *(f"not if {each}" for each in _phrases(self.exceptions))]
        actions = {
            name: folders.get(str(value), value) if name in _FOLDERS else value
            for name, value in (self.actions or {}).items()
        }
        warnings = [
            self.danger,
            "It has an error and is not applied." if self.has_error else None,
            "It can be changed in Outlook only." if self.is_read_only else None,
        ]
        return InboxRule(
            id=self.id,
            name=self.name,
            enabled=bool(self.is_enabled),
            when=", and ".join(conditions) or "any email arrives",
            does=", ".join(_phrases(actions)) or "nothing",
            warning=" ".join(each for each in warnings if each) or None,
        )


async def list_rules(graph: Graph) -> list[HeldRule]:
    """Returns the rules in the order in which they are applied."""
    # No query option is documented for rules.
    rules, _ = await graph.list_all(HeldRule, RULES, most=_MOST, select="", top="")
    return sorted(rules, key=lambda each: each.sequence or 0)


def find_rule(rules: Sequence[HeldRule], wanted: str) -> HeldRule:
    """Returns the rule with this id or name.

    Raises:
        ToolError: There is none, or several have the name.
    """
    found = [each for each in rules if each.id == wanted] or [
        each for each in rules if str(each.name).strip().casefold() == wanted.strip().casefold()
    ]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{each.name} ({each.id})" for each in found or rules) or "none"
    raise ToolError(
        "invalid_argument" if found else "not_found",
        f"rule: {len(found) if found else 'no'} rules of the inbox have this name or id.",
        f"Give the id of one. There are: {listed}.",
    )


def rule_properties(
    *,
    name: str,
    sequence: int,
    senders: Sequence[str],
    subject_words: Sequence[str],
    folder_id: str | None,
    mark_read: bool,
    categories: Sequence[str],
) -> dict[str, Any]:
    """Returns the properties of a new rule, which applies where one of the senders and one of the words is.

    Senders are compared as whole addresses if all are such, and else as parts of name and address.
    """
    senders = [part for each in senders for part in _apart(each)]
    whole = all(re.fullmatch(PERSON, each) for each in senders)
    return {
        "displayName": name,
        "sequence": sequence,
        "isEnabled": True,
        "conditions": {
            **({"fromAddresses": recipients(senders)} if senders and whole else {}),
            **({"senderContains": list(senders)} if senders and not whole else {}),
            **({"subjectContains": list(subject_words)} if subject_words else {}),
        },
        "actions": {
            **({"moveToFolder": folder_id} if folder_id else {}),
            **({"markAsRead": True} if mark_read else {}),
            **({"assignCategories": list(categories)} if categories else {}),
        },
    }


def _apart(senders: str) -> list[str]:
    """Returns the addresses that one text lists; a name such as `Osei, Ben` is one sender."""
    parts = [part for each in re.split("[,;]", senders) if (part := each.strip())]
    return parts if len(parts) > 1 and all("@" in each for each in parts) else [senders.strip()]


def _phrases(part: Mapping[str, Any] | None) -> list[str]:
    """Returns each condition or action in words; what a rule does not ask or do is left out."""
    return [
        _phrase(name, value)
        for name, value in (part or {}).items()
        if value not in (None, False, [], "") and not name.startswith("@")
    ]


def _phrase(name: str, value: object) -> str:
    words = _WORDS.get(name) or to_snake(name).replace("_", " ")
    match value:
        case True:
            return words
        case list():
            return f"{words} {_either(value)}"
        case {"minimumSize": least, "maximumSize": most}:
            return f"{words} {least} to {most}"
    return f"{words} {clean_line(str(value))}"


def _either(values: Iterable[object]) -> str:
    named = [_named(each) for each in values]
    more = [f"{len(named) - _VALUES} more"] if len(named) > _VALUES else []
    return " or ".join([*named[:_VALUES], *more])


def _named(value: object) -> str:
    """Returns a value as people write it: a text in quotes, a person by the address."""
    match value:
        case {"emailAddress": {"address": address}}:
            return clean_line(str(address))
    return f'"{clean_line(str(value))}"'
