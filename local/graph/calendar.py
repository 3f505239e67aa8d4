"""Serves calendars: a window of time, one event, the lists of events and of calendars."""

from __future__ import annotations

from datetime import UTC, timedelta

from starlette.responses import Response

from local.graph.agenda import Agenda, Event
from local.graph.bodies import in_format, preview
from local.graph.denials import OUTLOOK
from local.graph.errors import bad_request, mailbox_item_not_found
from local.graph.filters import filtered
from local.graph.odata import EntityType, Resource, ordered, ordering
from local.graph.operations import Area, Call
from local.graph.time_zones import moment, written, zone

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
_UNSHOWN_TO_BASIC = ("body", "bodyPreview")


def agenda(call: Call) -> Agenda:
    """Returns the calendar of the signed-in user."""
    return call.tenant.agendas[call.user.object_id]


def shown(call: Call, event: Event) -> Resource:
    """Returns the event as this request wants to see it, times in the zone it prefers."""
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
    if not call.may("Calendars.Read"):
        properties = {name: value for name, value in properties.items() if name not in _UNSHOWN_TO_BASIC}
    return properties


def answered(call: Call, event: Event, status: int = 200) -> Response:
    """Returns an answer that is one event."""
    response = call.one(shown(call, event), call.mine("events/$entity"), EVENT, status)
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
async def view_calendar(call: Call) -> Response:
    """Returns what happens in the window, series expanded, earliest first."""
    box = _calendar(call)
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
    return _listed(call, box.between(start, end), "calendarView")


@area.operation("GET", "/me/events", permissions=("Calendars.ReadBasic",))
@area.operation("GET", "/me/calendar/events", permissions=("Calendars.ReadBasic",))
@area.operation("GET", "/me/calendars/{calendar}/events", permissions=("Calendars.ReadBasic",))
async def list_events(call: Call) -> Response:
    """Returns single events and masters of series."""
    events = [each for each in _calendar(call).events.values() if each.properties["type"] != "exception"]
    return _listed(call, sorted(events, key=lambda each: each.start), "events")


def _listed(call: Call, events: list[Event], of: str) -> Response:
    name = call.preference(_TIME_ZONE)
    if name is not None:
        zone(name)  # a bad name is refused even when there is nothing to show
    chosen = filtered([shown(call, each) for each in events], call.query.option("filter"))
    order = ordering(call.query.option("orderby"))
    return preferred(call, call.many(ordered(chosen, order), call.mine(of), EVENT))


def _calendar(call: Call) -> Agenda:
    box = agenda(call)
    if call.arguments.get("calendar", box.id) != box.id:
        raise mailbox_item_not_found()
    return box


@area.operation("GET", "/me/events/{event}", permissions=("Calendars.ReadBasic",))
@area.operation("GET", "/me/calendar/events/{event}", permissions=("Calendars.ReadBasic",))
async def get_event(call: Call) -> Response:
    """Returns one event, master or occurrence."""
    return answered(call, agenda(call).get(call.arguments["event"]))


@area.operation("GET", "/me/calendars", permissions=("Calendars.ReadBasic",))
async def list_calendars(call: Call) -> Response:
    """Returns the one calendar everybody has."""
    return call.many([_described(call)], call.mine("calendars"), _CALENDAR)


@area.operation("GET", "/me/calendar", permissions=("Calendars.ReadBasic",))
async def get_calendar(call: Call) -> Response:
    """Returns the calendar of the signed-in user."""
    return call.one(_described(call), call.mine("calendar/$entity"), _CALENDAR)


def _described(call: Call) -> Resource:
    return {
        "id": agenda(call).id,
        "name": "Calendar",
        "color": "auto",
        "hexColor": "",
        "isDefaultCalendar": True,
        "changeKey": "DwAAABYAAAA",
        "canShare": True,
        "canViewPrivateItems": True,
        "canEdit": True,
        "allowedOnlineMeetingProviders": ["teamsForBusiness"],
        "defaultOnlineMeetingProvider": "teamsForBusiness",
        "isTallyingResponses": True,
        "isRemovable": False,
        "owner": {"name": call.user.display_name, "address": call.user.user_principal_name},
    }
