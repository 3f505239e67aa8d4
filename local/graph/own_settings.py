"""Keeps what a user has set in Outlook: automatic replies, working hours, categories and inbox rules."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from local.graph.errors import GraphError, mailbox_item_not_found
from local.graph.mailbox import outlook_id
from local.graph.odata import Resource


class OwnSettings:
    """Holds the settings of one mailbox, apart from its time zone."""

    def __init__(self, owner: str, now: datetime) -> None:
        self.owner = owner
        self.hours: Resource = {}
        self.formats: Resource = {
            "dateFormat": "dd/MM/yyyy",
            "timeFormat": "HH:mm",
            "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
            "language": {"locale": "en-GB", "displayName": "English (United Kingdom)"},
        }
        self.replies: Resource = {
            "status": "disabled",
            "externalAudience": "all",
            "internalReplyMessage": "",
            "externalReplyMessage": "",
        }
        hour = now.replace(minute=0, second=0, microsecond=0)
        self.away: tuple[datetime, datetime] = (hour, hour + timedelta(days=1))
        self.replied_to: set[str] = set()
        self.categories: list[Resource] = []
        self.rules: dict[str, Resource] = {}
        self._made = 0

    def add_category(self, name: str, color: str) -> Resource:
        """Adds a category to the list of them.

        Raises:
            GraphError: There is one of this name.
        """
        if any(each["displayName"].casefold() == name.casefold() for each in self.categories):
            raise GraphError(409, "ErrorItemExists", "A category with this name exists.")
        category = {
            "id": outlook_id("", self.owner, "category", name),
            "displayName": name,
            "color": color,
        }
        self.categories.append(category)
        return category

    def add_rule(self, properties: Resource) -> Resource:
        """Adds an inbox rule; what its properties do not say gets its default."""
        self._made += 1
        rule_id = outlook_id("AQAAA", self.owner, "rule", self._made)[:12] + "="
        defaults = {
            "sequence": len(self.rules) + 1,
            "isEnabled": True,
            "hasError": False,
            "isReadOnly": False,
        }
        rule: dict[str, Any] = {"id": rule_id} | defaults | properties
        self.rules[rule_id] = rule
        return rule

    def rule(self, rule_id: str) -> Resource:
        """Returns the rule with this id.

        Raises:
            GraphError: There is none.
        """
        if rule_id not in self.rules:
            raise mailbox_item_not_found()
        return self.rules[rule_id]

    def answers(self, now: datetime) -> bool:
        """Tells whether it answers what arrives now."""
        start, end = self.away
        status = self.replies["status"]
        return bool(status == "alwaysEnabled" or (status == "scheduled" and start <= now < end))
