"""Creates, changes, answers and cancels meetings, for everybody in them."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from starlette.responses import Response

from local.graph.agenda import WEEKDAYS, Agenda, Event
from local.graph.calendar import agenda, answered
from local.graph.denials import OUTLOOK
from local.graph.drafts import checked_body
from local.graph.errors import GraphError, bad_request, mailbox_item_changed
from local.graph.mailbox import checked_recipients, utc
from local.graph.odata import Resource
from local.graph.operations import Area, Call
from local.graph.time_zones import moment, zone
from local.graph.written import Shape, optional, taken
from local.organisation import User, organisation

area = Area(OUTLOOK)

_WRITABLE: dict[str, Shape] = {
    "subject": str, "body": dict, "start": dict, "end": dict, "attendees": list, "location": dict,
    "locations": list, "isAllDay": bool, "isOnlineMeeting": bool, "onlineMeetingProvider": str,
    "importance": str, "sensitivity": str, "showAs": str, "categories": list, "recurrence": dict,
    "reminderMinutesBeforeStart": int, "isReminderOn": bool, "responseRequested": bool,
    "allowNewTimeProposals": bool, "hideAttendees": bool, "transactionId": str,
}  # fmt: skip
_CHOICES = {
    "importance": ("low", "normal", "high"),
    "sensitivity": ("normal", "personal", "private", "confidential"),
    "showAs": ("free", "tentative", "busy", "oof", "workingElsewhere", "unknown"),
}
_SHARED = (
    "subject", "body", "location", "locations", "isAllDay", "isOnlineMeeting", "onlineMeetingProvider",
    "onlineMeeting", "importance", "attendees", "isCancelled",
)  # fmt: skip
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
        chosen["location"] = {"displayName": ""} | (chosen["location"] or {})
        chosen["locations"] = [chosen["location"]]
    if "isOnlineMeeting" in chosen:
        chosen |= _online(wanted=bool(chosen["isOnlineMeeting"]))
    return chosen


def _attendee(given: Resource) -> Resource:
    unanswered = {"response": "none", "time": "0001-01-01T00:00:00Z"}
    kind = given.get("type") or "required"
    if kind not in ("required", "optional", "resource"):
        raise bad_request(f"Requested value '{kind}' was not found.", "RequestBodyRead")
    address = dict(given["emailAddress"])
    address.setdefault("name", address["address"])
    return {"type": kind, "status": given.get("status") or unanswered, "emailAddress": address}


def _online(*, wanted: bool) -> Resource:
    if not wanted:
        return {"isOnlineMeeting": False, "onlineMeetingProvider": "unknown", "onlineMeeting": None}
    link = f"https://teams.microsoft.com/l/meetup-join/19%3ameeting_{uuid.uuid4().hex}%40thread.v2/0"
    return {
        "isOnlineMeeting": True,
        "onlineMeetingProvider": "teamsForBusiness",
        "onlineMeeting": {"joinUrl": link},
    }


@area.operation("POST", "/me/events", permissions=("Calendars.ReadWrite",))
@area.operation("POST", "/me/calendar/events", permissions=("Calendars.ReadWrite",))
async def create_event(call: Call) -> Response:
    """Returns the new event. A repeated `transactionId` answers with the event it made the first time."""
    document = await call.document()
    properties = _properties(document)
    box = agenda(call)
    transaction = properties.get("transactionId")
    for each in box.events.values():
        if transaction and each.properties["transactionId"] == transaction:
            return answered(call, each, 201)
    if "start" not in properties or "end" not in properties:
        raise bad_request("An event needs a start and an end.", "ErrorInvalidRequest")
    start, end = moment(properties.pop("start")), moment(properties.pop("end"))
    _check_times(start, end, all_day=bool(properties.get("isAllDay")))
    zone_name = str(document["start"].get("timeZone") or "UTC")
    event = Event(properties, start, end, zone(zone_name), **_series(properties.get("recurrence")))
    event.properties |= {
        "organizer": _recipient(call.user),
        "originalStartTimeZone": zone_name,
        "originalEndTimeZone": zone_name,
    }
    box.add(event)
    invite(call.tenant.agendas, call.user, event)
    return answered(call, event, 201)


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


def _series(recurrence: Resource | None) -> dict[str, Any]:
    """Days and end of a series. Daily and weekly patterns are understood.

    Raises:
        GraphError: The pattern is another one.
    """
    if not recurrence:
        return {}
    problem = bad_request(
        "The recurrence is not a daily or weekly pattern with a range.", "ErrorInvalidRequest"
    )
    try:
        pattern, limits = recurrence["pattern"], recurrence["range"]
        days = {"daily": WEEKDAYS, "weekly": pattern.get("daysOfWeek")}[pattern["type"]]
        until = date.fromisoformat(limits["endDate"]) if limits["type"] == "endDate" else None
        every = int(pattern.get("interval") or 1)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise problem from error
    if not days or not set(days) <= set(WEEKDAYS) or every < 1 or (every > 1 and pattern["type"] == "daily"):
        raise problem
    return {"weekdays": tuple(days), "until": until, "every": every}


def _recipient(user: User) -> Resource:
    return {"emailAddress": {"name": user.display_name, "address": user.user_principal_name}}


def invite(agendas: dict[str, Agenda], organizer: User, event: Event) -> None:
    """Puts a copy of the meeting, as it is now, into the calendar of each attendee of this organisation.

    Whoever has one already sees it change; whoever is no longer invited sees it cancelled.
    """
    invited = {each["emailAddress"]["address"].casefold() for each in event.properties["attendees"]}
    uid = event.properties["iCalUId"]
    shared = {name: event.properties[name] for name in _SHARED}
    for user in organisation().users:
        if user == organizer:
            continue
        box = agendas[user.object_id]
        copies = list(box.with_uid(uid))
        for copy in copies:
            copy.start, copy.end, copy.zone = event.start, event.end, event.zone
            box.change(
                copy,
                shared | {"isCancelled": shared["isCancelled"] or user.user_principal_name not in invited},
            )
        if not copies and user.user_principal_name in invited:
            own = {
                "isOrganizer": False,
                "organizer": _recipient(organizer),
                "iCalUId": uid,
                "showAs": "tentative",
            }
            response = {"responseStatus": {"response": "notResponded", "time": "0001-01-01T00:00:00Z"}}
            recurrence = {"recurrence": event.properties["recurrence"]}
            box.add(
                Event(
                    shared | own | response | recurrence,
                    event.start,
                    event.end,
                    event.zone,
                    weekdays=event.weekdays,
                    until=event.until,
                    every=event.every,
                )
            )


@area.operation("PATCH", "/me/events/{event}", permissions=("Calendars.ReadWrite",))
@area.operation("PATCH", "/me/calendar/events/{event}", permissions=("Calendars.ReadWrite",))
async def update_event(call: Call) -> Response:
    """Returns the event after the change; its attendees see it too."""
    box = agenda(call)
    found = box.get(call.arguments["event"])
    call.expect(found.etag, mailbox_item_changed())
    changes = _properties(await call.document())
    start = moment(changes.pop("start")) if "start" in changes else found.start
    end = moment(changes.pop("end")) if "end" in changes else found.end
    _check_times(start, end, all_day=bool(changes.get("isAllDay", found.properties["isAllDay"])))
    series = _series(changes["recurrence"]) if "recurrence" in changes else {}
    event = box.own(found)
    event.start, event.end = start, end
    for name, value in series.items():
        setattr(event, name, value)
    box.change(event, changes)
    if event.properties["isOrganizer"]:
        invite(call.tenant.agendas, call.user, event)
    return answered(call, event)


@area.operation("DELETE", "/me/events/{event}", permissions=("Calendars.ReadWrite",))
@area.operation("DELETE", "/me/calendar/events/{event}", permissions=("Calendars.ReadWrite",))
async def delete_event(call: Call) -> Response:
    """Deletes the event; deleting one's own meeting cancels it for the others."""
    box = agenda(call)
    event = box.get(call.arguments["event"])
    call.expect(event.etag, mailbox_item_changed())
    _withdraw(call, event)
    return Response(status_code=204)


@area.operation("POST", "/me/events/{event}/cancel", permissions=("Calendars.ReadWrite",))
async def cancel_event(call: Call) -> Response:
    """Cancels the event with a 202; only the organizer can."""
    event = agenda(call).get(call.arguments["event"])
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
    box = agenda(call)
    event = box.own(event)
    if event.properties["isOrganizer"] and event.properties["type"] != "exception":
        box.change(event, {"isCancelled": True, "subject": f"Canceled: {event.properties['subject']}"})
        invite(call.tenant.agendas, call.user, event)
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
        _tell_organizer(call, event, status)
    if response == "declined":
        box.remove(event)
    else:
        busy = "busy" if response == "accepted" else "tentative"
        box.change(event, {"responseStatus": status, "showAs": busy})
    return Response(status_code=202)


def _tell_organizer(call: Call, event: Event, status: Resource) -> None:
    for box in call.tenant.agendas.values():
        for each in box.with_uid(event.properties["iCalUId"]):
            attendees = [
                attendee | {"status": status}
                if attendee["emailAddress"]["address"].casefold() == call.user.user_principal_name
                else attendee
                for attendee in each.properties["attendees"]
            ]
            box.change(each, {"attendees": attendees})
