"""Keeps one user's calendar: meetings, and series of them."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from local.graph.errors import GraphError, mailbox_item_not_found
from local.graph.mailbox import check_id, outlook_id, utc
from local.graph.odata import Resource
from local.graph.recurrence import Recurrence

_KNOWN_AROUND = timedelta(days=120)


@dataclass
class Event:
    """Holds a meeting: when it is, and everything else as Graph names it.

    A recurrence makes it the master of a series; `left_out` are the days of it that went their own way,
    of which `cancelled` have no event. `of_day` is the day of a series that an exception stands for.
    """

    properties: Resource
    start: datetime
    end: datetime
    zone: ZoneInfo
    recurrence: Recurrence | None = None
    left_out: set[date] = field(default_factory=set)
    cancelled: set[date] = field(default_factory=set)
    of_day: date | None = None

    @property
    def id(self) -> str:
        """Returns its id."""
        return str(self.properties["id"])

    @property
    def etag(self) -> str:
        """Returns the version, as `If-Match` must name it."""
        return str(self.properties["@odata.etag"])

    @property
    def first_day(self) -> date:
        """Returns the day on which it begins, by its own clock."""
        return self.start.astimezone(self.zone).date()

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
            "type": "singleInstance",
            "webLink": f"https://outlook.office365.com/owa/?itemid={quote(event_id)}&path=/calendar/item",
            "onlineMeetingUrl": None,
            "isOnlineMeeting": False,
            "onlineMeetingProvider": "unknown",
            "onlineMeeting": None,
            "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
            "body": {"contentType": "text", "content": ""},
            "location": {"displayName": ""},
            "locations": [],
            "attendees": [],
        } | event.properties
        self.repeat(event, event.recurrence)
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

    def holds(self, event_id: str) -> bool:
        """Tells whether the event with this id is here, or the series it is an occurrence of."""
        try:
            self.get(event_id)
        except GraphError:
            return False
        return True

    def is_of(self, alias: str) -> bool:
        """Tells whether it is a calendar of this user; added ones have a name after the owner's."""
        return self.owner.partition("/")[0] == alias

    def own(self, event: Event) -> Event:
        """Returns the event itself, or for an occurrence the exception it becomes by being changed."""
        if event.properties["type"] == "occurrence":
            master = self.events[event.properties["seriesMasterId"]]
            event.of_day = event.first_day
            master.left_out.add(event.of_day)
            event.properties |= {"type": "exception", "originalStart": utc(event.start)}
            self.events[event.id] = event
        return event

    def repeat(self, event: Event, recurrence: Recurrence | None) -> None:
        """Gives an event a recurrence, or takes it away: what single occurrences differed in is undone."""
        event.recurrence = recurrence
        event.properties |= {
            "recurrence": recurrence.written() if recurrence else None,
            "type": "seriesMaster" if recurrence else "singleInstance",
        }
        for exception in self.exceptions(event):
            self.events.pop(exception.id)
        event.left_out.clear()
        event.cancelled.clear()

    def exceptions(self, master: Event) -> list[Event]:
        """Returns the occurrences of a series that were changed by themselves, in order."""
        found = [each for each in self.events.values() if each.properties["seriesMasterId"] == master.id]
        return sorted(found, key=lambda each: each.of_day or date.min)

    def occurrence_on(self, master: Event, day: date) -> Event | None:
        """Returns the occurrence or exception that a series has for one of its days; None if it has none."""
        for exception in self.exceptions(master):
            if exception.of_day == day:
                return exception
        if day in master.left_out or day not in itertools.takewhile(lambda each: each <= day, _days(master)):
            return None
        return self._occurrence(master, day)

    def neighbours(self, event: Event) -> tuple[date, date]:
        """Returns the days of the occurrences before and after one of a series."""
        master = self.events[event.properties["seriesMasterId"]]
        before, after = date.min, date.max
        for day in _days(master):
            if day < (event.of_day or event.first_day) and day not in master.cancelled:
                before = day
            if day > (event.of_day or event.first_day) and day not in master.cancelled:
                after = day
                break
        return before, after

    def remove(self, event: Event) -> None:
        """Takes an event out of the calendar; a series with all that belongs to it."""
        self.own(event)
        if event.of_day and (master := self.events.get(event.properties["seriesMasterId"])):
            master.cancelled.add(event.of_day)
        for exception in self.exceptions(event):
            self.events.pop(exception.id)
        self.events.pop(event.id)

    def with_uid(self, uid: str) -> Iterator[Event]:
        """Returns the copies of one meeting here: the same `iCalUId` in every attendee's calendar."""
        yield from [each for each in self.events.values() if each.properties["iCalUId"] == uid]

    def between(self, start: datetime, end: datetime) -> list[Event]:
        """Returns what happens in a window, series expanded, earliest first."""
        found = []
        for event in self.events.values():
            instances = self._occurrences(event, start, end) if event.recurrence else [event]
            found += [each for each in instances if each.start < end and each.end > start]
        return sorted(found, key=lambda each: (each.start, each.properties["subject"]))

    def _occurrences(self, master: Event, start: datetime, end: datetime) -> Iterator[Event]:
        earliest = (start - (master.end - master.start)).astimezone(master.zone).date()
        last = end.astimezone(master.zone).date()
        for day in itertools.takewhile(lambda each: each <= last, _days(master)):
            if day >= earliest and day not in master.left_out:
                yield self._occurrence(master, day)

    def _occurrence(self, master: Event, day: date) -> Event:
        length = master.end - master.start
        begins = datetime.combine(day, master.start.astimezone(master.zone).time(), master.zone)
        properties = copy.deepcopy(master.properties) | {
            "id": outlook_id("AAMkAD", master.id, day.isoformat()),
            "type": "occurrence",
            "seriesMasterId": master.id,
            "recurrence": None,
        }
        return Event(properties, begins.astimezone(UTC), begins.astimezone(UTC) + length, master.zone)

    def _stamp(self, event: Event) -> None:
        self._made += 1
        key = outlook_id("DwAAABYA", self.owner, "event version", self._made)[:32]
        event.properties["changeKey"] = key
        event.properties["@odata.etag"] = f'W/"{key}"'


def _days(master: Event) -> Iterator[date]:
    return master.recurrence.all_days() if master.recurrence else iter(())
