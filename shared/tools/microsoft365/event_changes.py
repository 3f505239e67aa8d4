"""Builds the changes of an event from what is wanted and what it holds, so that nothing else is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from zoneinfo import ZoneInfo

from shared.apis.graph.event_people import PeopleChange, address_of, changed_attendees
from shared.apis.graph.events import ONLINE, event_properties
from shared.errors import ToolError
from shared.tools.microsoft365.calendar import MOST_ATTENDEES
from shared.tools.microsoft365.event_series import PresentEvent, Repeat, timed_changes
from shared.tools.typed_values import refuse_both, refuse_empty

type Clearable = Literal["location", "room", "attendees", "body", "exceptions", "series_end"]


@dataclass(frozen=True, slots=True)
class EventChange:
    """Describes what is wanted of an event. None leaves as it is; what is to go is named in `clear`."""

    subject: str | None
    start: date | None
    end: date | None
    repeat: Repeat | None
    location: str | None
    body: str | None
    people: PeopleChange
    online: bool
    clear: Sequence[Clearable]

    @property
    def is_timed(self) -> bool:
        """Tells whether time or recurrence are to change."""
        return self.start is not None or self.repeat is not None

    @property
    def plain(self) -> dict[str, Any]:
        """Returns the properties to set, whatever the event holds."""
        properties = event_properties(
            subject=self.subject,
            location="" if "location" in self.clear else self.location,
            room=self.people.room,
            body="" if "body" in self.clear else self.body,
        )
        return {**properties, **(ONLINE if self.online else {})}

    @property
    def depends_on_present(self) -> bool:
        """Tells whether what the event holds has to be known."""
        return bool(self.people or self.is_timed or self.online or "body" in self.plain)

    def check(self) -> None:
        """Validates what can be said without the event.

        Raises:
            ToolError: `invalid_argument`: something could be meant to erase, is given by half, or nothing
                is to be changed.
        """
        texts = {"location": self.location, "room": self.people.room, "body": self.body}
        given = {name: value for name, value in texts.items() if value is not None}
        refuse_empty("", given)
        refuse_both({**given, **({"attendees": "given"} if self.people.only else {})}, self.clear)
        if (self.start is None) != (self.end is None):
            missing, other = ("start", "end") if self.start is None else ("end", "start")
            raise _wrong(f"{missing}: is missing.", f"Give it together with {other}.")
        if "exceptions" in self.clear and not self.is_timed:
            raise _wrong(
                "clear: exceptions go only with a new start or repeat.",
                "Give one, or leave exceptions out.",
            )
        if "series_end" in self.clear and (not self.repeat or self.repeat.until or self.repeat.count):
            raise _wrong(
                "clear: series_end goes only with repeat, without until and count.",
                "Give repeat, or leave series_end out.",
            )
        if not (self.plain or self.people or self.is_timed):
            raise _wrong("Nothing is to be changed.", "Give at least one new value, or name one in clear.")

    def of(self, present: PresentEvent, where: ZoneInfo) -> Mapping[str, Any]:
        """Returns the properties to set of an event that holds this.

        Raises:
            ToolError: `invalid_argument`: it cannot be changed so without a loss.
        """
        kept = self._with_link(present)
        changes = {**kept, **self._with_people(present, is_placed="location" in kept)}
        if self.is_timed:
            changes |= timed_changes(
                present,
                start=self.start,
                end=self.end,
                repeat=self.repeat,
                endless="series_end" in self.clear,
                where=where,
            )
        if not changes:
            raise _wrong("online: the event has a link to join already.", "Leave it as it is.")
        return changes

    def _with_link(self, present: PresentEvent) -> Mapping[str, Any]:
        if not present.is_online_meeting:
            return self.plain
        if "body" in self.plain:
            raise _wrong(
                "body: the text of an online meeting holds the link to join, and is not replaced.",
                "Leave body out, or change the text in Outlook (web_link).",
            )
        return {name: value for name, value in self.plain.items() if name not in ONLINE}

    def _with_people(self, present: PresentEvent, *, is_placed: bool) -> Mapping[str, Any]:
        """Returns the attendees, and the place, which goes with its room."""
        if not self.people:
            return {}
        if self.people.drop_people and len(present.attendees) > MOST_ATTENDEES:
            raise _wrong(
                f"clear: the event has more than {MOST_ATTENDEES} attendees, of whom not all are shown here.",
                "Name who is to go in remove_attendees, or change them in Outlook (web_link).",
            )
        attendees = changed_attendees(present.attendees, self.people)
        left = {address_of(each) for each in attendees}
        stays = is_placed or present.room is None or present.room.casefold() in left
        return {"attendees": attendees, **({} if stays else {"location": {"displayName": ""}})}


def _wrong(what: str, remedy: str) -> ToolError:
    return ToolError("invalid_argument", what, remedy)
