"""Creates, changes, answers and cancels meetings, for everybody in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from starlette.responses import Response

from local.graph.agenda import Agenda, Event
from local.graph.calendar import agenda, answered, holding, opened, owner_of
from local.graph.denials import OUTLOOK
from local.graph.drafts import checked_body
from local.graph.errors import GraphError, bad_request, mailbox_item_changed
from local.graph.mailbox import checked_recipients, utc
from local.graph.meetings import answer_of_rooms, invite, recipient, tell_organizer
from local.graph.odata import Resource
from local.graph.online_meetings import online
from local.graph.operations import Area, Call
from local.graph.recurrence import Recurrence, read_recurrence
from local.graph.time_zones import moment, zone
from local.graph.written import Shape, optional, taken

area = Area(OUTLOOK)

_OF_CALENDARS = ("/me/calendars/{calendar}/events/{event}",)
_OF_OTHERS = ("/users/{user}/events/{event}", "/users/{user}/calendars/{calendar}/events/{event}")
_WRITABLE: dict[str, Shape] = {
    "subject": str, "body": dict, "start": dict, "end": dict, "attendees": list, "location": dict,
    "locations": list, "isAllDay": bool, "isOnlineMeeting": bool, "onlineMeetingProvider": str,
    "importance": str, "sensitivity": str, "showAs": str, "categories": list, "recurrence": dict,
    "reminderMinutesBeforeStart": int, "isReminderOn": bool, "responseRequested": bool,
    "allowNewTimeProposals": bool, "hideAttendees": bool, "transactionId": str,
}  # fmt: skip
_PLACE: dict[str, Shape] = {
    "displayName": str, "locationEmailAddress": str, "locationUri": str, "locationType": str,
    "uniqueId": str, "uniqueIdType": str, "address": dict, "coordinates": dict,
}  # fmt: skip
_CHOICES = {
    "importance": ("low", "normal", "high"),
    "sensitivity": ("normal", "personal", "private", "confidential"),
    "showAs": ("free", "tentative", "busy", "oof", "workingElsewhere", "unknown"),
}
_RESPONSES = {"accept": "accepted", "decline": "declined", "tentativelyaccept": "tentativelyAccepted"}


def _properties(document: Resource) -> Resource:
    chosen = taken(document, _WRITABLE, "microsoft.graph.event")
    for name, choices in _CHOICES.items():
        if name in chosen and chosen[name] not in choices:
            raise bad_request(f"Requested value '{chosen[name]}' was not found.", "RequestBodyRead")
    if "body" in chosen:
        chosen["body"] = checked_body(chosen["body"])
    if "attendees" in chosen:
        chosen["attendees"] = [_attendee(each) for each in checked_recipients(chosen["attendees"] or [])]
    if chosen.get("subject", "") is None:
        chosen["subject"] = ""
    if "location" in chosen:
        place = chosen["location"] or {}
        chosen["location"] = {"displayName": ""} | taken(place, _PLACE, "microsoft.graph.location")
        chosen["locations"] = [chosen["location"]]
    return chosen


def _attendee(given: Resource) -> Resource:
    unanswered = {"response": "none", "time": "0001-01-01T00:00:00Z"}
    kind = given.get("type") or "required"
    if kind not in ("required", "optional", "resource"):
        raise bad_request(f"Requested value '{kind}' was not found.", "RequestBodyRead")
    address = dict(given["emailAddress"])
    address.setdefault("name", address["address"])
    return {"type": kind, "status": given.get("status") or unanswered, "emailAddress": address}


@area.operation("POST", "/me/events", permissions=("Calendars.ReadWrite",))
@area.operation("POST", "/me/calendar/events", permissions=("Calendars.ReadWrite",))
@area.operation("POST", "/me/calendars/{calendar}/events", permissions=("Calendars.ReadWrite",))
@area.operation("POST", "/users/{user}/events", permissions=("Calendars.ReadWrite.Shared",))
@area.operation(
    "POST", "/users/{user}/calendars/{calendar}/events", permissions=("Calendars.ReadWrite.Shared",)
)
async def create_event(call: Call) -> Response:
    """Returns the new event. A repeated `transactionId` answers with the event it made the first time.

    Rooms answer after it. The owner of the calendar is the organizer, whoever created the event.
    """
    document = await call.document()
    properties = online({}, _properties(document))
    box = opened(call, writes=True)
    transaction = properties.get("transactionId")
    for each in box.events.values():
        if transaction and each.properties["transactionId"] == transaction:
            return answered(call, each, box, 201)
    if "start" not in properties or "end" not in properties:
        raise bad_request("An event needs a start and an end.", "ErrorInvalidRequest")
    start, end = moment(properties.pop("start")), moment(properties.pop("end"))
    _check_times(start, end, all_day=bool(properties.get("isAllDay")))
    zone_name = str(document["start"].get("timeZone") or "UTC")
    event = Event(properties, start, end, zone(zone_name))
    event.recurrence = read_recurrence(properties.pop("recurrence", None), event.first_day, zone_name)
    organizer = owner_of(call, box)
    event.properties |= {
        "organizer": recipient(organizer),
        "originalStartTimeZone": zone_name,
        "originalEndTimeZone": zone_name,
    }
    box.add(event)
    response = answered(call, event, box, 201)
    invite(call.tenant, organizer, event)
    answer_of_rooms(call.tenant, box, event)
    return response


def _check_times(start: datetime, end: datetime, *, all_day: bool) -> None:
    midnights = (start.hour, start.minute, end.hour, end.minute) == (0, 0, 0, 0)
    if all_day and (not midnights or end == start):
        raise GraphError(
            400,
            "ErrorPropertyValidationFailure",
            "An all-day event starts and ends at midnight, a day or more apart.",
        )
    if end < start:
        raise GraphError(
            400, "ErrorPropertyValidationFailure", "The end of an event cannot be before its start."
        )


@area.operation("PATCH", "/me/events/{event}", permissions=("Calendars.ReadWrite",))
@area.operation("PATCH", "/me/calendar/events/{event}", permissions=("Calendars.ReadWrite",))
@area.operation("PATCH", *_OF_CALENDARS, permissions=("Calendars.ReadWrite",))
@area.operation("PATCH", *_OF_OTHERS, permissions=("Calendars.ReadWrite.Shared",))
async def update_event(call: Call) -> Response:
    """Returns the event after the change; its attendees see it too, and rooms answer after it.

    New times or a new recurrence of a series undo what single occurrences of it differed in.
    """
    box = holding(call, writes=True)
    found = box.get(call.arguments["event"])
    call.expect(found.etag, mailbox_item_changed())
    document = await call.document()
    changes = online(found.properties, _properties(document))
    is_timed = bool({"start", "end", "recurrence"} & changes.keys())
    start = moment(changes.pop("start")) if "start" in changes else found.start
    end = moment(changes.pop("end")) if "end" in changes else found.end
    _check_times(start, end, all_day=bool(changes.get("isAllDay", found.properties["isAllDay"])))
    named = (document.get("start") or {}).get("timeZone")
    recurrence = _recurrence(found, changes, start, named)
    if found.properties["seriesMasterId"]:
        _check_order(box, found, start)
    event = box.own(found)
    event.start, event.end = start, end
    if named:
        event.properties |= {"originalStartTimeZone": named, "originalEndTimeZone": named}
    if recurrence:
        event.zone = zone(recurrence.zone_name)
    if is_timed and not event.of_day:
        box.repeat(event, recurrence)
    box.change(event, changes)
    response = answered(call, event, box)
    if event.properties["isOrganizer"]:
        invite(call.tenant, owner_of(call, box), event, is_timed=is_timed)
        answer_of_rooms(call.tenant, box, event)
    return response


def _recurrence(event: Event, changes: Resource, start: datetime, zone_name: str | None) -> Recurrence | None:
    """Returns how an event repeats after a change.

    Raises:
        GraphError: It is an occurrence, which has no recurrence, or the range would begin on another day
            than the event.
    """
    present = event.recurrence
    if "recurrence" in changes:
        given = changes.pop("recurrence")
        if event.properties["seriesMasterId"] and given:
            raise GraphError(
                400, "ErrorPropertyValidationFailure", "An occurrence of a series has no recurrence."
            )
        name = zone_name or event.properties["originalStartTimeZone"]
        return read_recurrence(given, start.astimezone(zone(name)).date(), name)
    if present and zone_name:  # the clock of its start is that of the series
        present = replace(present, zone_name=zone_name)
    if present and start.astimezone(zone(present.zone_name)).date() != present.first:
        raise GraphError(
            400,
            "ErrorPropertyValidationFailure",
            "The start date of the range must be the date of the event's start.",
        )
    return present


def _check_order(box: Agenda, occurrence: Event, start: datetime) -> None:
    """Refuses to move an occurrence to or past the day of the one before or after it."""
    before, after = box.neighbours(occurrence)
    if not before < start.astimezone(occurrence.zone).date() < after:
        raise GraphError(
            400,
            "ErrorOccurrenceCrossingBoundary",
            "Modified occurrence is crossing or overlapping adjacent occurrence.",
        )


@area.operation("DELETE", "/me/events/{event}", permissions=("Calendars.ReadWrite",))
@area.operation("DELETE", "/me/calendar/events/{event}", permissions=("Calendars.ReadWrite",))
@area.operation("DELETE", *_OF_CALENDARS, permissions=("Calendars.ReadWrite",))
@area.operation("DELETE", *_OF_OTHERS, permissions=("Calendars.ReadWrite.Shared",))
async def delete_event(call: Call) -> Response:
    """Deletes the event; deleting one's own meeting cancels it for the others."""
    box = holding(call, writes=True)
    event = box.get(call.arguments["event"])
    call.expect(event.etag, mailbox_item_changed())
    _withdraw(call, event)
    return Response(status_code=204)


@area.operation(
    "POST",
    "/me/events/{event}/cancel",
    *(f"{path}/cancel" for path in _OF_CALENDARS),
    permissions=("Calendars.ReadWrite",),
)
@area.operation(
    "POST", *(f"{path}/cancel" for path in _OF_OTHERS), permissions=("Calendars.ReadWrite.Shared",)
)
async def cancel_event(call: Call) -> Response:
    """Cancels the event with a 202; only the organizer can."""
    event = holding(call, writes=True).get(call.arguments["event"])
    if not event.properties["isOrganizer"]:
        raise bad_request(
            "Your request can't be completed. You need to be an organizer to cancel a meeting.",
            "ErrorInvalidRequest",
        )
    optional(await call.parameters(), "comment", str, None)
    _withdraw(call, event)
    return Response(status_code=202)


def _withdraw(call: Call, event: Event) -> None:
    """Removes the event; the copies of a meeting that was the user's own stay, cancelled."""
    box = holding(call)
    event = box.own(event)
    if event.properties["isOrganizer"]:
        box.change(event, {"isCancelled": True, "subject": f"Canceled: {event.properties['subject']}"})
        invite(call.tenant, owner_of(call, box), event)
    box.remove(event)


@area.operation("POST", "/me/events/{event}/accept", permissions=("Calendars.ReadWrite",))
@area.operation("POST", "/me/events/{event}/decline", permissions=("Calendars.ReadWrite",))
@area.operation("POST", "/me/events/{event}/tentativelyAccept", permissions=("Calendars.ReadWrite",))
async def respond_to_event(call: Call) -> Response:
    """Responds to the event with a 202; the organizer sees the response."""
    box = agenda(call)
    event = box.get(call.arguments["event"])
    if event.properties["isOrganizer"]:
        raise bad_request(
            "Your request can't be completed. The organizer of a meeting cannot respond to it.",
            "ErrorInvalidRequest",
        )
    given = await call.parameters()
    comment = optional(given, "comment", str, None)
    if comment is not None and not optional(given, "sendResponse", bool, default=True):
        raise bad_request("'SendResponse' must be true when 'Comment' is not null.", "ErrorInvalidRequest")
    response = _RESPONSES[call.url.rpartition("/")[2].casefold()]
    event = box.own(event)
    status = {"response": response, "time": utc(call.tenant.clock())}
    if event.properties["type"] != "exception":
        tell_organizer(call.tenant, call.user.user_principal_name, event, status)
    if response == "declined":
        box.remove(event)
    else:
        busy = "busy" if response == "accepted" else "tentative"
        box.change(event, {"responseStatus": status, "showAs": busy})
    return Response(status_code=202)
