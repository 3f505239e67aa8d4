"""Keeps the state of the local Graph, made afresh from the data files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from local.graph.agenda import Agenda
from local.graph.calendars import SharedCalendar
from local.graph.conversations import Conversations
from local.graph.denials import SHAREPOINT
from local.graph.drive import Drive
from local.graph.errors import item_not_found
from local.graph.mailbox import Mailbox
from local.graph.mailbox_owners import owners
from local.graph.notebooks import Notebooks
from local.graph.odata import Resource
from local.graph.own_settings import OwnSettings
from local.graph.plans import Plans
from local.graph.recorded_talks import RecordedTalk
from local.graph.rooms import Room
from local.graph.sharepoint import SharePoint, Site
from local.graph.time_zones import WINDOWS_NAME
from local.graph.todo_lists import TodoLists
from local.graph.uploads import Uploads
from local.organisation import User, organisation


class Tenant:
    """Holds the state of one run: in memory, writable, gone with the process."""

    def __init__(self, clock: Callable[[], datetime], files_url: str) -> None:
        users = organisation().users
        self.clock = clock
        self.zones: dict[str, ZoneInfo] = {}
        self.hours: dict[str, str] = {}
        self.mailboxes = {owner.object_id: Mailbox(owner.alias, clock) for owner in owners()}
        self.settings = {user.object_id: OwnSettings(user.alias, clock()) for user in users}
        self.agendas = {user.object_id: Agenda(user.alias, clock) for user in users}
        self.transcripts: list[RecordedTalk] = []
        self.recordings: list[RecordedTalk] = []
        self.contacts: dict[str, list[Resource]] = {}
        self.calendars = [SharedCalendar(user, "Calendar", self.agendas[user.object_id]) for user in users]
        self.rooms: list[Room] = []
        self.room_lists: list[dict[str, Any]] = []
        self.todo = {user.object_id: TodoLists(user.alias, clock) for user in users}
        self.notebooks = {user.object_id: Notebooks(user.alias, clock) for user in users}
        self.plans = Plans(clock)
        self.conversations = Conversations(clock)
        self.sharepoint = SharePoint(clock)
        self.drives: dict[str, Drive] = {}
        self.uploads = Uploads(files_url)

    def zone_of(self, user: User) -> ZoneInfo:
        """Returns the time zone a user works in."""
        return self.zones.get(user.alias) or ZoneInfo(organisation().document["time_zone"])

    def working_hours(self, user: User) -> dict[str, Any]:
        """Returns the hours a user works, as mailbox settings and schedules show them."""
        return {
            "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "startTime": f"{self.hours['start']}:00.0000000",
            "endTime": f"{self.hours['end']}:00.0000000",
            "timeZone": {"name": WINDOWS_NAME[self.zone_of(user).key]},
        } | self.settings[user.object_id].hours

    def one_drive(self, user: User) -> Drive:
        """Returns the OneDrive of a user."""
        owned = (each for each in self.drives.values() if each.site_id is None and each.owner == user)
        return next(owned)

    def library(self, site: Site) -> Drive:
        """Returns the document library of a site.

        Raises:
            GraphError: The site has none.
        """
        for drive in self.drives.values():
            if drive.site_id == site.id:
                return drive
        raise item_not_found()

    def libraries(self, user: User) -> list[Drive]:
        """Returns the document libraries of the sites a user may enter."""
        sites = {site.id for site in self.sharepoint.visible(user)}
        return [drive for drive in self.drives.values() if drive.site_id in sites]

    def drive(self, drive_id: str, user: User) -> Drive:
        """Returns a drive by id, for somebody who may see it.

        Raises:
            GraphError: There is none, or the user may not see it.
        """
        found = next(
            (each for each in self.drives.values() if each.id.casefold() == drive_id.casefold()), None
        )
        if found is None:
            raise item_not_found()
        if not self.is_open(found, user) and not found.shared_with(user):
            raise SHAREPOINT.error()
        return found

    def is_open(self, drive: Drive, user: User) -> bool:
        """Tells whether a whole drive is a user's: their own, or of a site that they may enter."""
        return drive is self.one_drive(user) or drive in self.libraries(user)
