"""Keeps one user's calendar: meetings, and series of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from local.graph.errors import mailbox_item_not_found
from local.graph.mailbox import check_id, outlook_id, utc
from local.graph.odata import Resource

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_KNOWN_AROUND = timedelta(days=120)


@dataclass
class Event:
    """Holds a meeting: when it is, and everything else as Graph names it.

    `weekdays` makes it the master of a series; `left_out` are the days of it that went their own way.
    """

    properties: Resource
    start: datetime
    end: datetime
    zone: ZoneInfo
    weekdays: tuple[str, ...] = ()
    left_out: set[date] = field(default_factory=set)
    until: date | None = None
    every: int = 1

    @property
    def id(self) -> str:
        """Returns its id."""
        return str(self.properties["id"])

    @property
    def etag(self) -> str:
        """Returns the version, as `If-Match` must name it."""
        return str(self.properties["@odata.etag"])

    @property
    def busy(self) -> str:
        """Returns what it makes of its owner's time: free, tentative, busy, oof or workingElsewhere."""
        return "free" if self.properties["isCancelled"] else str(self.properties["showAs"])


class Agenda:
    """Holds events by id. Every change gives the event a new change key and ETag."""

    def __init__(self, owner: str, clock: Callable[[], datetime]) -> None:
        self.owner = owner
        self.clock = clock
        self.id = outlook_id("AAMkAD", owner, "calendar")
        self.events: dict[str, Event] = {}
        self._made = 0

    def add(self, event: Event) -> Event:
        """Puts an event into the calendar; what its properties do not say gets its default."""
        self._made += 1
        event_id = outlook_id("AAMkAD", self.owner, "event", self._made)
        stamp = utc(self.clock())
        event.properties = {
            "id": event_id,
            "createdDateTime": stamp,
            "lastModifiedDateTime": stamp,
            "categories": [],
            "transactionId": None,
            "originalStartTimeZone": event.zone.key,
            "originalEndTimeZone": event.zone.key,
            "iCalUId": outlook_id("040000008200E000", self.owner, self._made),
            "reminderMinutesBeforeStart": 15,
            "isReminderOn": True,
            "hasAttachments": False,
            "subject": "",
            "importance": "normal",
            "sensitivity": "normal",
            "isAllDay": False,
            "isCancelled": False,
            "isOrganizer": True,
            "isDraft": False,
            "hideAttendees": False,
            "responseRequested": True,
            "allowNewTimeProposals": True,
            "seriesMasterId": None,
            "showAs": "busy",
            "type": "seriesMaster" if event.weekdays else "singleInstance",
            "webLink": f"https://outlook.office365.com/owa/?itemid={quote(event_id)}&path=/calendar/item",
            "onlineMeetingUrl": None,
            "isOnlineMeeting": False,
            "onlineMeetingProvider": "unknown",
            "onlineMeeting": None,
            "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
            "body": {"contentType": "text", "content": ""},
            "location": {"displayName": ""},
            "locations": [],
            "recurrence": None,
            "attendees": [],
        } | event.properties
        self.events[event_id] = event
        self._stamp(event)
        return event

    def change(self, event: Event, properties: Resource) -> None:
        """Sets properties of an event and gives it a new version."""
        event.properties |= properties
        event.properties["lastModifiedDateTime"] = utc(self.clock())
        self._stamp(event)

    def get(self, event_id: str) -> Event:
        """Returns the event with this id, which may be an occurrence of a series.

        Raises:
            GraphError: The id is malformed or unknown.
        """
        check_id(event_id)
        if event_id in self.events:
            return self.events[event_id]
        now = self.clock()
        for occurrence in self.between(now - _KNOWN_AROUND, now + _KNOWN_AROUND):
            if occurrence.id == event_id:
                return occurrence
        raise mailbox_item_not_found()

    def own(self, event: Event) -> Event:
        """Returns the event itself, or for an occurrence the exception it becomes by being changed."""
        if event.properties["type"] == "occurrence":
            master = self.events[event.properties["seriesMasterId"]]
            master.left_out.add(event.start.astimezone(master.zone).date())
            event.properties["type"] = "exception"
            self.events[event.id] = event
        return event

    def remove(self, event: Event) -> None:
        """Takes an event out of the calendar."""
        self.own(event)
        self.events.pop(event.id)

    def with_uid(self, uid: str) -> Iterator[Event]:
        """Returns the copies of one meeting here: the same `iCalUId` in every attendee's calendar."""
        yield from [each for each in self.events.values() if each.properties["iCalUId"] == uid]

    def between(self, start: datetime, end: datetime) -> list[Event]:
        """Returns what happens in a window, series expanded, earliest first."""
        found = []
        for event in self.events.values():
            instances = self._occurrences(event, start, end) if event.weekdays else [event]
            found += [each for each in instances if each.start < end and each.end > start]
        return sorted(found, key=lambda each: (each.start, each.properties["subject"]))

    def _occurrences(self, master: Event, start: datetime, end: datetime) -> Iterator[Event]:
        first = master.start.astimezone(master.zone)
        length = master.end - master.start
        day = max(first.date(), (start - length).astimezone(master.zone).date())
        last = min(end.astimezone(master.zone).date(), master.until or date.max)
        while day <= last:
            weeks = (day - first.date() + timedelta(days=first.weekday())).days // 7
            if (
                WEEKDAYS[day.weekday()] in master.weekdays
                and weeks % master.every == 0
                and day not in master.left_out
            ):
                yield self._occurrence(master, datetime.combine(day, first.time(), master.zone), length)
            day += timedelta(days=1)

    def _occurrence(self, master: Event, start: datetime, length: timedelta) -> Event:
        day = start.date().isoformat()
        properties = copy.deepcopy(master.properties) | {
            "id": outlook_id("AAMkAD", master.id, day),
            "type": "occurrence",
            "seriesMasterId": master.id,
            "recurrence": None,
        }
        return Event(properties, start.astimezone(UTC), start.astimezone(UTC) + length, master.zone)

    def _stamp(self, event: Event) -> None:
        self._made += 1
        key = outlook_id("DwAAABYA", self.owner, "event version", self._made)[:32]
        event.properties["changeKey"] = key
        event.properties["@odata.etag"] = f'W/"{key}"'
