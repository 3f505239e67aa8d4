"""Fills what people of the demo tenant have set in Outlook, their contacts, and their talks in meetings."""

from __future__ import annotations

from datetime import timedelta

from local.graph.demo_text import data
from local.graph.mailbox import Mailbox, outlook_id, utc
from local.graph.odata import Resource
from local.graph.recorded_talks import recorded_talks
from local.graph.store import Tenant
from local.organisation import organisation
from local.relative_time import working_day


def fill_settings(tenant: Tenant) -> None:
    """Sets every category, automatic reply and inbox rule of `mailbox.json`."""
    document, now = data("mailbox"), tenant.clock()
    users = {user.alias: user.object_id for user in organisation().users}
    for alias, categories in document["categories"].items():
        for name, color in categories.items():
            tenant.settings[users[alias]].add_category(name, color)
    for told in document["replies"]:
        settings, day = tenant.settings[users[told["of"]]], working_day(told["day"], now)
        settings.away = (day, day + timedelta(days=1))
        settings.replies = {
            "status": "scheduled",
            "externalAudience": told["audience"],
            "internalReplyMessage": f"<html>\n<body>\n{told['internal']}\n</body></html>\n",
            "externalReplyMessage": f"<html>\n<body>\n{told['external']}\n</body></html>\n",
        }
    for alias, rules in document["rules"].items():
        box = tenant.mailboxes[users[alias]]
        for told in rules:
            tenant.settings[users[alias]].add_rule(told | {"actions": _with_ids(told["actions"], box)})


def _with_ids(actions: Resource, box: Mailbox) -> Resource:
    """Returns actions with the ids of the folders that the data file names by title."""
    ids = {each["displayName"]: each["id"] for each in box.folders.values()}
    return {name: ids[value] if name.endswith("Folder") else value for name, value in actions.items()}


def fill_contacts(tenant: Tenant) -> None:
    """Puts every contact of `contacts.json` into its owner's folder."""
    stamp = utc(tenant.clock() - timedelta(days=90))
    for alias, contacts in data("contacts").items():
        tenant.contacts[alias] = [
            {
                "id": outlook_id("AAMkAD", alias, "contact", number),
                "@odata.etag": f'W/"{outlook_id("EQAAABYA", alias, "contact", number)[:32]}"',
                "parentFolderId": outlook_id("AQMkAD", alias, "contacts"),
                "department": None,
                "homePhones": [],
                "categories": [],
                "createdDateTime": stamp,
                "lastModifiedDateTime": stamp,
            }
            | told
            for number, told in enumerate(contacts)
        ]


def fill_meetings(tenant: Tenant) -> None:
    """Keeps every transcript and recording of `meetings.json`."""
    document, now = data("meetings"), tenant.clock()
    tenant.transcripts += recorded_talks(document["transcripts"], lambda count: working_day(count, now))
    tenant.recordings += recorded_talks(document["recordings"], lambda count: working_day(count, now))
