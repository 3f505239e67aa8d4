"""Carries meetings to all who are in them: copies in their calendars, cancellations, answers."""

from __future__ import annotations

from collections.abc import Iterator

from local.graph.agenda import Agenda, Event
from local.graph.mailbox import utc
from local.graph.odata import Resource
from local.graph.store import Tenant
from local.organisation import User, organisation

_SHARED = (
    "subject", "body", "location", "locations", "isAllDay", "isOnlineMeeting", "onlineMeetingProvider",
    "onlineMeeting", "importance", "attendees", "isCancelled",
)  # fmt: skip
_UNANSWERED = {"response": "notResponded", "time": "0001-01-01T00:00:00Z"}


def recipient(user: User) -> Resource:
    """Returns a user as a recipient."""
    return {"emailAddress": {"name": user.display_name, "address": user.user_principal_name}}


def invite(tenant: Tenant, organizer: User, event: Event, *, is_timed: bool = False) -> None:
    """Puts a copy of the meeting, as it is now, into the calendar of each attendee of this organisation.

    Whoever has one already sees it change; whoever is no longer invited sees it cancelled.

    Args:
        tenant: Whose calendars they are.
        organizer: Who has it already.
        event: The meeting; of a series the master, or one exception.
        is_timed: Whether times or recurrence changed, which undoes the exceptions of a series.
    """
    invited = {each["emailAddress"]["address"].casefold() for each in event.properties["attendees"]}
    for address, box in _boxes(tenant, organizer):
        copies = _copies(box, event)
        for copy in copies:
            copy.start, copy.end, copy.zone = event.start, event.end, event.zone
            if is_timed and not event.of_day:
                box.repeat(copy, event.recurrence)
            _update(box, copy, event, is_invited=address in invited)
            if event.recurrence and event.properties["isCancelled"]:
                for exception in box.exceptions(copy):
                    box.change(exception, {"isCancelled": True})
        if not copies and address in invited:
            box.add(_copy(organizer, event))


def _boxes(tenant: Tenant, organizer: User) -> Iterator[tuple[str, Agenda]]:
    for user in organisation().users:
        if user != organizer:
            yield user.user_principal_name, tenant.agendas[user.object_id]
    for room in tenant.rooms:
        yield room.address.casefold(), room.agenda


def _copies(box: Agenda, event: Event) -> list[Event]:
    """Returns what a calendar holds of a meeting, for an exception what it holds for its day."""
    masters = [each for each in box.with_uid(event.properties["iCalUId"]) if not each.of_day]
    if event.of_day is None:
        return masters
    found = [box.occurrence_on(each, event.of_day) for each in masters]
    return [box.own(each) for each in found if each]


def _update(box: Agenda, copy: Event, event: Event, *, is_invited: bool) -> None:
    shared = {name: event.properties[name] for name in _SHARED}
    box.change(copy, shared | {"isCancelled": shared["isCancelled"] or not is_invited})


def _copy(organizer: User, event: Event) -> Event:
    own = {
        "isOrganizer": False,
        "organizer": recipient(organizer),
        "iCalUId": event.properties["iCalUId"],
        "showAs": "tentative",
        "responseStatus": dict(_UNANSWERED),
    }
    shared = {name: event.properties[name] for name in _SHARED}
    return Event(shared | own, event.start, event.end, event.zone, recurrence=event.recurrence)


def answer_of_rooms(tenant: Tenant, box: Agenda, event: Event) -> None:
    """Has the rooms of a meeting accept it where they are free, or decline it, and tells the organizer."""
    for room in tenant.rooms:
        copies = [each for each in _copies(room.agenda, event) if not each.properties["isCancelled"]]
        for copy in copies:
            accepted = room.is_free_for(copy)
            response = "accepted" if accepted else "declined"
            status = {"response": response, "time": utc(tenant.clock())}
            show_as = "busy" if accepted else "free"
            room.agenda.change(copy, {"responseStatus": status, "showAs": show_as})
            _note_answer(box, event, room.address.casefold(), status)


def tell_organizer(tenant: Tenant, address: str, event: Event, status: Resource) -> None:
    """Shows an attendee's answer in every copy of the meeting."""
    for each in tenant.calendars:
        for copy in each.agenda.with_uid(event.properties["iCalUId"]):
            _note_answer(each.agenda, copy, address, status)


def _note_answer(box: Agenda, event: Event, address: str, status: Resource) -> None:
    attendees = [
        attendee | {"status": status}
        if attendee["emailAddress"]["address"].casefold() == address
        else attendee
        for attendee in event.properties["attendees"]
    ]
    if attendees != event.properties["attendees"]:
        box.change(event, {"attendees": attendees})
