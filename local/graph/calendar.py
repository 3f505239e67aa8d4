"""Serves calendars: a window of time, one event, the lists of events and of calendars."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from local.graph.agenda import Agenda, Event
from local.graph.bodies import in_format, preview
from local.graph.calendars import SharedCalendar
from local.graph.denials import OUTLOOK
from local.graph.errors import GraphError, bad_request, mailbox_item_not_found
from local.graph.filters import filtered
from local.graph.odata import EntityType, Resource, ordered, ordering
from local.graph.operations import Area, Call
from local.graph.time_zones import moment, written, zone
from local.organisation import User, organisation

area = Area(OUTLOOK)

_TIME_ZONE = "outlook.timezone"
EVENT = EntityType(
    "microsoft.graph.event",
    (
        "id", "createdDateTime", "lastModifiedDateTime", "changeKey", "categories", "transactionId",
        "originalStartTimeZone", "originalEndTimeZone", "iCalUId", "uid", "reminderMinutesBeforeStart",
        "isReminderOn", "hasAttachments", "subject", "bodyPreview", "importance", "sensitivity", "isAllDay",
        "isCancelled", "isOrganizer", "isDraft", "hideAttendees", "responseRequested",
        "allowNewTimeProposals", "seriesMasterId", "showAs", "type", "webLink", "onlineMeetingUrl",
        "isOnlineMeeting", "onlineMeetingProvider", "onlineMeeting", "responseStatus", "body", "start", "end",
        "location", "locations", "recurrence", "attendees", "organizer", "originalStart", "attachments",
        "cancelledOccurrences", "exceptionOccurrences",
    ),
)  # fmt: skip
_CALENDAR = EntityType(
    "microsoft.graph.calendar",
    (
        "id", "name", "color", "hexColor", "isDefaultCalendar", "changeKey", "canShare",
        "canViewPrivateItems", "canEdit", "allowedOnlineMeetingProviders", "defaultOnlineMeetingProvider",
        "isTallyingResponses", "isRemovable", "owner",
    ),
)  # fmt: skip
_LONGEST_WINDOW = timedelta(days=1825)
_PRIVATE: Resource = {
    "subject": "Private Appointment",
    "body": {"contentType": "text", "content": ""},
    "bodyPreview": "",
    "location": {"displayName": ""},
    "locations": [],
    "attendees": [],
    "onlineMeeting": None,
}
_UNSHOWN_TO_BASIC = ("body", "bodyPreview")


def agenda(call: Call) -> Agenda:
    """Returns the main calendar of the signed-in user."""
    return call.tenant.agendas[call.user.object_id]


def opened(call: Call, *, writes: bool = False) -> Agenda:
    """Returns the calendar that a path names, for somebody who may read it, or change it.

    Raises:
        GraphError: It is not there, not shared with the user, or shared for less.
    """
    owner = _owner(call)
    wanted = call.arguments.get("calendar")
    for each in call.tenant.calendars:
        is_named = each.agenda.id == wanted if wanted else each.is_main
        is_there = each.owner == owner or ("user" not in call.arguments and each.is_listed_for(call.user))
        if is_named and is_there:
            right = each.right(call.user)
            if right == "freeBusy" or (right == "read" and writes):
                raise OUTLOOK.error()
            if right:
                return each.agenda
    raise mailbox_item_not_found()


def owner_of(call: Call, box: Agenda) -> User:
    """Returns whose calendar it is: the organizer of what is created and changed there."""
    return next(each.owner for each in call.tenant.calendars if each.agenda is box)


def holding(call: Call, *, writes: bool = False) -> Agenda:
    """Returns the calendar with the event that a path names: any of the user's own, unless it names one."""
    if {"calendar", "user"} & call.arguments.keys():
        return opened(call, writes=writes)
    own = [each.agenda for each in call.tenant.calendars if each.owner == call.user]
    event_id = call.arguments["event"]
    return next((each for each in own if each.holds(event_id)), own[0])


def _owner(call: Call) -> User:
    name = call.arguments.get("user")
    if name is None:
        return call.user
    for user in organisation().users:
        if name.casefold() in (user.object_id, user.user_principal_name):
            return user
    raise GraphError(404, "ErrorInvalidUser", f"The requested user '{name}' is invalid.")


def shown(call: Call, event: Event, box: Agenda) -> Resource:
    """Returns the event as this request wants to see it, times in the zone it prefers.

    Of private events in others' calendars it is told only that they are there.
    """
    name = call.preference(_TIME_ZONE)
    wanted = call.preference("outlook.body-content-type")
    properties = event.properties | {
        "start": written(event.start, name),
        "end": written(event.end, name),
        "body": in_format(event.properties["body"], wanted),
        "bodyPreview": preview(event.properties["body"]),
    }
    if event.properties["isAllDay"]:  # all-day events are dates: midnight to midnight wherever one looks
        for key, when in (("start", event.start), ("end", event.end)):
            midnight = when.astimezone(event.zone).replace(tzinfo=UTC)
            properties[key] = written(midnight) | {"timeZone": name or "UTC"}
    if event.properties["sensitivity"] == "private" and not box.is_of(call.user.alias):
        properties |= _PRIVATE
    if not call.may("Calendars.Read"):
        properties = {name: value for name, value in properties.items() if name not in _UNSHOWN_TO_BASIC}
    return properties


def answered(call: Call, event: Event, box: Agenda, status: int = 200) -> Response:
    """Returns an answer that is one event; of a series also what went its own way, where it is selected."""
    properties = shown(call, event, box)
    if "cancelledOccurrences" in (call.query.select or ()):
        days = sorted(event.cancelled)
        properties["cancelledOccurrences"] = [f"OID.{event.id}.{day}" for day in days]
    if "exceptionOccurrences" in call.query.expand:
        properties["exceptionOccurrences"] = [shown(call, each, box) for each in box.exceptions(event)]
    response = call.one(properties, call.mine("events/$entity"), EVENT, status)
    return preferred(call, response)


def preferred(call: Call, response: Response) -> Response:
    """Returns the answer, saying which preferences were honoured."""
    applied = [
        f'{name}="{value}"'
        for name in (_TIME_ZONE, "outlook.body-content-type")
        if (value := call.preference(name))
    ]
    if applied:
        response.headers["Preference-Applied"] = ", ".join(applied)
    return response


@area.operation("GET", "/me/calendarView", permissions=("Calendars.ReadBasic",))
@area.operation("GET", "/me/calendar/calendarView", permissions=("Calendars.ReadBasic",))
@area.operation("GET", "/me/calendars/{calendar}/calendarView", permissions=("Calendars.ReadBasic",))
@area.operation("GET", "/users/{user}/calendarView", permissions=("Calendars.Read.Shared",))
@area.operation(
    "GET", "/users/{user}/calendars/{calendar}/calendarView", permissions=("Calendars.Read.Shared",)
)
async def view_calendar(call: Call) -> Response:
    """Returns what happens in the window, series expanded, earliest first."""
    box = opened(call)
    return _listed(call, box.between(*_window(call)), "calendarView", box)


def _window(call: Call) -> tuple[datetime, datetime]:
    bounds = {name.casefold(): value for name, value in call.query.parameters.items()}
    if "startdatetime" not in bounds or "enddatetime" not in bounds:
        raise bad_request(
            "This request requires a time window: startDateTime and endDateTime.", "ErrorInvalidParameter"
        )
    start, end = (moment({"dateTime": bounds[name]}) for name in ("startdatetime", "enddatetime"))
    if end < start:
        raise bad_request("The end of the window is before its start.", "ErrorInvalidParameter")
    if end - start > _LONGEST_WINDOW:
        raise bad_request("The window is longer than 1825 days.", "ErrorCalendarViewRangeTooBig")
    return start, end


@area.operation("GET", "/me/events/{event}/instances", permissions=("Calendars.ReadBasic",))
async def list_instances(call: Call) -> Response:
    """Returns the occurrences and exceptions of a series in a window, earliest first."""
    box = holding(call)
    master = box.get(call.arguments["event"])
    if master.properties["type"] != "seriesMaster":
        raise bad_request("Only the master of a series has instances.", "ErrorInvalidRequest")
    found = box.between(*_window(call))
    of_series = [each for each in found if each.properties["seriesMasterId"] == master.id]
    return _listed(call, of_series, "events/instances", box)


@area.operation("GET", "/me/events", permissions=("Calendars.ReadBasic",))
@area.operation("GET", "/me/calendar/events", permissions=("Calendars.ReadBasic",))
@area.operation("GET", "/me/calendars/{calendar}/events", permissions=("Calendars.ReadBasic",))
async def list_events(call: Call) -> Response:
    """Returns single events and masters of series."""
    box = opened(call)
    events = [each for each in box.events.values() if each.properties["type"] != "exception"]
    return _listed(call, sorted(events, key=lambda each: each.start), "events", box)


def _listed(call: Call, events: list[Event], of: str, box: Agenda) -> Response:
    name = call.preference(_TIME_ZONE)
    if name is not None:
        zone(name)  # a bad name is refused even when there is nothing to show
    chosen = filtered([shown(call, each, box) for each in events], call.query.option("filter"))
    order = ordering(call.query.option("orderby"))
    return preferred(call, call.many(ordered(chosen, order), call.mine(of), EVENT))


@area.operation("GET", "/me/events/{event}", permissions=("Calendars.ReadBasic",))
@area.operation("GET", "/me/calendar/events/{event}", permissions=("Calendars.ReadBasic",))
@area.operation("GET", "/me/calendars/{calendar}/events/{event}", permissions=("Calendars.ReadBasic",))
@area.operation("GET", "/users/{user}/events/{event}", permissions=("Calendars.Read.Shared",))
@area.operation(
    "GET", "/users/{user}/calendars/{calendar}/events/{event}", permissions=("Calendars.Read.Shared",)
)
async def get_event(call: Call) -> Response:
    """Returns one event, master or occurrence."""
    box = holding(call)
    return answered(call, box.get(call.arguments["event"]), box)


@area.operation("GET", "/me/calendars", permissions=("Calendars.ReadBasic",))
@area.operation("GET", "/users/{user}/calendars", permissions=("Calendars.Read.Shared",))
async def list_calendars(call: Call) -> Response:
    """Returns the calendars somebody has, those added that others share with them included."""
    owner = _owner(call)
    if owner == call.user:
        found = [each for each in call.tenant.calendars if each.is_listed_for(owner)]
        found.sort(key=lambda each: each.owner != owner)
    else:
        opened(call)
        readable = ("read", "edit")
        found = [
            each
            for each in call.tenant.calendars
            if each.owner == owner and each.right(call.user) in readable
        ]
    return call.many([_described(call, each) for each in found], call.mine("calendars"), _CALENDAR)


@area.operation("GET", "/me/calendar", permissions=("Calendars.ReadBasic",))
@area.operation("GET", "/me/calendars/{calendar}", permissions=("Calendars.ReadBasic",))
@area.operation("GET", "/users/{user}/calendar", permissions=("Calendars.Read.Shared",))
async def get_calendar(call: Call) -> Response:
    """Returns one calendar."""
    box = opened(call)
    found = next(each for each in call.tenant.calendars if each.agenda is box)
    return call.one(_described(call, found), call.mine("calendar/$entity"), _CALENDAR)


def _described(call: Call, calendar: SharedCalendar) -> Resource:
    is_own = calendar.owner == call.user
    return {
        "id": calendar.agenda.id,
        "name": calendar.name,
        "color": "auto",
        "hexColor": "",
        "isDefaultCalendar": calendar.is_main,
        "changeKey": "DwAAABYAAAA",
        "canShare": is_own,
        "canViewPrivateItems": is_own,
        "canEdit": calendar.right(call.user) == "edit",
        "allowedOnlineMeetingProviders": ["teamsForBusiness"],
        "defaultOnlineMeetingProvider": "teamsForBusiness",
        "isTallyingResponses": calendar.is_main,
        "isRemovable": not calendar.is_main,
        "owner": {"name": calendar.owner.display_name, "address": calendar.owner.user_principal_name},
    }
