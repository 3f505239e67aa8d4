"""Serves schedules of people, and suggests times for meetings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from local.graph.agenda import Agenda
from local.graph.calendar import preferred
from local.graph.denials import OUTLOOK
from local.graph.errors import bad_request
from local.graph.mailbox import checked_recipients
from local.graph.odata import Resource
from local.graph.operations import Area, Call
from local.graph.recurrence import WEEKDAYS
from local.graph.time_zones import moment, windows_zone, written
from local.graph.written import argument, optional, required
from local.organisation import User, organisation

area = Area(OUTLOOK)

_DIGITS = {"free": "0", "workingElsewhere": "0", "tentative": "1", "busy": "2", "oof": "3"}
_CONFIDENCE = {"free": 100.0, "workingElsewhere": 100.0, "tentative": 50.0, "unknown": 49.0}
_DURATION = re.compile(r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?")
_STEP = timedelta(minutes=30)
_LONGEST_WINDOW = timedelta(days=62)
_MOST_SCHEDULES = 20


def _colleague(address: str) -> User | None:
    folded = address.casefold()
    return next((user for user in organisation().users if user.user_principal_name == folded), None)


def _agenda(call: Call, address: str) -> Agenda | None:
    """Returns the calendar at an address, of a user or a room."""
    user = _colleague(address)
    if user:
        return call.tenant.agendas[user.object_id]
    rooms = (each for each in call.tenant.rooms if each.address.casefold() == address.casefold())
    return next((each.agenda for each in rooms), None)


def _availability(agenda: Agenda, start: datetime, end: datetime) -> str:
    """Returns the worst of what is in a calendar in a window."""
    events = agenda.between(start, end)
    return max((each.busy for each in events), key=lambda busy: _DIGITS.get(busy, "0"), default="free")


@area.operation("POST", "/me/calendar/getSchedule", permissions=("Calendars.ReadBasic",))
async def get_schedule(call: Call) -> Response:
    """Returns free and busy times of each address; one that nobody has carries its own error."""
    document = await call.document()
    addresses = required(document, "schedules", list)
    start, end = moment(argument(document, "startTime")), moment(argument(document, "endTime"))
    interval = argument(document, "availabilityViewInterval", 30)
    if end <= start:
        raise bad_request("The requested time window is empty.", "ErrorInvalidTimeInterval")
    if end - start > _LONGEST_WINDOW:
        raise bad_request("The requested time window is longer than 62 days.", "ErrorTimeIntervalTooBig")
    if (
        not isinstance(interval, int)
        or not 5 <= interval <= 1440
        or timedelta(minutes=interval) > end - start
    ):
        raise bad_request(
            "The specified merged free/busy interval is not valid. Specify an interval that is less than the "
            "free/busy time window and between 5 and 1440 minutes.",
            "ErrorInvalidMergedFreeBusyInterval",
        )
    if not 1 <= len(addresses) <= _MOST_SCHEDULES or not all(isinstance(each, str) for each in addresses):
        raise bad_request("From 1 to 20 addresses are expected.", "ErrorInvalidRequest")
    window = _Window(start, end, timedelta(minutes=interval))
    schedules = [_schedule(call, address, window) for address in addresses]
    context = call.context("Collection(microsoft.graph.scheduleInformation)")
    return preferred(call, JSONResponse({"@odata.context": context, "value": schedules}))


@dataclass(frozen=True)
class _Window:
    """Divides a time window into slots."""

    start: datetime
    end: datetime
    slot: timedelta

    def slots(self) -> Iterator[tuple[datetime, datetime]]:
        begin = self.start
        while begin < self.end:
            yield begin, min(begin + self.slot, self.end)
            begin += self.slot


def _schedule(call: Call, address: str, window: _Window) -> Resource:
    agenda = _agenda(call, address)
    if agenda is None:
        problem = f"Unable to resolve e-mail address {address} to an Active Directory object."
        error = {"message": problem, "responseCode": "ErrorMailRecipientNotFound"}
        return {"scheduleId": address, "availabilityView": "", "scheduleItems": [], "error": error}
    zone_name = call.preference("outlook.timezone")
    items = []
    for event in agenda.between(window.start, window.end):
        if event.busy == "free" and event.properties["isCancelled"]:
            continue
        item = {
            "status": event.busy,
            "start": written(event.start, zone_name),
            "end": written(event.end, zone_name),
            "isPrivate": event.properties["sensitivity"] == "private",
        }
        if agenda.is_of(call.user.alias):
            place = event.properties["location"]["displayName"]
            item |= {"subject": event.properties["subject"], "location": place}
        items.append(item)
    view = "".join(_DIGITS.get(_availability(agenda, *slot), "0") for slot in window.slots())
    hours = call.tenant.working_hours(_colleague(address) or call.user)
    return {"scheduleId": address, "availabilityView": view, "scheduleItems": items, "workingHours": hours}


@area.operation("POST", "/me/findMeetingTimes", permissions=("Calendars.Read.Shared",))
async def find_meeting_times(call: Call) -> Response:
    """Returns times the attendees could meet, the surest first, and of those the nearest."""
    document = await call.parameters()
    attendees = checked_recipients(argument(document, "attendees") or [])
    dispensable = optional(document, "isOrganizerOptional", bool, default=False)
    least = optional(document, "minimumAttendeePercentage", (int, float), 50.0)
    most = optional(document, "maxCandidates", int, 20)
    length = _length(optional(document, "meetingDuration", str, "PT30M"))
    constraint = optional(document, "timeConstraint", dict, {})
    candidates, organizer_free = [], False
    for start in _starts(call, constraint, length):
        organizer = _availability(call.tenant.agendas[call.user.object_id], start, start + length)
        organizer_free = organizer_free or organizer in ("free", "workingElsewhere")
        if not dispensable and organizer in ("busy", "oof"):
            continue
        found = [_attendance(call, each, start, start + length) for each in attendees]
        required_ones = [each for each in found if each["attendee"]["type"] == "required"] or found
        marks = [_CONFIDENCE.get(each["availability"], 0.0) for each in required_ones]
        confidence = sum(marks) / len(marks) if marks else 100.0
        if confidence >= least:
            candidates.append((-confidence, start, organizer, found))
    candidates.sort(key=lambda each: each[:2])
    suggestions = [
        _suggestion(call, order, candidate, length) for order, candidate in enumerate(candidates[:most], 1)
    ]
    reason = (
        ""
        if suggestions
        else "attendeesUnavailable"
        if organizer_free or dispensable
        else "organizerUnavailable"
    )
    return preferred(
        call,
        JSONResponse(
            {
                "@odata.context": call.context("microsoft.graph.meetingTimeSuggestionsResult"),
                "emptySuggestionsReason": reason,
                "meetingTimeSuggestions": suggestions,
            }
        ),
    )


def _length(text: str) -> timedelta:
    match = _DURATION.fullmatch(str(text))
    length = (
        timedelta(**{name: int(value) for name, value in match.groupdict("0").items()}) if match else None
    )
    if not length or length > timedelta(days=1):
        raise bad_request(f"The meeting duration '{text}' is not valid.", "ErrorInvalidRequest")
    return length


def _starts(call: Call, constraint: Resource, length: timedelta) -> Iterator[datetime]:
    """Returns every half hour at which the meeting would fit into the constraint, none of them past."""
    now = call.tenant.clock()
    week = {"start": written(now), "end": written(now + timedelta(days=7))}
    domain = constraint.get("activityDomain") or "work"
    for slot in optional(constraint, "timeSlots", list, [week]):
        edges = slot if isinstance(slot, dict) else {}
        start, end = moment(edges.get("start")), moment(edges.get("end"))
        begin = max(start, now).astimezone(UTC)
        seconds = begin.timestamp()
        begin += timedelta(seconds=-seconds % _STEP.total_seconds())
        while begin + length <= end and begin < start + _LONGEST_WINDOW:
            if domain != "work" or _at_work(call, begin, begin + length):
                yield begin
            begin += _STEP


def _at_work(call: Call, start: datetime, end: datetime) -> bool:
    hours: dict[str, Any] = call.tenant.working_hours(call.user)
    zone = windows_zone(hours["timeZone"]["name"])
    local_start, local_end = start.astimezone(zone), end.astimezone(zone)
    return (
        WEEKDAYS[local_start.weekday()] in hours["daysOfWeek"]
        and local_start.date() == local_end.date()
        and local_start.strftime("%H:%M:%S") >= hours["startTime"][:8]
        and local_end.strftime("%H:%M:%S") <= hours["endTime"][:8]
    )


def _attendance(call: Call, attendee: Resource, start: datetime, end: datetime) -> Resource:
    address = attendee["emailAddress"]["address"]
    agenda = _agenda(call, address)
    availability = _availability(agenda, start, end) if agenda else "unknown"
    kind = attendee.get("type") or "required"
    return {"availability": availability, "attendee": {"type": kind, "emailAddress": {"address": address}}}


def _suggestion(
    call: Call, order: int, candidate: tuple[float, datetime, str, list[Resource]], length: timedelta
) -> Resource:
    mark, start, organizer, attendance = candidate
    name = call.preference("outlook.timezone")
    return {
        "confidence": -mark,
        "order": order,
        "organizerAvailability": organizer,
        "suggestionReason": "Suggested because it is one of the nearest times when attendees are free.",
        "meetingTimeSlot": {"start": written(start, name), "end": written(start + length, name)},
        "attendeeAvailability": attendance,
        "locations": [],
    }
