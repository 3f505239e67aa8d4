"""Keeps the rooms of an organisation: what they are like, and when they are booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from local.graph.agenda import Agenda, Event
from local.graph.odata import Resource

_BOOKED_AHEAD = timedelta(days=180)


@dataclass
class Room:
    """Holds a room that answers invitations by itself."""

    properties: Resource
    agenda: Agenda
    list_address: str

    @property
    def address(self) -> str:
        """Returns the address that books it."""
        return str(self.properties["emailAddress"])

    def is_free_for(self, event: Event) -> bool:
        """Tells whether it can take a meeting: every one of a series, as far as rooms are booked ahead."""
        until = event.start + _BOOKED_AHEAD if event.recurrence else event.end
        uid = event.properties["iCalUId"]
        booked = [
            each for each in self.agenda.between(event.start, until) if each.properties["iCalUId"] != uid
        ]
        own = Agenda("", self.agenda.clock)
        own.events = {"": event}
        wanted = own.between(event.start, until)
        return not any(
            each.start < other.end and other.start < each.end and other.busy != "free"
            for each in wanted
            for other in booked
        )
